#include "live/box.h"

#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/mem.h"

#define PATIENCE_MS (120 * 1000)
#define LOOK_MS     10 /* between two looks at what nobody tells of */

const struct box_kind box_kinds[BOX_KINDS] = {
    {"dovecot", "imaps", 0},
    {"dovecot-no-move", "imaps_no_move", KIND_NO_MOVE},
    {"dovecot-no-uidplus", "imaps_no_uidplus", KIND_NO_MOVE | KIND_NO_UIDPLUS},
    {"dovecot-no-idle", "imaps_no_idle", KIND_NO_IDLE},
    {"cyrus", "cyrus_imaps", KIND_CYRUS},
};
const struct box_kind box_strict = {"dovecot-strict", "imaps_strict", KIND_STRICT};

/* ---- The mailbox at the server ----------------------------------------------------- */

char *box_server_path(const struct box *box, const char *below)
{
    const char *dir = live_value(box->live, "dir");

    if (box->kind->traits & KIND_CYRUS)
        return mem_format("%s/cyrus/spool/%c/user/%s%s", dir, box->user[0], box->user,
                          below);
    return mem_format("%s/mail/%s/Maildir%s", dir, box->user, below);
}

/* Where the server writes down what is said, once there is such a directory. */
static char *wire_path(const struct box *box)
{
    const char *dir = live_value(box->live, "dir");

    if (box->kind->traits & KIND_CYRUS)
        return mem_format("%s/cyrus/conf/log/%s", dir, box->user);
    return mem_format("%s/mail/%s/rawlog", dir, box->user);
}

