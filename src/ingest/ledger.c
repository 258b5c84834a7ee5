#include "ingest/ledger.h"

#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"

#define VERSION        1
#define APPLICATION_ID 0x6c627831 /* "lbx1", for file(1) */
#define STEPS_MAX      64         /* rows that are passed over before a new search */
#define NUMBERING_STEP ((uint64_t)1 << 32)
#define BUSY_MS        5000 /* a reader beside us, such as the sqlite3 program */

static const char schema[] =
    "CREATE TABLE source ("
    " id INTEGER PRIMARY KEY,"
    " host TEXT NOT NULL, user TEXT NOT NULL, folder TEXT NOT NULL,"
    " uid_validity INTEGER NOT NULL,"
    " entered_at INTEGER NOT NULL," /* last time, seconds since 1970 */
    " UNIQUE (host, user, folder, uid_validity)) STRICT;"
    "CREATE TABLE message ("
    " source INTEGER NOT NULL REFERENCES source (id), uid INTEGER NOT NULL,"
    " state TEXT NOT NULL, settled TEXT NOT NULL DEFAULT '',"
    " message_id TEXT NOT NULL, size INTEGER NOT NULL,"
    " attempts INTEGER NOT NULL DEFAULT 0, last_error TEXT,"
    " first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,"
    " PRIMARY KEY (source, uid)) STRICT, WITHOUT ROWID;";

/* Made in older ledgers too.  Every pass asks for the few that were put back, or begun
 * and not ended, among perhaps a million. */
static const char later_schema[] =
    "CREATE INDEX IF NOT EXISTS message_again"
    " ON message (source, uid) WHERE state = 'again';"
    "DROP INDEX IF EXISTS message_deferred;"
    "CREATE INDEX IF NOT EXISTS message_begun"
    " ON message (source, uid) WHERE state IN ('delivering', 'deferred');"
    "CREATE TABLE IF NOT EXISTS horizon (" /* UIDs from here on were never given yet */
    " source INTEGER PRIMARY KEY REFERENCES source (id),"
    " uid_next INTEGER NOT NULL) STRICT;"
    "CREATE TABLE IF NOT EXISTS doubt (" /* no pass has seen all their messages yet */
    " source INTEGER PRIMARY KEY REFERENCES source (id)) STRICT;";

/* Every statement that runs more than once; ?1 is the source, ?2 the UID if there is one.
 */
enum statement {
    FIND,
    FIND_FROM,
    LIST_AGAIN,
    LIST_BEGUN,
    DELIVERED_AFTER,
    ANNOUNCE,
    BEGIN,
    RECORD,
    DEFER,
    UNBEGIN,
    SETTLE,
    FORGET,
    IS_ANOTHER,
    SET_HORIZON,
    IS_DOUBTED,
    DOUBT,
    TRUST,
    STATEMENT_COUNT,
};

#define DESCRIBED             "(message_id <> '' OR size > 0)"
#define ROW                   "state, settled, attempts, first_at, last_at, uid, " DESCRIBED
#define STILL_AGAIN_OR(state) "iif(state = 'again', 'again', " state ")"

