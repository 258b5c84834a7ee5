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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            test_exchange_needs_no_more_than_tenant_client_and_mailbox, live_set_up,
            live_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
