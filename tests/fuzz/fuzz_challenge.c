/*
 * What a server says to AUTHENTICATE: byte 0 picks the mechanism, byte 1 whether the
 * first line is put into base64 here (as a challenge is), so that an input is the JSON
 * itself.  The second line is the refusal, behind its tag.  The credential and its SASL
 * line are planted in both.
 */
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "fuzz/fuzz.h"
#include "fuzz/script_stream.h"
#include "imap/session.h"

#define SCRIPT_MAX (2 * 1024 * 1024)

static void add_base64(struct buf *script, const char *text, size_t length)
{
    gnutls_datum_t in = {(unsigned char *)(uintptr_t)text, (unsigned)length}, coded;

    if (length == 0 || gnutls_base64_encode2(&in, &coded) < 0)
        return;
    buf_add(script, (const char *)coded.data, coded.size);
    gnutls_free(coded.data);
}

static void write_script(struct buf *script, bool is_coded, const char *text,
                         size_t length)
{
    const char *end = memchr(text, '\n', length);
    size_t first = end ? (size_t)(end - text) : length;

    buf_add_text(script, "* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] hello\r\n+ ");
    if (is_coded)
        add_base64(script, text, first);
    else
        buf_add(script, text, first);
    buf_add_text(script, "\r\n\002 NO ");
    if (end)
        buf_add(script, end + 1, length - first - 1);
    buf_add_text(script, "\r\n");
}

static void check_text(const char *text)
{
    fuzz_need_clean(text);
    fuzz_need_no_canary(text);
}

static void check(struct stream *stream, enum imap_mechanism mechanism)
{
    struct secret *credential = secret_new(FUZZ_CANARY, strlen(FUZZ_CANARY));
    const struct imap_answer *answer;
    enum imap_status status;
    struct imap_session *session = imap_session_open(stream, 1000, NULL, &status);

    if (status == IMAP_OK)
        status = imap_session_authenticate(session, mechanism, "support@example.org",
                                           credential, "mail.example.org", 993);
    answer = imap_session_answer(session);
    check_text(answer->challenge);
    check_text(answer->code);
    check_text(answer->text);
    check_text(answer->bye);
    check_text(imap_session_failure(session)->text);
    imap_session_free(&session);
    secret_free(&credential);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const enum imap_mechanism mechanisms[] = {IMAP_XOAUTH2, IMAP_OAUTHBEARER,
                                                     IMAP_PLAIN};
    struct fuzz_input input = {data, size};
    enum imap_mechanism mechanism = mechanisms[fuzz_byte(&input) % 3];
    bool is_coded = fuzz_byte(&input) % 2 == 0;
    struct buf script;
    size_t length;
    char *text = fuzz_planted(&input, &length);

    buf_init(&script, SCRIPT_MAX);
    write_script(&script, is_coded, text, length);
    check(script_stream_new((const uint8_t *)script.data, script.length, 4096),
          mechanism);
    buf_free(&script);
    free(text);
    return 0;
}
