/*
 * Every application that has a preset, end to end: a mailbox on the sandbox, saved from
 * an answers file with the preset, and `letterbox ingest --once` into what stands in for
 * the application (tests/live/consumers/).  Messages arrive byte for byte; what the
 * application refuses, asks to have later, or cannot take at all is treated so.
 */
#include <curl/curl.h>
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/argv.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "live/live.h"
#include "settings/consumer.h"

#define KEY         "K3y/with+signs=="
#define STAND_INS   TEST_SOURCE_DIR "/tests/live/consumers"
#define DEADLINE_S  60
#define MESSAGE_MAX (64 * 1024)

/* What the application is told to answer for each way a delivery may go; 0: it has no
 * such answer. */
struct answers {
    const char *id;
    int refused, later, hold;
};

static const struct answers answers[] = {
    {"openproject", 0, 1, 10},
    {"redmine-rake", 0, 1, 7},
    {"redmine-http", 422, 500, 403},
    {"request-tracker", 0, 500, 0},
    {"zammad", 0, 1, 127},
    {"osticket-pipe", 65, 69, 126},
    {"osticket-http", 400, 500, 404},
    {"command", 1, 75, 0},
    {"http", 400, 425, 503},
    {"lmtp", 0, 0, 0},
    {"maildir", 0, 0, 0},
};

struct scene {
    struct live *live;
    const struct consumer *consumer;
    pid_t applications;
    int http, https;
};

static const struct message {
    const char *bytes;
    size_t length;
} messages[] = {
#define MESSAGE(text)                                                                    \
    {                                                                                    \
        text, sizeof(text) - 1                                                           \
    }
    MESSAGE("From: a@example.com\r\nTo: support@example.com\r\nSubject: plain\r\n"
            "Message-ID: <1@example.com>\r\nDate: Sat, 28 Nov 2026 10:00:00 +0000\r\n"
            "\r\nA line.\r\n.\r\n..dots\r\nFrom the beginning\r\n--boundary\r\n"),
    /* Latin-1 without any MIME, which is no valid UTF-8; and no line end at its end. */
    MESSAGE("From: b@example.com\r\nTo: support@example.com\r\nSubject: latin\r\n"
            "Message-ID: <2@example.com>\r\n\r\nGr\xfc\xdf"
            "e \x80\xff from \xe9t\xe9"),
    MESSAGE("From: c@example.com\r\nTo: support@example.com\r\nSubject: third\r\n"
            "Message-ID: <3@example.com>\r\n\r\nThird.\r\n"),
#undef MESSAGE
};

/* The mailbox */

struct reading {
    const struct message *message;
    size_t at;
};

static size_t read_message(char *out, size_t size, size_t count, void *closure)
{
    struct reading *reading = closure;
    size_t left = reading->message->length - reading->at;
    size_t take = size * count < left ? size * count : left;

    memcpy(out, reading->message->bytes + reading->at, take);
    reading->at += take;
    return take;
}

static char *user_of(const struct scene *scene)
{
    return mem_format("%s-%d@%s", scene->consumer->id, (int)getpid(),
                      live_value(scene->live, "fresh.domain"));
}

/* IMAP APPEND.  libcurl's makes the message read. */
static void mail(const struct scene *scene, const struct message *message)
{
    struct reading reading = {.message = message};
    CURL *easy = curl_easy_init();
    char *user = user_of(scene);
    char *url = mem_format("imaps://%s:%d/INBOX", live_host(scene->live, "imaps"),
                           live_port(scene->live, "imaps"));

    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_USERNAME, user);
    curl_easy_setopt(easy, CURLOPT_PASSWORD, live_value(scene->live, "fresh.password"));
    curl_easy_setopt(easy, CURLOPT_CAINFO, live_value(scene->live, "ca_file"));
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, read_message);
    curl_easy_setopt(easy, CURLOPT_READDATA, &reading);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)message->length);
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 0L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, "STORE * -FLAGS.SILENT (\\Seen)");
    assert_int_equal(curl_easy_perform(easy), CURLE_OK);
    curl_easy_cleanup(easy);
    free(url);
    free(user);
}

/* The application */

static char *place(const struct scene *scene, const char *name)
{
    return mem_format("%s/%s", scene->live->scratch.path, name);
}

static void tell_answer(const struct scene *scene, int answer)
{
    char text[16];

    snprintf(text, sizeof text, "%d\n", answer);
    scratch_write(&scene->live->scratch, "answer", text, strlen(text));
}

/* Dovecot keeps lines without their CR, as every Maildir of its own. */
static size_t without_cr(const struct message *message, char *out)
{
    size_t length = 0;

    for (size_t i = 0; i < message->length; i++)
        if (message->bytes[i] != '\r')
            out[length++] = message->bytes[i];
    return length;
}