/* Of the servers' user, who need not be ours. */
static void make_wire_directory(const struct box *box)
{
    char *path = wire_path(box);
    struct stat owner;

    peer_ask(box->peer, "EXAMINE INBOX"); /* Dovecot makes the home for that */
    assert_int_equal(stat(live_value(box->live, "dir"), &owner), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_int_equal(chown(path, owner.st_uid, owner.st_gid), 0);
    free(path);
}

void box_server(const struct box *box, const char *word)
{
    bool is_cyrus = box->kind->traits & KIND_CYRUS;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char text[64];
    ssize_t got;

    snprintf(address.sun_path, sizeof address.sun_path, "%s/control",
             live_value(box->live, "dir"));
    assert_int_equal(connect(fd, (const struct sockaddr *)&address, sizeof address), 0);
    snprintf(text, sizeof text, "%s %s\n", word, is_cyrus ? "cyrus" : "dovecot");
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    got = read(fd, text, sizeof text - 1);
    text[got > 0 ? got : 0] = '\0';
    assert_string_equal(text, "done\n");
    close(fd);
}

/* ---- Settings ---------------------------------------------------------------------- */

void box_set(struct box *box, const char *key, const char *value)
{
    json_object_set_new(box->answers, key, json_string(value));
}

void box_set_number(struct box *box, const char *key, int value)
{
    json_object_set_new(box->answers, key, json_integer(value));
}

void box_set_switch(struct box *box, const char *key, bool value)
{
    json_object_set_new(box->answers, key, json_boolean(value));
}

void box_set_script(struct box *box, const char *text)
{
    char *script = mem_format("HERE='%s'\n%s", box->live->scratch.path, text);
    json_t *target = json_array();

    scratch_script(&box->live->scratch, "take", script);
    json_array_append_new(target, json_string(scratch_at(&box->live->scratch, "take")));
    box_set(box, "ingest.deliver", "command");
    json_object_set_new(box->answers, "ingest.target", target);
    free(script);
}

static void set_what_all_want(struct box *box)
{
    box_set(box, "name", "box");
    box_set(box, "basic.username", box->user);
    box_set(box, "basic.password", box->place.password);
    box_set(box, "mailbox.user", box->user);
    box_set(box, "mailbox.folder", box->folder);
    box_set(box, "server.host", box->place.host);
    box_set_number(box, "server.port", box->place.port);
    box_set_number(box, "ingest.poll_seconds", 86400);
}

void box_save(struct box *box)
{
    const char *path = live_write_answers(box->live, json_deep_copy(box->answers));
    int status = LIVE_RUN(box->live, "setup", "--answers", path, "--no-test");

    if (status != 0)
        fail_msg("setup: %d\n%s", status, box->live->errors);
}

void box_edit(struct box *box, const char *part, const char *by)
{
    static const char file[] = "config/mailboxes/box.json";
    char *text = scratch_read(&box->live->scratch, file, NULL), *changed;
    char *at = strstr(text, part);

    assert_non_null(at);
    *at = '\0';
    changed = mem_format("%s%s%s", text, by, at + strlen(part));
    scratch_write(&box->live->scratch, file, changed, strlen(changed));
    free(changed);
    free(text);
}

/* ---- The ingest -------------------------------------------------------------------- */

void box_start(struct box *box)
{
    const char *argv[] = {live_program(),
                          "ingest",
                          "box",
                          "--config-dir",
                          box->live->config_dir,
                          "--state-dir",
                          box->live->state_dir,
                          NULL};

    assert_null(box->ingest);
    box->ingest = running_start(argv);
}

void box_stop(struct box *box)
{
    int status = running_stop(box->ingest);

    if (status != 130)
        fail_msg("it ended with %d:\n%s", status, running_said(box->ingest));
    running_free(&box->ingest);
}

void box_start_once(struct box *box)
{
    const char *argv[] = {live_program(),
                          "ingest",
                          "box",
                          "--once",
                          "--config-dir",
                          box->live->config_dir,
                          "--state-dir",
                          box->live->state_dir,
                          NULL};

    running_free(&box->ingest);
    box->ingest = running_start(argv);
}

const char *box_run(struct box *box, int status)
{
    int ended;

    box_start_once(box);
    ended = running_end(box->ingest);
    if (ended != status)
        fail_msg("it ended with %d, not %d:\n%s", ended, status,
                 running_said(box->ingest));
    return running_said(box->ingest);
}

/* ---- What was said on the wire ----------------------------------------------------- */

/* Behind a server's note of the time: "1795880932.104 " or "<1795880932<". */
static const char *behind_time(const char *line)
{
    const char *at = line + (*line == '<');
    size_t length = strspn(at, "0123456789.");

    return length > 9 && (at[length] == ' ' || at[length] == '<') ? at + length + 1
                                                                  : line;
}

static unsigned count_commands(const char *text, const char *command)
{
    unsigned count = 0;

    for (const char *line = text; *line;
         line += strcspn(line, "\n"), line += *line != 0) {
        const char *at = behind_time(line);
        size_t length = strlen(command);

        at += strcspn(at, " \r\n");
        if (*at == ' ' && strncasecmp(at + 1, command, length) == 0 &&
            !isalpha((unsigned char)at[1 + length]))
            count++;
    }
    return count;
}

/* Cyrus writes both ways into one file, Dovecot each into its own. */
static bool is_of_client(const char *name)
{
    const char *dot = strrchr(name, '.');

    return !dot || strcmp(dot, ".out") != 0;
}

unsigned box_heard(const struct box *box, const char *command)
{
    struct scratch wire;
    char *path = wire_path(box);
    unsigned count = 0;
    char **names;

    snprintf(wire.path, sizeof wire.path, "%s", path);
    names = scratch_names(&wire, ".");
    for (size_t i = 0; names[i]; i++) {
        char *text = is_of_client(names[i]) ? scratch_read(&wire, names[i], NULL) : NULL;

        count += text ? count_commands(text, command) : 0;
        free(text);
    }
    argv_free(&names);
    free(path);
    return count;
}

void box_wait_heard(const struct box *box, const char *command, unsigned times)
{
    int64_t until = clock_now_ms() + PATIENCE_MS;

    while (box_heard(box, command) < times) {
        if (clock_now_ms() > until)
            fail_msg("no %s for %u times", command, times);
        poll(NULL, 0, LOOK_MS);
    }
}

/* ---- What was delivered ------------------------------------------------------------ */

static unsigned count_in(const struct box *box, const char *folder, const char *subject)
{
    char **names = scratch_names(&box->live->scratch, folder);
    char *wanted = mem_format("Subject: %s\r\n", subject);
    unsigned count = 0;

    for (size_t i = 0; names[i]; i++) {
        char *name = mem_format("%s/%s", folder, names[i]);
        char *text = scratch_read(&box->live->scratch, name, NULL);

        count += text && strstr(text, wanted) != NULL;
        free(text);
        free(name);
    }
    free(wanted);
    argv_free(&names);
    return count;
}

unsigned box_delivered(const struct box *box)
{
    return (unsigned)(scratch_count(&box->live->scratch, "mail/new") +
                      scratch_count(&box->live->scratch, "mail/cur"));
}

unsigned box_delivered_subject(const struct box *box, const char *subject)
{
    return count_in(box, "mail/new", subject) + count_in(box, "mail/cur", subject);
}

char *box_message(const struct box *box, size_t *length)
{
    char **names = scratch_names(&box->live->scratch, "mail/new");
    char *name, *bytes;

    assert_non_null(names[0]);
    assert_null(names[1]);
    name = mem_format("mail/new/%s", names[0]);
    bytes = scratch_read(&box->live->scratch, name, length);
    free(name);
    argv_free(&names);
    return bytes;
}

void box_wait_delivered(const struct box *box, unsigned count)
{
    int64_t until = clock_now_ms() + PATIENCE_MS;

    while (box_delivered(box) < count) {
        if (clock_now_ms() > until)
            fail_msg("only %u of %u were delivered", box_delivered(box), count);
        poll(NULL, 0, LOOK_MS);
    }
}

/* ---- Cases ------------------------------------------------------------------------- */

static int set_up(void **state)
{
    static unsigned number;
    const struct box_kind *kind = *state;
    struct box *box = mem_new(1, sizeof *box);
    bool is_cyrus = kind->traits & KIND_CYRUS;

    box->live = live_open();
    box->kind = kind;
    snprintf(box->user, sizeof box->user, "t%ld-%u%s%s", (long)getpid(), ++number,
             is_cyrus ? "" : "@", is_cyrus ? "" : live_value(box->live, "fresh.domain"));
    snprintf(box->folder, sizeof box->folder, "INBOX");
    box->place = (struct peer_place){.host = live_host(box->live, kind->endpoint),
                                     .port = live_port(box->live, kind->endpoint),
                                     .user = box->user,
                                     .password = live_value(box->live, "fresh.password")};
    box->answers = live_answers(box->live, "basic");
    set_what_all_want(box);
    /* A strict server has no room for two at once. */
    if (kind->traits & KIND_STRICT) {
        box->place.host = live_host(box->live, "imaps");
        box->place.port = live_port(box->live, "imaps");
    }
    box_server(box, "start"); /* a test that failed may have left it stopped */
    box->peer = peer_open(&box->place);
    make_wire_directory(box);
    *state = box;
    return 0;
}

static int tear_down(void **state)
{
    struct box *box = *state;

    running_free(&box->ingest);
    peer_close(&box->peer);
    json_decref(box->answers);
    *state = box->live;
    free(box);
    return live_tear_down(state);
}

static void skipped(void **state)
{
    (void)state;
    skip();
}

/* NULL: it can be had. */
static const char *why_missing(const struct box_kind *kind)
{
    static char why[256];
    void *live;

    if (!(kind->traits & KIND_CYRUS))
        return NULL;
    live = live_open();
    snprintf(why, sizeof why, "%s", live_find(live, "cyrus.missing"));
    live_tear_down(&live);
    return why[0] ? why : NULL;
}

static struct CMUnitTest test_of(const struct box_case *one, const struct box_kind *kind,
                                 const char *missing)
{
    struct CMUnitTest test = {.name = mem_format("%s [%s]", one->name, kind->name),
                              .test_func = missing ? skipped : one->test};

    if (!missing) {
        test.setup_func = set_up;
        test.teardown_func = tear_down;
        test.initial_state = (void *)(uintptr_t)kind;
    }
    return test;
}

int box_run_cases(const char *group, const struct box_case *cases, size_t count)
{
    struct CMUnitTest *tests = mem_new(count * BOX_KINDS + 1, sizeof *tests);
    size_t used = 0;
    int result;

    for (size_t k = 0; k < BOX_KINDS; k++) {
        const char *missing = why_missing(&box_kinds[k]);

        if (missing)
            print_message("Skipped: %s (%s)\n", box_kinds[k].name, missing);
        for (size_t i = 0; i < count; i++)
            if (!cases[i].only && !(cases[i].without & box_kinds[k].traits))
                tests[used++] = test_of(&cases[i], &box_kinds[k], missing);
    }
    for (size_t i = 0; i < count; i++)
        if (cases[i].only)
            tests[used++] = test_of(&cases[i], cases[i].only, why_missing(cases[i].only));
    cmocka_set_test_filter(getenv("LETTERBOX_TEST_FILTER"));
    result = _cmocka_run_group_tests(group, tests, used, NULL, NULL);
    for (size_t i = 0; i < used; i++)
        free((char *)(uintptr_t)tests[i].name);
    free(tests);
    return result;
}
