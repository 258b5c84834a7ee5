/* Messages: found, previewed, marked, moved, deleted. */
#include <ctype.h>
#include <libetpan/mailimap.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/mem.h"
#include "imap/headers.h"
#include "imap/session.h"
#include "imap/session_private.h"

#define SEARCH_MAX     (8 * 1024 * 1024) /* some 800 000 messages */
#define BATCH          100               /* messages described by one command */
#define MESSAGE_BUDGET (16 * 1024)       /* of one message's description */
#define COPY_TIMES     4 /* time-outs: many messages are copied by one command */

/* ---- Search ------------------------------------------------------------------------ */

static int compare_uids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

    return (left > right) - (left < right);
}

struct growing_uids {
    struct imap_uids *uids;
    size_t capacity;
};

static void add_uid(struct growing_uids *growing, uint32_t uid)
{
    struct imap_uids *uids = growing->uids;

    if (uids->count == growing->capacity) {
        growing->capacity = growing->capacity ? growing->capacity * 2 : 64;
        uids->items = mem_resize(uids->items, growing->capacity, sizeof *uids->items);
    }
    uids->items[uids->count++] = uid;
}

/* A server may answer in several lines. */
static void add_uids(void *closure, const char *line)
{
    const char *at;

    if (strncasecmp(line, "* SEARCH", strlen("* SEARCH")) != 0)
        return;
    for (at = line + strlen("* SEARCH"); *at == ' ';) {
        unsigned long uid;
        char *end;

        at += strspn(at, " ");
        if (!isdigit((unsigned char)*at))
            return;
        uid = strtoul(at, &end, 10);
        at = end;
        if (uid == 0 || uid > UINT32_MAX)
            return;
        add_uid(closure, (uint32_t)uid);
    }
}

enum imap_status imap_session_search_unseen(struct imap_session *session,
                                            struct imap_uids *uids)
{
    struct growing_uids growing = {uids, 0};
    enum imap_status status;
    size_t kept = 0;

    *uids = (struct imap_uids){0};
    session->has_news = false;
    status = session_run(session, SEARCH_MAX, SEARCH_MAX, add_uids, &growing,
                         "UID SEARCH UNSEEN");
    if (status != IMAP_OK) {
        free(uids->items);
        *uids = (struct imap_uids){0};
        return status;
    }
    if (uids->count > 0)
        qsort(uids->items, uids->count, sizeof *uids->items, compare_uids);
    for (size_t i = 0; i < uids->count; i++) {
        if (i == 0 || uids->items[i] != uids->items[i - 1])
            uids->items[kept++] = uids->items[i];
    }
    uids->count = kept;
    return status;
}

/* ---- Previews ---------------------------------------------------------------------- */

/* What is asked of each message, and what libetpan read of one. */
struct described {
    uint32_t uid;
    time_t date;
    const char *header; /* into libetpan's result */
    size_t header_length;
    const struct scrub *hidden; /* the session's */
};

static void add_section(struct mailimap_fetch_type *type, const char *const *fields)
{
    clist *names = clist_new();

    for (; *fields; fields++)
        clist_append(names, mem_copy_text(*fields));
    mailimap_fetch_type_new_fetch_att_list_add(
        type, mailimap_fetch_att_new_body_peek_section(
                  mailimap_section_new_header_fields(mailimap_header_list_new(names))));
}

static struct mailimap_set *make_set(const uint32_t *uids, size_t count)
{
    struct mailimap_set *set = mailimap_set_new_empty();

    for (size_t i = 0; i < count; i++)
        mailimap_set_add_single(set, uids[i]);
    return set;
}

/* libetpan's zone is the number behind the sign, hours times 100 plus minutes. */
static time_t date_of(const struct mailimap_date_time *date)
{
    struct tm tm;
    int zone;

    if (!date)
        return 0;
    tm = (struct tm){.tm_year = date->dt_year - 1900,
                     .tm_mon = date->dt_month - 1,
                     .tm_mday = date->dt_day,
                     .tm_hour = date->dt_hour,
                     .tm_min = date->dt_min,
                     .tm_sec = date->dt_sec};
    zone = date->dt_zone / 100 * 60 + date->dt_zone % 100;
    return timegm(&tm) - (time_t)zone * 60;
}

static void read_static(const struct mailimap_msg_att_static *item, struct described *out)
{
    switch (item->att_type) {
    case MAILIMAP_MSG_ATT_UID:
        out->uid = item->att_data.att_uid;
        break;
    case MAILIMAP_MSG_ATT_INTERNALDATE:
        out->date = date_of(item->att_data.att_internal_date);
        break;
    case MAILIMAP_MSG_ATT_BODY_SECTION:
        if (item->att_data.att_body_section &&
            item->att_data.att_body_section->sec_body_part) {
            out->header = item->att_data.att_body_section->sec_body_part;
            out->header_length = item->att_data.att_body_section->sec_length;
        }
        break;
    default:
        break;
    }
}

static struct described read_message(const struct mailimap_msg_att *message)
{
    struct described out = {.header = ""};

    for (clistiter *at = clist_begin(message->att_list); at; at = clist_next(at)) {
        const struct mailimap_msg_att_item *item = clist_content(at);

        if (item->att_type == MAILIMAP_MSG_ATT_ITEM_STATIC)
            read_static(item->att_data.att_static, &out);
    }
    return out;
}

/* Called with each message that was asked for; `place` is that of its UID. */
typedef void take_described(void *closure, size_t place, const struct described *message);

