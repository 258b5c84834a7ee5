/*
 * A canvas as text, and its comparison with a file.
 */
#ifndef LETTERBOX_TESTS_GOLDEN_PICTURE_TEXT_H
#define LETTERBOX_TESTS_GOLDEN_PICTURE_TEXT_H

#include <stdbool.h>

#include "ui/screen/canvas.h"

/* Its rows without blanks at their ends, then where the cursor stands, then (with looks)
 * the role of each cell as a letter (theme.h); the caller's (free()). */
char *picture_text(const struct canvas *canvas, bool with_looks);

/* Fails the test with both when they differ.  UPDATE_GOLDEN=1 in the environment writes
 * the file instead. */
void picture_compare(const char *name, const char *text);

#endif
