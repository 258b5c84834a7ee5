/* The page after Save: how the ingest is started, and starting it with a key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "terminal/fixture.h"

static void path_in(const struct fixture *fixture, const char *name, char *path,
                    size_t size)
{
    snprintf(path, size, "%s/%s", fixture->directory, name);
}

static void put(const struct fixture *fixture, const char *name, mode_t mode,
                const char *text)
{
    char path[256];
    FILE *file;

    path_in(fixture, name, path, sizeof path);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, mode), 0);
}

static void make(const struct fixture *fixture, const char *name)
{
    char path[256];

    path_in(fixture, name, path, sizeof path);
    assert_int_equal(mkdir(path, 0700), 0);
}

/* A restart waits until the test lets it go on. */
static const char systemctl[] =
    "#!/bin/sh\n"
    "cd \"${0%/*}\" || exit 99\n"
    "case \"$*\" in\n"
    "*' show '*) printf "
    "'LoadState=loaded\\nActiveState=inactive\\n\\nLoadState=loaded\\n' ;;\n"
    "*' restart '*) read -r word <gate; [ \"$word\" = good ] || { echo \"$word\"; exit "
    "1; } ;;\n"
    "esac\n";

static const char answers[] =
    "{\"name\": \"support\", \"auth.method\": \"basic\", "
    "\"basic.username\": \"support@example.com\", \"basic.password\": \"Canary\", "
    "\"server.host\": \"imap.example.com\", \"mailbox.user\": \"support@example.com\", "
    "\"ingest.deliver\": \"http\", \"ingest.target\": \"http://127.0.0.1:1/\"}";

static int begin(void **state)
{
    struct fixture *fixture;
    char path[256];

    fixture_begin(state);
    fixture = *state;
    put(fixture, "systemctl", 0755, systemctl);
    put(fixture, "answers.json", 0600, answers);
    path_in(fixture, "gate", path, sizeof path);
    assert_int_equal(mkfifo(path, 0600), 0);
    return 0;
}

/* Opens a saved mailbox, and saves it again as it is. */
static struct pty *save(struct fixture *fixture)
{
    char script[1024];
    struct pty *pty;

    snprintf(script, sizeof script,
             "PATH=%s:$PATH; m='" MACHINE_PROGRAM " %s'; "
             "$m setup --answers %s/answers.json --no-test >%s/out 2>%s/err || exit; "
             "exec $m setup support --no-test",
             fixture->directory, fixture->directory, fixture->directory,
             fixture->directory, fixture->directory);
    pty = fixture_start_shell(fixture, script);
    pty_see(pty, "Authentication");
    for (int i = 0; i < 5; i++)
        pty_key(pty, PTY_PAGE_DOWN);
    pty_see_beside(pty, "Save as", "support");
    pty_key(pty, PTY_TAB);
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "✓ Saved ");
    return pty;
}

static void let_go(const struct fixture *fixture, const char *word)
{
    char path[256];
    FILE *gate;

    path_in(fixture, "gate", path, sizeof path);
    gate = fopen(path, "w");
    assert_non_null(gate);
    fprintf(gate, "%s\n", word);
    fclose(gate);
}

static void test_a_key_starts_the_ingest(void **state)
{
    struct fixture *fixture = *state;
    struct pty *pty;

    make(fixture, "booted");
    pty = save(fixture);
    pty_see(pty, "systemctl enable --now letterbox-ingest.service");
    pty_see_beside(pty, "s start the ingest", "Enter leave");
    pty_type(pty, "s");
    pty_see(pty, "Starting letterbox-ingest.service...");
    /* The terminal goes on meanwhile. */
    pty_key(pty, PTY_ESCAPE);
    pty_see(pty, "[ Leave ]");
    pty_type(pty, "n");
    pty_see(pty, "Starting letterbox-ingest.service...");
    let_go(fixture, "good");
    pty_see(pty, "✓ The ingest runs");
    pty_see(pty, "journalctl -f -u letterbox-ingest.service");
    pty_key(pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(pty), 0);
    fixture_assert_whole(pty);
    pty_see(pty, "journalctl -f -u letterbox-ingest.service");
}

static void test_a_failure_is_shown_with_its_command(void **state)
{
    struct fixture *fixture = *state;
    struct pty *pty;

    make(fixture, "booted");
    pty = save(fixture);
    pty_see(pty, "s start the ingest");
    pty_type(pty, "s");
    pty_see(pty, "Starting letterbox-ingest.service...");
    let_go(fixture, "Job failed.");
    pty_see(pty, "✗ The service did not start: Job failed.");
    pty_see(pty, "journalctl --no-pager -n 30 -u letterbox-ingest.service");
    pty_see(pty, "s tries once more.");
}

static void test_leaving_does_not_wait_for_systemctl(void **state)
{
    struct fixture *fixture = *state;
    struct pty *pty;

    make(fixture, "booted");
    pty = save(fixture);
    pty_see(pty, "s start the ingest");
    pty_type(pty, "s");
    pty_see(pty, "Starting letterbox-ingest.service...");
    pty_key(pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(pty), 0);
    fixture_assert_whole(pty);
}

static void test_without_systemd_the_commands_are_left_behind(void **state)
{
    struct fixture *fixture = *state;
    struct pty *pty = save(fixture);

    pty_see(pty, "systemd does not run here");
    assert_false(pty_has(pty, "s start"));
    pty_type(pty, "s"); /* does nothing */
    pty_key(pty, PTY_ENTER);
    assert_int_equal(pty_exit_status(pty), 0);
    fixture_assert_whole(pty);
    pty_see(pty, "*/5 * * * * /usr/local/bin/letterbox ingest support --once");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, fixture_end)
    const struct CMUnitTest tests[] = {
        CASE(test_a_key_starts_the_ingest),
        CASE(test_a_failure_is_shown_with_its_command),
        CASE(test_leaving_does_not_wait_for_systemctl),
        CASE(test_without_systemd_the_commands_are_left_behind),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}
