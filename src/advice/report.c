#include "advice/report.h"

#include <stdlib.h>
#include <string.h>

#include "advice/look.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define REPORT_MAX  65536
#define WRAP        80 /* columns of the diagnosis */
#define LINE        90 /* columns of a stage */
#define COLUMN_LEG  8
#define COLUMN_WORD 12
#define COLUMN_NAME 14
#define COLUMN_MS   9

/* ---- what both forms ask --------------------------------------------------------- */

/* Basic auth has no token stages. */
static bool stage_belongs(const struct check_facts *facts, enum check_stage stage)
{
    return facts->used_oauth || !check_stage_is_token(stage) ||
           !look_entered_is(facts, SET_AUTH_METHOD, "basic");
}

/* A test that has ended has nothing waiting or running any more. */
static enum check_state state_of(const struct check_step *step)
{
    if (step->state == CHECK_WAITING)
        return CHECK_SKIPPED;
    return step->state == CHECK_RUNNING ? CHECK_STOPPED : step->state;
}

static bool passed(const struct check_facts *facts, const struct diagnosis *diagnosis)
{
    return !diagnosis && facts->failed == CHECK_STAGE_COUNT && !facts->cancelled;
}

static bool has_preview(const struct check_facts *facts)
{
    enum check_state state = facts->steps[CHECK_IMAP_PREVIEW].state;
    return state == CHECK_OK || state == CHECK_WARNED;
}