/* The whole file is the message; but LMTP puts header fields before it. */
static bool holds(const struct scene *scene, const char *path,
                  const struct message *message)
{
    bool by_lmtp = strcmp(scene->consumer->id, "lmtp") == 0;
    char *bytes = mem_new(2, MESSAGE_MAX), *wanted = bytes + MESSAGE_MAX;
    FILE *file = fopen(path, "r");
    size_t length = file ? fread(bytes, 1, MESSAGE_MAX, file) : 0;
    size_t whole = message->length;
    bool same;

    memcpy(wanted, message->bytes, whole);
    if (by_lmtp)
        whole = without_cr(message, wanted);
    same = length >= whole && (by_lmtp || length == whole) &&
           memcmp(bytes + length - whole, wanted, whole) == 0;
    if (file)
        fclose(file);
    free(bytes);
    return same;
}

/* Where what arrived is; the caller's. */
static char *arrivals(const struct scene *scene)
{
    if (strcmp(scene->consumer->id, "maildir") == 0)
        return place(scene, "mail/new");
    if (strcmp(scene->consumer->id, "lmtp") == 0)
        return mem_format("%s/mail/inbox-lmtp-%d@%s/Maildir/new",
                          live_value(scene->live, "dir"), (int)getpid(),
                          live_value(scene->live, "fresh.domain"));
    return place(scene, "received");
}

static size_t count_arrived(const struct scene *scene, const struct message *message)
{
    char *folder = arrivals(scene);
    DIR *directory = opendir(folder);
    struct dirent *entry;
    size_t count = 0;

    while (directory && (entry = readdir(directory))) {
        char *path = mem_format("%s/%s", folder, entry->d_name);

        count += entry->d_name[0] != '.' && holds(scene, path, message);
        free(path);
    }
    if (directory)
        closedir(directory);
    free(folder);
    return count;
}

static void assert_nothing_wrong(const struct scene *scene)
{
    char *path = place(scene, "wrong");

    if (access(path, F_OK) == 0)
        fail_msg("%s: %s", scene->consumer->id,
                 scratch_read(&scene->live->scratch, "wrong", NULL));
    free(path);
}

static void start_applications(struct scene *scene)
{
    char *tls = mem_format("%s/tls", live_value(scene->live, "dir"));
    char *ports = place(scene, "ports");
    time_t end = time(NULL) + DEADLINE_S;
    json_t *listening;

    scene->applications = fork();
    if (scene->applications == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execlp("node", "node", STAND_INS "/applications.mjs", scene->live->scratch.path,
               tls, NULL);
        _exit(127);
    }
    while (access(ports, F_OK) != 0) {
        const struct timespec tick = {.tv_nsec = 20 * 1000 * 1000};

        assert_int_equal(waitpid(scene->applications, NULL, WNOHANG), 0);
        assert_true(time(NULL) < end);
        nanosleep(&tick, NULL);
    }
    listening = json_load_file(ports, 0, NULL);
    scene->http = (int)json_integer_value(json_object_get(listening, "http"));
    scene->https = (int)json_integer_value(json_object_get(listening, "https"));
    json_decref(listening);
    free(ports);
    free(tls);
}

static void link_stand_ins(const struct scene *scene)
{
    static const char *const names[] = {"stand-in.sh", "openproject", "rake",
                                        "zammad",      "php",         "deliver"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *from = mem_format("%s/%s", STAND_INS, names[i]);
        char *to = mem_format("%s/bin/%s", scene->live->scratch.path, names[i]);

        assert_int_equal(symlink(from, to), 0);
        free(from);
        free(to);
    }
}

/* The real program; false when it cannot be had. */
static bool link_mailgate(const struct scene *scene)
{
    FILE *pipe = NULL;
    char path[1024] = "";
    int ends[2], status;
    pid_t pid;
    bool found;

    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        execl(STAND_INS "/rt-mailgate.sh", "rt-mailgate.sh", NULL);
        _exit(127);
    }
    close(ends[1]);
    pipe = fdopen(ends[0], "r");
    found = fgets(path, sizeof path, pipe) != NULL;
    fclose(pipe);
    waitpid(pid, &status, 0);
    path[strcspn(path, "\n")] = '\0';
    if (found) {
        char *to = place(scene, "bin/rt-mailgate");

        assert_int_equal(symlink(path, to), 0);
        free(to);
    }
    return found && status == 0;
}

/* The settings */

static char *replaced(const char *text, const char *old, const char *new)
{
    struct buf out;
    const char *at;

    buf_init(&out, 8192);
    while ((at = strstr(text, old))) {
        buf_add(&out, text, (size_t)(at - text));
        buf_add_text(&out, new);
        text = at + strlen(old);
    }
    buf_add_text(&out, text);
    return buf_take(&out);
}

