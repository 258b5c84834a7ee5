/* The discovery document, without a network. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/err.h"
#include "oauth/discovery.h"

#define ISSUER "https://id.example.com/realm"

static bool parse(const char *body, struct discovery *found, struct err *err)
{
    err_clear(err);
    return discovery_parse(ISSUER, body, strlen(body), found, err);
}

static void test_a_document_names_the_token_endpoint(void **state)
{
    struct discovery found;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(
        parse("{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://t/x\","
              "\"token_endpoint_auth_methods_supported\":[\"client_secret_post\"],"
              "\"grant_types_supported\":[\"client_credentials\"]}",
              &found, &err));
    assert_string_equal(found.token_endpoint, "https://t/x");
    assert_true(found.auth_post);
    assert_false(found.auth_basic);
    assert_true(found.names_grants);
    assert_true(found.grants_client_credentials);
    discovery_free(&found);
    assert_null(found.token_endpoint);
}

static void test_basic_is_what_counts_when_no_method_is_named(void **state)
{
    struct discovery found;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(parse("{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://t/x\"}",
                      &found, &err));
    assert_true(found.auth_basic);
    assert_false(found.auth_post);
    assert_false(found.names_grants);
    discovery_free(&found);
}

static void test_a_slash_at_the_end_makes_no_other_issuer(void **state)
{
    struct discovery found;
    struct err err = ERR_INIT;

    (void)state;
    assert_true(parse("{\"issuer\":\"" ISSUER "/\",\"token_endpoint\":\"https://t/x\"}",
                      &found, &err));
    discovery_free(&found);
}

static void test_what_cannot_be_trusted_is_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "<html>",
        "[]",
        "{}",
        "{\"issuer\":\"https://other/realm\",\"token_endpoint\":\"https://t/x\"}",
        "{\"issuer\":\"" ISSUER "x\",\"token_endpoint\":\"https://t/x\"}",
        "{\"issuer\":7,\"token_endpoint\":\"https://t/x\"}",
        "{\"issuer\":\"" ISSUER "\"}",
        "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"http://t/x\"}",
        "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"/x\"}",
        "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://u:p@t/x\"}",
        "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":[\"https://t/x\"]}",
        "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://t/\\u009b2J\"}",
        "{\"issuer\":\"" ISSUER "\",\"token_endpoint\":\"https://t/\\u202ex\"}",
    };

    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        struct discovery found;
        struct err err = ERR_INIT;

        assert_false(parse(bodies[i], &found, &err));
        assert_int_equal(err.class, ERR_SERVER);
        assert_null(found.token_endpoint);
    }
}

static void test_the_sentence_is_safe_for_a_terminal(void **state)
{
    struct discovery found;
    struct err err = ERR_INIT;

    (void)state;
    assert_false(parse("{\"issuer\":\"https://x\\u001b[2J\"}", &found, &err));
    assert_null(strchr(err.text, '\x1b'));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_document_names_the_token_endpoint),
        cmocka_unit_test(test_basic_is_what_counts_when_no_method_is_named),
        cmocka_unit_test(test_a_slash_at_the_end_makes_no_other_issuer),
        cmocka_unit_test(test_what_cannot_be_trusted_is_refused),
        cmocka_unit_test(test_the_sentence_is_safe_for_a_terminal),
    };

    return cmocka_run_group_tests_name("oauth/discovery", tests, NULL, NULL);
}
