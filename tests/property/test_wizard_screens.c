/*
 * The same servers before the wizard in a terminal: the Test page, its details, commands
 * and report, every byte of them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/scrub.h"
#include "property/look.h"
#include "property/scenes.h"
#include "support/echo/echo.h"
#include "support/terminal/pty.h"

#define TEXT_MAX (16 * 1024 * 1024)
#define PAGES    4

/* Rounds that have spellings which no other part of the program changes. */
static const size_t rounds[] = {0, 2, 3, 7, 9, 11};

/* The bytes without their control sequences: what was written, one after the other. */
static char *without_sequences(const char *bytes, size_t length)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (size_t at = 0; at < length; at++) {
        if (bytes[at] != '\033') {
            buf_add_char(&out, bytes[at]);
        } else if (at + 1 < length && bytes[at + 1] == '[') {
            for (at += 2; at < length && (bytes[at] < '@' || bytes[at] > '~');)
                at++;
        } else {
            at++;
        }
    }
    return buf_take(&out);
}

static void look_at_screen(const char *what, struct pty *pty)
{
    char *screen = pty_screen(pty);

    look_for_secrets(what, screen, strlen(screen));
    look_for_controls(what, screen, strlen(screen));
    free(screen);
}

static void look_at_bytes(const char *what, struct pty *pty)
{
    size_t length;
    const char *bytes = pty_bytes(pty, &length);
    char *text = without_sequences(bytes, length);

    look_for_secrets(what, bytes, length);
    look_for_secrets(what, text, strlen(text));
    free(text);
}

static void walk_details(const char *what, struct pty *pty)
{
    pty_type(pty, "d");
    for (int page = 0; page < PAGES; page++) {
        pty_settle(pty);
        look_at_screen(what, pty);
        pty_key(pty, PTY_PAGE_DOWN);
    }
    pty_settle(pty);
    pty_key(pty, PTY_ESCAPE);
    pty_see(pty, "d details");
}

static void write_report(const char *what, struct pty *pty)
{
    pty_type(pty, "w");
    pty_see(pty, "▸ With addresses masked");
    pty_key(pty, PTY_ENTER);
    pty_see(pty, "letterbox-box-report.txt, without");
    look_at_screen(what, pty);
}

static void play(size_t which, size_t round)
{
    static char program[] = LETTERBOX_PROGRAM, word[] = "setup", name[] = "box";
    char *argv[] = {program, word, name, NULL};
    char *what = mem_format("%s, round %zu, on screen", scene_name(which), round);
    struct scene scene;
    struct home home;
    struct pty *pty;

    scene_make(&scene, which, round);
    home_open(&home, scene.token_count > 0 ? scene.token : NULL, scene.imap);
    home_save(&home);
    assert_int_equal(chdir(home.scratch.path), 0);
    pty = pty_start(24, 80, home_environment(&home), argv);
    pty_see(pty, "F5");
    pty_key(pty, PTY_F5);
    pty_see(pty, "w report");
    look_at_screen(what, pty);
    walk_details(what, pty);
    write_report(what, pty);
    pty_type(pty, "c");
    pty_settle(pty);
    look_at_screen(what, pty);
    look_at_bytes(what, pty);
    /* So that it is not clean for being silent. */
    assert_true(pty_wrote(pty, "removed"));
    pty_free(&pty);
    look_at_files(what, &home);
    assert_int_equal(chdir("/"), 0);
    home_close(&home);
    scene_free(&scene);
    free(what);
}

static void test_nothing_that_a_server_repeats_is_drawn(void **state)
{
    (void)state;
    for (size_t which = 0; which < scene_count(); which++) {
        for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++)
            play(which, rounds[i] % scene_rounds());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_that_a_server_repeats_is_drawn),
    };

    return cmocka_run_group_tests_name("property/screens", tests, NULL, NULL);
}
