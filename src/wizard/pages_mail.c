/* The pages Server, Processing and Review. */
#include "wizard/pages.h"

#include "base/i18n.h"
#include "wizard/follow.h"
#include "wizard/notices.h"
#include "wizard/validate.h"

#define CHOICES(table) .choices = (table), .choice_count = sizeof(table) / sizeof *(table)

static const struct choice securities[] = {
    {"tls", "TLS", N_("from the start, usually port 993")},
    {"starttls", "STARTTLS",
     N_("begins in clear and then turns to TLS, usually port 143")},
};

const struct field page_server_fields[FIELDS_SERVER] = {
    {
        .setting = SET_MAILBOX_USER,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Mailbox address"),
        .help = N_("The address of the mailbox to read, for a shared mailbox too: never "
                   "the app's name or an administrator's."),
        .more =
            N_("Example: support@example.com\n"
               "In Exchange it is the mailbox's primary SMTP address: Exchange admin "
               "center, "
               "Recipients, Mailboxes. An alias, or a sign-in name that differs from the "
               "address, is refused as if permission were missing.\n"
               "With your own mail server it is the user that the token names."),
        .validate = validate_user,
        .notice = notice_user,
        .changed = follow_user,
    },
    {
        .setting = SET_SERVER_HOST,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("IMAP host"),
        .help = N_("The name of the mail server, as it stands in its certificate."),
        .more = N_(
            "Exchange Online: outlook.office365.com, whatever the mailbox's domain.\n"
            "Your own server: the name under which it is reached from here, such as "
            "imap.example.com, without imaps:// and without a port. An IP address works "
            "only when the certificate names it.\n"
            "Exchange Server on your own premises has no OAuth for IMAP; use Basic auth "
            "there."),
        .validate = validate_host,
        .notice = notice_host,
    },
    {
        .setting = SET_SERVER_PORT,
        .kind = FIELD_NUMBER,
        .flags = FIELD_REQUIRED,
        .label = N_("Port"),
        .help = N_("993 for TLS, 143 for STARTTLS, unless the server's administrator "
                   "says otherwise."),
        .more = N_("The port follows the choice of Security while nobody has typed "
                   "another. If the test cannot connect, a firewall between here and "
                   "the server may block this port."),
        .validate = validate_port,
        .notice = notice_port,
    },
    {
        .setting = SET_SERVER_SECURITY,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Security"),
        .help = N_("TLS, unless the server has only STARTTLS. A password or token is "
                   "never sent in clear."),
        .more = N_(
            "TLS is encrypted from the first byte and is what RFC 8314 recommends. "
            "STARTTLS begins in clear and then turns to TLS; letterbox goes on only when "
            "the server does so.\n"
            "In both cases the certificate is checked. There is no switch to leave that "
            "out; for a certificate of your own authority see CA file."),
        CHOICES(securities),
        .changed = follow_security,
    },
    {
        .setting = SET_MAILBOX_FOLDER,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Folder"),
        .help = N_("The folder whose unread messages are fetched."),
        .more =
            N_("INBOX is where new mail arrives, in every mailbox and every language.\n"
               "Another folder is written as the server names it, with the server's sign "
               "between the parts, such as Support/Incoming or INBOX.Incoming. If it is "
               "not there, the test lists the folders that are."),
    },
    {
        .setting = SET_TLS_CA_FILE,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("CA file"),
        .help = N_("A PEM file with the certificate of your own authority. It counts "
                   "beside the system's, for the token server and the mail server."),
        .more =
            N_("Needed when a server's certificate was issued by an authority of your "
               "organisation, or when a proxy opens TLS. Example: "
               "/etc/ssl/certs/example-ca.pem\n"
               "The ingest must be able to read the file, too."),
        .validate = validate_ca_file,
    },
    {
        .setting = SET_SERVER_TIMEOUT_SECONDS,
        .kind = FIELD_NUMBER,
        .flags = FIELD_REQUIRED | FIELD_ADVANCED,
        .label = N_("Time-out (seconds)"),
        .help = N_("How long each step may take, from 1 to 300."),
        .more = N_("Each step of the test and of the ingest has this deadline: finding "
                   "the host, connecting, TLS, the request, the login. 15 is plenty on "
                   "most networks; raise it for a slow or far-away server."),
        .validate = validate_timeout,
    },
};

/* http and lmtp are values of the contract too; validate_deliver says that this version
 * does not deliver by them. */
static const struct choice deliveries[] = {
    {"maildir", N_("Maildir"), N_("a file per message, for a program that looks there")},
    {"command", N_("Command"), N_("each message on a program's standard input")},
};

static const struct choice after_success[] = {
    {"seen", N_("mark as read"), N_("the message stays where it is")},
    {"move", N_("move"), N_("to another folder of the mailbox")},
    {"delete", N_("delete"), N_("for good")},
    {"keep", N_("leave as it is"), N_("letterbox remembers what it has delivered")},
};

