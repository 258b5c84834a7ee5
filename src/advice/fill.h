/*
 * Filling {placeholders} of a text from the facts of a test.
 *
 * In a sentence a value stands as it is (made safe, and cut when it is long).  In a
 * command it is quoted for the shell the command is for, and only when it has the shape
 * that the placeholder demands; else a quoted '<WORD>' stands there to be replaced by
 * hand.  So nothing that a server or a form said can end a quotation or add a command.
 */
#ifndef LETTERBOX_ADVICE_FILL_H
#define LETTERBOX_ADVICE_FILL_H

#include <stdbool.h>
#include <stddef.h>

#include "check/facts.h"

enum fill_shell {
    FILL_PLAIN, /* a sentence, or the bare value of a repair */
    FILL_POWERSHELL,
    FILL_SHELL, /* POSIX */
    FILL_LINK,  /* a URL: values of the right shape as they are, never quoted */
};

/* The text, the caller's (free()).  facts NULL: every placeholder as <WORD>, as the
 * documentation shows it.  A value that is empty becomes <WORD> too, and *complete (may
 * be NULL) false. */
char *fill_text(const char *text, const struct check_facts *facts, enum fill_shell shell,
                bool *complete);

/* Does `text` name only placeholders that there are?  For the test of the tables. */
bool fill_knows_all(const char *text);

#endif
