#include "ui/screen/signals.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static const int caught[] = {SIGWINCH, SIGINT,  SIGTERM, SIGHUP,
                             SIGQUIT,  SIGTSTP, SIGCONT};

#define CAUGHT_COUNT (sizeof caught / sizeof *caught)

/* A handler is given nothing but a number, so this cannot be anybody's field. */
static int ends[2] = {-1, -1};
static struct sigaction before[CAUGHT_COUNT];

static void on_signal(int number)
{
    unsigned char byte = (unsigned char)number;
    int saved = errno;

    if (write(ends[1], &byte, 1) < 0) {
        /* A full pipe holds more signals than anybody waits for. */
    }
    errno = saved;
}

static void catch_one(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

bool signals_start(void)
{
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return false;
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        sigaction(caught[i], NULL, &before[i]);
        if (before[i].sa_handler != SIG_IGN || caught[i] == SIGWINCH)
            catch_one(caught[i], on_signal);
    }
    return true;
}

void signals_stop(void)
{
    for (size_t i = 0; i < CAUGHT_COUNT; i++)
        sigaction(caught[i], &before[i], NULL);
    for (int i = 0; i < 2; i++) {
        close(ends[i]);
        ends[i] = -1;
    }
}

int signals_fd(void)
{
    return ends[0];
}

int signals_next(void)
{
    unsigned char byte;

    return read(ends[0], &byte, 1) == 1 ? byte : 0;
}

static bool is_ignored(int number)
{
    for (size_t i = 0; i < CAUGHT_COUNT; i++) {
        if (caught[i] == number)
            return before[i].sa_handler == SIG_IGN;
    }
    return false;
}

void signals_suspend(void)
{
    if (is_ignored(SIGTSTP))
        return;
    catch_one(SIGTSTP, SIG_DFL);
    kill(0, SIGTSTP);
    catch_one(SIGTSTP, on_signal);
}
