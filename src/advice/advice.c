#include "advice/advice.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "advice/look.h"
#include "advice/row.h"
#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

#define WORDS_MAX     8192 /* bytes of a server's words, which the facts bound */
#define TITLE_COLUMNS 70

static const char *const class_ids[] = {
    [ADVICE_FIX_SETTING] = "fix_setting", [ADVICE_FIX_SERVER] = "fix_server",
    [ADVICE_RETRY_NOW] = "retry_now",     [ADVICE_RETRY_LATER] = "retry_later",
    [ADVICE_CANCELLED] = "cancelled",     [ADVICE_INTERNAL] = "internal",
};

const struct advice_subject advice_subjects[] = {
#define ROW(table, heading) {heading, &advice_##table},
    ADVICE_SUBJECT_TABLE(ROW)
#undef ROW
        {NULL, NULL},
};

const char *advice_class_id(enum advice_class class)
{
    return class_ids[class];
}

static bool has_bit(unsigned set, unsigned bit)
{
    return set == 0 || (bit < 32 && (set & (1u << bit)));
}

static bool status_fits(const struct advice_match *when, int status)
{
    int to = when->http_to ? when->http_to : when->http_from;
    return when->http_from == 0 || (status >= when->http_from && status <= to);
}

static bool number_fits(const int *numbers, int number)
{
    if (numbers[0] == 0)
        return true;
    for (size_t i = 0; i < ADVICE_NUMBER_MAX && numbers[i]; i++) {
        if (numbers[i] == number)
            return true;
    }
    return false;
}

/* A response code may have arguments: "BADCHARSET (…)"; the name decides. */
static bool response_code_fits(const char *list, const char *code)
{
    char name[64];
    size_t length = strcspn(code, " ");
    if (!list)
        return true;
    if (length == 0 || length >= sizeof(name))
        return false;
    memcpy(name, code, length);
    name[length] = '\0';
    return look_is_any(name, list, ' ');
}

static bool signs_fit(const struct advice_match *when, const struct check_facts *facts)
{
    for (size_t i = 0; i < ADVICE_SIGN_MAX; i++) {
        if (when->signs[i] && !sign_holds(when->signs[i], facts))
            return false;
        if (when->unless[i] && sign_holds(when->unless[i], facts))
            return false;
    }
    return true;
}

static bool row_matches(const struct advice_row *row, const struct check_facts *facts,
                        const char *words)
{
    const struct advice_match *when = &row->when;
    const struct token_answer *token = &facts->token;

    return has_bit(when->stages, facts->failed) &&
           has_bit(when->reasons, look_reason(facts)) &&
           has_bit(when->answers, facts->imap_status) &&
           status_fits(when, token->http_status) &&
           (!when->error || look_is_any(token->error, when->error, ' ')) &&
           number_fits(when->aadsts, token->aadsts) &&
           response_code_fits(when->response_code, facts->answer.code) &&
           (!when->says || look_contains_any(words, when->says, '|')) &&
           signs_fit(when, facts);
}

/* The last subject's only row has no condition, so one always matches. */
static const struct advice_row *find_row(const struct check_facts *facts,
                                         const char *words)
{
    const struct advice_row *row = NULL;
    for (const struct advice_subject *subject = advice_subjects; subject->heading;
         subject++) {
        for (size_t i = 0; i < subject->table->count; i++) {
            row = &subject->table->rows[i];
            if (row_matches(row, facts, words))
                return row;
        }
    }
    return row;
}

static char *sentence(const char *text, const struct check_facts *facts)
{
    return fill_text(_(text), facts, FILL_PLAIN, NULL);
}

static void add_cause(struct diagnosis *diagnosis, const struct advice_cause *cause,
                      const struct check_facts *facts, bool holds)
{
    struct diagnosis_cause *to = &diagnosis->causes[diagnosis->cause_count++];
    to->text = sentence(cause->text, facts);
    to->why = holds ? sentence(sign_sentence(cause->sign), facts) : NULL;
}

/* One line of at most TITLE_COLUMNS, however long a host is. */
static char *title(const char *text, const struct check_facts *facts)
{
    char *whole = sentence(text, facts);
    if (text_width(whole) <= TITLE_COLUMNS)
        return whole;
    size_t length = text_fit(whole, TITLE_COLUMNS - 1, NULL);
    char *cut = mem_format("%.*s…", (int)length, whole);
    free(whole);
    return cut;
}

