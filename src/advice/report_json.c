/* The report for programs. */
#include "advice/look.h"
#include "advice/report.h"
#include "check/software.h"

/* Text that is not valid UTF-8 would make json_string fail; what was kept safe is. */
static json_t *json_text(const char *text)
{
    return text && text[0] ? json_string(text) : json_null();
}

static void set_claim(json_t *object, const char *name, const char *value)
{
    if (value[0])
        json_object_set_new(object, name, json_string(value));
}

static json_t *stages_json(const struct check_facts *facts)
{
    json_t *stages = json_array();
    for (enum check_stage stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        const struct check_step *step = &facts->steps[stage];
        if (!look_stage_belongs(facts, stage))
            continue;
        json_array_append_new(stages, json_pack("{s:s, s:s, s:I, s:s}", "id",
                                                check_stage_id(stage), "state",
                                                check_state_id(look_state(step)), "ms",
                                                (json_int_t)(step->took_us / 1000),
                                                "evidence", step->evidence));
    }
    return stages;
}

/* The claims and nothing else: the facts hold no token. */
static json_t *token_json(const struct check_facts *facts)
{
    const struct claims *claims = &facts->claims;
    json_t *token = json_object(), *roles = json_array();

    set_claim(token, "aud", claims->aud);
    set_claim(token, "iss", claims->iss);
    for (size_t i = 0; i < claims->role_count && i < CLAIMS_ROLE_MAX; i++)
        json_array_append_new(roles, json_string(claims->roles[i]));
    json_object_set_new(token, "roles", roles);
    set_claim(token, "scp", claims->scp);
    set_claim(token, "appid", claims->appid);
    set_claim(token, "oid", claims->oid);
    set_claim(token, "tid", claims->tid);
    set_claim(token, "sub", claims->sub);
    set_claim(token, "preferred_username", claims->preferred_username);
    set_claim(token, "email", claims->email);
    set_claim(token, "scope", facts->token.scope);
    json_object_set_new(token, "opaque", json_boolean(!claims->decoded));
    json_object_set_new(token, "expires_in",
                        facts->token.expires_in_s >= 0
                            ? json_integer(facts->token.expires_in_s)
                            : json_null());
    return token;
}

/* What the mail server told of itself. */
static json_t *server_json(const struct check_facts *facts)
{
    const char *offered =
        facts->login_capabilities[0] ? facts->login_capabilities : facts->capabilities;
    return json_pack("{s:o, s:o, s:o, s:o}", "software",
                     json_text(software_id(software_of(facts->greeting, offered))),
                     "greeting", json_text(facts->greeting), "capabilities",
                     json_text(facts->capabilities), "login_capabilities",
                     json_text(facts->login_capabilities));
}

static json_t *preview_json(const struct check_facts *facts)
{
    json_t *subjects = json_array();
    for (size_t i = 0; i < facts->preview_count && i < CHECK_PREVIEW_MAX; i++)
        json_array_append_new(subjects, json_string(facts->previews[i].subject));
    return json_pack("{s:I, s:o}", "unread", (json_int_t)facts->unread, "subjects",
                     subjects);
}

/* What the provider's support asks for; null when nothing was told. */
static json_t *reference_json(const struct check_facts *facts)
{
    const struct token_answer *token = &facts->token;
    if (!token->trace_id[0] && !token->correlation_id[0] && !token->timestamp[0])
        return json_null();
    return json_pack("{s:o, s:o, s:o}", "trace_id", json_text(token->trace_id),
                     "correlation_id", json_text(token->correlation_id), "timestamp",
                     json_text(token->timestamp));
}

static json_t *diagnosis_json(const struct check_facts *facts,
                              const struct diagnosis *diagnosis)
{
    json_t *causes = json_array(), *fixes = json_array(), *repairs = json_array();
    for (size_t i = 0; i < diagnosis->cause_count; i++)
        json_array_append_new(causes,
                              json_pack("{s:s, s:s?}", "text", diagnosis->causes[i].text,
                                        "why", diagnosis->causes[i].why));
    for (size_t i = 0; i < diagnosis->fix_count; i++)
        json_array_append_new(fixes, json_pack("{s:s, s:s, s:s?}", "who",
                                               diagnosis->fixes[i].who, "text",
                                               diagnosis->fixes[i].text, "command",
                                               diagnosis->fixes[i].command));
    for (size_t i = 0; i < diagnosis->repair_count; i++)
        json_array_append_new(repairs,
                              json_pack("{s:s, s:s}", "field",
                                        setting_defs[diagnosis->repairs[i].field].key,
                                        "value", diagnosis->repairs[i].value));

    const char *field =
        diagnosis->field == SET_NONE ? NULL : setting_defs[diagnosis->field].key;
    return json_pack("{s:s, s:s, s:s, s:s?, s:s, s:s, s:s, s:o, s:o, s:o, s:o}", "code",
                     diagnosis->code, "class", advice_class_id(diagnosis->class), "stage",
                     check_stage_id(diagnosis->stage), "field", field, "said",
                     diagnosis->said, "title", diagnosis->title, "means",
                     diagnosis->means, "causes", causes, "fixes", fixes, "repairs",
                     repairs, "reference", reference_json(facts));
}

json_t *report_json(const char *mailbox, const struct check_facts *facts,
                    const struct diagnosis *diagnosis)
{
    json_t *report =
        json_pack("{s:s?, s:b, s:I, s:o}", "mailbox", mailbox, "ok", look_passed(facts),
                  "elapsed_ms", (json_int_t)(facts->elapsed_us / 1000), "stages",
                  stages_json(facts));
    if (facts->had_token)
        json_object_set_new(report, "token", token_json(facts));
    if (facts->greeting[0])
        json_object_set_new(report, "server", server_json(facts));
    if (look_has_preview(facts))
        json_object_set_new(report, "preview", preview_json(facts));
    json_object_set_new(report, "diagnosis",
                        diagnosis ? diagnosis_json(facts, diagnosis) : json_null());
    return report;
}
