/*
 * Large messages and large folders: whole, and in memory that does not grow with them.
 *
 * What runs each time is small; the long form (support/longform) is 100 MB and 100,000
 * messages, and prints the figures.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "base/argv.h"
#include "base/clock.h"
#include "base/mem.h"
#include "live/box.h"
#include "support/longform/longform.h"
#include "support/sink/sink.h"

#define UNREAD    50
#define LINKS_MAX 30000 /* a file system allows 65,000 */

#ifdef __SANITIZE_ADDRESS__
/* The sanitizer keeps for a while what was freed. */
#define GROWTH_KB 16384
#else
#define GROWTH_KB 2048
#endif

static size_t large_bytes(void)
{
    return longform_is_wanted() ? 100 * 1000 * 1000 : 20 * 1000 * 1000;
}

static unsigned many_messages(void)
{
    return longform_is_wanted() ? 100000 : 1000;
}

/* Of no period that a buffer could have. */
static char *make_large(size_t length)
{
    static const char head[] =
        "Subject: large\r\nMessage-ID: <large@example.org>\r\n\r\n";
    char *bytes = mem_new(length + 1, 1);
    uint32_t number = 1;

    for (size_t i = 0; i < length; i++) {
        number = number * 1664525 + 1013904223;
        bytes[i] = (char)('!' + (number >> 16) % 90);
        if (i % 79 == 77)
            bytes[i] = '\r';
        if (i % 79 == 78)
            bytes[i] = '\n';
    }
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + length - 3, "x\r\n", 3);
    return bytes;
}

/* In that file of the scratch directory, or as the Maildir's newest message (NULL). */
static void check_same(const struct box *box, const char *name, const char *bytes,
                       size_t length)
{
    size_t taken = 0;
    char **names = scratch_names(&box->live->scratch, "mail/new");
    char *path = name ? mem_copy_text(name) : mem_format("mail/new/%s", names[1]);
    char *text = scratch_read(&box->live->scratch, path, &taken);

    assert_int_equal(taken, length);
    assert_int_equal(memcmp(text, bytes, length), 0);
    free(text);
    free(path);
    argv_free(&names);
}

static void print_figures(const struct box *box, const char *what, int64_t since,
                          long small, long peak)
{
    if (longform_is_wanted())
        print_message("%s at %s: %.1f s, %ld kB at most, %+ld kB\n", what,
                      box->kind->name, (double)(clock_now_ms() - since) / 1000, peak,
                      peak - small);
}

/* A small message first, in the same process. */
static void serve_large(struct box *box, const char *bytes, size_t length)
{
    int64_t since;
    long small, peak;

    box_save(box);
    peer_mail(box->peer, "INBOX", "small");
    box_start(box);
    running_wait(box->ingest, "event=done");
    small = running_peak(box->ingest);
    since = clock_now_ms();
    peer_append(box->peer, "INBOX", "", bytes, length);
    running_wait(box->ingest, "event=done");
    peak = running_peak(box->ingest);
    print_figures(box, "a large message", since, small, peak);
    box_stop(box);
    if (peak - small > GROWTH_KB)
        fail_msg("it took %ld kB more", peak - small);
}

static void try_large(struct box *box, const char *taken_as)
{
    size_t length = large_bytes();
    char *bytes = make_large(length);

    serve_large(box, bytes, length);
    check_same(box, taken_as, bytes, length);
    free(bytes);
}

static void test_a_large_message_to_a_maildir(void **state)
{
    try_large(*state, NULL);
}

static void test_a_large_message_to_a_command(void **state)
{
    box_set_script(*state, "cat >\"$HERE/taken\"\n");
    try_large(*state, "taken");
}

/* ---- A large message over the network ---------------------------------------------- */

/* What came: the small message, and the large one, as it is or in a form's field. */
struct arrival {
    const char *bytes;
    size_t length;
    unsigned count, whole;
};

static void look_at(void *closure, const char *text)
{
    static const char before[] = "name=\"mail\"\r\n\r\n", behind[] = "\r\n--";
    struct arrival *arrival = closure;
    size_t length = strlen(text);
    const char *field = strstr(text, before);

    arrival->count++;
    if (field && text[0] == '-') {
        field += strlen(before);
        length -= (size_t)(field - text);
        if (length < arrival->length + strlen(behind) ||
            strncmp(field + arrival->length, behind, strlen(behind)) != 0)
            return;
        length = arrival->length;
        text = field;
    }
    arrival->whole +=
        length == arrival->length && memcmp(text, arrival->bytes, length) == 0;
}

static void try_sink(struct box *box, enum sink_kind kind)
{
    struct arrival arrival = {.length = large_bytes()};
    struct sink *sink = sink_start(kind);
    char *bytes = make_large(arrival.length);
    char *target = mem_format(kind == SINK_HTTP ? "http://127.0.0.1:%d/" : "127.0.0.1:%d",
                              sink_port(sink));

    box_set(box, "ingest.deliver", kind == SINK_HTTP ? "http" : "lmtp");
    box_set(box, "ingest.target", target);
    serve_large(box, bytes, arrival.length);
    arrival.bytes = bytes;
    sink_each(sink, look_at, &arrival);
    assert_int_equal(arrival.count, 2);
    assert_int_equal(arrival.whole, 1);
    sink_stop(&sink);
    free(target);
    free(bytes);
}

