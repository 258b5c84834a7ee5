/*
 * A row of advice: when it holds, what it is called, what it says.
 *
 * To add a diagnosis: add a row to the table of its subject, a fact set that leads to it
 * to tests/unit/advice/cases.c, and run the target `diagnoses`, which writes
 * docs/DIAGNOSES.md anew.  A new subject is one line more in ADVICE_SUBJECT_TABLE.
 *
 * Of a row's conditions every one that is set must hold; one that is left out says
 * nothing.  The first row that matches decides, subject by subject in the order of the
 * table, so the special stand before the general.
 */
#ifndef LETTERBOX_ADVICE_ROW_H
#define LETTERBOX_ADVICE_ROW_H

#include <stdbool.h>
#include <stddef.h>

#include "advice/advice.h"
#include "advice/fill.h"
#include "advice/signs.h"
#include "base/i18n.h"

#define ADVICE_SIGN_MAX   4
#define ADVICE_NUMBER_MAX 12

/* One bit per stage, net_reason and imap_status. */
#define AT(stage)      (1u << CHECK_##stage)
#define BECAUSE(name)  (1u << NET_##name)
#define ANSWERED(name) (1u << IMAP_##name)

#define AT_TOKEN                                                                         \
    (AT(TOKEN_RESOLVE) | AT(TOKEN_CONNECT) | AT(TOKEN_TLS) | AT(TOKEN_REQUEST) |         \
     AT(TOKEN_CLAIMS))
#define AT_IMAP                                                                          \
    (AT(IMAP_RESOLVE) | AT(IMAP_CONNECT) | AT(IMAP_TLS) | AT(IMAP_GREETING) |            \
     AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN) | AT(IMAP_PREVIEW))

struct advice_match {
    unsigned stages;        /* AT(…) | …: that failed */
    unsigned reasons;       /* BECAUSE(…) | …: of the failed leg's connection */
    unsigned answers;       /* ANSWERED(…) | …: how the IMAP server answered */
    int http_from, http_to; /* HTTP status, both included; http_to 0: that one */
    const char *error;      /* OAuth `error`: one of these, blank-separated */
    int aadsts[ADVICE_NUMBER_MAX]; /* one of these, ended by 0: a hint, never needed */
    const char *response_code;     /* of IMAP: one of these, blank-separated */
    const char *says; /* the server's words hold one of these, separated by "|" */
    enum advice_sign signs[ADVICE_SIGN_MAX];  /* all of these hold */
    enum advice_sign unless[ADVICE_SIGN_MAX]; /* none of these holds */
};

/* Ranked: causes whose sign holds come first, with the sign's sentence as their `why`;
 * then the others in their order.  LIKELY_IF: still possible when the sign does not hold,
 * because the run may not have shown it.  ONLY_IF: known to be out of the question then,
 * so left out.  LIKELY_UNLESS: as LIKELY_IF, but left out when the other sign holds. */
struct advice_cause {
    enum advice_sign sign;
    bool only;
    enum advice_sign unless;
    const char *text;
};

struct advice_fix {
    enum advice_sign only; /* shown only when this holds; SIGN_NONE: always */
    const char *who;
    const char *text;
    enum fill_shell shell; /* how values are quoted in `command` */
    const char *command;
};

/* A value that a field should hold. */
struct advice_repair {
    enum setting_id field;
    const char *value;     /* may hold {placeholders} */
    enum advice_sign only; /* known only when this holds; SIGN_NONE: always */
};

struct advice_row {
    const char *code;
    enum advice_class class;
    bool refusal;
    enum setting_id field;       /* SET_NONE when none is to blame */
    enum setting_id token_field; /* in the token leg, where it differs; 0: as `field` */
    struct advice_match when;
    const char *title; /* all N_(), with {placeholders} (advice/fill.h) */
    const char *means;
    struct advice_cause causes[ADVICE_CAUSE_MAX];
    struct advice_fix fixes[ADVICE_FIX_MAX];
    struct advice_repair repairs[ADVICE_REPAIR_MAX]; /* offered together, or not at all
                           when a placeholder has no value or a field is not asked for */
};

