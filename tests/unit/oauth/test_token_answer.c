/* What a token endpoint says (RFC 6749 5.1, 5.2, and Microsoft's additions), good, odd
 * and hostile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oauth/token.h"

#define SECRET "s3cr+t/value"
#define JWT    "eyJhbGciOiJub25lIn0.eyJhdWQiOiJ4In0.c2lnbmF0dXJl"

#define TRACE  "Trace ID: 11111111-2222-3333-4444-555555555555"
#define CORR   "Correlation ID: 66666666-7777-8888-9999-000000000000"
#define STAMP  "Timestamp: 2026-05-06 06:03:00Z"
#define FIELDS                                                                           \
    ",\"error_codes\":[7000215],\"timestamp\":\"2026-05-06 06:03:00Z\""                  \
    ",\"trace_id\":\"11111111-2222-3333-4444-555555555555\""                             \
    ",\"correlation_id\":\"66666666-7777-8888-9999-000000000000\"}"

static bool parse(struct token_answer *answer, int status, const char *body)
{
    struct secret *secret = secret_new(SECRET, strlen(SECRET));
    bool got;

    *answer = (struct token_answer){.retry_after_s = -1, .expires_in_s = -1};
    got = token_answer_parse(answer, status, body, strlen(body), secret);
    secret_free(&secret);
    return got;
}

static void test_a_bearer_token_is_taken(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_true(parse(&answer, 200,
                      "{\"token_type\":\"Bearer\",\"expires_in\":3599,"
                      "\"scope\":\"imap\",\"access_token\":\"opaque-1\"}"));
    assert_true(answer.is_json);
    assert_int_equal(answer.http_status, 200);
    assert_string_equal(secret_bytes(answer.token), "opaque-1");
    assert_string_equal(answer.token_type, "Bearer");
    assert_string_equal(answer.scope, "imap");
    assert_int_equal(answer.expires_in_s, 3599);
    token_answer_clear(&answer);
    assert_null(answer.token);
}

static void test_the_token_type_has_no_case(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_true(
        parse(&answer, 200, "{\"token_type\":\"bEaReR\",\"access_token\":\"t\"}"));
    assert_int_equal(answer.expires_in_s, -1);
    token_answer_clear(&answer);
}

static void test_another_token_type_is_refused(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 200, "{\"token_type\":\"mac\",\"access_token\":\"t\"}"));
    assert_null(answer.token);
    assert_string_equal(answer.token_type, "mac");
    assert_false(parse(&answer, 200, "{\"access_token\":\"t\"}"));
    assert_null(answer.token);
}

static void test_expires_in_is_a_number_or_a_string_of_one(void **state)
{
    static const struct {
        const char *json;
        int64_t seconds;
    } rows[] = {
        {"3600", 3600},   {"\"3600\"", 3600},
        {"3600.5", 3600}, {"0", 0},
        {"-5", -1},       {"\"-5\"", -1},
        {"\"soon\"", -1}, {"\"\"", -1},
        {"null", -1},     {"[3600]", -1},
        {"\"1h\"", -1},   {"99999999999999999999.0", -1},
        {"1e300", -1},    {"\"999999999999999999999999\"", -1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token_answer answer;
        char body[256];

        snprintf(body, sizeof body,
                 "{\"token_type\":\"Bearer\",\"access_token\":\"t\",\"expires_in\":%s}",
                 rows[i].json);
        assert_true(parse(&answer, 200, body));
        assert_int_equal(answer.expires_in_s, rows[i].seconds);
        token_answer_clear(&answer);
    }
}

/* It goes into a SASL line between bytes 01. */
static void test_a_token_with_other_than_visible_characters_is_refused(void **state)
{
    static const char *const tokens[] = {"",        "a b",       "a\\u0001b", "a\\r\\nb",
                                         "\\u00e9", "a\\u0000b", "a\\u007fb"};

    (void)state;
    for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
        struct token_answer answer;
        char body[256];

        snprintf(body, sizeof body, "{\"token_type\":\"Bearer\",\"access_token\":\"%s\"}",
                 tokens[i]);
        assert_false(parse(&answer, 200, body));
        assert_null(answer.token);
    }
}

static void test_a_token_in_an_error_answer_does_not_count(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(
        parse(&answer, 400, "{\"token_type\":\"Bearer\",\"access_token\":\"t\"}"));
    assert_null(answer.token);
    assert_false(parse(&answer, 200,
                       "{\"error\":\"invalid_scope\",\"token_type\":\"Bearer\","
                       "\"access_token\":\"t\"}"));
    assert_null(answer.token);
    assert_string_equal(answer.error, "invalid_scope");
}

