#include "ui/screen/screen.h"

enum screen_end screen_run(struct setup *setup, int *signal_number)
{
    (void)setup;
    (void)signal_number;
    return SCREEN_IMPOSSIBLE;
}
