/* What no other row explains: the last one has no condition. */
#include "advice/row.h"

static const struct advice_row rows[] = {
    {
        .code = "letterbox.unexplained",
        .class = ADVICE_INTERNAL,
        .field = SET_NONE,
        .title = N_("The test failed in a way letterbox cannot explain"),
        .means = N_("The stage {stage} failed, and what happened fits no diagnosis. The "
                    "evidence of the stages above is all there is to go by."),
        .fixes = {FIX(WHO_YOU, N_("Test again. If it stays, report it with the test's "
                                  "output, which holds no secret."))},
    },
};

ADVICE_TABLE(unexplained);
