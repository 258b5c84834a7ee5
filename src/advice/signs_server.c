/* Signs of the IMAP server that was met: what it is, how it greets, what it says. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "advice/clouds.h"
#include "advice/folders.h"
#include "advice/look.h"
#include "advice/sign_rows.h"
#include "base/i18n.h"
#include "check/software.h"

static bool greets_as_exchange(const struct check_facts *facts)
{
    return software_is_exchange(software_of(facts->greeting, facts->capabilities));
}

/* By its host; under another name (a gateway, a CNAME) by what only Exchange Online does:
 * an Exchange server of one's own has no OAuth for IMAP. */
static bool is_exchange_online(const struct check_facts *facts)
{
    const char *host = look_entered(facts, SET_SERVER_HOST);
    return cloud_of_imap_host(host) ||
           look_contains_any(host, ".office365.com .office365.us .prod.outlook.com",
                             ' ') ||
           software_of(facts->greeting, "") == SOFTWARE_EXCHANGE_ONLINE ||
           (greets_as_exchange(facts) &&
            look_contains_any(facts->capabilities, "AUTH=XOAUTH2", ' '));
}

static bool is_exchange_own(const struct check_facts *facts)
{
    return greets_as_exchange(facts) && !is_exchange_online(facts);
}

/* Exchange looks at some of a token only when the mailbox is to be opened. */
static bool exchange_shuts_out(const struct check_facts *facts)
{
    bool refused = facts->imap_status == IMAP_NO || facts->imap_status == IMAP_BAD ||
                   facts->imap_status == IMAP_BYE;
    if (!refused || facts->failed < CHECK_IMAP_AUTHENTICATE)
        return false;
    /* So it answers a line that it cannot take apart, whoever sent it. */
    if (look_contains_any(facts->answer.text, "Command Error|Command Argument Error",
                          '|'))
        return false;
    return facts->failed == CHECK_IMAP_AUTHENTICATE ||
           look_contains_any(facts->answer.text, "authenticated but not connected", '|');
}

static bool is_gmail(const struct check_facts *facts)
{
    return look_is_any(look_entered(facts, SET_SERVER_HOST),
                       "imap.gmail.com imap.googlemail.com", ' ') ||
           software_of(facts->greeting, facts->capabilities) == SOFTWARE_GMAIL;
}

/* Dovecot's greeting can be set to anything. */
static bool is_other_mail_server(const struct check_facts *facts)
{
    enum check_software software = software_of(facts->greeting, facts->capabilities);
    return software != SOFTWARE_UNKNOWN && software != SOFTWARE_DOVECOT;
}

static bool is_maybe_dovecot(const struct check_facts *facts)
{
    return !is_other_mail_server(facts);
}

static bool is_stalwart(const struct check_facts *facts)
{
    return software_of(facts->greeting, facts->capabilities) == SOFTWARE_STALWART;
}

/* What came in place of a greeting. */
static bool opened_with(const struct check_facts *facts, const char *beginnings)
{
    const char *texts[] = {facts->greeting, facts->answer.text};
    for (size_t i = 0; i < 2; i++) {
        const char *list = beginnings;
        while (*list) {
            size_t length = strcspn(list, "|");
            if (length > 0 && strncmp(texts[i], list, length) == 0)
                return true;
            list += length + strspn(list + length, "|");
        }
    }
    return false;
}

static bool greets_as_smtp(const struct check_facts *facts)
{
    return opened_with(facts, "220 |220-|554 |421 ") &&
           !look_contains_any(facts->greeting, "FTP LMTP", ' ') &&
           !look_contains_any(facts->answer.text, "FTP LMTP", ' ');
}

static bool greets_as_pop(const struct check_facts *facts)
{
    return opened_with(facts, "+OK|-ERR");
}

static bool greets_as_http(const struct check_facts *facts)
{
    return opened_with(facts, "HTTP/|<html|<!DOCTYPE|<HTML");
}

static bool is_refused_at_door(const struct check_facts *facts)
{
    return facts->imap_status == IMAP_BYE || opened_with(facts, "* NO|* BAD");
}

