#include "check/software.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "imap/sasl.h"

#define SERVER_NAME_MAX 512

static const struct {
    const char *id, *name;
} names[] = {
    [SOFTWARE_UNKNOWN] = {"", ""},
    [SOFTWARE_EXCHANGE] = {"exchange", "Microsoft Exchange"},
    [SOFTWARE_EXCHANGE_ONLINE] = {"exchange_online", "Microsoft Exchange Online"},
    [SOFTWARE_EXCHANGE_SERVER] = {"exchange_server", "Microsoft Exchange Server"},
    [SOFTWARE_GMAIL] = {"gmail", "Gmail"},
    [SOFTWARE_DOVECOT] = {"dovecot", "Dovecot"},
    [SOFTWARE_CYRUS] = {"cyrus", "Cyrus IMAP"},
    [SOFTWARE_COURIER] = {"courier", "Courier"},
    [SOFTWARE_HMAILSERVER] = {"hmailserver", "hMailServer"},
    [SOFTWARE_ZIMBRA] = {"zimbra", "Zimbra"},
    [SOFTWARE_STALWART] = {"stalwart", "Stalwart"},
    [SOFTWARE_JAMES] = {"james", "Apache James"},
    [SOFTWARE_AXIGEN] = {"axigen", "Axigen"},
    [SOFTWARE_COMMUNIGATE] = {"communigate", "CommuniGate Pro"},
    [SOFTWARE_DAVMAIL] = {"davmail", "DavMail"},
    [SOFTWARE_DOMINO] = {"domino", "HCL Domino"},
    [SOFTWARE_GROUPWISE] = {"groupwise", "GroupWise"},
    [SOFTWARE_ICEWARP] = {"icewarp", "IceWarp"},
    [SOFTWARE_KERIO] = {"kerio", "Kerio Connect"},
    [SOFTWARE_MDAEMON] = {"mdaemon", "MDaemon"},
    [SOFTWARE_SMARTERMAIL] = {"smartermail", "SmarterMail"},
};

/* The first that is in the greeting decides, so the special stand before the general. */
static const struct {
    const char *words;
    enum check_software software;
} greetings[] = {
    {"DavMail", SOFTWARE_DAVMAIL},
    {"Microsoft Exchange Server", SOFTWARE_EXCHANGE_SERVER},
    {"Microsoft Exchange", SOFTWARE_EXCHANGE},
    {"Gimap ready", SOFTWARE_GMAIL},
    {"Dovecot", SOFTWARE_DOVECOT},
    {"Cyrus IMAP", SOFTWARE_CYRUS},
    {"Courier-IMAP", SOFTWARE_COURIER},
    {"hMailServer", SOFTWARE_HMAILSERVER},
    {"IMAPrev1", SOFTWARE_HMAILSERVER}, /* all that it says unless told otherwise */
    {"Zimbra", SOFTWARE_ZIMBRA},
    {"Stalwart", SOFTWARE_STALWART},
    {"JAMES IMAP", SOFTWARE_JAMES},
    {"Axigen", SOFTWARE_AXIGEN},
    {"CommuniGate", SOFTWARE_COMMUNIGATE},
    {"Domino IMAP4", SOFTWARE_DOMINO},
    {"GroupWise", SOFTWARE_GROUPWISE},
    {"IceWarp", SOFTWARE_ICEWARP},
    {"Kerio Connect", SOFTWARE_KERIO},
    {"MDaemon", SOFTWARE_MDAEMON},
    {"SmarterMail", SOFTWARE_SMARTERMAIL},
};

static const struct {
    const char *word;
    enum check_software software;
} capability_words[] = {
    {"X-GM-EXT-1", SOFTWARE_GMAIL},
    {"CLIENTACCESSRULES", SOFTWARE_EXCHANGE},
    {"XCOURIEROUTBOX", SOFTWARE_COURIER},
};

/* Exchange ends its greeting with the name of the server behind it, in UTF-16 and base64:
 * "… is ready. [TABPAC4A…]".  A server of one's own says nothing there, or its own name.
 */
static bool names_a_server_of_microsofts(const char *greeting)
{
    static const char *const ends[] = {".outlook.com", ".partner.outlook.cn",
                                       ".office365.us"};
    const char *open = strrchr(greeting, '[');
    char name[SERVER_NAME_MAX / 2 + 1] = "";
    struct buf wide;
    size_t length = 0;
    bool found = false;

    buf_init(&wide, SERVER_NAME_MAX);
    if (open && sasl_decode(open + 1, strcspn(open + 1, "]"), &wide)) {
        while (length < wide.length / 2 && wide.data[2 * length + 1] == '\0') {
            name[length] = wide.data[2 * length];
            length++;
        }
    }
    buf_free(&wide);
    length = strlen(name);
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        size_t end = strlen(ends[i]);
        found = found || (length > end && strcasecmp(name + length - end, ends[i]) == 0);
    }
    return found;
}

static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    while (*list) {
        size_t next = strcspn(list, " ");
        if (next == length && strncasecmp(list, word, length) == 0)
            return true;
        list += next;
        list += strspn(list, " ");
    }
    return false;
}

enum check_software software_of(const char *greeting, const char *capabilities)
{
    for (size_t i = 0; i < sizeof greetings / sizeof greetings[0]; i++) {
        if (!strcasestr(greeting, greetings[i].words))
            continue;
        if (greetings[i].software == SOFTWARE_EXCHANGE &&
            names_a_server_of_microsofts(greeting))
            return SOFTWARE_EXCHANGE_ONLINE;
        return greetings[i].software;
    }
    for (size_t i = 0; i < sizeof capability_words / sizeof capability_words[0]; i++) {
        if (has_word(capabilities, capability_words[i].word))
            return capability_words[i].software;
    }
    return SOFTWARE_UNKNOWN;
}

bool software_is_exchange(enum check_software software)
{
    return software == SOFTWARE_EXCHANGE || software == SOFTWARE_EXCHANGE_ONLINE ||
           software == SOFTWARE_EXCHANGE_SERVER;
}

const char *software_id(enum check_software software)
{
    return names[software].id;
}

const char *software_name(enum check_software software)
{
    return names[software].name;
}
