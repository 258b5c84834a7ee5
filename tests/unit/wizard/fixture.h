/*
 * A wizard on the real presets and tables, and short words for its events.
 */
#ifndef LETTERBOX_TESTS_UNIT_WIZARD_FIXTURE_H
#define LETTERBOX_TESTS_UNIT_WIZARD_FIXTURE_H

#include "wizard/wizard.h"

#define TENANT    "8f2d0c4e-5b1a-4c53-9a77-0d2f8a6b1e42"
#define CLIENT    "6731de76-14a6-49ae-97bc-6eba6914391e"
#define SECRET    "abc8Q~not-a-true-secret-0123456789abcdef"
#define DELEGATED "https://outlook.office.com/IMAP.AccessAsUser.All"
#define WORKING   "https://outlook.office365.com/.default"
#define PATH_ONLY "/oauth2/v2.0/token"
#define FULL_URL  "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token"

struct fixture {
    struct preset_exchange *exchange;
    struct consumers *consumers;
    struct choice *choices;
    struct wizard_context context;
    struct wizard *wizard;
    const char *taken; /* the one mailbox name that exists; NULL: none */
};

/* cmocka's set-up and tear-down: *state is a struct fixture with a new mailbox. */
int fixture_new(void **state);
int fixture_free(void **state);

/* Starts over with these values, opened as `opened` (NULL: a new mailbox). */
void fixture_reopen(struct fixture *f, const struct settings *settings,
                    const char *opened);

unsigned fixture_send(struct fixture *f, enum wizard_event_kind kind);
unsigned fixture_edit(struct fixture *f, enum setting_id id, const char *text);
unsigned fixture_edit_secret(struct fixture *f, enum setting_id id, const char *bytes);
unsigned fixture_focus(struct fixture *f, enum setting_id id);
unsigned fixture_go(struct fixture *f, enum page_id page);
unsigned fixture_answer(struct fixture *f, const char *value);
unsigned fixture_end_test(struct fixture *f, bool passed);

const char *fixture_value(const struct fixture *f, enum setting_id id);

/* The whole of a valid Exchange mailbox, with the scope that works; and of the others. */
void fixture_fill_exchange(struct fixture *f);
void fixture_fill_basic(struct fixture *f);

#endif
