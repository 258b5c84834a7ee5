#include "corpus/corpus.h"

#include <curl/curl.h>
#include <dirent.h>
#include <gnutls/gnutls.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/url.h"
#include "corpus/form.h"
#include "imap/sasl.h"

#define TEXT_MAX ((size_t)1 << 20)
/* A time of a claim that is no date is seconds from now. */
#define DATES_BEGIN 1000000000

/* ---- Loading ---------------------------------------------------------------------- */

/* The values of `over` put over those of `under`, null removes; the caller's. */
static json_t *put_over(const json_t *under, const json_t *over)
{
    json_t *made = under ? json_deep_copy(under) : json_object();
    const char *key;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)over, key, value)
    {
        if (json_is_null(value))
            json_object_del(made, key);
        else
            json_object_set(made, key, value);
    }
    return made;
}

/* A way that is like another gets that one's values under its own. */
static void complete_way(json_t *ways, json_t *way)
{
    const char *like = json_string_value(json_object_get(way, "like"));
    static const char *const parts[] = {"answers", "claims", "imap"};

    if (!like)
        return;
    complete_way(ways, json_object_get(ways, like));
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const json_t *under = json_object_get(json_object_get(ways, like), parts[i]);
        json_object_set_new(way, parts[i],
                            put_over(under, json_object_get(way, parts[i])));
    }
    json_object_del(way, "like");
}

static json_t *load_json(struct form_reader *reader, const char *directory)
{
    char *path = mem_format("%s/%s", directory, reader->file);
    json_error_t error;
    json_t *root = json_load_file(path, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);

    free(path);
    if (!root) {
        char *where =
            mem_format("line %d, column %d: %s", error.line, error.column, error.text);
        form_complain(reader, "does not parse", where);
        free(where);
    }
    return root;
}

static void load_file(struct corpus *corpus, struct form_reader *reader,
                      const char *directory)
{
    json_t *root, *json;
    size_t i;

    reader->number = 0;
    reader->name = NULL;
    root = load_json(reader, directory);
    if (!root)
        return;
    if (!json_is_array(root))
        form_complain(reader, "is no array of cases", NULL);
    json_object_set_new(corpus->files, reader->file, root);
    json_array_foreach(root, i, json)
    {
        const char *way = json_string_value(json_object_get(json, "way"));
        struct corpus_case the_case = {
            .name = json_string_value(json_object_get(json, "name")),
            .json = json,
            .way = way ? json_object_get(corpus->ways, way) : NULL,
        };

        reader->number = i + 1;
        reader->name = the_case.name;
        form_check(reader, json, the_case.way);
        the_case.file =
            json_object_iter_key(json_object_iter_at(corpus->files, reader->file));
        corpus->cases = mem_resize(corpus->cases, corpus->count + 1, sizeof the_case);
        corpus->cases[corpus->count++] = the_case;
    }
}

static int is_json(const struct dirent *entry)
{
    const char *dot = strrchr(entry->d_name, '.');

    return dot && strcmp(dot, ".json") == 0 && strcmp(entry->d_name, "ways.json") != 0;
}

struct corpus *corpus_load(const char *directory, FILE *out)
{
    struct corpus *corpus = mem_new(1, sizeof *corpus);
    struct form_reader reader = {.out = out, .file = "ways.json"};
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, is_json, alphasort);
    const char *key;
    json_t *way;

    corpus->files = json_object();
    corpus->ways = load_json(&reader, directory);
    json_object_foreach(corpus->ways, key, way)
    {
        complete_way(corpus->ways, way);
    }
    for (int i = 0; i < count; i++) {
        reader.file = entries[i]->d_name;
        load_file(corpus, &reader, directory);
        free(entries[i]);
    }
    free(entries);
    if (reader.wrong)
        corpus_free(&corpus);
    return corpus;
}

void corpus_free(struct corpus **corpus)
{
    if (!*corpus)
        return;
    json_decref((*corpus)->files);
    json_decref((*corpus)->ways);
    free((*corpus)->cases);
    free(*corpus);
    *corpus = NULL;
}

bool corpus_case_is_named(const struct corpus_case *the_case, const char *word)
{
    char *line = mem_format("%s: %s", the_case->file, the_case->name);
    bool is = !word || strcasestr(line, word);

    free(line);
    return is;
}

/* ---- What was entered ------------------------------------------------------------- */

json_t *corpus_answers(const struct corpus_case *the_case)
{
    return put_over(json_object_get(the_case->way, "answers"),
                    json_object_get(the_case->json, "answers"));
}

json_t *corpus_provider(const struct corpus_case *the_case)
{
    const json_t *under = json_object_get(the_case->way, "provider");

    return under ? put_over(under, json_object_get(the_case->json, "provider")) : NULL;
}

char *corpus_host_of(const char *text)
{
    struct url url;
    struct err err = ERR_INIT;
    char *host = NULL;

    if (text && url_parse(text, &url, &err)) {
        host = mem_copy_text(url.host);
        url_free(&url);
    }
    return host;
}

