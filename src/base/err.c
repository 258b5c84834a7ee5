#include "base/err.h"

#include <stdlib.h>

void err_list_free(struct err_list *list)
{
    free(list->items);
    list->items = NULL;
    list->count = 0;
}
