#include "ingest/renumbered.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/trouble.h"
#include "settings/setting.h"

#define BATCH   64
#define BUSY_MS 5000 /* as in ledger.c */

/* The unread messages as they are now, beside the rows as they were.  In memory. */
static const char begin[] =
    "PRAGMA temp_store = MEMORY; PRAGMA synchronous = FULL;"
    "CREATE TEMP TABLE arrived (uid INTEGER PRIMARY KEY, message_id TEXT NOT NULL,"
    " size INTEGER NOT NULL)";

static const char arrive[] = "INSERT OR IGNORE INTO arrived VALUES (?1, ?2, ?3)";

/* Of a pair that is alone on both sides; what is twice on one may be two messages of a
 * sender that is careless with its Message-IDs.  ?1 to ?5 as in bind_source(). */
static const char carry[] =
    "INSERT INTO main.message (source, uid, state, message_id, size, attempts,"
    "  last_error, first_at, last_at)"
    " SELECT now.id, arrived.uid, old.state, old.message_id, old.size, old.attempts,"
    "  old.last_error, old.first_at, old.last_at"
    " FROM arrived"
    " JOIN main.message AS old USING (message_id, size)"
    " JOIN main.source AS was ON was.id = old.source"
    "  AND was.host = ?1 AND was.user = ?2 AND was.folder = ?3 AND was.uid_validity = ?5"
    " JOIN main.source AS now ON now.host = ?1 AND now.user = ?2 AND now.folder = ?3"
    "  AND now.uid_validity = ?4"
    " WHERE arrived.message_id <> '' AND old.state IN ('delivered', 'refused')"
    " GROUP BY arrived.message_id, arrived.size HAVING count(*) = 1"
    " ON CONFLICT DO NOTHING";

/* The last that was entered, also when another was within the same second. */
static const char enter[] =
    "UPDATE main.source SET entered_at = max(?6, 1 +"
    "  (SELECT max(entered_at) FROM main.source WHERE host = ?1 AND user = ?2"
    "   AND folder = ?3))"
    " WHERE host = ?1 AND user = ?2 AND folder = ?3 AND uid_validity = ?4";

static bool fail(sqlite3 *database, struct err *err)
{
    return err_set(err, ERR_WRITE, _("The ledger: %s"), sqlite3_errmsg(database));
}

/* ?1 host, ?2 login, ?3 folder, ?4 the numbering now, ?5 as it was, ?6 now; SQLite passes
 * over those that a statement does not have. */
static void bind_source(sqlite3_stmt *statement, const struct pass *pass)
{
    const struct settings *settings = &pass->mailbox->settings;
    const char *const words[] = {settings_text(settings, SET_SERVER_HOST),
                                 settings_login(settings),
                                 settings_text(settings, SET_MAILBOX_FOLDER)};

    for (int i = 0; i < 3; i++)
        sqlite3_bind_text(statement, i + 1, words[i], -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 4, (sqlite3_int64)pass->numbering);
    sqlite3_bind_int64(statement, 5, (sqlite3_int64)pass->former);
    sqlite3_bind_int64(statement, 6, time(NULL));
}

static bool run_for_source(sqlite3 *database, const char *sql, const struct pass *pass,
                           struct err *err)
{
    sqlite3_stmt *statement = NULL;
    bool done;

    if (sqlite3_prepare_v2(database, sql, -1, &statement, NULL) != SQLITE_OK)
        return fail(database, err);
    bind_source(statement, pass);
    done = sqlite3_step(statement) == SQLITE_DONE || fail(database, err);
    sqlite3_finalize(statement);
    return done;
}

static bool add_message(sqlite3_stmt *statement, const struct imap_message *message)
{
    sqlite3_reset(statement);
    sqlite3_bind_int64(statement, 1, message->uid);
    sqlite3_bind_text(statement, 2, message->message_id, -1, SQLITE_TRANSIENT);
    sqlite3_bind_int64(statement, 3, (sqlite3_int64)message->size);
    return sqlite3_step(statement) == SQLITE_DONE;
}

