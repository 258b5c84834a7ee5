/*
 * Signs that an IMAP server's own words give.
 *
 * RFC 5530 has codes for most of this; many servers say it in words alone.  English
 * words, since servers speak hardly anything else; what is not known here falls to the
 * rows that reason from the stage and the kind of answer.
 */
#include <string.h>

#include "advice/look.h"
#include "advice/sign_rows.h"
#include "base/i18n.h"

static bool is_coded(const struct check_facts *facts, const char *code)
{
    return look_is_any(facts->answer.code, code, ' ');
}

/* Its answer, what it said on the way, and its farewell. */
static bool says(const struct check_facts *facts, const char *words)
{
    return look_contains_any(facts->answer.text, words, '|') ||
           look_contains_any(facts->answer.alert, words, '|') ||
           look_contains_any(facts->answer.bye, words, '|');
}

/* A server that names the password too does not know which it is. */
static bool imap_is_switched_off(const struct check_facts *facts)
{
    return !says(facts, "invalid credentials|password is incorrect|incorrect password") &&
           says(facts,
                "not enabled for IMAP|IMAP access is disabled|IMAP is disabled|"
                "IMAP access disabled|IMAP is not enabled|IMAP not enabled|"
                "IMAP service is disabled|IMAP disabled|have IMAP access enabled|"
                "enable IMAP|IMAP is not allowed|IMAP access is not|IMAP not allowed|"
                "not allowed to use IMAP|IMAP is off|IMAP is switched off|"
                "IMAP has been disabled|IMAP protocol is disabled|protocol disabled");
}

static bool password_is_expired(const struct check_facts *facts)
{
    return is_coded(facts, "EXPIRED") ||
           says(facts, "password has expired|password expired|password is expired|"
                       "must change password|must change your password|"
                       "password must be changed|password change required|"
                       "change your password");
}

static bool wants_privacy(const struct check_facts *facts)
{
    return is_coded(facts, "PRIVACYREQUIRED") ||
           says(facts, "under a layer|SSL/TLS-connection is required|"
                       "TLS is required|SSL is required|SSL required|TLS required|"
                       "cleartext authentication|cleartext login|"
                       "plaintext authentication|plaintext login|plain text login|"
                       "encryption required|encryption is required|"
                       "requires encryption|secure connection is required|"
                       "requires a secure connection|STARTTLS first");
}

static bool is_over_quota(const struct check_facts *facts)
{
    return is_coded(facts, "OVERQUOTA") ||
           says(facts, "quota exceeded|over quota|exceeded quota|quota is exceeded|"
                       "exceeded its quota|mailbox is full|not enough disk quota|"
                       "no space left");
}

static bool is_in_use(const struct check_facts *facts)
{
    return is_coded(facts, "INUSE") ||
           (facts->failed > CHECK_IMAP_AUTHENTICATE &&
            says(facts, "locked by|mailbox is locked|mailbox locked|already in use|"
                        "in use by|lock on mailbox|timeout while waiting for lock"));
}

/* ---- the table ------------------------------------------------------------------- */

const struct sign_row signs_words[SIGN_COUNT] = {
    [SIGN_IMAP_SWITCHED_OFF] = {imap_is_switched_off, N_("The server says so itself.")},
    [SIGN_PASSWORD_EXPIRED] = {password_is_expired, N_("The server says so itself.")},
    [SIGN_WANTS_PRIVACY] = {wants_privacy, N_("The server says so itself.")},
    [SIGN_OVER_QUOTA] = {is_over_quota, N_("The server says so itself.")},
    [SIGN_IN_USE] = {is_in_use, N_("The server says so itself.")},
};
