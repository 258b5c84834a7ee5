/*
 * Delivery by HTTP: each message is POSTed, as the body (message/rfc822, RFC 2046 5.2.1)
 * or as a field of a form (multipart/form-data, RFC 7578).
 *
 * The message is taken whole into a nameless file first, so that its length can be told
 * and a fetch that breaks off sends nothing.  "Idempotency-Key" is the same each time a
 * message is sent, so that an application can see what it has already.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/scrub.h"
#include "base/secret.h"
#include "ingest/deliver/deliver.h"
#include "ingest/deliver/meaning.h"
#include "ingest/deliver/spool.h"
#include "oauth/http.h"
#include "oauth/trust_file.h"

#define ANSWER_MAX     2048 /* bytes of an answer that are read for the log */
#define SHOWN_MAX      300
#define ASKED_MAX_S    86400
#define LINE_MAX_BYTES (64 * 1024)

struct delivery {
    const struct deliver_target *target;
    const struct deliver_envelope *envelope;
    const struct cancel *cancel;
    int spool;
    uint64_t length;
    struct err why;
};

/* From one message to the next libcurl keeps the connection, which is made with this
 * trust. */
struct deliver_line {
    CURLM *multi;
    struct trust_file trust;
};

/* One request under way. */
struct post {
    const struct delivery *delivery;
    const struct deliver_line *line;
    CURL *easy;
    struct curl_slist *headers;
    curl_mime *form;
    struct buf answer; /* the beginning of its body */
    char error[CURL_ERROR_SIZE];
};

static const char *text_of(const struct delivery *delivery, enum setting_id id)
{
    return settings_text(delivery->target->settings, id);
}

/* "header:NAME" holds NAME for "header:"; NULL when it is another way. */
static const char *secret_goes_as(const struct settings *settings, const char *way)
{
    const char *as = settings_text(settings, SET_INGEST_HTTP_SECRET_AS);

    return strncmp(as, way, strlen(way)) == 0 ? as + strlen(way) : NULL;
}

static bool http_prepare(const struct deliver_target *target, struct err *err)
{
    const struct settings *settings = target->settings;
    bool has_fields = settings_text(settings, SET_INGEST_HTTP_FIELDS)[0] != '\0' ||
                      (target->secret && secret_goes_as(settings, "field:"));

    if (has_fields && !settings_text(settings, SET_INGEST_HTTP_MESSAGE_FIELD)[0])
        return err_set_key(err, ERR_SETTING, "ingest.http_message_field",
                           _("Form fields are set, but none for the message: name it in "
                             "ingest.http_message_field, such as email."));
    http_start();
    return true;
}

static struct delivery *http_begin(const struct deliver_target *target,
                                   const struct deliver_envelope *envelope,
                                   const struct cancel *cancel, struct err *err)
{
    int spool = spool_open(envelope->state_dir, err);
    struct delivery *delivery;

    if (spool < 0)
        return NULL;
    delivery = mem_new(1, sizeof *delivery);
    *delivery = (struct delivery){
        .target = target, .envelope = envelope, .cancel = cancel, .spool = spool};
    return delivery;
}

static bool http_feed(struct delivery *delivery, const char *bytes, size_t length)
{
    delivery->length += length;
    return !err_is_set(&delivery->why) &&
           spool_add(delivery->spool, bytes, length, &delivery->why);
}

/* ---- The request ------------------------------------------------------------------- */

