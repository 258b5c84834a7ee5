#include "ui/screen/deeds.h"

#include <stdlib.h>
#include <string.h>

#include "base/i18n.h"
#include "base/mem.h"
#include "ui/repair_text.h"

/* --no-test and --save-untested have answered that question beforehand. */
static bool answers_beforehand(struct view *view, struct wizard_event *event)
{
    const struct question *question = wizard_question(view->setup->wizard);

    if (!question || question->id != QUESTION_UNTESTED ||
        !(view->setup->skip_test || view->setup->save_untested))
        return false;
    for (size_t i = 0; i < question->choice_count; i++) {
        if (strcmp(question->choices[i].value, "save") == 0) {
            *event = (struct wizard_event){.kind = WIZARD_ANSWER, .answer = i};
            return true;
        }
    }
    return false;
}

/* What a test that has ended means for those to come. */
static void note_end(struct view *view)
{
    const struct diagnosis *diagnosis = view->setup->diagnosis;
    bool was_on = view->repeat.state == REPEAT_ON;

    repeat_note(&view->repeat, view->now, !diagnosis,
                diagnosis && diagnosis_may_pass_later(diagnosis));
    if (!was_on || view->repeat.state == REPEAT_ON)
        return;
    view->bell = true;
    view->overlay = OVERLAY_NONE;
    view->scroll = SCROLL_FOLLOWS;
}

static void start_test(struct view *view)
{
    if (view->repeat.state == REPEAT_ON) {
        setup_repeat_test(view->setup);
    } else {
        memset(&view->repeat, 0, sizeof view->repeat);
        view->test_began_us = view->now.us;
        view->test_elapsed_us = 0;
        view->scroll = SCROLL_FOLLOWS;
        mem_replace_text(&view->repaired, NULL);
        setup_start_test(view->setup);
    }
    if (!view->setup->check) /* it could not even begin */
        note_end(view);
}

static void carry_out(struct view *view, unsigned effects)
{
    struct err err = ERR_INIT;

    if (effects & EFFECT_CANCEL_TEST)
        setup_cancel_test(view->setup);
    if (effects & EFFECT_START_TEST)
        start_test(view);
    if ((effects & EFFECT_SAVE) && setup_save(view->setup, &err))
        deeds_show_next(view); /* else the wizard keeps the sentence */
    if (effects & EFFECT_QUIT)
        view->ended = true;
    if (effects & EFFECT_BELL)
        view->bell = true;
    if (effects & (EFFECT_REPORT | EFFECT_REPORT_MASKED))
        setup_write_report(view->setup, effects & EFFECT_REPORT_MASKED);
}

void deeds_show_next(struct view *view)
{
    view->overlay = OVERLAY_SAVED;
    view->scroll = 0;
}

void deeds_start_ingest(struct view *view)
{
    if (start_can_go(&view->setup->start))
        start_go(&view->setup->start);
    else
        view->bell = true;
    view->scroll = 0;
}

void deeds_on_start(struct view *view)
{
    enum start_stage before = view->setup->start.stage;

    start_take(&view->setup->start);
    if (before == START_STARTING && view->setup->start.stage != before)
        view->bell = true;
}

void deeds_tell(struct view *view, struct wizard_event event)
{
    carry_out(view, wizard_update(view->setup->wizard, &event));
    if (answers_beforehand(view, &event))
        carry_out(view, wizard_update(view->setup->wizard, &event));
    view_follow(view);
}

void deeds_tell_kind(struct view *view, enum wizard_event_kind kind)
{
    deeds_tell(view, (struct wizard_event){.kind = kind});
}

/* A repair such as another way of authentication leads to fields that nobody has filled
 * in yet: to the first of them, and no test. */
static void say_what_is_missing(struct view *view, const char *changed)
{
    view->bell = false;
    mem_replace_text(&view->repaired, NULL);
    view->repaired =
        mem_format(_("%s Fill in what is missing here, then F5 tests again."), changed);
    view->said = view->repaired;
}

void deeds_repair(struct view *view)
{
    char *changed;

    if (view->repeat.state == REPEAT_ON)
        deeds_cancel_test(view);
    changed = repair_text_done(view->setup);
    setup_apply_repairs(view->setup);
    deeds_tell_kind(view, WIZARD_TEST);
    if (view->page == PAGE_TEST)
        mem_replace_text(&view->repaired, changed);
    else
        say_what_is_missing(view, changed);
    free(changed);
}

void deeds_test(struct view *view)
{
    deeds_tell_kind(view,
                    view->repeat.state == REPEAT_ON ? WIZARD_TEST_AGAIN : WIZARD_TEST);
}

void deeds_repeat(struct view *view)
{
    if (view->repeat.state == REPEAT_ON)
        view->repeat.state = REPEAT_OFF;
    else if (view_may_repeat(view))
        view->repeat.state = REPEAT_ON;
    else
        view->bell = true;
}

void deeds_cancel_test(struct view *view)
{
    if (view->repeat.state == REPEAT_ON)
        view->repeat.state = REPEAT_OFF;
    if (view->setup->check)
        deeds_tell_kind(view, WIZARD_TEST_CANCEL);
}

bool deeds_on_test(struct view *view)
{
    const char *code = view->setup->diagnosis ? view->setup->diagnosis->code : NULL;
    bool ended;
    bool changed = setup_pump_test(view->setup, &ended);

    if (ended)
        note_end(view);
    /* Another failure than before is read from its beginning. */
    if (ended && code && view->setup->diagnosis && view->overlay == OVERLAY_NONE &&
        strcmp(code, view->setup->diagnosis->code) != 0)
        view->scroll = SCROLL_FOLLOWS;
    if (changed)
        view_follow(view);
    return changed;
}

/* Is there a next test that nothing is in the way of? */
static bool waits(const struct view *view)
{
    return view->repeat.state == REPEAT_ON && !view->setup->check &&
           !wizard_question(view->setup->wizard);
}

int deeds_wait_ms(const struct view *view)
{
    if (!waits(view))
        return -1;
    return (int)((repeat_wait_us(&view->repeat, view->now) + 999) / 1000);
}

void deeds_on_time(struct view *view)
{
    if (!waits(view) || repeat_wait_us(&view->repeat, view->now) > 0)
        return;
    deeds_tell_kind(view, WIZARD_TEST_AGAIN);
    /* A value beside those that were tested is not valid any more. */
    if (!view->setup->check && view->repeat.state == REPEAT_ON &&
        repeat_wait_us(&view->repeat, view->now) == 0)
        view->repeat.state = REPEAT_OFF;
}
