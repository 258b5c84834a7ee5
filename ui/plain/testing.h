/*
 * The live test in plain lines: stages as they end, then what it means.
 */
#ifndef LETTERBOX_UI_PLAIN_TESTING_H
#define LETTERBOX_UI_PLAIN_TESTING_H

#include "net/cancel.h"
#include "ui/setup.h"

/* Carries out EFFECT_START_TEST to its end; with `show`, a line per stage on standard
 * error.  false when the cancel fired: the test is cancelled then. */
bool testing_run(struct setup *setup, const struct cancel *cancel, bool show);

/* Is waiting for somebody else worth it?  The last test failed, and the same values can
 * pass later. */
bool testing_may_pass_later(const struct setup *setup);

/* Tests the same values anew, `pause_ms` after each test, until they pass or fail in a
 * way that no waiting mends; a line each on standard error.  false when the cancel fired;
 * the result of before stands then. */
bool testing_repeat(struct setup *setup, const struct cancel *cancel, int pause_ms);

/* On standard error: what the last test found, for a person. */
void testing_print_result(const struct setup *setup);

#endif