static void assert_microsoft(const char *body)
{
    struct token_answer answer;

    assert_false(parse(&answer, 401, body));
    assert_true(answer.is_json);
    assert_string_equal(answer.error, "invalid_client");
    assert_int_equal(answer.aadsts, 7000215);
    assert_string_equal(answer.description,
                        "AADSTS7000215: Invalid client secret provided. " TRACE " " CORR
                        " " STAMP);
    assert_string_equal(answer.trace_id, "11111111-2222-3333-4444-555555555555");
    assert_string_equal(answer.correlation_id, "66666666-7777-8888-9999-000000000000");
    assert_string_equal(answer.timestamp, "2026-05-06 06:03:00Z");
}

static void test_microsofts_fields_are_read(void **state)
{
    (void)state;
    assert_microsoft("{\"error\":\"invalid_client\",\"error_description\":"
                     "\"AADSTS7000215: Invalid client secret provided. " TRACE " " CORR
                     " " STAMP "\"" FIELDS);
    assert_microsoft("{\"error\":\"invalid_client\",\"error_description\":"
                     "\"AADSTS7000215: Invalid client secret provided.\\r\\n" TRACE
                     "\\r\\n" CORR "\\r\\n" STAMP "\"" FIELDS);
}

static void test_the_aadsts_number_stands_in_the_words_too(void **state)
{
    static const struct {
        const char *body;
        int number;
    } rows[] = {
        {"{\"error\":\"e\",\"error_description\":\"x AADSTS1002012: scope\"}", 1002012},
        {"{\"error\":\"e\",\"error_description\":\"x\",\"error_codes\":[90002,1]}",
         90002},
        {"{\"error\":\"e\",\"error_description\":\"AADSTS\"}", 0},
        {"{\"error\":\"e\",\"error_description\":\"AADSTS99999999999999999999\"}", 0},
        {"{\"error\":\"e\",\"error_codes\":[\"x\"]}", 0},
        {"{\"error\":\"e\",\"error_codes\":[]}", 0},
        {"{\"error\":\"e\",\"error_codes\":7}", 0},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct token_answer answer;

        assert_false(parse(&answer, 400, rows[i].body));
        assert_int_equal(answer.aadsts, rows[i].number);
    }
}

static void test_what_is_not_json_is_kept_as_its_beginning(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(
        parse(&answer, 200, "<html>\r\n<title>\x1b[2JSign in\x07</title>\xff</html>"));
    assert_false(answer.is_json);
    assert_string_equal(answer.said, "?[2JSign in? ?");
    assert_false(parse(&answer, 200, "[1]"));
    assert_false(answer.is_json);
    assert_string_equal(answer.said, "[1]");
    assert_false(parse(&answer, 502, ""));
    assert_string_equal(answer.said, "");
}

static void test_a_page_is_kept_as_its_words(void **state)
{
    struct token_answer answer;

    (void)state;
    parse(&answer, 403,
          " <!DOCTYPE html><head><title>Blocked &amp; logged</title>"
          "<style>p { color: red }</style><script>var a = '<p>';</script></head>"
          "<!-- <p>no</p> --><body><h1>Your  request</h1>was rejected.<br/>ID 4711");
    assert_string_equal(answer.said,
                        "Blocked & logged Your request was rejected. ID 4711");
    parse(&answer, 403, "<html><b>s3c</b>ret <p>" SECRET "</p> &bogus; &");
    assert_null(strstr(answer.said, SECRET));
    assert_non_null(strstr(answer.said, "&bogus; &"));
    parse(&answer, 403, "<html><script>never ends");
    assert_non_null(answer.said);
    parse(&answer, 403, "<html><img src=");
    assert_false(answer.is_json);
}

/* As GitHub had it, and what stands behind old CAS. */
static void test_an_error_in_a_form_is_read(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 200,
                       "error=invalid_client&error_description=The+secret+%28" SECRET
                       "%29+is%0awrong%2&x"));
    assert_string_equal(answer.error, "invalid_client");
    assert_string_equal(answer.description, "The secret ([removed]) is wrong%2");
    assert_false(answer.is_json);
    assert_false(parse(&answer, 400, "my_error=invalid_client&errors=2"));
    assert_string_equal(answer.error, "");
    assert_false(parse(&answer, 400, "<a href=\"?x&error=denied\">"));
    assert_string_equal(answer.error, "");
}

