#include "ingest/after_refusal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ingest/trouble.h"

#define COMMAND_SIZE 600
#define NAME_SIZE    256
#define NAME_MOST    80  /* a longer one gets no command */
#define SAID_SIZE    200 /* of the server's words: the command must fit behind them */
#define SENTENCE     200 /* at most, without names, words and command */

enum maker { CYRUS, DOVECOT, MAKERS };

static const char *const makers[MAKERS] = {[CYRUS] = "Cyrus", [DOVECOT] = "Dovecot"};

static const struct {
    const char *code, *words; /* one of them */
    enum after_refusal refusal;
} signs[] = {
    {"NOPERM", "permission denied", AFTER_REFUSAL_RIGHTS},
    {"OVERQUOTA", "over quota", AFTER_REFUSAL_ROOM},
    {"OVERQUOTA", "quota exceeded", AFTER_REFUSAL_ROOM},
};

enum after_refusal after_refusal_of(const struct imap_session *session)
{
    const struct imap_answer *answer = imap_session_answer(session);

    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++)
        if (!strcasecmp(answer->code, signs[i].code) ||
            (!answer->code[0] && strcasestr(answer->text, signs[i].words)))
            return signs[i].refusal;
    return AFTER_REFUSAL_OTHER;
}

/* ---- Commands ---------------------------------------------------------------------- */

/* Needs no quotes in any shell but for its blanks. */
static bool is_plain(const char *name)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789._@/+- ";

    return name[0] && name[0] != '-' && name[strspn(name, letters)] == '\0' &&
           strlen(name) <= NAME_MOST;
}

/* A blank wants quotes. */
static const char *quote_of(const char *name)
{
    return strchr(name, ' ') ? "\"" : "";
}

static enum maker maker_of(const struct imap_session *session)
{
    enum maker maker = 0;

    while (maker < MAKERS && !strstr(imap_session_greeting(session), makers[maker]))
        maker++;
    return maker;
}

/* "user/LOGIN/FOLDER", as Cyrus calls it to its administrator. */
static void cyrus_name(const struct after_place *place, const char *folder, char *out,
                       size_t size)
{
    const char *at = strchr(place->login, '@');
    int local = at ? (int)(at - place->login) : (int)strlen(place->login);
    bool is_inbox = !strcasecmp(folder, "INBOX");

    if (!strncasecmp(folder, "INBOX/", 6) || !strncasecmp(folder, "INBOX.", 6))
        folder += 6;
    snprintf(out, size, "user/%.*s%s%s%s", local, place->login, is_inbox ? "" : "/",
             is_inbox ? "" : folder, at ? at : "");
}

static void grant(enum maker maker, const struct after_place *place, const char *folder,
                  bool is_target, char *out, size_t size)
{
    const char *who = quote_of(place->login), *what = quote_of(folder);
    char name[NAME_SIZE];

    if (maker == CYRUS) {
        cyrus_name(place, folder, name, sizeof name);
        what = quote_of(name);
        snprintf(out, size, "setacl %s%s%s %s%s%s %s", what, name, what, who,
                 place->login, who, is_target ? "+lrswi" : "+lrste");
    } else {
        snprintf(out, size, "doveadm acl add -u %s%s%s %s%s%s owner lookup read %s", who,
                 place->login, who, what, folder, what,
                 is_target ? "write write-seen insert"
                           : "write-seen write-deleted expunge");
    }
}

/* "" where the server's kind is not known, or a name is no plain one. */
static void command_for_rights(const struct imap_session *session, enum after after,
                               const struct after_place *place, char *out, size_t size)
{
    enum maker maker = maker_of(session);
    char from[COMMAND_SIZE] = "", to[COMMAND_SIZE] = "";

    out[0] = '\0';
    if (maker == MAKERS || !is_plain(place->login) || !is_plain(place->from) ||
        (after == AFTER_MOVE && !is_plain(place->to)))
        return;
    grant(maker, place, place->from, false, from, sizeof from);
    if (after == AFTER_MOVE)
        grant(maker, place, place->to, true, to, sizeof to);
    snprintf(out, size, maker == CYRUS ? _(" In cyradm: %s%s%s") : _(" Type: %s%s%s"),
             from, to[0] ? "; " : "", to);
}

