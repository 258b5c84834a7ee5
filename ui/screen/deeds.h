/*
 * From the wizard's effects to deeds, and what the Test page does beyond the wizard: the
 * repair that a diagnosis knows, and testing again every minute.  The time is view->now.
 */
#ifndef LETTERBOX_UI_SCREEN_DEEDS_H
#define LETTERBOX_UI_SCREEN_DEEDS_H

#include "ui/screen/view.h"

/* Tells the wizard, carries out its effects, and brings the view in line. */
void deeds_tell(struct view *view, struct wizard_event event);
void deeds_tell_kind(struct view *view, enum wizard_event_kind kind);

/* After a save: what comes next, and how the ingest is started. */
void deeds_show_next(struct view *view);

/* Starts the ingest, where that is offered. */
void deeds_start_ingest(struct view *view);

/* Takes what waits of looking and starting. */
void deeds_on_start(struct view *view);

/* Puts what the last diagnosis knows to be right into its fields, and tests again. */
void deeds_repair(struct view *view);

/* F5: the page's values; while they are tested every minute, the next time now. */
void deeds_test(struct view *view);

/* Begins to test every minute, or ends it; a test under way ends by itself. */
void deeds_repeat(struct view *view);

/* Ends it, and the test that is under way. */
void deeds_cancel_test(struct view *view);

/* Takes what waits of the test; true when something changed. */
bool deeds_on_test(struct view *view);

/* Milliseconds until deeds_on_time() has something to do; -1: never. */
int deeds_wait_ms(const struct view *view);

/* Tests again when that is due.  Not while a question is open: it may be about the result
 * that stands there. */
void deeds_on_time(struct view *view);

#endif
