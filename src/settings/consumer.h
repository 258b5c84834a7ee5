/*
 * What is known about the applications that get messages: presets/consumers/ID.json,
 * described by presets/consumers.schema.json.
 *
 * A preset is data: which ingest settings suit the application, what a person must put
 * into them ("<project>"), and what the application needs.  A new application needs a
 * file and no code.  Its texts are English; whoever shows them calls gettext.
 */
#ifndef LETTERBOX_SETTINGS_CONSUMER_H
#define LETTERBOX_SETTINGS_CONSUMER_H

#include <stdbool.h>
#include <stddef.h>

#include "settings/setting.h"

struct err;

/* "<project>" stands in a value until a person has put something there. */
struct consumer_blank {
    char *name;  /* "project" */
    char *means; /* "the project's identifier, as its address has it": no sentence */
    char *example;
};

struct consumer {
    char *id;    /* as saved in ingest.consumer */
    char *label; /* "Request Tracker" */
    char *hint;  /* how it gets the messages, in a few words */
    bool is_way; /* no application: what suits any program that takes messages so */

    struct settings settings; /* what it fills in, where given[] says so */
    bool given[SET_COUNT];
    struct consumer_blank *blanks;
    size_t blank_count;
    char *mark;   /* what is in every target that can be right; NULL: anything may be */
    char **needs; /* base/argv.h: sentences, what must be so that it works */
    char **more;  /* base/argv.h: paragraphs for F1 */
};

struct consumers {
    struct consumer *list; /* applications first, then ways; each by label */
    size_t count;
};

/* Loaded once at start; never NULL.  The built-in ones are always there; a file of the
 * data directory (NULL: LETTERBOX_DATA_DIR, else the installed one) takes the place of
 * the one with its id, or is one more.  One that is broken is in err and left out. */
struct consumers *consumers_load(const char *data_dir, struct err *err);
void consumers_free(struct consumers **consumers);

/* NULL when there is none; *nearest (may be NULL) is then the one whose id is most like
 * it, or NULL. */
const struct consumer *consumer_find(const struct consumers *consumers, const char *id,
                                     const struct consumer **nearest);

/* The first blank that still stands in `text`; NULL when all are filled. */
const struct consumer_blank *consumer_blank_in(const struct consumer *consumer,
                                               const char *text);

#endif