static void command_for_room(const struct imap_session *session,
                             const struct after_place *place, char *out, size_t size)
{
    enum maker maker = maker_of(session);
    char name[NAME_SIZE];
    const char *quote;

    out[0] = '\0';
    if (maker == MAKERS || !is_plain(place->login) || !is_plain(place->to))
        return;
    cyrus_name(place, place->to, name, sizeof name);
    quote = quote_of(maker == CYRUS ? name : place->login);
    if (maker == CYRUS)
        snprintf(out, size,
                 _(" In cyradm, listquotaroot %s%s%s shows it, and setquota changes it."),
                 quote, name, quote);
    else
        snprintf(out, size,
                 _(" doveadm quota get -u %s%s%s shows it, and quota_rule in Dovecot's "
                   "settings changes it."),
                 quote, place->login, quote);
}

/* ---- Sentences --------------------------------------------------------------------- */

/* Half a command is worse than none. */
static void drop_unless_it_fits(char *command, const char *said,
                                const struct after_place *place)
{
    size_t names = strlen(place->login) + strlen(place->from) + strlen(place->to);

    if (SENTENCE + names + strlen(said) + strlen(command) >= ERR_TEXT_MAX)
        command[0] = '\0';
}

static void copy_said(const struct imap_session *session, char out[SAID_SIZE])
{
    const char *text = imap_session_answer(session)->text;

    text_copy_safe(out, SAID_SIZE, text, strlen(text));
}

static bool tell_rights(const struct imap_session *session, enum after after,
                        const struct after_place *place, struct err *err)
{
    char said[SAID_SIZE], command[COMMAND_SIZE * 2];

    copy_said(session, said);
    command_for_rights(session, after, place, command, sizeof command);
    drop_unless_it_fits(command, said, place);
    switch (after) {
    case AFTER_MOVE:
        return err_set(
            err, ERR_REFUSED,
            _("The server does not let %s move messages from %s to %s (\"%s\"): "
              "the rights t and e are needed on the first, i on the other."
              "%s"),
            place->login, place->from, place->to, said, command);
    case AFTER_DELETE:
        return err_set(err, ERR_REFUSED,
                       _("The server does not let %s delete messages in %s (\"%s\"): the "
                         "rights t and e are needed.%s"),
                       place->login, place->from, said, command);
    default:
        return err_set(
            err, ERR_REFUSED,
            _("The server does not let %s mark messages in %s as seen (\"%s\"): "
              "the right s is needed.%s"),
            place->login, place->from, said, command);
    }
}

static bool tell_room(const struct imap_session *session, const struct after_place *place,
                      struct err *err)
{
    char said[SAID_SIZE], command[COMMAND_SIZE];

    copy_said(session, said);
    command_for_room(session, place, command, sizeof command);
    drop_unless_it_fits(command, said, place);
    return err_set(
        err, ERR_RETRY,
        _("The server has no room in %s for what is moved there (\"%s\"): make "
          "room in the mailbox, or raise its quota.%s"),
        place->to, said, command);
}

bool after_refusal_tell(const struct imap_session *session, enum imap_status status,
                        enum after after, const struct after_place *place,
                        struct err *err)
{
    enum after_refusal refusal =
        status == IMAP_NO ? after_refusal_of(session) : AFTER_REFUSAL_OTHER;

    if (refusal == AFTER_REFUSAL_RIGHTS)
        return tell_rights(session, after, place, err);
    if (refusal == AFTER_REFUSAL_ROOM && after == AFTER_MOVE)
        return tell_room(session, place, err);
    return trouble_of_session(session, status, _("marking, moving or deleting a message"),
                              err);
}
