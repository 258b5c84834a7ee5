#include "ui/plain/testing.h"

#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "advice/report.h"
#include "base/clock.h"
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

/* Follows the test that was started to its end. */
static bool follow(struct setup *setup, const struct cancel *cancel, bool show)
{
    bool printed[CHECK_STAGE_COUNT] = {false};
    bool ended = false;

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

bool testing_run(struct setup *setup, const struct cancel *cancel, bool show)
{
    setup_start_test(setup);
    return follow(setup, cancel, show);
}

bool testing_may_pass_later(const struct setup *setup)
{
    return setup->diagnosis && wizard_test_state(setup->wizard) == WIZARD_FAILED &&
           diagnosis_may_pass_later(setup->diagnosis);
}

/* false when the cancel fired first. */
static bool sleep_unless(const struct cancel *cancel, int ms)
{
    struct pollfd fd = {.fd = cancel->fd, .events = POLLIN};
    int64_t until = clock_now_ms() + ms;
    int left = ms;

    while (left > 0 && poll(&fd, 1, left) < 0 && errno == EINTR)
        left = (int)(until - clock_now_ms());
    return !cancel_fired(cancel);
}

/* "14:03:27  The token names another user": one line a minute, not a page. */
static void print_still(const struct diagnosis *diagnosis)
{
    time_t now = time(NULL);
    struct tm local;
    char clock[16] = "";

    if (localtime_r(&now, &local))
        strftime(clock, sizeof clock, "%H:%M:%S", &local);
    fprintf(stderr, "%s  %s\n", clock, diagnosis->title);
}

/* The wizard was not told of the end: the test that the cancel stopped is forgotten. */
static void give_up(struct setup *setup)
{
    struct wizard_event cancelled = {.kind = WIZARD_TEST_CANCEL};

    wizard_update(setup->wizard, &cancelled);
    check_free(&setup->check);
}

bool testing_repeat(struct setup *setup, const struct cancel *cancel, int pause_ms)
{
    struct wizard_event again = {.kind = WIZARD_TEST_AGAIN};

    while (testing_may_pass_later(setup)) {
        print_still(setup->diagnosis);
        if (!sleep_unless(cancel, pause_ms))
            return false;
        wizard_update(setup->wizard, &again);
        setup_repeat_test(setup);
        if (!follow(setup, cancel, false)) {
            give_up(setup);
            return false;
        }
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
