/*
 * The wizard in a terminal, with directories of its own that go away again.
 */
#ifndef LETTERBOX_TESTS_TERMINAL_FIXTURE_H
#define LETTERBOX_TESTS_TERMINAL_FIXTURE_H

#include "support/terminal/pty.h"

struct fixture {
    char directory[64];
    char config_word[128]; /* LETTERBOX_CONFIG_DIR=… */
    char state_word[128];
    struct pty *pty;
};

/* cmocka set-up and tear-down: *state is a struct fixture, without a program yet. */
int fixture_begin(void **state);
int fixture_end(void **state);

/* `letterbox setup`, with two further words of environment, each may be NULL. */
struct pty *fixture_start(struct fixture *fixture, int rows, int columns,
                          const char *first, const char *second);
/* The same through a shell's script, in which $LETTERBOX is the program. */
struct pty *fixture_start_shell(struct fixture *fixture, const char *script);

/* The terminal is as it was before the program began, and no secret ever stood on it:
 * none of those that tests type lacks the word "Canary". */
void fixture_assert_whole(struct pty *pty);

/* Is there such a file below the configuration directory? */
bool fixture_has_file(const struct fixture *fixture, const char *path);

#endif
