/* The claims of a token: hints, never a failure. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <gnutls/gnutls.h>

#include "base/buf.h"
#include "oauth/claims.h"

/* header.payload.signature around this payload, base64url without padding. */
static void decode(const char *payload, struct claims *claims)
{
    gnutls_datum_t in = {(unsigned char *)(uintptr_t)payload, (unsigned)strlen(payload)};
    gnutls_datum_t out;
    struct secret *token;
    struct buf text;

    assert_int_equal(gnutls_base64_encode2(&in, &out), 0);
    buf_init(&text, 256 * 1024);
    buf_add_text(&text, "eyJhbGciOiJSUzI1NiJ9.");
    for (size_t i = 0; i < out.size && out.data[i] != '='; i++) {
        char c = (char)out.data[i];
        buf_add_char(&text, c == '+' ? '-' : c == '/' ? '_' : c);
    }
    buf_add_text(&text, ".c2ln");
    gnutls_free(out.data);
    token = secret_new(text.data, text.length);
    claims_decode(token, NULL, claims);
    secret_free(&token);
    buf_free(&text);
}

static void decode_raw(const char *text, struct claims *claims)
{
    struct secret *token = secret_new(text, strlen(text));

    claims_decode(token, NULL, claims);
    secret_free(&token);
}

static void test_an_exchange_token_is_read(void **state)
{
    struct claims claims;

    (void)state;
    decode("{\"aud\":\"https://outlook.office365.com\","
           "\"iss\":\"https://sts.windows.net/t/\",\"iat\":1700000000,"
           "\"nbf\":1700000001,\"exp\":1700003900,\"appid\":\"app\",\"oid\":\"object\","
           "\"roles\":[\"IMAP.AccessAsApp\",\"Mail.Read\"],\"sub\":\"object\","
           "\"tid\":\"tenant\"}",
           &claims);
    assert_true(claims.decoded);
    assert_string_equal(claims.aud, "https://outlook.office365.com");
    assert_string_equal(claims.iss, "https://sts.windows.net/t/");
    assert_int_equal(claims.role_count, 2);
    assert_true(claims_have_role(&claims, "IMAP.AccessAsApp"));
    assert_false(claims_have_role(&claims, "IMAP.AccessAsUser.All"));
    assert_string_equal(claims.appid, "app");
    assert_string_equal(claims.oid, "object");
    assert_string_equal(claims.tid, "tenant");
    assert_string_equal(claims.sub, "object");
    assert_string_equal(claims.scp, "");
    assert_int_equal(claims.issued, 1700000000);
    assert_int_equal(claims.not_before, 1700000001);
    assert_int_equal(claims.expires, 1700003900);
}

static void test_the_app_has_three_names(void **state)
{
    struct claims claims;

    (void)state;
    decode("{\"azp\":\"v2\"}", &claims);
    assert_string_equal(claims.appid, "v2");
    decode("{\"client_id\":\"rfc9068\"}", &claims);
    assert_string_equal(claims.appid, "rfc9068");
    decode("{\"client_id\":\"c\",\"azp\":\"b\",\"appid\":\"a\"}", &claims);
    assert_string_equal(claims.appid, "a");
}

static void test_several_audiences_stand_in_one_line(void **state)
{
    struct claims claims;

    (void)state;
    decode("{\"aud\":[\"one\",7,\"two\"]}", &claims);
    assert_string_equal(claims.aud, "one two");
}

static void test_odd_types_are_left_out(void **state)
{
    struct claims claims;

    (void)state;
    decode("{\"aud\":{},\"roles\":\"x\",\"exp\":\"soon\",\"iat\":-5,\"nbf\":1e300,"
           "\"sub\":[\"s\"]}",
           &claims);
    assert_true(claims.decoded);
    assert_string_equal(claims.aud, "");
    assert_string_equal(claims.sub, "");
    assert_int_equal(claims.role_count, 0);
    assert_int_equal(claims.expires, 0);
    assert_int_equal(claims.issued, 0);
    assert_int_equal(claims.not_before, 0);
}

