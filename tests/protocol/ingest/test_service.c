/* One process for many mailboxes: what is saved while it runs, slots, hangs, systemd. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "ingest/service.h"
#include "ingest/state.h"
#include "protocol/ingest/office.h"

#define WAIT_MS 30000

struct worker {
    struct office *office;
    struct service_options options;
    struct cancel cancel, reload;
    pthread_t thread;
    bool done;
    int told; /* runs that ended for good */
};

static void count_end(void *closure, const struct service_result *result)
{
    struct worker *worker = closure;

    assert_non_null(result->name);
    worker->told++;
}

static void *work(void *closure)
{
    struct worker *worker = closure;

    worker->done =
        service_run(worker->office->store, &worker->options, &worker->office->err);
    return NULL;
}

/* Of every mailbox, with so many connections. */
static void start(struct worker *worker, struct office *office, unsigned connections)
{
    *worker = (struct worker){.office = office};
    assert_true(cancel_init(&worker->cancel) && cancel_init(&worker->reload));
    worker->options = (struct service_options){.connections = connections,
                                               .cancel = &worker->cancel,
                                               .reload = &worker->reload,
                                               .tell = count_end,
                                               .closure = worker};
    assert_int_equal(pthread_create(&worker->thread, NULL, work, worker), 0);
}

static void stop(struct worker *worker)
{
    cancel_fire(&worker->cancel);
    pthread_join(worker->thread, NULL);
    cancel_close(&worker->cancel);
    cancel_close(&worker->reload);
    assert_true(worker->done);
}

/* ---- Mailboxes beside "support" ---------------------------------------------------- */

/* The same account, into a Maildir of its own. */
static void save_as(struct office *office, const char *name, const char *password)
{
    struct mailbox *mailbox = mailbox_new(name);
    char *directory = mem_format("mail-%s", name);
    struct err err = ERR_INIT;
    struct secret_ref *ref;

    settings_free(&mailbox->settings);
    settings_copy(&mailbox->settings, &office->mailbox->settings);
    settings_set(&mailbox->settings, SET_NAME, name);
    settings_set(&mailbox->settings, SET_INGEST_TARGET,
                 scratch_at(&office->scratch, directory));
    ref = settings_secret(&mailbox->settings, SET_BASIC_PASSWORD);
    secret_ref_clear(ref);
    ref->place = SECRET_TYPED;
    ref->value = secret_new(password, strlen(password));
    if (store_mailbox_exists(office->store, name)) {
        struct mailbox *old = store_load_mailbox(office->store, name, &err);

        mailbox->stamp = old->stamp;
        mailbox_free(&old);
    }
    assert_true(store_save_mailbox(office->store, mailbox, &err));
    mailbox_free(&mailbox);
    free(directory);
}

static void remove_mailbox(struct office *office, const char *name)
{
    char *path = mem_format("config/mailboxes/%s.json", name);

    assert_int_equal(unlink(scratch_at(&office->scratch, path)), 0);
    free(path);
}

static void wait_for_phase(struct office *office, const char *name,
                           enum state_phase phase, struct state *state)
{
    char *part = mem_format("state/%s", name);
    char *directory = mem_copy_text(scratch_at(&office->scratch, part));
    int64_t until = clock_now_ms() + WAIT_MS;
    struct err err = ERR_INIT;

    do {
        assert_true(clock_now_ms() < until);
        assert_true(state_read(directory, state, &err));
        poll(NULL, 0, 5);
    } while (state->phase != phase);
    free(directory);
    free(part);
}

static void wait_for_file(struct office *office, const char *name)
{
    int64_t until = clock_now_ms() + WAIT_MS;

    while (access(scratch_at(&office->scratch, name), F_OK) != 0) {
        assert_true(clock_now_ms() < until);
        poll(NULL, 0, 5);
    }
}

/* ---- What is saved while it runs --------------------------------------------------- */

static void test_the_first_mailbox_is_waited_for_and_served(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    remove_mailbox(office, "support");
    start(&worker, office, 10);
    save_as(office, "sales", "correct-horse");
    wait_for_phase(office, "sales", STATE_SERVING, &seen);
    stop(&worker);
    assert_int_equal(worker.told, 1);
}

