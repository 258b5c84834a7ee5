/* Every page as a picture, at every size that matters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "golden/picture_text.h"
#include "ui/screen/act.h"
#include "ui/screen/draw.h"
#include "ui/screen/hints.h"
#include "ui/start_needs.h"

#define TENANT "6731de76-14a6-49ae-97bc-6eba6914391e"
#define CLIENT "0f8e7d6c-5b4a-4392-8180-a1b2c3d4e5f6"

/* A wizard and its view, as they are in the program, with keys instead of a terminal. */
struct scene {
    struct store *store;
    struct setup setup;
    struct view view;
};

static void scene_begin(struct scene *scene)
{
    struct err err = ERR_INIT;

    memset(scene, 0, sizeof *scene);
    scene->store = store_open("/nonexistent/config", "/nonexistent/state", &err);
    assert_non_null(scene->store);
    assert_true(setup_open(&scene->setup, scene->store, NULL, &err));
    view_init(&scene->view, &scene->setup, false);
}

static void scene_end(struct scene *scene)
{
    view_free(&scene->view);
    setup_close(&scene->setup);
    store_close(&scene->store);
}

static void press(struct scene *scene, enum key key)
{
    struct input input = {.kind = INPUT_KEY, .key = key};

    act_on_input(&scene->view, &input);
}

static void type(struct scene *scene, const char *text)
{
    struct input input = {.kind = INPUT_TEXT, .text = text, .length = strlen(text)};

    act_on_input(&scene->view, &input);
}

static void paste(struct scene *scene, const char *text)
{
    struct input input = {.kind = INPUT_PASTE, .text = text, .length = strlen(text)};

    act_on_input(&scene->view, &input);
}

static void tell(struct scene *scene, struct wizard_event event)
{
    wizard_update(scene->setup.wizard, &event);
    view_follow(&scene->view);
}

static void set(struct scene *scene, enum setting_id id, const char *text)
{
    tell(scene, (struct wizard_event){.kind = WIZARD_EDIT, .setting = id, .text = text});
}

static void go(struct scene *scene, enum page_id page)
{
    tell(scene, (struct wizard_event){.kind = WIZARD_GO_PAGE, .page = page});
}

/* Scenes */

static void at_the_start(struct scene *scene)
{
    (void)scene;
}

static void choosing_a_provider(struct scene *scene)
{
    press(scene, K_ACCEPT);
    press(scene, K_PAGE_NEXT);
    press(scene, K_DOWN);
}

static void exchange_untouched(struct scene *scene)
{
    set(scene, SET_AUTH_METHOD, "oauth");
    set(scene, SET_OAUTH_SOURCE, "exchange");
    go(scene, PAGE_EXCHANGE);
}

static void exchange_filled(struct scene *scene)
{
    exchange_untouched(scene);
    press(scene, K_NEXT);
    type(scene, TENANT);
    press(scene, K_NEXT);
    press(scene, K_NEXT);
    type(scene, "not-a-guid");
    press(scene, K_NEXT);
    paste(scene, "a~Value.that-is\n");
}

/* 2026-11-23T20:35:00Z */
#define NOW 1795466100

