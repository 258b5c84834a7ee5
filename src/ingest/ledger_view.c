#include "ingest/ledger_view.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define BUSY_MS    5000
#define CHUNK_ROWS 128

const char *const ledger_view_states[] = {"delivering", "deferred", "delivered",
                                          "refused",    "again",    NULL};

struct ledger_view {
    sqlite3 *database;
    char *path;
    sqlite3_int64 source;
    uint32_t uid_validity;
};

bool ledger_view_knows_state(const char *state)
{
    for (size_t i = 0; ledger_view_states[i]; i++)
        if (strcmp(ledger_view_states[i], state) == 0)
            return true;
    return false;
}

/* ---- Statements -------------------------------------------------------------------- */

static enum err_class class_of(int code)
{
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ERR_RETRY;
    case SQLITE_PERM:
    case SQLITE_AUTH:
        return ERR_REFUSED;
    case SQLITE_READONLY:
    case SQLITE_FULL:
    case SQLITE_IOERR:
        return ERR_WRITE;
    default:
        return ERR_DATA;
    }
}

static bool fail(const struct ledger_view *view, struct err *err)
{
    return err_set(err, class_of(sqlite3_errcode(view->database)), _("The ledger %s: %s"),
                   view->path, sqlite3_errmsg(view->database));
}

/* NULL with err; ?1 is the source, where the statement has it. */
static sqlite3_stmt *prepare(struct ledger_view *view, const char *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(view->database, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail(view, err);
        return NULL;
    }
    if (sqlite3_bind_parameter_count(statement) > 0)
        sqlite3_bind_int64(statement, 1, view->source);
    return statement;
}

static void bind_state(sqlite3_stmt *statement, int index, const char *state)
{
    sqlite3_bind_text(statement, index, state, -1, SQLITE_STATIC);
}

static bool execute(struct ledger_view *view, const char *sql, struct err *err)
{
    return sqlite3_exec(view->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail(view, err);
}

/* ---- Opening ----------------------------------------------------------------------- */

/* SQLite says "unable to open" for every reason. */
static bool can_be_opened(const char *path, struct err *err)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);

    if (fd >= 0)
        close(fd);
    else if (errno == EACCES || errno == EPERM)
        err_set(err, ERR_REFUSED,
                _("This user may not read %s. Run letterbox as its owner, or as root."),
                path);
    else if (errno != ENOENT)
        err_set(err, ERR_DATA, _("%s cannot be read: %s."), path, strerror(errno));
    return fd >= 0;
}

/* The source that was entered last; false without err when there is none. */
static bool find_source(struct ledger_view *view, struct err *err)
{
    sqlite3_stmt *statement = prepare(view,
                                      "SELECT id, uid_validity FROM source"
                                      " ORDER BY entered_at DESC, id DESC LIMIT 1",
                                      err);
    int step;

    if (!statement)
        return false;
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        view->source = sqlite3_column_int64(statement, 0);
        view->uid_validity = (uint32_t)sqlite3_column_int64(statement, 1);
    } else if (step != SQLITE_DONE) {
        fail(view, err);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_ROW;
}

/* A ledger that is just being made has no tables yet. */
static bool is_made(struct ledger_view *view, struct err *err)
{
    sqlite3_stmt *statement = prepare(view, "PRAGMA user_version", err);
    int step = statement ? sqlite3_step(statement) : SQLITE_ERROR;
    bool is_made = step == SQLITE_ROW && sqlite3_column_int(statement, 0) > 0;

    if (statement && step != SQLITE_ROW)
        fail(view, err);
    sqlite3_finalize(statement);
    return is_made;
}

struct ledger_view *ledger_view_open(const char *directory, enum ledger_view_use use,
                                     struct err *err)
{
    struct ledger_view *view = mem_new(1, sizeof *view);
    int flags = use == LEDGER_VIEW_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;

    view->path = mem_format("%s/ledger.sqlite", directory);
    if (!can_be_opened(view->path, err))
        goto none;
    if (sqlite3_open_v2(view->path, &view->database, flags | SQLITE_OPEN_NOMUTEX, NULL) !=
        SQLITE_OK) {
        fail(view, err);
        goto none;
    }
    sqlite3_busy_timeout(view->database, BUSY_MS);
    if (execute(view, "PRAGMA synchronous = FULL", err) && is_made(view, err) &&
        find_source(view, err))
        return view;
none:
    ledger_view_close(&view);
    return NULL;
}

void ledger_view_close(struct ledger_view **view)
{
    if (!*view)
        return;
    sqlite3_close((*view)->database);
    free((*view)->path);
    free(*view);
    *view = NULL;
}

uint32_t ledger_view_uid_validity(const struct ledger_view *view)
{
    return view->uid_validity;
}

/* ---- Counting ---------------------------------------------------------------------- */

static void add_count(struct ledger_counts *counts, const char *state, uint64_t count)
{
    if (strcmp(state, "delivered") == 0)
        counts->delivered += count;
    else if (strcmp(state, "refused") == 0)
        counts->refused += count;
    else
        counts->waiting += count;
}

