/* ui/start: how the ingest of what was saved is started, with a systemctl of our own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "settings/mailbox.h"
#include "settings/store.h"
#include "support/scratch/scratch.h"
#include "ui/start.h"

static uid_t user;

static uid_t get_user(void)
{
    return user;
}

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
    (void)name;
    *uid = *gid = 995;
    return true;
}

struct fixture {
    struct scratch scratch;
    struct systemd_host host;
    struct store *store;
    struct mailbox *mailbox;
    struct start start;
    struct start_lines lines;
    char *path; /* PATH as it was */
};

/* Writes down what it was called with; `show` prints the file "units". */
static const char systemctl[] =
    "cd \"${0%/*}\" || exit 99\n"
    "echo \"$*\" >>calls\n"
    "case \"$*\" in\n"
    "*' show '*) cat units 2>/dev/null ;;\n"
    "*' restart '*) [ ! -e broken ] || { cat broken >&2; exit 1; } ;;\n"
    "esac\n";

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);
    char *path;

    user = 0;
    scratch_make(&f->scratch);
    scratch_script(&f->scratch, "systemctl", systemctl);
    mkdir(scratch_at(&f->scratch, "booted"), 0755);
    f->path = mem_copy_text(getenv("PATH"));
    path = mem_format("%s:/usr/local/bin:/usr/bin:/bin", f->scratch.path);
    setenv("PATH", path, 1);
    free(path);
    f->host = (struct systemd_host){
        .marker = mem_copy_text(scratch_at(&f->scratch, "booted")),
        .config_dir = mem_copy_text(scratch_at(&f->scratch, "config")),
        .state_dir = mem_copy_text(scratch_at(&f->scratch, "state")),
        .unit_dir = mem_copy_text(scratch_at(&f->scratch, "units.d")),
        .program = "/usr/local/bin/letterbox",
        .user = get_user,
        .find_user = find_user,
    };
    systemd_host_use(&f->host);
    f->store = store_open(f->host.config_dir, f->host.state_dir, NULL);
    f->mailbox = mailbox_new("support");
    settings_set(&f->mailbox->settings, SET_INGEST_DELIVER, "http");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    systemd_host_use(NULL);
    start_end(&f->start);
    start_lines_free(&f->lines);
    mailbox_free(&f->mailbox);
    store_close(&f->store);
    setenv("PATH", f->path, 1);
    free(f->path);
    free((char *)(uintptr_t)f->host.marker);
    free((char *)(uintptr_t)f->host.config_dir);
    free((char *)(uintptr_t)f->host.state_dir);
    free((char *)(uintptr_t)f->host.unit_dir);
    scratch_remove(&f->scratch);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *name, const char *text)
{
    scratch_write(&f->scratch, name, text, strlen(text));
}

#define LOADED  "Id=letterbox-ingest.service\nLoadState=loaded\nUnitFileState=disabled\n"
#define STOPPED LOADED "ActiveState=inactive\n"
#define RUNS    LOADED "ActiveState=active\n"
#define OWN     "\nLoadState=loaded\nUnitFileState=disabled\nActiveState=inactive\n"

static void wait_for_it(struct fixture *f)
{
    static const struct cancel never = {.fd = -1};

    assert_true(start_wait(&f->start, &never));
    start_lines_free(&f->lines);
    start_tell(&f->start, &f->lines);
}

static void look(struct fixture *f, const char *units)
{
    put(f, "units", units);
    start_begin(&f->start, f->store, "support", &f->mailbox->settings);
    wait_for_it(f);
}

static bool says(const struct fixture *f, const char *text)
{
    for (size_t i = 0; i < f->lines.count; i++) {
        if (strstr(f->lines.items[i].text, text))
            return true;
    }
    return false;
}

/* How many commands begin so? */
static unsigned count_commands(const struct fixture *f, const char *beginning)
{
    unsigned count = 0;

    for (size_t i = 0; i < f->lines.count; i++)
        count += f->lines.items[i].kind == START_COMMAND &&
                 strncmp(f->lines.items[i].text, beginning, strlen(beginning)) == 0;
    return count;
}

static void assert_says(const struct fixture *f, const char *text)
{
    if (says(f, text))
        return;
    start_lines_print(&f->lines);
    fail_msg("nothing says: %s", text);
}

static char *calls(struct fixture *f)
{
    char *text = scratch_read(&f->scratch, "calls", NULL);

    return text ? text : mem_copy_text("");
}

static void test_root_is_offered_the_key(void **state)
{
    struct fixture *f = *state;

    look(f, STOPPED OWN);
    assert_true(start_can_go(&f->start));
    assert_says(f, "systemctl enable --now letterbox-ingest.service");
    assert_says(f, "s does it");
}