static size_t on_read(char *bytes, size_t size, size_t count, void *closure)
{
    const struct delivery *delivery = closure;
    ssize_t got = read(delivery->spool, bytes, size * count);

    return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

/* libcurl sends anew where a server asks for that. */
static int on_seek(void *closure, curl_off_t offset, int origin)
{
    const struct delivery *delivery = closure;

    return lseek(delivery->spool, offset, origin) < 0 ? CURL_SEEKFUNC_FAIL
                                                      : CURL_SEEKFUNC_OK;
}

/* What does not fit is of no use, and no failure. */
static size_t on_answer(char *bytes, size_t size, size_t count, void *closure)
{
    struct post *post = closure;
    size_t length = size * count, room = ANSWER_MAX - post->answer.length;

    buf_add(&post->answer, bytes, length < room ? length : room);
    return length;
}

static void add_header(struct post *post, const char *name, const char *value)
{
    struct buf line;

    buf_init_secret(&line, LINE_MAX_BYTES);
    buf_add_format(&line, "%s: %s", name, value);
    post->headers = curl_slist_append(post->headers, line.data);
    buf_free(&line);
}

/* "name=value" words, each handed to `each`. */
static void each_pair(const struct delivery *delivery, enum setting_id id,
                      void (*each)(struct post *post, const char *name,
                                   const char *value),
                      struct post *post)
{
    char **words = argv_split(text_of(delivery, id), NULL);

    for (size_t i = 0; words && words[i]; i++) {
        char *equals = strchr(words[i], '=');

        if (!equals)
            continue;
        *equals = '\0';
        each(post, words[i], equals + 1);
    }
    argv_free(&words);
}

static void add_field(struct post *post, const char *name, const char *value)
{
    curl_mimepart *part = curl_mime_addpart(post->form);

    curl_mime_name(part, name);
    curl_mime_data(part, value, CURL_ZERO_TERMINATED);
}

/* Without a file's name and, unless one is set, without a type, so that it arrives as a
 * plain value. */
static void set_form(struct post *post, const char *message_field)
{
    const struct delivery *delivery = post->delivery;
    const struct settings *settings = delivery->target->settings;
    const char *secret_field = secret_goes_as(settings, "field:");
    curl_mimepart *part;

    post->form = curl_mime_init(post->easy);
    each_pair(delivery, SET_INGEST_HTTP_FIELDS, add_field, post);
    if (delivery->target->secret && secret_field)
        add_field(post, secret_field, secret_bytes(delivery->target->secret));
    part = curl_mime_addpart(post->form);
    curl_mime_name(part, message_field);
    if (text_of(delivery, SET_INGEST_HTTP_MESSAGE_TYPE)[0])
        curl_mime_type(part, text_of(delivery, SET_INGEST_HTTP_MESSAGE_TYPE));
    curl_mime_data_cb(part, (curl_off_t)delivery->length, on_read, on_seek, NULL,
                      (void *)(uintptr_t)delivery);
    curl_easy_setopt(post->easy, CURLOPT_MIMEPOST, post->form);
}

static void set_body(struct post *post)
{
    const struct delivery *delivery = post->delivery;
    const char *type = text_of(delivery, SET_INGEST_HTTP_MESSAGE_TYPE);

    curl_easy_setopt(post->easy, CURLOPT_POST, 1L);
    curl_easy_setopt(post->easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     (curl_off_t)delivery->length);
    curl_easy_setopt(post->easy, CURLOPT_READFUNCTION, on_read);
    curl_easy_setopt(post->easy, CURLOPT_READDATA, delivery);
    curl_easy_setopt(post->easy, CURLOPT_SEEKFUNCTION, on_seek);
    curl_easy_setopt(post->easy, CURLOPT_SEEKDATA, delivery);
    add_header(post, "Content-Type", type[0] ? type : "message/rfc822");
}

static void set_headers(struct post *post)
{
    const struct delivery *delivery = post->delivery;
    const struct settings *settings = delivery->target->settings;
    const struct secret *secret = delivery->target->secret;
    const char *header = secret_goes_as(settings, "header:");
    char identity[DELIVER_IDENTITY_SIZE];

    deliver_identity(settings, delivery->envelope, identity, sizeof identity);
    add_header(post, "Idempotency-Key", identity);
    add_header(post, "Expect", ""); /* no waiting for a "100 Continue" */
    each_pair(delivery, SET_INGEST_HTTP_HEADERS, add_header, post);
    if (secret && header) {
        add_header(post, header, secret_bytes(secret));
    } else if (secret && secret_goes_as(settings, "bearer")) {
        struct buf value;

        buf_init_secret(&value, LINE_MAX_BYTES);
        buf_add_format(&value, "Bearer %s", secret_bytes(secret));
        add_header(post, "Authorization", value.data);
        buf_free(&value);
    }
    curl_easy_setopt(post->easy, CURLOPT_HTTPHEADER, post->headers);
}

static void set_transport(struct post *post)
{
    const struct settings *settings = post->delivery->target->settings;
    CURL *easy = post->easy;

    curl_easy_setopt(easy, CURLOPT_URL, settings_text(settings, SET_INGEST_TARGET));
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "https,http");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "letterbox/" LETTERBOX_VERSION);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT,
                     (long)settings_number(settings, SET_SERVER_TIMEOUT_SECONDS, 15));
    curl_easy_setopt(easy, CURLOPT_TIMEOUT,
                     (long)settings_number(settings, SET_INGEST_TIMEOUT_SECONDS, 120));
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_answer);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, post);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, post->error);
    trust_file_use(&post->line->trust, easy);
}

/* ---- The answer -------------------------------------------------------------------- */

struct status_range {
    int from, to;
    enum deliver_status status;
    enum err_class class;
    bool is_rest; /* what no row above names: "other" in ingest.statuses */
};

