/* UID FETCH: messages described, and bodies from the wire to the sink as they come. */
#include <string.h>

#include "base/buf.h"
#include "imap/fetch_reader.h"
#include "imap/headers.h"
#include "imap/session.h"
#include "imap/session_private.h"

#define ANSWER_OVERHEAD (4 * 1024)  /* of each message, beside its body */
#define DESCRIPTION_MAX (16 * 1024) /* of one message */

static bool send_fetch(struct imap_session *session, enum session_errand errand,
                       const uint32_t *uids, size_t count, const char *items)
{
    struct buf command;
    bool sent;

    buf_init(&command, WIRE_LINE_MAX);
    buf_add_text(&command, "UID FETCH ");
    session_add_set(&command, uids, count);
    buf_add_format(&command, " (%s)", items);
    sent = session_send_ahead(session, errand, command.data);
    buf_free(&command);
    return sent;
}

/* ---- Descriptions ------------------------------------------------------------------ */

struct descriptions {
    const uint32_t *uids;
    struct imap_message *messages; /* at the place of their UID */
    size_t count;
    size_t next; /* where the next one stands, as a rule */
};

static bool keep_description(const struct fetch_reader *reader, void *closure)
{
    struct descriptions *to = closure;
    struct imap_message *out;
    size_t place = to->next;
    bool is_first;

    if (place >= to->count || to->uids[place] != reader->uid)
        for (place = 0; place < to->count && to->uids[place] != reader->uid; place++)
            continue;
    if (place == to->count)
        return false;
    to->next = place + 1;
    out = &to->messages[place];
    is_first = out->uid == 0;
    /* A second answer for the same message is of its flags alone. */
    if (!is_first && !reader->has_size && reader->header.length == 0)
        return false;
    out->uid = reader->uid;
    out->size = reader->size;
    out->seen = reader->is_seen;
    headers_copy(reader->header.data, reader->header.length, "Message-ID",
                 reader->session->hidden, out->message_id, sizeof out->message_id);
    return is_first;
}

bool imap_session_send_describe(struct imap_session *session, const uint32_t *uids,
                                size_t count)
{
    return send_fetch(session, ERRAND_DESCRIBE, uids, count,
                      "UID FLAGS RFC822.SIZE BODY.PEEK[HEADER.FIELDS (Message-ID)]");
}

static void drop_absent(struct imap_ahead *ahead)
{
    ahead->found = 0;
    for (size_t i = 0; i < ahead->count; i++) {
        if (ahead->messages[i].uid != 0)
            ahead->messages[ahead->found++] = ahead->messages[i];
    }
}

void imap_session_read_ahead(struct imap_session *session, struct imap_ahead *ahead)
{
    struct descriptions descriptions = {
        .uids = ahead->uids, .messages = ahead->messages, .count = ahead->count};
    uint64_t budget = SESSION_BUDGET + ahead->count * DESCRIPTION_MAX + ahead->all_bytes +
                      IMAP_SET_MAX * ANSWER_OVERHEAD;
    struct fetch_reader reader;
    bool done;

    if (ahead->count > 0)
        memset(ahead->messages, 0, ahead->count * sizeof *ahead->messages);
    fetch_reader_init(&reader, session);
    reader.max_bytes = ahead->max_bytes;
    reader.sink = ahead->sink;
    reader.closure = ahead->closure;
    reader.each = keep_description;
    reader.each_closure = &descriptions;
    done = session_begin_ahead(session, budget) && fetch_reader_run(&reader);
    fetch_reader_free(&reader);
    session_finish_ahead(session, done, &ahead->fetched, &ahead->described);
    drop_absent(ahead);
}

enum imap_status imap_session_describe(struct imap_session *session, const uint32_t *uids,
                                       size_t count, struct imap_message *messages,
                                       size_t *found)
{
    enum imap_status status = IMAP_OK;
    size_t batch;

    *found = 0;
    for (size_t done = 0; status == IMAP_OK && done < count; done += batch) {
        struct imap_ahead ahead = {.uids = uids + done, .messages = messages + *found};

        ahead.count = batch = count - done < IMAP_SET_MAX ? count - done : IMAP_SET_MAX;
        imap_session_send_describe(session, ahead.uids, ahead.count);
        imap_session_read_ahead(session, &ahead);
        status = ahead.described;
        *found += ahead.found;
    }
    return status;
}

/* ---- Bodies ------------------------------------------------------------------------ */

bool imap_session_send_fetch(struct imap_session *session, const uint32_t *uids,
                             size_t count)
{
    return send_fetch(session, ERRAND_FETCH, uids, count, "UID BODY.PEEK[]");
}

/* The one message of imap_session_fetch. */
struct single {
    uint32_t uid;
    imap_body_sink *sink;
    void *closure;
    bool delivered;
};

static bool begin_single(void *closure, uint32_t uid)
{
    struct single *single = closure;

    if (single->delivered || (uid != 0 && uid != single->uid))
        return false;
    single->delivered = true;
    return true;
}

static bool pass_on(void *closure, const char *bytes, size_t length)
{
    struct single *single = closure;

    return single->sink(single->closure, bytes, length);
}

/* Told too late that it was another's: the sink has its bytes. */
static bool end_single(void *closure, uint32_t uid)
{
    const struct single *single = closure;

    return uid == 0 || uid == single->uid;
}

enum imap_status imap_session_fetch(struct imap_session *session, uint32_t uid,
                                    uint64_t max_bytes, imap_body_sink *sink,
                                    void *closure)
{
    static const struct imap_fetch_sink calls = {begin_single, pass_on, end_single};
    struct single single = {.uid = uid, .sink = sink, .closure = closure};
    struct imap_ahead ahead = {.sink = &calls,
                               .closure = &single,
                               .max_bytes = max_bytes,
                               .all_bytes = max_bytes};

    imap_session_send_fetch(session, &uid, 1);
    imap_session_read_ahead(session, &ahead);
    if (ahead.fetched != IMAP_OK || single.delivered)
        return ahead.fetched;
    session->answer = (struct imap_answer){.code = "GONE"};
    return IMAP_NO;
}