/* What a person does: an example for each blank, but the host that there is here. */
static char *filled(const struct scene *scene, const char *value)
{
    char *text = mem_copy_text(value);
    char *host = mem_format("localhost:%d", scene->https);
    char *plain = mem_format("http://127.0.0.1:%d", scene->http);

    if (strcmp(scene->consumer->id, "request-tracker") == 0) {
        char *there = replaced(text, "https://<host>", plain);

        free(text);
        text = replaced(there, "<queue>", "First line");
        free(there);
    }
    for (size_t i = 0; i < scene->consumer->blank_count; i++) {
        const struct consumer_blank *blank = &scene->consumer->blanks[i];
        char *sign = mem_format("<%s>", blank->name);
        char *next = replaced(text, sign,
                              strcmp(blank->name, "host") == 0 ? host : blank->example);

        free(sign);
        free(text);
        text = next;
    }
    free(plain);
    free(host);
    return text;
}

/* The preset's words, with the stand-in as the program. */
static json_t *command_target(const struct scene *scene)
{
    const char *line = settings_text(&scene->consumer->settings, SET_INGEST_TARGET);
    char **words = argv_split(line[0] ? line : "/usr/bin/deliver", NULL);
    char *program =
        mem_format("%s/bin/%s", scene->live->scratch.path, strrchr(words[0], '/') + 1);
    json_t *target = json_pack("[s]", program);

    for (size_t i = 1; words[i]; i++) {
        char *word = filled(scene, words[i]);

        json_array_append_new(target, json_string(word));
        free(word);
    }
    free(program);
    argv_free(&words);
    return target;
}

static json_t *target_of(const struct scene *scene)
{
    const struct settings *settings = &scene->consumer->settings;
    const char *way = settings_text(settings, SET_INGEST_DELIVER);
    const char *line = settings_text(settings, SET_INGEST_TARGET);
    char *text;
    json_t *target;

    if (strcmp(way, "command") == 0)
        return command_target(scene);
    if (strcmp(way, "maildir") == 0)
        return json_string(scratch_at(&scene->live->scratch, "mail"));
    if (strcmp(way, "lmtp") == 0)
        return json_string(live_value(scene->live, "lmtp.socket"));
    text = line[0] ? filled(scene, line)
                   : mem_format("https://localhost:%d/mail", scene->https);
    target = json_string(text);
    free(text);
    return target;
}

static void set_fields(const struct scene *scene, json_t *root)
{
    char *line =
        filled(scene, settings_text(&scene->consumer->settings, SET_INGEST_HTTP_FIELDS));
    char **words = argv_split(line, NULL);
    json_t *fields = json_object();

    for (size_t i = 0; words[i]; i++) {
        size_t length = strcspn(words[i], "=");
        char *name = mem_copy_bytes(words[i], length);

        json_object_set_new(fields, name, json_string(words[i] + length + 1));
        free(name);
    }
    json_object_set_new(root, "ingest.http_fields", fields);
    argv_free(&words);
    free(line);
}

static json_t *answers_for(const struct scene *scene)
{
    const struct settings *settings = &scene->consumer->settings;
    json_t *root = live_answers(scene->live, "basic");
    char *user = user_of(scene);
    char *inbox = mem_format("inbox-%s", user);

    json_object_set_new(root, "name", json_string(scene->consumer->id));
    json_object_set_new(root, "basic.username", json_string(user));
    json_object_set_new(root, "basic.password",
                        json_string(live_value(scene->live, "fresh.password")));
    json_object_set_new(root, "mailbox.user", json_string(user));
    json_object_set_new(root, "ingest.on_failure", json_string("seen"));
    json_object_set_new(root, "ingest.consumer", json_string(scene->consumer->id));
    json_object_set_new(root, "ingest.target", target_of(scene));
    if (settings_is(settings, SET_INGEST_DELIVER, "http"))
        json_object_set_new(root, "ingest.http_secret", json_string(KEY));
    if (settings_text(settings, SET_INGEST_HTTP_FIELDS)[0])
        set_fields(scene, root);
    if (settings_is(settings, SET_INGEST_DELIVER, "lmtp"))
        json_object_set_new(root, "ingest.recipient", json_string(inbox));
    free(inbox);
    free(user);
    return root;
}

static void save_mailbox(const struct scene *scene)
{
    const char *path = live_write_answers(scene->live, answers_for(scene));
    int status = LIVE_RUN(scene->live, "setup", "--no-test", "--answers", path);

    if (status != 0)
        fail_msg("%s: setup ended with %d: %s", scene->consumer->id, status,
                 scene->live->errors);
}

/* The ingest */

static int ingest(const struct scene *scene)
{
    int status = LIVE_RUN(scene->live, "ingest", scene->consumer->id, "--once");

    assert_nothing_wrong(scene);
    return status;
}

