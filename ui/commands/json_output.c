#include "ui/commands/json_output.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

void json_print(json_t *document)
{
    json_dumpf(document, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(document);
}

void json_print_line(json_t *document)
{
    char *text = json_dumps(document, 0);

    printf("%s\n", text ? text : "{}");
    free(text);
    json_decref(document);
}

json_t *json_of_errors(const struct err_list *errors)
{
    json_t *list = json_array();

    for (size_t i = 0; i < errors->count; i++)
        json_array_append_new(list, json_pack("{s:s, s:s}", "key", errors->items[i].key,
                                              "message", errors->items[i].text));
    return list;
}

json_t *json_of_failure(const char *name, const struct err *err)
{
    struct err_list one = {(struct err *)(uintptr_t)err, 1};

    return json_pack("{s:s, s:b, s:o}", "mailbox", name, "ok", 0, "errors",
                     json_of_errors(&one));
}
