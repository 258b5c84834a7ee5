#include "check/token_keeper.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnutls/crypto.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/file.h"
#include "base/mem.h"

#define FILE_NAME     "token"
#define FILE_MAX      (64 * 1024)
#define MARK          "letterbox-token-1"
#define KEY_SIZE      65
#define UNTOLD_S      300 /* what a token lasts whose server does not say */
#define MARGIN_S      600
#define PAUSE_S       60   /* that a token server in trouble is left alone, at least… */
#define PAUSE_MOST_S  3600 /* …and at most, whatever it asks */
#define FUTURE_MOST_S (366 * 86400)

struct token_keeper {
    char *directory;
    char key[KEY_SIZE]; /* of what the token below was asked with */
    struct secret *token;
    time_t obtained, expires;
    time_t not_before; /* a new one is asked for */
    struct secret
        *refused; /* the last one that was dropped; not taken from a file again */
};

struct token_keeper *token_keeper_new(const char *directory)
{
    struct token_keeper *keeper = mem_new(1, sizeof *keeper);

    keeper->directory = mem_copy_text(directory);
    return keeper;
}

static void forget(struct token_keeper *keeper)
{
    secret_free(&keeper->token);
    keeper->obtained = keeper->expires = keeper->not_before = 0;
}

void token_keeper_free(struct token_keeper **address)
{
    struct token_keeper *keeper = *address;

    if (!keeper)
        return;
    forget(keeper);
    secret_free(&keeper->refused);
    free(keeper->directory);
    free(keeper);
    *address = NULL;
}

/* Each part with its end, so that no two lists of parts are one text. */
static void hash_part(gnutls_hash_hd_t hash, const char *text)
{
    const char *part = text ? text : "";

    gnutls_hash(hash, part, strlen(part) + 1);
}

