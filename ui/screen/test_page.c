#include "ui/screen/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui/repair_text.h"

#define LABEL_WIDTH    13
#define TIME_WIDTH     9
#define NARROW_COLUMNS 60
#define ROOMY_HEIGHT   26
#define SMALL_HEIGHT   14 /* the stages give way to what came of them */

/* Where the parts of a stage's row stand. */
struct row_places {
    int leg, sign, label, evidence, time, bar, bar_width;
};

static struct row_places places_in(int width)
{
    struct row_places at = {.leg = 1, .sign = 8};

    at.bar_width = width >= 90 ? 20 : width >= 70 ? 12 : 0;
    if (width < NARROW_COLUMNS)
        at.sign = 1;
    at.label = at.sign + 2;
    at.evidence = at.label + LABEL_WIDTH + 1;
    at.bar = width - 1 - at.bar_width;
    at.time = at.bar - TIME_WIDTH - (at.bar_width ? 1 : 0);
    return at;
}

static bool is_over(const struct check_step *step)
{
    return step->state == CHECK_OK || step->state == CHECK_WARNED ||
           step->state == CHECK_FAILED || step->state == CHECK_STOPPED;
}

static bool is_running(const struct view *view)
{
    return wizard_test_state(view->setup->wizard) == WIZARD_TESTING;
}

/* When the step ended, or has come to by now. */
static int64_t end_of(const struct view *view, const struct check_step *step)
{
    if (step->state == CHECK_RUNNING)
        return is_running(view) && view->test_elapsed_us > step->began_us
                   ? view->test_elapsed_us
                   : step->began_us;
    return is_over(step) ? step->began_us + step->took_us : 0;
}

/* The span that all bars share.  While the test runs it grows in leaps, so that bars that
 * have ended stand still. */
struct scale {
    int64_t begin, span;
};

static struct scale scale_of(const struct view *view)
{
    struct scale scale = {INT64_MAX, 1};
    int64_t last = 1, leap = 250000;

    for (int i = CHECK_TOKEN_RESOLVE; i < CHECK_STAGE_COUNT; i++) {
        const struct check_step *step = &view->setup->steps[i];
        int64_t end = end_of(view, step);

        if (end > 0 && step->began_us < scale.begin)
            scale.begin = step->began_us;
        last = end > last ? end : last;
    }
    if (scale.begin >= last)
        scale.begin = 0;
    scale.span = last - scale.begin;
    while (is_running(view) && leap < scale.span)
        leap *= 2;
    if (is_running(view))
        scale.span = leap;
    return scale;
}

static void draw_bar(const struct view *view, const struct check_step *step,
                     const struct row_places *at, struct scale scale, struct pane *pane)
{
    int64_t begin = step->began_us - scale.begin;
    int64_t end = end_of(view, step) - scale.begin;
    int first, behind;

    if (at->bar_width == 0 || end < 0 || !(is_over(step) || step->state == CHECK_RUNNING))
        return;
    first = (int)(begin * at->bar_width / scale.span);
    behind = (int)((end * at->bar_width + scale.span - 1) / scale.span);
    if (first >= at->bar_width)
        first = at->bar_width - 1;
    if (behind <= first)
        behind = first + 1;
    canvas_repeat(&pane->canvas, pane->row, at->bar + first, behind - first,
                  step->state == CHECK_FAILED ? ROLE_BAD : ROLE_ACCENT,
                  pane->canvas.signs->bar);
}

static void add_sign(struct pane *pane, enum role role, const char *sign)
{
    canvas_put(&pane->canvas, pane->row, 1, 1, role, sign);
}

struct state_look {
    const char *sign;
    enum role role;
};

static struct state_look look_of(const struct signs *signs, enum check_state state)
{
    switch (state) {
    case CHECK_OK:
        return (struct state_look){signs->done, ROLE_GOOD};
    case CHECK_WARNED:
        return (struct state_look){signs->warning, ROLE_WARN};
    case CHECK_FAILED:
        return (struct state_look){signs->failed, ROLE_BAD};
    case CHECK_RUNNING:
        return (struct state_look){signs->here, ROLE_ACCENT};
    case CHECK_WAITING:
    case CHECK_SKIPPED:
    case CHECK_STOPPED:
        break;
    }
    return (struct state_look){signs->waiting, ROLE_DIM};
}