/* What this run speaks for comes first. */
static void add_causes(struct diagnosis *diagnosis, const struct advice_row *row,
                       const struct check_facts *facts)
{
    for (int holding = 1; holding >= 0; holding--) {
        for (size_t i = 0; i < ADVICE_CAUSE_MAX && row->causes[i].text; i++) {
            const struct advice_cause *cause = &row->causes[i];
            bool holds = sign_holds(cause->sign, facts);
            if (cause->unless && sign_holds(cause->unless, facts))
                continue;
            if (holds == (holding == 1) && (holds || !cause->only))
                add_cause(diagnosis, cause, facts, holds);
        }
    }
}

/* The value is not the mailbox's own, so no field of its pages holds it. */
static void add_provider_fix(struct diagnosis *diagnosis, const struct check_facts *facts)
{
    if (diagnosis->fix_count == ADVICE_FIX_MAX)
        return;
    struct diagnosis_fix *to = &diagnosis->fixes[diagnosis->fix_count++];
    to->who = mem_copy_text(_(WHO_YOU));
    to->text =
        sentence(N_("The value is kept with the OpenID provider {provider}, for "
                    "every mailbox that uses it. Change it in the provider's file, "
                    "and add that anew:"),
                 facts);
    to->command = fill_text("letterbox provider add {provider} FILE --replace", facts,
                            FILL_SHELL, NULL);
    to->shell = FILL_SHELL;
}

static void add_fixes(struct diagnosis *diagnosis, const struct advice_row *row,
                      const struct check_facts *facts)
{
    for (size_t i = 0; i < ADVICE_FIX_MAX && row->fixes[i].text; i++) {
        const struct advice_fix *fix = &row->fixes[i];
        if (fix->only && !sign_holds(fix->only, facts))
            continue;
        struct diagnosis_fix *to = &diagnosis->fixes[diagnosis->fix_count++];
        to->who = mem_copy_text(_(fix->who));
        to->text = sentence(fix->text, facts);
        to->command =
            fix->command ? fill_text(fix->command, facts, fix->shell, NULL) : NULL;
        to->shell = fix->shell;
    }
    if (diagnosis->field == SET_OAUTH_PROVIDER && row->field != SET_OAUTH_PROVIDER)
        add_provider_fix(diagnosis, facts);
}

/* The field where the value can be changed on the way this mailbox takes: a provider's
 * values are the provider's, and only the Exchange page asks for a tenant. */
static enum setting_id field_on_the_way(const struct check_facts *facts,
                                        enum setting_id field)
{
    switch (field) {
    case SET_OAUTH_TENANT:
        if (look_entered_is(facts, SET_OAUTH_SOURCE, "exchange"))
            return field;
        field = SET_OAUTH_TOKEN_URL;
        /* fall through */
    case SET_OAUTH_TOKEN_URL:
    case SET_OAUTH_CLIENT_ID:
    case SET_OAUTH_CLIENT_SECRET:
    case SET_OAUTH_CLIENT_AUTH:
        if (look_entered_is(facts, SET_OAUTH_SOURCE, "provider"))
            return SET_OAUTH_PROVIDER;
        return field;
    case SET_MAILBOX_USER:
        if (look_entered_is(facts, SET_AUTH_METHOD, "basic"))
            return SET_BASIC_USERNAME;
        return field;
    default:
        return field;
    }
}

static enum setting_id field_of_settings_error(const struct check_facts *facts)
{
    for (int id = 0; id < SET_COUNT; id++) {
        if (strcmp(setting_defs[id].key, facts->settings_error.key) == 0)
            return (enum setting_id)id;
    }
    return SET_NONE;
}

static void set_field(struct diagnosis *diagnosis, const struct advice_row *row,
                      const struct check_facts *facts)
{
    enum setting_id field = row->field;
    if (row->token_field && look_in_token_leg(facts))
        field = row->token_field;
    /* A proxy that was typed in is what the field of the token leg's connection is. */
    if (field == SET_OAUTH_PROXY && !look_entered(facts, SET_OAUTH_PROXY)[0])
        field = facts->token.proxy_from_environment ? SET_NONE : field;
    if (facts->failed == CHECK_SETTINGS && facts->settings_error.key[0])
        diagnosis->field = field_of_settings_error(facts);
    else
        diagnosis->field = field_on_the_way(facts, field);
}

