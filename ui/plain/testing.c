#include "ui/plain/testing.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "advice/report.h"
#include "base/i18n.h"
#include "base/text.h"
#include "ui/charset.h"

static bool has_ended(enum check_state state)
{
    return state != CHECK_WAITING && state != CHECK_RUNNING && state != CHECK_SKIPPED;
}

static void print_padded(const char *text, int columns)
{
    int width = text_width(text);

    fprintf(stderr, "%s%*s  ", text, width < columns ? columns - width : 0, "");
}

/* "token  resolve     ok    12 ms  login.microsoftonline.com" */
static void print_stage(enum check_stage stage, const struct check_step *step)
{
    const char *leg = check_stage_is_token(stage) ? "token" : "imap";

    print_padded(stage == CHECK_SETTINGS ? "" : leg, 5);
    print_padded(_(check_stage_label(stage)), 12);
    print_padded(check_state_id(step->state), 9);
    fprintf(stderr, "%6ld ms  %s\n", (long)(step->took_us / 1000), step->evidence);
}

static void print_ended(const struct setup *setup, bool printed[CHECK_STAGE_COUNT])
{
    for (enum check_stage stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        if (printed[stage] || !has_ended(setup->steps[stage].state))
            continue;
        printed[stage] = true;
        print_stage(stage, &setup->steps[stage]);
    }
}

/* The first stage of the IMAP leg that was not come to says it for those behind it. */
static void print_not_reached(const struct setup *setup)
{
    const char *comma = "";

    if (!setup->diagnosis)
        return;
    for (enum check_stage stage = CHECK_IMAP_RESOLVE; stage < CHECK_STAGE_COUNT;
         stage++) {
        enum check_state state = setup->steps[stage].state;

        if (state != CHECK_SKIPPED && state != CHECK_WAITING)
            continue;
        if (!comma[0])
            print_padded("imap", 5);
        fprintf(stderr, "%s%s", comma, _(check_stage_label(stage)));
        comma = ", ";
    }
    if (comma[0])
        fprintf(stderr, ": %s\n", _("not reached"));
}

static void wait_for_events(const struct setup *setup, const struct cancel *cancel)
{
    struct pollfd fds[] = {{.fd = check_fd(setup->check), .events = POLLIN},
                           {.fd = cancel->fd, .events = POLLIN}};

    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        continue;
}

bool testing_run(struct setup *setup, const struct cancel *cancel, bool show)
{
    bool printed[CHECK_STAGE_COUNT] = {false};
    bool ended = false;

    setup_start_test(setup);
    while (setup->check && !ended) {
        wait_for_events(setup, cancel);
        if (cancel_fired(cancel)) {
            setup_cancel_test(setup);
            return false;
        }
        setup_pump_test(setup, &ended);
        if (show)
            print_ended(setup, printed);
    }
    if (show) {
        print_ended(setup, printed);
        print_not_reached(setup);
    }
    return true;
}

void testing_print_result(const struct setup *setup)
{
    if (!setup->diagnosis)
        fprintf(stderr, "\n%s\n", _("The mailbox can be read."));
    charset_print_take(stderr, report_outcome(setup->facts, setup->diagnosis),
                       setup->ascii);
    fputc('\n', stderr);
}
