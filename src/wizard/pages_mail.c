/* The pages Server and Review. */
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
