#include "ui/commands/interrupt.h"

#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

static struct cancel interrupted = {.fd = -1};

static volatile sig_atomic_t must_end; /* another signal than Ctrl-C's */

static void on_signal(int number)
{
    must_end = must_end || number != SIGINT;
    cancel_fire(&interrupted);
}

static void listen_to(int number)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    sigaction(number, &action, NULL);
}

const struct cancel *interrupt_start(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

    if (interrupted.fd < 0 && cancel_init(&interrupted))
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
            listen_to(signals[i]);
    return &interrupted;
}

bool interrupt_take_back(void)
{
    uint64_t count;

    listen_to(SIGINT);
    while (!must_end && read(interrupted.fd, &count, sizeof count) > 0)
        continue; /* it never blocks */
    return !must_end;
}
