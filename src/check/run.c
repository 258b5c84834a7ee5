/* check_run: the test for callers that wait. */
#include "check/check.h"

#include <poll.h>
#include <stddef.h>

/* One turn: everything that waits.  The facts at the end, else NULL. */
static struct check_facts *drain(struct check *check, check_observer *observer,
                                 void *closure)
{
    struct check_event event;

    while (check_next_event(check, &event)) {
        if (event.kind == CHECK_ENDED)
            return check_take_facts(check);
        if (observer)
            observer(closure, event.stage, &event.step);
    }
    return NULL;
}

struct check_facts *check_run(struct access **access, int cancel_fd,
                              check_observer *observer, void *closure, struct err *err)
{
    struct check *check = check_start(access, 0, err);
    struct check_facts *facts = NULL;

    if (!check)
        return NULL;
    while (!facts) {
        struct pollfd wait[] = {{.fd = check_fd(check), .events = POLLIN},
                                {.fd = cancel_fd, .events = POLLIN}};
        if (poll(wait, 2, -1) > 0 && wait[1].revents)
            check_cancel(check);
        facts = drain(check, observer, closure);
    }
    check_free(&check);
    return facts;
}