static void drop_repairs(struct diagnosis *diagnosis)
{
    while (diagnosis->repair_count > 0)
        free(diagnosis->repairs[--diagnosis->repair_count].value);
}

/* A repair is for the leg that failed and for the fields of this way: what a provider's
 * file holds is not repaired in the mailbox. */
static void add_repairs(struct diagnosis *diagnosis, const struct advice_row *row,
                        const struct check_facts *facts)
{
    if (diagnosis->field != row->field)
        return;
    for (size_t i = 0; i < ADVICE_REPAIR_MAX && row->repairs[i].value; i++) {
        const struct advice_repair *repair = &row->repairs[i];
        bool complete;

        if (repair->only && !sign_holds(repair->only, facts))
            continue;
        char *value = fill_text(repair->value, facts, FILL_PLAIN, &complete);

        if (!complete || field_on_the_way(facts, repair->field) != repair->field) {
            free(value);
            drop_repairs(diagnosis);
            return;
        }
        if (look_entered_is(facts, repair->field, value)) {
            free(value);
            continue;
        }
        diagnosis->repairs[diagnosis->repair_count++] =
            (struct diagnosis_repair){repair->field, value};
    }
}

static enum check_stage stage_of(const struct check_facts *facts)
{
    if (facts->failed < CHECK_STAGE_COUNT)
        return facts->failed;
    for (enum check_stage stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        if (facts->steps[stage].state == CHECK_STOPPED)
            return stage;
    }
    return CHECK_SETTINGS;
}

struct diagnosis *advice_diagnose(const struct check_facts *facts)
{
    if (facts->failed == CHECK_STAGE_COUNT && !look_is_cancelled(facts))
        return NULL;

    struct buf words, said;
    buf_init(&words, WORDS_MAX);
    buf_init(&said, WORDS_MAX);
    look_words(facts, &words);
    look_said(facts, &said);
    const struct advice_row *row = find_row(facts, words.data);
    buf_free(&words);

    struct diagnosis *diagnosis = mem_new(1, sizeof(*diagnosis));
    diagnosis->code = row->code;
    diagnosis->class = row->class;
    diagnosis->is_refusal = row->refusal;
    diagnosis->stage = stage_of(facts);
    set_field(diagnosis, row, facts);
    add_repairs(diagnosis, row, facts);
    diagnosis->title = title(row->title, facts);
    diagnosis->means = sentence(row->means, facts);
    add_causes(diagnosis, row, facts);
    add_fixes(diagnosis, row, facts);
    diagnosis->said = buf_take(&said);
    return diagnosis;
}

void diagnosis_free(struct diagnosis **diagnosis)
{
    struct diagnosis *gone = *diagnosis;
    if (!gone)
        return;
    free(gone->said);
    free(gone->title);
    free(gone->means);
    drop_repairs(gone);
    for (size_t i = 0; i < gone->cause_count; i++) {
        free(gone->causes[i].text);
        free(gone->causes[i].why);
    }
    for (size_t i = 0; i < gone->fix_count; i++) {
        free(gone->fixes[i].who);
        free(gone->fixes[i].text);
        free(gone->fixes[i].command);
    }
    free(gone);
    *diagnosis = NULL;
}

bool diagnosis_may_pass_later(const struct diagnosis *diagnosis)
{
    return diagnosis->class == ADVICE_FIX_SERVER ||
           diagnosis->class == ADVICE_RETRY_NOW || diagnosis->class == ADVICE_RETRY_LATER;
}

#define CODE_MAX 512

static const char *all_codes[CODE_MAX];
static size_t all_count;

static void collect_codes(void)
{
    for (const struct advice_subject *subject = advice_subjects; subject->heading;
         subject++) {
        for (size_t i = 0; i < subject->table->count && all_count < CODE_MAX; i++)
            all_codes[all_count++] = subject->table->rows[i].code;
    }
}

size_t advice_codes(const char *const **codes)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, collect_codes);
    *codes = all_codes;
    return all_count;
}