/* A portal's URL in place of the tenant, the secret's ID, and a date that has passed. */
static void exchange_warned(struct scene *scene)
{
    scene->setup.context.now = NOW;
    exchange_untouched(scene);
    press(scene, K_NEXT);
    paste(scene, "https://portal.azure.com/#view/Microsoft_AAD_RegisteredApps/"
                 "ApplicationMenuBlade/~/Overview/appId/" CLIENT "/tenantId/" TENANT);
    set(scene, SET_OAUTH_CLIENT_ID, "api://" CLIENT);
    tell(scene,
         (struct wizard_event){.kind = WIZARD_FOCUS, .setting = SET_OAUTH_CLIENT_SECRET});
    paste(scene, CLIENT);
    set(scene, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2026-11-20");
    tell(scene, (struct wizard_event){.kind = WIZARD_FOCUS, .setting = SET_OAUTH_TENANT});
}

static void custom_left_empty(struct scene *scene)
{
    set(scene, SET_AUTH_METHOD, "oauth");
    set(scene, SET_OAUTH_SOURCE, "custom");
    go(scene, PAGE_CUSTOM);
    press(scene, K_PAGE_NEXT);
    press(scene, K_MORE);
}

static const struct choice providers[] = {
    {"keycloak", "Keycloak of the house", "https://id.example.com/realms/mail/token"},
    {"zitadel", "Zitadel", "https://zitadel.example.com/oauth/v2/token"},
};

static void choosing_an_existing_provider(struct scene *scene)
{
    scene->setup.context.providers = providers;
    scene->setup.context.provider_secrets_end = NULL;
    scene->setup.context.provider_count = 2;
    set(scene, SET_AUTH_METHOD, "oauth");
    set(scene, SET_OAUTH_SOURCE, "provider");
    go(scene, PAGE_OPENID);
    press(scene, K_DOWN);
    type(scene, " ");
}

static void no_provider_yet(struct scene *scene)
{
    set(scene, SET_AUTH_METHOD, "oauth");
    set(scene, SET_OAUTH_SOURCE, "provider");
    go(scene, PAGE_OPENID);
    press(scene, K_NEXT);
}

static void basic_with_a_refused_paste(struct scene *scene)
{
    set(scene, SET_AUTH_METHOD, "basic");
    go(scene, PAGE_BASIC);
    type(scene, "support@example.com");
    press(scene, K_NEXT);
    type(scene, "pass");
    paste(scene, "one\ntwo\n");
}

static void basic_with_the_password_shown(struct scene *scene)
{
    basic_with_a_refused_paste(scene);
    press(scene, K_REVEAL);
}

static void server_with_mistakes(struct scene *scene)
{
    exchange_filled(scene);
    press(scene, K_FIX);
    set(scene, SET_OAUTH_CLIENT_ID, CLIENT);
    go(scene, PAGE_SERVER);
    type(scene, "support@example.com");
    set(scene, SET_SERVER_HOST, "imaps://mail.example.com:993");
    set(scene, SET_SERVER_PORT, "143");
    press(scene, K_NEXT);
    press(scene, K_NEXT);
    press(scene, K_NEXT);
}

static void processing_with_folders(struct scene *scene)
{
    set(scene, SET_AUTH_METHOD, "basic");
    go(scene, PAGE_PROCESSING);
    set(scene, SET_INGEST_ON_SUCCESS, "move");
    set(scene, SET_INGEST_ON_FAILURE, "delete");
    press(scene, K_NEXT);
    press(scene, K_NEXT);
    press(scene, K_NEXT);
}

static void choosing_an_application(struct scene *scene)
{
    set(scene, SET_AUTH_METHOD, "basic");
    go(scene, PAGE_PROCESSING);
    press(scene, K_DOWN);
}

/* Its fields have wider labels: the list has less room. */
static void openproject_just_chosen(struct scene *scene)
{
    choosing_an_application(scene);
    set(scene, SET_INGEST_CONSUMER, "openproject");
}

static void openproject_with_its_blank(struct scene *scene)
{
    openproject_just_chosen(scene);
    press(scene, K_NEXT);
    press(scene, K_NEXT);
}

static void redmine_not_yet_filled_in(struct scene *scene)
{
    choosing_an_application(scene);
    set(scene, SET_INGEST_CONSUMER, "redmine-http");
    press(scene, K_NEXT);
}

/* Everything that a test needs is there. */
static void filled_in(struct scene *scene)
{
    exchange_filled(scene);
    set(scene, SET_OAUTH_CLIENT_ID, CLIENT);
    set(scene, SET_OAUTH_SCOPE, "https://outlook.office365.com/.default");
    set(scene, SET_MAILBOX_USER, "support@example.com");
    set(scene, SET_INGEST_TARGET, "/var/mail/support");
}

static void asked_about_the_scope(struct scene *scene)
{
    exchange_filled(scene);
    set(scene, SET_OAUTH_CLIENT_ID, CLIENT);
    set(scene, SET_MAILBOX_USER, "support@example.com");
    press(scene, K_TEST);
}

static void asked_whether_to_leave(struct scene *scene)
{
    exchange_filled(scene);
    press(scene, K_LEAVE);
    press(scene, K_DOWN);
}

static void before_the_test(struct scene *scene)
{
    filled_in(scene);
    go(scene, PAGE_TEST);
}

struct planned {
    enum check_stage stage;
    enum check_state state;
    int began_ms, took_ms;
    const char *evidence;
};

static void put_steps(struct scene *scene, const struct planned *planned, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct check_step *step = &scene->setup.steps[planned[i].stage];

        step->state = planned[i].state;
        step->began_us = planned[i].began_ms * 1000;
        step->took_us = planned[i].took_ms * 1000;
        snprintf(step->evidence, sizeof step->evidence, "%s", planned[i].evidence);
    }
}

