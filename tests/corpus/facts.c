#include "corpus/facts.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"
#include "corpus/play.h"
#include "imap/names.h"
#include "imap/sasl.h"
#include "settings/provider.h"
#include "wizard/answers.h"

struct scene {
    const struct corpus_case *the_case;
    struct check_facts *facts;
    struct secret *credential;
    char *capability;          /* before login */
    bool token_there, greeted; /* how far the legs came */
};

static void put(char *to, size_t size, const char *text)
{
    text = text ? text : "";
    text_copy_safe(to, size, text, strlen(text));
}

#define PUT(array, text) put(array, sizeof(array), text)

static void pass(struct scene *scene, enum check_stage stage)
{
    scene->facts->steps[stage].state = CHECK_OK;
}

/* Every stage of the leg before this one passed. */
static void fail_at(struct scene *scene, enum check_stage stage)
{
    enum check_stage first =
        check_stage_is_token(stage) ? CHECK_TOKEN_RESOLVE : CHECK_IMAP_RESOLVE;

    for (enum check_stage before = first; before < stage; before++)
        pass(scene, before);
    scene->facts->steps[stage].state = CHECK_FAILED;
}

/* ---- What the network did --------------------------------------------------------- */

struct trouble {
    const char *does;
    enum net_reason reason;
    int stage; /* stages behind `resolve` */
};

/* Before there is a connection under TLS. */
static const struct trouble early[] = {
    {"refuse", NET_REFUSED, 1},
    {"unresolved", NET_NAME_UNKNOWN, 0},
    {"no_dns", NET_NAME_TEMPORARY, 0},
    {"plain", NET_TLS_NOT_TLS, 2},
};

static const struct trouble certificates[] = {
    {"expired", NET_TLS_EXPIRED, 2},       {"not_yet", NET_TLS_NOT_YET, 2},
    {"self_signed", NET_TLS_UNTRUSTED, 2}, {"other_name", NET_TLS_NAME, 2},
    {"untrusted", NET_TLS_UNTRUSTED, 2},   {"weak", NET_TLS_WEAK, 2},
    {"inspected", NET_TLS_UNTRUSTED, 2},
};

static const struct trouble *find(const struct trouble *troubles, size_t count,
                                  const char *does)
{
    for (size_t i = 0; does && i < count; i++) {
        if (strcmp(troubles[i].does, does) == 0)
            return &troubles[i];
    }
    return NULL;
}

static enum net_reason reason_of(const struct corpus_fault *fault, bool shaking_hands)
{
    if (corpus_fault_is(fault, "hang", NULL))
        return NET_TIMED_OUT;
    if (shaking_hands || corpus_fault_is(fault, "reset", NULL))
        return NET_RESET;
    return NET_CLOSED;
}

static void show_certificate(struct tls_facts *tls, const char *which)
{
    struct tls_certificate *own = &tls->chain[0];

    tls->chain_length = 1;
    PUT(own->subject, "CN=localhost");
    PUT(own->issuer, strcmp(which, "self_signed") == 0 ? "CN=localhost"
                     : strcmp(which, "inspected") == 0 ? "CN=FGT60E4Q16000000,O=Fortinet"
                     : strcmp(which, "untrusted") == 0 ? "CN=a CA that nobody knows"
                                                       : "CN=letterbox test CA");
    PUT(own->names, strcmp(which, "other_name") == 0 ? "other.invalid" : "localhost");
    own->valid_from = time(NULL) - 86400;
    own->valid_until = time(NULL) + 30 * (time_t)86400;
}

/* true when the leg does not get under TLS. */
static bool fails_early(struct scene *scene, enum check_stage resolve, const char *leg,
                        const char *tls_key, struct net_failure *failure,
                        struct tls_facts *tls)
{
    const char *certificate = corpus_tls(scene->the_case, tls_key);
    struct corpus_fault fault = corpus_fault(scene->the_case, leg);
    const struct trouble *trouble =
        find(early, sizeof early / sizeof early[0], fault.does);

    show_certificate(tls, certificate);
    if (!trouble && corpus_fault_is(&fault, NULL, "connect")) {
        failure->reason = reason_of(&fault, true);
        fail_at(scene, resolve + 2);
        return true;
    }
    if (!trouble)
        trouble =
            find(certificates, sizeof certificates / sizeof certificates[0], certificate);
    if (!trouble)
        return false;
    failure->reason = trouble->reason;
    fail_at(scene, resolve + (enum check_stage)trouble->stage);
    return true;
}

/* ---- The token leg ---------------------------------------------------------------- */

static const char *header(const struct corpus_reply *reply, const char *name)
{
    return json_string_value(json_object_get(reply->headers, name));
}

