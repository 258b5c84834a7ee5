#include "ui/exit_status.h"

int exit_status_of_err(const struct err *err)
{
    switch (err->class) {
    case ERR_NONE:
        return EXIT_DONE;
    case ERR_USAGE:
        return EXIT_USAGE;
    case ERR_DATA:
        return EXIT_DATA;
    case ERR_SERVER:
        return EXIT_SERVER;
    case ERR_INTERNAL:
        return EXIT_INTERNAL;
    case ERR_WRITE:
        return EXIT_WRITE;
    case ERR_RETRY:
        return EXIT_RETRY;
    case ERR_REFUSED:
        return EXIT_REFUSED;
    case ERR_SETTING:
        return EXIT_SETTING;
    case ERR_CANCELLED:
        return EXIT_CANCELLED;
    }
    return EXIT_INTERNAL;
}

int exit_status_of_diagnosis(const struct diagnosis *diagnosis)
{
    if (!diagnosis)
        return EXIT_DONE;
    if (diagnosis->class == ADVICE_CANCELLED)
        return EXIT_CANCELLED;
    if (diagnosis->is_refusal)
        return EXIT_REFUSED;
    switch (diagnosis->class) {
    case ADVICE_FIX_SETTING:
        return EXIT_SETTING;
    case ADVICE_FIX_SERVER:
        return EXIT_SERVER;
    case ADVICE_RETRY_NOW:
    case ADVICE_RETRY_LATER:
        return EXIT_RETRY;
    case ADVICE_CANCELLED:
    case ADVICE_INTERNAL:
        break;
    }
    return EXIT_INTERNAL;
}
