/* The page Processing. */
#include "wizard/pages.h"

#include "base/i18n.h"
#include "wizard/consuming.h"
#include "wizard/follow.h"
#include "wizard/notices.h"
#include "wizard/validate.h"

#define CHOICES(table) .choices = (table), .choice_count = sizeof(table) / sizeof *(table)

static const struct choice deliveries[] = {
    {"maildir", N_("Maildir"), N_("a file per message, for a program that looks there")},
    {"command", N_("Command"), N_("each message on a program's standard input")},
    {"http", "HTTP", N_("each message as a request to a web application")},
    {"lmtp", "LMTP", N_("to a mail server's delivery port or socket")},
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

static bool goes_by_http(const struct settings *settings)
{
    return settings_is(settings, SET_INGEST_DELIVER, "http");
}

static bool goes_by_lmtp(const struct settings *settings)
{
    return settings_is(settings, SET_INGEST_DELIVER, "lmtp");
}

static bool moves_on_success(const struct settings *settings)
{
    return settings_is(settings, SET_INGEST_ON_SUCCESS, "move");
}

static bool moves_on_failure(const struct settings *settings)
{
    return settings_is(settings, SET_INGEST_ON_FAILURE, "move");
}

static bool answers_with_a_status(const struct settings *settings)
{
    return goes_by_http(settings) || settings_is(settings, SET_INGEST_DELIVER, "command");
}

const struct field page_processing_fields[FIELDS_PROCESSING] = {
    {
        .setting = SET_INGEST_CONSUMER,
        .kind = FIELD_CONSUMER,
        .label = N_("Application"),
        .help = N_("What gets the messages. Choosing it fills in what suits it below; "
                   "nothing that you typed is replaced."),
        .more =
            N_("What is filled in stands in the fields below and is yours to change. "
               "What still must be put there stands in pointed brackets, such as "
               "<project>.\n"
               "An application that is not listed is given its messages by a command, "
               "over HTTP or LMTP, or finds them in a Maildir."),
        .explain = consuming_explain,
        .validate = validate_consumer,
        .notice = notice_consumer,
        .changed = follow_consumer,
    },
    {
        .setting = SET_INGEST_DELIVER,
        .kind = FIELD_CHOICE,
        .flags = FIELD_REQUIRED,
        .label = N_("Deliver to"),
        .help = N_("Where fetched messages go: a Maildir, a program, a web application, "
                   "or a mail server."),
        .more = N_(
            "Maildir: each message becomes a file of its own in the directory's \"new\", "
            "complete before it appears there.\n"
            "Command: the program is started once per message and reads it from standard "
            "input. Exit status 0 means accepted, 75 means try again later, anything "
            "else means refused.\n"
            "HTTP: each message is POSTed. 2xx means accepted; 408, 425, 429 and 5xx "
            "mean "
            "try again later; any other 4xx means refused.\n"
            "LMTP: each message is handed to a mail server such as Dovecot (RFC 2033)."),
        CHOICES(deliveries),
    },
    {
        .setting = SET_INGEST_TARGET,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Target"),
        .help = N_("The Maildir's path, the command with its arguments, the URL, or the "
                   "LMTP server's HOST:PORT or socket."),
        .more = N_(
            "Maildir: /var/mail/support. It is made when it is missing; the ingest must "
            "be allowed to write there.\n"
            "Command: /usr/bin/rt-mailgate --queue \"First line\" --action correspond\n"
            "Words are separated by blanks, and quotes keep words together. No shell "
            "reads this line: $, *, | and > mean nothing special in it.\n"
            "HTTP: https://help.example.com/mail_handler. Without TLS only on this "
            "machine: http://127.0.0.1:8080/mail.\n"
            "LMTP: /run/dovecot/lmtp, or mail.example.com:24."),
        .validate = validate_target,
        .notice = notice_target,
    },
    {
        .setting = SET_INGEST_RECIPIENT,
        .kind = FIELD_TEXT,
        .label = N_("Recipient"),
        .help = N_("The address that the LMTP server delivers to. Empty: the mailbox's "
                   "own address."),
        .more = N_("Example: support@example.com. The server must have a mailbox or an "
                   "alias of that name."),
        .visible = goes_by_lmtp,
        .validate = validate_recipient,
    },
    {
        .setting = SET_INGEST_HTTP_SECRET,
        .kind = FIELD_SECRET,
        .label = N_("Key"),
        .help = N_("The secret that the web application wants with each message. Empty: "
                   "it wants none."),
        .more = N_("An API token or key, as the application's administration shows it. "
                   "It is saved in a file that only its owner can read."),
        .visible = goes_by_http,
    },
    {
        .setting = SET_INGEST_HTTP_SECRET_AS,
        .kind = FIELD_TEXT,
        .flags = FIELD_REQUIRED,
        .label = N_("Key sent as"),
        .help = N_("bearer, header:NAME or field:NAME: where the application looks for "
                   "the key."),
        .more = N_("bearer: in the header \"Authorization: Bearer KEY\".\n"
                   "header:X-API-Key: in a header of that name.\n"
                   "field:key: in a form field of that name, as Redmine wants it."),
        .visible = goes_by_http,
        .validate = validate_http_secret_as,
    },
    {
        .setting = SET_INGEST_HTTP_MESSAGE_FIELD,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("Form field for the message"),
        .help = N_("Empty: the message is the request's body (message/rfc822). Else the "
                   "name of the form field that holds it."),
        .more = N_("Redmine's mail handler wants \"email\". The form is sent as "
                   "multipart/form-data."),
        .visible = goes_by_http,
        .validate = validate_http_message_field,
    },
    {
        .setting = SET_INGEST_HTTP_MESSAGE_TYPE,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("Message's media type"),
        .help = N_("Empty: message/rfc822 as the request's body, and none in a form "
                   "field."),
        .more = N_("Some applications take a form field only as text of a character "
                   "set. With \"text/plain; charset=ISO-8859-1\" every byte is valid, so "
                   "the message arrives as it is."),
        .visible = goes_by_http,
        .validate = validate_http_message_type,
    },
    {
        .setting = SET_INGEST_HTTP_FIELDS,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("Further form fields"),
        .help = N_("What else belongs into the form, as name=value, with blanks between "
                   "two."),
        .more = N_("Example: unknown_user=create issue[project]=helpdesk\n"
                   "Nothing secret belongs here: these values are shown and saved in "
                   "clear."),
        .visible = goes_by_http,
        .validate = validate_http_fields,
        .notice = notice_http_fields,
    },
    {
        .setting = SET_INGEST_HTTP_HEADERS,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("Further headers"),
        .help = N_("What else belongs into the request's header, as name=value, with "
                   "blanks between two."),
        .more = N_("Example: X-Queue=support\n"
                   "Nothing secret belongs here: these values are shown and saved in "
                   "clear."),
        .visible = goes_by_http,
        .validate = validate_http_headers,
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
        .setting = SET_INGEST_STATUSES,
        .kind = FIELD_TEXT,
        .flags = FIELD_ADVANCED,
        .label = N_("What a status means"),
        .help = N_("Where the rule is wrong for this application: STATUS=accepted, "
                   "refused, later or hold, with blanks between two."),
        .more = N_(
            "The rule for a command: exit status 0 accepted, 75 later, any other "
            "refused.\n"
            "The rule for HTTP: 2xx accepted; 408, 425 and 5xx later; 401, 407, 429, "
            "502, "
            "503 and 504 hold; any other 4xx refused.\n"
            "later: this message is tried again later, the others go on. hold: the "
            "target "
            "has trouble of its own, so all wait, and no message is refused for it.\n"
            "Example: 1=later other=hold. \"other\" is what the rule calls any other."),
        .visible = answers_with_a_status,
        .validate = validate_statuses,
    },
    {
        .setting = SET_INGEST_TIMEOUT_SECONDS,
        .kind = FIELD_NUMBER,
        .flags = FIELD_REQUIRED | FIELD_ADVANCED,
        .label = N_("Delivery time-out (s)"),
        .help = N_("How long the target may take for one message, from 1 to 3600."),
        .more = N_("A message whose delivery takes longer is put off and tried again, "
                   "so the target may get it twice."),
        .validate = validate_delivery_timeout,
    },
    {
        .setting = SET_INGEST_MAX_MEGABYTES,
        .kind = FIELD_NUMBER,
        .flags = FIELD_REQUIRED | FIELD_ADVANCED,
        .label = N_("Largest message (MB)"),
        .help =
            N_("A message that is larger takes the way of a failure, from 1 to 4000."),
        .more = N_("Counted in millions of bytes, as the server tells a message's size "
                   "with its attachments encoded: a file of 10 MB makes 14."),
        .validate = validate_max_megabytes,
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
