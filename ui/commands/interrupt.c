#include "ui/commands/interrupt.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include "base/clock.h"

/* timeout(1) and shells signal a process and then its group: that is one wish. */
#define SAME_WISH_MS 500

static struct cancel interrupted = {.fd = -1};
static struct cancel hung_up = {.fd = -1};

static volatile sig_atomic_t has_fired;
static volatile sig_atomic_t must_end; /* another signal than Ctrl-C's */
static _Atomic int64_t fired_ms;

/* The second, whichever it is, ends the process the ordinary way. */
static void on_signal(int number)
{
    int64_t now = clock_now_ms();

    if (has_fired && now - fired_ms < SAME_WISH_MS)
        return;
    if (has_fired) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    has_fired = true;
    fired_ms = now;
    must_end = must_end || number != SIGINT;
    cancel_fire(&interrupted);
}

static void on_hang_up(int number)
{
    (void)number;
    cancel_fire(&hung_up);
}

static void listen_to(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigaction(number, &action, NULL);
}

const struct cancel *interrupt_start(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    if (interrupted.fd < 0 && cancel_init(&interrupted))
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
            listen_to(signals[i], on_signal);
    return &interrupted;
}

const struct cancel *interrupt_hang_up(void)
{
    /* A terminal that is closed ends what runs on it. */
    if (isatty(STDERR_FILENO) || isatty(STDIN_FILENO))
        return NULL;
    if (hung_up.fd < 0 && !cancel_init(&hung_up))
        return NULL;
    listen_to(SIGHUP, on_hang_up);
    return &hung_up;
}

bool interrupt_take_back(void)
{
    uint64_t count;

    has_fired = false;
    while (!must_end && read(interrupted.fd, &count, sizeof count) > 0)
        continue; /* it never blocks */
    return !must_end;
}
