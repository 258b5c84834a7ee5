/*
 * The facts that a test would learn of a case, made without a network.
 *
 * What a server said goes through the same parsers; what the network did is set as the
 * connection would have found it.  A certificate has no dates of its own here.
 */
#ifndef LETTERBOX_TESTS_CORPUS_FACTS_H
#define LETTERBOX_TESTS_CORPUS_FACTS_H

#include "check/facts.h"
#include "corpus/corpus.h"

/* NULL when the answers of the case are refused before anything is asked.  The caller's
 * (check_facts_free). */
struct check_facts *facts_of_case(const struct corpus_case *the_case);

#endif
