#include "ui/commands/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "oauth/discovery.h"
#include "ui/commands/interrupt.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"
#include "ui/input_file.h"

enum { FILE_LIMIT = 256 * 1024, DISCOVERY_TIMEOUT_MS = 15000 };

/* "…/company.json" -> "company" */
static char *name_from_path(const char *path)
{
    const char *base = strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
    const char *end = strstr(base, ".json");

    return mem_copy_bytes(base, end ? (size_t)(end - base) : strlen(base));
}

/* An issuer alone is enough: its discovery document has the rest. */
static bool discover(struct provider *provider, const struct options *options,
                     struct err *err)
{
    struct discovery found = {0};

    if (provider->token_endpoint)
        return true;
    if (!discovery_fetch(provider->issuer, options->ca_file, NULL, DISCOVERY_TIMEOUT_MS,
                         interrupt_start(), &found, err))
        return false;
    mem_replace_text(&provider->token_endpoint, found.token_endpoint);
    if (found.names_grants && !found.grants_client_credentials)
        fprintf(stderr,
                _("letterbox: note: %s does not list client_credentials among its "
                  "grant_types_supported; a token may be refused.\n"),
                provider->issuer);
    discovery_free(&found);
    return true;
}

static int add_provider(const struct options *options, struct store *store,
                        const char *name, const char *path)
{
    struct err err = ERR_INIT;
    struct provider *provider = NULL;
    struct buf text;
    bool done = false;

    buf_init_secret(&text, FILE_LIMIT);
    if (input_file_read(path, &text, NULL, &err))
        provider = provider_parse(name, text.data, text.length, &err);
    buf_free(&text);
    if (provider)
        done = discover(provider, options, &err) &&
               store_save_provider(store, provider, options->replace, &err);
    if (done)
        printf(_("Added the provider %s: %s\n"), name, provider->token_endpoint);
    provider_free(&provider);
    return done ? EXIT_DONE : command_fail(&err);
}

static int add(const struct options *options, struct store *store)
{
    int count = options->word_count;
    const char *path = count > 1 ? options->words[count - 1] : NULL;
    char *name;
    int status;

    if (!path)
        return command_usage(&command_provider, _("provider add wants a FILE."));
    name = count == 3 ? mem_copy_text(options->words[1]) : name_from_path(path);
    if (mailbox_name_is_valid(name))
        status = add_provider(options, store, name, path);
    else
        status = command_usage(
            &command_provider,
            _("%s is no provider name: lower-case letters, digits, dot, dash "
              "and underscore, 63 at most. Give one before the file."),
            name);
    free(name);
    return status;
}

static void print_provider(const struct provider *provider)
{
    printf("%-20s %-24s %s\n", provider->name, provider->title,
           provider->token_endpoint ? provider->token_endpoint : provider->issuer);
}

static json_t *json_of_provider(const struct provider *provider)
{
    return json_pack("{s:s, s:s, s:s?, s:s?, s:s}", "name", provider->name, "client_name",
                     provider->title, "issuer", provider->issuer, "token_endpoint",
                     provider->token_endpoint, "client_id", provider->client_id);
}

static int list(const struct options *options, struct store *store)
{
    struct err err = ERR_INIT;
    char **names = store_provider_names(store, &err);
    json_t *all = json_array();
    int status = EXIT_DONE;

    if (!names)
        return command_fail(&err);
    for (size_t i = 0; names[i]; i++) {
        struct provider *provider = store_load_provider(store, names[i], &err);
        if (!provider) {
            status = command_fail(&err);
            err_clear(&err);
            continue;
        }
        if (options->json)
            json_array_append_new(all, json_of_provider(provider));
        else
            print_provider(provider);
        provider_free(&provider);
    }
    if (options->json)
        json_print(all);
    else
        json_decref(all);
    argv_free(&names);
    return status;
}

static int remove_one(const struct options *options, struct store *store)
{
    struct err err = ERR_INIT;

    if (options->word_count != 2)
        return command_usage(&command_provider, _("provider remove wants a NAME."));
    if (!store_remove_provider(store, options->words[1], &err))
        return command_fail(&err);
    return EXIT_DONE;
}

static const struct {
    const char *name;
    int (*run)(const struct options *options, struct store *store);
} verbs[] = {{"add", add}, {"list", list}, {"remove", remove_one}};

static int run(const struct options *options, struct store *store)
{
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++)
        if (options->word_count > 0 && strcmp(options->words[0], verbs[i].name) == 0)
            return verbs[i].run(options, store);
    return command_usage(&command_provider,
                         _("provider wants one of the words add, list, remove."));
}

const struct command command_provider = {
    .name = "provider",
    .usage =
        "add [NAME] FILE|- [--replace] [--ca-file FILE] | list [--json] | remove NAME",
    .summary = N_("the existing OpenID providers"),
    .more = N_(
        "add reads a JSON file with the names of RFC 8414 (issuer, token_endpoint) and\n"
        "RFC 7591 (client_id, client_secret, client_name, token_endpoint_auth_method).\n"
        "With an issuer alone, the token endpoint is read from its discovery document.\n"
        "The scope for IMAP belongs to the mailbox, never to the provider."),
    .options = OPTION_JSON | OPTION_REPLACE | OPTION_CA_FILE,
    .most_words = 3,
    .run = run,
};
