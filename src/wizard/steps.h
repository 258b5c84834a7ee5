/*
 * The pages and their fields, as tables; and which of them a choice leads through.
 */
#ifndef LETTERBOX_WIZARD_STEPS_H
#define LETTERBOX_WIZARD_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "wizard/field.h"

enum page_id {
    PAGE_AUTHENTICATION,
    PAGE_OAUTH_PROVIDER,
    PAGE_EXCHANGE,
    PAGE_OPENID,
    PAGE_CUSTOM,
    PAGE_BASIC,
    PAGE_SERVER,
    PAGE_PROCESSING,
    PAGE_TEST,
    PAGE_REVIEW,
    PAGE_COUNT,
};

struct page {
    const char *id;    /* "exchange" */
    const char *title; /* "Microsoft Exchange" */
    const char *intro; /* N_(): one sentence under the title */
    const struct field *fields;
    size_t field_count;
    bool (*visible)(const struct settings *settings); /* NULL: always */
};

extern const struct page wizard_pages[PAGE_COUNT];

/* The pages of this choice, in order; returns how many. */
size_t steps_on_the_way(const struct settings *settings, enum page_id way[PAGE_COUNT]);

/* The page and field that ask for a setting under this choice; false when none does. */
bool steps_find(const struct settings *settings, enum setting_id id, enum page_id *page,
                size_t *field);

#endif
