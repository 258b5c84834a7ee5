/*
 * `letterbox test --answers FILE --json` against real servers: each way passes, and each
 * fault ends at its stage, with its class, its field and its exit status.
 */
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "live/live.h"

/* One answer put in place of the sandbox's own.  In a value, {host:NAME} and {port:NAME}
 * are those of an endpoint and {NAME} is a value of sandbox.json. */
struct change {
    const char *key, *value;
};

struct attempt {
    const char *name;
    const char *way;
    struct change changes[4];
    bool needs_dns; /* skipped where nobody can say that a name does not exist */
    int status;
    const char *stage;                /* of the diagnosis; NULL: the test passes */
    const char *class, *field, *code; /* the same; NULL: not looked at */
};

static const struct attempt attempts[] = {
    {
        .name = "test_basic_auth_opens_the_folder",
        .way = "basic",
    },
    {
        .name = "test_exchange_opens_the_folder",
        .way = "exchange",
    },
    {
        .name = "test_an_existing_provider_opens_the_folder",
        .way = "provider",
    },
    {
        .name = "test_custom_opens_the_folder",
        .way = "custom",
    },
    {
        .name = "test_odd_characters_survive_the_basic_header",
        .way = "custom",
        .changes = {{"oauth.client_id", "{clients.odd.id}"},
                    {"oauth.client_secret", "{clients.odd.secret}"},
                    {"oauth.client_auth", "basic"}},
    },
    {
        .name = "test_starttls_comes_before_the_password",
        .way = "basic",
        .changes = {{"server.host", "{host:imap_remote}"},
                    {"server.port", "{port:imap_remote}"},
                    {"server.security", "starttls"}},
    },
    {
        .name = "test_starttls_comes_before_the_token",
        .way = "custom",
        .changes = {{"server.host", "{host:imap_remote}"},
                    {"server.port", "{port:imap_remote}"},
                    {"server.security", "starttls"}},
    },
    {
        .name = "test_a_path_is_not_a_url",
        .way = "exchange",
        .changes = {{"oauth.token_url", "/oauth2/v2.0/token"}},
        .status = 78,
        .stage = "settings",
        .class = "fix_setting",
        .field = "oauth.token_url",
    },
    {
        .name = "test_a_wrong_client_secret_is_refused",
        .way = "custom",
        .changes = {{"oauth.client_secret", "nonsense"}},
        .status = 77,
        .stage = "token.request",
        .class = "fix_setting",
        .field = "oauth.client_secret",
    },
    {
        .name = "test_an_unknown_client_is_refused",
        .way = "custom",
        .changes = {{"oauth.client_id", "nobody"}},
        .status = 77,
        .stage = "token.request",
        .class = "fix_setting",
        .code = "oauth.client_refused",
    },
    {
        .name = "test_the_other_client_authentication_is_refused",
        .way = "custom",
        .changes = {{"oauth.client_auth", "basic"}},
        .status = 77,
        .stage = "token.request",
        .class = "fix_setting",
        .field = "oauth.client_auth",
    },
    {
        .name = "test_a_scope_that_the_client_may_not_ask_for",
        .way = "custom",
        .changes = {{"oauth.client_id", "{clients.scopeless.id}"},
                    {"oauth.client_secret", "{clients.scopeless.secret}"}},
        .status = 78,
        .stage = "token.request",
        .class = "fix_setting",
        .field = "oauth.scope",
    },
    {
        .name = "test_a_token_host_that_does_not_exist",
        .way = "custom",
        .changes = {{"oauth.token_url", "https://nowhere.invalid/token"}},
        .needs_dns = true,
        .status = 78,
        .stage = "token.resolve",
        .class = "fix_setting",
        .field = "oauth.token_url",
    },
    {
        .name = "test_a_token_server_that_is_down",
        .way = "custom",
        .changes = {{"oauth.token_url", "https://127.0.0.6:{port:openid}/token"}},
        .status = 69,
        .stage = "token.connect",
        .class = "fix_server",
        .field = "oauth.token_url",
        .code = "network.refused",
    },
    {
        .name = "test_a_token_url_with_another_path",
        .way = "custom",
        .changes = {{"oauth.token_url",
                     "https://{host:openid}:{port:openid}/nothing-here"}},
        .status = 78,
        .stage = "token.request",
        .class = "fix_setting",
        .field = "oauth.token_url",
    },
    {
        .name = "test_a_token_server_with_another_name",
        .way = "custom",
        .changes = {{"oauth.token_url",
                     "https://{host:openid_wrong_host}:{port:openid_wrong_host}/token"}},
        .status = 78,
        .stage = "token.tls",
        .class = "fix_setting",
        .field = "oauth.token_url",
    },
    {
        .name = "test_a_token_server_whose_certificate_has_expired",
        .way = "custom",
        .changes = {{"oauth.token_url",
                     "https://{host:openid_expired}:{port:openid_expired}/token"}},
        .status = 69,
        .stage = "token.tls",
        .class = "fix_server",
        .code = "tls.expired",
    },
    {
        .name = "test_a_token_server_of_another_authority",
        .way = "custom",
        .changes = {{"oauth.token_url",
                     "https://{host:openid_untrusted}:{port:openid_untrusted}/token"}},
        .status = 78,
        .stage = "token.tls",
        .class = "fix_setting",
        .field = "tls.ca_file",
        .code = "tls.untrusted",
    },
    {
        .name = "test_an_imap_host_that_does_not_exist",
        .way = "basic",
        .changes = {{"server.host", "nowhere.invalid"}},
        .needs_dns = true,
        .status = 78,
        .stage = "imap.resolve",
        .class = "fix_setting",
        .field = "server.host",
    },
    {
        .name = "test_an_imap_port_where_nothing_listens",
        .way = "basic",
        .changes = {{"server.host", "127.0.0.6"}},
        .status = 69,
        .stage = "imap.connect",
        .class = "fix_server",
        .field = "server.port",
    },
    {
        .name = "test_tls_to_a_port_that_speaks_clear_text",
        .way = "basic",
        .changes = {{"server.port", "{port:imap}"}},
        .status = 78,
        .stage = "imap.tls",
        .class = "fix_setting",
        .field = "server.security",
    },
    {
        .name = "test_an_authority_that_is_not_known",
        .way = "basic",
        .changes = {{"tls.ca_file", ""}},
        .status = 78,
        .stage = "imap.tls",
        .class = "fix_setting",
        .field = "tls.ca_file",
        .code = "tls.untrusted",
    },
    {
        .name = "test_an_imap_server_with_another_name",
        .way = "basic",
        .changes = {{"server.host", "{host:imaps_wrong_host}"},
                    {"server.port", "{port:imaps_wrong_host}"}},
        .status = 78,
        .stage = "imap.tls",
        .class = "fix_setting",
        .field = "server.host",
    },
    {
        .name = "test_an_imap_server_whose_certificate_has_expired",
        .way = "basic",
        .changes = {{"server.host", "{host:imaps_expired}"},
                    {"server.port", "{port:imaps_expired}"}},
        .status = 69,
        .stage = "imap.tls",
        .class = "fix_server",
        .code = "tls.expired",
    },
    {
        .name = "test_an_imap_server_of_another_authority",
        .way = "basic",
        .changes = {{"server.host", "{host:imaps_untrusted}"},
                    {"server.port", "{port:imaps_untrusted}"}},
        .status = 78,
        .stage = "imap.tls",
        .class = "fix_setting",
        .field = "tls.ca_file",
        .code = "tls.untrusted",
    },
    {
        .name = "test_a_wrong_password_is_refused",
        .way = "basic",
        .changes = {{"basic.password", "nonsense"}},
        .status = 77,
        .stage = "imap.authenticate",
        .class = "fix_setting",
        .field = "basic.password",
    },
    {
        .name = "test_a_token_for_another_mailbox_is_refused",
        .way = "custom",
        .changes = {{"oauth.client_id", "{clients.stranger.id}"},
                    {"oauth.client_secret", "{clients.stranger.secret}"}},
        .status = 77,
        .stage = "imap.authenticate",
        .code = "openid.token_not_accepted",
    },
    {
        .name = "test_a_folder_that_is_not_there",
        .way = "basic",
        .changes = {{"mailbox.folder", "Nowhere"}},
        .status = 78,
        .stage = "imap.open",
        .class = "fix_setting",
        .field = "mailbox.folder",
    },
    {
        .name = "test_the_delegated_scope_is_refused",
        .way = "exchange",
        .changes = {{"oauth.scope", "https://outlook.office.com/IMAP.AccessAsUser.All"}},
        .status = 78,
        .stage = "token.request",
        .class = "fix_setting",
        .field = "oauth.scope",
    },
    {
        .name = "test_a_tenant_that_does_not_exist",
        .way = "exchange",
        .changes = {{"oauth.token_url",
                     "https://{host:openid}:{port:openid}/"
                     "00000000-1111-2222-3333-444444444444/oauth2/v2.0/token"}},
        .status = 78,
        .stage = "token.request",
        .class = "fix_setting",
        .code = "entra.tenant_unknown",
    },
    {
        .name = "test_the_secret_id_is_not_the_secret",
        .way = "exchange",
        .changes = {{"oauth.client_secret", "6f1c2b3a-4d5e-4f60-8172-93a4b5c6d7e8"}},
        .status = 77,
        .stage = "token.request",
        .class = "fix_setting",
        .field = "oauth.client_secret",
        .code = "entra.secret_id_not_value",
    },
};

