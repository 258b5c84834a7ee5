/*
 * One prompt: what the line prompts of plain_run are made of.
 */
#ifndef LETTERBOX_UI_PLAIN_PROMPTS_H
#define LETTERBOX_UI_PLAIN_PROMPTS_H

#include "ui/plain/lines.h"
#include "ui/setup.h"

enum prompt_end {
    PROMPT_DONE, /* answered; the focus went on */
    PROMPT_BACK, /* "<" */
    PROMPT_END,  /* end of input, or a signal */
};

struct prompts {
    struct setup *setup;
    struct lines lines;
    enum page_id titled; /* the page whose title was printed last; PAGE_COUNT: none */
    struct buf line;     /* the last one; wiped, it may hold a secret */
    bool tried;          /* the present field has been answered at least once */
    char noticed[NOTICE_TEXT_MAX]; /* the notice said last: not said twice */
};

unsigned prompts_send(struct prompts *prompts, enum wizard_event_kind kind);

/* Asks for the focused field until its value is valid. */
enum prompt_end prompts_ask_field(struct prompts *prompts, const struct field *field);

/* "question [Y/n]"; *yes is `preset` on an empty line. */
enum prompt_end prompts_ask_yes(struct prompts *prompts, const char *question,
                                bool preset, bool *yes);

/* Numbered choices with a preset; a number, a value or a label is taken. */
enum prompt_end prompts_ask_choice(struct prompts *prompts, const struct choice *choices,
                                   size_t count, size_t preset, size_t *chosen);

#endif
