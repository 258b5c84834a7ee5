/*
 * What the screens know beside the wizard: the line being edited, what is open on top,
 * how far something is scrolled.  Drawing only looks at it; ui/screen/act.c changes it.
 */
#ifndef LETTERBOX_UI_SCREEN_VIEW_H
#define LETTERBOX_UI_SCREEN_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/screen/editor.h"
#include "ui/screen/repeat.h"
#include "ui/setup.h"

#define SCREEN_LEAST_ROWS    12
#define SCREEN_LEAST_COLUMNS 40

#define SCROLL_FOLLOWS       (-1) /* the drawing decides what should be in sight */

enum overlay { OVERLAY_NONE, OVERLAY_HELP, OVERLAY_DETAILS, OVERLAY_SAVED };

/* The rows above what is in sight, and the most there could be. */
struct scrolled {
    int at, most;
};

struct view {
    struct setup *setup; /* borrowed */
    bool ascii;

    enum page_id page;
    const struct field *field; /* that has the focus; NULL: the page's button */
    struct editor editor;      /* its text, when it is typed */
    size_t option;             /* the choice that Space takes, in an upright list */
    bool revealed;             /* the secret is shown in clear */
    bool typing;               /* it was typed into since it got the focus */
    bool notice_stood;         /* and had a notice when that began */
    const char *said;          /* about the last paste, translated; or NULL */
    char *repaired;            /* what F3 changed before the last test; or NULL */

    enum question_id asked; /* the open question, and the answer that Enter takes */
    size_t answer;
    enum overlay overlay;
    int scroll;               /* rows, of the overlay or the page; or SCROLL_FOLLOWS */
    struct scrolled scrolled; /* how the last drawing came out */
    int group; /* on Review: the page whose values have the focus; -1: a field has it
                */

    char title[64];    /* the mailbox's name: the saved one, else as it was when the
                          page was entered */
    struct moment now; /* the loop's, set before anything is acted on */
    struct repeat repeat;
    int64_t test_began_us;
    int64_t test_elapsed_us; /* while it runs; set before drawing */
    bool bell, ended;        /* wanted of the loop */
    bool commands;           /* the commands page is */
};

void view_init(struct view *view, struct setup *setup, bool ascii);
void view_free(struct view *view);

/* Brings the view in line with the wizard, after every event. */
void view_follow(struct view *view);

/* Is the field's text typed, rather than chosen? */
bool view_is_typed(const struct field *field);

/* Does it list its choices one below the other?  Then Up and Down move in it. */
bool view_is_upright(const struct view *view, const struct field *field);

/* The place of the field's value among its choices; their count when it is none. */
size_t view_chosen(const struct view *view, const struct field *field);

/* The notice to show under a field: not while somebody still types, unless it stood there
 * before. */
struct notice view_notice(const struct view *view, const struct field *field);

/* The field that the last diagnosis is about, when a page of this choice asks for it. */
const struct field *view_blamed(const struct view *view);

/* Does the last diagnosis know the right values (F3), while they stand as they were
 * tested? */
bool view_has_repair(const struct view *view);

/* Has the last diagnosis commands to copy? */
bool view_has_commands(const struct view *view);

/* Is it worth testing the same values again every minute?  On the Test page, after a
 * failure that can pass without a change here. */
bool view_may_repeat(const struct view *view);

/* What the last test found wrong with this field, while its values stand as they were
 * tested; or NULL. */
const char *view_blame(const struct view *view, const struct field *field);

#endif
