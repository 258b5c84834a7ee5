/*
 * The application that gets the messages (ingest.consumer): its choices, and what is
 * checked and said of it and of the values that it fills in.  What follows from choosing
 * one is in wizard/follow.h.
 */
#ifndef LETTERBOX_WIZARD_CONSUMING_H
#define LETTERBOX_WIZARD_CONSUMING_H

#include "wizard/field.h"

/* A choice for each, for wizard_context; the caller's (free()), its texts borrowed. */
struct choice *consuming_choices(const struct consumers *consumers);

/* NULL when none is known by that id, or none is chosen. */
const struct consumer *consuming_find(const struct wizard_context *context,
                                      const char *id);
const struct consumer *consuming_chosen(const struct wizard_context *context,
                                        const struct settings *settings);

/* For a mailbox from before there was a choice: the way that it goes by is the one that
 * was chosen. */
void consuming_infer(const struct consumers *consumers, struct settings *settings);

/* false with a sentence that names the nearest. */
bool consuming_is_known(const struct wizard_context *context, const char *id,
                        struct err *err);

/* Is everything in `id` that a person must put there?  false with a sentence of what is
 * still to be replaced. */
bool consuming_is_filled(const struct wizard_context *context,
                         const struct settings *settings, enum setting_id id,
                         struct err *err);

/* For F1: what the chosen one is, needs and answers; the caller's, NULL for none. */
char *consuming_explain(const struct wizard_context *context,
                        const struct settings *settings);

#endif