/* Returns the column where it begins. */
static int draw_time(const struct view *view, const struct check_step *step,
                     const struct row_places *at, struct pane *pane)
{
    int64_t took = end_of(view, step) - step->began_us;
    char text[24];
    int column;

    if (!is_over(step) && step->state != CHECK_RUNNING)
        return at->time;
    snprintf(text, sizeof text, _("%lld ms"), (long long)(took / 1000));
    column = at->time + TIME_WIDTH - text_width(text);
    canvas_put(&pane->canvas, pane->row, column, TIME_WIDTH, ROLE_DIM, text);
    return column;
}

static void put_leg(const char *leg, const struct row_places *at, struct pane *pane)
{
    if (leg && at->sign > at->leg)
        canvas_put(&pane->canvas, pane->row, at->leg, 6, ROLE_STRONG, leg);
}

/* `folded`: no other row has evidence that this one must stand in line with. */
static void add_step(const struct view *view, enum check_stage stage, const char *leg,
                     const struct row_places *at, struct scale scale, bool folded,
                     struct pane *pane)
{
    const struct check_step *step = &view->setup->steps[stage];
    struct state_look look = look_of(pane->canvas.signs, step->state);
    bool is_quiet = !is_over(step) && step->state != CHECK_RUNNING;
    int evidence = at->evidence, end = at->time;
    int behind = at->label + text_width(_(check_stage_label(stage))) + 2;
    int time = draw_time(view, step, at, pane);

    put_leg(leg, at, pane);
    canvas_put(&pane->canvas, pane->row, at->sign, 1, look.role, look.sign);
    canvas_put_cut(&pane->canvas, pane->row, at->label, LABEL_WIDTH,
                   is_quiet ? ROLE_DIM : ROLE_TEXT, _(check_stage_label(stage)));
    if (folded && is_over(step)) {
        evidence = behind < evidence ? behind : evidence;
        end = time > end ? time - 1 : end;
    }
    canvas_put_cut(&pane->canvas, pane->row, evidence, end - evidence - 1,
                   step->state == CHECK_FAILED ? ROLE_TEXT : ROLE_DIM, step->evidence);
    draw_bar(view, step, at, scale, pane);
    if (step->state == CHECK_RUNNING) {
        pane->keep_top = pane->row;
        pane->keep_bottom = pane->row + 1;
    }
    pane->row++;
}

static bool uses_token(const struct view *view)
{
    return settings_is(wizard_settings(view->setup->wizard), SET_AUTH_METHOD, "oauth");
}

/* From this stage on nothing of its leg was begun: "authenticate, open: not reached". */
static bool is_unreached(const struct view *view, enum check_stage stage)
{
    const struct check_step *step = &view->setup->steps[stage];

    return view->setup->facts && !is_running(view) &&
           (step->state == CHECK_WAITING || step->state == CHECK_SKIPPED);
}

static void add_unreached(enum check_stage first, enum check_stage end, const char *leg,
                          const struct row_places *at, struct pane *pane)
{
    struct buf names;

    buf_init(&names, 400);
    for (enum check_stage stage = first; stage < end; stage++)
        buf_add_format(&names, "%s%s", stage > first ? ", " : "",
                       _(check_stage_label(stage)));
    buf_add_text(&names, _(": not reached"));
    put_leg(leg, at, pane);
    canvas_put(&pane->canvas, pane->row, at->sign, 1, ROLE_DIM,
               pane->canvas.signs->waiting);
    pane_add_text(pane, at->label, 0, ROLE_DIM, names.data);
    buf_free(&names);
}

/* How the stages are shown. */
struct stages {
    struct row_places at;
    struct scale scale;
    bool folded; /* those that went well in a row of their own, to leave room */
    bool small;  /* and the failed one stands just above what came of it */
};

/* Stages from `first` to before `end` went well: "resolve, connect, TLS". */
static void add_folded(const struct view *view, enum check_stage first,
                       enum check_stage end, const char *leg, const struct stages *stages,
                       struct pane *pane)
{
    const struct row_places *at = &stages->at;
    const struct check_step *last = &view->setup->steps[end - 1];
    struct check_step all = view->setup->steps[first];
    struct buf names;

    all.took_us = last->began_us + last->took_us - all.began_us;
    buf_init(&names, 400);
    for (enum check_stage stage = first; stage < end; stage++)
        buf_add_format(&names, "%s%s", stage > first ? ", " : "",
                       _(check_stage_label(stage)));
    put_leg(leg, at, pane);
    canvas_put(&pane->canvas, pane->row, at->sign, 1, ROLE_GOOD,
               pane->canvas.signs->done);
    canvas_put_cut(&pane->canvas, pane->row, at->label, at->time - at->label - 1,
                   ROLE_TEXT, names.data);
    draw_time(view, &all, at, pane);
    draw_bar(view, &all, at, stages->scale, pane);
    pane->row++;
    buf_free(&names);
}