static const struct planned reached[] = {
    {CHECK_SETTINGS, CHECK_OK, 0, 0, ""},
    {CHECK_TOKEN_RESOLVE, CHECK_OK, 1, 12, "login.microsoftonline.com"},
    {CHECK_TOKEN_CONNECT, CHECK_OK, 13, 24, "20.190.151.7"},
    {CHECK_TOKEN_TLS, CHECK_OK, 37, 31, "TLS 1.3, valid until 2027-03-01"},
    {CHECK_IMAP_RESOLVE, CHECK_OK, 1, 9, "outlook.office365.com"},
    {CHECK_IMAP_CONNECT, CHECK_OK, 10, 22, "52.98.1.2, port 993"},
    {CHECK_IMAP_TLS, CHECK_OK, 32, 40, "TLS 1.3, valid until 2027-01-12"},
    {CHECK_IMAP_GREETING, CHECK_OK, 72, 21, "Microsoft Exchange IMAP4 service is ready."},
};

static const struct planned passed[] = {
    {CHECK_TOKEN_REQUEST, CHECK_OK, 68, 130, "Bearer token, 3599 s"},
    {CHECK_TOKEN_CLAIMS, CHECK_WARNED, 198, 0, "no role IMAP.AccessAsApp"},
    {CHECK_IMAP_AUTHENTICATE, CHECK_OK, 198, 140, "XOAUTH2 as support@example.com"},
    {CHECK_IMAP_OPEN, CHECK_OK, 338, 25, "INBOX, 1204 messages"},
    {CHECK_IMAP_PREVIEW, CHECK_OK, 363, 30, "3 unread"},
};

static void begin_test_as_it_is(struct scene *scene)
{
    tell(scene, (struct wizard_event){.kind = WIZARD_TEST});
    scene->view.scroll = SCROLL_FOLLOWS;
    put_steps(scene, reached, sizeof reached / sizeof *reached);
}

static void begin_test(struct scene *scene)
{
    filled_in(scene);
    begin_test_as_it_is(scene);
}

static void end_test(struct scene *scene, struct diagnosis *diagnosis)
{
    scene->setup.facts = check_facts_new();
    scene->setup.facts->used_oauth = true;
    scene->setup.diagnosis = diagnosis;
    tell(scene, (struct wizard_event){.kind = WIZARD_TEST_ENDED, .passed = !diagnosis});
}

static void testing(struct scene *scene)
{
    begin_test(scene);
    put_steps(scene, (struct planned[]){{CHECK_TOKEN_REQUEST, CHECK_RUNNING, 68, 0, ""}},
              1);
    scene->view.test_elapsed_us = 700000;
}

static void test_failed(struct scene *scene)
{
    struct diagnosis *diagnosis = mem_new(1, sizeof *diagnosis);

    begin_test(scene);
    put_steps(scene,
              (struct planned[]){{CHECK_TOKEN_REQUEST, CHECK_FAILED, 68, 130,
                                  "HTTP 401 invalid_client"}},
              1);
    diagnosis->code = "entra.secret_id_not_value";
    diagnosis->class = ADVICE_FIX_SETTING;
    diagnosis->stage = CHECK_TOKEN_REQUEST;
    diagnosis->field = SET_OAUTH_CLIENT_SECRET;
    diagnosis->title = mem_copy_text("The Client secret is the Secret ID, not its Value");
    diagnosis->means = mem_copy_text("Entra shows two columns.  This is a GUID, which is "
                                     "the ID; the Value was shown once, when the secret "
                                     "was made.");
    diagnosis->said = mem_copy_text("AADSTS7000215: Invalid client secret provided.");
    diagnosis->fixes[0].who = mem_copy_text("Entra administrator");
    diagnosis->fixes[0].text = mem_copy_text("Make a new client secret, and paste its "
                                             "Value.");
    diagnosis->fixes[0].command =
        mem_copy_text("az ad app credential reset --id " CLIENT);
    diagnosis->fix_count = 1;
    end_test(scene, diagnosis);
    snprintf(scene->setup.facts->token.trace_id,
             sizeof scene->setup.facts->token.trace_id,
             "60788b74-876e-4b9f-a15d-951f2b83c86b");
    snprintf(scene->setup.facts->greeting, sizeof scene->setup.facts->greeting,
             "Microsoft Exchange IMAP4 service is ready.");
}