static const char *const statements[STATEMENT_COUNT] = {
    [FIND] = "SELECT " ROW " FROM message WHERE source = ?1 AND uid = ?2",
    [FIND_FROM] = "SELECT " ROW " FROM message WHERE source = ?1 AND uid >= ?2"
                  " ORDER BY uid",
    /* Left to itself, SQLite walks through the whole table. */
    [LIST_AGAIN] = "SELECT uid FROM message INDEXED BY message_again"
                   " WHERE source = ?1 AND state = 'again' ORDER BY uid",
    [LIST_BEGUN] = "SELECT uid FROM message INDEXED BY message_begun WHERE source = ?1"
                   " AND state IN ('delivering', 'deferred') ORDER BY uid",
    /* The newest first: if there is one, it is soon found. */
    [DELIVERED_AFTER] = "SELECT uid FROM message WHERE source = ?1 AND"
                        " state = 'delivered' AND last_at > ?2 ORDER BY uid DESC LIMIT 1",
    [ANNOUNCE] = "INSERT INTO message (source, uid, state, message_id, size, first_at,"
                 " last_at) VALUES (?1, ?2, 'delivering', ?3, ?4, ?5, ?5)"
                 " ON CONFLICT DO UPDATE SET message_id = ?3, size = ?4"
                 " WHERE message_id = '' AND size = 0",
    [BEGIN] = "UPDATE message SET state = " STILL_AGAIN_OR(
        "'delivering'") ","
                        " attempts = attempts + 1, last_at = ?3 WHERE source = ?1 AND "
                        "uid = ?2",
    [RECORD] = "UPDATE message SET state = ?3, last_error = ?4, last_at = ?5"
               " WHERE source = ?1 AND uid = ?2",
    [DEFER] = "UPDATE message SET state = " STILL_AGAIN_OR(
        "'deferred'") ","
                      " attempts = max(attempts - ?3, 0), last_error = ?4, last_at = ?5"
                      " WHERE source = ?1 AND uid = ?2",
    [UNBEGIN] = "UPDATE message SET attempts = max(attempts - 1, 0)"
                " WHERE source = ?1 AND uid = ?2",
    [SETTLE] = "UPDATE message SET settled = ?3 WHERE source = ?1 AND uid = ?2",
    [FORGET] = "DELETE FROM message WHERE source = ?1 AND uid = ?2",
    [IS_ANOTHER] = "SELECT message_id <> ?3 AND " DESCRIBED " FROM message"
                   " WHERE source = ?1 AND uid = ?2",
    [SET_HORIZON] = "INSERT INTO horizon (source, uid_next) VALUES (?1, ?2)"
                    " ON CONFLICT DO UPDATE SET uid_next = ?2",
    [IS_DOUBTED] = "SELECT 1 FROM doubt WHERE source = ?1",
    [DOUBT] = "INSERT INTO doubt (source) VALUES (?1)",
    [TRUST] = "DELETE FROM doubt WHERE source = ?1",
};

static const char *const state_ids[] = {
    [LEDGER_UNKNOWN] = "",          [LEDGER_DELIVERING] = "delivering",
    [LEDGER_DEFERRED] = "deferred", [LEDGER_DELIVERED] = "delivered",
    [LEDGER_REFUSED] = "refused",   [LEDGER_AGAIN] = "again",
};

struct ledger {
    sqlite3 *database;
    char *path;
    sqlite3_stmt *ready[STATEMENT_COUNT];
    sqlite3_int64 source;
    bool can_be_lazy; /* the journal is a WAL: a commit without a sync is only less
                         durable, never a torn file */
    bool durable;     /* as synchronous stands now */
    bool in_batch;
};

/* "disk I/O error" alone does not say that the disk is full. */
static bool fail(struct ledger *ledger, struct err *err)
{
    int code = sqlite3_errcode(ledger->database) & 0xff;
    bool is_data = code == SQLITE_NOTADB || code == SQLITE_CORRUPT;
    int error = code == SQLITE_IOERR || code == SQLITE_CANTOPEN
                    ? sqlite3_system_errno(ledger->database)
                    : 0;

    return err_set(err, is_data ? ERR_DATA : ERR_WRITE, _("The ledger %s: %s%s%s"),
                   ledger->path, sqlite3_errmsg(ledger->database), error ? ": " : "",
                   error ? strerror(error) : "");
}

static bool execute(struct ledger *ledger, const char *sql, struct err *err)
{
    return sqlite3_exec(ledger->database, sql, NULL, NULL, NULL) == SQLITE_OK ||
           fail(ledger, err);
}

/* The first column of the first row, as text (the caller's) or NULL. */
static char *query(struct ledger *ledger, const char *sql)
{
    sqlite3_stmt *statement = NULL;
    char *text = NULL;

    if (sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL) == SQLITE_OK &&
        sqlite3_step(statement) == SQLITE_ROW)
        text = mem_copy_text((const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return text;
}

/* synchronous cannot change inside a transaction, so this comes before each.  EXTRA is
 * FULL with a WAL; without one it also syncs the directory behind the journal's removal,
 * which is what commits. */
static bool set_durable(struct ledger *ledger, bool durable, struct err *err)
{
    durable = durable || !ledger->can_be_lazy;
    if (ledger->in_batch || durable == ledger->durable)
        return true;
    if (!execute(ledger,
                 durable ? "PRAGMA synchronous = EXTRA" : "PRAGMA synchronous = NORMAL",
                 err))
        return false;
    ledger->durable = durable;
    return true;
}

/* The statement, clean and with source and UID bound. */
static sqlite3_stmt *use(struct ledger *ledger, enum statement which, uint32_t uid)
{
    sqlite3_stmt *statement = ledger->ready[which];

    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    sqlite3_bind_int64(statement, 1, ledger->source);
    sqlite3_bind_int64(statement, 2, uid);
    return statement;
}

static bool run(struct ledger *ledger, sqlite3_stmt *statement, struct err *err)
{
    bool done = sqlite3_step(statement) == SQLITE_DONE;

    if (!done)
        fail(ledger, err);
    sqlite3_reset(statement);
    return done;
}

static void bind_text(sqlite3_stmt *statement, int index, const char *text)
{
    sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);
}

