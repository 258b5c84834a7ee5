#include "ui/screen/crash.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#define RESET_MAX  256
#define STACK_SIZE 16384

static const int deadly[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};

#define DEADLY_COUNT (sizeof deadly / sizeof *deadly)

/* Prepared in peace, because nothing can be computed in the handler. */
static struct {
    int fd;
    char reset[RESET_MAX];
    size_t length;
    struct termios termios;
    int held, errors;
} plan = {.fd = -1};

static struct sigaction before[DEADLY_COUNT];
static char stack[STACK_SIZE];

static void write_whole(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written <= 0)
            return;
        bytes += written;
        length -= (size_t)written;
    }
}

static void on_crash(int number)
{
    char bytes[1024];
    ssize_t got;

    write_whole(plan.fd, plan.reset, plan.length);
    tcsetattr(plan.fd, TCSANOW, &plan.termios);
    if (plan.held >= 0 && lseek(plan.held, 0, SEEK_SET) == 0) {
        while ((got = read(plan.held, bytes, sizeof bytes)) > 0)
            write_whole(plan.errors, bytes, (size_t)got);
    }
    /* SA_RESETHAND: this time it takes its usual course. */
    raise(number);
}

void crash_arm(int fd, const char *reset, const struct termios *termios, int held,
               int errors)
{
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = on_crash,
                               .sa_flags = (int)(SA_RESETHAND | SA_ONSTACK)};

    plan.fd = fd;
    plan.length = strlen(reset) < RESET_MAX ? strlen(reset) : 0;
    memcpy(plan.reset, reset, plan.length);
    plan.termios = *termios;
    plan.held = held;
    plan.errors = errors;
    sigaltstack(&own, NULL);
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < DEADLY_COUNT; i++)
        sigaction(deadly[i], &action, &before[i]);
}

void crash_disarm(void)
{
    for (size_t i = 0; i < DEADLY_COUNT; i++)
        sigaction(deadly[i], &before[i], NULL);
}
