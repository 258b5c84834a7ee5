/*
 * What went wrong, for a person: what, where, and what to do.
 *
 * A function that can fail takes a `struct err *` last and returns bool (or a pointer).
 * The first error wins: err_set on an error that is already set changes nothing, so the
 * cause nearest to the trouble is the one that is shown.  err may be NULL everywhere.
 *
 *     if (!file)
 *         return err_set(err, ERR_DATA, _("%s is not readable: %s"), path, why);
 *
 * The class says what can be done about it and decides the exit status (ui/commands).
 */
#ifndef LETTERBOX_BASE_ERR_H
#define LETTERBOX_BASE_ERR_H

#include <stdbool.h>
#include <stddef.h>

enum err_class {
    ERR_NONE = 0,
    ERR_USAGE,     /* the command line is wrong                          exit 64 */
    ERR_DATA,      /* a file does not parse, or must not be trusted      exit 65 */
    ERR_SERVER,    /* a server refused, or cannot be reached for good    exit 69 */
    ERR_INTERNAL,  /* a fault of letterbox                               exit 70 */
    ERR_WRITE,     /* something could not be written                     exit 73 */
    ERR_RETRY,     /* later: network, throttling, 5xx                    exit 75 */
    ERR_REFUSED,   /* credentials or permissions                         exit 77 */
    ERR_SETTING,   /* a setting must change                              exit 78 */
    ERR_CANCELLED, /* a person or a signal stopped it                    exit 130 */
};

#define ERR_KEY_MAX  48
#define ERR_TEXT_MAX 768

struct err {
    enum err_class class;
    char key[ERR_KEY_MAX];   /* the setting it is about ("oauth.scope"), or "" */
    char text[ERR_TEXT_MAX]; /* whole sentences, safe for a terminal, no newline at the
                                end */
};

/* Starts without an error. */
#define ERR_INIT                                                                         \
    {                                                                                    \
        .class = ERR_NONE                                                                \
    }

/* Both return false, so that a failing function can end in `return err_set(…)`.
 * Control characters in the finished text are replaced (base/text.h). */
bool err_set(struct err *err, enum err_class class, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
bool err_set_key(struct err *err, enum err_class class, const char *key,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Hands on an error that is set (false again): for one that was looked at on the way. */
bool err_pass(struct err *err, const struct err *why);

bool err_is_set(const struct err *err);
void err_clear(struct err *err);

/* A growing list, for input whose errors are all reported at once. */
struct err_list {
    struct err *items;
    size_t count;
};

void err_list_add(struct err_list *list, const struct err *err);
void err_list_free(struct err_list *list);

#endif
