/*
 * The kinds of pages, each drawn into the frame's place; and what opens on top of them.
 */
#ifndef LETTERBOX_UI_SCREEN_PAGES_H
#define LETTERBOX_UI_SCREEN_PAGES_H

#include "ui/screen/pane.h"
#include "ui/screen/view.h"

struct scrolled form_page_draw(const struct view *view, const struct frame *frame,
                               struct canvas *canvas);
struct scrolled test_page_draw(const struct view *view, const struct frame *frame,
                               struct canvas *canvas);
struct scrolled review_page_draw(const struct view *view, const struct frame *frame,
                                 struct canvas *canvas);

struct scrolled help_draw(const struct view *view, const struct frame *frame,
                          struct canvas *canvas);
struct scrolled saved_draw(const struct view *view, const struct frame *frame,
                           struct canvas *canvas);
struct scrolled details_draw(const struct view *view, const struct frame *frame,
                             struct canvas *canvas);

/* From the keys upwards, over whatever stands there. */
void question_draw(const struct question *question, size_t answer,
                   const struct frame *frame, struct canvas *canvas);

#endif
