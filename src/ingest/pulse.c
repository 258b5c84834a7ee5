#include "ingest/pulse.h"

#include <sys/eventfd.h>

#include "base/clock.h"

void pulse_init(struct pulse *pulse, int wake_fd)
{
    atomic_init(&pulse->due_ms, INT64_MAX);
    atomic_init(&pulse->phase, STATE_NEVER);
    pulse->wake_fd = wake_fd;
}

void pulse_allow(struct pulse *pulse, int64_t ms)
{
    if (pulse)
        atomic_store(&pulse->due_ms, clock_now_ms() + ms);
}

void pulse_rest(struct pulse *pulse)
{
    if (pulse)
        atomic_store(&pulse->due_ms, INT64_MAX);
}

void pulse_show(struct pulse *pulse, enum state_phase phase)
{
    if (pulse && atomic_exchange(&pulse->phase, (int)phase) != (int)phase &&
        pulse->wake_fd >= 0)
        eventfd_write(pulse->wake_fd, 1);
}

bool pulse_is_late(const struct pulse *pulse, int64_t now_ms)
{
    return now_ms > atomic_load(&pulse->due_ms);
}

enum state_phase pulse_phase(const struct pulse *pulse)
{
    return (enum state_phase)atomic_load(&pulse->phase);
}
