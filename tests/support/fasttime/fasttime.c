#include "support/fasttime/fasttime.h"

#include <poll.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SECOND 1000000000LL

static atomic_int speed = 1;
static struct timespec begun_real, begun_monotonic;

time_t __real_time(time_t *out);
int __real_clock_gettime(clockid_t clock, struct timespec *out);
int __real_poll(struct pollfd *fds, nfds_t count, int ms);
time_t __wrap_time(time_t *out);
int __wrap_clock_gettime(clockid_t clock, struct timespec *out);
int __wrap_poll(struct pollfd *fds, nfds_t count, int ms);
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t size);

void fasttime_start(int wanted)
{
    __real_clock_gettime(CLOCK_REALTIME, &begun_real);
    __real_clock_gettime(CLOCK_MONOTONIC, &begun_monotonic);
    atomic_store(&speed, wanted);
}

/* What has passed since it was started, as many times as is wanted. */
static struct timespec stretch(const struct timespec *begun, const struct timespec *now)
{
    int64_t passed =
        (int64_t)(now->tv_sec - begun->tv_sec) * SECOND + now->tv_nsec - begun->tv_nsec;
    int64_t sum = begun->tv_nsec + passed * atomic_load(&speed);

    return (struct timespec){.tv_sec = begun->tv_sec + (time_t)(sum / SECOND),
                             .tv_nsec = sum % SECOND};
}

int __wrap_clock_gettime(clockid_t clock, struct timespec *out)
{
    struct timespec now;
    int result = __real_clock_gettime(clock, &now);

    if (clock == CLOCK_MONOTONIC && atomic_load(&speed) > 1)
        now = stretch(&begun_monotonic, &now);
    *out = now;
    return result;
}

time_t __wrap_time(time_t *out)
{
    struct timespec now;

    if (atomic_load(&speed) == 1)
        return __real_time(out);
    __real_clock_gettime(CLOCK_REALTIME, &now);
    now = stretch(&begun_real, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

/* Rounded up, so that nobody comes back too early and turns in circles. */
int __wrap_poll(struct pollfd *fds, nfds_t count, int ms)
{
    int factor = atomic_load(&speed);

    return __real_poll(fds, count, ms <= 0 ? ms : (ms + factor - 1) / factor);
}

/* As _FORTIFY_SOURCE has it. */
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int ms, size_t size)
{
    (void)size;
    return __wrap_poll(fds, count, ms);
}