/* Does it stand just above what came of it instead? */
static bool is_moved(const struct view *view, enum check_stage stage, bool small)
{
    return small && stage == view->setup->diagnosis->stage &&
           view->setup->steps[stage].state == CHECK_FAILED;
}

/* The end of a run of stages that is shown in one row, beginning with `first`. */
static enum check_stage run_of(const struct view *view, enum check_stage first,
                               enum check_stage end, bool folded)
{
    enum check_stage stage = first;

    while (folded && stage < end && view->setup->steps[stage].state == CHECK_OK)
        stage++;
    return stage > first ? stage : first + 1;
}

static void add_leg(const struct view *view, const char *leg, enum check_stage first,
                    enum check_stage end, const struct stages *stages, struct pane *pane)
{
    enum check_stage next;

    for (enum check_stage stage = first; stage < end; stage = next) {
        const char *name = stage == first ? leg : NULL;
        enum check_stage last = stage;

        while (last < end && is_unreached(view, last))
            last++;
        if (last == end) {
            add_unreached(stage, end, name, &stages->at, pane);
            return;
        }
        next = run_of(view, stage, end, stages->folded);
        if (next > stage + 1)
            add_folded(view, stage, next, name, stages, pane);
        else if (!is_moved(view, stage, stages->small))
            add_step(view, stage, name, &stages->at, stages->scale, stages->folded, pane);
    }
}

/* "imap authenticate: AUTHENTICATE failed." */
static void add_failed_stage(const struct view *view, struct pane *pane)
{
    enum check_stage stage = view->setup->diagnosis->stage;
    const struct check_step *step = &view->setup->steps[stage];
    const char *leg = stage == CHECK_SETTINGS       ? ""
                      : check_stage_is_token(stage) ? _("token")
                                                    : _("imap");
    char *line;

    if (!is_moved(view, stage, true))
        return;
    line = mem_format("%s%s%s: %s", leg, leg[0] ? " " : "", _(check_stage_label(stage)),
                      step->evidence);
    add_sign(pane, ROLE_BAD, pane->canvas.signs->failed);
    canvas_put_cut(&pane->canvas, pane->row++, 3, pane->canvas.columns - 5, ROLE_TEXT,
                   line);
    free(line);
}

static void add_stages(const struct view *view, bool folded, bool small,
                       struct pane *pane)
{
    struct stages stages = {.at = places_in(pane->canvas.columns),
                            .scale = scale_of(view),
                            .folded = folded,
                            .small = small};
    enum check_state settings = view->setup->steps[CHECK_SETTINGS].state;

    if ((settings == CHECK_FAILED || settings == CHECK_WARNED) &&
        !is_moved(view, CHECK_SETTINGS, small))
        add_step(view, CHECK_SETTINGS, NULL, &stages.at, stages.scale, folded, pane);
    if (uses_token(view))
        add_leg(view, _("token"), CHECK_TOKEN_RESOLVE, CHECK_IMAP_RESOLVE, &stages, pane);
    add_leg(view, _("imap"), CHECK_IMAP_RESOLVE, CHECK_STAGE_COUNT, &stages, pane);
}

/* What came of it */

static void add_labelled(struct pane *pane, const char *label, const char *text)
{
    char *line = mem_format("%s: %s", label, text);

    pane_add_text(pane, 3, 0, ROLE_TEXT, line);
    free(line);
}

/* The server's own words, two rows of them: all of them are among the details. */
static void add_said(struct pane *pane, const char *said)
{
    size_t fits = text_fit(said, 2 * (pane->canvas.columns - 4) - 30, NULL);
    char *part = mem_format("%.*s%s", (int)fits, said, said[fits] ? "…" : "");

    add_labelled(pane, _("The server said"), part);
    free(part);
}

/* A line of a command, with what does not fit on further rows, set in. */
static void add_command_line(struct pane *pane, int left, const char *line, size_t length)
{
    char *rest = mem_copy_bytes(line, length);
    size_t skip, fits = text_wrap(rest, pane->canvas.columns - 1 - left, &skip);
    char *first = mem_copy_bytes(rest, fits);

    pane_add_text(pane, left, 0, ROLE_STRONG, first);
    if (rest[fits + skip])
        pane_add_text(pane, left + 2, 0, ROLE_STRONG, rest + fits + skip);
    free(first);
    free(rest);
}

