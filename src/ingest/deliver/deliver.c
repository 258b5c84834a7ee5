#include "ingest/deliver/deliver.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gnutls/crypto.h>

static const struct deliver_ops *const destinations[] = {
    &deliver_maildir,
    &deliver_command,
    &deliver_http,
    &deliver_lmtp,
};

void deliver_origin(const struct settings *settings,
                    const struct deliver_envelope *envelope,
                    char out[DELIVER_ORIGIN_SIZE])
{
    const char *parts[] = {envelope->mailbox, settings_text(settings, SET_SERVER_HOST),
                           settings_login(settings), envelope->folder};
    gnutls_hash_hd_t hash;
    unsigned char digest[32];

    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
        abort(); /* out of memory, as in base/mem.h */
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        gnutls_hash(hash, parts[i], strlen(parts[i]) + 1);
    gnutls_hash_deinit(hash, digest);
    for (size_t i = 0; i < (DELIVER_ORIGIN_SIZE - 1) / 2; i++)
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void deliver_identity(const struct settings *settings,
                      const struct deliver_envelope *envelope, char *out, size_t size)
{
    char origin[DELIVER_ORIGIN_SIZE];

    deliver_origin(settings, envelope, origin);
    snprintf(out, size, "%s-%s-%" PRIu64 "-%" PRIu32, envelope->mailbox, origin,
             envelope->numbering, envelope->uid);
}

const struct deliver_ops *deliver_find(const char *id)
{
    for (size_t i = 0; i < sizeof destinations / sizeof *destinations; i++)
        if (!strcmp(destinations[i]->id, id))
            return destinations[i];
    return NULL;
}