static void take_headers(struct scene *scene, const struct corpus_reply *reply)
{
    struct token_answer *answer = &scene->facts->token;
    const char *retry_after = header(reply, "Retry-After");

    PUT(answer->content_type, header(reply, "Content-Type"));
    PUT(answer->www_authenticate, header(reply, "WWW-Authenticate"));
    PUT(answer->location, header(reply, "Location"));
    PUT(answer->server_date, header(reply, "Date"));
    if (retry_after) {
        /* Seconds, or a date. */
        char *end;
        long seconds = strtol(retry_after, &end, 10);

        if (*end != '\0')
            seconds = (long)(curl_getdate(retry_after, NULL) - time(NULL));
        answer->retry_after_s = seconds > 0 ? (int)seconds : -1;
    }
    if (answer->server_date[0])
        answer->clock_skew_s =
            (int64_t)curl_getdate(answer->server_date, NULL) - (int64_t)time(NULL);
}

static void run_token_leg(struct scene *scene)
{
    struct check_facts *facts = scene->facts;
    struct token_answer *answer = &facts->token;
    struct corpus_fault fault = corpus_fault(scene->the_case, "token");
    struct corpus_reply reply;

    if (fails_early(scene, CHECK_TOKEN_RESOLVE, "token", "token_tls", &answer->failure,
                    &answer->tls))
        return;
    if (corpus_fault_is(&fault, NULL, "request")) {
        answer->failure.reason = reason_of(&fault, false);
        fail_at(scene, CHECK_TOKEN_REQUEST);
        return;
    }
    corpus_reply(scene->the_case, "token", &reply);
    take_headers(scene, &reply);
    scene->token_there = token_answer_parse(answer, reply.status, reply.body,
                                            reply.length, scene->credential);
    corpus_reply_clear(&reply);
    if (!scene->token_there) {
        fail_at(scene, CHECK_TOKEN_REQUEST);
        return;
    }
    fail_at(scene, CHECK_TOKEN_CLAIMS);
    pass(scene, CHECK_TOKEN_CLAIMS);
    facts->had_token = true;
    claims_decode(answer->token, NULL, &facts->claims);
    secret_free(&answer->token);
}

/* ---- The IMAP leg ----------------------------------------------------------------- */

/* "[CODE words] text", as the session splits it. */
static const char *split_code(const char *words, char *code, size_t size)
{
    const char *end = words[0] == '[' ? strchr(words, ']') : NULL;

    code[0] = '\0';
    if (!end)
        return words;
    text_copy_safe(code, size, words + 1, (size_t)(end - words - 1));
    return end + 1 + strspn(end + 1, " ");
}

static bool takes(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncasecmp(*text, word, length) != 0)
        return false;
    *text += length;
    *text += strspn(*text, " ");
    return true;
}

static void take_challenge(struct imap_answer *answer, const char *coded)
{
    struct buf plain;

    if (!*coded || answer->challenge[0])
        return;
    buf_init(&plain, sizeof answer->challenge);
    PUT(answer->challenge,
        sasl_decode(coded, strlen(coded), &plain) ? plain.data : coded);
    buf_free(&plain);
}

/* The answer to a command, into the facts. */
static enum imap_status read_lines(struct scene *scene, const char *key)
{
    struct imap_answer *answer = &scene->facts->answer;
    json_t *lines = corpus_imap_lines(scene->the_case, key), *line;
    enum imap_status status = IMAP_STREAM;
    size_t i;

    memset(answer, 0, sizeof *answer);
    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(line);

        if (takes(&text, "+"))
            take_challenge(answer, text);
        else if (takes(&text, "* BYE"))
            PUT(answer->bye, text);
        if (!takes(&text, "$TAG "))
            continue;
        status = takes(&text, "OK") ? IMAP_OK : takes(&text, "NO") ? IMAP_NO : IMAP_BAD;
        if (status == IMAP_BAD)
            takes(&text, "BAD");
        PUT(answer->text, split_code(text, answer->code, sizeof answer->code));
        if (strncasecmp(answer->code, "CAPABILITY ", 11) == 0)
            answer->code[0] = '\0';
    }
    json_decref(lines);
    if (status == IMAP_STREAM) {
        scene->facts->imap_failure.reason = NET_CLOSED;
        status = answer->bye[0] ? IMAP_BYE : IMAP_STREAM;
    }
    return status;
}

/* true when the answer to this command, or its want, ends the test. */
static bool fails_with(struct scene *scene, const char *key, enum check_stage stage)
{
    scene->facts->imap_status = read_lines(scene, key);
    if (scene->facts->imap_status == IMAP_OK)
        return false;
    fail_at(scene, stage);
    return true;
}

