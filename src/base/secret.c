#include "base/secret.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

struct secret {
    size_t length;
    char bytes[];
};

struct secret *secret_new(const char *bytes, size_t length)
{
    struct secret *secret = mem_new(1, sizeof *secret + length + 1);

    secret->length = length;
    if (length)
        memcpy(secret->bytes, bytes, length);
    return secret;
}

struct secret *secret_take_buf(struct buf *buf)
{
    struct secret *secret = secret_new(buf->data, buf->length);

    buf_free(buf);
    return secret;
}

struct secret *secret_copy(const struct secret *secret)
{
    return secret ? secret_new(secret->bytes, secret->length) : NULL;
}

void secret_free(struct secret **secret)
{
    if (!*secret)
        return;
    secret_wipe(*secret, sizeof **secret + (*secret)->length + 1);
    free(*secret);
    *secret = NULL;
}

const char *secret_bytes(const struct secret *secret)
{
    return secret ? secret->bytes : "";
}

size_t secret_length(const struct secret *secret)
{
    return secret ? secret->length : 0;
}

bool secret_equal(const struct secret *a, const struct secret *b)
{
    size_t length = secret_length(a);
    unsigned char difference = 0;

    if (length != secret_length(b))
        return false;
    for (size_t i = 0; i < length; i++)
        difference |= (unsigned char)(a->bytes[i] ^ b->bytes[i]);
    return difference == 0;
}

void secret_wipe(void *memory, size_t length)
{
    explicit_bzero(memory, length);
}

void secret_wipe_free(void *memory)
{
    if (memory)
        secret_wipe(memory, malloc_usable_size(memory));
    free(memory);
}