/* The first that fits.  401 and 407 are about the key, not about the message: to refuse
 * every message for a key that has expired would lose them. */
static const struct status_range ranges[] = {
    {200, 299, DELIVER_DONE, ERR_NONE, false},
    {300, 399, DELIVER_DOWN, ERR_SETTING, false},
    {401, 401, DELIVER_DOWN, ERR_SETTING, false},
    {407, 407, DELIVER_DOWN, ERR_SETTING, false},
    {408, 408, DELIVER_LATER, ERR_RETRY, false},
    {425, 425, DELIVER_LATER, ERR_RETRY, false},
    {429, 429, DELIVER_DOWN, ERR_RETRY, false},
    {400, 499, DELIVER_REFUSED, ERR_SERVER, true},
    {502, 504, DELIVER_DOWN, ERR_RETRY, false},
    {500, 599, DELIVER_LATER, ERR_RETRY, false},
    {0, 999, DELIVER_DOWN, ERR_SERVER, false},
};

/* What the application says of it, without the key, should it repeat that. */
static void answer_text(const struct post *post, char *out, size_t size)
{
    const struct secret *secret = post->delivery->target->secret;
    struct scrub *hidden = scrub_new();

    if (secret)
        scrub_hide(hidden, secret_bytes(secret), secret_length(secret));
    scrub_copy(hidden, out, size, post->answer.data, post->answer.length);
    scrub_free(&hidden);
}

static void log_answer(const struct post *post, enum deliver_status status, long number,
                       const char *said)
{
    char uid[16], code[16];

    snprintf(uid, sizeof uid, "%lu", (unsigned long)post->delivery->envelope->uid);
    snprintf(code, sizeof code, "%ld", number);
    log_event(status == DELIVER_DONE ? LOG_DEBUG : LOG_WARN, "http", "mailbox",
              post->delivery->envelope->mailbox, "uid", uid, "status", code, "answer",
              said[0] ? said : NULL, NULL);
}

/* A setting must change: which one, and why.  The first that fits. */
static const struct {
    int from, to;
    const char *key, *why;
} remedies[] = {
    {300, 399, "ingest.target",
     N_("it has moved. Enter the URL that it is at now as the target.")},
    {401, 403, "ingest.http_secret",
     N_("it does not take the key. Enter the one that it has now.")},
    {407, 407, "ingest.http_secret",
     N_("it does not take the key. Enter the one that it has now.")},
    {0, 499, "ingest.target",
     N_("it takes no messages at this URL. Enter the right one as the target.")},
};

static void explain_hold(long status, const char *said, struct err *err)
{
    size_t i = 0, count = sizeof remedies / sizeof *remedies;

    while (i < count && (status < remedies[i].from || status > remedies[i].to))
        i++;
    if (i < count)
        err_set_key(err, ERR_SETTING, remedies[i].key,
                    _("The application answered HTTP %ld: %s"), status,
                    _(remedies[i].why));
    else
        err_set(err, ERR_RETRY, _("The application answered HTTP %ld%s%s"), status,
                said[0] ? ": " : ".", said);
}

/* Retry-After, in seconds or as a date. */
static void note_wish(const struct post *post)
{
    unsigned *asked = post->delivery->target->asked_s;
    curl_off_t seconds = 0;

    if (asked &&
        curl_easy_getinfo(post->easy, CURLINFO_RETRY_AFTER, &seconds) == CURLE_OK &&
        seconds > 0)
        *asked = seconds < ASKED_MAX_S ? (unsigned)seconds : ASKED_MAX_S;
}

static enum deliver_status judge(const struct post *post, struct err *err)
{
    const struct settings *settings = post->delivery->target->settings;
    const struct status_range *range = ranges;
    enum deliver_status status;
    char said[SHOWN_MAX];
    long number = 0;

    curl_easy_getinfo(post->easy, CURLINFO_RESPONSE_CODE, &number);
    while (number < range->from || number > range->to)
        range++;
    status = meaning_of(settings, number, range->status, !range->is_rest);
    if (status == DELIVER_DOWN)
        note_wish(post);
    answer_text(post, said, sizeof said);
    log_answer(post, status, number, said);
    if (status == DELIVER_DOWN && range->class != ERR_RETRY)
        explain_hold(number, said, err);
    else if (status != DELIVER_DONE)
        err_set(err, status == DELIVER_REFUSED ? ERR_SERVER : ERR_RETRY,
                _("The application answered HTTP %ld%s%s"), number, said[0] ? ": " : ".",
                said);
    return status;
}