static void test_an_error_within_an_error_is_read(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 401,
                       "{\"error\":{\"code\":\"invalid_client\",\"message\":\"Wrong "
                       "secret\"}}"));
    assert_string_equal(answer.error, "invalid_client");
    assert_string_equal(answer.description, "Wrong secret");
    assert_false(parse(&answer, 400, "{\"error\":{\"code\":400,\"message\":\"no\"}}"));
    assert_string_equal(answer.error, "");
    assert_string_equal(answer.description, "");
}

static void test_a_token_under_any_name_is_not_shown(void **state)
{
    static const char *const bodies[] = {
        "{\"accessToken\":\"opaque-one\",\"tokenType\":\"Bearer\"}",
        "{\"data\":[{\"token\":\"opaque-one\"}]}",
        "{\"result\":{\"JWTToken\":\"opaque-one\"},\"ok\":true}",
    };
    struct token_answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_false(parse(&answer, 200, bodies[i]));
        assert_null(strstr(answer.said, "opaque-one"));
        assert_string_not_equal(answer.said, "");
    }
}

static void test_a_member_that_is_there_twice_makes_it_no_answer(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 200,
                       "{\"token_type\":\"Bearer\",\"access_token\":\"one-opaque-token\","
                       "\"access_token\":\"two-opaque-token\"}"));
    assert_null(answer.token);
    assert_false(answer.is_json);
    assert_null(strstr(answer.said, "opaque-token"));
}

/* A torn answer may hold a token that no pattern can recognise. */
static void test_a_broken_answer_does_not_show_its_token(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 200,
                       "{\"token_type\":\"Bearer\",\"access_token\":\"opaque-token"));
    assert_null(strstr(answer.said, "opaque-token"));
    assert_string_not_equal(answer.said, "");
}

static void test_json_without_an_error_is_kept_as_its_beginning(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 403, "{\"message\":\"Missing Authentication Token\"}"));
    assert_true(answer.is_json);
    assert_false(answer.holds_token);
    assert_string_equal(answer.said, "{\"message\":\"Missing Authentication Token\"}");
    assert_false(parse(&answer, 400, "{\"error\":{\"message\":\"no\"}}"));
    assert_string_equal(answer.said, "{\"error\":{\"message\":\"no\"}}");
    assert_false(parse(&answer, 400, "{\"error\":\"invalid_client\"}"));
    assert_string_equal(answer.said, "");
}

static void test_a_token_of_no_use_is_told_of_and_not_shown(void **state)
{
    static const char *const bodies[] = {
        "access_token=opaque-token&token_type=bearer",
        "{\"access_token\":\"opaque-token\"}",
        "{\"access\\u005ftoken\":\"opaque-token\",\"token_type\":\"DPoP\"}",
    };
    struct token_answer answer;

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        assert_false(parse(&answer, 200, bodies[i]));
        assert_true(answer.holds_token);
        assert_null(strstr(answer.said, "opaque-token"));
    }
    assert_false(parse(&answer, 200, "{\"id_token\":\"opaque-token\"}"));
    assert_false(answer.holds_token);
    assert_null(strstr(answer.said, "opaque-token"));
}

static void test_a_byte_order_mark_is_overlooked(void **state)
{
    struct token_answer answer;

    (void)state;
    assert_false(parse(&answer, 400, "\xEF\xBB\xBF{\"error\":\"invalid_scope\"}"));
    assert_string_equal(answer.error, "invalid_scope");
}

