/* A saved mailbox: what can be read can be written and read again, and stays the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "fuzz/fuzz.h"
#include "settings/mailbox.h"

static void check(const struct mailbox *mailbox)
{
    char *first = mailbox_format(mailbox), *second;
    json_t *public = mailbox_to_public_json(mailbox);
    struct err err = ERR_INIT;
    struct mailbox *again = mailbox_parse("support", first, strlen(first), &err);

    fuzz_need_err(&err, false);
    FUZZ_NEED(again);
    FUZZ_NEED(public);
    second = mailbox_format(again);
    if (strcmp(first, second) != 0)
        fprintf(stderr, "%s%s", first, second);
    FUZZ_NEED(strcmp(first, second) == 0);
    FUZZ_NEED(mailbox->settings.client_secret.place != SECRET_TYPED);
    FUZZ_NEED(mailbox->settings.basic_password.place != SECRET_TYPED);
    json_decref(public);
    mailbox_free(&again);
    free(first);
    free(second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    struct mailbox *mailbox = mailbox_parse("support", (const char *)data, size, &err);

    fuzz_need_err(&err, !mailbox);
    /* What stands where the text is no JSON, or where a secret should be a reference, may
     * be a secret. */
    if (!mailbox &&
        (err.key[0] == '\0' || strstr(err.key, "secret") || strstr(err.key, "password")))
        fuzz_need_no_canary(err.text);
    if (mailbox)
        check(mailbox);
    mailbox_free(&mailbox);
    return 0;
}