static void test_claims_are_safe_for_a_terminal(void **state)
{
    struct claims claims;

    (void)state;
    decode("{\"aud\":\"a\\u001b[31mb\",\"roles\":[\"r\\u0007\"]}", &claims);
    assert_string_equal(claims.aud, "a?[31mb");
    assert_string_equal(claims.roles[0], "r?");
}

static void test_many_and_long_claims_are_bounded(void **state)
{
    struct claims claims;
    struct buf payload;

    (void)state;
    buf_init(&payload, 64 * 1024);
    buf_add_text(&payload, "{\"roles\":[\"r0\"");
    for (int i = 1; i < 100; i++)
        buf_add_format(&payload, ",\"r%d\"", i);
    buf_add_text(&payload, "],\"aud\":\"");
    for (int i = 0; i < 1000; i++)
        buf_add_char(&payload, 'a');
    buf_add_text(&payload, "\"}");
    decode(payload.data, &claims);
    assert_int_equal(claims.role_count, CLAIMS_ROLE_MAX);
    assert_true(strlen(claims.aud) < sizeof claims.aud);
    buf_free(&payload);
}

static void test_an_opaque_token_is_no_failure(void **state)
{
    static const char *const tokens[] = {
        "",
        "opaque",
        ".",
        "..",
        "a.b.c",
        "eyJ.e30",
        "a.!!!.c",
        "a.W10.c" /* [] */,
        "a.bnVsbA.c",
        "a..c",
        "eyJ.e30.s.i.g" /* JWE */,
    };

    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct claims claims;

        decode_raw(tokens[i], &claims);
        assert_false(claims.decoded);
        assert_string_equal(claims.aud, "");
    }
}

static void test_a_token_that_is_too_long_is_opaque(void **state)
{
    struct claims claims;
    struct buf payload;

    (void)state;
    buf_init(&payload, 256 * 1024);
    buf_add_text(&payload, "{\"aud\":\"");
    for (int i = 0; i < 70 * 1024; i++)
        buf_add_char(&payload, 'a');
    buf_add_text(&payload, "\"}");
    decode(payload.data, &claims);
    assert_false(claims.decoded);
    buf_free(&payload);
}

/* Who makes the token knows the client secret. */
static void test_the_client_secret_is_removed_from_claims(void **state)
{
    static const char token[] = /* aud and roles are "was s3cr+t/value", oid is "x" */
        "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ3YXMgczNjcit0L3ZhbHVlIiwicm9sZXMiOlsid2FzIHMzY3Ir"
        "dC92YWx1ZSJdLCJvaWQiOiJ4In0.c2ln";
    struct secret *secret = secret_new(token, strlen(token));
    struct scrub *hidden = scrub_new();
    struct claims claims;

    (void)state;
    scrub_hide(hidden, "s3cr+t/value", 12);
    claims_decode(secret, hidden, &claims);
    assert_string_equal(claims.aud, "was [removed]");
    assert_string_equal(claims.roles[0], "was [removed]");
    assert_string_equal(claims.oid, "x");
    scrub_free(&hidden);
    secret_free(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_exchange_token_is_read),
        cmocka_unit_test(test_the_app_has_three_names),
        cmocka_unit_test(test_several_audiences_stand_in_one_line),
        cmocka_unit_test(test_odd_types_are_left_out),
        cmocka_unit_test(test_claims_are_safe_for_a_terminal),
        cmocka_unit_test(test_many_and_long_claims_are_bounded),
        cmocka_unit_test(test_an_opaque_token_is_no_failure),
        cmocka_unit_test(test_a_token_that_is_too_long_is_opaque),
        cmocka_unit_test(test_the_client_secret_is_removed_from_claims),
    };

    return cmocka_run_group_tests_name("oauth/claims", tests, NULL, NULL);
}