/* SQLite would make the file readable by all; its journal takes the file's mode. */
static bool make_file(const char *path, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_set(err, ERR_WRITE, _("The ledger %s cannot be opened: %s"), path,
                       strerror(errno));
    close(fd);
    return true;
}

static bool configure(struct ledger *ledger, struct err *err)
{
    char *mode;

    sqlite3_busy_timeout(ledger->database, BUSY_MS);
    sqlite3_extended_result_codes(ledger->database, 1);
    if (!execute(ledger, "PRAGMA synchronous = EXTRA; PRAGMA foreign_keys = ON", err))
        return false;
    ledger->durable = true;
    mode = query(ledger, "PRAGMA journal_mode = WAL");
    ledger->can_be_lazy = mode && !strcmp(mode, "wal");
    free(mode);
    return true;
}

static bool create(struct ledger *ledger, struct err *err)
{
    char *sql = mem_format("BEGIN IMMEDIATE; %s PRAGMA application_id = %d;"
                           "PRAGMA user_version = %d; COMMIT",
                           schema, APPLICATION_ID, VERSION);
    bool done = execute(ledger, sql, err);

    free(sql);
    return done;
}

static bool check_version(struct ledger *ledger, struct err *err)
{
    char *text = query(ledger, "PRAGMA user_version");
    long version = text ? strtol(text, NULL, 10) : -1;

    free(text);
    if (version < 0)
        return fail(ledger, err);
    if (version == 0)
        return create(ledger, err);
    if (version != VERSION)
        return err_set(err, ERR_DATA,
                       _("The ledger %s is of version %ld; this letterbox knows version "
                         "%d. Use the newer letterbox."),
                       ledger->path, version, VERSION);
    return true;
}

static bool prepare(struct ledger *ledger, struct err *err)
{
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        if (sqlite3_prepare_v3(ledger->database, statements[i], -1,
                               SQLITE_PREPARE_PERSISTENT, &ledger->ready[i],
                               NULL) != SQLITE_OK)
            return fail(ledger, err);
    return true;
}

struct ledger *ledger_open(const char *directory, struct err *err)
{
    struct ledger *ledger = mem_new(1, sizeof *ledger);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;

    ledger->path = mem_format("%s/ledger.sqlite", directory);
    if (!make_file(ledger->path, err))
        goto failed;
    if (sqlite3_open_v2(ledger->path, &ledger->database, flags, NULL) != SQLITE_OK) {
        fail(ledger, err);
        goto failed;
    }
    /* The WAL is there by now.  SQLite syncs its name too, but passes over a failure. */
    if (configure(ledger, err) && check_version(ledger, err) &&
        execute(ledger, later_schema, err) && prepare(ledger, err) &&
        file_sync_above(ledger->path, err))
        return ledger;
failed:
    ledger_close(&ledger);
    return NULL;
}

void ledger_close(struct ledger **ledger)
{
    if (!*ledger)
        return;
    for (size_t i = 0; i < STATEMENT_COUNT; i++)
        sqlite3_finalize((*ledger)->ready[i]);
    sqlite3_close((*ledger)->database);
    free((*ledger)->path);
    free(*ledger);
    *ledger = NULL;
}

/* The first column of the first row, `none` without a row, -1 with err.  ?1 is the host,
 * ?2 user, ?3 folder, ?4 the numbering, ?5 now; SQLite passes over those that `sql` does
 * not have. */
static sqlite3_int64 ask_source(struct ledger *ledger, const struct ledger_source *source,
                                uint64_t numbering, const char *sql, sqlite3_int64 none,
                                struct err *err)
{
    sqlite3_stmt *statement = NULL;
    sqlite3_int64 value = -1;
    int step;

