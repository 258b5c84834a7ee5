#include "ui/plain/testing.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#include "base/i18n.h"
#include "base/text.h"
#include "ui/plain/lines.h"

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

static void print_causes(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->cause_count; i++) {
        const struct diagnosis_cause *cause = &diagnosis->causes[i];

        if (i == 0)
            fprintf(stderr, "  %s\n", _("Possible causes, the likeliest first:"));
        lines_print(4, cause->text);
        if (cause->why)
            lines_print(6, cause->why);
    }
}

/* A command stands alone at the margin, to be copied as it is. */
static void print_fixes(const struct diagnosis *diagnosis)
{
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const struct diagnosis_fix *fix = &diagnosis->fixes[i];

        fprintf(stderr, "  %s:\n", fix->who);
        lines_print(4, fix->text);
        if (fix->command)
            fprintf(stderr, "\n%s\n\n", fix->command);
    }
}

static void print_diagnosis(const struct diagnosis *diagnosis)
{
    fprintf(stderr, "\n%s\n", diagnosis->title);
    lines_print(2, diagnosis->means);
    if (diagnosis->said[0])
        fprintf(stderr, "  %s %s\n", _("The server said:"), diagnosis->said);
    print_causes(diagnosis);
    print_fixes(diagnosis);
    fputc('\n', stderr);
}

void testing_print_result(const struct setup *setup)
{
    if (setup->diagnosis) {
        print_diagnosis(setup->diagnosis);
        return;
    }
    fprintf(stderr, "\n%s\n", _("The mailbox can be read."));
    for (size_t i = 0; setup->facts && i < setup->facts->preview_count; i++)
        fprintf(stderr, "  %s\n", setup->facts->previews[i].subject);
}