/* "AUTH=CRAM-MD5", "AUTH=GSSAPI", … */
static bool offers_other(const struct check_facts *facts)
{
    for (const char *at = facts->capabilities; (at = strcasestr(at, "AUTH="));) {
        char name[32] = "";

        at += strlen("AUTH=");
        snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
        if (!look_is_any(name, "PLAIN LOGIN XOAUTH2 OAUTHBEARER", ' '))
            return true;
    }
    return false;
}

static bool offers_oauth(const struct check_facts *facts)
{
    return look_contains_any(facts->capabilities, "AUTH=XOAUTH2 AUTH=OAUTHBEARER", ' ');
}

static bool offers_plain(const struct check_facts *facts)
{
    return look_contains_any(facts->capabilities, "AUTH=PLAIN", ' ');
}

static bool capabilities_are_unknown(const struct check_facts *facts)
{
    return facts->capabilities[0] == '\0';
}

static bool mechanism_is_chosen(const struct check_facts *facts)
{
    return facts->mechanism != IMAP_MECHANISM_NONE;
}

static bool login_is_disabled(const struct check_facts *facts)
{
    return look_contains_any(facts->capabilities, "LOGINDISABLED", ' ');
}

/* The greeting's own word stays before its text (imap/session.c). */
static bool is_preauthenticated(const struct check_facts *facts)
{
    return strncmp(facts->greeting, "PREAUTH", strlen("PREAUTH")) == 0;
}

static bool access_is_denied(const struct check_facts *facts)
{
    return look_contains_any(facts->answer.code, "NOPERM AUTHORIZATIONFAILED", ' ') ||
           look_contains_any(facts->answer.text,
                             "permission denied|access denied|not permitted|"
                             "insufficient rights|no right",
                             '|');
}

static bool is_challenged(const struct check_facts *facts)
{
    return facts->answer.challenge[0] != '\0';
}

/* Is a member of the challenge one of these words, as text or as a number? */
static bool challenge_has(const struct check_facts *facts, const char *name,
                          const char *words)
{
    struct buf value;
    buf_init(&value, 256);
    look_challenge(facts, name, &value);
    bool yes = look_is_any(value.data, words, ' ');
    buf_free(&value);
    return yes;
}

static bool challenge_is_bad_token(const struct check_facts *facts)
{
    return challenge_has(facts, "status", "invalid_token 401") ||
           challenge_has(facts, "error", "invalid_token");
}

static bool challenge_is_scope(const struct check_facts *facts)
{
    return challenge_has(facts, "status", "insufficient_scope 400") ||
           challenge_has(facts, "error", "insufficient_scope");
}

static bool challenge_names_scope(const struct check_facts *facts)
{
    struct buf scope;
    buf_init(&scope, 256);
    look_challenge(facts, "scope", &scope);
    bool yes =
        scope.length > 0 && strcmp(scope.data, look_entered(facts, SET_OAUTH_SCOPE)) != 0;
    buf_free(&scope);
    return yes;
}

static bool challenge_is_of_other_provider(const struct check_facts *facts)
{
    struct buf theirs, ours;
    buf_init(&theirs, 256);
    buf_init(&ours, 256);
    look_challenge_host(facts, &theirs);
    look_token_host(facts, &ours);
    bool yes =
        theirs.length > 0 && ours.length > 0 && strcasecmp(theirs.data, ours.data) != 0;
    buf_free(&theirs);
    buf_free(&ours);
    return yes;
}

static bool wants_app_passwords(const struct check_facts *facts)
{
    return look_contains_any(facts->answer.text,
                             "application-specific|application password|app password|"
                             "app-specific|two-factor|two-step|2-step|2FA|"
                             "third-party|authorization code|authorisation code",
                             '|') ||
           look_is_any(look_entered(facts, SET_SERVER_HOST),
                       "imap.gmail.com imap.googlemail.com imap.mail.yahoo.com "
                       "imap.aol.com imap.mail.me.com imap.fastmail.com imap.zoho.com "
                       "imap.zoho.eu imap.yandex.com imap.yandex.ru imap.mail.ru "
                       "imap.mail.att.net imap.qq.com imap.163.com imap.naver.com",
                       ' ');
}