static void test_the_secret_and_tokens_are_removed_from_every_text(void **state)
{
    static const char *const echoes[] = {SECRET,
                                         "s3cr%2Bt%2Fvalue",
                                         "s3cr%2bt%2fvalue",
                                         "s3cr%2bt/value",
                                         JWT,
                                         "Basic Ym94OnMzY3IrdC92YWx1ZQ=="};
    static const char *const hidden[] = {SECRET, "s3cr%2Bt", "s3cr",
                                         "s3cr", "eyJ",      "Ym94"};

    (void)state;
    for (size_t i = 0; i < sizeof echoes / sizeof echoes[0]; i++) {
        struct token_answer answer;
        char body[1024];

        snprintf(body, sizeof body,
                 "{\"error\":\"%s\",\"error_description\":\"was %s, sorry\","
                 "\"trace_id\":\"%s\",\"correlation_id\":\"%s\",\"timestamp\":\"%s\"}",
                 echoes[i], echoes[i], echoes[i], echoes[i], echoes[i]);
        assert_false(parse(&answer, 400, body));
        assert_null(strstr(answer.error, hidden[i]));
        assert_null(strstr(answer.description, hidden[i]));
        assert_non_null(strstr(answer.description, "was "));
        assert_non_null(strstr(answer.description, ", sorry"));
        assert_null(strstr(answer.trace_id, hidden[i]));
        assert_null(strstr(answer.correlation_id, hidden[i]));
        assert_null(strstr(answer.timestamp, hidden[i]));

        snprintf(body, sizeof body, "<p>was %s</p>", echoes[i]);
        assert_false(parse(&answer, 400, body));
        assert_null(strstr(answer.said, hidden[i]));
    }
}

/* Opaque: no shape tells it. */
static void test_a_token_is_removed_from_the_words_beside_it(void **state)
{
    static const char token[] = "opaque-token-of-25-chars.";
    struct token_answer answer = {.location = "https://x/opaque-token-of-25-chars.",
                                  .www_authenticate = "opaque-token-of-25-chars."};
    struct secret *secret = secret_new(SECRET, strlen(SECRET));
    char body[512];

    (void)state;
    snprintf(body, sizeof body,
             "{\"token_type\":\"Bearer\",\"scope\":\"imap %s\",\"access_token\":\"%s\"}",
             token, token);
    assert_true(token_answer_parse(&answer, 200, body, strlen(body), secret));
    assert_string_equal(answer.scope, "imap [removed]");
    assert_string_equal(answer.location, "https://x/[removed]");
    assert_string_equal(answer.www_authenticate, "[removed]");
    token_answer_clear(&answer);
    snprintf(body, sizeof body, "{\"error\":\"e %s\",\"refresh_token\":\"%s\"}", token,
             token);
    assert_false(token_answer_parse(&answer, 400, body, strlen(body), secret));
    assert_string_equal(answer.error, "e [removed]");
    secret_free(&secret);
}

/* Where the cut comes, half a secret must not be left. */
static void test_a_secret_at_the_cut_is_removed_whole(void **state)
{
    struct token_answer answer;
    char body[2048] = "";

    (void)state;
    for (size_t pad = 490; pad < 520; pad++) {
        memset(body, 'x', pad);
        snprintf(body + pad, sizeof body - pad, "%s and more behind it", SECRET);
        assert_false(parse(&answer, 500, body));
        assert_null(strstr(answer.said, "s3c"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_bearer_token_is_taken),
        cmocka_unit_test(test_the_token_type_has_no_case),
        cmocka_unit_test(test_another_token_type_is_refused),
        cmocka_unit_test(test_expires_in_is_a_number_or_a_string_of_one),
        cmocka_unit_test(test_a_token_with_other_than_visible_characters_is_refused),
        cmocka_unit_test(test_a_token_in_an_error_answer_does_not_count),
        cmocka_unit_test(test_microsofts_fields_are_read),
        cmocka_unit_test(test_the_aadsts_number_stands_in_the_words_too),
        cmocka_unit_test(test_what_is_not_json_is_kept_as_its_beginning),
        cmocka_unit_test(test_a_page_is_kept_as_its_words),
        cmocka_unit_test(test_an_error_in_a_form_is_read),
        cmocka_unit_test(test_an_error_within_an_error_is_read),
        cmocka_unit_test(test_a_token_under_any_name_is_not_shown),
        cmocka_unit_test(test_a_member_that_is_there_twice_makes_it_no_answer),
        cmocka_unit_test(test_a_broken_answer_does_not_show_its_token),
        cmocka_unit_test(test_json_without_an_error_is_kept_as_its_beginning),
        cmocka_unit_test(test_a_token_of_no_use_is_told_of_and_not_shown),
        cmocka_unit_test(test_a_byte_order_mark_is_overlooked),
        cmocka_unit_test(test_the_secret_and_tokens_are_removed_from_every_text),
        cmocka_unit_test(test_a_token_is_removed_from_the_words_beside_it),
        cmocka_unit_test(test_a_secret_at_the_cut_is_removed_whole),
    };

    return cmocka_run_group_tests_name("oauth/token_answer", tests, NULL, NULL);
}
