/*
 * Nothing that a server repeats of what it was sent is in what the program prints or
 * leaves: of a test, its report, a token, an ingest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/scrub.h"
#include "property/look.h"
#include "property/scenes.h"
#include "support/echo/echo.h"

/* ---- Runs -------------------------------------------------------------------------- */

static void look_at_test(const char *what, struct home *home, bool passes)
{
    static const char *const json[] = {"test",       "box",       "--json", "--report",
                                       "report.txt", "--verbose", NULL};
    static const char *const lines[] = {"test", "box", NULL};
    struct home_run run;
    json_t *document;

    home_run(home, &run, json);
    look_at_run(what, &run);
    document = look_at_json(what, &run);
    if (json_is_true(json_object_get(document, "ok")) != passes)
        print_message("%s: %s", what, run.out);
    assert_int_equal(json_is_true(json_object_get(document, "ok")), passes);
    /* So that it is not clean for being silent. */
    if (!strstr(run.out, SCRUB_REMOVED))
        print_message("%s: %s", what, run.out);
    assert_non_null(strstr(run.out, SCRUB_REMOVED));
    json_decref(document);
    home_forget(&run);
    home_run(home, &run, lines);
    look_at_run(what, &run);
    home_forget(&run);
}

static void look_at_others(const char *what, struct home *home)
{
    static const char *const ingest[] = {"ingest", "box", "--once", "--verbose", NULL};
    static const char *const token[] = {"token", "box", NULL};
    struct home_run run;

    home_run(home, &run, ingest);
    look_at_run(what, &run);
    home_forget(&run);
    if (!home->token)
        return;
    home_run(home, &run, token);
    /* What it is for. */
    if (run.status == 0)
        assert_string_equal(run.out, ECHO_TOKEN "\n");
    else
        look_at_run(what, &run);
    home_forget(&run);
}

static void play(size_t which, size_t round)
{
    char *what = mem_format("%s, round %zu", scene_name(which), round);
    struct scene scene;
    struct home home;

    scene_make(&scene, which, round);
    home_open(&home, scene.token_count > 0 ? scene.token : NULL, scene.imap);
    home_save(&home);
    look_at_test(what, &home, scene_passes(which));
    look_at_others(what, &home);
    look_at_files(what, &home);
    home_close(&home);
    scene_free(&scene);
    free(what);
}

static void test_nothing_that_a_server_repeats_is_shown(void **state)
{
    (void)state;
    for (size_t which = 0; which < scene_count(); which++) {
        for (size_t round = 0; round < scene_rounds(); round++)
            play(which, round);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_that_a_server_repeats_is_shown),
    };

    home_without_authorities();
    return cmocka_run_group_tests_name("property/canaries", tests, NULL, NULL);
}
