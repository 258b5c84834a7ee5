/* The claims of a token.  The first byte says what the rest is: a whole token, or the
 * JSON of its payload, which is put into base64url here. */
#include <stdlib.h>

#include "base/buf.h"
#include "fuzz/fuzz.h"
#include "oauth/claims.h"

#define TOKEN_MAX (256 * 1024)

static void add_base64url(struct buf *out, const uint8_t *bytes, size_t length)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    int held = 0;

    for (size_t i = 0; i < length; i++) {
        bits = (bits << 8 | bytes[i]) & 0xffff;
        for (held += 8; held >= 6; held -= 6)
            buf_add_char(out, digits[bits >> (held - 6) & 63]);
    }
    if (held > 0)
        buf_add_char(out, digits[bits << (6 - held) & 63]);
}

static void check(const struct claims *claims)
{
    const char *texts[] = {
        claims->aud,   claims->iss, claims->scp, claims->appid,
        claims->oid,   claims->tid, claims->sub, claims->preferred_username,
        claims->email,
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        fuzz_need_clean(texts[i]);
        FUZZ_NEED(claims->decoded || texts[i][0] == '\0');
    }
    FUZZ_NEED(claims->role_count <= CLAIMS_ROLE_MAX);
    for (size_t i = 0; i < claims->role_count; i++) {
        fuzz_need_clean(claims->roles[i]);
        FUZZ_NEED(claims_have_role(claims, claims->roles[i]));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct secret *token;
    struct claims claims;
    struct buf made;

    if (fuzz_byte(&input) % 2 == 0) {
        char *text = fuzz_rest(&input);

        buf_init_secret(&made, TOKEN_MAX);
        buf_add_text(&made, text);
        free(text);
    } else {
        buf_init_secret(&made, TOKEN_MAX);
        buf_add_text(&made, "eyJhbGciOiJub25lIn0.");
        add_base64url(&made, input.data, input.size);
        buf_add_text(&made, ".c2lnbmF0dXJl");
    }
    token = secret_take_buf(&made);
    buf_free(&made);
    claims_decode(token, NULL, &claims);
    check(&claims);
    secret_free(&token);
    return 0;
}