static void asked_about_the_report(struct scene *scene)
{
    test_failed(scene);
    type(scene, "w");
}

static void put_repair(struct diagnosis *diagnosis, enum setting_id field,
                       const char *value)
{
    struct diagnosis_repair *repair = &diagnosis->repairs[diagnosis->repair_count++];

    repair->field = field;
    repair->value = mem_copy_text(value);
}

static void test_failed_with_a_repair(struct scene *scene)
{
    struct diagnosis *diagnosis = mem_new(1, sizeof *diagnosis);

    filled_in(scene);
    set(scene, SET_OAUTH_SCOPE, "https://outlook.office365.com/IMAP.AccessAsApp");
    begin_test_as_it_is(scene);
    put_steps(scene,
              (struct planned[]){{CHECK_TOKEN_REQUEST, CHECK_FAILED, 68, 130,
                                  "HTTP 400 invalid_request, AADSTS1002012"}},
              1);
    diagnosis->code = "entra.scope_not_default";
    diagnosis->class = ADVICE_FIX_SETTING;
    diagnosis->stage = CHECK_TOKEN_REQUEST;
    diagnosis->field = SET_OAUTH_SCOPE;
    diagnosis->title = mem_copy_text("The Scope must end in /.default in this flow");
    diagnosis->means = mem_copy_text("A program without a signed-in user is given what "
                                     "was consented to beforehand, all of it at once.");
    diagnosis->fixes[0].who = mem_copy_text("You, here");
    diagnosis->fixes[0].text = mem_copy_text("Put https://outlook.office365.com/.default "
                                             "into Scope.");
    diagnosis->fix_count = 1;
    put_repair(diagnosis, SET_OAUTH_SCOPE, "https://outlook.office365.com/.default");
    end_test(scene, diagnosis);
}

/* A port and its security belong together. */
static void test_failed_with_two_repairs(struct scene *scene)
{
    struct diagnosis *diagnosis;

    test_failed(scene);
    diagnosis = scene->setup.diagnosis;
    put_repair(diagnosis, SET_SERVER_PORT, "993");
    put_repair(diagnosis, SET_SERVER_SECURITY, "tls");
}

/* Exchange takes no password: the repair leads to pages that nobody has filled in. */
static void repaired_to_a_page_not_filled_in(struct scene *scene)
{
    struct diagnosis *diagnosis = mem_new(1, sizeof *diagnosis);

    basic_with_a_refused_paste(scene);
    set(scene, SET_MAILBOX_USER, "support@example.com");
    set(scene, SET_SERVER_HOST, "outlook.office365.com");
    tell(scene, (struct wizard_event){.kind = WIZARD_TEST});
    diagnosis->code = "exchange.basic_auth_retired";
    diagnosis->field = SET_AUTH_METHOD;
    diagnosis->title =
        mem_copy_text("Exchange Online no longer takes passwords for IMAP");
    put_repair(diagnosis, SET_AUTH_METHOD, "oauth");
    end_test(scene, diagnosis);
    press(scene, K_FIX);
}

#define PUT(array, text) snprintf(array, sizeof(array), "%s", text)

