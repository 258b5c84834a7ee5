/* The names of stages, for as long as check/ does not have them. */
#include "check/stages.h"
#include <stddef.h>
const char *check_stage_id(enum check_stage s)
{
    static const char *const n[] = {"settings",      "token.resolve",     "token.connect",
                                    "token.tls",     "token.request",     "token.claims",
                                    "imap.resolve",  "imap.connect",      "imap.tls",
                                    "imap.greeting", "imap.authenticate", "imap.open",
                                    "imap.preview"};
    return n[s];
}
const char *check_stage_label(enum check_stage s)
{
    static const char *const n[] = {
        "settings", "resolve", "connect",  "TLS",          "request", "claims", "resolve",
        "connect",  "TLS",     "greeting", "authenticate", "open",    "preview"};
    return n[s];
}
bool check_stage_is_token(enum check_stage s)
{
    return s >= CHECK_TOKEN_RESOLVE && s <= CHECK_TOKEN_CLAIMS;
}
const char *check_state_id(enum check_state s)
{
    static const char *const n[] = {"skipped", "running", "ok",       "warned",
                                    "failed",  "skipped", "cancelled"};
    return n[s];
}
