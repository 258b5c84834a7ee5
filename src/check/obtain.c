#include "check/obtain.h"

#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/mem.h"
#include "oauth/discovery.h"
#include "settings/mailbox.h"

enum { TIMEOUT_S = 15 };

static int timeout_ms(const struct access *access)
{
    return 1000 *
           settings_number(&access->settings, SET_SERVER_TIMEOUT_SECONDS, TIMEOUT_S);
}

/* Discovery and the request pass the same phases: each is reported once, and the request
 * for the token ends last. */
struct relay {
    token_progress *progress;
    void *closure;
    enum token_phase next;
};

static void on_phase(void *closure, enum token_phase phase, int64_t took_us,
                     const struct token_answer *so_far)
{
    struct relay *relay = closure;

    if (phase != relay->next || (phase == TOKEN_REQUEST && so_far->is_discovery))
        return;
    relay->next++;
    if (relay->progress)
        relay->progress(relay->closure, phase, took_us, so_far);
}

/* The page's URL, the provider's, or the one in the issuer's discovery document. */
static char *find_url(const struct access *access, const struct cancel *cancel,
                      struct relay *relay, struct token_answer *answer)
{
    const struct settings *settings = &access->settings;
    struct discovery_request request = {
        .issuer = access->issuer,
        .ca_file = settings_text(settings, SET_TLS_CA_FILE),
        .proxy = settings_text(settings, SET_OAUTH_PROXY),
        .timeout_ms = timeout_ms(access),
    };
    struct discovery found;
    char *url = NULL;

    if (access->token_url || !access->issuer)
        return mem_copy_text(access->token_url ? access->token_url : "");
    if (discovery_find(&request, cancel, on_phase, relay, answer, &found, NULL))
        url = mem_copy_text(found.token_endpoint);
    discovery_free(&found);
    return url;
}

bool token_obtain(const struct access *access, const struct cancel *cancel,
                  token_progress *progress, void *closure, struct token_answer *answer)
{
    const struct settings *settings = &access->settings;
    bool basic = access->client_auth && strcmp(access->client_auth, "basic") == 0;
    struct relay relay = {progress, closure, TOKEN_RESOLVE};
    char **parameters = NULL;
    struct token_request request;
    char *url;
    bool obtained;

    *answer = (struct token_answer){.retry_after_s = -1, .expires_in_s = -1};
    url = find_url(access, cancel, &relay, answer);
    if (!url)
        return false;
    if (setting_is_used(settings, SET_OAUTH_PARAMETERS))
        parameters = argv_split(settings_text(settings, SET_OAUTH_PARAMETERS), NULL);
    request = (struct token_request){
        .url = url,
        .client_id = access->client_id,
        .client_secret = access->credential,
        .client_auth = basic ? CLIENT_AUTH_BASIC : CLIENT_AUTH_POST,
        .scope = settings_text(settings, SET_OAUTH_SCOPE),
        .parameters = parameters,
        .proxy = settings_text(settings, SET_OAUTH_PROXY),
        .ca_file = settings_text(settings, SET_TLS_CA_FILE),
        .timeout_ms = timeout_ms(access),
    };
    obtained = token_fetch(&request, cancel, on_phase, &relay, answer);
    argv_free(&parameters);
    free(url);
    return obtained;
}