static void details_of_a_failure(struct scene *scene)
{
    struct check_facts *facts;
    struct tls_certificate *own;

    test_failed(scene);
    facts = scene->setup.facts;
    check_facts_enter(facts, wizard_settings(scene->setup.wizard));
    facts->credential = (struct check_credential_shape){.is_guid = true, .length = 36};
    PUT(facts->token_url,
        "https://login.microsoftonline.com/" TENANT "/oauth2/v2.0/token");
    PUT(facts->client_id, CLIENT);
    PUT(facts->client_auth, "post");
    PUT(facts->token.address, "20.190.151.7");
    PUT(facts->token.content_type, "application/json; charset=utf-8");
    PUT(facts->token.error, "invalid_client");
    PUT(facts->token.description, scene->setup.diagnosis->said);
    facts->token.http_status = 401;
    facts->token.aadsts = 7000215;
    PUT(facts->imap_address, "52.98.1.2");
    PUT(facts->capabilities, "IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS ID "
                             "UNSELECT CHILDREN IDLE NAMESPACE LITERAL+");
    facts->imap_tls = (struct tls_facts){
        .handshaken = true, .version = "TLS 1.3", .cipher = "TLS_AES_256_GCM_SHA384"};
    facts->imap_tls.chain_length = 1;
    own = &facts->imap_tls.chain[0];
    PUT(own->subject, "CN=outlook.com,O=Microsoft Corporation,C=US");
    PUT(own->issuer, "CN=DigiCert Cloud Services CA-1,O=DigiCert Inc,C=US");
    PUT(own->names, "*.internal.outlook.com *.outlook.com outlook.com office365.com");
    own->valid_from = 1736640000;
    own->valid_until = 1799711999;
    memcpy(facts->steps, scene->setup.steps, sizeof facts->steps);
    type(scene, "d");
}

/* The same, further down. */
static void more_details_of_a_failure(struct scene *scene)
{
    details_of_a_failure(scene);
    scene->view.scroll = 18;
}

static void sent_to_the_field(struct scene *scene)
{
    test_failed(scene);
    press(scene, K_ACCEPT);
}

static void test_passed(struct scene *scene)
{
    static const char *const subjects[] = {"Réunion de mercredi", "会議の議事録",
                                           "Invoice"};
    struct check_facts *facts;

    begin_test(scene);
    put_steps(scene, passed, sizeof passed / sizeof *passed);
    end_test(scene, NULL);
    facts = scene->setup.facts;
    facts->unread = 3;
    facts->preview_count = 3;
    for (size_t i = 0; i < 3; i++) {
        snprintf(facts->previews[i].subject, sizeof facts->previews[i].subject, "%s",
                 subjects[i]);
        snprintf(facts->previews[i].from, sizeof facts->previews[i].from,
                 "Ada <ada@example.com>");
    }
}

static void test_passed_after_a_repair(struct scene *scene)
{
    test_passed(scene);
    scene->view.repaired =
        mem_copy_text("Scope was changed to https://outlook.office365.com/.default.");
}

/* Every minute, the last time at half past six minutes past two. */
static void repeat_until_now(struct scene *scene, enum repeat_state state)
{
    scene->view.repeat =
        (struct repeat){.state = state, .tests = 3, .ended = {1, 1795442790}};
}

static void a_permission_is_missing(struct scene *scene)
{
    struct diagnosis *diagnosis = mem_new(1, sizeof *diagnosis);

    begin_test(scene);
    put_steps(
        scene,
        (struct planned[]){
            {CHECK_TOKEN_REQUEST, CHECK_OK, 68, 130, "Bearer token, 3599 s"},
            {CHECK_TOKEN_CLAIMS, CHECK_OK, 198, 0, "IMAP.AccessAsApp"},
            {CHECK_IMAP_AUTHENTICATE, CHECK_FAILED, 198, 140, "NO AUTHENTICATE failed."}},
        3);
    diagnosis->code = "exchange.not_registered";
    diagnosis->class = ADVICE_FIX_SERVER;
    diagnosis->stage = CHECK_IMAP_AUTHENTICATE;
    diagnosis->field = SET_NONE;
    diagnosis->is_refusal = true;
    diagnosis->title = mem_copy_text("Exchange does not let this application in");
    diagnosis->means = mem_copy_text("The token is right: audience and role are what "
                                     "Exchange wants. What is left is the registration "
                                     "in Exchange and the mailbox's permission.");
    diagnosis->said = mem_copy_text("AUTHENTICATE failed.");
    diagnosis->causes[0].text = mem_copy_text("The application is not registered.");
    diagnosis->cause_count = 1;
    diagnosis->fixes[0].who = mem_copy_text("Exchange administrator");
    diagnosis->fixes[0].text = mem_copy_text("Register the application in Exchange.");
    diagnosis->fixes[0].command =
        mem_copy_text("New-ServicePrincipal -AppId " CLIENT " -ObjectId " TENANT
                      " -DisplayName 'letterbox'");
    diagnosis->fixes[1].who = mem_copy_text("Exchange administrator");
    diagnosis->fixes[1].text = mem_copy_text("Give it access to the mailbox.");
    diagnosis->fixes[1].command =
        mem_copy_text("Add-MailboxPermission -Identity support@example.com -User " TENANT
                      " -AccessRights FullAccess");
    diagnosis->fix_count = 2;
    end_test(scene, diagnosis);
}