/* ---- JSON ------------------------------------------------------------------------ */

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
        if (!stage_belongs(facts, stage))
            continue;
        json_array_append_new(stages, json_pack("{s:s, s:s, s:I, s:s}", "id",
                                                check_stage_id(stage), "state",
                                                check_state_id(state_of(step)), "ms",
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
        json_pack("{s:s?, s:b, s:I, s:o}", "mailbox", mailbox, "ok",
                  passed(facts, diagnosis), "elapsed_ms",
                  (json_int_t)(facts->elapsed_us / 1000), "stages", stages_json(facts));
    if (facts->had_token)
        json_object_set_new(report, "token", token_json(facts));
    if (has_preview(facts))
        json_object_set_new(report, "preview", preview_json(facts));
    json_object_set_new(report, "diagnosis",
                        diagnosis ? diagnosis_json(facts, diagnosis) : json_null());
    return report;
}

/* ---- text ------------------------------------------------------------------------ */

static const char *const marks[] = {
    [CHECK_OK] = "✓",      [CHECK_WARNED] = "!",  [CHECK_FAILED] = "✗",
    [CHECK_SKIPPED] = "·", [CHECK_STOPPED] = "·",
};

static void add_spaces(struct buf *out, int count)
{
    for (; count > 0; count--)
        buf_add_char(out, ' ');
}

/* `text`, filled up to `columns`; at least one blank follows it. */
static void add_cell(struct buf *out, const char *text, int columns)
{
    buf_add_text(out, text);
    int rest = columns - text_width(text);
    add_spaces(out, rest > 0 ? rest : 1);
}

/* Adds `text` wrapped to `columns`; the first line follows what is there, further lines
 * are indented. */
static void add_wrapped(struct buf *out, const char *text, int indent, int columns)
{
    size_t length, skip;
    bool first = true;
    while ((length = text_wrap(text, columns - indent, &skip)) > 0 || skip > 0) {
        if (!first)
            add_spaces(out, indent);
        buf_add(out, text, length);
        buf_add_char(out, '\n');
        text += length + skip;
        first = false;
        if (*text == '\0')
            break;
    }
    if (first)
        buf_add_char(out, '\n');
}

static void add_paragraph(struct buf *out, const char *text, int indent)
{
    add_spaces(out, indent);
    add_wrapped(out, text, indent, WRAP);
}

static void add_stage(struct buf *out, const struct check_facts *facts,
                      enum check_stage stage, const char *leg)
{
    const struct check_step *step = &facts->steps[stage];
    enum check_state state = state_of(step);
    char ms[32] = "";
    if (state != CHECK_SKIPPED) {
        struct buf text;
        buf_init(&text, sizeof(ms) - 1);
        buf_add_format(&text, "%lld ms", (long long)(step->took_us / 1000));
        memcpy(ms, text.data, text.length + 1);
        buf_free(&text);
    }

    buf_add_text(out, "  ");
    add_cell(out, leg, COLUMN_LEG);
    buf_add_text(out, marks[state]);
    buf_add_char(out, ' ');
    add_cell(out, _(check_state_label(state)), COLUMN_WORD);
    add_cell(out, _(check_stage_label(stage)), COLUMN_NAME);
    if (!step->evidence[0] && !ms[0]) {
        while (out->length > 0 && out->data[out->length - 1] == ' ')
            buf_truncate(out, out->length - 1);
        buf_add_char(out, '\n');
        return;
    }
    add_spaces(out, COLUMN_MS - 2 - text_width(ms));
    buf_add_text(out, ms);
    if (step->evidence[0]) {
        buf_add_text(out, "  ");
        add_wrapped(out, step->evidence,
                    2 + COLUMN_LEG + 2 + COLUMN_WORD + COLUMN_NAME + COLUMN_MS, LINE);
    } else {
        buf_add_char(out, '\n');
    }
}

static void add_stages(struct buf *out, const struct check_facts *facts)
{
    const char *before = NULL;
    for (enum check_stage stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        if (!stage_belongs(facts, stage))
            continue;
        const char *leg = stage == CHECK_SETTINGS       ? ""
                          : check_stage_is_token(stage) ? _("token")
                                                        : _("imap");
        add_stage(out, facts, stage, before && strcmp(before, leg) == 0 ? "" : leg);
        before = leg;
    }
}

static void add_causes(struct buf *out, const struct diagnosis *diagnosis)
{
    if (diagnosis->cause_count == 0)
        return;
    buf_add_format(out, "\n  %s\n", _("Likely causes, the likeliest first"));
    for (size_t i = 0; i < diagnosis->cause_count; i++) {
        buf_add_format(out, "  %zu. ", i + 1);
        add_wrapped(out, diagnosis->causes[i].text, 5, WRAP);
        if (diagnosis->causes[i].why) {
            buf_add_text(out, "     → ");
            add_wrapped(out, diagnosis->causes[i].why, 7, WRAP);
        }
    }
}

/* A command keeps its own lines, so that it can be copied as it is. */
static void add_command(struct buf *out, const char *command)
{
    while (*command) {
        size_t length = strcspn(command, "\n");
        buf_add_text(out, "      ");
        buf_add(out, command, length);
        buf_add_char(out, '\n');
        command += length;
        command += *command == '\n';
    }
}

static void add_fixes(struct buf *out, const struct diagnosis *diagnosis)
{
    if (diagnosis->fix_count == 0)
        return;
    buf_add_format(out, "\n  %s\n", _("What to do"));
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const struct diagnosis_fix *fix = &diagnosis->fixes[i];
        struct buf line;
        buf_init(&line, 8192);
        buf_add_format(&line, "%s: %s", fix->who, fix->text);
        buf_add_text(out, "  - ");
        add_wrapped(out, line.data, 4, WRAP);
        buf_free(&line);
        if (fix->command)
            add_command(out, fix->command);
    }
}

static void add_labelled(struct buf *out, const char *label, const char *value)
{
    if (!value || !value[0])
        return;
    buf_add_text(out, "  ");
    add_cell(out, label, 17);
    add_wrapped(out, value, 19, WRAP);
}

/* "Put there     oauth.scope = https://…" */
static void add_repair(struct buf *out, const struct diagnosis_repair *repair)
{
    char *line = mem_format("%s = %s", setting_defs[repair->field].key, repair->value);

    add_labelled(out, _("Put there"), line);
    free(line);
}

static void add_diagnosis(struct buf *out, const struct check_facts *facts,
                          const struct diagnosis *diagnosis)
{
    buf_add_format(out, "\n%s %s\n", diagnosis->class == ADVICE_CANCELLED ? "·" : "✗",
                   diagnosis->title);
    add_paragraph(out, diagnosis->means, 2);
    if (diagnosis->said[0]) {
        buf_add_format(out, "\n  %s\n", _("The server's own words"));
        add_paragraph(out, diagnosis->said, 2);
    }
    add_causes(out, diagnosis);
    add_fixes(out, diagnosis);

    buf_add_char(out, '\n');
    add_labelled(out, _("Code"), diagnosis->code);
    add_labelled(out, _("Stage"), check_stage_id(diagnosis->stage));
    if (diagnosis->field != SET_NONE)
        add_labelled(out, _("Field"), setting_defs[diagnosis->field].key);
    for (size_t i = 0; i < diagnosis->repair_count; i++)
        add_repair(out, &diagnosis->repairs[i]);
    add_labelled(out, _("Trace ID"), facts->token.trace_id);
    add_labelled(out, _("Correlation ID"), facts->token.correlation_id);
    add_labelled(out, _("Time there"), facts->token.timestamp);
}

