#include "property/look.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/text.h"
#include "support/echo/echo.h"

void look_for_secrets(const char *what, const char *bytes, size_t length)
{
    static const char *const secrets[] = {ECHO_SECRET, ECHO_PASSWORD, ECHO_TOKEN};

    for (size_t i = 0; i < sizeof secrets / sizeof secrets[0]; i++) {
        const char *found = echo_find(bytes, length, secrets[i]);

        if (found)
            print_message("%s shows %s (%s):\n%.*s\n", what, secrets[i], found,
                          (int)length, bytes);
        assert_null(found);
    }
}

void look_for_controls(const char *what, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const char *end = memchr(bytes + at, '\n', length - at);
        size_t whole = end ? (size_t)(end - bytes) - at : length - at;
        char *line = mem_copy_bytes(bytes + at, whole);

        if (strlen(line) != whole || !text_is_clean(line))
            print_message("%s has a control character: %s\n", what, line);
        assert_int_equal(strlen(line), whole);
        assert_true(text_is_clean(line));
        free(line);
        at += whole + 1;
    }
}

static void look_at_bytes(const char *what, const char *bytes, size_t length)
{
    look_for_secrets(what, bytes, length);
    look_for_controls(what, bytes, length);
}

void look_at_run(const char *what, const struct home_run *run)
{
    if (!WIFEXITED(run->status))
        print_message("%s: ended by signal %d\n%s", what, WTERMSIG(run->status),
                      run->err);
    assert_true(WIFEXITED(run->status));
    look_at_bytes(what, run->out, run->out_length);
    look_at_bytes(what, run->err, run->err_length);
}

/* nftw has no closure. */
static struct {
    const char *what;
    struct home *home;
} looking;

/* What is there to hold a secret: a saved one, a token that the ingest will use again. */
static bool is_secrets_own(const char *name)
{
    return strncmp(name, "config/secrets/", 15) == 0 ||
           strcmp(name, "state/box/token") == 0;
}

/* What the test wrote, or looked at already. */
static bool is_of_test(const char *name)
{
    return strcmp(name, "answers") == 0 || strcmp(name, "measured") == 0 ||
           strcmp(name, "out") == 0 || strcmp(name, "err") == 0;
}

static int look_at_file(const char *path, const struct stat *info, int type,
                        struct FTW *place)
{
    const char *name = path + strlen(looking.home->scratch.path) + 1;
    size_t length;
    char *bytes;

    (void)place;
    if (type != FTW_F || is_of_test(name))
        return 0;
    if (is_secrets_own(name)) {
        assert_int_equal(info->st_mode & 077, 0);
        return 0;
    }
    bytes = scratch_read(&looking.home->scratch, name, &length);
    look_for_secrets(name, bytes, length);
    free(bytes);
    return 0;
}

void look_at_files(const char *what, struct home *home)
{
    looking.what = what;
    looking.home = home;
    assert_int_equal(nftw(home->scratch.path, look_at_file, 8, FTW_PHYS), 0);
}

static void look_at_strings(const char *what, json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    if (json_is_string(value))
        look_at_bytes(what, json_string_value(value), json_string_length(value));
    json_array_foreach(value, i, item) look_at_strings(what, item);
    json_object_foreach(value, key, item) look_at_strings(what, item);
}

json_t *look_at_json(const char *what, const struct home_run *run)
{
    json_error_t error;
    json_t *document = json_loadb(run->out, run->out_length, 0, &error);
    const json_t *diagnosis = json_object_get(document, "diagnosis");

    if (!document)
        print_message("%s: %s: %s\n%s", what, error.text, run->out, run->err);
    assert_non_null(document);
    look_at_strings(what, document);
    if (!json_is_true(json_object_get(document, "ok"))) {
        assert_non_null(json_string_value(json_object_get(diagnosis, "code")));
        assert_non_null(json_string_value(json_object_get(diagnosis, "title")));
        assert_string_not_equal(json_string_value(json_object_get(diagnosis, "title")),
                                "");
    }
    return document;
}

const char *look_code(const json_t *document)
{
    const json_t *diagnosis = json_object_get(document, "diagnosis");
    const char *code = json_string_value(json_object_get(diagnosis, "code"));

    return code ? code : "";
}
