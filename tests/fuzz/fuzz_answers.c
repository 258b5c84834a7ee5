/* An answers file: read over presets, every error fit to be shown and without a secret.
 */
#include <string.h>

#include "base/err.h"
#include "fuzz/fuzz.h"
#include "wizard/answers.h"

static bool is_about_secret(const struct err *err)
{
    return err->key[0] == '\0' || strcmp(err->key, "basic.password") == 0 ||
           strcmp(err->key, "oauth.client_secret") == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct settings settings;
    bool given[SET_COUNT] = {false}, done;
    struct err_list errors = {0};

    settings_init(&settings);
    done = answers_parse((const char *)data, size, &settings, given, &errors);
    FUZZ_NEED(done == (errors.count == 0));
    for (size_t i = 0; i < errors.count; i++) {
        fuzz_need_err(&errors.items[i], true);
        if (is_about_secret(&errors.items[i]))
            fuzz_need_no_canary(errors.items[i].text);
    }
    for (int id = 0; id < SET_COUNT; id++)
        FUZZ_NEED(settings_text(&settings, id));
    err_list_free(&errors);
    settings_free(&settings);
    return 0;
}