static bool look_at(struct pass *pass, sqlite3 *database, const struct imap_uids *uids,
                    struct err *err)
{
    struct imap_message *messages = mem_new(BATCH, sizeof *messages);
    sqlite3_stmt *statement = NULL;
    bool done = sqlite3_prepare_v2(database, arrive, -1, &statement, NULL) == SQLITE_OK ||
                fail(database, err);

    for (size_t at = 0; done && at < uids->count; at += BATCH) {
        size_t left = uids->count - at, found = 0;
        enum imap_status status =
            imap_session_describe(pass->session, uids->items + at,
                                  left < BATCH ? left : BATCH, messages, &found);

        done = status == IMAP_OK || trouble_of_session(pass->session, status,
                                                       _("looking at the messages"), err);
        for (size_t i = 0; done && i < found; i++)
            done = add_message(statement, &messages[i]) || fail(database, err);
        if (done && pass->progress && !pass->progress(pass->closure))
            done = err_set(err, ERR_CANCELLED, _("Cancelled between two messages."));
    }
    sqlite3_finalize(statement);
    free(messages);
    return done;
}

static void log_recognised(const struct pass *pass, int count)
{
    char text[16];

    snprintf(text, sizeof text, "%d", count);
    log_event(LOG_INFO, "recognised", "mailbox", pass->mailbox->name, "messages", text,
              NULL);
}

static bool carry_over(struct pass *pass, sqlite3 *database, struct err *err)
{
    int count;

    if (sqlite3_exec(database, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
        return fail(database, err);
    if (!run_for_source(database, carry, pass, err))
        return false;
    count = sqlite3_changes(database);
    if (!run_for_source(database, enter, pass, err))
        return false;
    if (sqlite3_exec(database, "COMMIT", NULL, NULL, NULL) != SQLITE_OK)
        return fail(database, err);
    log_recognised(pass, count);
    pass->former = 0;
    return true;
}

bool renumbered_recognise(struct pass *pass, const struct imap_uids *uids,
                          struct err *err)
{
    char *path = mem_format("%s/ledger.sqlite", pass->state_dir);
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX;
    sqlite3 *database = NULL;
    bool done = sqlite3_open_v2(path, &database, flags, NULL) == SQLITE_OK;

    sqlite3_busy_timeout(database, BUSY_MS);
    done = (done && sqlite3_exec(database, begin, NULL, NULL, NULL) == SQLITE_OK) ||
           fail(database, err);
    done = done && look_at(pass, database, uids, err) && carry_over(pass, database, err);
    sqlite3_close(database); /* rolls back what was not committed */
    free(path);
    return done;
}

/* ---- The same numbers for other messages ------------------------------------------- */

static bool compare(struct pass *pass, const struct imap_message *messages, size_t count,
                    bool *differ, struct err *err)
{
    *differ = false;
    for (size_t i = 0; i < count && !*differ; i++)
        if (!ledger_is_another(pass->ledger, messages[i].uid, messages[i].message_id,
                               differ, err))
            return false;
    return true;
}

bool renumbered_check(struct pass *pass, const uint32_t *uids, size_t count,
                      struct err *err)
{
    struct imap_message *messages = mem_new(IMAP_SET_MAX, sizeof *messages);
    size_t found = 0;
    enum imap_status status =
        imap_session_describe(pass->session, uids, count, messages, &found);
    bool differ = false;
    /* Of a message that it refuses to describe the server says nothing else. */
    bool done =
        trouble_ends_session(status)
            ? trouble_of_session(pass->session, status, _("looking at the messages"), err)
            : compare(pass, messages, found, &differ, err);

    free(messages);
    if (!done || !differ)
        return done;
    return ledger_distrust(pass->ledger, err) &&
           err_set(
               err, ERR_RETRY,
               _("The folder %s has other messages under numbers that it gave before, "
                 "as after a restore from a backup."),
               settings_text(&pass->mailbox->settings, SET_MAILBOX_FOLDER));
}
