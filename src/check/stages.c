#include "check/stages.h"

#include "base/i18n.h"

static const struct {
    const char *id;
    const char *label;
} stages[CHECK_STAGE_COUNT] = {
    [CHECK_SETTINGS] = {"settings", N_("settings")},
    [CHECK_TOKEN_RESOLVE] = {"token.resolve", N_("resolve")},
    [CHECK_TOKEN_CONNECT] = {"token.connect", N_("connect")},
    [CHECK_TOKEN_TLS] = {"token.tls", "TLS"},
    [CHECK_TOKEN_REQUEST] = {"token.request", N_("request")},
    [CHECK_TOKEN_CLAIMS] = {"token.claims", N_("claims")},
    [CHECK_IMAP_RESOLVE] = {"imap.resolve", N_("resolve")},
    [CHECK_IMAP_CONNECT] = {"imap.connect", N_("connect")},
    [CHECK_IMAP_TLS] = {"imap.tls", "TLS"},
    [CHECK_IMAP_GREETING] = {"imap.greeting", N_("greeting")},
    [CHECK_IMAP_AUTHENTICATE] = {"imap.authenticate", N_("authenticate")},
    [CHECK_IMAP_OPEN] = {"imap.open", N_("open")},
    [CHECK_IMAP_PREVIEW] = {"imap.preview", N_("preview")},
};

static const struct {
    const char *id;
    const char *label;
} states[] = {
    [CHECK_WAITING] = {"skipped", N_("not reached")},
    [CHECK_RUNNING] = {"running", N_("cancelled")},
    [CHECK_OK] = {"ok", N_("ok")},
    [CHECK_WARNED] = {"warned", N_("warned")},
    [CHECK_FAILED] = {"failed", N_("failed")},
    [CHECK_SKIPPED] = {"skipped", N_("not reached")},
    [CHECK_STOPPED] = {"cancelled", N_("cancelled")},
};

const char *check_stage_id(enum check_stage stage)
{
    return stages[stage].id;
}

const char *check_stage_label(enum check_stage stage)
{
    return stages[stage].label;
}

bool check_stage_is_token(enum check_stage stage)
{
    return stage >= CHECK_TOKEN_RESOLVE && stage <= CHECK_TOKEN_CLAIMS;
}

const char *check_state_id(enum check_state state)
{
    return states[state].id;
}

const char *check_state_label(enum check_state state)
{
    return states[state].label;
}