/* clang-format off */
#define CAUSE(text)                    {SIGN_NONE, false, SIGN_NONE, text}
#define LIKELY_IF(sign, text)          {SIGN_##sign, false, SIGN_NONE, text}
#define ONLY_IF(sign, text)            {SIGN_##sign, true, SIGN_NONE, text}
#define LIKELY_UNLESS(sign, not, text) {SIGN_##sign, false, SIGN_##not, text}
#define FIX(who, text)                 {SIGN_NONE, who, text, FILL_PLAIN, NULL}
#define FIX_IF(sign, who, text)        {SIGN_##sign, who, text, FILL_PLAIN, NULL}
#define POWERSHELL_IF(sign, who, text, command) {SIGN_##sign, who, text, FILL_POWERSHELL, command}
#define TYPE(who, text, command)       {SIGN_NONE, who, text, FILL_SHELL, command}
#define TYPE_IF(sign, who, text, command)                                                \
    {SIGN_##sign, who, text, FILL_SHELL, command}
#define POWERSHELL(who, text, command) {SIGN_NONE, who, text, FILL_POWERSHELL, command}
#define LINK(who, text, url)           {SIGN_NONE, who, text, FILL_LINK, url}
#define LINK_IF(sign, who, text, url)  {SIGN_##sign, who, text, FILL_LINK, url}
#define REPAIR(field, value)           {SET_##field, value, SIGN_NONE}
#define REPAIR_IF(sign, field, value)  {SET_##field, value, SIGN_##sign}
/* clang-format on */

/* What a mailbox cannot repair: the way stands in the existing provider's own file. */
#define OTHER_METHOD_OF_PROVIDER                                                         \
    FIX_IF(                                                                              \
        PROVIDER, WHO_SYSTEM,                                                            \
        N_("The way stands in the provider's file as token_endpoint_auth_method. To "    \
           "change it to client_secret_{other_client_auth}, correct the file and add "   \
           "it again: letterbox provider add {provider} FILE --replace"))

/* Entra's, for the tenant that was entered: on a line of its own, so that it is whole. */
#define ENTER_TOKEN_URL                                                                  \
    LINK(WHO_YOU, N_("Enter this as the Token URL:"),                                    \
         "https://{cloud_login}/{tenant}/oauth2/v2.0/token")

#define WHO_YOU      N_("You, here")
#define WHO_SYSTEM   N_("System administrator")
#define WHO_NETWORK  N_("Network administrator")
#define WHO_ENTRA    N_("Entra administrator")
#define WHO_EXCHANGE N_("Exchange administrator")
#define WHO_GOOGLE   N_("Google Workspace administrator")
#define WHO_SERVER   N_("Server administrator") /* of either leg's server */
#define WHO_MAIL     N_("Mail server administrator")
#define WHO_OPENID   N_("OpenID provider administrator")

/*  table           heading in docs/DIAGNOSES.md */
#define ADVICE_SUBJECT_TABLE(ROW)                                                        \
    ROW(local, N_("On this machine"))                                                    \
    ROW(retry, N_("Come back later"))                                                    \
    ROW(tls, N_("TLS and certificates"))                                                 \
    ROW(network, N_("DNS and network"))                                                  \
    ROW(entra_client, N_("Microsoft Entra: client and secret"))                          \
    ROW(entra_tenant, N_("Microsoft Entra: tenant and cloud"))                           \
    ROW(entra_scope, N_("Microsoft Entra: Scope and consent"))                           \
    ROW(entra_policy, N_("Microsoft Entra: policies and requests"))                      \
    ROW(exchange_token, N_("Exchange Online: what was entered, and the token"))          \
    ROW(exchange, N_("Exchange Online: registration, mailbox and server"))               \
    ROW(google, N_("Google"))                                                            \
    ROW(imap_words, N_("What IMAP servers say in words"))                                \
    ROW(imap_codes, N_("IMAP response codes"))                                           \
    ROW(openid, N_("Own OpenID providers"))                                              \
    ROW(dovecot_openid, N_("Own mail servers and their tokens"))                         \
    ROW(oauth, N_("The token request"))                                                  \
    ROW(imap, N_("The IMAP server"))                                                     \
    ROW(unexplained, N_("Unexplained"))

struct advice_table {
    const struct advice_row *rows;
    size_t count;
};

#define ROW(table, heading) extern const struct advice_table advice_##table;
ADVICE_SUBJECT_TABLE(ROW)
#undef ROW

/* Ends the file of a table: its `rows`, counted. */
#define ADVICE_TABLE(table)                                                              \
    const struct advice_table advice_##table = {rows, sizeof(rows) / sizeof(rows[0])}

struct advice_subject {
    const char *heading; /* N_() */
    const struct advice_table *table;
};

/* Every subject, in the order in which they are asked; ended by a NULL heading. */
extern const struct advice_subject advice_subjects[];

#endif
