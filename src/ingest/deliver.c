#include "ingest/deliver.h"

#include <string.h>

static const struct deliver_ops *const destinations[] = {
    &deliver_maildir,
    &deliver_command,
};

const struct deliver_ops *deliver_find(const char *id)
{
    for (size_t i = 0; i < sizeof destinations / sizeof *destinations; i++)
        if (!strcmp(destinations[i]->id, id))
            return destinations[i];
    return NULL;
}
