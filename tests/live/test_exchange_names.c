/*
 * Microsoft Exchange under its real names: this program runs where they lead to the
 * sandbox (exchange_names.sh), so that nothing but the tenant, the client and the mailbox
 * has to be entered, as with the real one.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/mem.h"
#include "live/walk.h"

static void test_exchange_needs_no_more_than_tenant_client_and_mailbox(void **state)
{
    struct walk walk;
    char *token_url;

    walk_begin_oauth(&walk, state, "exchange", 0);
    pty_see_beside(walk.pty, "Token URL", "/oauth2/v2.0/token");
    json_object_set_new(walk.answers, "oauth.tenant",
                        json_string(live_value(walk.live, "tenant")));
    /* The whole URL is longer than its field's first row. */
    token_url = mem_format("https://login.microsoftonline.com/%.8s",
                           live_value(walk.live, "tenant"));
    walk_enter(&walk, "Directory (tenant) ID", "oauth.tenant");
    walk_enter(&walk, "Client ID", "oauth.client_id");
    walk_enter(&walk, "Client secret", "oauth.client_secret");
    pty_see_beside(walk.pty, "Token URL", token_url);
    pty_key(walk.pty, PTY_F3);
    pty_see_beside(walk.pty, "Scope", "https://outlook.office365.com/.default");
    walk_turn_page(&walk, "Mailbox address");
    pty_see_beside(walk.pty, "IMAP host", "outlook.office365.com");
    pty_see_beside(walk.pty, "Port", "993");
    walk_enter(&walk, "Mailbox address", "mailbox.user");
    walk_finish(&walk);
    free(token_url);
}

static void check_repair(const json_t *report, size_t index, const char *field,
                         const char *to)
{
    const json_t *one = json_array_get(json_object_get(report, "repaired"), index);

    assert_non_null(one);
    assert_string_equal(json_string_value(json_object_get(one, "field")), field);
    assert_string_equal(json_string_value(json_object_get(one, "to")), to);
}

/* The delegated scope, and STARTTLS at the port that wants TLS from the start. */
static void test_scope_and_security_are_repaired_at_the_real_port(void **state)
{
    struct live *live = *state;
    json_t *answers = live_answers(live, "exchange"), *report;
    const char *tenant = live_value(live, "tenant");
    char *url =
        mem_format("https://login.microsoftonline.com/%s/oauth2/v2.0/token", tenant);

    json_object_set_new(answers, "oauth.tenant", json_string(tenant));
    json_object_set_new(answers, "oauth.token_url", json_string(url));
    json_object_set_new(answers, "oauth.scope",
                        json_string("https://outlook.office.com/IMAP.AccessAsUser.All"));
    json_object_set_new(answers, "server.host", json_string("outlook.office365.com"));
    json_object_set_new(answers, "server.port", json_integer(993));
    json_object_set_new(answers, "server.security", json_string("starttls"));
    json_object_set_new(answers, "server.timeout_seconds", json_integer(2));
    assert_int_equal(LIVE_RUN(live, "test", "--json", "--repair", "--answers",
                              live_write_answers(live, answers)),
                     0);
    report = json_loads(live->output, 0, NULL);
    check_repair(report, 0, "oauth.scope", "https://outlook.office365.com/.default");
    check_repair(report, 1, "server.security", "tls");
    assert_int_equal(json_array_size(json_object_get(report, "repaired")), 2);
    json_decref(report);
    free(url);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_exchange_needs_no_more_than_tenant_client_and_mailbox, live_set_up,
            live_tear_down),
        cmocka_unit_test_setup_teardown(
            test_scope_and_security_are_repaired_at_the_real_port, live_set_up,
            live_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
