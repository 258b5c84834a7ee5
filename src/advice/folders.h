/*
 * Which of the server's folders is meant by the one that was entered.
 *
 * Pure; the results are the facts' own strings.
 */
#ifndef LETTERBOX_ADVICE_FOLDERS_H
#define LETTERBOX_ADVICE_FOLDERS_H

#include <stdbool.h>

#include "check/facts.h"

/* Is the very folder among those that the server lists? */
bool folders_list_it(const struct check_facts *facts);

/* The one with nearly that name, the nearest first; NULL when there is none, or when the
 * very folder is there.  Near is a name that differs in what one cannot see (case, how
 * accents are made up, the wire's own writing, separators, a prefix INBOX), by one or two
 * slips of a finger where the name is long enough for that, or that stands below another
 * folder. */
const char *folders_near(const struct check_facts *facts);

#endif
