/*
 * A strict reader of the Prometheus text format, version 0.0.4.
 */
#ifndef LETTERBOX_TESTS_EXPOSITION_H
#define LETTERBOX_TESTS_EXPOSITION_H

#include <stdbool.h>

/* Fails the test unless every line is right: HELP and TYPE once and before the samples of
 * their family, families in one piece, names and labels of their alphabets, values
 * escaped, no sample twice, counters named _total, a newline at the end. */
void exposition_check(const char *text);

/* The value of the sample that is written exactly so (`name{a="b"}`); fails the test when
 * it is not there. */
double exposition_value(const char *text, const char *sample);
bool exposition_has(const char *text, const char *sample);

#endif
