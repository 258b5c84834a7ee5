/* A run that hangs is seen: systemd's watchdog is not told any more that all is well. */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "ingest/service.h"
#include "protocol/ingest/office.h"
#include "support/fasttime/fasttime.h"

#define SPEED       1000       /* what a step may take is minutes */
#define WATCHDOG_US "40000000" /* of fast time: a ping each 20 ms */
#define SILENCE_MS  1000       /* real: fifty pings that did not come */
#define WAIT_MS     40000      /* real */

struct service {
    struct office *office;
    struct cancel cancel;
    pthread_t thread;
    bool done;
};

static void *work(void *closure)
{
    struct service *service = closure;
    const struct service_options options = {.connections = 10,
                                            .cancel = &service->cancel};

    service->done = service_run(service->office->store, &options, &service->office->err);
    return NULL;
}

/* A socket as systemd has it, named in the environment. */
static int open_manager(struct office *office)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    snprintf(address.sun_path, sizeof address.sun_path, "%s",
             scratch_at(&office->scratch, "notify"));
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    setenv("NOTIFY_SOCKET", address.sun_path, 1);
    setenv("WATCHDOG_USEC", WATCHDOG_US, 1);
    return fd;
}

/* The next ping, waited for so long (real time). */
static bool hear_ping(int manager, int ms)
{
    struct pollfd wait = {.fd = manager, .events = POLLIN};
    char text[256];
    ssize_t got;

    while (poll(&wait, 1, ms * SPEED) > 0) {
        got = recv(manager, text, sizeof text - 1, 0);
        assert_true(got > 0);
        text[got] = '\0';
        if (!strncmp(text, "WATCHDOG=1", 10))
            return true;
    }
    return false;
}

/* Nobody reads it, and it takes no more. */
static void fill(int fd)
{
    static const char filling[1024] = "";
    char path[64];
    int end;

    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    end = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC); /* its own flags */
    assert_true(end >= 0);
    while (write(end, filling, sizeof filling) > 0)
        continue;
    while (write(end, filling, 1) > 0)
        continue;
    close(end);
}

static void drain(int fd)
{
    struct pollfd wait = {.fd = fd, .events = POLLIN};
    char text[4096];

    while (poll(&wait, 1, 100 * SPEED) > 0)
        assert_true(read(fd, text, sizeof text) > 0);
}

/* Whatever a run waits for has a deadline, but for a log that nobody reads. */
static void test_a_run_that_hangs_stops_the_pings(void **state)
{
    const struct mailserver_faults faults = {.with_idle = true};
    struct service service = {.office = *state};
    int manager = open_manager(service.office), log[2], turns = 0;

    assert_int_equal(pipe2(log, O_CLOEXEC), 0);
    log_start(log[1], LOG_INFO);
    mailserver_set_faults(service.office->server, &faults);
    assert_true(cancel_init(&service.cancel));
    fasttime_start(SPEED);
    assert_int_equal(pthread_create(&service.thread, NULL, work, &service), 0);
    assert_true(mailserver_wait_heard(service.office->server, "IDLE", 1));
    assert_true(hear_ping(manager, WAIT_MS));
    fill(log[1]);
    office_mail(service.office, "one");
    while (hear_ping(manager, SILENCE_MS))
        assert_true(turns++ < WAIT_MS / 20);
    drain(log[0]);
    assert_true(hear_ping(manager, WAIT_MS));
    cancel_fire(&service.cancel);
    pthread_join(service.thread, NULL);
    assert_true(service.done);
    cancel_close(&service.cancel);
    close(manager);
    close(log[0]);
    close(log[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_run_that_hangs_stops_the_pings,
                                        office_open, office_close),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