static void test_a_saved_password_unparks_at_once(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    office_mail(office, "one");
    remove_mailbox(office, "support");
    save_as(office, "sales", "wrong");
    start(&worker, office, 10);
    wait_for_phase(office, "sales", STATE_PARKED, &seen);
    save_as(office, "sales", "correct-horse");
    wait_for_phase(office, "sales", STATE_SERVING, &seen);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    stop(&worker);
    assert_int_equal(scratch_count(&office->scratch, "mail-sales/new"), 1);
    assert_int_equal(worker.told, 1);
}

static void test_a_removed_mailbox_is_left_alone(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    start(&worker, office, 10);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    remove_mailbox(office, "support");
    wait_for_phase(office, "support", STATE_STOPPED, &seen);
    assert_int_equal(seen.trouble.title[0], '\0');
    stop(&worker);
    assert_int_equal(worker.told, 1);
    assert_int_equal(mailserver_connections(office->server), 1);
}

static void test_a_reload_begins_every_run_anew(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    start(&worker, office, 10);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 1));
    cancel_fire(&worker.reload);
    assert_true(mailserver_wait_heard(office->server, "IDLE", 2));
    stop(&worker);
    assert_int_equal(mailserver_connections(office->server), 2);
    assert_int_equal(worker.told, 1);
}

static void test_a_change_lets_the_message_under_way_be_finished(void **state)
{
    struct office *office = *state;
    struct worker worker;

    office_set_command(office, "touch $HERE/began; "
                               "while [ ! -e $HERE/go ]; do sleep 0.05; done; "
                               "cat > $HERE/got");
    office_mail(office, "one");
    start(&worker, office, 10);
    wait_for_file(office, "began");
    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    scratch_write(&office->scratch, "go", "", 0);
    assert_true(mailserver_wait_heard(office->server, "UID STORE", 1));
    assert_true(mailserver_wait_heard(office->server, "SELECT", 2));
    stop(&worker);
    assert_int_equal(mailserver_unseen(office->server, "INBOX"), 0);
}

/* ---- Where nothing more can be watched --------------------------------------------- */

static bool no_more_watches;

int __real_inotify_add_watch(int fd, const char *path, uint32_t events);
int __wrap_inotify_add_watch(int fd, const char *path, uint32_t events);

int __wrap_inotify_add_watch(int fd, const char *path, uint32_t events)
{
    if (!no_more_watches)
        return __real_inotify_add_watch(fd, path, events);
    errno = ENOSPC;
    return -1;
}

static void test_what_is_not_watched_is_told(void **state)
{
    struct office *office = *state;
    int log =
        open(scratch_at(&office->scratch, "log"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    struct worker worker;
    char *said;

    log_start(log, LOG_INFO);
    no_more_watches = true;
    start(&worker, office, 10);
    assert_true(mailserver_wait_heard(office->server, "UID SEARCH", 1));
    stop(&worker);
    no_more_watches = false;
    log_start(-1, LOG_OFF);
    close(log);
    said = scratch_read(&office->scratch, "log", NULL);
    assert_non_null(strstr(said, "event=not-watching"));
    free(said);
}

/* ---- Polls that do not wait -------------------------------------------------------- */

#define SUPERVISED 4 /* what the supervisor waits for; nobody else waits for as much */

static atomic_uint hasty_polls;

int __real_poll(struct pollfd *fds, nfds_t count, int ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int ms);
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t size);

int __wrap_poll(struct pollfd *fds, nfds_t count, int ms)
{
    hasty_polls += count == SUPERVISED && ms == 0;
    return __real_poll(fds, count, ms);
}

/* As _FORTIFY_SOURCE has it. */
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t size)
{
    (void)size;
    return __wrap_poll(fds, count, ms);
}

/* Saved, and told to end before that was looked at, while a message keeps it from its
 * end. */