static void key_of(const struct access *access, char key[KEY_SIZE])
{
    const struct settings *settings = &access->settings;
    gnutls_hash_hd_t hash;
    unsigned char digest[32];

    if (gnutls_hash_init(&hash, GNUTLS_DIG_SHA256) < 0)
        abort(); /* out of memory, as in base/mem.h */
    hash_part(hash, access->token_url);
    hash_part(hash, access->issuer);
    hash_part(hash, access->client_id);
    hash_part(hash, access->client_auth);
    hash_part(hash, secret_bytes(access->credential));
    hash_part(hash, settings_text(settings, SET_OAUTH_SCOPE));
    hash_part(hash, settings_text(settings, SET_OAUTH_PARAMETERS));
    gnutls_hash_deinit(hash, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(key + 2 * i, 3, "%02x", digest[i]);
}

/* ---- The file: the mark, the key, two times and the token, a line each ------------- */

static int open_directory(const struct token_keeper *keeper)
{
    return file_open_directory(keeper->directory, 0700, true, NULL);
}

/* The next line of *at, terminated in place; NULL at the end. */
static char *take_line(char **at)
{
    char *line = *at, *end = line ? strchr(line, '\n') : NULL;

    if (!end)
        return NULL;
    *end = '\0';
    *at = end + 1;
    return line;
}

static void parse(struct token_keeper *keeper, char *text)
{
    char *mark = take_line(&text), *key = take_line(&text);
    char *times = take_line(&text), *token = take_line(&text);
    intmax_t obtained, expires;

    if (!token || strcmp(mark, MARK) != 0 || strlen(key) != KEY_SIZE - 1 || !token[0] ||
        sscanf(times, "%" SCNdMAX " %" SCNdMAX, &obtained, &expires) != 2 ||
        expires <= obtained || expires - obtained > FUTURE_MOST_S)
        return;
    memcpy(keeper->key, key, KEY_SIZE);
    keeper->token = secret_new(token, strlen(token));
    keeper->obtained = (time_t)obtained;
    keeper->expires = (time_t)expires;
}

/* What the file holds into `found`, which is zeroed. */
static void read_file(const struct token_keeper *keeper, struct token_keeper *found)
{
    int directory = open_directory(keeper);
    struct buf text;

    if (directory < 0)
        return;
    buf_init_secret(&text, FILE_MAX);
    if (file_read(directory, FILE_NAME, FILE_NAME, FILE_PRIVATE, &text, NULL, NULL))
        parse(found, text.data);
    buf_free(&text);
    close(directory);
}

static bool is_same(const struct secret *a, const struct secret *b)
{
    return a && b && secret_equal(a, b);
}

/* Another process (`letterbox token` beside an ingest) may have asked for a newer one: it
 * is as good as one of our own. */
static void look_into_file(struct token_keeper *keeper, const char *key)
{
    struct token_keeper found = {.directory = NULL};

    read_file(keeper, &found);
    if (found.token && strcmp(found.key, key) == 0 && found.expires > keeper->expires &&
        !is_same(found.token, keeper->refused)) {
        forget(keeper);
        memcpy(keeper->key, found.key, KEY_SIZE);
        keeper->token = found.token;
        keeper->obtained = found.obtained;
        keeper->expires = found.expires;
    } else {
        secret_free(&found.token);
    }
}

static void write_file(const struct token_keeper *keeper)
{
    int directory = open_directory(keeper);
    struct buf text;

    if (directory < 0)
        return;
    buf_init_secret(&text, FILE_MAX);
    buf_add_format(&text, MARK "\n%s\n%" PRIdMAX " %" PRIdMAX "\n%s\n", keeper->key,
                   (intmax_t)keeper->obtained, (intmax_t)keeper->expires,
                   secret_bytes(keeper->token));
    if (!text.overflowed)
        file_replace(directory, FILE_NAME, FILE_NAME, text.data, text.length, 0600,
                     (gid_t)-1, NULL, NULL);
    buf_free(&text);
    close(directory);
}

/* Unless another process has put a newer one there. */
static void remove_file(const struct token_keeper *keeper)
{
    struct token_keeper found = {.directory = NULL};
    int directory = open_directory(keeper);

    if (directory < 0)
        return;
    read_file(keeper, &found);
    if (!found.token || is_same(found.token, keeper->refused))
        unlinkat(directory, FILE_NAME, 0);
    secret_free(&found.token);
    close(directory);
}

/* ---- The token --------------------------------------------------------------------- */

/* Half of a short life is left at least. */
static time_t margin(const struct token_keeper *keeper)
{
    time_t half = (keeper->expires - keeper->obtained) / 2;

    return half < MARGIN_S ? half : MARGIN_S;
}

static time_t due_at(const struct token_keeper *keeper)
{
    return keeper->expires - margin(keeper);
}

const struct secret *token_keeper_get(struct token_keeper *keeper,
                                      const struct access *access, time_t now)
{
    char key[KEY_SIZE];

    key_of(access, key);
    if (!keeper->token || now >= due_at(keeper))
        look_into_file(keeper, key);
    if (!keeper->token)
        return NULL;
    /* A clock that was set back makes every token one of the future. */
    if (strcmp(key, keeper->key) != 0 || now < keeper->obtained - MARGIN_S ||
        now >= keeper->expires)
        forget(keeper);
    return keeper->token;
}

void token_keeper_put(struct token_keeper *keeper, const struct access *access,
                      const struct secret *token, int64_t expires_in_s, time_t now)
{
    int64_t lasts = expires_in_s < 0 ? UNTOLD_S : expires_in_s;

    forget(keeper);
    if (lasts < 2)
        return;
    key_of(access, keeper->key);
    keeper->token = secret_copy(token);
    keeper->obtained = now;
    keeper->expires = now + (time_t)(lasts < FUTURE_MOST_S ? lasts : FUTURE_MOST_S);
    write_file(keeper);
}

void token_keeper_drop(struct token_keeper *keeper)
{
    secret_free(&keeper->refused);
    keeper->refused = keeper->token;
    keeper->token = NULL;
    forget(keeper);
    remove_file(keeper);
}

void token_keeper_put_off(struct token_keeper *keeper, int asked_s, time_t now)
{
    int most_s = asked_s < PAUSE_MOST_S ? asked_s : PAUSE_MOST_S;

    keeper->not_before = now + (most_s > PAUSE_S ? most_s : PAUSE_S);
}

time_t token_keeper_renew_at(const struct token_keeper *keeper)
{
    time_t due = due_at(keeper);

    if (!keeper->token)
        return 0;
    return due < keeper->not_before ? keeper->not_before : due;
}

time_t token_keeper_expires_at(const struct token_keeper *keeper)
{
    return keeper->token ? keeper->expires : 0;
}