/* true when the case cuts the session behind `what`. */
static bool is_cut(struct scene *scene, const char *what, enum check_stage stage)
{
    struct corpus_fault fault = corpus_fault(scene->the_case, "imap");

    if (!corpus_fault_is(&fault, NULL, what))
        return false;
    scene->facts->imap_failure.reason = reason_of(&fault, false);
    scene->facts->imap_status = IMAP_STREAM;
    fail_at(scene, stage);
    return true;
}

static bool has_capability(const char *list, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = list; (at = strcasestr(at, word)); at += length) {
        if ((at == list || at[-1] == ' ') && (at[length] == ' ' || at[length] == '\0'))
            return true;
    }
    return false;
}

static void take_greeting(struct scene *scene)
{
    struct check_facts *facts = scene->facts;
    char *greeting = corpus_imap_text(scene->the_case, "greeting");
    const char *text = greeting ? greeting : "";
    char code[64];

    facts->imap_status = IMAP_OK;
    if (takes(&text, "* BYE")) {
        facts->imap_status = IMAP_BYE;
        text = split_code(text, facts->answer.code, sizeof facts->answer.code);
        PUT(facts->answer.text, text);
    } else if (takes(&text, "* OK") || takes(&text, "* PREAUTH")) {
        text = split_code(text, code, sizeof code);
    } else {
        facts->imap_status = IMAP_GARBLED;
        PUT(facts->answer.text, text);
    }
    PUT(facts->greeting, text);
    free(greeting);
    if (facts->imap_status != IMAP_OK)
        fail_at(scene, CHECK_IMAP_GREETING);
}

static bool upgrades(const struct scene *scene)
{
    return settings_is(&scene->facts->entered, SET_SERVER_SECURITY, "starttls");
}

/* Is all well up to the greeting, with TLS? */
static void run_imap_leg(struct scene *scene)
{
    struct check_facts *facts = scene->facts;

    if (fails_early(scene, CHECK_IMAP_RESOLVE, "imap", "imap_tls", &facts->imap_failure,
                    &facts->imap_tls))
        return;
    take_greeting(scene);
    if (facts->imap_status != IMAP_OK)
        return;
    PUT(facts->capabilities, scene->capability);
    if (upgrades(scene)) {
        if (!has_capability(scene->capability, "STARTTLS")) {
            facts->imap_status = IMAP_UNABLE;
            fail_at(scene, CHECK_IMAP_TLS);
            return;
        }
        if (fails_with(scene, "starttls", CHECK_IMAP_TLS))
            return;
    }
    fail_at(scene, CHECK_IMAP_GREETING);
    pass(scene, CHECK_IMAP_GREETING);
    scene->greeted = true;
}

static enum imap_mechanism choose(const struct scene *scene)
{
    static const struct {
        const char *word;
        unsigned bit;
    } words[] = {
        {"AUTH=XOAUTH2", IMAP_CAN_XOAUTH2},
        {"AUTH=OAUTHBEARER", IMAP_CAN_OAUTHBEARER},
        {"AUTH=PLAIN", IMAP_CAN_PLAIN},
        {"LOGINDISABLED", IMAP_CAN_LOGIN_DISABLED},
    };
    unsigned bits = 0;

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (has_capability(scene->capability, words[i].word))
            bits |= words[i].bit;
    }
    return imap_choose_mechanism(bits, scene->facts->used_oauth);
}

/* As UTF-8; the caller's. */
static char *folder_name(const char *word)
{
    struct buf name, wire;

    buf_init(&wire, NAMES_MAX);
    buf_init(&name, NAMES_MAX);
    if (word[0] == '"')
        buf_add(&wire, word + 1, strlen(word) - 2);
    else
        buf_add_text(&wire, word);
    if (!names_from_wire(wire.data, &name)) {
        buf_clear(&name);
        buf_add_text(&name, wire.data);
    }
    buf_free(&wire);
    return buf_take(&name);
}

/* "* LIST (\HasNoChildren) "/" INBOX": the last word is the name. */
static void take_folders(struct scene *scene)
{
    json_t *lines = corpus_imap_lines(scene->the_case, "list"), *line;
    char **folders = mem_new(json_array_size(lines) + 1, sizeof(char *));
    size_t i, count = 0;

    json_array_foreach(lines, i, line)
    {
        const char *text = json_string_value(line);
        const char *name = strstr(text, "\" ");

        if (strstr(text, "\\Noselect") || !takes(&text, "* LIST") || !name)
            continue;
        folders[count++] = folder_name(name + 2);
    }
    json_decref(lines);
    scene->facts->folders = folders;
}

