/*
 * Servers that write back what they were sent, at every place where their words are kept:
 * the scripts of a token endpoint and a mail server, by what happens.
 *
 * In each round another spelling comes to each place; the rounds of a scene bring all of
 * them, each to some place of it.
 */
#ifndef LETTERBOX_TESTS_PROPERTY_SCENES_H
#define LETTERBOX_TESTS_PROPERTY_SCENES_H

#include <stdbool.h>
#include <stddef.h>

#include "support/server/server.h"

#define SCENE_STEPS_MAX 24
#define SCENE_TEXTS_MAX 96

struct scene {
    size_t round, places;
    struct server_step token[SCENE_STEPS_MAX], imap[SCENE_STEPS_MAX];
    size_t token_count, imap_count; /* token_count 0: Basic auth */
    char *texts[SCENE_TEXTS_MAX];
    size_t text_count;
};

size_t scene_count(void);
size_t scene_rounds(void);
/* "the token is refused" */
const char *scene_name(size_t which);
bool scene_passes(size_t which);

void scene_make(struct scene *scene, size_t which, size_t round);
void scene_free(struct scene *scene);

#endif