static void tested_every_minute(struct scene *scene)
{
    a_permission_is_missing(scene);
    repeat_until_now(scene, REPEAT_ON);
}

static void passed_after_some_minutes(struct scene *scene)
{
    test_passed(scene);
    repeat_until_now(scene, REPEAT_PASSED);
}

static void stopped_after_some_minutes(struct scene *scene)
{
    test_failed(scene);
    repeat_until_now(scene, REPEAT_STOPPED);
}

static void test_passed_then_changed(struct scene *scene)
{
    test_passed(scene);
    set(scene, SET_MAILBOX_FOLDER, "Support");
}

static void reviewing(struct scene *scene)
{
    test_passed(scene);
    press(scene, K_ACCEPT);
}

static void reviewing_a_secret_that_ends(struct scene *scene)
{
    scene->setup.context.now = NOW;
    reviewing(scene);
    set(scene, SET_OAUTH_CLIENT_SECRET_EXPIRES_AT, "2026-12-05");
}

static void reviewing_a_group(struct scene *scene)
{
    reviewing(scene);
    press(scene, K_DOWN);
    press(scene, K_DOWN);
    press(scene, K_DOWN);
    press(scene, K_DOWN);
}

static void saved(struct scene *scene)
{
    reviewing(scene);
    press(scene, K_NEXT);
    tell(scene, (struct wizard_event){.kind = WIZARD_SAVED});
}

/* What comes next, on a machine of our own. */

static uid_t root(void)
{
    return 0;
}

static bool find_service_user(const char *name, uid_t *uid, gid_t *gid)
{
    assert_string_equal(name, "letterbox");
    *uid = *gid = 995;
    return true;
}

static const struct systemd_host machine = {
    .marker = "/",
    .config_dir = "/nonexistent/config",
    .state_dir = "/nonexistent/state",
    .unit_dir = "/nonexistent/systemd",
    .program = "/usr/local/bin/letterbox",
    .user = root,
    .find_user = find_service_user,
};

static void next(struct scene *scene, enum start_hindrance hindrance)
{
    struct start *start = &scene->setup.start;

    systemd_host_use(&machine);
    saved(scene);
    start->stage = START_KNOWN;
    start->hindrance = hindrance;
    start->name = mem_copy_text("support");
    start->config = mem_copy_text(machine.config_dir);
    start->state = mem_copy_text(machine.state_dir);
    type(scene, "n");
}

static void next_by_hand(struct scene *scene)
{
    next(scene, HINDRANCE_NOT_BOOTED);
}

static void next_by_key(struct scene *scene)
{
    struct start *start = &scene->setup.start;
    struct settings settings;

    next(scene, HINDRANCE_NONE);
    snprintf(start->unit, sizeof start->unit, "letterbox-ingest.service");
    settings_copy(&settings, wizard_settings(scene->setup.wizard));
    settings_set(&settings, SET_INGEST_TARGET, "/nonexistent/mail/support");
    start_needs("support", &settings, &start->needs);
    settings_free(&settings);
}

static void next_runs(struct scene *scene)
{
    next_by_key(scene);
    start_lines_free(&scene->setup.start.needs);
    scene->setup.start.is_active = true;
    scene->setup.start.is_served = true;
}

static void next_started_too_soon(struct scene *scene)
{
    next_by_key(scene);
    scene->setup.start.stage = START_STARTED;
    scene->setup.start.is_active = true;
}

static void next_started(struct scene *scene)
{
    next_started_too_soon(scene);
    start_lines_free(&scene->setup.start.needs);
}

static void next_failed(struct scene *scene)
{
    next_by_key(scene);
    start_lines_free(&scene->setup.start.needs);
    scene->setup.start.stage = START_FAILED;
    snprintf(scene->setup.start.said, sizeof scene->setup.start.said,
             "Job for letterbox-ingest.service failed because the control process exited "
             "with error code.");
}