static void test_a_large_message_by_http(void **state)
{
    try_sink(*state, SINK_HTTP);
}

static void test_a_large_message_in_a_field_of_a_form(void **state)
{
    box_set(*state, "ingest.http_message_field", "mail");
    try_sink(*state, SINK_HTTP);
}

static void test_a_large_message_by_lmtp(void **state)
{
    box_set(*state, "ingest.recipient", "support@example.org");
    try_sink(*state, SINK_LMTP);
}

/* ---- Many messages ----------------------------------------------------------------- */

/* A file of the server's user. */
static void write_message(const struct box *box, const char *path)
{
    static const char text[] = "Subject: many\r\n\r\nHello.\r\n";
    char *root = box_server_path(box, "");
    FILE *file = fopen(path, "w");
    struct stat owner;

    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, sizeof text - 1, file), sizeof text - 1);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(stat(root, &owner), 0);
    assert_int_equal(chown(path, owner.st_uid, owner.st_gid), 0);
    free(root);
}

/* Past the server, which would take minutes: the same file under many names.  The last
 * UNREAD of those that are seen are not. */
static void fill(const struct box *box, unsigned count, bool seen)
{
    char *first = box_server_path(box, "/tmp/one");
    char *root = box_server_path(box, "");

    for (unsigned i = 0; i < count; i++) {
        bool is_unread = !seen || i + UNREAD >= count;
        char *name = mem_format("%s/cur/1795880000.M%uP1.test:2,%s", root, i,
                                is_unread ? "" : "S");

        if (i % LINKS_MAX == 0) {
            unlink(first);
            write_message(box, first);
        }
        assert_int_equal(link(first, name), 0);
        free(name);
    }
    unlink(first);
    free(first);
    free(root);
}

static long serve_once_more(struct box *box, const char *what, unsigned count)
{
    int64_t since = clock_now_ms();
    long peak;

    box_start(box);
    running_wait(box->ingest, "event=done");
    peak = running_peak(box->ingest);
    print_figures(box, what, since, peak, peak);
    box_stop(box);
    assert_int_equal(box_delivered(box), count);
    return peak;
}

static void test_a_folder_of_many_with_a_few_unread(void **state)
{
    struct box *box = *state;

    box_save(box);
    fill(box, many_messages(), true);
    serve_once_more(box, "many seen, 50 unread", UNREAD);
}

/* For each message that waits no more than its UID is kept. */
static void test_a_folder_of_many_unread(void **state)
{
    struct box *box = *state;
    unsigned many = many_messages();
    long few_kb, many_kb, most;

    box_save(box);
    peer_mail_many(box->peer, "INBOX", "", "few", UNREAD, 0);
    few_kb = serve_once_more(box, "50 unread", UNREAD);
    if (box->kind->traits & KIND_CYRUS)
        peer_mail_many(box->peer, "INBOX", "", "many", many, 0);
    else
        fill(box, many, false);
    many_kb = serve_once_more(box, "all unread", UNREAD + many);
    most = few_kb + GROWTH_KB + (long)(many / 1024 * 200);
    if (many_kb > most)
        fail_msg("%ld kB for %u messages, %ld kB for %u", many_kb, many, few_kb, UNREAD);
    assert_int_equal(peer_search(box->peer, "INBOX", "UNSEEN", NULL), 0);
}

int main(void)
{
    static const struct box_case cases[] = {
        {.name = "test_a_large_message_to_a_maildir",
         .test = test_a_large_message_to_a_maildir,
         .without = KIND_NO_MOVE | KIND_NO_IDLE},
        {.name = "test_a_large_message_to_a_command",
         .test = test_a_large_message_to_a_command,
         .only = &box_kinds[0]},
        {.name = "test_a_large_message_by_http",
         .test = test_a_large_message_by_http,
         .only = &box_kinds[0]},
        {.name = "test_a_large_message_in_a_field_of_a_form",
         .test = test_a_large_message_in_a_field_of_a_form,
         .only = &box_kinds[0]},
        {.name = "test_a_large_message_by_lmtp",
         .test = test_a_large_message_by_lmtp,
         .only = &box_kinds[0]},
        {.name = "test_a_folder_of_many_with_a_few_unread",
         .test = test_a_folder_of_many_with_a_few_unread,
         .only = &box_kinds[0]},
        {.name = "test_a_folder_of_many_unread",
         .test = test_a_folder_of_many_unread,
         .without = KIND_NO_MOVE | KIND_NO_IDLE},
    };

    return box_run_cases("ingest: large", cases, sizeof cases / sizeof *cases);
}