bool ledger_view_count(struct ledger_view *view, struct ledger_counts *counts,
                       struct err *err)
{
    sqlite3_stmt *statement = prepare(view,
                                      "SELECT state, source = ?1, count(*) FROM message"
                                      " GROUP BY source, state",
                                      err);
    int step = SQLITE_ERROR;

    *counts = (struct ledger_counts){0};
    if (!statement)
        return false;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *state = (const char *)sqlite3_column_text(statement, 0);
        uint64_t count = (uint64_t)sqlite3_column_int64(statement, 2);

        if (sqlite3_column_int(statement, 1))
            add_count(counts, state ? state : "", count);
        else
            counts->earlier += count;
    }
    if (step != SQLITE_DONE)
        fail(view, err);
    sqlite3_finalize(statement);
    return step == SQLITE_DONE;
}

static bool count_at(const char *directory, struct ledger_counts *counts, struct err *err)
{
    struct err why = ERR_INIT;
    struct ledger_view *view = ledger_view_open(directory, LEDGER_VIEW_READ, &why);
    bool done = view ? ledger_view_count(view, counts, &why) : !err_is_set(&why);

    if (!view)
        *counts = (struct ledger_counts){0};
    ledger_view_close(&view);
    return done || err_pass(err, &why);
}

/* Every commit writes to one of the two files. */
static void stamp_files(const char *directory, struct ledger_memory *memory)
{
    char *ledger = mem_format("%s/ledger.sqlite", directory);
    char *journal = mem_format("%s-wal", ledger);

    file_stamp_get(AT_FDCWD, ledger, &memory->ledger);
    file_stamp_get(AT_FDCWD, journal, &memory->journal);
    free(journal);
    free(ledger);
}

bool ledger_view_count_at(const char *directory, struct ledger_memory *memory,
                          struct ledger_counts *counts, struct err *err)
{
    struct ledger_memory now = {.is_known = true};

    if (!memory)
        return count_at(directory, counts, err);
    stamp_files(directory, &now); /* before, so that a commit meanwhile counts as new */
    if (memory->is_known && file_stamp_equal(&now.ledger, &memory->ledger) &&
        file_stamp_equal(&now.journal, &memory->journal)) {
        *counts = memory->counts;
        return true;
    }
    now.is_known = count_at(directory, &now.counts, err);
    *counts = now.counts;
    *memory = now;
    return now.is_known;
}

/* ---- Listing ----------------------------------------------------------------------- */

static void copy_column(char *out, size_t size, sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    text_copy_safe(out, size, text ? text : "",
                   text ? (size_t)sqlite3_column_bytes(statement, column) : 0);
}

static void read_line(struct ledger_line *line, sqlite3_stmt *statement)
{
    *line = (struct ledger_line){
        .uid = (uint32_t)sqlite3_column_int64(statement, 0),
        .attempts = (unsigned)sqlite3_column_int64(statement, 3),
        .size = (uint64_t)sqlite3_column_int64(statement, 4),
        .first_at = (time_t)sqlite3_column_int64(statement, 5),
        .last_at = (time_t)sqlite3_column_int64(statement, 6),
    };
    copy_column(line->state, sizeof line->state, statement, 1);
    copy_column(line->settled, sizeof line->settled, statement, 2);
    copy_column(line->message_id, sizeof line->message_id, statement, 7);
    copy_column(line->last_error, sizeof line->last_error, statement, 8);
}

/* The UID before the newest `most`; 0 when all of them are wanted.  *left_out gets how
 * many that is. */
static bool find_start(struct ledger_view *view, const char *state, uint64_t most,
                       sqlite3_int64 *start, uint64_t *left_out, struct err *err)
{
    static const char sql[] =
        "SELECT coalesce(max(uid), 0), count(*) FROM (SELECT uid FROM message"
        " WHERE source = ?1 AND (?2 IS NULL OR state = ?2)"
        " ORDER BY uid DESC LIMIT -1 OFFSET ?3)";
    sqlite3_stmt *statement;
    int step;

    *start = 0;
    *left_out = 0;
    if (most == 0)
        return true;
    statement = prepare(view, sql, err);
    if (!statement)
        return false;
    bind_state(statement, 2, state);
    sqlite3_bind_int64(statement, 3, most < INT64_MAX ? (sqlite3_int64)most : INT64_MAX);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        *start = sqlite3_column_int64(statement, 0);
        *left_out = (uint64_t)sqlite3_column_int64(statement, 1);
    } else {
        fail(view, err);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_ROW;
}

/* The next rows behind `after`.  The statement is over when this returns, so that a
 * reader who takes an hour for them keeps no old page of the ledger alive. */
static bool read_chunk(struct ledger_view *view, sqlite3_stmt *statement,
                       sqlite3_int64 after, struct ledger_line *lines, size_t *count,
                       struct err *err)
{
    int step;

    *count = 0;
    sqlite3_bind_int64(statement, 3, after);
    while ((step = sqlite3_step(statement)) == SQLITE_ROW && *count < CHUNK_ROWS)
        read_line(&lines[(*count)++], statement);
    if (step != SQLITE_DONE)
        fail(view, err);
    sqlite3_reset(statement);
    return step == SQLITE_DONE;
}

