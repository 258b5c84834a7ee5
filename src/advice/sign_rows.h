/*
 * The tables of signs, by number; private to signs.c and the tables.
 *
 * Each holds the rows of its own signs and leaves the others empty.
 */
#ifndef LETTERBOX_ADVICE_SIGN_ROWS_H
#define LETTERBOX_ADVICE_SIGN_ROWS_H

#include <stdbool.h>

#include "advice/signs.h"

struct sign_row {
    bool (*holds)(const struct check_facts *facts); /* NULL: in another table */
    const char *sentence;                           /* N_(), with {placeholders} */
};

extern const struct sign_row signs_oauth[SIGN_COUNT];
extern const struct sign_row signs_network[SIGN_COUNT];
extern const struct sign_row signs_server[SIGN_COUNT];
extern const struct sign_row signs_words[SIGN_COUNT];

#endif