/* ---- What a server does ----------------------------------------------------------- */

struct corpus_fault corpus_fault(const struct corpus_case *the_case, const char *leg)
{
    const json_t *part = json_object_get(the_case->json, leg);
    struct corpus_fault fault = {
        .does = json_string_value(json_object_get(part, "does")),
        .after = json_string_value(json_object_get(part, "after")),
    };

    if (!fault.after)
        fault.after = strcmp(leg, "imap") == 0 ? "connect" : "request";
    return fault;
}

bool corpus_fault_is(const struct corpus_fault *fault, const char *does,
                     const char *after)
{
    return fault->does && (!does || strcmp(fault->does, does) == 0) &&
           (!after || strcmp(fault->after, after) == 0);
}

const char *corpus_tls(const struct corpus_case *the_case, const char *key)
{
    const char *tls = json_string_value(json_object_get(the_case->json, key));

    return tls ? tls : "good";
}

/* ---- What it says ----------------------------------------------------------------- */

/* "Date: $NOW-3600" */
static char *date_of(const char *text)
{
    char date[64];
    time_t when = time(NULL) + strtol(text + strlen("$NOW"), NULL, 10);
    struct tm parts;

    gmtime_r(&when, &parts);
    strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", &parts);
    return mem_copy_text(date);
}

static json_t *make_headers(const json_t *part)
{
    json_t *made = json_pack("{s:s}", "Content-Type", "application/json; charset=utf-8");
    const json_t *given = json_object_get(part, "headers");
    json_t *all = put_over(made, given);
    const char *date = json_string_value(json_object_get(all, "Date"));

    json_decref(made);
    if (date && strncmp(date, "$NOW", 4) == 0) {
        char *text = date_of(date);

        json_object_set_new(all, "Date", json_string(text));
        free(text);
    }
    return all;
}

static void add_base64url(struct buf *out, const char *bytes, size_t length)
{
    gnutls_datum_t in = {(unsigned char *)(uintptr_t)bytes, (unsigned)length}, coded;

    if (gnutls_base64_encode2(&in, &coded) < 0)
        abort();
    for (unsigned i = 0; i < coded.size && coded.data[i] != '='; i++)
        buf_add_char(out, coded.data[i] == '+'   ? '-'
                          : coded.data[i] == '/' ? '_'
                                                 : (char)coded.data[i]);
    gnutls_free(coded.data);
}

static void add_json_base64url(struct buf *out, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT);

    add_base64url(out, text, strlen(text));
    free(text);
}

/* Nobody checks the signature: it only has the size of one. */
static char *make_jwt(const json_t *claims)
{
    json_t *header = json_pack("{s:s, s:s, s:s}", "typ", "JWT", "alg", "RS256", "kid",
                               "planted-key-of-no-use");
    json_t *dated = json_deep_copy(claims);
    char signature[256];
    struct buf jwt;
    const char *key;
    json_t *value;

    json_object_foreach(dated, key, value)
    {
        if (json_is_integer(value) && json_integer_value(value) < DATES_BEGIN &&
            (strcmp(key, "exp") == 0 || strcmp(key, "iat") == 0 ||
             strcmp(key, "nbf") == 0))
            json_integer_set(value, json_integer_value(value) + time(NULL));
    }
    memset(signature, 'S', sizeof signature);
    buf_init(&jwt, TEXT_MAX);
    add_json_base64url(&jwt, header);
    buf_add_char(&jwt, '.');
    add_json_base64url(&jwt, dated);
    buf_add_char(&jwt, '.');
    add_base64url(&jwt, signature, sizeof signature);
    json_decref(header);
    json_decref(dated);
    return buf_take(&jwt);
}

static char *make_token(const struct corpus_case *the_case, const json_t *part)
{
    const json_t *claims = json_object_get(part, "claims");

    if (json_is_true(json_object_get(part, "opaque")))
        return mem_copy_text("0paque-planted-token-canary-4711-of-the-corpus");
    return make_jwt(claims ? claims : json_object_get(the_case->way, "claims"));
}

static void make_success(const struct corpus_case *the_case, const json_t *part,
                         struct corpus_reply *reply)
{
    json_t *usual, *body;

    reply->token = make_token(the_case, part);
    usual = json_pack("{s:s, s:i, s:s}", "token_type", "Bearer", "expires_in", 3599,
                      "access_token", reply->token);
    body = put_over(usual, json_object_get(part, "extra"));
    reply->body = json_dumps(body, JSON_COMPACT);
    reply->length = strlen(reply->body);
    json_decref(usual);
    json_decref(body);
}

/* The body, so many times one behind the other; or decoded. */
static void write_body(const char *text, size_t length, json_int_t times, bool is_coded,
                       struct corpus_reply *reply)
{
    struct buf body;

