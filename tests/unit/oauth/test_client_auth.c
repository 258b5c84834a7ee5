/* RFC 6749 2.3.1 and its appendix B; the vectors were made by hand from the standard. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/url.h"
#include "oauth/client_auth.h"

#define FORM_MAX 4096

/* A request with this secret; the rest as most tests want it. */
static struct token_request request_with(struct secret *secret)
{
    return (struct token_request){.client_id = "box",
                                  .client_secret = secret,
                                  .client_auth = CLIENT_AUTH_POST,
                                  .scope = "imap"};
}

static void assert_form(const struct token_request *request, const char *expected)
{
    struct buf form;

    buf_init_secret(&form, FORM_MAX);
    assert_true(client_auth_form(request, &form));
    assert_string_equal(form.data, expected);
    buf_free(&form);
}

static void assert_header(const struct token_request *request, const char *expected)
{
    struct buf header;

    buf_init_secret(&header, FORM_MAX);
    assert_true(client_auth_header(request, &header));
    assert_string_equal(header.data, expected);
    buf_free(&header);
}

static void test_every_byte_is_encoded_as_a_form_is(void **state)
{
    static const struct {
        const char *text, *encoded;
    } rows[] = {
        {"", ""},
        {"azAZ09-._~*", "azAZ09-._~*"},
        {"a b", "a+b"},
        {"p%c+t &=/~x", "p%25c%2Bt+%26%3D%2F~x"},
        {"\xC3\xA9", "%C3%A9"},
        {"\r\n\t", "%0D%0A%09"},
        {"\x01\x7F\xFF", "%01%7F%FF"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, FORM_MAX);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        buf_clear(&out);
        url_add_form(&out, rows[i].text);
        assert_string_equal(out.data, rows[i].encoded);
    }
    buf_free(&out);
}

static void test_post_puts_id_and_secret_into_the_form(void **state)
{
    struct secret *secret = secret_new("p~1+2/3=%&\xC3\xA9", 12);
    struct token_request request = request_with(secret);

    (void)state;
    request.client_id = "a b:c";
    request.scope = "https://outlook.office365.com/.default";
    assert_form(&request, "grant_type=client_credentials&client_id=a+b%3Ac"
                          "&client_secret=p~1%2B2%2F3%3D%25%26%C3%A9"
                          "&scope=https%3A%2F%2Foutlook.office365.com%2F.default");
    assert_header(&request, "");
    secret_free(&secret);
}

static void test_basic_encodes_id_and_secret_before_base64(void **state)
{
    struct secret *secret = secret_new("p~1+2/3=%&\xC3\xA9", 12);
    struct token_request request = request_with(secret);

    (void)state;
    request.client_id = "a b:c";
    request.client_auth = CLIENT_AUTH_BASIC;
    assert_header(&request, "Basic YStiJTNBYzpwfjElMkIyJTJGMyUzRCUyNSUyNiVDMyVBOQ==");
    assert_form(&request, "grant_type=client_credentials&scope=imap");
    secret_free(&secret);
}

static void test_an_empty_scope_is_left_out(void **state)
{
    struct secret *secret = secret_new("s", 1);
    struct token_request request = request_with(secret);

    (void)state;
    request.scope = "";
    assert_form(&request, "grant_type=client_credentials&client_id=box&client_secret=s");
    request.scope = NULL;
    assert_form(&request, "grant_type=client_credentials&client_id=box&client_secret=s");
    secret_free(&secret);
}

static void test_further_parameters_follow_encoded(void **state)
{
    char audience[] = "audience=https://imap.example.com/", resource[] = "resource=a b=c";
    char *words[] = {audience, resource, NULL};
    struct secret *secret = secret_new("s", 1);
    struct token_request request = request_with(secret);

    (void)state;
    request.parameters = words;
    assert_form(&request, "grant_type=client_credentials&client_id=box&client_secret=s"
                          "&scope=imap&audience=https%3A%2F%2Fimap.example.com%2F"
                          "&resource=a+b%3Dc");
    secret_free(&secret);
}

static void test_parameters_never_replace_the_grant_or_the_client(void **state)
{
    char grant[] = "grant_type=password", id[] = "client_id=mallory",
         secret_word[] = "client_secret=x", extra[] = "audience=a";
    char *words[] = {grant, id, secret_word, extra, NULL};
    struct secret *secret = secret_new("s", 1);
    struct token_request request = request_with(secret);

    (void)state;
    request.parameters = words;
    assert_form(&request, "grant_type=client_credentials&client_id=box&client_secret=s"
                          "&scope=imap&audience=a");
    secret_free(&secret);
}

static void test_a_form_that_does_not_fit_is_refused(void **state)
{
    struct secret *secret = secret_new("a secret that is longer than it may be", 38);
    struct token_request request = request_with(secret);
    struct buf out;

    (void)state;
    buf_init_secret(&out, 40);
    assert_false(client_auth_form(&request, &out));
    buf_free(&out);
    buf_init_secret(&out, 40);
    request.client_auth = CLIENT_AUTH_BASIC;
    assert_false(client_auth_header(&request, &out));
    buf_free(&out);
    secret_free(&secret);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_byte_is_encoded_as_a_form_is),
        cmocka_unit_test(test_post_puts_id_and_secret_into_the_form),
        cmocka_unit_test(test_basic_encodes_id_and_secret_before_base64),
        cmocka_unit_test(test_an_empty_scope_is_left_out),
        cmocka_unit_test(test_further_parameters_follow_encoded),
        cmocka_unit_test(test_parameters_never_replace_the_grant_or_the_client),
        cmocka_unit_test(test_a_form_that_does_not_fit_is_refused),
    };

    return cmocka_run_group_tests_name("oauth/client_auth", tests, NULL, NULL);
}