static const struct choice after_failure[] = {
    {"keep", N_("leave as it is"), N_("it stays unread, for a person to look at")},
    {"seen", N_("mark as read"), N_("it stays where it is")},
    {"move", N_("move"), N_("to another folder of the mailbox")},
    {"delete", N_("delete"), N_("for good, although nobody has got it")},
};

static bool moves_on_success(const struct settings *settings)
{
    return settings_is(settings, SET_INGEST_ON_SUCCESS, "move");
}

static bool moves_on_failure(const struct settings *settings)
{
    return settings_is(settings, SET_INGEST_ON_FAILURE, "move");
}

const struct field page_processing_fields[FIELDS_PROCESSING] = {
    {
        .setting = SET_INGEST_DELIVER,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Deliver to"),
        .help = N_("Where fetched messages go: into a Maildir, or to a program."),
        .more = N_(
            "Maildir: each message becomes a file of its own in the directory's \"new\", "
            "complete before it appears there.\n"
            "Command: the program is started once per message and reads it from standard "
            "input. Exit status 0 means accepted, 75 means try again later, anything "
            "else means refused."),
        CHOICES(deliveries),
        .validate = validate_deliver,
    },
    {
        .setting = SET_INGEST_TARGET,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Target"),
        .help = N_("The Maildir's path, or the command with its arguments: a whole path "
                   "in both cases."),
        .more = N_(
            "Maildir: /var/mail/support. It is made when it is missing; the ingest must "
            "be allowed to write there.\n"
            "Command: /usr/bin/rt-mailgate --queue \"First line\" --action correspond\n"
            "Words are separated by blanks, and quotes keep words together. No shell "
            "reads this line: $, *, | and > mean nothing special in it."),
        .validate = validate_target,
    },
    {
        .setting = SET_INGEST_ON_SUCCESS,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("After success"),
        .help =
            N_("What happens to a message in the mailbox once it has been delivered."),
        .more = N_(
            "This is done only after the message is safe at its target, so a crash in "
            "between loses nothing.\n"
            "Deleting or moving keeps the folder small. With \"leave as it is\" nothing "
            "in the mailbox changes, and letterbox's own record keeps a message from "
            "being delivered twice."),
        CHOICES(after_success),
        .notice = notice_on_success,
    },
    {
        .setting = SET_INGEST_SUCCESS_FOLDER,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Folder for delivered"),
        .help = N_("Where delivered messages are moved to, as the server names it."),
        .more = N_("Example: Archive, or INBOX.Done. It must be another folder than the "
                   "one that is read, and must be there already."),
        .visible = moves_on_success,
        .validate = validate_success_folder,
    },
    {
        .setting = SET_INGEST_ON_FAILURE,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("After failure"),
        .help = N_("What happens to a message that the target refused for good."),
        .more = N_(
            "A failure that may pass (a full disk, exit status 75) is not meant: such a "
            "message is left and tried again. One that is refused for good is not tried "
            "again, whatever is chosen here.\n"
            "Moving refused messages to a folder of their own makes them easy to find."),
        CHOICES(after_failure),
        .notice = notice_on_failure,
    },
    {
        .setting = SET_INGEST_FAILURE_FOLDER,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Folder for refused"),
        .help = N_("Where refused messages are moved to, as the server names it."),
        .more = N_("Example: Refused. It must be another folder than the one that is "
                   "read, and must be there already."),
        .visible = moves_on_failure,
        .validate = validate_failure_folder,
    },
    {
        .setting = SET_INGEST_POLL_SECONDS,
        .kind = FIELD_NUMBER,
        .flags = FIELD_REQUIRED | FIELD_ADVANCED,
        .label = N_("Look every (seconds)"),
        .help = N_("How often the ingest looks for new messages while it runs, from 10 "
                   "to 86400."),
        .more = N_("60 is kind to every server. With --once, for cron, it looks only "
                   "once and this does not count."),
        .validate = validate_poll_seconds,
    },
    {
        .setting = SET_INGEST_IDLE,
        .kind = FIELD_SWITCH,
        .flags = FIELD_ADVANCED,
        .label = N_("Use IDLE"),
        .help =
            N_("Let the server say when a message arrives, where it can (IMAP IDLE)."),
        .more = N_("With IDLE a message is fetched within seconds. Switch it off when a "
                   "firewall cuts quiet connections."),
    },
};

const struct field page_review_fields[FIELDS_REVIEW] = {
    {
        .setting = SET_NAME,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Save as"),
        .help = N_("The name of this mailbox in letterbox's commands and files: small "
                   "letters, digits, \".\", \"_\" and \"-\"."),
        .more =
            N_("Example: support. Afterwards \"letterbox test support\" tests it again, "
               "\"letterbox ingest support\" fetches its mail, and \"letterbox setup "
               "support\" opens it here to change it."),
        .validate = validate_name,
    },
};
