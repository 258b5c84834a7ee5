/*
 * What the fuzz targets share: the checks that hold for every input, and a way to cut one
 * input into parts.
 *
 * A target is one file that defines LLVMFuzzerTestOneInput.  Built with libFuzzer it is
 * given inputs without end; built with replay.c it is given its corpus once, as a test.
 * A check that does not hold says so on standard error and aborts.
 */
#ifndef LETTERBOX_FUZZ_FUZZ_H
#define LETTERBOX_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;

/* A secret that is planted where the program has one, to be found nowhere else, in none
 * of the ways that support/echo knows to write it. */
#define FUZZ_CANARY "Canary7+Hidden/Value9"
/* In an input of fuzz_planted: the next byte says in which way the canary stands here. */
#define FUZZ_PLANT 0x03

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_NEED(condition) fuzz_need((condition), #condition, __FILE__, __LINE__)
void fuzz_need(bool holds, const char *what, const char *file, int line);

/* Fit to be shown: what text_add_safe would leave as it is.  NULL is fit. */
void fuzz_need_clean(const char *text);
/* The same for each line of a text. */
void fuzz_need_clean_lines(const char *text);
void fuzz_need_no_canary(const char *text); /* may be NULL */
bool fuzz_has_canary(const char *bytes, size_t length);
/* Clean; set exactly when `failed`. */
void fuzz_need_err(const struct err *err, bool failed);

/* Cut from the front; an empty rest gives 0 and "". */
struct fuzz_input {
    const uint8_t *data;
    size_t size;
};

unsigned fuzz_byte(struct fuzz_input *input);
/* Up to the next newline, which is dropped, NULs too; the caller's (free()). */
char *fuzz_line(struct fuzz_input *input);
/* All that is left, without NULs; the caller's (free()). */
char *fuzz_rest(struct fuzz_input *input);
/* All that is left, with the canary where FUZZ_PLANT stands; the caller's (free()). */
char *fuzz_planted(struct fuzz_input *input, size_t *length);

#endif