static void not_saved(struct scene *scene)
{
    reviewing(scene);
    press(scene, K_NEXT);
    tell(scene,
         (struct wizard_event){.kind = WIZARD_SAVE_FAILED,
                               .text = "/etc/letterbox/mailboxes cannot be written: "
                                       "Read-only file system"});
}

static void help_for_a_field(struct scene *scene)
{
    exchange_untouched(scene);
    press(scene, K_DOWN);
    press(scene, K_DOWN);
    press(scene, K_HELP);
}

static const struct {
    const char *name;
    void (*play)(struct scene *scene);
} scenes[] = {
    {"authentication", at_the_start},
    {"oauth-provider", choosing_a_provider},
    {"exchange", exchange_untouched},
    {"exchange-filled", exchange_filled},
    {"exchange-warned", exchange_warned},
    {"openid", choosing_an_existing_provider},
    {"openid-none", no_provider_yet},
    {"custom-empty", custom_left_empty},
    {"basic-paste", basic_with_a_refused_paste},
    {"basic-shown", basic_with_the_password_shown},
    {"server", server_with_mistakes},
    {"processing", processing_with_folders},
    {"processing-choosing", choosing_an_application},
    {"processing-chosen", openproject_just_chosen},
    {"processing-openproject", openproject_with_its_blank},
    {"processing-redmine", redmine_not_yet_filled_in},
    {"test", before_the_test},
    {"test-running", testing},
    {"test-failed", test_failed},
    {"test-repair", test_failed_with_a_repair},
    {"test-repair-two", test_failed_with_two_repairs},
    {"test-repair-missing", repaired_to_a_page_not_filled_in},
    {"test-repaired", test_passed_after_a_repair},
    {"test-permission", a_permission_is_missing},
    {"test-repeat", tested_every_minute},
    {"test-repeat-passed", passed_after_some_minutes},
    {"test-repeat-stopped", stopped_after_some_minutes},
    {"test-details", details_of_a_failure},
    {"test-details-more", more_details_of_a_failure},
    {"test-blamed", sent_to_the_field},
    {"test-passed", test_passed},
    {"test-stale", test_passed_then_changed},
    {"review", reviewing},
    {"review-secret-ends", reviewing_a_secret_that_ends},
    {"review-group", reviewing_a_group},
    {"review-saved", saved},
    {"next-by-hand", next_by_hand},
    {"next-by-key", next_by_key},
    {"next-runs", next_runs},
    {"next-started", next_started},
    {"next-started-too-soon", next_started_too_soon},
    {"next-failed", next_failed},
    {"review-failed", not_saved},
    {"help", help_for_a_field},
    {"question-scope", asked_about_the_scope},
    {"question-leave", asked_whether_to_leave},
    {"question-report", asked_about_the_report},
};

/* Drawn twice, as the program does when it turns out that there is more to see. */
static char *draw(struct scene *scene, int rows, int columns, bool ascii, bool with_looks)
{
    struct canvas canvas;
    char *text;

    scene->view.ascii = ascii;
    canvas_init(&canvas, rows, columns, ascii);
    scene->view.scrolled = draw_screen(&scene->view, &canvas);
    canvas_free(&canvas);
    canvas_init(&canvas, rows, columns, ascii);
    draw_screen(&scene->view, &canvas);
    text = picture_text(&canvas, with_looks);
    canvas_free(&canvas);
    return text;
}

static void compare_all(int rows, int columns, bool ascii, bool with_looks)
{
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct scene scene;
        char name[64];
        char *text;

        snprintf(name, sizeof name, "%s-ascii", scenes[i].name);
        if (!ascii)
            snprintf(name, sizeof name, "%s-%dx%d", scenes[i].name, columns, rows);
        scene_begin(&scene);
        scenes[i].play(&scene);
        text = draw(&scene, rows, columns, ascii, with_looks);
        picture_compare(name, text);
        free(text);
        scene.setup.context.provider_count = 0;
        scene_end(&scene);
    }
}

static void test_every_page_at_80x24(void **state)
{
    (void)state;
    compare_all(24, 80, false, true);
}

static void test_every_page_at_120x40(void **state)
{
    (void)state;
    compare_all(40, 120, false, false);
}

static void test_every_page_at_60x16(void **state)
{
    (void)state;
    compare_all(16, 60, false, false);
}

static void test_every_page_at_40x12(void **state)
{
    (void)state;
    compare_all(12, 40, false, false);
}

