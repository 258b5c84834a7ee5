/*
 * Keys, typed text and pastes, out of what the terminal sends.
 */
#ifndef LETTERBOX_UI_SCREEN_INPUT_H
#define LETTERBOX_UI_SCREEN_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <wchar.h>

#include "base/buf.h"

enum input_kind {
    INPUT_KEY,
    INPUT_TEXT,  /* typed, one or more characters, no control characters */
    INPUT_PASTE, /* all of one paste, as it came */
};

enum key {
    K_NONE,
    K_NEXT,     /* Tab */
    K_PREVIOUS, /* Shift-Tab */
    K_UP,
    K_DOWN,
    K_LEFT,
    K_RIGHT,
    K_HOME,   /* Home, Ctrl-A */
    K_END,    /* End, Ctrl-E */
    K_ACCEPT, /* Enter */
    K_ESCAPE,
    K_ERASE,        /* Backspace */
    K_ERASE_NEXT,   /* Delete, Ctrl-D */
    K_ERASE_WORD,   /* Ctrl-W */
    K_ERASE_BEFORE, /* Ctrl-U */
    K_PAGE_NEXT,    /* PgDn, Ctrl-N */
    K_PAGE_BACK,    /* PgUp, Ctrl-P */
    K_HELP,         /* F1, Ctrl-G */
    K_FIX,          /* F3, Ctrl-F */
    K_MORE,         /* F4, Ctrl-O */
    K_TEST,         /* F5, Ctrl-T */
    K_LEAVE,        /* F10, Ctrl-Q, Ctrl-C */
    K_REVEAL,       /* Ctrl-R */
    K_SUSPEND,      /* Ctrl-Z */
    K_REPAINT,      /* Ctrl-L */
    K_UNKNOWN,      /* a key that letterbox has no use for */
};

struct input {
    enum input_kind kind;
    enum key key;
    const char *text; /* terminated UTF-8, valid until the next input_next() */
    size_t length;
    bool too_long; /* a paste that was cut off at its limit: nothing of it is to be used
                    */
};

struct input_reader {
    struct buf text; /* wipes */
    struct buf paste;
    bool pasting;
    enum key held; /* came behind the text that was given out first */
    mbstate_t decoding;
};

/* After the terminal was started. */
void input_start(struct input_reader *reader);
void input_stop(struct input_reader *reader);

/* The next event; false when nothing more waits.  Never blocks, but for the short time
 * that tells Esc from an arrow key. */
bool input_next(struct input_reader *reader, struct input *input);

/* A paste whose end never came is given out as it is; false when none is under way. */
bool input_end_paste(struct input_reader *reader, struct input *input);

#endif