/* Was there a connection that the request could go over? */
static bool was_reached(const struct post *post)
{
    curl_off_t after_us = 0;

    return curl_easy_getinfo(post->easy, CURLINFO_PRETRANSFER_TIME_T, &after_us) ==
               CURLE_OK &&
           after_us > 0;
}

/* Only a time-out behind the request may be the message's: the application may have taken
 * it, and it is tried again while the others go on. */
static enum deliver_status explain(const struct post *post, CURLcode code,
                                   struct err *err)
{
    const char *words = post->error[0] ? post->error : curl_easy_strerror(code);
    bool is_trust = code == CURLE_PEER_FAILED_VERIFICATION;

    if (code == CURLE_OPERATION_TIMEDOUT && was_reached(post)) {
        err_set(err, ERR_RETRY, _("The application did not answer in time: %s"), words);
        return DELIVER_LATER;
    }
    err_set_key(err, is_trust ? ERR_SETTING : ERR_RETRY, "ingest.target",
                _("The application could not be reached: %s"), words);
    return DELIVER_DOWN;
}

/* ---- The line ---------------------------------------------------------------------- */

static struct deliver_line *open_line(const struct settings *settings)
{
    struct deliver_line *line = mem_new(1, sizeof *line);

    line->multi = curl_multi_init();
    if (!line->multi)
        abort();
    trust_file_open(&line->trust, settings_text(settings, SET_TLS_CA_FILE));
    return line;
}

static void http_hang_up(struct deliver_line **slot)
{
    struct deliver_line *line = *slot;

    if (!line)
        return;
    curl_multi_cleanup(line->multi);
    trust_file_close(&line->trust);
    free(line);
    *slot = NULL;
}

/* ---- Running ----------------------------------------------------------------------- */

/* libcurl's result; CURLE_ABORTED_BY_CALLBACK when the ingest was told to stop. */
static CURLcode transfer(struct post *post)
{
    const struct cancel *cancel = post->delivery->cancel;
    struct curl_waitfd wait = {.fd = cancel ? cancel->fd : -1,
                               .events = CURL_WAIT_POLLIN};
    CURLM *multi = post->line->multi;
    CURLcode result = CURLE_FAILED_INIT;
    CURLMsg *message;
    int running = 1, left;

    curl_multi_add_handle(multi, post->easy);
    while (running && curl_multi_perform(multi, &running) == CURLM_OK && running) {
        curl_multi_poll(multi, &wait, wait.fd >= 0, 1000, NULL);
        if (cancel && cancel_fired(cancel)) {
            result = CURLE_ABORTED_BY_CALLBACK;
            break;
        }
    }
    while ((message = curl_multi_info_read(multi, &left)))
        if (message->msg == CURLMSG_DONE)
            result = message->data.result;
    curl_multi_remove_handle(multi, post->easy);
    return result;
}

static enum deliver_status send_message(struct delivery *delivery,
                                        const struct deliver_line *line, struct err *err)
{
    const char *field = text_of(delivery, SET_INGEST_HTTP_MESSAGE_FIELD);
    struct post post = {.delivery = delivery, .line = line, .easy = curl_easy_init()};
    enum deliver_status status = DELIVER_DOWN;
    CURLcode code;

    if (!post.easy)
        abort();
    buf_init(&post.answer, ANSWER_MAX);
    set_transport(&post);
    if (field[0])
        set_form(&post, field);
    else
        set_body(&post);
    set_headers(&post);
    code = transfer(&post);
    if (code == CURLE_ABORTED_BY_CALLBACK)
        err_set(err, ERR_CANCELLED,
                _("A message was on its way when the ingest was told "
                  "to stop."));
    else
        status = code == CURLE_OK ? judge(&post, err) : explain(&post, code, err);
    curl_easy_cleanup(post.easy);
    curl_mime_free(post.form);
    curl_slist_free_all(post.headers);
    buf_free(&post.answer);
    return status;
}

static enum deliver_status http_finish(struct delivery **delivery, bool complete,
                                       struct err *err)
{
    struct delivery *it = *delivery;
    struct deliver_line *own = NULL, **line = it->target->line ? it->target->line : &own;
    enum deliver_status status = DELIVER_DOWN;

    if (err_is_set(&it->why)) {
        err_pass(err, &it->why);
    } else if (complete && spool_rewind(it->spool, err)) {
        if (!*line)
            *line = open_line(it->target->settings);
        status = send_message(it, *line, err);
    }
    http_hang_up(&own);
    close(it->spool);
    free(it);
    *delivery = NULL;
    return status;
}

const struct deliver_ops deliver_http = {
    .id = "http",
    .prepare = http_prepare,
    .begin = http_begin,
    .feed = http_feed,
    .finish = http_finish,
    .hang_up = http_hang_up,
};