/* What stands in braces, up to `end`. */
static char *look_up(const struct live *live, const char *name, size_t length)
{
    char *text = mem_copy_bytes(name, length), *found;

    if (strncmp(text, "port:", 5) == 0)
        found = mem_format("%d", live_port(live, text + 5));
    else if (strncmp(text, "host:", 5) == 0)
        found = mem_copy_text(live_host(live, text + 5));
    else
        found = mem_copy_text(live_value(live, text));
    free(text);
    return found;
}

static char *fill_in(const struct live *live, const char *value)
{
    char *text = mem_copy_text("");

    while (*value) {
        size_t plain = strcspn(value, "{"), name;
        char *found = mem_copy_text(""), *longer;

        if (value[plain] == '{') {
            name = strcspn(value + plain, "}");
            free(found);
            found = look_up(live, value + plain + 1, name - 1);
        } else {
            name = 0;
        }
        longer = mem_format("%s%.*s%s", text, (int)plain, value, found);
        free(text);
        free(found);
        text = longer;
        value += plain + (name ? name + 1 : 0);
    }
    return text;
}

static void make_changes(const struct live *live, json_t *answers,
                         const struct change *changes)
{
    for (; changes->key; changes++) {
        char *value = fill_in(live, changes->value);

        if (!*value)
            json_object_del(answers, changes->key);
        else if (strcmp(changes->key, "server.port") == 0)
            json_object_set_new(answers, changes->key, json_integer(atol(value)));
        else
            json_object_set_new(answers, changes->key, json_string(value));
        free(value);
    }
}

