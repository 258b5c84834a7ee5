#include "ui/plain/starting.h"

void starting_tell(struct setup *setup, const struct cancel *cancel)
{
    struct start_lines lines = {.items = NULL};

    start_wait(&setup->start, cancel);
    start_tell(&setup->start, &lines);
    start_lines_print(&lines);
    start_lines_free(&lines);
}
