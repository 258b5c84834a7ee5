#include "terminal/fixture.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

int fixture_begin(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);

    snprintf(fixture->directory, sizeof fixture->directory, "/tmp/letterbox-test.XXXXXX");
    assert_non_null(mkdtemp(fixture->directory));
    snprintf(fixture->config_word, sizeof fixture->config_word,
             "LETTERBOX_CONFIG_DIR=%s/config", fixture->directory);
    snprintf(fixture->state_word, sizeof fixture->state_word,
             "LETTERBOX_STATE_DIR=%s/state", fixture->directory);
    *state = fixture;
    return 0;
}

static int remove_one(const char *path, const struct stat *info, int type,
                      struct FTW *place)
{
    (void)info;
    (void)type;
    (void)place;
    return remove(path);
}

int fixture_end(void **state)
{
    struct fixture *fixture = *state;

    pty_free(&fixture->pty);
    nftw(fixture->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(fixture);
    return 0;
}

static struct pty *start(struct fixture *fixture, int rows, int columns,
                         const char *first, const char *second, char *const *argv)
{
    const char *env[] = {fixture->config_word,
                         fixture->state_word,
                         "LETTERBOX=" LETTERBOX_PROGRAM,
                         NULL,
                         NULL,
                         NULL};
    size_t count = 3;

    if (first)
        env[count++] = first;
    if (second)
        env[count++] = second;
    pty_free(&fixture->pty);
    fixture->pty = pty_start(rows, columns, env, argv);
    return fixture->pty;
}

struct pty *fixture_start(struct fixture *fixture, int rows, int columns,
                          const char *first, const char *second)
{
    static char program[] = LETTERBOX_PROGRAM, word[] = "setup";
    char *argv[] = {program, word, NULL};

    return start(fixture, rows, columns, first, second, argv);
}

struct pty *fixture_start_shell(struct fixture *fixture, const char *script)
{
    static char program[] = "/bin/sh", option[] = "-c";
    char *argv[] = {program, option, (char *)(uintptr_t)script, NULL};

    return start(fixture, 24, 80, NULL, NULL, argv);
}

void fixture_assert_whole(struct pty *pty)
{
    assert_true(pty_termios_is_restored(pty));
    assert_false(pty_is_alternate(pty));
    assert_true(pty_cursor_is_visible(pty));
    assert_false(pty_pastes_in_brackets(pty));
    assert_false(pty_wrote(pty, "Canary"));
}

bool fixture_has_file(const struct fixture *fixture, const char *path)
{
    char whole[256];

    snprintf(whole, sizeof whole, "%s/config/%s", fixture->directory, path);
    return access(whole, F_OK) == 0;
}
