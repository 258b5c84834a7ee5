#include "support/watched/watched.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/mem.h"
#include "settings/store.h"

int watched_open(void **state)
{
    struct watched *watched = mem_new(1, sizeof *watched);

    scratch_make(&watched->scratch);
    watched->lock = -1;
    assert_int_equal(mkdir(scratch_at(&watched->scratch, "state"), 0700), 0);
    *state = watched;
    return 0;
}

int watched_close(void **state)
{
    struct watched *watched = *state;

    if (watched->lock >= 0)
        close(watched->lock);
    scratch_remove(&watched->scratch);
    free(watched);
    return 0;
}

void watched_save(struct watched *watched, const char *name, const char *expires_at)
{
    struct err err = ERR_INIT;
    struct store *store = store_open(scratch_at(&watched->scratch, "config"), NULL, &err);
    struct mailbox *mailbox = mailbox_new(name);
    struct settings *settings = &mailbox->settings;

    settings->client_secret.place = SECRET_ENV;
    settings->client_secret.name = mem_copy_text("SECRET");
    settings_set(settings, SET_AUTH_METHOD, "oauth");
    settings_set(settings, SET_OAUTH_SOURCE, "custom");
    settings_set(settings, SET_OAUTH_TOKEN_URL, "https://id.example.com/token");
    settings_set(settings, SET_OAUTH_CLIENT_ID, "letterbox");
    settings_set(settings, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, expires_at);
    settings_set(settings, SET_SERVER_HOST, "imap.example.com");
    settings_set(settings, SET_MAILBOX_USER, "support@example.com");
    settings_set(settings, SET_INGEST_TARGET, "/var/mail/support");
    settings_set(settings, SET_INGEST_ON_FAILURE, "move");
    settings_set(settings, SET_INGEST_FAILURE_FOLDER, "Failed");
    if (!store_save_mailbox(store, mailbox, &err))
        fail_msg("%s", err.text);
    mailbox_free(&mailbox);
    store_close(&store);
}

/* "state/NAME" of the scratch directory, made; the caller's. */
static char *directory_of(struct watched *watched, const char *name)
{
    char *path = mem_format("%s/state/%s", watched->scratch.path, name);

    if (mkdir(path, 0700) != 0)
        assert_int_equal(errno, EEXIST);
    return path;
}

void watched_write(struct watched *watched, const char *name, const struct state *state)
{
    char *directory = directory_of(watched, name);
    char *file = mem_format("state/%s/status.json", name);
    char *text = state ? state_format(state) : NULL;

    if (text) {
        scratch_write(&watched->scratch, file, text, strlen(text));
        assert_int_equal(chmod(scratch_at(&watched->scratch, file), 0600), 0);
    }
    free(text);
    free(file);
    free(directory);
}

void watched_lock(struct watched *watched, const char *name)
{
    char *path = directory_of(watched, name);
    int directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    watched->lock = state_lock(directory, path, NULL);
    assert_true(watched->lock >= 0);
    close(directory);
    free(path);
}

struct ledger *watched_ledger(struct watched *watched, const char *name)
{
    static const struct ledger_source inbox = {.host = "imap.example.com",
                                               .user = "support@example.com",
                                               .folder = "INBOX",
                                               .uid_validity = 7};
    char *path = directory_of(watched, name);
    struct ledger *ledger = ledger_open(path, NULL);
    struct ledger_entry entry;

    assert_non_null(ledger);
    assert_true(ledger_enter(ledger, &inbox, &entry, NULL));
    free(path);
    return ledger;
}

void watched_record(struct ledger *ledger, uint32_t uid, enum ledger_state state,
                    const char *why, const char *settled)
{
    const struct ledger_message message = {
        .uid = uid, .size = 12345, .message_id = "<a@example.com>"};

    assert_true(ledger_announce(ledger, &message, 1, NULL));
    assert_true(ledger_begin(ledger, uid, NULL));
    if (state == LEDGER_DEFERRED)
        assert_true(ledger_defer(ledger, uid, true, why, NULL));
    else
        assert_true(ledger_record(ledger, uid, state, why, NULL));
    if (settled)
        assert_true(ledger_settle(ledger, uid, settled, NULL));
}

struct program_outcome watched_run(struct watched *watched, const char *command,
                                   const char *options)
{
    char *line = mem_format("--state-dir %s/state %s", watched->scratch.path, options);
    struct program_outcome outcome = program_run(&watched->scratch, command, line, "");

    free(line);
    return outcome;
}

json_t *watched_json(struct watched *watched, const char *command, const char *options,
                     int status)
{
    char *line = mem_format("--json %s", options);
    struct program_outcome outcome = watched_run(watched, command, line);
    json_error_t error;
    json_t *root = json_loads(outcome.out, JSON_REJECT_DUPLICATES, &error);

    if (!root)
        fail_msg("%s in:\n%s%s", error.text, outcome.out, outcome.err);
    assert_int_equal(outcome.status, status);
    program_outcome_free(&outcome);
    free(line);
    return root;
}

void watched_assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

void watched_assert_lacks(const char *text, const char *part)
{
    if (strstr(text, part))
        fail_msg("\"%s\" is in:\n%s", part, text);
}
