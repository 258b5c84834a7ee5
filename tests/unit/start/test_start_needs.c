/* ui/start_needs: what the service's own user still needs, from the settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "settings/mailbox.h"
#include "support/scratch/scratch.h"
#include "ui/systemd.h"
#include "ui/start_needs.h"

static bool has_user = true;

static bool find_user(const char *name, uid_t *uid, gid_t *gid)
{
    assert_string_equal(name, "letterbox");
    *uid = geteuid();
    *gid = getegid();
    return has_user;
}

static const struct systemd_host host = {
    .marker = "/",
    .config_dir = "/etc/letterbox",
    .state_dir = "/var/lib/letterbox",
    .unit_dir = "/nonexistent/systemd",
    .user = geteuid,
    .find_user = find_user,
};

struct fixture {
    struct mailbox *mailbox;
    struct start_lines lines;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(1, sizeof *f);

    has_user = true;
    systemd_host_use(&host);
    f->mailbox = mailbox_new("support");
    settings_set(&f->mailbox->settings, SET_AUTH_METHOD, "basic");
    settings_set(&f->mailbox->settings, SET_INGEST_DELIVER, "http");
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    systemd_host_use(NULL);
    start_lines_free(&f->lines);
    mailbox_free(&f->mailbox);
    free(f);
    return 0;
}

static void set(struct fixture *f, enum setting_id id, const char *text)
{
    settings_set(&f->mailbox->settings, id, text);
}

static void compute(struct fixture *f)
{
    start_lines_free(&f->lines);
    start_needs("support", &f->mailbox->settings, &f->lines);
}

static bool has(struct fixture *f, enum start_kind kind, const char *text)
{
    for (size_t i = 0; i < f->lines.count; i++) {
        if (f->lines.items[i].kind == kind && strstr(f->lines.items[i].text, text))
            return true;
    }
    return false;
}

static void assert_command(struct fixture *f, const char *text)
{
    if (has(f, START_COMMAND, text))
        return;
    start_lines_print(&f->lines);
    fail_msg("no command: %s", text);
}

static void test_http_needs_nothing(void **state)
{
    struct fixture *f = *state;

    compute(f);
    assert_int_equal(f->lines.count, 0);
}

static void test_a_missing_user_is_made(void **state)
{
    struct fixture *f = *state;

    has_user = false;
    compute(f);
    assert_command(f, "systemd-sysusers && systemd-tmpfiles --create letterbox.conf");
}

static void test_a_maildir_elsewhere_is_made_and_let_in(void **state)
{
    struct fixture *f = *state;

    set(f, SET_INGEST_DELIVER, "maildir");
    set(f, SET_INGEST_TARGET, "/nonexistent/mail");
    compute(f);
    assert_command(f, "install -d -m 700 -o letterbox -g letterbox /nonexistent/mail");
    assert_command(f, "printf '[Service]\\nReadWritePaths=%s\\n' /nonexistent/mail "
                      ">/nonexistent/systemd/letterbox-ingest.service.d/support.conf");
    assert_command(f, "systemctl daemon-reload");
}

/* Another than the one that was let in before is not let in by that. */
static void test_a_drop_in_counts_for_what_it_lets_in(void **state)
{
    static const struct {
        const char *text;
        bool lets_in;
    } files[] = {
        {"[Service]\nReadWritePaths=/nonexistent/mail\n", true},
        {"[Service]\nReadWritePaths=/srv -/nonexistent\n", true},
        {"[Service]\nReadWritePaths=/nonexistent/mail-of-old\n", false},
        {"[Service]\nReadWritePaths=/nonexistent/ma\n", false},
    };
    struct fixture *f = *state;
    struct systemd_host own = host;
    struct scratch scratch;

    scratch_make(&scratch);
    own.unit_dir = scratch.path;
    systemd_host_use(&own);
    set(f, SET_INGEST_DELIVER, "maildir");
    set(f, SET_INGEST_TARGET, "/nonexistent/mail");
    assert_int_equal(mkdir(scratch_at(&scratch, "letterbox-ingest.service.d"), 0755), 0);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        const char *name = "letterbox-ingest.service.d/support.conf";

        scratch_write(&scratch, name, files[i].text, strlen(files[i].text));
        assert_int_equal(chmod(scratch_at(&scratch, name), 0644), 0);
        compute(f);
        assert_true(has(f, START_COMMAND, "ReadWritePaths") != files[i].lets_in);
    }
    scratch_remove(&scratch);
}