/* To read; to copy there is the commands page. */
static void add_command(struct pane *pane, int left, const char *command)
{
    while (*command) {
        size_t length = strcspn(command, "\n");

        add_command_line(pane, left, command, length);
        command += length;
        command += *command == '\n';
    }
}

/* What to do, below who has to; the same person once. */
static void add_fixes(const struct diagnosis *diagnosis, struct pane *pane)
{
    const char *who = "";

    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const struct diagnosis_fix *fix = &diagnosis->fixes[i];

        if (strcmp(fix->who, who) != 0)
            pane_add_text(pane, 3, 0, ROLE_ACCENT, fix->who);
        who = fix->who;
        canvas_put(&pane->canvas, pane->row, 3, 1, ROLE_DIM, pane->canvas.signs->info);
        pane_add_text(pane, 5, 0, ROLE_TEXT, fix->text);
        if (fix->command)
            add_command(pane, 7, fix->command);
    }
}

/* Why, the likeliest first, with what in this run speaks for it. */
static void add_causes(const struct diagnosis *diagnosis, struct pane *pane)
{
    if (diagnosis->cause_count > 0)
        pane_add_text(pane, 3, 0, ROLE_ACCENT,
                      diagnosis->cause_count > 1 ? _("Why: the likeliest first")
                                                 : _("Why"));
    for (size_t i = 0; i < diagnosis->cause_count; i++) {
        const struct diagnosis_cause *cause = &diagnosis->causes[i];

        canvas_put(&pane->canvas, pane->row, 3, 1, ROLE_DIM, pane->canvas.signs->info);
        pane_add_text(pane, 5, 0, ROLE_TEXT, cause->text);
        if (cause->why)
            pane_add_text(pane, 7, 0, ROLE_DIM, cause->why);
    }
}

/* What F3 does, while the values stand as they were tested. */
static void add_offer(const struct setup *setup, struct pane *pane)
{
    char *offer = repair_text_offer(setup);

    if (!offer)
        return;
    add_sign(pane, ROLE_ACCENT, pane->canvas.signs->here);
    pane_add_text(pane, 3, 0, ROLE_ACCENT, offer);
    free(offer);
}

/* Between two parts, where there is room. */
static void add_gap(int height, struct pane *pane)
{
    if (height >= ROOMY_HEIGHT)
        pane->row++;
}

static void add_diagnosis(const struct setup *setup, int height, struct pane *pane)
{
    const struct diagnosis *diagnosis = setup->diagnosis;
    bool is_cancelled = diagnosis->class == ADVICE_CANCELLED;

    add_sign(pane, is_cancelled ? ROLE_DIM : ROLE_BAD,
             is_cancelled ? pane->canvas.signs->waiting : pane->canvas.signs->failed);
    pane_add_text(pane, 3, 0, ROLE_STRONG, diagnosis->title);
    if (diagnosis->means && diagnosis->means[0])
        pane_add_text(pane, 3, 0, ROLE_TEXT, diagnosis->means);
    add_offer(setup, pane);
    /* What to do stands before why: on 24 rows the rest has to be scrolled to. */
    add_gap(height, pane);
    add_fixes(diagnosis, pane);
    add_gap(height, pane);
    add_causes(diagnosis, pane);
    if (diagnosis->said && diagnosis->said[0])
        add_said(pane, diagnosis->said);
}

/* As many of the newest subjects as there is room for; two at least. */
static size_t previews_shown(const struct check_facts *facts, int room)
{
    size_t most = room > 2 ? (size_t)room : 2;

    return facts->preview_count < most ? facts->preview_count : most;
}

static void add_preview(const struct check_facts *facts, int height, struct pane *pane)
{
    char *line = mem_format(
        ngettext("letterbox can read this mailbox: %u unread message",
                 "letterbox can read this mailbox: %u unread messages", facts->unread),
        (unsigned)facts->unread);
    int from = pane->canvas.columns * 3 / 5;
    size_t count;

    add_sign(pane, ROLE_GOOD, pane->canvas.signs->done);
    pane_add_text(pane, 3, 0, ROLE_STRONG, line);
    free(line);
    count = previews_shown(facts, height - pane->row - 1);
    for (size_t i = 0; i < count; i++) {
        canvas_put_cut(&pane->canvas, pane->row, 3, from - 4, ROLE_TEXT,
                       facts->previews[i].subject);
        canvas_put_cut(&pane->canvas, pane->row, from, pane->canvas.columns - from - 1,
                       ROLE_DIM, facts->previews[i].from);
        pane->row++;
    }
}

