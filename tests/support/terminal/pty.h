/*
 * A program in a terminal: started on a pseudo-terminal, typed at, and read back through
 * libvterm as a person would see it.
 *
 *     static const char *const env[] = {"LETTERBOX_CONFIG_DIR=/tmp/x", NULL};
 *     char *argv[] = {"build/dev/letterbox", "setup", NULL};
 *     struct pty *pty = pty_start(24, 80, env, argv);
 *
 *     pty_see(pty, "Authentication");
 *     pty_key(pty, PTY_PAGE_DOWN);
 *     pty_type(pty, "support@example.com");
 *     pty_press_control(pty, 'q');
 *     assert_int_equal(pty_exit_status(pty), 0);
 *     pty_free(&pty);
 *
 * Keys are sent as the terminal's present modes want them (DECCKM, bracketed paste), so a
 * program that does not switch them on gets what a real one would get.  Everything that
 * waits has a deadline of 10 seconds (60 under a sanitizer) and fails the cmocka test
 * with a picture of the screen; nothing sleeps.
 */
#ifndef LETTERBOX_TESTS_TERMINAL_PTY_H
#define LETTERBOX_TESTS_TERMINAL_PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct pty;

enum pty_key {
    PTY_ENTER,
    PTY_TAB,
    PTY_SHIFT_TAB,
    PTY_BACKSPACE,
    PTY_ESCAPE,
    PTY_UP,
    PTY_DOWN,
    PTY_LEFT,
    PTY_RIGHT,
    PTY_DELETE,
    PTY_HOME,
    PTY_END,
    PTY_PAGE_UP,
    PTY_PAGE_DOWN,
    PTY_F1,
    PTY_F3,
    PTY_F4,
    PTY_F5,
    PTY_F10,
};

/* The environment is TERM=xterm-256color, LC_ALL=C.UTF-8, HOME=/nonexistent, PATH, the
 * sanitizers' options, and `env` ("NAME=value" words; a later one wins; may be NULL). */
struct pty *pty_start(int rows, int columns, const char *const *env, char *const *argv);

/* Ends the program (SIGKILL) when it still runs.  Sets *pty to NULL. */
void pty_free(struct pty **pty);

void pty_type(struct pty *pty, const char *text); /* UTF-8, as if typed */
void pty_key(struct pty *pty, enum pty_key key);
void pty_press_control(struct pty *pty, char letter);
/* As a terminal pastes: between brackets when the program asked for them. */
void pty_paste(struct pty *pty, const char *text);
void pty_send(struct pty *pty, const char *bytes, size_t length); /* as they are */
void pty_resize(struct pty *pty, int rows, int columns);
void pty_signal(struct pty *pty, int signal_number);

/* The window is closed: the master side goes away, the kernel sends SIGHUP. */
void pty_hang_up(struct pty *pty);

/* Wait until `text` stands on one row of the screen / on none. */
void pty_see(struct pty *pty, const char *text);
void pty_see_gone(struct pty *pty, const char *text);
/* The first with a deadline of its own, for what takes its time by design. */
void pty_see_within(struct pty *pty, const char *text, int seconds);
/* Wait until it stands on the row that has `beside` on it. */
void pty_see_beside(struct pty *pty, const char *beside, const char *text);
/* Waits until the program reads again and has nothing more to say: what is on the screen
 * is its answer to all that was sent.  For counting bytes and for asserting absence. */
void pty_settle(struct pty *pty);

/* Without waiting. */
bool pty_has(struct pty *pty, const char *text);
/* The row as text, trailing blanks removed; valid until the next call. */
const char *pty_row(struct pty *pty, int row);
/* The row on which `text` stands first, or -1. */
int pty_find(struct pty *pty, const char *text);
/* The whole screen, a line per row; the caller's (free()). */
char *pty_screen(struct pty *pty);
void pty_cursor(struct pty *pty, int *row, int *column);
/* Is the first cell of the first `text` on the screen in a colour of its own, bold, …? */
struct pty_look {
    bool bold, underline, reverse, coloured;
};
struct pty_look pty_look_of(struct pty *pty, const char *text);

/* Every byte that the program wrote so far. */
const char *pty_bytes(struct pty *pty, size_t *length);
bool pty_wrote(struct pty *pty, const char *bytes);
/* The modes as the bytes left them. */
bool pty_is_alternate(struct pty *pty);
bool pty_cursor_is_visible(struct pty *pty);
bool pty_pastes_in_brackets(struct pty *pty);
/* The line discipline as it is now, and as it was before the program began. */
void pty_termios(struct pty *pty, struct termios *now, struct termios *before);
bool pty_termios_is_restored(struct pty *pty);

/* Waits for the end: the exit status, or 128 + the signal that ended it. */
int pty_exit_status(struct pty *pty);
pid_t pty_pid(const struct pty *pty);

#endif
