#include "check/obtain.h"

#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/err.h"
#include "base/mem.h"
#include "oauth/discovery.h"
#include "settings/mailbox.h"

enum { TIMEOUT_S = 15 };

static int timeout_ms(const struct access *access)
{
    return 1000 *
           settings_number(&access->settings, SET_SERVER_TIMEOUT_SECONDS, TIMEOUT_S);
}

/* The page's URL, the provider's, or the one in the issuer's discovery document. */
static char *find_url(const struct access *access, const struct cancel *cancel,
                      struct token_answer *answer)
{
    struct discovery found;
    struct err err = ERR_INIT;
    char *url;

    if (access->token_url || !access->issuer)
        return mem_copy_text(access->token_url ? access->token_url : "");
    if (!discovery_fetch(access->issuer,
                         settings_text(&access->settings, SET_TLS_CA_FILE),
                         settings_text(&access->settings, SET_OAUTH_PROXY),
                         timeout_ms(access), cancel, &found, &err)) {
        net_fail(&answer->failure, cancel_fired(cancel) ? NET_CANCELLED : NET_SYSTEM, 0,
                 "%s", err.text);
        return NULL;
    }
    url = mem_copy_text(found.token_endpoint);
    discovery_free(&found);
    return url;
}

bool token_obtain(const struct access *access, const struct cancel *cancel,
                  token_progress *progress, void *closure, struct token_answer *answer)
{
    const struct settings *settings = &access->settings;
    bool basic = access->client_auth && strcmp(access->client_auth, "basic") == 0;
    char **parameters = NULL;
    struct token_request request;
    char *url;
    bool obtained;

    *answer = (struct token_answer){.retry_after_s = -1, .expires_in_s = -1};
    url = find_url(access, cancel, answer);
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
    obtained = token_fetch(&request, cancel, progress, closure, answer);
    argv_free(&parameters);
    free(url);
    return obtained;
}