static void test_the_key_enables_and_starts(void **state)
{
    struct fixture *f = *state;
    char *called;

    look(f, STOPPED OWN);
    start_go(&f->start);
    assert_int_equal(f->start.stage, START_STARTING);
    wait_for_it(f);
    assert_int_equal(f->start.stage, START_STARTED);
    assert_says(f, "journalctl -f -u letterbox-ingest.service");
    assert_false(says(f, "s does it"));
    called = calls(f);
    assert_non_null(strstr(called, " enable letterbox-ingest.service\n"));
    assert_non_null(strstr(called, " restart letterbox-ingest.service\n"));
    free(called);
}

/* Started before that was done, the service runs, and its mailbox stands. */
static void test_what_is_needed_is_said_until_it_is_done(void **state)
{
    struct fixture *f = *state;
    char *target = mem_format("%s/mail", f->host.state_dir);

    settings_set(&f->mailbox->settings, SET_INGEST_DELIVER, "maildir");
    settings_set(&f->mailbox->settings, SET_INGEST_TARGET, "/nowhere/mail");
    look(f, STOPPED OWN);
    start_go(&f->start);
    wait_for_it(f);
    assert_int_equal(f->start.stage, START_STARTED);
    assert_says(f, "-o letterbox -g letterbox /nowhere/mail");
    assert_int_equal(count_commands(f, "systemctl restart letterbox-ingest.service"), 1);
    assert_true(start_can_go(&f->start));
    settings_set(&f->mailbox->settings, SET_INGEST_TARGET, target);
    start_go(&f->start);
    wait_for_it(f);
    assert_int_equal(count_commands(f, "systemctl"), 0);
    assert_false(start_can_go(&f->start));
    free(target);
}

static void test_a_failure_is_said_once_safely_and_can_be_repeated(void **state)
{
    struct fixture *f = *state;

    put(f, "broken", "Job failed\033]0;x\007 badly.\nSee more.\n");
    look(f, STOPPED OWN);
    start_go(&f->start);
    wait_for_it(f);
    assert_int_equal(f->start.stage, START_FAILED);
    assert_says(f, "Job failed");
    assert_false(says(f, "\033"));
    assert_false(says(f, "See more"));
    assert_says(f, "journalctl --no-pager -n 30 -u letterbox-ingest.service");
    assert_true(start_can_go(&f->start));
    assert_int_equal(remove(scratch_at(&f->scratch, "broken")), 0);
    start_go(&f->start);
    wait_for_it(f);
    assert_int_equal(f->start.stage, START_STARTED);
}

static void test_a_running_service_is_started_anew(void **state)
{
    struct fixture *f = *state;

    look(f, RUNS OWN);
    assert_true(f->start.is_active);
    assert_says(f, "To start it anew all the same:");
    assert_says(f, "systemctl restart letterbox-ingest.service");
    settings_set(&f->mailbox->settings, SET_INGEST_DELIVER, "maildir");
    settings_set(&f->mailbox->settings, SET_INGEST_TARGET, "/nowhere/mail");
    look(f, RUNS OWN);
    assert_says(f, "After that, to start it anew:");
    assert_says(f, "systemctl restart letterbox-ingest.service");
}

static void test_a_mailbox_with_its_own_unit_is_left_to_it(void **state)
{
    struct fixture *f = *state;

    look(f, STOPPED "\nLoadState=loaded\nUnitFileState=enabled\nActiveState=inactive\n");
    assert_says(f, "systemctl enable --now letterbox-ingest@support.service");
}

static void test_who_is_not_root_gets_the_command(void **state)
{
    struct fixture *f = *state;

    user = 1000;
    look(f, STOPPED OWN);
    assert_false(start_can_go(&f->start));
    assert_says(f, "as root:");
    assert_says(f, "systemctl enable --now letterbox-ingest.service");
    start_go(&f->start);
    assert_int_equal(f->start.stage, START_KNOWN);
}

static void test_without_units_it_is_said_how_else(void **state)
{
    struct fixture *f = *state;

    look(f, "LoadState=not-found\nActiveState=inactive\n");
    assert_false(start_can_go(&f->start));
    assert_says(f, "not installed");
    assert_int_equal(count_commands(f, "letterbox --config-dir "), 2);
    assert_says(f, "*/5 * * * * /usr/local/bin/letterbox ingest support --once");
}

