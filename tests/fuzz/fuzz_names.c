/* Folder names on the wire and off it, and the header fields of a message.  The first
 * line is the name, the rest a block of headers. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz/fuzz.h"
#include "imap/headers.h"
#include "imap/names.h"

static void check_from_wire(const char *wire)
{
    struct buf name, back, again;

    buf_init(&name, NAMES_MAX);
    buf_init(&back, 4 * NAMES_MAX);
    buf_init(&again, 4 * NAMES_MAX);
    if (names_from_wire(wire, &name)) {
        FUZZ_NEED(name.length > 0 && name.length <= NAMES_MAX);
        if (names_to_wire(name.data, &back)) {
            FUZZ_NEED(names_from_wire(back.data, &again));
            FUZZ_NEED(strcmp(name.data, again.data) == 0);
        }
    }
    buf_free(&name);
    buf_free(&back);
    buf_free(&again);
}

static void check_to_wire(const char *name)
{
    struct buf wire, back;

    buf_init(&wire, NAMES_MAX);
    buf_init(&back, NAMES_MAX);
    if (names_to_wire(name, &wire)) {
        for (size_t i = 0; i < wire.length; i++)
            FUZZ_NEED(wire.data[i] >= ' ' && wire.data[i] <= '~');
        FUZZ_NEED(names_from_wire(wire.data, &back));
        FUZZ_NEED(strcmp(name, back.data) == 0);
    }
    buf_free(&wire);
    buf_free(&back);
}

static void check_headers(const char *block, size_t length)
{
    static const char *const fields[] = {"Subject", "From", "Message-ID"};
    char shown[160], copied[256];

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        bool found = headers_show(block, length, fields[i], NULL, shown, sizeof shown);

        FUZZ_NEED(headers_copy(block, length, fields[i], NULL, copied, sizeof copied) ==
                  found);
        FUZZ_NEED(found || (shown[0] == '\0' && copied[0] == '\0'));
        fuzz_need_clean(shown);
        fuzz_need_clean(copied);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    char *name = fuzz_line(&input);

    check_from_wire(name);
    check_to_wire(name);
    check_headers((const char *)input.data, input.size);
    free(name);
    return 0;
}
