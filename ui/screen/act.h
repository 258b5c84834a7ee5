/*
 * What a key does here: from input to the wizard's events (ui/screen/deeds.h).
 */
#ifndef LETTERBOX_UI_SCREEN_ACT_H
#define LETTERBOX_UI_SCREEN_ACT_H

#include "ui/screen/input.h"
#include "ui/screen/view.h"

/* Everything but K_SUSPEND and K_REPAINT, which are the loop's. */
void act_on_input(struct view *view, const struct input *input);

#endif