static void test_a_program_that_is_not_in_the_path_is_named_with_its_own(void **state)
{
    struct fixture *f = *state;

    f->host.program = "/opt/letter box/letterbox";
    look(f, "LoadState=not-found\nActiveState=inactive\n");
    assert_int_equal(count_commands(f, "'/opt/letter box/letterbox' --config-dir "), 2);
    assert_says(f, "*/5 * * * * '/opt/letter box/letterbox' ingest support --once");
}

/* The ingest does not make it. */
static void test_a_missing_directory_for_the_maildir_is_made_first(void **state)
{
    struct fixture *f = *state;
    char *target = mem_format("%s/mail box/support/", f->scratch.path);
    char *wanted = mem_format("mkdir -p '%s/mail box'", f->scratch.path);

    settings_set(&f->mailbox->settings, SET_INGEST_DELIVER, "maildir");
    settings_set(&f->mailbox->settings, SET_INGEST_TARGET, target);
    look(f, "LoadState=not-found\nActiveState=inactive\n");
    assert_int_equal(count_commands(f, wanted), 1);
    mkdir(scratch_at(&f->scratch, "mail box"), 0755);
    look(f, "LoadState=not-found\nActiveState=inactive\n");
    assert_int_equal(count_commands(f, "mkdir"), 0);
    free(wanted);
    free(target);
}

static void test_without_systemd_nothing_is_asked(void **state)
{
    struct fixture *f = *state;
    char *called;

    assert_int_equal(rmdir(scratch_at(&f->scratch, "booted")), 0);
    look(f, STOPPED OWN);
    assert_says(f, "systemd does not run here");
    called = calls(f);
    assert_string_equal(called, "");
    free(called);
}

/* sd_booted(3) wants a directory, and no link to one. */
static void test_a_link_is_no_marker(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(rmdir(scratch_at(&f->scratch, "booted")), 0);
    assert_int_equal(symlink("/", scratch_at(&f->scratch, "booted")), 0);
    assert_false(systemd_is_booted());
}

static void test_other_directories_are_not_the_units(void **state)
{
    struct fixture *f = *state;

    store_close(&f->store);
    f->store = store_open(scratch_at(&f->scratch, "else where"), f->host.state_dir, NULL);
    look(f, STOPPED OWN);
    assert_false(start_can_go(&f->start));
    assert_says(f, "letterbox --config-dir '");
    assert_says(f, "else where' --state-dir ");
}

/* Whoever leaves meanwhile waits for nothing: tear_down ends a systemctl that hangs. */
static void test_a_systemctl_that_hangs_is_left_alone(void **state)
{
    struct fixture *f = *state;

    scratch_script(&f->scratch, "systemctl", "exec sleep 1000\n");
    start_begin(&f->start, f->store, "support", &f->mailbox->settings);
    assert_int_equal(f->start.stage, START_LOOKING);
    start_take(&f->start);
    assert_int_equal(f->start.stage, START_LOOKING);
}

/* Which says nothing of the units. */
static void test_without_systemctl_it_is_said_that_it_cannot_be_asked(void **state)
{
    struct fixture *f = *state;

    setenv("PATH", "/nonexistent", 1);
    look(f, STOPPED OWN);
    assert_says(f, "how its units stand: The command systemctl cannot be run");
    assert_says(f, "letterbox ingest support --once");
    assert_false(start_can_go(&f->start));
}

static void test_a_systemctl_that_fails_is_quoted(void **state)
{
    struct fixture *f = *state;

    scratch_script(&f->scratch, "systemctl",
                   "echo 'Failed to connect to bus: Connection refused' >&2; exit 1\n");
    look(f, STOPPED OWN);
    assert_says(f, "how its units stand: Failed to connect to bus: Connection refused.");
    assert_false(says(f, "not installed"));
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_root_is_offered_the_key),
        CASE(test_the_key_enables_and_starts),
        CASE(test_what_is_needed_is_said_until_it_is_done),
        CASE(test_a_failure_is_said_once_safely_and_can_be_repeated),
        CASE(test_a_running_service_is_started_anew),
        CASE(test_a_mailbox_with_its_own_unit_is_left_to_it),
        CASE(test_who_is_not_root_gets_the_command),
        CASE(test_without_units_it_is_said_how_else),
        CASE(test_a_program_that_is_not_in_the_path_is_named_with_its_own),
        CASE(test_a_missing_directory_for_the_maildir_is_made_first),
        CASE(test_without_systemd_nothing_is_asked),
        CASE(test_a_link_is_no_marker),
        CASE(test_other_directories_are_not_the_units),
        CASE(test_a_systemctl_that_hangs_is_left_alone),
        CASE(test_without_systemctl_it_is_said_that_it_cannot_be_asked),
        CASE(test_a_systemctl_that_fails_is_quoted),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}