static void test_every_page_in_ascii(void **state)
{
    (void)state;
    compare_all(24, 80, true, false);
}

/* Rules that hold for every picture, whatever it shows. */

static void test_an_ascii_page_has_only_ascii(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct scene scene;
        char *text;

        scene_begin(&scene);
        scenes[i].play(&scene);
        text = draw(&scene, 24, 80, true, false);
        for (const char *c = text; *c; c++)
            assert_true((unsigned char)*c < 0x80);
        free(text);
        scene.setup.context.provider_count = 0;
        scene_end(&scene);
    }
}

static void test_a_secret_is_on_no_page_unless_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct scene scene;
        char *text;

        scene_begin(&scene);
        scenes[i].play(&scene);
        text = draw(&scene, 40, 120, false, false);
        assert_null(strstr(text, "a~Value.that-is"));
        if (scenes[i].play != basic_with_the_password_shown)
            assert_null(strstr(text, " pass_"));
        free(text);
        scene.setup.context.provider_count = 0;
        scene_end(&scene);
    }
}

/* Where the keys act must be in sight in any window from 40x12 up. */
static void test_the_focus_is_in_sight_at_every_size(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        for (int rows = SCREEN_LEAST_ROWS; rows <= 50; rows += 3) {
            struct scene scene;
            struct canvas canvas;

            scene_begin(&scene);
            scenes[i].play(&scene);
            canvas_init(&canvas, rows, 40 + (rows - 12) * 4, false);
            draw_screen(&scene.view, &canvas);
            assert_in_range(canvas.cursor_row, 1, rows - 2);
            assert_in_range(canvas.cursor_column, 0, canvas.columns - 1);
            canvas_free(&canvas);
            scene.setup.context.provider_count = 0;
            scene_end(&scene);
        }
    }
}

static void test_the_keys_take_two_rows_at_80_columns(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenes / sizeof *scenes; i++) {
        struct scene scene;

        scene_begin(&scene);
        scenes[i].play(&scene);
        scene.view.scrolled.most = 1;
        assert_int_equal(hints_rows(&scene.view, 80), 2);
        scene.setup.context.provider_count = 0;
        scene_end(&scene);
    }
}

/* A key that the page shows by itself goes before the words of another are shortened. */
static void test_what_is_seen_elsewhere_is_left_out_first(void **state)
{
    struct scene scene;
    struct canvas canvas;
    char *text;

    (void)state;
    scene_begin(&scene);
    test_failed_with_two_repairs(&scene);
    scene.view.scrolled.most = 1;
    canvas_init(&canvas, 2, 80, false);
    hints_draw(&scene.view, 0, &canvas);
    text = picture_text(&canvas, false);
    assert_non_null(strstr(text, "F3 repair and test again"));
    assert_null(strstr(text, "Up/Down"));
    assert_non_null(strstr(text, "F10 leave"));
    free(text);
    canvas_free(&canvas);
    scene_end(&scene);
}

static void test_a_window_too_small_says_what_is_needed(void **state)
{
    struct scene scene;
    char *text;

    (void)state;
    scene_begin(&scene);
    text = draw(&scene, 11, 40, false, false);
    assert_non_null(strstr(text, "letterbox needs 40x12"));
    free(text);
    text = draw(&scene, 1, 20, false, false);
    assert_non_null(strstr(text, "letterbox needs 40x1"));
    free(text);
    scene_end(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_page_at_80x24),
        cmocka_unit_test(test_every_page_at_120x40),
        cmocka_unit_test(test_every_page_at_60x16),
        cmocka_unit_test(test_every_page_at_40x12),
        cmocka_unit_test(test_every_page_in_ascii),
        cmocka_unit_test(test_an_ascii_page_has_only_ascii),
        cmocka_unit_test(test_a_secret_is_on_no_page_unless_shown),
        cmocka_unit_test(test_the_focus_is_in_sight_at_every_size),
        cmocka_unit_test(test_the_keys_take_two_rows_at_80_columns),
        cmocka_unit_test(test_what_is_seen_elsewhere_is_left_out_first),
        cmocka_unit_test(test_a_window_too_small_says_what_is_needed),
    };

    setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1); /* where the program is */
    setenv("LETTERBOX_DATA_DIR", "/nonexistent", 1);
    setenv("TZ", "UTC", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