/* Is it "com", a country's two letters, or "co" or "com" before those? */
static bool is_country(const char *tail)
{
    if (strncasecmp(tail, "com.", 4) == 0)
        tail += 4;
    else if (strncasecmp(tail, "co.", 3) == 0)
        tail += 3;
    return strcasecmp(tail, "com") == 0 || (strlen(tail) == 2 && !strchr(tail, '.'));
}

/* Outlook.com under its names in many countries.  A domain such as live.io may be an
 * organization's, so those of live are listed one by one. */
static bool mailbox_is_consumer(const struct check_facts *facts)
{
    const char *at = strrchr(look_mailbox(facts), '@');
    const char *domain = at ? at + 1 : "";
    return (strncasecmp(domain, "outlook.", 8) == 0 && is_country(domain + 8)) ||
           (strncasecmp(domain, "hotmail.", 8) == 0 && is_country(domain + 8)) ||
           look_is_any(domain,
                       "msn.com passport.com windowslive.com live.com live.at live.be "
                       "live.ca live.cl live.cn live.co.uk live.co.za live.com.ar "
                       "live.com.au live.com.mx live.com.my live.com.pt live.com.sg "
                       "live.de live.dk live.fi live.fr live.hk live.ie live.in live.it "
                       "live.jp live.nl live.no live.ru live.se",
                       ' ');
}

static bool user_is_delegate(const struct check_facts *facts)
{
    const char *user = look_mailbox(facts), *at = strchr(user, '@');
    return at && strpbrk(at, "\\/") && strchr(strpbrk(at, "\\/"), '@');
}

static bool user_is_no_address(const struct check_facts *facts)
{
    const char *user = look_mailbox(facts), *at = strchr(user, '@');
    return user[0] &&
           (!at || at == user || !at[1] || strpbrk(user, "\\ ") || strchr(at + 1, '@'));
}

static bool mailbox_ends_in_any(const struct check_facts *facts, const char *const *ends)
{
    const char *user = look_mailbox(facts);
    for (; strchr(user, '@') && *ends; ends++) {
        if (look_ends_in(user, *ends))
            return true;
    }
    return false;
}

/* Names that no certificate authority and no mail from outside can reach. */
static bool mailbox_domain_is_internal(const struct check_facts *facts)
{
    static const char *const ends[] = {".local",  ".localdomain", ".lan",
                                       ".intern", ".internal",    ".corp",
                                       ".home",   ".private",     NULL};
    return mailbox_ends_in_any(facts, ends);
}

static bool mailbox_is_onmicrosoft(const struct check_facts *facts)
{
    static const char *const ends[] = {".onmicrosoft.com", ".onmicrosoft.us",
                                       ".partner.onmschina.cn", NULL};
    return mailbox_ends_in_any(facts, ends);
}

static bool user_is_client(const struct check_facts *facts)
{
    const char *user = look_mailbox(facts);
    return look_is_guid(user) ||
           (user[0] && strcasecmp(user, look_client_id(facts)) == 0);
}

static bool folder_is_listed(const struct check_facts *facts)
{
    return folders_list_it(facts);
}

static bool folder_is_near(const struct check_facts *facts)
{
    return folders_near(facts) != NULL;
}

static bool folders_are_known(const struct check_facts *facts)
{
    return facts->folders && facts->folders[0];
}

/* ---- the table ------------------------------------------------------------------- */

