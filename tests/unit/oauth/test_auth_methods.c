/* The issuer that a Token URL suggests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "oauth/auth_methods.h"

static void check(const char *token_url, const char *issuer)
{
    char *suggested = auth_methods_issuer(token_url);

    assert_non_null(suggested);
    assert_string_equal(suggested, issuer);
    free(suggested);
}

static void test_a_product_is_known_by_its_path(void **state)
{
    (void)state;
    check("https://id.example.com/realms/mail/protocol/openid-connect/token",
          "https://id.example.com/realms/mail");
    check("https://id.example.com/auth/realms/mail/protocol/openid-connect/token",
          "https://id.example.com/auth/realms/mail");
    check("https://o.okta.com/oauth2/default/v1/token",
          "https://o.okta.com/oauth2/default");
    check("https://o.okta.com/oauth2/v1/token", "https://o.okta.com");
    check("https://example.eu.auth0.com/oauth/token", "https://example.eu.auth0.com");
    check("https://id.example.com/oauth/v2/token", "https://id.example.com");
    check("https://id.example.com:8443/idp/connect/token",
          "https://id.example.com:8443/idp");
    check("https://[::1]:9000/token?x=1", "https://[::1]:9000");
}

static void test_another_path_suggests_the_host(void **state)
{
    (void)state;
    check("https://id.example.com/application/o/token/", "https://id.example.com");
    check("https://id.example.com", "https://id.example.com");
    check("https://id.example.com?a=/token", "https://id.example.com");
    check("https://token", "https://token");
}

static void test_what_is_no_url_suggests_nothing(void **state)
{
    (void)state;
    assert_null(auth_methods_issuer(""));
    assert_null(auth_methods_issuer("/oauth2/v2.0/token"));
    assert_null(auth_methods_issuer("id.example.com/?to=https://x/token"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_product_is_known_by_its_path),
        cmocka_unit_test(test_another_path_suggests_the_host),
        cmocka_unit_test(test_what_is_no_url_suggests_nothing),
    };

    return cmocka_run_group_tests_name("oauth/auth_methods", tests, NULL, NULL);
}
