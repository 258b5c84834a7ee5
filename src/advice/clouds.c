#include "advice/clouds.h"

#include <string.h>
#include <strings.h>

#include "advice/look.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* "Office 365 Exchange Online", the same application id everywhere. */
#define EXCHANGE_APP_ID "00000002-0000-0ff1-ce00-000000000000"

static const struct cloud clouds[] = {
    {"global", "Global",
     "login.microsoftonline.com login.windows.net login.microsoft.com sts.windows.net",
     "https://outlook.office365.com/.default", "outlook.office365.com",
     "outlook.office365.com outlook.office.com ps.outlook.com", ""},
    {"usgov", "US Government",
     "login.microsoftonline.us login.usgovcloudapi.net login-us.microsoftonline.com",
     "https://outlook.office365.us/.default", "outlook.office365.us",
     "outlook.office365.us", " -ExchangeEnvironmentName O365USGovGCCHigh"},
    {"dod", "US DoD", "login.microsoftonline.us",
     "https://outlook-dod.office365.us/.default", "outlook-dod.office365.us",
     "outlook-dod.office365.us", " -ExchangeEnvironmentName O365USGovDoD"},
    {"china", "China", "login.partner.microsoftonline.cn login.chinacloudapi.cn",
     "https://partner.outlook.cn/.default", "partner.outlook.cn", "partner.outlook.cn",
     " -ExchangeEnvironmentName O365China"},
};

const struct cloud *cloud_of_imap_host(const char *imap_host)
{
    for (size_t i = 0; i < COUNT(clouds); i++) {
        if (strcasecmp(clouds[i].imap_host, imap_host) == 0)
            return &clouds[i];
    }
    /* The older names of the global cloud. */
    if (look_is_any(imap_host, "outlook.office.com imap-mail.outlook.com", ' '))
        return &clouds[0];
    return NULL;
}

const struct cloud *cloud_of_login_host(const char *login_host, const char *imap_host)
{
    const struct cloud *near = imap_host ? cloud_of_imap_host(imap_host) : NULL;
    if (near && look_is_any(login_host, near->login_hosts, ' '))
        return near;
    for (size_t i = 0; i < COUNT(clouds); i++) {
        if (look_is_any(login_host, clouds[i].login_hosts, ' '))
            return &clouds[i];
    }
    return NULL;
}

const struct cloud *cloud_of_audience(const char *aud, bool *any)
{
    *any = strncasecmp(aud, EXCHANGE_APP_ID, strlen(EXCHANGE_APP_ID)) == 0;
    if (*any)
        return &clouds[0];

    const char *host = strncasecmp(aud, "https://", 8) == 0 ? aud + 8 : aud;
    char name[128];
    size_t length = strcspn(host, "/: ");
    if (length >= sizeof(name))
        return NULL;
    memcpy(name, host, length);
    name[length] = '\0';
    for (size_t i = 0; i < COUNT(clouds); i++) {
        if (look_is_any(name, clouds[i].audiences, ' '))
            return &clouds[i];
    }
    return NULL;
}

const struct cloud *cloud_of_facts(const struct check_facts *facts)
{
    const char *imap_host = look_entered(facts, SET_SERVER_HOST);
    const struct cloud *found = cloud_of_imap_host(imap_host);
    if (found)
        return found;

    struct buf host;
    buf_init(&host, 256);
    look_token_host(facts, &host);
    found = cloud_of_login_host(host.data, NULL);
    buf_free(&host);
    const char *entered = look_entered(facts, SET_OAUTH_CLOUD);
    for (size_t i = 0; i < COUNT(clouds); i++) {
        /* The one that was chosen decides between two that share a login host. */
        bool fits = !found || strcmp(clouds[i].login_hosts, found->login_hosts) == 0 ||
                    strncmp(clouds[i].login_hosts, "login.microsoftonline.us", 24) == 0;
        if (strcmp(clouds[i].id, entered) == 0 && fits)
            return &clouds[i];
    }
    return found ? found : &clouds[0];
}

static bool logs_in_at(const struct cloud *cloud, const char *login_host)
{
    return look_is_any(login_host, cloud->login_hosts, ' ');
}

const struct cloud *cloud_of_login(const struct check_facts *facts)
{
    bool any;
    struct buf host;
    buf_init(&host, 256);
    look_token_host(facts, &host);

    const struct cloud *aud = cloud_of_audience(facts->claims.aud, &any);
    const struct cloud *found =
        cloud_of_login_host(host.data, look_entered(facts, SET_SERVER_HOST));
    for (size_t i = 0; i < COUNT(clouds); i++) {
        if (look_entered_is(facts, SET_OAUTH_CLOUD, clouds[i].id) &&
            logs_in_at(&clouds[i], host.data))
            found = &clouds[i];
    }
    if (aud && !any && logs_in_at(aud, host.data))
        found = aud;
    buf_free(&host);
    return found ? found : &clouds[0];
}
