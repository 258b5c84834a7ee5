/*
 * From the wizard's effects to deeds, and what the Test page does beyond the wizard: the
 * repair that a diagnosis knows.
 */
#ifndef LETTERBOX_UI_SCREEN_DEEDS_H
#define LETTERBOX_UI_SCREEN_DEEDS_H

#include "ui/screen/view.h"

/* Tells the wizard, carries out its effects, and brings the view in line. */
void deeds_tell(struct view *view, struct wizard_event event);
void deeds_tell_kind(struct view *view, enum wizard_event_kind kind);

/* Puts what the last diagnosis knows to be right into its fields, and tests again. */
void deeds_repair(struct view *view);

/* Takes what waits of the test; true when something changed. */
bool deeds_on_test(struct view *view);

#endif