    buf_init(&body, TEXT_MAX);
    if (is_coded)
        sasl_decode(text, length, &body);
    for (json_int_t i = 0; !is_coded && i < times; i++)
        buf_add(&body, text, length);
    reply->length = body.length;
    reply->body = buf_take(&body);
}

bool corpus_reply(const struct corpus_case *the_case, const char *part_name,
                  struct corpus_reply *reply)
{
    const json_t *part = json_object_get(the_case->json, part_name);
    const json_t *body = json_object_get(part, "body");
    const json_t *coded = json_object_get(part, "body_base64");
    const json_t *status = json_object_get(part, "status");
    const json_t *times = json_object_get(part, "times");

    *reply = (struct corpus_reply){.status = 200};
    if (!part && strcmp(part_name, "token") != 0)
        return false;
    if (status)
        reply->status = (int)json_integer_value(status);
    reply->headers = make_headers(part);
    if (json_is_string(body) || coded) {
        const json_t *text = coded ? coded : body;
        write_body(json_string_value(text), json_string_length(text),
                   times ? json_integer_value(times) : 1, coded, reply);
    } else if (body) {
        reply->body = json_dumps(body, JSON_COMPACT);
        reply->length = strlen(reply->body);
    } else if (strcmp(part_name, "token") == 0) {
        make_success(the_case, part, reply);
    } else {
        reply->body = mem_copy_text("");
    }
    return true;
}

void corpus_reply_clear(struct corpus_reply *reply)
{
    json_decref(reply->headers);
    free(reply->body);
    free(reply->token);
    *reply = (struct corpus_reply){0};
}

static const json_t *imap_value(const struct corpus_case *the_case, const char *key)
{
    const json_t *value = json_object_get(json_object_get(the_case->json, "imap"), key);

    return value ? value : json_object_get(json_object_get(the_case->way, "imap"), key);
}

/* Each character up to U+00FF becomes the byte of its number, so that a case can hold
 * bytes that are no UTF-8. */
static void write_latin1(struct buf *text)
{
    size_t to = 0;

    for (size_t from = 0; from < text->length; from++) {
        unsigned char c = (unsigned char)text->data[from];

        if ((c & 0xFC) == 0xC0) {
            from++;
            c = (unsigned char)(c << 6 | (text->data[from] & 0x3F));
        }
        text->data[to++] = (char)c;
    }
    text->length = to;
    text->data[to] = '\0';
}

/* $CAPABILITY_AFTER stands before $CAPABILITY, which it begins with. */
static char *fill(const struct corpus_case *the_case, const char *text)
{
    static const char *const names[] = {"CAPABILITY_AFTER", "CAPABILITY"};
    static const char *const keys[] = {"capability_after", "capability"};
    struct buf filled;

    buf_init(&filled, TEXT_MAX);
    while (*text) {
        size_t i = 0;

        while (i < 2 &&
               (*text != '$' || strncmp(text + 1, names[i], strlen(names[i])) != 0))
            i++;
        if (i == 2) {
            buf_add_char(&filled, *text++);
            continue;
        }
        buf_add_text(&filled, json_string_value(imap_value(the_case, keys[i])));
        text += 1 + strlen(names[i]);
    }
    if (json_is_true(imap_value(the_case, "latin1")))
        write_latin1(&filled);
    return buf_take(&filled);
}

char *corpus_imap_text(const struct corpus_case *the_case, const char *key)
{
    const char *text = json_string_value(imap_value(the_case, key));

    return text ? fill(the_case, text) : NULL;
}

static const char *const usual_open[] = {
    "* 0 EXISTS",
    "* 0 RECENT",
    "* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft)",
    "* OK [UIDVALIDITY 14] UIDVALIDITY value",
    "* OK [UIDNEXT 1] The next UID value",
    "$TAG OK [READ-ONLY] EXAMINE completed.",
    NULL};
static const char *const usual_list[] = {"* LIST (\\HasNoChildren) \"/\" INBOX",
                                         "* LIST (\\HasNoChildren) \"/\" \"Sent Items\"",
                                         "* LIST (\\HasNoChildren) \"/\" Archive",
                                         "$TAG OK LIST completed.", NULL};
static const char *const usual_starttls[] = {"$TAG OK Begin TLS negotiation now.", NULL};

json_t *corpus_imap_lines(const struct corpus_case *the_case, const char *key)
{
    const json_t *given = imap_value(the_case, key);
    const char *const *usual = strcmp(key, "open") == 0   ? usual_open
                               : strcmp(key, "list") == 0 ? usual_list
                                                          : usual_starttls;
    json_t *lines = json_array(), *line;
    size_t i;

    json_array_foreach(given, i, line)
    {
        char *text = fill(the_case, json_string_value(line));

        json_array_append_new(lines, json_string_nocheck(text));
        free(text);
    }
    for (i = 0; !given && usual[i]; i++)
        json_array_append_new(lines, json_string(usual[i]));
    return lines;
}