static void log_in_and_open(struct scene *scene)
{
    struct check_facts *facts = scene->facts;

    facts->mechanism = choose(scene);
    if (facts->mechanism == IMAP_MECHANISM_NONE) {
        facts->imap_status = IMAP_UNABLE;
        fail_at(scene, CHECK_IMAP_AUTHENTICATE);
        return;
    }
    if (is_cut(scene, "greeting", CHECK_IMAP_AUTHENTICATE) ||
        is_cut(scene, "capability", CHECK_IMAP_AUTHENTICATE) ||
        is_cut(scene, "credential", CHECK_IMAP_AUTHENTICATE) ||
        fails_with(scene, "authenticate", CHECK_IMAP_AUTHENTICATE) ||
        is_cut(scene, "authenticate", CHECK_IMAP_OPEN))
        return;
    if (!fails_with(scene, "open", CHECK_IMAP_OPEN)) {
        fail_at(scene, CHECK_IMAP_PREVIEW);
        pass(scene, CHECK_IMAP_PREVIEW);
    } else if (facts->imap_status == IMAP_NO) {
        take_folders(scene);
    }
}

/* ---- What was entered ------------------------------------------------------------- */

static void take_credential(struct scene *scene, const struct secret_ref *ref)
{
    if (ref->place != SECRET_TYPED)
        return;
    scene->credential = secret_copy(ref->value);
    check_facts_shape(scene->facts, scene->credential);
}

static void enter_client(struct check_facts *facts, const char *url, const char *id,
                         const char *auth)
{
    PUT(facts->token_url, url);
    PUT(facts->client_id, id);
    PUT(facts->client_auth, auth);
}

static bool enter_provider(struct scene *scene)
{
    json_t *json = corpus_provider(scene->the_case);
    char *text = json ? json_dumps(json, JSON_COMPACT) : NULL;
    struct err err = ERR_INIT;
    struct provider *provider =
        text ? provider_parse("keycloak", text, strlen(text), &err) : NULL;
    bool entered = provider != NULL;

    if (provider) {
        enter_client(scene->facts,
                     provider->token_endpoint ? provider->token_endpoint
                                              : provider->issuer,
                     provider->client_id, provider->auth_method);
        take_credential(scene, &provider->client_secret);
    }
    provider_free(&provider);
    free(text);
    json_decref(json);
    return entered;
}

static bool enter(struct scene *scene, struct settings *settings)
{
    struct check_facts *facts = scene->facts;

    check_facts_enter(facts, settings);
    PUT(facts->imap_address, PLAY_IMAP_ADDRESS); /* as run_corpus has it */
    PUT(facts->token.address, "192.0.2.8");
    if (!facts->used_oauth) {
        take_credential(scene, &settings->basic_password);
        return true;
    }
    if (settings_is(settings, SET_OAUTH_SOURCE, "provider"))
        return enter_provider(scene);
    enter_client(facts, settings_text(settings, SET_OAUTH_TOKEN_URL),
                 settings_text(settings, SET_OAUTH_CLIENT_ID),
                 settings_text(settings, SET_OAUTH_CLIENT_AUTH));
    take_credential(scene, &settings->client_secret);
    return true;
}

static bool take_answers(struct scene *scene)
{
    json_t *answers = corpus_answers(scene->the_case);
    char *text = json_dumps(answers, JSON_COMPACT);
    struct settings settings;
    struct err_list errors = {0};
    bool given[SET_COUNT] = {false};
    bool taken;

    settings_init(&settings);
    taken = answers_parse(text, strlen(text), &settings, given, &errors) &&
            enter(scene, &settings);
    settings_free(&settings);
    err_list_free(&errors);
    free(text);
    json_decref(answers);
    return taken;
}

static void end_stages(struct check_facts *facts)
{
    facts->failed = CHECK_STAGE_COUNT;
    for (int stage = CHECK_STAGE_COUNT - 1; stage >= 0; stage--) {
        if (facts->steps[stage].state == CHECK_WAITING)
            facts->steps[stage].state = CHECK_SKIPPED;
        if (facts->steps[stage].state == CHECK_FAILED)
            facts->failed = (enum check_stage)stage;
    }
}

struct check_facts *facts_of_case(const struct corpus_case *the_case)
{
    struct scene scene = {.the_case = the_case, .facts = check_facts_new()};

    if (!take_answers(&scene)) {
        check_facts_free(&scene.facts);
        goto done;
    }
    scene.capability = corpus_imap_text(the_case, "capability");
    if (!scene.capability)
        scene.capability = mem_copy_text("");
    pass(&scene, CHECK_SETTINGS);
    if (scene.facts->used_oauth)
        run_token_leg(&scene);
    run_imap_leg(&scene);
    if (scene.greeted && (scene.token_there || !scene.facts->used_oauth))
        log_in_and_open(&scene);
    end_stages(scene.facts);
done:
    secret_free(&scene.credential);
    free(scene.capability);
    return scene.facts;
}
