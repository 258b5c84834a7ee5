#include "check/facts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/mem.h"

struct check_facts *check_facts_new(void)
{
    struct check_facts *facts = mem_new(1, sizeof *facts);

    settings_init(&facts->entered);
    facts->failed = CHECK_STAGE_COUNT;
    facts->began_at = time(NULL);
    facts->token.retry_after_s = -1;
    facts->token.expires_in_s = -1;
    return facts;
}

void check_facts_free(struct check_facts **facts)
{
    if (!*facts)
        return;
    settings_free(&(*facts)->entered);
    token_answer_clear(&(*facts)->token);
    argv_free(&(*facts)->folders);
    free(*facts);
    *facts = NULL;
}

/* "http://name:password@host" without what is before the host. */
static void drop_userinfo(struct settings *settings, enum setting_id id)
{
    const char *url = settings_text(settings, id), *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + strlen("://") : url;
    size_t authority = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', authority);
    char *bare;

    if (!at)
        return;
    bare = mem_format("%.*s%s", (int)(host - url), url, at + 1);
    settings_set(settings, id, bare);
    free(bare);
}

void check_facts_enter(struct check_facts *facts, const struct settings *settings)
{
    settings_free(&facts->entered);
    settings_copy(&facts->entered, settings);
    secret_ref_clear(&facts->entered.basic_password);
    secret_ref_clear(&facts->entered.client_secret);
    facts->used_oauth = settings_is(settings, SET_AUTH_METHOD, "oauth");
    facts->credential_set =
        (facts->used_oauth ? settings->client_secret.place
                           : settings->basic_password.place) != SECRET_UNSET;
    drop_userinfo(&facts->entered, SET_OAUTH_PROXY);
    drop_userinfo(&facts->entered, SET_OAUTH_TOKEN_URL);
}

/* 8-4-4-4-12 hexadecimal digits (RFC 9562, 4). */
static bool is_guid(const char *text, size_t length)
{
    if (length != 36)
        return false;
    for (size_t i = 0; i < length; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
            return false;
    }
    return true;
}

/* The shape of the secrets that Entra makes since 2021: three characters, a digit, "Q~",
 * and 31 to 34 more. */
static bool is_entra_value(const char *text, size_t length)
{
    if (length < 37 || length > 40 || !isdigit((unsigned char)text[3]) ||
        text[4] != 'Q' || text[5] != '~')
        return false;
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && !strchr("_~.-", text[i]))
            return false;
    }
    return true;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_special(char c)
{
    return !isalnum((unsigned char)c) && !strchr("-._~", c);
}

void check_facts_shape(struct check_facts *facts, const struct secret *credential)
{
    const char *text = secret_bytes(credential);
    size_t length = secret_length(credential);
    struct check_credential_shape *shape = &facts->credential;

    *shape = (struct check_credential_shape){.length = length};
    if (length == 0)
        return;
    shape->is_guid = is_guid(text, length);
    shape->is_entra_value = is_entra_value(text, length);
    shape->has_outer_blank = is_blank(text[0]) || is_blank(text[length - 1]);
    for (size_t i = 0; i < length; i++)
        shape->has_special = shape->has_special || is_special(text[i]);
}