    if (sqlite3_prepare_v2(ledger->database, sql, -1, &statement, NULL) != SQLITE_OK) {
        fail(ledger, err);
        return -1;
    }
    bind_text(statement, 1, source->host);
    bind_text(statement, 2, source->user);
    bind_text(statement, 3, source->folder);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)numbering);
    sqlite3_bind_int64(statement, 5, time(NULL));
    step = sqlite3_step(statement);
    if (step == SQLITE_ROW)
        value = sqlite3_column_int64(statement, 0);
    else if (step == SQLITE_DONE)
        value = none;
    else
        fail(ledger, err);
    /* The end of the statement is where an insert is committed. */
    if (sqlite3_finalize(statement) != SQLITE_OK && value >= 0) {
        fail(ledger, err);
        value = -1;
    }
    return value;
}

static bool set_horizon(struct ledger *ledger, uint32_t uid_next, struct err *err)
{
    return set_durable(ledger, true, err) &&
           run(ledger, use(ledger, SET_HORIZON, uid_next), err);
}

/* The numbering that the folder has now, and the first UID that it has not given yet, as
 * far as is known; false with err. */
static bool find_numbering(struct ledger *ledger, const struct ledger_source *source,
                           uint64_t *numbering, sqlite3_int64 *horizon, struct err *err)
{
    static const char latest[] = "SELECT coalesce(max(uid_validity), ?4) FROM source"
                                 " WHERE host = ?1 AND user = ?2 AND folder = ?3"
                                 " AND (uid_validity & 4294967295) = ?4";
    static const char given[] =
        "SELECT max("
        "  coalesce((SELECT uid_next FROM horizon WHERE source = id), 0),"
        "  coalesce((SELECT max(uid) + 1 FROM message WHERE source = id), 0))"
        " FROM source WHERE host = ?1 AND user = ?2 AND folder = ?3"
        " AND uid_validity = ?4";
    sqlite3_int64 found =
        ask_source(ledger, source, source->uid_validity, latest, 0, err);

    if (found < 0)
        return false;
    *numbering = (uint64_t)found;
    *horizon = ask_source(ledger, source, *numbering, given, 0, err);
    if (*horizon > source->uid_next &&
        (source->uid_next > 0 || *horizon == UINT32_MAX)) { /* ledger_distrust */
        *numbering += NUMBERING_STEP;
        *horizon = 0;
    }
    return *horizon >= 0;
}

/* The source's row, made when it is missing, and for a new one that it is in doubt. */
static bool enter(struct ledger *ledger, const struct ledger_source *source,
                  uint64_t numbering, bool is_new, const char *sql, bool *in_doubt,
                  struct err *err)
{
    sqlite3_stmt *statement;
    int step;

    ledger->source = ask_source(ledger, source, numbering, sql, -1, err);
    if (ledger->source < 0 || (is_new && !run(ledger, use(ledger, DOUBT, 0), err)))
        return false;
    statement = use(ledger, IS_DOUBTED, 0);
    step = sqlite3_step(statement);
    *in_doubt = step == SQLITE_ROW;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        fail(ledger, err);
    sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

/* A clock that was set back does not make another source the last one. */
bool ledger_enter(struct ledger *ledger, const struct ledger_source *source,
                  struct ledger_entry *entry, struct err *err)
{
    static const char last[] =
        "SELECT uid_validity FROM source WHERE host = ?1 AND user = ?2 AND folder = ?3"
        " ORDER BY entered_at DESC, id DESC LIMIT 1";
    static const char here[] =
        "SELECT id FROM source WHERE host = ?1 AND user = ?2 AND folder = ?3"
        " AND uid_validity = ?4";
    static const char come[] =
        "INSERT INTO source (host, user, folder, uid_validity, entered_at)"
        " VALUES (?1, ?2, ?3, ?4, ?5)"
        " ON CONFLICT DO UPDATE SET entered_at = max(entered_at, ?5) RETURNING id";
    /* One that is not the last is not entered before its messages were recognised. */
    static const char approach[] =
        "INSERT INTO source (host, user, folder, uid_validity, entered_at)"
        " VALUES (?1, ?2, ?3, ?4, 0) ON CONFLICT DO UPDATE SET entered_at = entered_at"
        " RETURNING id";
    sqlite3_int64 was, known, horizon;
    uint64_t now;
    bool is_last;

