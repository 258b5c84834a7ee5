/*
 * What every renderer of the wizard needs to carry out its effects: the store, the
 * context of the tables, the test, the save.  Screens, plain prompts and the answers file
 * share it.
 */
#ifndef LETTERBOX_UI_SETUP_H
#define LETTERBOX_UI_SETUP_H

#include <stdbool.h>
#include <stdint.h>

#include "advice/advice.h"
#include "check/check.h"
#include "settings/store.h"
#include "ui/start.h"
#include "wizard/wizard.h"

struct setup {
    struct store *store;
    struct preset_exchange *exchange;
    struct consumers *consumers;
    struct choice *consumer_choices;
    struct choice *providers; /* owned; behind `context` */
    time_t *secrets_end;      /* of each provider; the same */
    struct wizard_context context;
    struct wizard *wizard;
    struct mailbox *mailbox;  /* the opened one, or a new one */
    bool is_asked;            /* a person is asked, and sees every value */
    bool skip_test;           /* --no-test */
    bool save_untested;       /* --save-untested */
    bool repair;              /* --repair */
    struct err_list warnings; /* of an answers file: what stands beside its values */
    bool ascii;               /* --ascii, or the locale has no UTF-8 */

    struct check *check; /* the test under way, or NULL */
    uint32_t job;
    struct check_step steps[CHECK_STAGE_COUNT]; /* of the last or present test */
    struct check_facts *facts;                  /* of the last test; or NULL */
    struct diagnosis *diagnosis; /* of the last test, when it failed; or NULL */
    struct start start;          /* how the ingest of what was saved is started */
    char *report_note; /* where its report was written, or why not; translated; or NULL */
};

/* NULL name: a new mailbox.  An existing NAME is opened with its values. */
bool setup_open(struct setup *setup, struct store *store, const char *name,
                struct err *err);
void setup_close(struct setup *setup);

/* Starts the test of the wizard's present values (never saved ones).  Values that are not
 * complete end it at once, with facts and a diagnosis of stage `settings`. */
void setup_start_test(struct setup *setup);
/* The same for a test again (WIZARD_TEST_AGAIN): steps, facts and diagnosis of the last
 * one stand until it has ended, and on when it is cancelled. */
void setup_repeat_test(struct setup *setup);
void setup_cancel_test(struct setup *setup);

/* Takes what waits on check_fd(setup->check); true when something changed on the screen.
 * *ended is true when the test ended (facts and diagnosis are there; the wizard was
 * told), but not for a test again that was cancelled. */
bool setup_pump_test(struct setup *setup, bool *ended);

/* How many values the last diagnosis knows to be right; 0 once something was changed. */
size_t setup_repair_count(const struct setup *setup);

/* Puts them into their fields.  Testing again is the caller's. */
void setup_apply_repairs(struct setup *setup);

/* The same for a wizard and a diagnosis of its values, wherever they come from. */
void setup_put_repairs(struct wizard *wizard, const struct diagnosis *diagnosis);

/* Writes the last test's report to letterbox-NAME-report.txt in the current directory,
 * and says so in report_note.  `masked`: without any address (advice/report.h). */
void setup_write_report(struct setup *setup, bool masked);

/* The same with `commands` (report_commands of a diagnosis of these values), to
 * letterbox-NAME-commands.txt. */
void setup_write_commands(struct setup *setup, const char *commands);

/* EFFECT_SAVE: writes, tells the wizard how it went, and looks how to go on (start). */
bool setup_save(struct setup *setup, struct err *err);

/* Writes the wizard's values, which have just passed a test, into the opened mailbox. */
bool setup_save_tested(struct setup *setup, struct err *err);

#endif
