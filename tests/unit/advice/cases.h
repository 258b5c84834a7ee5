/*
 * Fact sets and the diagnosis that each must lead to.
 */
#ifndef LETTERBOX_TESTS_ADVICE_CASES_H
#define LETTERBOX_TESTS_ADVICE_CASES_H

#include <stdbool.h>
#include <stddef.h>

#include "advice/advice.h"

#define CASE_TID "0a0b0c0d-1111-2222-3333-444455556666"

enum case_profile {
    PROFILE_EXCHANGE, /* OAuth, Microsoft Exchange, the working Scope */
    PROFILE_CUSTOM,   /* OAuth, Custom, Keycloak in front of Dovecot */
    PROFILE_PROVIDER, /* the same as an existing OpenID provider */
    PROFILE_BASIC,    /* Basic auth at a Dovecot */
    PROFILE_GMAIL,    /* Basic auth at Gmail */
};

/* Bits: what else is true of the run. */
enum case_flag {
    WITH_GUID_SECRET = 1 << 0,
    WITH_SPECIAL_SECRET = 1 << 1,
    WITH_BLANK_SECRET = 1 << 2,
    WITH_BASIC_HEADER = 1 << 3, /* client_secret_basic */
    WITH_ROLE = 1 << 4,         /* a token with IMAP.AccessAsApp */
    WITH_OTHER_ROLE = 1 << 5,
    WITH_NO_ROLE = 1 << 6,
    WITH_OPAQUE = 1 << 7,
    WITH_PROXY = 1 << 8,
    WITH_OTHER_LEG = 1 << 9, /* the other leg connected */
    WITH_CLOCK_OFF = 1 << 10,
    WITH_FOLDERS = 1 << 11,
    WITH_SELF_SIGNED = 1 << 12,
    WITH_INSPECTION = 1 << 13,
    WITH_CERTIFICATE = 1 << 14,
    WITH_HTML = 1 << 15,
    WITH_CANCEL = 1 << 16,
    WITH_STALE = 1 << 17,        /* a token that is older than the server's Date */
    WITH_BASIC_WANTED = 1 << 18, /* WWW-Authenticate: Basic */
    WITH_BASIC_ALONE = 1 << 19,  /* in the provider's metadata */
    WITH_BOTH_METHODS = 1 << 20, /* the same */
    WITH_HELD_TOKEN = 1 << 21,   /* in an answer that is of no use */
    WITH_DISCOVERY = 1 << 22,    /* the issuer's document was asked for */
};

struct advice_case {
    const char *name;
    /* what must come out */
    const char *code;
    enum advice_class class;
    const char *field; /* the setting's key; NULL: none */
    bool refusal;
    const char *repair; /* NULL: none */

    /* what went in */
    enum case_profile profile;
    enum check_stage stage;
    unsigned flags;
    enum net_reason reason;
    const char *failure;
    int failure_code;
    int http;
    const char *error, *description;
    int aadsts;
    enum imap_status imap;
    enum imap_mechanism mechanism;
    const char *response_code, *text, *challenge, *bye, *greeting, *capabilities;
    const char *aud, *scp, *preferred_username, *granted, *token_type;
    const char *set[6];            /* key, value, key, value … */
    const char *settings_error;    /* with its key in `field` */
    enum err_class settings_class; /* ERR_SETTING when left out */
};

extern const struct advice_case advice_cases[];
extern const size_t advice_case_count;

/* Plain data and settings; case_clear frees what is in it. */
void case_build(const struct advice_case *the_case, struct check_facts *facts);
void case_clear(struct check_facts *facts);

#endif
