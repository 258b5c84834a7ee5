/*
 * What things look like: roles instead of colours, names instead of signs.
 *
 * A role is what a piece of text is for; canvas_curses.c turns it into attributes.  One
 * accent colour on the terminal's own background; green, yellow and red only beside a
 * sign or word that says the same.
 */
#ifndef LETTERBOX_UI_SCREEN_THEME_H
#define LETTERBOX_UI_SCREEN_THEME_H

enum role {
    ROLE_TEXT,
    ROLE_DIM,    /* what need not be read */
    ROLE_STRONG, /* headings, names of keys */
    ROLE_ACCENT, /* where one is: the current page, the focused field */
    ROLE_GOOD,
    ROLE_WARN,
    ROLE_BAD,
    ROLE_CHOSEN, /* the button or answer that Enter takes */
    ROLE_COUNT,
};

/* Each is one column wide unless it says otherwise. */
struct signs {
    const char *rule;
    const char *done;
    const char *here;
    const char *failed;
    const char *warning;
    const char *info;
    const char *waiting;
    const char *focus;    /* left of the focused label */
    const char *chosen;   /* three columns */
    const char *unchosen; /* three columns */
    const char *bar;
    const char *dots; /* a secret, whatever its length: twelve columns */
    const char *separator;
    const char *cut; /* where text goes on that does not fit */
    const char *above;
    const char *below;
};

extern const struct signs signs_utf8;
extern const struct signs signs_ascii;

/* One letter per role, for pictures of a canvas in tests: ROLE_TEXT is '.'. */
char role_letter(enum role role);

#endif
