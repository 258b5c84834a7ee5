/* Settings, cancelling, and what is wrong on this machine before anything is asked. */
#include "advice/row.h"

static const struct advice_row rows[] = {
    {
        .code = "test.cancelled",
        .class = ADVICE_CANCELLED,
        .field = SET_NONE,
        .when = {.signs = {SIGN_CANCELLED}},
        .title = N_("The test was cancelled"),
        .means = N_("It was stopped before it came to an end, so it says nothing about "
                    "whether the mailbox can be opened."),
        .fixes = {FIX(WHO_YOU, N_("Test again and let it run to its end."))},
    },
    {
        .code = "letterbox.cannot_start",
        .class = ADVICE_INTERNAL,
        .field = SET_NONE,
        .when = {.stages = AT(SETTINGS), .signs = {SIGN_INTERNAL_ERROR}},
        .title = N_("The test could not begin"),
        .means = N_("{settings_error} The values entered have nothing to do with it."),
        .fixes = {FIX(WHO_SYSTEM,
                      N_("See whether the machine is out of memory, processes "
                         "or descriptors, and test again."))},
    },
    {
        .code = "settings.ca_file_unusable",
        .class = ADVICE_FIX_SETTING,
        .field = SET_TLS_CA_FILE,
        .when = {.signs = {SIGN_CA_FILE_UNUSABLE}},
        .title = N_("The CA file cannot be used"),
        .means = N_("The file that should be trusted beside the system's certificate "
                    "authorities cannot be read, or holds no certificate in PEM form: "
                    "{ca_file}. Nothing was sent."),
        .causes = {CAUSE(N_("The path is mistyped, or the file is gone.")),
                   CAUSE(N_("The user that letterbox runs as may not read it.")),
                   CAUSE(N_("It is in DER form (often .cer or .crt), or holds a key "
                            "instead of a certificate."))},
        .fixes = {TYPE(WHO_YOU,
                       N_("Look at the file as the user that letterbox runs as."),
                       "openssl x509 -noout -subject -issuer -dates -in {ca_file}"),
                  TYPE(WHO_YOU,
                       N_("Where it is in DER form, convert it and enter the new "
                          "file."),
                       "openssl x509 -inform der -in {ca_file} -out ca.pem"),
                  FIX(WHO_YOU,
                      N_("Where every certificate comes from a public authority, "
                         "leave the field empty."))},
    },
    {
        .code = "settings.secret_missing",
        .class = ADVICE_FIX_SETTING,
        .field = SET_NONE,
        .when = {.stages = AT(SETTINGS), .signs = {SIGN_SECRET_MISSING}},
        .title = N_("The secret to log in with is missing or unusable"),
        .means = N_("{settings_error} Nothing was sent."),
        .causes = {CAUSE(N_("It was never entered, or the place it should be read from "
                            "is empty or gone.")),
                   CAUSE(N_("letterbox runs as another user than the one who may read "
                            "it."))},
        .fixes = {FIX(WHO_YOU, N_("Enter it again, or repair the file, variable or "
                                  "command that it is read from."))},
    },
    {
        .code = "settings.token_url_incomplete",
        .class = ADVICE_FIX_SETTING,
        .field = SET_OAUTH_TOKEN_URL,
        .when = {.stages = AT(SETTINGS), .signs = {SIGN_URL_IS_PATH}},
        .title = N_("The Token URL is not a full URL"),
        .means = N_("{settings_error} Nothing was sent."),
        .causes = {CAUSE(N_("Only the path was entered. The full URL begins with "
                            "https:// and names the host and the tenant."))},
        .fixes =
            {FIX(WHO_YOU,
                 N_("Enter the full URL, for Microsoft: "
                    "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token, with "
                    "the Directory (tenant) ID for TENANT.")),
             FIX(WHO_ENTRA, N_("It stands in the Entra admin center under App "
                               "registrations, your app, Endpoints: \"OAuth 2.0 "
                               "token endpoint (v2)\"."))},
    },
    {
        .code = "settings.file_unusable",
        .class = ADVICE_FIX_SETTING,
        .field = SET_NONE,
        .when = {.stages = AT(SETTINGS), .signs = {SIGN_FILE_ERROR}},
        .title = N_("A file that the test needs cannot be used"),
        .means = N_("{settings_error} Nothing was sent."),
        .causes = {CAUSE(
            N_("It is damaged, missing, or open to others than its owner."))},
        .fixes = {FIX(WHO_YOU, N_("Repair the file as the sentence above says, and test "
                                  "again."))},
    },
    {
        .code = "settings.invalid",
        .class = ADVICE_FIX_SETTING,
        .field = SET_NONE,
        .when = {.stages = AT(SETTINGS)},
        .title = N_("A setting must change before anything can be tested"),
        .means = N_("{settings_error} Nothing was sent."),
        .fixes = {FIX(WHO_YOU, N_("Go to the field, correct it, and test again."))},
    },
};

ADVICE_TABLE(local);
