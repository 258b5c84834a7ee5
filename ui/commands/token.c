#include "ui/commands/command.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/owner.h"
#include "check/login.h"
#include "imap/sasl.h"
#include "ingest/state_dir.h"
#include "ui/commands/interrupt.h"
#include "ui/exit_status.h"

/* Past stdio, whose buffer would keep a copy. */
static bool print_line(const char *text, size_t length)
{
    return write(STDOUT_FILENO, text, length) == (ssize_t)length &&
           write(STDOUT_FILENO, "\n", 1) == 1;
}

static bool print_raw(const struct login *login, const struct secret *token)
{
    (void)login;
    return print_line(secret_bytes(token), secret_length(token));
}

static bool print_xoauth2(const struct login *login, const struct secret *token)
{
    struct buf line;
    bool done;

    buf_init_secret(&line, SASL_LINE_MAX);
    done = sasl_xoauth2(settings_login(&login->facts->entered), token, &line) &&
           print_line(line.data, line.length);
    buf_free(&line);
    return done;
}

static bool print_json(const struct login *login, const struct secret *token)
{
    const struct check_facts *facts = login->facts;
    json_t *object =
        json_pack("{s:s, s:s, s:s}", "access_token", secret_bytes(token), "token_type",
                  "Bearer", "user", settings_login(&facts->entered));
    char *text;
    bool done;

    if (facts->token.expires_in_s >= 0)
        json_object_set_new(object, "expires_in",
                            json_integer(facts->token.expires_in_s));
    text = json_dumps(object, JSON_COMPACT);
    done = print_line(text, strlen(text));
    secret_wipe(text, strlen(text));
    free(text);
    json_decref(object);
    return done;
}

static const struct format {
    const char *name;
    bool (*print)(const struct login *login, const struct secret *token);
} formats[] = {{"raw", print_raw}, {"xoauth2", print_xoauth2}, {"json", print_json}};

static const struct format *find_format(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (!name || strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

static int tell_failure(const char *name, const struct check_facts *facts)
{
    struct diagnosis *diagnosis = advice_diagnose(facts);
    int status = exit_status_of_diagnosis(diagnosis);

    fprintf(stderr, "letterbox: %s: %s\n", name, diagnosis ? diagnosis->title : "");
    fprintf(stderr, _("Run letterbox test %s to see the whole diagnosis.\n"), name);
    diagnosis_free(&diagnosis);
    return status;
}

/* The one that is kept is as good as a new one, and costs the server nothing. */
static int fetch(const char *directory, const char *name, struct access *access,
                 const struct format *format)
{
    struct token_keeper *keeper = token_keeper_new(directory);
    struct login login = {0};
    struct secret *token = NULL;
    int status = EXIT_DONE;

    if (!login_token(&login, access, keeper, interrupt_start(), &token))
        status = tell_failure(name, login.facts);
    else if (!format->print(&login, token))
        status = EXIT_WRITE;
    secret_free(&token);
    login_close(&login);
    token_keeper_free(&keeper);
    return status;
}

/* The ingest's user keeps the token.  For root the directory is made as that user wants
 * it, and what is done in it is done as that user.  Where it cannot be made, the token is
 * not kept. */
static int fetch_as_owner(const struct store *store, const char *name,
                          struct access *access, const struct format *format)
{
    char *directory = mem_format("%s/%s", store_state_dir(store), name);
    int made = state_dir_open(store, name, NULL);
    struct err err = ERR_INIT;
    struct owner owner;
    int status;

    if (owner_enter(&owner, directory, &err)) {
        status = fetch(directory, name, access, format);
        owner_leave(&owner);
    } else {
        status = command_fail(&err);
    }
    if (made >= 0)
        close(made);
    free(directory);
    return status;
}

static struct access *load(struct store *store, const char *name, struct err *err)
{
    struct mailbox *mailbox = store_load_mailbox(store, name, err);
    struct access *access = NULL;

    if (mailbox && settings_is(&mailbox->settings, SET_AUTH_METHOD, "basic"))
        err_set(err, ERR_SETTING, _("%s uses Basic auth: it has no token."), name);
    else if (mailbox)
        access = access_resolve(store, &mailbox->settings, err);
    mailbox_free(&mailbox);
    return access;
}

static int run(const struct options *options, struct store *store)
{
    const struct format *format = find_format(options->format);
    struct err err = ERR_INIT;
    struct access *access;
    int status;

    if (options->word_count != 1)
        return command_usage(&command_token, _("token wants the NAME of a mailbox."));
    if (!format)
        return command_usage(&command_token, _("--format is raw, xoauth2 or json."));
    access = load(store, options->words[0], &err);
    if (!access)
        return command_fail(&err);
    status = fetch_as_owner(store, options->words[0], access, format);
    access_free(&access);
    return status;
}

const struct command command_token = {
    .name = "token",
    .usage = "NAME [--format raw|xoauth2|json]",
    .summary = N_("one access token, for other programs"),
    .more = N_("Fetches a token with the saved values and prints it: raw, as the base64 "
               "line of\n"
               "XOAUTH2, or as JSON. Quiet on standard error when it works."),
    .options = OPTION_FORMAT,
    .most_words = 1,
    .run = run,
};