static const char *state_of(const json_t *report, const char *id)
{
    json_t *stage;
    size_t i;

    json_array_foreach(json_object_get(report, "stages"), i, stage)
    {
        if (strcmp(json_string_value(json_object_get(stage, "id")), id) == 0)
            return json_string_value(json_object_get(stage, "state"));
    }
    return NULL;
}

static void check_text(const json_t *diagnosis, const char *key, const char *wanted)
{
    if (wanted)
        assert_string_equal(json_string_value(json_object_get(diagnosis, key)), wanted);
}

static void check_diagnosis(const struct attempt *attempt, const json_t *report)
{
    json_t *diagnosis = json_object_get(report, "diagnosis");

    assert_true(json_is_false(json_object_get(report, "ok")));
    check_text(diagnosis, "stage", attempt->stage);
    check_text(diagnosis, "class", attempt->class);
    check_text(diagnosis, "field", attempt->field);
    check_text(diagnosis, "code", attempt->code);
    assert_string_equal(state_of(report, attempt->stage), "failed");
    assert_true(json_string_length(json_object_get(diagnosis, "title")) > 0);
    assert_true(json_string_length(json_object_get(diagnosis, "means")) > 0);
    assert_true(json_array_size(json_object_get(diagnosis, "fixes")) > 0);
}

static void check_passed(const struct attempt *attempt, const json_t *report)
{
    assert_true(json_is_true(json_object_get(report, "ok")));
    assert_string_equal(state_of(report, "imap.open"), "ok");
    assert_string_equal(state_of(report, "imap.preview"), "ok");
    if (strcmp(attempt->way, "basic") != 0)
        assert_string_equal(state_of(report, "token.request"), "ok");
}

/* Neither on standard output nor on standard error. */
static void check_secrecy(const struct live *live, const char *secret)
{
    if (!secret)
        return;
    assert_null(strstr(live->output, secret));
    assert_null(strstr(live->errors, secret));
}

static bool dns_answers(void)
{
    struct addrinfo *found = NULL;
    int why = getaddrinfo("nowhere.invalid", "993", NULL, &found);

    if (why == 0)
        freeaddrinfo(found);
    return why == EAI_NONAME;
}

/* The state of one test: its row, and a letterbox of its own. */
struct trial {
    const struct attempt *attempt;
    struct live *live;
};

static int set_up(void **state)
{
    struct trial *trial = mem_new(1, sizeof *trial);
    void *live = NULL;

    trial->attempt = *state;
    *state = trial;
    live_set_up(&live);
    trial->live = live;
    return 0;
}

static int tear_down(void **state)
{
    struct trial *trial = *state;
    void *live = trial->live;

    free(trial);
    return live_tear_down(&live);
}

static void check_trial(void **state)
{
    const struct attempt *attempt = ((struct trial *)*state)->attempt;
    struct live *live = ((struct trial *)*state)->live;
    json_t *answers = live_answers(live, attempt->way), *report;
    const char *path;
    int status;

    if (attempt->needs_dns && !dns_answers())
        skip();
    make_changes(live, answers, attempt->changes);
    path = live_write_answers(live, json_incref(answers));
    status = LIVE_RUN(live, "test", "--json", "--answers", path);
    if (status != attempt->status)
        fprintf(stderr, "%s%s", live->output, live->errors);
    assert_int_equal(status, attempt->status);
    report = json_loads(live->output, 0, NULL);
    assert_non_null(report);
    if (attempt->stage)
        check_diagnosis(attempt, report);
    else
        check_passed(attempt, report);
    check_secrecy(live,
                  json_string_value(json_object_get(answers, "oauth.client_secret")));
    check_secrecy(live, json_string_value(json_object_get(answers, "basic.password")));
    json_decref(answers);
    json_decref(report);
}

int main(void)
{
    enum { COUNT = sizeof attempts / sizeof attempts[0] };
    struct CMUnitTest tests[COUNT];

    for (size_t i = 0; i < COUNT; i++)
        tests[i] = (struct CMUnitTest){attempts[i].name, check_trial, set_up, tear_down,
                                       (void *)(uintptr_t)&attempts[i]};
    return cmocka_run_group_tests_name("live", tests, NULL, NULL);
}
