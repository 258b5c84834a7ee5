#include "ui/commands/interrupt.h"

#include <signal.h>
#include <stddef.h>

static struct cancel interrupted = {.fd = -1};

static void on_signal(int number)
{
    (void)number;
    cancel_fire(&interrupted);
}

const struct cancel *interrupt_start(void)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

    if (interrupted.fd < 0 && cancel_init(&interrupted))
        for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
            sigaction(signals[i], &action, NULL);
    return &interrupted;
}