bool ledger_view_list(struct ledger_view *view, const char *state, uint64_t most,
                      uint64_t *left_out, ledger_view_line *each, void *closure,
                      struct err *err)
{
    static const char sql[] =
        "SELECT uid, state, settled, attempts, size, first_at, last_at, message_id,"
        " last_error FROM message WHERE source = ?1 AND (?2 IS NULL OR state = ?2)"
        " AND uid > ?3 ORDER BY uid LIMIT ?4";
    struct ledger_line *lines = NULL;
    sqlite3_stmt *statement = NULL;
    uint64_t older;
    sqlite3_int64 after;
    size_t count = CHUNK_ROWS;
    bool done = find_start(view, state, most, &after, left_out ? left_out : &older, err);
    bool wanted = true;

    if (done)
        done = (statement = prepare(view, sql, err)) != NULL;
    if (!done)
        return false;
    bind_state(statement, 2, state);
    sqlite3_bind_int(statement, 4, CHUNK_ROWS);
    lines = mem_new(CHUNK_ROWS, sizeof *lines);
    while (done && wanted && count == CHUNK_ROWS) {
        done = read_chunk(view, statement, after, lines, &count, err);
        for (size_t i = 0; done && wanted && i < count; i++) {
            after = lines[i].uid;
            wanted = each(closure, &lines[i]);
        }
    }
    free(lines);
    sqlite3_finalize(statement);
    return done;
}

/* ---- Putting back ------------------------------------------------------------------ */

/* Attempts and the time since the first begin anew: what was tried too often would be
 * refused at once. */
#define PUT_BACK                                                                         \
    "UPDATE message SET state = 'again', settled = '', attempts = 0, first_at = ?2,"     \
    " last_at = ?2 WHERE source = ?1 AND state = 'refused' AND settled NOT IN ('move', " \
    "'delete')"

/* Runs a PUT_BACK; *changed gets how many rows. */
static bool put_back(struct ledger_view *view, const char *sql, uint32_t uid,
                     uint64_t *changed, struct err *err)
{
    sqlite3_stmt *statement = prepare(view, sql, err);
    bool done;

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 2, time(NULL));
    if (sqlite3_bind_parameter_count(statement) > 2)
        sqlite3_bind_int64(statement, 3, uid);
    done = sqlite3_step(statement) == SQLITE_DONE;
    if (done)
        *changed = (uint64_t)sqlite3_changes64(view->database);
    else
        fail(view, err);
    sqlite3_finalize(statement);
    return done;
}

static enum ledger_retry reason(const char *state, const char *settled)
{
    if (strcmp(state, "delivered") == 0)
        return LEDGER_RETRY_DELIVERED;
    if (strcmp(state, "refused") != 0)
        return LEDGER_RETRY_WAITING;
    return strcmp(settled, "move") == 0 ? LEDGER_RETRY_MOVED : LEDGER_RETRY_DELETED;
}

/* Why nothing was put back. */
static bool explain(struct ledger_view *view, uint32_t uid, enum ledger_retry *outcome,
                    struct err *err)
{
    sqlite3_stmt *statement = prepare(
        view, "SELECT state, settled FROM message WHERE source = ?1 AND uid = ?2", err);
    int step;

    if (!statement)
        return false;
    sqlite3_bind_int64(statement, 2, uid);
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        char state[16], settled[8];

        copy_column(state, sizeof state, statement, 0);
        copy_column(settled, sizeof settled, statement, 1);
        *outcome = reason(state, settled);
    } else if (step == SQLITE_DONE) {
        *outcome = LEDGER_RETRY_UNKNOWN;
    } else {
        fail(view, err);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_view_retry(struct ledger_view *view, uint32_t uid, enum ledger_retry *outcome,
                       struct err *err)
{
    uint64_t changed;

    if (!put_back(view, PUT_BACK " AND uid = ?3", uid, &changed, err))
        return false;
    *outcome = LEDGER_RETRY_DONE;
    return changed > 0 || explain(view, uid, outcome, err);
}

static bool count_gone(struct ledger_view *view, struct ledger_retries *retries,
                       struct err *err)
{
    sqlite3_stmt *statement =
        prepare(view,
                "SELECT count(*) FILTER (WHERE settled = 'move'),"
                " count(*) FILTER (WHERE settled = 'delete')"
                " FROM message WHERE source = ?1 AND state = 'refused'",
                err);
    int step;

    if (!statement)
        return false;
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW) {
        retries->moved = (uint64_t)sqlite3_column_int64(statement, 0);
        retries->deleted = (uint64_t)sqlite3_column_int64(statement, 1);
    } else {
        fail(view, err);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_ROW;
}

bool ledger_view_retry_all(struct ledger_view *view, struct ledger_retries *retries,
                           struct err *err)
{
    *retries = (struct ledger_retries){0};
    return put_back(view, PUT_BACK, 0, &retries->done, err) &&
           count_gone(view, retries, err);
}
