#include "ingest/slots.h"

#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"

#define TELL_MS 60000

/* One who waits: on its own stack, in the queue as long as it does. */
struct waiter {
    struct waiter *next;
    int wake_fd;
    void (*tell)(void *closure); /* each TELL_MS; or NULL */
    void *closure;
};

struct slots {
    pthread_mutex_t lock; /* guards all below */
    unsigned count, taken;
    int64_t next_ms; /* not before that is the next one given */
    struct waiter *first;
};

struct slots *slots_new(unsigned count)
{
    struct slots *slots = mem_new(1, sizeof *slots);

    pthread_mutex_init(&slots->lock, NULL);
    slots->count = count > 0 ? count : 1;
    return slots;
}

void slots_free(struct slots **address)
{
    struct slots *slots = *address;

    if (!slots)
        return;
    pthread_mutex_destroy(&slots->lock);
    free(slots);
    *address = NULL;
}

/* ---- The queue; the lock is held --------------------------------------------------- */

static void join(struct slots *slots, struct waiter *waiter)
{
    struct waiter **at = &slots->first;

    while (*at)
        at = &(*at)->next;
    *at = waiter;
}

static void leave(struct slots *slots, struct waiter *waiter)
{
    struct waiter **at = &slots->first;

    while (*at && *at != waiter)
        at = &(*at)->next;
    if (*at)
        *at = waiter->next;
}

static void wake_first(const struct slots *slots)
{
    if (slots->first && slots->taken < slots->count)
        eventfd_write(slots->first->wake_fd, 1);
}

/* Milliseconds until this one may have its slot: 0 now, -1 not before it is woken. */
static int wait_of(const struct slots *slots, const struct waiter *waiter)
{
    int64_t left = slots->next_ms - clock_now_ms();

    if (slots->first != waiter || slots->taken >= slots->count)
        return -1;
    return left > 0 ? (int)left : 0;
}

/* ---- Taking ------------------------------------------------------------------------ */

/* -1 ms: until it is woken.  false when the cancel fired. */
static bool pause_for(const struct waiter *waiter, const struct cancel *cancel, int ms)
{
    struct pollfd waits[] = {{.fd = waiter->wake_fd, .events = POLLIN},
                             {.fd = cancel->fd, .events = POLLIN}};
    eventfd_t woken;

    if (poll(waits, 2, ms < 0 ? TELL_MS : ms) > 0 && waits[0].revents)
        eventfd_read(waiter->wake_fd, &woken);
    if (waiter->tell)
        waiter->tell(waiter->closure);
    return !cancel_fired(cancel);
}

static bool wait_in_line(struct slots *slots, struct waiter *waiter,
                         const struct cancel *cancel)
{
    bool goes_on = !cancel_fired(cancel);
    int ms;

    pthread_mutex_lock(&slots->lock);
    join(slots, waiter);
    while (goes_on && (ms = wait_of(slots, waiter)) != 0) {
        pthread_mutex_unlock(&slots->lock);
        goes_on = pause_for(waiter, cancel, ms);
        pthread_mutex_lock(&slots->lock);
    }
    leave(slots, waiter);
    if (goes_on) {
        slots->taken++;
        slots->next_ms = clock_now_ms() + SLOTS_PAUSE_MS;
    }
    wake_first(slots);
    pthread_mutex_unlock(&slots->lock);
    return goes_on;
}

bool slots_take(struct slots *slots, const struct cancel *cancel,
                void (*tell)(void *closure), void *closure)
{
    struct waiter waiter = {.wake_fd = -1, .tell = tell, .closure = closure};
    bool done;

    if (!slots)
        return !cancel_fired(cancel);
    waiter.wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (waiter.wake_fd < 0)
        return false;
    done = wait_in_line(slots, &waiter, cancel);
    close(waiter.wake_fd);
    return done;
}

void slots_give_back(struct slots *slots)
{
    if (!slots)
        return;
    pthread_mutex_lock(&slots->lock);
    slots->taken--;
    wake_first(slots);
    pthread_mutex_unlock(&slots->lock);
}

bool slots_are_wanted(struct slots *slots)
{
    bool wanted;

    if (!slots)
        return false;
    pthread_mutex_lock(&slots->lock);
    wanted = slots->first && slots->taken >= slots->count;
    pthread_mutex_unlock(&slots->lock);
    return wanted;
}

bool slots_are_taken(struct slots *slots)
{
    bool taken;

    if (!slots)
        return false;
    pthread_mutex_lock(&slots->lock);
    taken = slots->taken >= slots->count;
    pthread_mutex_unlock(&slots->lock);
    return taken;
}
