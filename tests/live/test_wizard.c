/*
 * Each way as a person goes it: the wizard in a terminal, keys pressed, a test that
 * passes, a saved file, and the mail that the ingest fetches with it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "live/walk.h"

static void test_basic_auth_leads_to_fetched_mail(void **state)
{
    struct walk walk;

    walk_begin(&walk, state, "basic");
    pty_see(walk.pty, "Authentication");
    walk_choose(&walk, "Method", 1);
    walk_turn_page(&walk, "Username");
    walk_enter(&walk, "Username", "basic.username");
    walk_enter(&walk, "Password", "basic.password");
    walk_enter_server(&walk);
    walk_finish(&walk);
}

static void test_the_exchange_page_leads_to_fetched_mail(void **state)
{
    struct walk walk;

    walk_begin_oauth(&walk, state, "exchange", 0);
    pty_see_beside(walk.pty, "Token URL", "/oauth2/v2.0/token");
    pty_see(walk.pty, "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token");
    pty_see_beside(walk.pty, "Scope", "https://outlook.office.com/IMAP.AccessAsUser.All");
    walk_enter(&walk, "Token URL", "oauth.token_url");
    walk_enter(&walk, "Client ID", "oauth.client_id");
    walk_enter(&walk, "Client secret", "oauth.client_secret");
    pty_key(walk.pty, PTY_F3);
    pty_see_beside(walk.pty, "Scope", "https://outlook.office365.com/.default");
    walk_enter_server(&walk);
    walk_finish(&walk);
}

static void test_an_existing_provider_leads_to_fetched_mail(void **state)
{
    struct walk walk;

    walk_begin_oauth(&walk, state, "provider", 1);
    walk_choose(&walk, "OpenID provider", 0);
    walk_enter(&walk, "Scope", "oauth.scope");
    walk_enter_server(&walk);
    walk_finish(&walk);
}

static void test_custom_leads_to_fetched_mail(void **state)
{
    struct walk walk;

    walk_begin_oauth(&walk, state, "custom", 2);
    walk_enter(&walk, "Client ID", "oauth.client_id");
    walk_enter(&walk, "Client secret", "oauth.client_secret");
    walk_enter(&walk, "Token URL", "oauth.token_url");
    walk_enter(&walk, "Scope", "oauth.scope");
    walk_enter_server(&walk);
    walk_finish(&walk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_basic_auth_leads_to_fetched_mail,
                                        live_set_up, live_tear_down),
        cmocka_unit_test_setup_teardown(test_the_exchange_page_leads_to_fetched_mail,
                                        live_set_up, live_tear_down),
        cmocka_unit_test_setup_teardown(test_an_existing_provider_leads_to_fetched_mail,
                                        live_set_up, live_tear_down),
        cmocka_unit_test_setup_teardown(test_custom_leads_to_fetched_mail, live_set_up,
                                        live_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
