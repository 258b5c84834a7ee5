/*
 * The commands of a diagnosis on the normal screen, where a mouse selects them whole: no
 * frame, no line break of ours in a long line, and a comment wherever it is no command.
 *
 * While it is open curses rests, and nobody else writes to the terminal.
 */
#ifndef LETTERBOX_UI_SCREEN_COMMANDS_PAGE_H
#define LETTERBOX_UI_SCREEN_COMMANDS_PAGE_H

#include <stdbool.h>

#include "ui/screen/terminal.h"
#include "ui/screen/view.h"

struct commands_page {
    bool open;
    bool ascii;
    char *text; /* owned; those of the diagnosis it was opened for */
};

enum commands_key {
    COMMANDS_DONE,    /* it was dealt with */
    COMMANDS_BACK,    /* somebody wants to go back */
    COMMANDS_SUSPEND, /* Ctrl-Z */
};

/* Starts zeroed.  false when there are no commands. */
bool commands_page_open(struct commands_page *page, struct terminal *terminal,
                        const struct view *view);
void commands_page_close(struct commands_page *page, struct terminal *terminal);

/* After the terminal was somebody else's for a while: the page once more. */
void commands_page_show(const struct commands_page *page, struct terminal *terminal);

/* Reads a key that waits. */
enum commands_key commands_page_read_key(const struct commands_page *page,
                                         struct terminal *terminal, struct setup *setup);

/* Says a sentence below it, with a bell. */
void commands_page_tell(const struct commands_page *page, struct terminal *terminal,
                        const char *sentence);

/* Frees, without touching the terminal. */
void commands_page_free(struct commands_page *page);

#endif