/* UID FETCH of at most BATCH messages. */
static enum imap_status describe_batch(struct imap_session *session, const uint32_t *uids,
                                       size_t count, struct mailimap_fetch_type *type,
                                       take_described *take, void *closure)
{
    struct mailimap_set *set = make_set(uids, count);
    clist *messages = NULL;
    int result = MAILIMAP_ERROR_STREAM;

    if (session_begin(session, SESSION_BUDGET + count * MESSAGE_BUDGET))
        result = mailimap_uid_fetch(session->etpan, set, type, &messages);
    mailimap_set_free(set);
    if (result != MAILIMAP_NO_ERROR)
        return session_finish(session, false);
    for (clistiter *at = clist_begin(messages); at; at = clist_next(at)) {
        struct described message = read_message(clist_content(at));

        message.hidden = session->hidden;
        for (size_t i = 0; i < count; i++) {
            if (message.uid != 0 && uids[i] == message.uid)
                take(closure, i, &message);
        }
    }
    mailimap_fetch_list_free(messages);
    return session_finish(session, true);
}

static void take_preview(void *closure, size_t place, const struct described *message)
{
    struct imap_preview *preview = (struct imap_preview *)closure + place;

    /* A second answer for the same message is of its flags alone. */
    if (message->header_length == 0 && preview->uid != 0)
        return;
    preview->uid = message->uid;
    preview->date = message->date;
    headers_show(message->header, message->header_length, "Subject", message->hidden,
                 preview->subject, sizeof preview->subject);
    headers_show(message->header, message->header_length, "From", message->hidden,
                 preview->from, sizeof preview->from);
}

enum imap_status imap_session_previews(struct imap_session *session, const uint32_t *uids,
                                       size_t wanted, struct imap_preview *previews,
                                       size_t *count)
{
    static const char *const fields[] = {"Subject", "From", NULL};
    struct mailimap_fetch_type *type;
    enum imap_status status = IMAP_OK;

    *count = 0;
    if (wanted == 0)
        return IMAP_OK;
    memset(previews, 0, wanted * sizeof *previews);
    type = mailimap_fetch_type_new_fetch_att_list_empty();
    mailimap_fetch_type_new_fetch_att_list_add(type, mailimap_fetch_att_new_uid());
    mailimap_fetch_type_new_fetch_att_list_add(type,
                                               mailimap_fetch_att_new_internaldate());
    add_section(type, fields);
    for (size_t done = 0; status == IMAP_OK && done < wanted; done += BATCH) {
        size_t batch = wanted - done < BATCH ? wanted - done : BATCH;

        status = describe_batch(session, uids + done, batch, type, take_preview,
                                previews + done);
    }
    mailimap_fetch_type_free(type);
    for (size_t i = 0; i < wanted; i++) {
        if (previews[i].uid != 0)
            previews[(*count)++] = previews[i];
    }
    return status;
}

/* ---- Changes ----------------------------------------------------------------------- */

static enum imap_status run_on_set(struct imap_session *session, const uint32_t *uids,
                                   size_t count, const char *before, const char *after)
{
    struct buf command;
    enum imap_status status;

    buf_init(&command, WIRE_LINE_MAX);
    buf_add_format(&command, "UID %s ", before);
    session_add_set(&command, uids, count);
    buf_add_text(&command, after);
    status =
        session_run(session, SESSION_BUDGET, WIRE_LINE_MAX, NULL, NULL, command.data);
    buf_free(&command);
    return status;
}

static enum imap_status run_with_folder(struct imap_session *session, const char *verb,
                                        const uint32_t *uids, size_t count,
                                        const char *folder)
{
    int usual_ms = session->timeout_ms;
    struct buf argument;
    enum imap_status status = IMAP_UNABLE;

    buf_init(&argument, WIRE_LINE_MAX);
    buf_add_char(&argument, ' ');
    session->timeout_ms = COPY_TIMES * usual_ms;
    if (session_add_folder(&argument, folder))
        status = run_on_set(session, uids, count, verb, argument.data);
    session->timeout_ms = usual_ms;
    buf_free(&argument);
    return status;
}

enum imap_status imap_session_mark_seen(struct imap_session *session,
                                        const uint32_t *uids, size_t count)
{
    return run_on_set(session, uids, count, "STORE", " +FLAGS.SILENT (\\Seen)");
}

enum imap_status imap_session_delete(struct imap_session *session, const uint32_t *uids,
                                     size_t count)
{
    enum imap_status status =
        run_on_set(session, uids, count, "STORE", " +FLAGS.SILENT (\\Deleted)");

    if (status != IMAP_OK || !session_can(session, IMAP_CAN_UIDPLUS))
        return status;
    return run_on_set(session, uids, count, "EXPUNGE", "");
}

bool imap_session_can_move(struct imap_session *session)
{
    return session_can(session, IMAP_CAN_MOVE);
}

enum imap_status imap_session_move(struct imap_session *session, const uint32_t *uids,
                                   size_t count, const char *folder)
{
    if (!session_can(session, IMAP_CAN_MOVE))
        return session->ended ? session_finish(session, false) : IMAP_UNABLE;
    return run_with_folder(session, "MOVE", uids, count, folder);
}

enum imap_status imap_session_copy(struct imap_session *session, const uint32_t *uids,
                                   size_t count, const char *folder)
{
    return run_with_folder(session, "COPY", uids, count, folder);
}
