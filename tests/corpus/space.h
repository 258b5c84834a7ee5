/*
 * A network and a mount namespace of this process's own, in which the names of the corpus
 * lead to loopback and every port is free.
 */
#ifndef LETTERBOX_TESTS_CORPUS_SPACE_H
#define LETTERBOX_TESTS_CORPUS_SPACE_H

#include <stdbool.h>

#include "support/scratch/scratch.h"

/* Before the process has a second thread.  false, with a sentence on standard error, when
 * the machine does not allow it. */
bool space_enter(const struct scratch *scratch);

/* From now on these lines are /etc/hosts, and a name that is not there is unknown; or,
 * without DNS, cannot be looked up. */
void space_name(const struct scratch *scratch, const char *hosts, bool without_dns);

#endif
