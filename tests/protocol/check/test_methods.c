/* After a refusal: what the provider's metadata says of the way the secret is sent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/advice.h"
#include "base/mem.h"
#include "protocol/check/trial.h"

#define REFUSED                                                                          \
    TRIAL_ASKED, SERVER_REPLY(401, "{\"error\":\"invalid_client\"}"), SERVER_END

static const struct server_step refused[] = {REFUSED};
static const struct server_step greets[] = {
    TRIAL_GREETING("SASL-IR AUTH=XOAUTH2"),
    SERVER_END,
};

/* The document is made when its server's port is known. */
static struct server_step document[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_REQUEST("GET /.well-known/openid-configuration HTTP/1.1"),
    SERVER_REPLY(200, NULL),
    SERVER_END,
};

static const struct server_step *const scripts[] = {refused, document};

struct metadata {
    struct trial trial;
    char *text;
};

/* `methods`: what stands in the array; `path`: of the endpoint that it is about. */
static void set_up(struct metadata *metadata, const char *methods, const char *path)
{
    struct trial *trial = &metadata->trial;
    int port;

    trial_setup(trial, refused, greets);
    server_stop(&trial->token);
    trial->token = server_start_each(scripts, 2);
    port = server_port(trial->token);
    free(trial->access->token_url);
    trial->access->token_url = mem_format("https://localhost:%d/token", port);
    trial_set(trial, SET_OAUTH_TOKEN_URL, trial->access->token_url);
    metadata->text = mem_format("{\"issuer\":\"https://localhost:%d\","
                                "\"token_endpoint\":\"https://localhost:%d%s\","
                                "\"token_endpoint_auth_methods_supported\":[%s]}",
                                port, port, path, methods);
    document[2].text = metadata->text;
}

static void tear_down(struct metadata *metadata)
{
    trial_teardown(&metadata->trial);
    free(metadata->text);
}

static void check_code(const struct trial *trial, const char *code, const char *repair)
{
    struct diagnosis *diagnosis = advice_diagnose(trial->facts);

    assert_string_equal(diagnosis->code, code);
    if (repair)
        assert_string_equal(diagnosis->repairs[0].value, repair);
    else
        assert_int_equal(diagnosis->repair_count, 0);
    diagnosis_free(&diagnosis);
}

static void test_metadata_that_names_basic_alone_is_the_answer(void **state)
{
    struct metadata metadata;
    const struct auth_methods *methods;

    (void)state;
    set_up(&metadata, "\"client_secret_basic\",\"private_key_jwt\"", "/token");
    trial_run(&metadata.trial);
    methods = &metadata.trial.facts->auth_methods;
    trial_assert_failed(&metadata.trial, CHECK_TOKEN_REQUEST);
    assert_true(methods->known);
    assert_true(methods->basic);
    assert_false(methods->post);
    check_code(&metadata.trial, "openid.client_auth_not_offered", "basic");
    tear_down(&metadata);
}

static void test_metadata_that_names_both_leaves_the_secret_in_doubt(void **state)
{
    struct metadata metadata;

    (void)state;
    set_up(&metadata, "\"client_secret_basic\",\"client_secret_post\"", "/token");
    trial_run(&metadata.trial);
    assert_true(metadata.trial.facts->auth_methods.known);
    check_code(&metadata.trial, "oauth.client_refused", NULL);
    tear_down(&metadata);
}

static void test_metadata_of_another_endpoint_says_nothing(void **state)
{
    struct metadata metadata;

    (void)state;
    set_up(&metadata, "\"client_secret_basic\"", "/other");
    trial_run(&metadata.trial);
    assert_false(metadata.trial.facts->auth_methods.known);
    check_code(&metadata.trial, "oauth.client_refused", NULL);
    tear_down(&metadata);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_metadata_that_names_basic_alone_is_the_answer),
        cmocka_unit_test(test_metadata_that_names_both_leaves_the_secret_in_doubt),
        cmocka_unit_test(test_metadata_of_another_endpoint_says_nothing),
    };

    return cmocka_run_group_tests_name("check/methods", tests, trial_without_proxies,
                                       NULL);
}