    if (!find_numbering(ledger, source, &now, &horizon, err))
        return false;
    was = ask_source(ledger, source, now, last, 0, err);
    known = was < 0 ? -1 : ask_source(ledger, source, now, here, 0, err);
    is_last = was == 0 || (uint64_t)was == now;
    if (known < 0 || !ledger_open_batch(ledger, true, err))
        return false;
    entry->numbering = now;
    entry->known_as = is_last ? 0 : (uint64_t)was;
    if (!enter(ledger, source, now, known == 0 && is_last, is_last ? come : approach,
               &entry->in_doubt, err) ||
        (source->uid_next > horizon && !set_horizon(ledger, source->uid_next, err))) {
        ledger_roll_back(ledger);
        return false;
    }
    return ledger_commit(ledger, err);
}

bool ledger_trust(struct ledger *ledger, struct err *err)
{
    return set_durable(ledger, false, err) && run(ledger, use(ledger, TRUST, 0), err);
}

static enum ledger_state state_named(const char *id)
{
    for (size_t i = 0; i < sizeof state_ids / sizeof *state_ids; i++)
        if (id && !strcmp(state_ids[i], id))
            return (enum ledger_state)i;
    return LEDGER_UNKNOWN;
}

static void read_row(sqlite3_stmt *statement, struct ledger_row *row)
{
    const char *settled = (const char *)sqlite3_column_text(statement, 1);

    row->state = state_named((const char *)sqlite3_column_text(statement, 0));
    snprintf(row->settled, sizeof row->settled, "%s", settled ? settled : "");
    row->attempts = (unsigned)sqlite3_column_int(statement, 2);
    row->first_at = sqlite3_column_int64(statement, 3);
    row->last_at = sqlite3_column_int64(statement, 4);
    row->is_described = sqlite3_column_int(statement, 6);
}

bool ledger_find(struct ledger *ledger, uint32_t uid, struct ledger_row *row,
                 struct err *err)
{
    sqlite3_stmt *statement = use(ledger, FIND, uid);
    int step = sqlite3_step(statement);

    memset(row, 0, sizeof *row);
    if (step == SQLITE_ROW) {
        read_row(statement, row);
    } else if (step != SQLITE_DONE) {
        fail(ledger, err);
    }
    sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

/* From one wanted row to the next it goes row by row; over a gap with many rows, as
 * between an old message that was left unread and the newest ones, by a new search. */
bool ledger_find_all(struct ledger *ledger, const uint32_t *uids, size_t count,
                     struct ledger_row *rows, struct err *err)
{
    sqlite3_stmt *statement = NULL;
    int step = SQLITE_DONE;

    memset(rows, 0, count * sizeof *rows);
    for (size_t i = 0; i < count; i++) {
        int steps = 0;

        if (!statement) {
            statement = use(ledger, FIND_FROM, uids[i]);
            step = sqlite3_step(statement);
        }
        while (step == SQLITE_ROW && sqlite3_column_int64(statement, 5) < uids[i]) {
            if (++steps > STEPS_MAX)
                statement = use(ledger, FIND_FROM, uids[i]);
            step = sqlite3_step(statement);
        }
        if (step != SQLITE_ROW)
            break;
        if (sqlite3_column_int64(statement, 5) == uids[i])
            read_row(statement, &rows[i]);
    }
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        fail(ledger, err);
    if (statement)
        sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_open_batch(struct ledger *ledger, bool durable, struct err *err)
{
    if (!set_durable(ledger, durable, err) || !execute(ledger, "BEGIN IMMEDIATE", err))
        return false;
    ledger->in_batch = true;
    return true;
}

bool ledger_commit(struct ledger *ledger, struct err *err)
{
    if (!execute(ledger, "COMMIT", err)) {
        ledger_roll_back(ledger);
        return false;
    }
    ledger->in_batch = false;
    return true;
}

void ledger_roll_back(struct ledger *ledger)
{
    if (ledger->in_batch)
        execute(ledger, "ROLLBACK", NULL);
    ledger->in_batch = false;
}

static bool list(struct ledger *ledger, enum statement which, uint32_t **uids,
                 size_t *count, struct err *err)
{
    sqlite3_stmt *statement = use(ledger, which, 0);
    size_t room = 0;
    int step;

    *uids = NULL;
    *count = 0;
    while ((step = sqlite3_step(statement)) == SQLITE_ROW) {
        if (*count == room)
            *uids = mem_resize(*uids, room = room ? 2 * room : 16, sizeof **uids);
        (*uids)[(*count)++] = (uint32_t)sqlite3_column_int64(statement, 0);
    }
    if (step != SQLITE_DONE)
        fail(ledger, err);
    sqlite3_reset(statement);
    return step == SQLITE_DONE;
}

bool ledger_list_again(struct ledger *ledger, uint32_t **uids, size_t *count,
                       struct err *err)
{
    return list(ledger, LIST_AGAIN, uids, count, err);
}

bool ledger_list_begun(struct ledger *ledger, uint32_t **uids, size_t *count,
                       struct err *err)
{
    return list(ledger, LIST_BEGUN, uids, count, err);
}

bool ledger_delivered_after(struct ledger *ledger, time_t when, bool *any,
                            struct err *err)
{
    sqlite3_stmt *statement = use(ledger, DELIVERED_AFTER, 0);
    int step;

