/*
 * The wizard: a pure state machine over the tables of steps.h.
 *
 * wizard_update() takes one event and returns effects for the caller to carry out.  It
 * does no I/O, knows no time, thread or terminal.  The screens, the plain prompts and the
 * answers file are three renderers of it, so a rule holds in all three or in none.
 *
 * Rules kept here, each with a test: back and forward lose no input; a hidden field keeps
 * its value but is neither checked nor saved; a field is checked when it is left; a
 * change after a passed test makes it stale; nothing is tested or saved while Token URL
 * holds only a path.
 */
#ifndef LETTERBOX_WIZARD_WIZARD_H
#define LETTERBOX_WIZARD_WIZARD_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "wizard/steps.h"

struct wizard;

enum wizard_event_kind {
    WIZARD_EDIT,       /* `setting` now holds `text` (or `secret`) */
    WIZARD_FOCUS,      /* go to `setting`, on whichever page asks for it */
    WIZARD_FOCUS_NEXT, /* from the last field: the page's buttons, then around */
    WIZARD_FOCUS_PREVIOUS,
    WIZARD_NEXT_PAGE, /* stays, at the first bad field, when this page is not valid */
    WIZARD_PREVIOUS_PAGE,
    WIZARD_GO_PAGE,     /* to `page`, when it is on the way */
    WIZARD_FIX,         /* the fix that the page offers (wizard_offered_fix) */
    WIZARD_ADVANCED,    /* fold the advanced fields of this page out or in */
    WIZARD_TEST,        /* asks about the delegated scope first */
    WIZARD_TEST_AGAIN,  /* of the values whose test failed, as they are: asks nothing */
    WIZARD_TEST_CANCEL, /* of a test again: the result of before stands */
    WIZARD_TEST_ENDED,  /* `passed`; of the answers as they were at EFFECT_START_TEST */
    WIZARD_REPORT,      /* asks whether with addresses or without */
    WIZARD_SAVE,        /* asks when untested, or when another mailbox has the name */
    WIZARD_SAVED,
    WIZARD_SAVE_FAILED, /* the answers stay; `text` is the sentence */
    WIZARD_LEAVE,       /* asks when something would be lost */
    WIZARD_ANSWER,      /* choice number `answer` of the open question */
    WIZARD_DISMISS,     /* Esc: closes the question without losing anything */
};

struct wizard_event {
    enum wizard_event_kind kind;
    enum setting_id setting;
    const char *text;            /* borrowed */
    const struct secret *secret; /* borrowed; for WIZARD_EDIT of a FIELD_SECRET */
    enum page_id page;
    size_t answer;
    bool passed;
};

/* Bits; carried out in this order. */
enum wizard_effect {
    EFFECT_CANCEL_TEST = 1,
    EFFECT_START_TEST = 2, /* of wizard_settings(), deep-copied */
    EFFECT_SAVE = 4,
    EFFECT_QUIT = 8,
    EFFECT_BELL = 16,          /* nothing to do for that key here */
    EFFECT_REPORT = 32,        /* write the last test's report, as it is */
    EFFECT_REPORT_MASKED = 64, /* the same without addresses */
};

enum wizard_test_state {
    WIZARD_UNTESTED,
    WIZARD_TESTING,
    WIZARD_PASSED,
    WIZARD_FAILED, /* also while it is tested again: nothing better is known yet */
    WIZARD_STALE,  /* passed once, then something that was tested changed */
};

enum question_id {
    QUESTION_NONE,
    QUESTION_SCOPE,    /* test with the delegated scope?  default: use .default */
    QUESTION_LEAVE,    /* leave without saving?  default: stay */
    QUESTION_UNTESTED, /* save although not tested?  default: test first */
    QUESTION_REPLACE,  /* a mailbox of that name exists; default: no */
    QUESTION_REPORT,   /* with addresses?  default: masked */
};

struct question {
    enum question_id id;
    char text[500];           /* translated */
    struct choice choices[3]; /* labels translated; static strings */
    size_t choice_count;
    size_t preset; /* what Enter takes */
};

/* `settings` is copied: presets, or an existing mailbox.  `opened` is that mailbox's
 * name, or NULL for a new one.  `taken` says whether a mailbox of a name exists (for
 * QUESTION_REPLACE); may be NULL.  The context is borrowed until wizard_free. */
struct wizard *wizard_new(const struct wizard_context *context,
                          const struct settings *settings, const char *opened,
                          bool (*taken)(const char *name, void *closure), void *closure);
void wizard_free(struct wizard **wizard);

unsigned wizard_update(struct wizard *wizard, const struct wizard_event *event);

/* Everything below only looks. */
const struct settings *wizard_settings(const struct wizard *wizard);
const struct wizard_context *wizard_context_of(const struct wizard *wizard);
const char *wizard_opened_name(const struct wizard *wizard); /* NULL for a new mailbox */
enum page_id wizard_page(const struct wizard *wizard);
size_t wizard_way(const struct wizard *wizard, enum page_id way[PAGE_COUNT]);
bool wizard_page_is_done(const struct wizard *wizard,
                         enum page_id page); /* left, and valid */

/* The fields in sight on the current page, in order. */
size_t wizard_fields(const struct wizard *wizard, const struct field **fields,
                     size_t max);
/* The focused field, or NULL when the focus is on the page's button. */
const struct field *wizard_focus(const struct wizard *wizard);
bool wizard_has_advanced(const struct wizard *wizard);
bool wizard_advanced_shown(const struct wizard *wizard);

/* The sentence under a field that was left and is not valid, or NULL. */
const char *wizard_field_error(const struct wizard *wizard, enum setting_id id);
/* A warning beside a valid field; level NOTICE_NONE when there is none. */
struct notice wizard_field_notice(const struct wizard *wizard, enum setting_id id);
/* What F3 does now: the focused field's fix, else the page's first; false when none. */
bool wizard_offered_fix(const struct wizard *wizard, struct notice *notice);

const struct question *wizard_question(const struct wizard *wizard); /* NULL when none */
enum wizard_test_state wizard_test_state(const struct wizard *wizard);
bool wizard_is_testing(const struct wizard *wizard); /* for the first time, or again */
bool wizard_is_changed(const struct wizard *wizard); /* since it began or was saved */
bool wizard_is_saved(const struct wizard *wizard);
const char *wizard_message(const struct wizard *wizard); /* why a save failed; or NULL */

/* Checks every page up to and with `last`; adds each error with its key, and the right
 * value where it is known.  For the answers file: nothing is written while there is one.
 * (PAGE_SERVER is enough for a test.) */
bool wizard_check(const struct wizard *wizard, enum page_id last,
                  struct err_list *errors);

/* Adds what stands as a warning beside the valid fields of those pages, each with its
 * key and, where it is known, the value to put instead of the line that names F3. */
void wizard_warnings(const struct wizard *wizard, enum page_id last,
                     struct err_list *warnings);

/* Keys that were given but that no page of this choice asks for; returns how many. */
size_t wizard_unused(const struct wizard *wizard, const bool given[SET_COUNT],
                     enum setting_id unused[SET_COUNT]);

/* One sentence of what the ingest will do to the mailbox, for the Review page; the
 * caller's (free()). */
char *wizard_ingest_sentence(const struct settings *settings);

/* Walks a whole answers file: marks `given` as typed, runs the pre-fills that follow from
 * them in page order.  Where no scope was given and the pre-filled one is the delegated
 * scope, takes the default answer of QUESTION_SCOPE and says so in `note`. */
void wizard_take_answers(struct wizard *wizard, const struct settings *answers,
                         const bool given[SET_COUNT], char *note, size_t note_size);

#endif
