/*
 * The inside of the wizard, shared by its own sources alone: wizard.c (events), view.c
 * (what only looks, and the rules behind it), questions.c, walk.c (answers file).
 */
#ifndef LETTERBOX_WIZARD_WIZARD_STATE_H
#define LETTERBOX_WIZARD_WIZARD_STATE_H

#include "wizard/wizard.h"

#define WIZARD_FIELDS_MAX 24

enum wizard_test { TEST_NONE, TEST_RUNNING, TEST_PASSED, TEST_FAILED };

struct wizard {
    const struct wizard_context *context;
    struct settings settings;
    struct settings baseline; /* as it began, or was saved */
    struct settings tested;   /* as they were at EFFECT_START_TEST */
    enum wizard_test test;    /* of `tested` */
    bool tests_again;         /* after a test of the same values that failed */
    char *opened;
    bool (*taken)(const char *name, void *closure);
    void *closure;

    bool touched[SET_COUNT]; /* typed by a person, or given in an answers file */
    bool left[SET_COUNT];    /* left since it was last edited: its error may be shown */
    char *errors[SET_COUNT]; /* the sentences in sight; NULL: none */
    bool visited[PAGE_COUNT];
    bool advanced[PAGE_COUNT]; /* unfolded */

    enum page_id page;
    enum setting_id focus; /* SET_NONE: the page's button */
    struct question question;
    bool saved;
    char *message;
};

/* Choices of the questions, by their place. */
enum { ANSWER_SCOPE_WORKING = 0, ANSWER_SCOPE_AS_IT_IS = 1 };
enum { ANSWER_STAY = 0, ANSWER_LEAVE = 1 };
enum { ANSWER_TEST_FIRST = 0, ANSWER_SAVE_UNTESTED = 1 };
enum { ANSWER_KEEP = 0, ANSWER_REPLACE = 1 };
enum { ANSWER_MASKED = 0, ANSWER_WITH_ADDRESSES = 1 };
enum { ANSWER_BACK = 2 };

/* Brings page, focus and messages in line with the values, after every event. */
void wizard_settle(struct wizard *wizard);

/* Shows `page`, focus on its first field. */
void wizard_enter_page(struct wizard *wizard, enum page_id page);

/* Marks the focused field, or every field of the page, as left. */
void wizard_leave_field(struct wizard *wizard);
void wizard_leave_page(struct wizard *wizard);

bool wizard_field_is_in_sight(const struct wizard *wizard, enum page_id page,
                              const struct field *field);

/* The first field of `page` that is not valid; NULL when all are. */
const struct field *wizard_bad_field(const struct wizard *wizard, enum page_id page);

/* The cloud whose scope is to be used instead of the delegated one that stands there now;
 * NULL when another scope stands there, or when none better is known. */
const struct preset_cloud *wizard_better_scope(const struct wizard *wizard);
void wizard_put_scope(struct wizard *wizard, const struct preset_cloud *cloud);

void wizard_ask_scope(struct wizard *wizard);
void wizard_ask_leave(struct wizard *wizard);
void wizard_ask_untested(struct wizard *wizard);
void wizard_ask_replace(struct wizard *wizard, const char *name);
void wizard_ask_report(struct wizard *wizard);

#endif
