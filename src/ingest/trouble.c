#include "ingest/trouble.h"

#include <strings.h>

#include "base/err.h"
#include "base/i18n.h"

/* What the response codes of RFC 5530 mean for a next try; others are ERR_SERVER. */
static const struct {
    const char *code;
    enum err_class class;
} codes[] = {
    {"UNAVAILABLE", ERR_RETRY}, {"INUSE", ERR_RETRY},     {"LIMIT", ERR_RETRY},
    {"SERVERBUG", ERR_RETRY},   {"OVERQUOTA", ERR_RETRY}, {"THROTTLED", ERR_RETRY},
    {"NOPERM", ERR_REFUSED},    {"EXPIRED", ERR_REFUSED},
};

static enum err_class class_of(const char *code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (!strcasecmp(code, codes[i].code))
            return codes[i].class;
    return ERR_SERVER;
}

bool trouble_ends_session(enum imap_status status)
{
    return status == IMAP_BYE || status == IMAP_GARBLED || status == IMAP_STREAM;
}

static const char *why_lost(const struct net_failure *failure)
{
    if (failure->text[0])
        return failure->text;
    return failure->reason == NET_TIMED_OUT ? _("no answer in time")
                                            : _("the server is gone");
}

bool trouble_of_session(const struct imap_session *session, enum imap_status status,
                        const char *doing, struct err *err)
{
    const struct imap_answer *answer = imap_session_answer(session);
    const struct net_failure *failure = imap_session_failure(session);

    switch (status) {
    case IMAP_STREAM:
        if (failure->reason == NET_CANCELLED)
            return err_set(err, ERR_CANCELLED, _("Cancelled while %s."), doing);
        return err_set(err, ERR_RETRY, _("The connection was lost while %s: %s"), doing,
                       why_lost(failure));
    case IMAP_BYE:
        return err_set(err, ERR_RETRY, _("The server ended the session while %s: %s"),
                       doing, answer->bye);
    case IMAP_GARBLED:
        return err_set(err, ERR_SERVER, _("The server's answer while %s is no IMAP."),
                       doing);
    case IMAP_UNABLE:
        return err_set(err, ERR_SERVER, _("The server cannot do what is needed for %s."),
                       doing);
    default:
        return err_set(err, class_of(answer->code), _("The server refused %s: %s"), doing,
                       answer->text);
    }
}
