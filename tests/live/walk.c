#include "live/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "base/argv.h"
#include "base/mem.h"

#define FOCUS     "▌"
#define ROWS      30
#define COLUMNS   100
#define FIELD_MAX 20

static const char *answer(const struct walk *walk, const char *key)
{
    json_t *value = json_object_get(walk->answers, key);
    static char number[16];

    assert_non_null(value);
    if (!json_is_integer(value))
        return json_string_value(value);
    snprintf(number, sizeof number, "%d", (int)json_integer_value(value));
    return number;
}

/* Tab, until the field with this label has the focus. */
static void go_to(const struct walk *walk, const char *label)
{
    for (int i = 0; i < FIELD_MAX; i++) {
        pty_settle(walk->pty);
        for (int row = 0; row < ROWS; row++) {
            const char *focus = strstr(pty_row(walk->pty, row), FOCUS);
            if (focus && strstr(focus, label))
                return;
        }
        pty_key(walk->pty, PTY_TAB);
    }
    pty_see_beside(walk->pty, FOCUS, label); /* fails, with a picture */
}

void walk_begin(struct walk *walk, void **state, const char *way)
{
    char ca_file[SCRATCH_PATH_MAX];
    const char *env[] = {ca_file, NULL};
    char *argv[7];

    *walk = (struct walk){.live = *state, .way = way};
    walk->answers = live_answers(walk->live, way);
    snprintf(ca_file, sizeof ca_file, "LETTERBOX_CA_FILE=%s",
             answer(walk, "tls.ca_file"));
    argv[0] = (char *)(uintptr_t)live_program();
    argv[1] = (char *)(uintptr_t) "setup";
    argv[2] = (char *)(uintptr_t) "--config-dir";
    argv[3] = walk->live->config_dir;
    argv[4] = (char *)(uintptr_t) "--state-dir";
    argv[5] = walk->live->state_dir;
    argv[6] = NULL;
    live_refill(walk->live, way);
    walk->pty = pty_start(ROWS, COLUMNS, env, argv);
}

void walk_enter(const struct walk *walk, const char *label, const char *key)
{
    go_to(walk, label);
    pty_press_control(walk->pty, 'u');
    pty_type(walk->pty, answer(walk, key));
}

void walk_choose(const struct walk *walk, const char *label, int down)
{
    go_to(walk, label);
    for (int i = 0; i < down; i++)
        pty_key(walk->pty, PTY_DOWN);
    pty_type(walk->pty, " ");
}

void walk_turn_page(const struct walk *walk, const char *label)
{
    pty_key(walk->pty, PTY_PAGE_DOWN);
    pty_see_beside(walk->pty, FOCUS, label);
}

void walk_begin_oauth(struct walk *walk, void **state, const char *way, int source)
{
    walk_begin(walk, state, way);
    pty_see(walk->pty, "Authentication");
    walk_choose(walk, "Method", 0);
    walk_turn_page(walk, "Provider");
    walk_choose(walk, "Provider", source);
    pty_key(walk->pty, PTY_PAGE_DOWN);
}

void walk_enter_server(const struct walk *walk)
{
    walk_turn_page(walk, "Mailbox address");
    walk_enter(walk, "Mailbox address", "mailbox.user");
    walk_enter(walk, "IMAP host", "server.host");
    walk_enter(walk, "Port", "server.port");
}

static void enter_processing(const struct walk *walk)
{
    walk_turn_page(walk, "Application");
    walk_enter(walk, "Target", "ingest.target");
}

static void test_and_save(const struct walk *walk)
{
    pty_key(walk->pty, PTY_PAGE_DOWN);
    pty_see(walk->pty, "Test now");
    pty_key(walk->pty, PTY_F5);
    pty_see(walk->pty, "letterbox can read this mailbox");
    walk_turn_page(walk, "Save as");
    walk_enter(walk, "Save as", "name");
    go_to(walk, "[ Save ]");
    pty_key(walk->pty, PTY_ENTER);
    pty_see(walk->pty, "Saved ");
    pty_key(walk->pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(walk->pty), 0);
}

/* What a person is left with: a terminal as it was, and no secret in what it was sent. */
static void check_terminal(const struct walk *walk)
{
    static const char *const secrets[] = {"basic.password", "oauth.client_secret"};

    assert_false(pty_is_alternate(walk->pty));
    assert_true(pty_cursor_is_visible(walk->pty));
    assert_true(pty_termios_is_restored(walk->pty));
    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++)
        if (json_object_get(walk->answers, secrets[i]))
            assert_false(pty_wrote(walk->pty, answer(walk, secrets[i])));
    assert_false(pty_wrote(walk->pty, "\033]0;a title"));
}

/* The file names what was entered, and holds no secret; the secret's file is its owner's
 * alone. */
static void check_saved(const struct walk *walk)
{
    char *path = mem_format("config/mailboxes/%s.json", walk->way);
    char *text = scratch_read(&walk->live->scratch, path, NULL);
    json_t *saved = json_loads(text ? text : "", 0, NULL);
    json_t *user = json_object_get(json_object_get(saved, "mailbox"), "user");
    char **secrets = scratch_names(&walk->live->scratch, "config/secrets");

    assert_string_equal(json_string_value(user), answer(walk, "mailbox.user"));
    if (json_object_get(walk->answers, "oauth.client_secret"))
        assert_null(strstr(text, answer(walk, "oauth.client_secret")));
    for (size_t i = 0; secrets[i]; i++) {
        struct stat st;
        char *secret = mem_format("config/secrets/%s", secrets[i]);

        assert_int_equal(stat(scratch_at(&walk->live->scratch, secret), &st), 0);
        if (S_ISREG(st.st_mode))
            assert_int_equal(st.st_mode & 077, 0);
        free(secret);
    }
    argv_free(&secrets);
    json_decref(saved);
    free(text);
    free(path);
}

static void check_fetched(const struct walk *walk)
{
    int status = LIVE_RUN(walk->live, "ingest", walk->way, "--once");

    if (status != 0)
        print_message("%s%s", walk->live->output, walk->live->errors);
    assert_int_equal(status, 0);
    assert_int_equal(scratch_count(&walk->live->scratch, "mail/new"), LIVE_MESSAGES);
    assert_int_equal(LIVE_RUN(walk->live, "ingest", walk->way, "--once"), 0);
    assert_int_equal(scratch_count(&walk->live->scratch, "mail/new"), LIVE_MESSAGES);
}

void walk_finish(struct walk *walk)
{
    enter_processing(walk);
    test_and_save(walk);
    check_terminal(walk);
    pty_free(&walk->pty);
    check_saved(walk);
    check_fetched(walk);
    json_decref(walk->answers);
}
