/*
 * From what happened to what to do: a pure function of the facts, over tables.
 *
 * One table per subject (advice/local.c, network.c, tls.c, oauth.c, entra.c, imap.c, …),
 * each a list of rows: a condition on the facts, a stable code, class, field, title,
 * meaning, causes, fixes.  The first row that matches decides, the more special subjects
 * are asked first. Texts are N_() and may hold {placeholders} that are filled from the
 * facts ({host}, {client_id}, {oid}, {mailbox}, {scope}, …; see advice/fill.h).
 */
#ifndef LETTERBOX_ADVICE_ADVICE_H
#define LETTERBOX_ADVICE_ADVICE_H

#include <stdbool.h>
#include <stddef.h>

#include "advice/fill.h"
#include "check/facts.h"

enum advice_class {
    ADVICE_FIX_SETTING,
    ADVICE_FIX_SERVER,
    ADVICE_RETRY_NOW,
    ADVICE_RETRY_LATER,
    ADVICE_CANCELLED,
    ADVICE_INTERNAL,
};

const char *advice_class_id(enum advice_class class);

#define ADVICE_CAUSE_MAX  5
#define ADVICE_FIX_MAX    8
#define ADVICE_REPAIR_MAX 2

struct diagnosis_cause {
    char *text;
    char *why; /* what in this run speaks for it; NULL when nothing special does */
};

struct diagnosis_fix {
    char *who; /* who must act: "You, here", "Entra administrator", … */
    char *text;
    char *command;         /* to copy; NULL when there is none */
    enum fill_shell shell; /* what the command is for; FILL_LINK: it is a URL to open */
};

/* What a field should hold, known without doubt. */
struct diagnosis_repair {
    enum setting_id field;
    char *value; /* bare, as it is to be entered */
};

/* All text translated, filled in, safe for a terminal; owned. */
struct diagnosis {
    const char *code; /* "entra.secret_id_not_value": stable, in docs/DIAGNOSES.md */
    enum advice_class class;
    enum check_stage stage;
    enum setting_id field; /* SET_NONE when no field is to blame */
    bool is_refusal;       /* credentials or permissions: exit status 77 */
    char *said;            /* the server's own words; "" when it said nothing */
    char *title;
    char *means;
    struct diagnosis_cause causes[ADVICE_CAUSE_MAX];
    size_t cause_count;
    struct diagnosis_fix fixes[ADVICE_FIX_MAX];
    size_t fix_count;
    struct diagnosis_repair repairs[ADVICE_REPAIR_MAX]; /* to be made together */
    size_t repair_count;                                /* 0: no repair is known */
};

/* NULL when the test passed. */
struct diagnosis *advice_diagnose(const struct check_facts *facts);
void diagnosis_free(struct diagnosis **diagnosis);

/* Can the same values pass later, once a server, a permission or the network is mended?
 * Then it is worth testing again every minute. */
bool diagnosis_may_pass_later(const struct diagnosis *diagnosis);

/* Every code there is, in order, for docs/DIAGNOSES.md and its test; returns how many. */
size_t advice_codes(const char *const **codes);

#endif