static void assert_ingest(const struct scene *scene, int wanted)
{
    int status = ingest(scene);

    if (status != wanted)
        fail_msg("%s: ingest ended with %d, not %d: %s", scene->consumer->id, status,
                 wanted, scene->live->errors);
}

static void assert_arrived(const struct scene *scene, const struct message *message,
                           size_t wanted)
{
    size_t count = count_arrived(scene, message);

    if (count != wanted)
        fail_msg("%s: the message arrived %zu times, not %zu:\n%s%s", scene->consumer->id,
                 count, wanted, message->bytes, scene->live->errors);
}

static void assert_said(const struct scene *scene, const char *words)
{
    if (!strstr(scene->live->errors, words))
        fail_msg("%s: \"%s\" is not in: %s", scene->consumer->id, words,
                 scene->live->errors);
}

static const struct answers *answers_of(const char *id)
{
    for (size_t i = 0; i < sizeof answers / sizeof *answers; i++)
        if (strcmp(answers[i].id, id) == 0)
            return &answers[i];
    fail_msg("Nothing stands in for %s: add it here and to tests/live/consumers/.", id);
    return NULL;
}

/* Not now: the run says so, nothing is lost, and the message arrives when it can. */
static void put_off(const struct scene *scene, int answer, bool ends_the_run)
{
    int status;

    if (answer == 0)
        return;
    tell_answer(scene, answer);
    status = ingest(scene);
    if (ends_the_run && status != 75 && status != 78)
        fail_msg("%s: after %d ingest ended with %d: %s", scene->consumer->id, answer,
                 status, scene->live->errors);
    assert_said(scene, "event=deferred");
    assert_arrived(scene, &messages[2], 0);
}

static void refuse(const struct scene *scene, int answer)
{
    tell_answer(scene, answer);
    ingest(scene);
    assert_said(scene, "event=refused");
}

static void deliver_to(const struct scene *scene)
{
    const struct answers *answer = answers_of(scene->consumer->id);

    save_mailbox(scene);
    mail(scene, &messages[0]);
    mail(scene, &messages[1]);
    tell_answer(scene, 0);
    assert_ingest(scene, 0);
    assert_arrived(scene, &messages[0], 1);
    assert_arrived(scene, &messages[1], 1);

    mail(scene, &messages[2]);
    put_off(scene, answer->hold, true);
    put_off(scene, answer->later, false);
    if (answer->refused) {
        refuse(scene, answer->refused);
    } else {
        tell_answer(scene, 0);
        assert_ingest(scene, 0);
    }
    assert_arrived(scene, &messages[0], 1);
    assert_arrived(scene, &messages[2], answer->refused ? 0 : 1);
}

/* One test for each preset, in a mailbox of its own. */

static struct scene stage;
static bool has_mailgate;

static void clear_received(void)
{
    char **names = scratch_names(&stage.live->scratch, "received");

    for (size_t i = 0; names && names[i]; i++) {
        char *path = mem_format("%s/received/%s", stage.live->scratch.path, names[i]);

        unlink(path);
        free(path);
    }
    argv_free(&names);
}

static void test_consumer(void **state)
{
    stage.consumer = *state;
    if (strcmp(stage.consumer->id, "request-tracker") == 0 && !has_mailgate)
        skip();
    clear_received();
    deliver_to(&stage);
}

static int group_set_up(void **state)
{
    void *live = NULL;

    (void)state;
    live_set_up(&live);
    stage.live = live;
    assert_int_equal(mkdir(scratch_at(&stage.live->scratch, "bin"), 0755), 0);
    assert_int_equal(mkdir(scratch_at(&stage.live->scratch, "received"), 0755), 0);
    link_stand_ins(&stage);
    has_mailgate = link_mailgate(&stage);
    start_applications(&stage);
    return 0;
}

static int group_tear_down(void **state)
{
    void *live = stage.live;

    (void)state;
    kill(stage.applications, SIGKILL);
    waitpid(stage.applications, NULL, 0);
    live_tear_down(&live);
    return 0;
}

int main(void)
{
    struct CMUnitTest tests[32] = {0};
    struct err err = ERR_INIT;
    struct consumers *consumers = consumers_load(TEST_SOURCE_DIR, &err);
    size_t count = 0;
    int failed;

    setenv("TEST_SECRET_IN_THE_ENVIRONMENT", "not for the application", 1);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    for (; count < consumers->count && count < sizeof tests / sizeof *tests; count++)
        tests[count] = (struct CMUnitTest){.name = consumers->list[count].id,
                                           .test_func = test_consumer,
                                           .initial_state = &consumers->list[count]};
    failed = _cmocka_run_group_tests("live/consumers", tests, count, group_set_up,
                                     group_tear_down);
    consumers_free(&consumers);
    curl_global_cleanup();
    return failed;
}
