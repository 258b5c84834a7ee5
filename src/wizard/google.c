#include "wizard/google.h"

#include <string.h>
#include <strings.h>

#include "base/i18n.h"
#include "wizard/notices.h"

static bool is_one_of(const char *text, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strcasecmp(text, names[i]) == 0)
            return true;
    }
    return false;
}

#define IS_ONE_OF(text, names) is_one_of(text, names, sizeof(names) / sizeof *(names))

bool google_is_mail_host(const char *host)
{
    static const char *const names[] = {
        "imap.gmail.com",  "imap.googlemail.com", "gmail.com",     "googlemail.com",
        "mail.google.com", "smtp.gmail.com",      "pop.gmail.com",
    };

    return IS_ONE_OF(host, names);
}

bool google_is_token_host(const char *host)
{
    static const char *const names[] = {"oauth2.googleapis.com", "accounts.google.com",
                                        "www.googleapis.com"};

    return IS_ONE_OF(host, names);
}

bool google_is_client_id(const char *client_id)
{
    return strcasestr(client_id, ".apps.googleusercontent.com") != NULL;
}

bool google_is_address(const char *address)
{
    static const char *const domains[] = {"gmail.com", "googlemail.com"};
    const char *at = strrchr(address, '@');

    return at && IS_ONE_OF(at + 1, domains);
}

void google_warn(struct notice *notice)
{
    notice_warn(notice, _("Google gives no mailbox access to a Client ID and Client "
                          "secret alone. Basic auth with an app password works, where "
                          "the account allows one."));
    notice_offer(notice, SET_AUTH_METHOD, "basic", _("choose Basic auth"),
                 _("F3 chooses Basic auth; its page stands before the Server's."));
}
