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

static const char *const states[] = {
    [CHECK_WAITING] = "skipped",
    [CHECK_RUNNING] = "running",
    [CHECK_OK] = "ok",
    [CHECK_WARNED] = "warned",
    [CHECK_FAILED] = "failed",
    [CHECK_SKIPPED] = "skipped",
    [CHECK_STOPPED] = "cancelled",
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
    return states[state];
}