static void test_a_maildir_in_the_state_directory_needs_nothing(void **state)
{
    struct fixture *f = *state;

    set(f, SET_INGEST_DELIVER, "maildir");
    set(f, SET_INGEST_TARGET, "/var/lib/letterbox/support/Maildir");
    compute(f);
    assert_int_equal(f->lines.count, 0);
    set(f, SET_INGEST_TARGET, "/var/lib/letterbox-old");
    compute(f);
    assert_true(f->lines.count > 0);
}

/* What ProtectHome= hides is bound in. */
static void test_a_maildir_below_home_is_bound(void **state)
{
    struct fixture *f = *state;

    set(f, SET_INGEST_DELIVER, "maildir");
    set(f, SET_INGEST_TARGET, "/home/nobody here/100% \"mail\"");
    compute(f);
    assert_command(f, "BindPaths=%s\\n' '\"/home/nobody here/100%% \\\"mail\\\"\"' >");
}

static void test_what_belongs_to_the_service_is_not_given_to_it(void **state)
{
    struct fixture *f = *state;
    struct scratch scratch;

    scratch_make(&scratch);
    set(f, SET_INGEST_DELIVER, "maildir");
    set(f, SET_INGEST_TARGET, scratch.path);
    compute(f);
    assert_false(has(f, START_COMMAND, "chown"));
    assert_false(has(f, START_COMMAND, "install"));
    assert_command(f, "systemctl daemon-reload");
    scratch_remove(&scratch);
}

static void test_a_command_may_have_a_unit_of_its_own(void **state)
{
    struct fixture *f = *state;

    set(f, SET_INGEST_DELIVER, "command");
    set(f, SET_INGEST_TARGET, "/usr/bin/deliver");
    compute(f);
    assert_command(f, "/examples/command.conf "
                      "/nonexistent/systemd/letterbox-ingest@support.service.d/"
                      "command.conf");
    assert_command(f, "systemctl enable --now letterbox-ingest@support.service");
}

static void refer(struct fixture *f, enum secret_place place, const char *name)
{
    struct secret_ref *ref = &f->mailbox->settings.basic_password;

    secret_ref_clear(ref);
    ref->place = place;
    ref->name = mem_copy_text(name);
}

static void test_secrets_that_the_service_does_not_have(void **state)
{
    struct fixture *f = *state;

    refer(f, SECRET_FILE, "/root/support.secret");
    compute(f);
    assert_true(has(f, START_WARN, "/root/support.secret (basic.password)"));
    refer(f, SECRET_ENV, "PASSWORD");
    compute(f);
    assert_true(has(f, START_WARN, "PASSWORD (basic.password)"));
    refer(f, SECRET_STORED, "support.password.0123");
    compute(f);
    assert_int_equal(f->lines.count, 0);
}

static void test_a_ca_file_out_of_reach(void **state)
{
    struct fixture *f = *state;

    set(f, SET_TLS_CA_FILE, "/root/ca.pem");
    compute(f);
    assert_command(f, "install -m 644 /root/ca.pem /etc/letterbox/support-ca.pem");
    set(f, SET_TLS_CA_FILE, "/etc/passwd");
    compute(f);
    assert_int_equal(f->lines.count, 0);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(test_http_needs_nothing),
        CASE(test_a_missing_user_is_made),
        CASE(test_a_maildir_elsewhere_is_made_and_let_in),
        CASE(test_a_drop_in_counts_for_what_it_lets_in),
        CASE(test_a_maildir_in_the_state_directory_needs_nothing),
        CASE(test_a_maildir_below_home_is_bound),
        CASE(test_what_belongs_to_the_service_is_not_given_to_it),
        CASE(test_a_command_may_have_a_unit_of_its_own),
        CASE(test_secrets_that_the_service_does_not_have),
        CASE(test_a_ca_file_out_of_reach),
    };
#undef CASE

    return cmocka_run_group_tests(tests, NULL, NULL);
}