/* What Enter does; the caller's. */
static char *button_label(const struct view *view)
{
    const struct field *blamed = view_blamed(view);

    switch (wizard_test_state(view->setup->wizard)) {
    case WIZARD_PASSED:
        return mem_copy_text(_("Review and save"));
    case WIZARD_FAILED:
        if (blamed)
            return mem_format(_("Go to %s"), _(blamed->label));
        break;
    case WIZARD_STALE:
    case WIZARD_UNTESTED:
    case WIZARD_TESTING:
        break;
    }
    return mem_copy_text(view->setup->facts ? _("Test again") : _("Test now"));
}

static void add_running(const struct view *view, struct pane *pane)
{
    char *line = mem_format(_("Testing for %.1f s. Nothing in the mailbox changes."),
                            (double)(view->test_elapsed_us / 100000) / 10.0);

    add_sign(pane, ROLE_ACCENT, pane->canvas.signs->here);
    pane_add_text(pane, 3, 0, ROLE_TEXT, line);
    free(line);
    pane->canvas.cursor_row = pane->row - 1;
    pane->canvas.cursor_column = 1;
}

/* What led to the outcome: a repair, and how often it was tested. */
static void add_story(const struct view *view, enum wizard_test_state state,
                      struct pane *pane)
{
    char *sentence = repeat_sentence(&view->repeat, view->setup->check != NULL);

    if (state != WIZARD_PASSED && state != WIZARD_FAILED) {
        free(sentence);
        return;
    }
    if (sentence) {
        add_sign(pane, ROLE_ACCENT, pane->canvas.signs->info);
        pane_add_text(pane, 3, 0, ROLE_ACCENT, sentence);
    }
    if (view->repaired) {
        add_sign(pane, ROLE_ACCENT, pane->canvas.signs->info);
        pane_add_text(pane, 3, 0, ROLE_ACCENT, view->repaired);
    }
    free(sentence);
}

static void add_outcome(const struct view *view, int height, bool small,
                        struct pane *pane)
{
    enum wizard_test_state state = wizard_test_state(view->setup->wizard);
    const struct setup *setup = view->setup;
    int top = pane->row;
    char *label;

    if (state == WIZARD_TESTING) {
        add_running(view, pane);
        return;
    }
    label = button_label(view);
    if (!setup->facts) {
        pane_add_text(pane, 1, 0, ROLE_TEXT, _(wizard_pages[PAGE_TEST].intro));
    } else if (state == WIZARD_STALE ||
               (state == WIZARD_UNTESTED && !setup->facts->cancelled)) {
        add_sign(pane, ROLE_WARN, pane->canvas.signs->warning);
        pane_add_text(pane, 3, 0, ROLE_TEXT,
                      _("Something was changed since; this is the result of before."));
    }
    add_story(view, state, pane);
    if (setup->report_note)
        pane_add_text(pane, 3, 0, ROLE_ACCENT, setup->report_note);
    if (small)
        add_failed_stage(view, pane);
    if (setup->diagnosis)
        add_diagnosis(setup, height, pane);
    else if (setup->facts)
        add_preview(setup->facts, height, pane);
    if (pane->row + 1 < height)
        pane->row++;
    pane_add_button(pane, 3, label, true);
    free(label);
    /* What came of it is read from its beginning. */
    pane->canvas.cursor_row = top;
    pane->canvas.cursor_column = 1;
    pane->keep_top = top;
    pane->keep_bottom = height < SMALL_HEIGHT ? pane->row : top + 5;
}

static void add_page(const struct view *view, int height, bool folded, struct pane *pane)
{
    bool small = folded && height < SMALL_HEIGHT;

    add_stages(view, folded, small, pane);
    if (!small)
        pane->row++;
    add_outcome(view, height, small, pane);
}

/* A failure that takes more than its place: what went well can be said in short. */
struct scrolled test_page_draw(const struct view *view, const struct frame *frame,
                               struct canvas *canvas)
{
    struct pane pane;

    pane_init(&pane, frame, view->ascii);
    add_page(view, frame->height, false, &pane);
    if (view->setup->diagnosis && pane.row > frame->height) {
        canvas_free(&pane.canvas);
        pane_init(&pane, frame, view->ascii);
        add_page(view, frame->height, true, &pane);
    }
    return pane_show(&pane, frame, view->scroll, canvas);
}