static void test_the_end_is_waited_for_and_not_asked_for_in_circles(void **state)
{
    struct office *office = *state;
    struct worker worker;

    office_set_command(office, "trap '' TERM; touch $HERE/began; "
                               "while [ ! -e $HERE/go ]; do sleep 0.05; done");
    office_mail(office, "one");
    start(&worker, office, 10);
    wait_for_file(office, "began");
    hasty_polls = 0;
    office_set(office, SET_INGEST_ON_SUCCESS, "keep");
    cancel_fire(&worker.cancel);
    office_set(office, SET_INGEST_ON_SUCCESS, "seen");
    for (int i = 0; i < 100; i++)
        poll(NULL, 0, 10);
    scratch_write(&office->scratch, "go", "", 0);
    stop(&worker);
    assert_in_range(hasty_polls, 0, 100);
}

static void test_a_file_that_cannot_be_read_is_parked_and_disturbs_nobody(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    save_as(office, "sales", "correct-horse");
    scratch_write(&office->scratch, "config/mailboxes/broken.json", "{", 1);
    remove_mailbox(office, "support");
    start(&worker, office, 10);
    wait_for_phase(office, "sales", STATE_SERVING, &seen);
    wait_for_phase(office, "broken", STATE_PARKED, &seen);
    assert_string_equal(seen.trouble.class, "fix_setting");
    assert_true(seen.next_try > seen.since);
    stop(&worker);
    assert_int_equal(worker.told, 2);
}

/* ---- More mailboxes than connections ----------------------------------------------- */

static void test_mailboxes_take_turns_where_connections_are_few(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    struct worker worker;
    struct state seen;

    mailserver_set_faults(office->server, &faults);
    office_set(office, SET_INGEST_POLL_SECONDS, "1");
    save_as(office, "sales", "correct-horse");
    save_as(office, "shop", "correct-horse");
    start(&worker, office, 1);
    assert_true(mailserver_wait_heard(office->server, "SELECT", 6));
    wait_for_phase(office, "sales", STATE_WAITING, &seen);
    assert_string_equal(seen.trouble.title, "");
    assert_true(seen.last_success > 0);
    stop(&worker);
    assert_int_equal(worker.told, 3);
}

/* ---- systemd ----------------------------------------------------------------------- */

/* A socket as systemd has it, named in the environment. */
static int open_manager(struct office *office, const char *watchdog_us)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s",
             scratch_at(&office->scratch, "notify"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    setenv("WATCHDOG_USEC", watchdog_us, 1);
    return fd;
}

static void close_manager(int fd)
{
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    close(fd);
}

/* Waits until a datagram begins so. */
static void expect_word(int fd, const char *word)
{
    int64_t until = clock_now_ms() + WAIT_MS;
    char text[256];

    for (;;) {
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        ssize_t got;

        assert_true(clock_now_ms() < until);
        if (poll(&wait, 1, 100) <= 0)
            continue;
        got = recv(fd, text, sizeof text - 1, 0);
        assert_true(got > 0);
        text[got] = '\0';
        if (!strncmp(text, word, strlen(word)))
            return;
    }
}

static void test_systemd_is_told(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct office *office = *state;
    int manager = open_manager(office, "100000");
    struct worker worker;

    mailserver_set_faults(office->server, &faults);
    start(&worker, office, 10);
    expect_word(manager, "READY=1");
    expect_word(manager, "STATUS=1 mailboxes: 1 serving, ");
    expect_word(manager, "WATCHDOG=1");
    cancel_fire(&worker.cancel);
    expect_word(manager, "STOPPING=1");
    stop(&worker);
    close_manager(manager);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, office_open, office_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_first_mailbox_is_waited_for_and_served),
        TEST(test_a_saved_password_unparks_at_once),
        TEST(test_a_removed_mailbox_is_left_alone),
        TEST(test_a_reload_begins_every_run_anew),
        TEST(test_a_change_lets_the_message_under_way_be_finished),
        TEST(test_the_end_is_waited_for_and_not_asked_for_in_circles),
        TEST(test_what_is_not_watched_is_told),
        TEST(test_a_file_that_cannot_be_read_is_parked_and_disturbs_nobody),
        TEST(test_mailboxes_take_turns_where_connections_are_few),
        TEST(test_systemd_is_told),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
