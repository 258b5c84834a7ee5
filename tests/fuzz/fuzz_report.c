/* The diagnosis and both reports of any facts.  The first bytes are numbers, each line
 * after them is one text; what the contract of check/facts.h says is safe is made safe
 * here, what a person entered is not. */
#include <stdlib.h>
#include <string.h>

#include "advice/details.h"
#include "advice/mask.h"
#include "advice/report.h"
#include "advice/shapes.h"
#include "base/mem.h"
#include "base/text.h"
#include "fuzz/fuzz.h"

#define FILL(input, array) fill((input), (array), sizeof(array))

static void fill(struct fuzz_input *input, char *out, size_t size)
{
    char *line = fuzz_line(input);

    text_copy_safe(out, size, line, strlen(line));
    free(line);
}

static void fill_numbers(struct fuzz_input *input, struct check_facts *facts)
{
    static const int statuses[] = {0, 200, 302, 400, 401, 403, 404, 429, 500, 503};
    static const int numbers[] = {0,       7000215, 7000222, 700016, 1002012, 90002,
                                  7000229, 50034,   900023,  65001,  500011,  1};
    unsigned bits = fuzz_byte(input);

    facts->used_oauth = bits & 1;
    facts->had_token = bits & 2;
    facts->cancelled = bits & 4;
    facts->credential.is_guid = bits & 8;
    facts->credential.has_outer_blank = bits & 16;
    facts->credential.has_special = bits & 32;
    facts->claims.decoded = bits & 64;
    facts->token.is_json = bits & 128;
    facts->credential.length = fuzz_byte(input);
    facts->failed = fuzz_byte(input) % (CHECK_STAGE_COUNT + 1);
    facts->token.failure.reason = fuzz_byte(input) % (NET_SYSTEM + 1);
    facts->imap_failure.reason = fuzz_byte(input) % (NET_SYSTEM + 1);
    facts->token.phase = fuzz_byte(input) % (TOKEN_REQUEST + 1);
    facts->token.http_status = statuses[fuzz_byte(input) % 10];
    facts->token.aadsts = numbers[fuzz_byte(input) % 12];
    facts->token.expires_in_s = (int64_t)fuzz_byte(input) - 1;
    facts->token.retry_after_s = (int)fuzz_byte(input) - 1;
    facts->token.clock_skew_s = ((int64_t)fuzz_byte(input) - 128) * 60;
    facts->mechanism = fuzz_byte(input) % (IMAP_LOGIN + 1);
    facts->imap_status = fuzz_byte(input) % (IMAP_UNABLE + 1);
    facts->imap_tls.chain_length = fuzz_byte(input) % (TLS_CHAIN_MAX + 1);
    facts->token.tls.chain_length = fuzz_byte(input) % (TLS_CHAIN_MAX + 1);
    facts->preview_count = fuzz_byte(input) % (CHECK_PREVIEW_MAX + 1);
    facts->claims.role_count = fuzz_byte(input) % (CLAIMS_ROLE_MAX + 1);
    facts->unread = fuzz_byte(input);
    facts->elapsed_us = (int64_t)fuzz_byte(input) << fuzz_byte(input) % 40;
    for (size_t i = 0; i < CHECK_STAGE_COUNT; i++) {
        facts->steps[i].state = fuzz_byte(input) % (CHECK_STOPPED + 1);
        facts->steps[i].took_us = (int64_t)fuzz_byte(input) << fuzz_byte(input) % 40;
    }
    if (facts->failed < CHECK_STAGE_COUNT)
        facts->steps[facts->failed].state = CHECK_FAILED;
}

