/*
 * Some tests try a sample each time, and everything in their long form, which takes
 * minutes to hours: LETTERBOX_TEST_LONG=1 in the environment (./dev soak).
 */
#ifndef LETTERBOX_TESTS_LONGFORM_H
#define LETTERBOX_TESTS_LONGFORM_H

#include <stdbool.h>

bool longform_is_wanted(void);

#endif