const struct sign_row signs_server[SIGN_COUNT] = {
    [SIGN_EXCHANGE_ONLINE] = {is_exchange_online,
                              N_("The IMAP host {imap_host} is Exchange Online.")},
    [SIGN_EXCHANGE_OWN] =
        {is_exchange_own,
         N_("The greeting is Microsoft Exchange's, and {imap_host} is no "
            "host of Exchange Online.")},
    [SIGN_EXCHANGE_SHUTS_OUT] = {exchange_shuts_out,
                                 N_("Exchange lets nobody in with this token.")},
    [SIGN_GMAIL] = {is_gmail, N_("The IMAP server is Gmail's.")},
    [SIGN_MAYBE_DOVECOT] = {is_maybe_dovecot, N_("The greeting speaks against no "
                                                 "Dovecot.")},
    [SIGN_OTHER_MAIL_SERVER] = {is_other_mail_server,
                                N_("The server greeted with: {greeting}")},
    [SIGN_STALWART] = {is_stalwart, N_("The greeting is Stalwart's.")},
    [SIGN_GREETING_SMTP] = {greets_as_smtp, N_("The server opened with: {greeting}")},
    [SIGN_GREETING_POP] = {greets_as_pop, N_("The server opened with: {greeting}")},
    [SIGN_GREETING_HTTP] = {greets_as_http, N_("The server opened with: {greeting}")},
    [SIGN_OFFERS_OAUTH] = {offers_oauth,
                           N_("The server offers these ways to log in: {mechanisms}.")},
    [SIGN_OFFERS_PLAIN] = {offers_plain,
                           N_("The server offers these ways to log in: {mechanisms}.")},
    [SIGN_OFFERS_OTHER] = {offers_other,
                           N_("The server offers these ways to log in: {mechanisms}.")},
    [SIGN_REFUSED_AT_DOOR] = {is_refused_at_door,
                              N_("The server opened with: {greeting}")},
    [SIGN_CAPABILITIES_UNKNOWN] = {capabilities_are_unknown,
                                   N_("The server named no capabilities.")},
    [SIGN_MECHANISM_CHOSEN] = {mechanism_is_chosen,
                               N_("A way to log in that the server offers was tried.")},
    [SIGN_LOGIN_DISABLED] = {login_is_disabled, N_("The server says LOGINDISABLED.")},
    [SIGN_PREAUTH] = {is_preauthenticated, N_("The server greeted with PREAUTH.")},
    [SIGN_ACCESS_DENIED] = {access_is_denied, N_("The server denies the access.")},
    [SIGN_CHALLENGED] = {is_challenged, N_("The server explained: {challenge}")},
    [SIGN_CHALLENGE_BAD_TOKEN] = {challenge_is_bad_token,
                                  N_("The server explained: {challenge}")},
    [SIGN_CHALLENGE_SCOPE] = {challenge_is_scope,
                              N_("The server explained: {challenge}")},
    [SIGN_CHALLENGE_NAMES_SCOPE] =
        {challenge_names_scope,
         N_("The mail server names the Scope {challenge_scope}; asked for was {scope}.")},
    [SIGN_CHALLENGE_OTHER_PROVIDER] =
        {challenge_is_of_other_provider,
         N_("The mail server names {challenge_host} as its provider; the token is from "
            "{token_host}.")},
    [SIGN_APP_PASSWORDS] = {wants_app_passwords,
                            N_("The service is known for it, or says so itself.")},
    [SIGN_CONSUMER_MAILBOX] =
        {mailbox_is_consumer, N_("{mailbox} is a personal Microsoft account's address.")},
    [SIGN_USER_NOT_ADDRESS] = {user_is_no_address,
                               N_("The mailbox was entered as {mailbox}.")},
    [SIGN_USER_IS_CLIENT] = {user_is_client,
                             N_("The mailbox was entered as {mailbox}, which is an "
                                "application's id.")},
    [SIGN_USER_IS_DELEGATE] = {user_is_delegate,
                               N_("The mailbox was entered as {mailbox}.")},
    [SIGN_MAILBOX_DOMAIN_INTERNAL] =
        {mailbox_domain_is_internal,
         N_("The domain of {mailbox} is one that mail from outside cannot reach.")},
    [SIGN_MAILBOX_ONMICROSOFT] =
        {mailbox_is_onmicrosoft,
         N_("{mailbox} is in the domain that each tenant has beside its own; mailboxes "
            "seldom have it as their primary address.")},
    [SIGN_FOLDER_NEAR] = {folder_is_near, N_("The server has a folder {near_folder}.")},
    [SIGN_FOLDER_LISTED] = {folder_is_listed, N_("The server lists it.")},
    [SIGN_FOLDERS_KNOWN] = {folders_are_known,
                            N_("The server's folders are: {folders}.")},
};
