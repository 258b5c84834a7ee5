/*
 * `letterbox ingest NAME --once` without the rest of letterbox, to be killed.
 *
 * usage: ingest_child CONFIG STATE NAME
 */
#include <stdlib.h>

#include "base/err.h"
#include "ingest/ingest.h"

int main(int argc, char **argv)
{
    const struct ingest_options options = {.once = true};
    struct ingest_counts counts;
    struct err err = ERR_INIT;
    struct store *store;
    struct mailbox *mailbox;
    bool done;

    if (argc != 4)
        return 64;
    store = store_open(argv[1], argv[2], &err);
    mailbox = store ? store_load_mailbox(store, argv[3], &err) : NULL;
    done = mailbox && ingest_run(store, mailbox, &options, &counts, NULL, &err);
    mailbox_free(&mailbox);
    store_close(&store);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
