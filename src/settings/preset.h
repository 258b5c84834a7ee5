/*
 * What is known about mail services: presets/services/ID.json.
 *
 * Read from the data directory (LETTERBOX_DATA_DIR, else the installed one).  Exchange's
 * clouds are rows of one file; a new service or cloud needs no code.
 */
#ifndef LETTERBOX_SETTINGS_PRESET_H
#define LETTERBOX_SETTINGS_PRESET_H

#include <stdbool.h>
#include <stddef.h>

struct err;

struct preset_cloud {
    char *id;         /* "global", "usgov", "dod", "china" */
    char *label;      /* "Global" */
    char *login_host; /* "login.microsoftonline.com" */
    char *scope;      /* the scope that works: "https://outlook.office365.com/.default" */
    char *imap_host;  /* "outlook.office365.com" */
    char *resource;   /* what `aud` of a good token begins with, or NULL */
    char **other_login_hosts; /* base/argv.h: further names of the login host */
    char **other_imap_hosts;  /* names of the same service that are taken for the IMAP
                                 host; ".x.y" is every name that ends so */
};

struct preset_exchange {
    char *token_path;      /* "/oauth2/v2.0/token" */
    char *delegated_scope; /* "https://outlook.office.com/IMAP.AccessAsUser.All" */
    struct preset_cloud *clouds;
    size_t cloud_count;
};

/* Loaded once at start; never NULL: a file that is missing or broken is in err and the
 * built-in copy of the same file is used. */
struct preset_exchange *preset_exchange_load(const char *data_dir, struct err *err);
void preset_exchange_free(struct preset_exchange **preset);

const struct preset_cloud *preset_cloud_find(const struct preset_exchange *preset,
                                             const char *id);

/* The full Token URL of a cloud and tenant; the caller's (free()). */
char *preset_token_url(const struct preset_exchange *preset, const char *cloud,
                       const char *tenant);

#endif