static void fill_texts(struct fuzz_input *input, struct check_facts *facts)
{
    struct token_answer *token = &facts->token;
    struct claims *claims = &facts->claims;
    char *folders[3] = {fuzz_line(input), fuzz_line(input), NULL};

    facts->folders = mem_new(3, sizeof *facts->folders);
    facts->folders[0] = folders[0];
    facts->folders[1] = folders[1];
    FILL(input, token->error);
    FILL(input, token->description);
    FILL(input, token->said);
    FILL(input, token->scope);
    FILL(input, token->host);
    FILL(input, token->proxy);
    FILL(input, token->location);
    FILL(input, token->content_type);
    FILL(input, token->www_authenticate);
    FILL(input, token->server_date);
    FILL(input, token->trace_id);
    FILL(input, token->correlation_id);
    FILL(input, token->timestamp);
    FILL(input, token->failure.text);
    FILL(input, claims->aud);
    FILL(input, claims->oid);
    FILL(input, claims->tid);
    FILL(input, claims->appid);
    FILL(input, claims->scp);
    FILL(input, claims->roles[0]);
    FILL(input, facts->token_url);
    FILL(input, facts->client_id);
    FILL(input, facts->imap_address);
    FILL(input, facts->imap_failure.text);
    FILL(input, facts->greeting);
    FILL(input, facts->capabilities);
    FILL(input, facts->answer.code);
    FILL(input, facts->answer.text);
    FILL(input, facts->answer.challenge);
    FILL(input, facts->answer.bye);
    FILL(input, facts->imap_tls.chain[0].subject);
    FILL(input, facts->imap_tls.chain[0].issuer);
    FILL(input, facts->imap_tls.chain[0].names);
    FILL(input, facts->previews[0].subject);
    FILL(input, facts->previews[0].from);
    FILL(input, facts->settings_error.text);
    if (facts->settings_error.text[0])
        facts->settings_error.class = ERR_SETTING;
    for (size_t i = 0; i < CHECK_STAGE_COUNT; i++)
        FILL(input, facts->steps[i].evidence);
    for (int id = 0; id < SET_COUNT; id++) {
        char *entered = fuzz_line(input);

        if (entered[0] && setting_defs[id].kind != SETTING_SECRET)
            settings_set(&facts->entered, id, entered);
        free(entered);
    }
    FILL(input, facts->login_capabilities);
    FILL(input, facts->answer.alert);
    FILL(input, facts->preview_answer.text);
    FILL(input, claims->email);
    FILL(input, claims->preferred_username);
}

/* A mask leaves nothing that has the shape of an address. */
static void check_mask(struct mask *mask, const char *text)
{
    char *masked = mask_text(mask, text);
    struct shape found;

    fuzz_need_clean_lines(masked);
    FUZZ_NEED(!shape_find_address(masked, masked, &found));
    FUZZ_NEED(!shape_find_host(masked, masked, &found));
    free(masked);
}

static void check_detail(void *closure, enum details_section section, const char *name,
                         const char *value)
{
    (void)section;
    fuzz_need_clean(name);
    fuzz_need_clean(value);
    check_mask(closure, value);
}

static void check_full(const struct check_facts *facts, const struct diagnosis *diagnosis)
{
    char *kept = report_full("support", facts, diagnosis, false);
    char *masked = report_full("support", facts, diagnosis, true);
    struct mask *mask = mask_new(facts);

    fuzz_need_clean_lines(kept);
    fuzz_need_clean_lines(masked);
    details_walk(facts, check_detail, mask);
    mask_free(&mask);
    free(kept);
    free(masked);
}

static void check_json(json_t *value)
{
    const char *key;
    json_t *item;
    size_t i;

    FUZZ_NEED(value);
    if (json_is_string(value))
        fuzz_need_clean(json_string_value(value));
    json_array_foreach(value, i, item) check_json(item);
    json_object_foreach(value, key, item) check_json(item);
}

static void check_diagnosis(const struct diagnosis *diagnosis)
{
    FUZZ_NEED(diagnosis->code && diagnosis->title && diagnosis->title[0]);
    fuzz_need_clean(diagnosis->title);
    fuzz_need_clean_lines(diagnosis->means);
    fuzz_need_clean(diagnosis->said);
    for (size_t i = 0; i < diagnosis->repair_count; i++)
        fuzz_need_clean(diagnosis->repairs[i].value);
    for (size_t i = 0; i < diagnosis->cause_count; i++) {
        fuzz_need_clean_lines(diagnosis->causes[i].text);
        fuzz_need_clean(diagnosis->causes[i].why);
    }
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        fuzz_need_clean(diagnosis->fixes[i].who);
        fuzz_need_clean_lines(diagnosis->fixes[i].text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_input input = {data, size};
    struct check_facts *facts = check_facts_new();
    struct diagnosis *diagnosis;
    json_t *json;
    char *text;

    fill_numbers(&input, facts);
    fill_texts(&input, facts);
    diagnosis = advice_diagnose(facts);
    FUZZ_NEED(diagnosis || facts->failed == CHECK_STAGE_COUNT);
    if (diagnosis)
        check_diagnosis(diagnosis);
    json = report_json("support", facts, diagnosis);
    check_json(json);
    text = report_text("support", facts, diagnosis);
    FUZZ_NEED(text && text[0]);
    fuzz_need_clean_lines(text);
    free(text);
    check_full(facts, diagnosis);
    json_decref(json);
    diagnosis_free(&diagnosis);
    check_facts_free(&facts);
    return 0;
}