    sqlite3_bind_int64(statement, 2, when);
    step = sqlite3_step(statement);
    *any = step == SQLITE_ROW;
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        fail(ledger, err);
    sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_announce(struct ledger *ledger, const struct ledger_message *messages,
                     size_t count, struct err *err)
{
    bool is_own = !ledger->in_batch;

    if (is_own && !ledger_open_batch(ledger, true, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        sqlite3_stmt *statement = use(ledger, ANNOUNCE, messages[i].uid);

        bind_text(statement, 3, messages[i].message_id);
        sqlite3_bind_int64(statement, 4, (sqlite3_int64)messages[i].size);
        sqlite3_bind_int64(statement, 5, time(NULL));
        if (!run(ledger, statement, err)) {
            if (is_own)
                ledger_roll_back(ledger);
            return false;
        }
    }
    return !is_own || ledger_commit(ledger, err);
}

bool ledger_begin(struct ledger *ledger, uint32_t uid, struct err *err)
{
    sqlite3_stmt *statement = use(ledger, BEGIN, uid);

    sqlite3_bind_int64(statement, 3, time(NULL));
    return set_durable(ledger, false, err) && run(ledger, statement, err);
}

bool ledger_record(struct ledger *ledger, uint32_t uid, enum ledger_state state,
                   const char *why, struct err *err)
{
    sqlite3_stmt *statement = use(ledger, RECORD, uid);

    bind_text(statement, 3, state_ids[state]);
    bind_text(statement, 4, why);
    sqlite3_bind_int64(statement, 5, time(NULL));
    return set_durable(ledger, true, err) && run(ledger, statement, err);
}

bool ledger_defer(struct ledger *ledger, uint32_t uid, bool counted, const char *why,
                  struct err *err)
{
    sqlite3_stmt *statement = use(ledger, DEFER, uid);

    sqlite3_bind_int(statement, 3, counted ? 0 : 1);
    bind_text(statement, 4, why);
    sqlite3_bind_int64(statement, 5, time(NULL));
    return set_durable(ledger, false, err) && run(ledger, statement, err);
}

bool ledger_unbegin(struct ledger *ledger, uint32_t uid, struct err *err)
{
    return set_durable(ledger, false, err) && run(ledger, use(ledger, UNBEGIN, uid), err);
}

bool ledger_settle(struct ledger *ledger, uint32_t uid, const char *action,
                   struct err *err)
{
    sqlite3_stmt *statement = use(ledger, SETTLE, uid);

    bind_text(statement, 3, action);
    return set_durable(ledger, false, err) && run(ledger, statement, err);
}

bool ledger_forget(struct ledger *ledger, uint32_t uid, struct err *err)
{
    return set_durable(ledger, false, err) && run(ledger, use(ledger, FORGET, uid), err);
}

bool ledger_is_another(struct ledger *ledger, uint32_t uid, const char *message_id,
                       bool *is_another, struct err *err)
{
    sqlite3_stmt *statement = use(ledger, IS_ANOTHER, uid);
    int step;

    bind_text(statement, 3, message_id);
    step = sqlite3_step(statement);
    *is_another = step == SQLITE_ROW && sqlite3_column_int(statement, 0);
    if (step != SQLITE_ROW && step != SQLITE_DONE)
        fail(ledger, err);
    sqlite3_reset(statement);
    return step == SQLITE_ROW || step == SQLITE_DONE;
}

bool ledger_distrust(struct ledger *ledger, struct err *err)
{
    return set_horizon(ledger, UINT32_MAX, err);
}
