#include "ui/screen/deeds.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ui/screen/repair_text.h"

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

static void carry_out(struct view *view, unsigned effects)
{
    struct err err = ERR_INIT;

    if (effects & EFFECT_CANCEL_TEST)
        setup_cancel_test(view->setup);
    if (effects & EFFECT_START_TEST) {
        view->test_began_us = clock_now_us();
        view->test_elapsed_us = 0;
        view->scroll = SCROLL_FOLLOWS;
        mem_replace_text(&view->repaired, NULL);
        setup_start_test(view->setup);
    }
    if (effects & EFFECT_SAVE)
        setup_save(view->setup, &err); /* the wizard keeps the sentence */
    if (effects & EFFECT_QUIT)
        view->ended = true;
    if (effects & EFFECT_BELL)
        view->bell = true;
    if (effects & (EFFECT_REPORT | EFFECT_REPORT_MASKED))
        setup_write_report(view->setup, effects & EFFECT_REPORT_MASKED);
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
    char *changed = repair_text_done(view->setup);

    setup_apply_repairs(view->setup);
    deeds_tell_kind(view, WIZARD_TEST);
    if (view->page == PAGE_TEST)
        mem_replace_text(&view->repaired, changed);
    else
        say_what_is_missing(view, changed);
    free(changed);
}

bool deeds_on_test(struct view *view)
{
    bool ended;
    bool changed = setup_pump_test(view->setup, &ended);

    if (changed)
        view_follow(view);
    return changed;
}
