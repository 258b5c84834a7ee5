#include "support/longform/longform.h"

#include <stdlib.h>
#include <string.h>

bool longform_is_wanted(void)
{
    const char *wanted = getenv("LETTERBOX_TEST_LONG");

    return wanted && *wanted && strcmp(wanted, "0") != 0;
}