static void add_preview(struct buf *out, const struct check_facts *facts)
{
    buf_add_char(out, '\n');
    buf_add_format(
        out, ngettext("  %u unread message\n", "  %u unread messages\n", facts->unread),
        (unsigned)facts->unread);
    for (size_t i = 0; i < facts->preview_count && i < CHECK_PREVIEW_MAX; i++) {
        const char *subject = facts->previews[i].subject;
        buf_add_text(out, "  · ");
        buf_add(out, subject, text_fit(subject, LINE - 4, NULL));
        buf_add_char(out, '\n');
    }
}

static void add_outcome(struct buf *out, const struct check_facts *facts,
                        const struct diagnosis *diagnosis)
{
    if (has_preview(facts))
        add_preview(out, facts);
    if (diagnosis)
        add_diagnosis(out, facts, diagnosis);
}

/* Adds `text` as lines of a comment, each beginning with "# ". */
static void add_comment(struct buf *out, const char *text)
{
    size_t length, skip;

    for (; *text; text += length + skip) {
        length = text_wrap(text, WRAP - 2, &skip);
        buf_add_text(out, "# ");
        buf_add(out, text, length);
        buf_add_char(out, '\n');
    }
}

static void add_step_to_paste(struct buf *out, const struct diagnosis_fix *fix)
{
    char *what = mem_format("%s: %s", fix->who, fix->text);

    if (out->length > 0)
        buf_add_char(out, '\n');
    add_comment(out, what);
    /* Never wrapped: a URL is followed as it is, a command run. */
    buf_add_format(out, "%s%s\n", fix->shell == FILL_LINK ? "# " : "", fix->command);
    free(what);
}

char *report_commands(const struct diagnosis *diagnosis)
{
    struct buf out;

    buf_init(&out, REPORT_MAX);
    for (size_t i = 0; diagnosis && i < diagnosis->fix_count; i++) {
        if (diagnosis->fixes[i].command)
            add_step_to_paste(&out, &diagnosis->fixes[i]);
    }
    if (out.length > 0)
        return buf_take(&out);
    buf_free(&out);
    return NULL;
}

char *report_text(const char *mailbox, const struct check_facts *facts,
                  const struct diagnosis *diagnosis)
{
    struct buf out;
    buf_init(&out, REPORT_MAX);
    if (mailbox && mailbox[0])
        buf_add_format(&out, "%s: ", mailbox);
    long long ms = (long long)(facts->elapsed_us / 1000);
    buf_add_format(&out,
                   passed(facts, diagnosis) ? _("the test passed in %lld.%02lld s")
                   : look_is_cancelled(facts)
                       ? _("the test was cancelled after %lld.%02lld s")
                       : _("the test failed after %lld.%02lld s"),
                   ms / 1000, ms % 1000 / 10);
    buf_add_text(&out, "\n\n");

    add_stages(&out, facts);
    add_outcome(&out, facts, diagnosis);
    return buf_take(&out);
}

char *report_full(const char *mailbox, const struct check_facts *facts,
                  const struct diagnosis *diagnosis, bool masked)
{
    char *text = report_text(mailbox, facts, diagnosis);
    char *commands = report_commands(diagnosis);
    struct buf out;

    (void)masked;
    buf_init(&out, REPORT_MAX);
    buf_add_text(&out, text);
    if (commands)
        buf_add_format(&out, "\n%s\n\n%s", _("Commands, to paste"), commands);
    free(commands);
    free(text);
    return buf_take(&out);
}

char *report_outcome(const struct check_facts *facts, const struct diagnosis *diagnosis)
{
    struct buf out;

    buf_init(&out, REPORT_MAX);
    add_outcome(&out, facts, diagnosis);
    return buf_take(&out);
}
