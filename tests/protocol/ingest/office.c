#include "protocol/ingest/office.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "base/argv.h"
#include "base/mem.h"
#include "support/server/certs.h"

static void save(struct office *office)
{
    struct err err = ERR_INIT;

    store_save_mailbox(office->store, office->mailbox, &err);
    assert_string_equal(err.text, "");
}

int office_open(void **state)
{
    static const char password[] = "correct-horse";
    struct office *office = mem_new(1, sizeof *office);
    struct secret_ref *ref;
    struct err err = ERR_INIT;
    char port[8];

    scratch_make(&office->scratch);
    office->server = mailserver_start();
    office->store = store_open(scratch_at(&office->scratch, "config"),
                               scratch_at(&office->scratch, "state"), &err);
    assert_non_null(office->store);
    office->mailbox = mailbox_new("support");
    ref = settings_secret(&office->mailbox->settings, SET_BASIC_PASSWORD);
    ref->place = SECRET_TYPED;
    ref->value = secret_new(password, sizeof password - 1);
    snprintf(port, sizeof port, "%d", mailserver_port(office->server));
    settings_set(&office->mailbox->settings, SET_AUTH_METHOD, "basic");
    settings_set(&office->mailbox->settings, SET_BASIC_USERNAME, "user");
    settings_set(&office->mailbox->settings, SET_MAILBOX_USER, "support@example.com");
    settings_set(&office->mailbox->settings, SET_SERVER_HOST, "127.0.0.1");
    settings_set(&office->mailbox->settings, SET_SERVER_PORT, port);
    settings_set(&office->mailbox->settings, SET_TLS_CA_FILE, certs_ca_file());
    settings_set(&office->mailbox->settings, SET_INGEST_TARGET,
                 scratch_at(&office->scratch, "mail"));
    save(office);
    *state = office;
    return 0;
}

int office_close(void **state)
{
    struct office *office = *state;

    diagnosis_free(&office->diagnosis);
    mailbox_free(&office->mailbox);
    store_close(&office->store);
    mailserver_stop(&office->server);
    scratch_remove(&office->scratch);
    free(office);
    return 0;
}

void office_set(struct office *office, enum setting_id id, const char *value)
{
    settings_set(&office->mailbox->settings, id, value);
    save(office);
}

void office_set_command(struct office *office, const char *script)
{
    char *text = mem_format("HERE=%s\n%s", office->scratch.path, script);

    scratch_script(&office->scratch, "take", text);
    office_set(office, SET_INGEST_DELIVER, "command");
    office_set(office, SET_INGEST_TARGET, scratch_at(&office->scratch, "take"));
    free(text);
}

char *office_message_text(const char *subject)
{
    return mem_format("From: A <a@example.com>\r\nMessage-ID: <%s@example.com>\r\n"
                      "Subject: %s\r\n\r\nDear all,\r\n%s\r\n",
                      subject, subject, subject);
}

void office_use_tokens(struct office *office, const char *token_url)
{
    struct settings *settings = &office->mailbox->settings;
    struct secret_ref *ref = settings_secret(settings, SET_OAUTH_CLIENT_SECRET);

    ref->place = SECRET_TYPED;
    ref->value = secret_new("battery-staple", 14);
    settings_set(settings, SET_AUTH_METHOD, "oauth");
    settings_set(settings, SET_OAUTH_SOURCE, "custom");
    settings_set(settings, SET_OAUTH_CLIENT_ID, "letterbox");
    settings_set(settings, SET_OAUTH_SCOPE, "mail");
    office_set(office, SET_OAUTH_TOKEN_URL, token_url);
}

uint32_t office_mail(struct office *office, const char *subject)
{
    char *text = office_message_text(subject);
    uint32_t uid = mailserver_add(office->server, "INBOX", text, strlen(text));

    free(text);
    return uid;
}

bool office_run(struct office *office)
{
    const struct ingest_options options = {.once = true};

    diagnosis_free(&office->diagnosis);
    err_clear(&office->err);
    return ingest_run(office->store, office->mailbox, &options, &office->counts,
                      &office->diagnosis, &office->err);
}

void office_run_well(struct office *office)
{
    bool done = office_run(office);

    assert_string_equal(office->err.text, "");
    assert_true(done);
    assert_null(office->diagnosis);
}

static const char *const read_and_unread[] = {"mail/cur", "mail/new"};

size_t office_delivered(const struct office *office)
{
    return scratch_count(&office->scratch, read_and_unread[0]) +
           scratch_count(&office->scratch, read_and_unread[1]);
}

static size_t count_in(const struct office *office, const char *folder,
                       const char *expected)
{
    char **names = scratch_names(&office->scratch, folder);
    size_t found = 0;

    for (size_t i = 0; names[i]; i++) {
        char *path = mem_format("%s/%s", folder, names[i]);
        char *text = scratch_read(&office->scratch, path, NULL);

        found += text && !strcmp(text, expected);
        free(text);
        free(path);
    }
    argv_free(&names);
    return found;
}

size_t office_count_subject(const struct office *office, const char *subject)
{
    char *text = office_message_text(subject);
    size_t found = count_in(office, read_and_unread[0], text) +
                   count_in(office, read_and_unread[1], text);

    free(text);
    return found;
}

void office_read_all(const struct office *office)
{
    char **names = scratch_names(&office->scratch, "mail/new");

    for (size_t i = 0; names[i]; i++) {
        char *from = mem_format("mail/new/%s", names[i]);
        char *to = mem_format("mail/cur/%s:2,S", names[i]);

        assert_int_equal(
            rename(scratch_at(&office->scratch, from), scratch_at(&office->scratch, to)),
            0);
        free(from);
        free(to);
    }
    argv_free(&names);
}

void office_change_ledger(const struct office *office, const char *sql)
{
    sqlite3 *database;

    assert_int_equal(
        sqlite3_open(scratch_at(&office->scratch, "state/support/ledger.sqlite"),
                     &database),
        SQLITE_OK);
    assert_int_equal(sqlite3_exec(database, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_true(sqlite3_changes(database) > 0);
    sqlite3_close(database);
}
