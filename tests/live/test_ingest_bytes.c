/*
 * Messages byte for byte: what is delivered is what the server gives another client, and,
 * where the server keeps it, what was put there.
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
#include "base/mem.h"
#include "live/box.h"

#define LONG_LINE 100000
#define MANY      40

struct sample {
    const char *name;
    const char *bytes;
    size_t length;
    bool is_kept; /* every server gives back what it was given */
};

#define SAMPLE(name, text, kept)                                                         \
    {                                                                                    \
        name, text, sizeof(text) - 1, kept                                               \
    }

static const struct sample samples[] = {
    SAMPLE("plain", "Subject: a\r\n\r\nbody\r\n", true),
    SAMPLE("utf-8",
           "Subject: Gr\u00fc\u00dfe \u2709\r\n\r\n\u00e4\u00f6\u00fc \U0001f4e7\r\n",
           true),
    SAMPLE("eight bits in the head",
           "Subject: Gr\xfc\xdf\x65\r\nX-Odd: \x80\xff\r\n\r\nx\r\n", true),
    SAMPLE("eight bits in the body", "Subject: a\r\n\r\n\x80\x81\xfe\xff\xc3(\r\n", true),
    SAMPLE("no newline at the end", "Subject: a\r\n\r\nbody", true),
    SAMPLE("only a head", "Subject: a\r\nFrom: b@example.org\r\n\r\n", true),
    SAMPLE("only a head, without its end", "Subject: a\r\n", false),
    SAMPLE("lines of dots", "Subject: a\r\n\r\n.\r\n..\r\n.x\r\n\r\n.\r\n", true),
    SAMPLE("like an answer",
           "Subject: a\r\n\r\n)\r\n* 1 FETCH (BODY[] {5}\r\na1 OK done\r\n+ \r\n", true),
    SAMPLE("control letters",
           "Subject: \x1b[31m\a\r\n\r\n\x01\x02\x7f\x1b]0;x\a\f\v\t\r\n", true),
    SAMPLE("blanks at the ends", "Subject:  a \t \r\n\r\n  x  \t\r\n \r\n\r\n\r\n", true),
    SAMPLE("bare CR", "Subject: a\r\n\r\none\rtwo\r\r\nthree\r\n", false),
    SAMPLE("bare LF", "Subject: a\r\n\r\none\ntwo\n\r\nthree\r\n", false),
    SAMPLE("LF alone", "Subject: a\nFrom: b@example.org\n\nbody\n", false),
    SAMPLE("From at the start of a line", "Subject: a\r\n\r\nFrom here on\r\n>From\r\n",
           true),
};
enum { SAMPLES = sizeof samples / sizeof *samples };

static void run_and_expect(struct box *box, unsigned count)
{
    box_run(box, 0);
    assert_int_equal(box_delivered(box), count);
}

/* A file's name has the UID: "UIDVALIDITY.UID_…" (ingest/deliver/maildir.c). */
static char *delivered(const struct box *box, uint32_t uid, size_t *length)
{
    char **names = scratch_names(&box->live->scratch, "mail/new");
    char part[16], *bytes = NULL;

    snprintf(part, sizeof part, ".%010u_", (unsigned)uid);
    for (size_t i = 0; names[i] && !bytes; i++)
        if (strstr(names[i], part)) {
            char *path = mem_format("mail/new/%s", names[i]);

            bytes = scratch_read(&box->live->scratch, path, length);
            free(path);
        }
    argv_free(&names);
    assert_non_null(bytes);
    return bytes;
}

static void same(const char *name, const char *what, const char *bytes, size_t length,
                 const char *wanted, size_t wanted_length)
{
    size_t at = 0;

    while (at < length && at < wanted_length && bytes[at] == wanted[at])
        at++;
    if (at != length || at != wanted_length)
        fail_msg("%s: %s: %zu bytes, not %zu; they differ at %zu", name, what, length,
                 wanted_length, at);
}

/* As another client sees it, over a connection of its own. */
static void check_against_peer(const struct box *box, const char *name, uint32_t uid)
{
    size_t length, theirs_length;
    char *ours = delivered(box, uid, &length);
    char *theirs = peer_fetch(&box->place, "INBOX", uid, &theirs_length);

    same(name, "beside another client's", ours, length, theirs, theirs_length);
    free(ours);
    free(theirs);
}

static void check_against_source(const struct box *box, const struct sample *sample,
                                 uint32_t uid)
{
    size_t length;
    char *ours = delivered(box, uid, &length);

    same(sample->name, "beside what was put there", ours, length, sample->bytes,
         sample->length);
    free(ours);
}

/* Cyrus does not take what is no message to it. */
static void test_messages_are_the_same_bytes(void **state)
{
    struct box *box = *state;
    uint32_t uids[SAMPLES] = {0}, next = 0;

    box_save(box);
    for (size_t i = 0; i < SAMPLES; i++) {
        bool taken =
            peer_try_append(box->peer, "INBOX", "", samples[i].bytes, samples[i].length);

        if (taken)
            uids[i] = ++next;
        else if (samples[i].is_kept || !(box->kind->traits & KIND_CYRUS))
            fail_msg("%s: the server does not take it", samples[i].name);
    }
    run_and_expect(box, next);
    for (size_t i = 0; i < SAMPLES; i++) {
        if (uids[i] == 0)
            continue;
        check_against_peer(box, samples[i].name, uids[i]);
        if (samples[i].is_kept)
            check_against_source(box, &samples[i], uids[i]);
    }
}

static void test_a_line_of_any_length_is_the_same_bytes(void **state)
{
    static const char head[] = "Subject: a\r\nX-Long: ";
    struct box *box = *state;
    size_t length = sizeof head - 1 + 2 * LONG_LINE + 6;
    char *bytes = mem_new(length + 1, 1);
    struct sample sample = {"a line of any length", bytes, length, true};

    memset(bytes, 'x', length);
    memcpy(bytes, head, sizeof head - 1);
    memcpy(bytes + sizeof head - 1 + LONG_LINE, "\r\n\r\n", 4);
    memcpy(bytes + length - 2, "\r\n", 2);
    box_save(box);
    peer_append(box->peer, "INBOX", "", bytes, length);
    run_and_expect(box, 1);
    check_against_peer(box, sample.name, 1);
    check_against_source(box, &sample, 1);
    free(bytes);
}

/* Past the server, as an old message or another program may have left it. */
static void put_file(const struct box *box, const char *name, const char *bytes,
                     size_t length)
{
    char *below = mem_format("/new/%s", name);
    char *path = box_server_path(box, below);
    char *root = box_server_path(box, "");
    FILE *file = fopen(path, "w");
    struct stat owner;

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(stat(root, &owner), 0);
    assert_int_equal(chown(path, owner.st_uid, owner.st_gid), 0);
    free(root);
    free(path);
    free(below);
}

/* No server takes a NUL (RFC 3501 4.3.1); what Dovecot makes of one that is there is what
 * every client gets. */
static void test_what_lies_in_the_store_is_as_others_see_it(void **state)
{
    static const struct sample files[] = {
        SAMPLE("NUL", "Subject: a\0b\r\n\r\none\0two\0\0\r\n\0", false),
        SAMPLE("LF", "Subject: a\n\nbody\n.\n", false),
        SAMPLE("nothing but NUL", "\0\0\0", false),
        SAMPLE("CR", "Subject: a\r\r\n\r\nb\r", false),
        SAMPLE("no head", "\n\n\nbody", false),
        SAMPLE("no message", "x", false),
    };
    enum { FILES = sizeof files / sizeof *files };
    struct box *box = *state;

    box_save(box);
    for (size_t i = 0; i < FILES; i++) {
        char name[64];

        snprintf(name, sizeof name, "179588000%zu.M1P1.test", i);
        put_file(box, name, files[i].bytes, files[i].length);
        /* One after the other, so that UIDs are known. */
        assert_int_equal(peer_search(box->peer, "INBOX", "ALL", NULL), i + 1);
    }
    run_and_expect(box, FILES);
    for (size_t i = 0; i < FILES; i++)
        check_against_peer(box, files[i].name, (uint32_t)i + 1);
}

/* Answers with many bodies one behind the other. */
static void test_many_messages_are_not_mixed_up(void **state)
{
    struct box *box = *state;

    box_save(box);
    for (unsigned i = 0; i < MANY; i++) {
        char subject[16];

        snprintf(subject, sizeof subject, "m%u", i);
        peer_mail_many(box->peer, "INBOX", "", subject, 1, 200 + i * 97);
    }
    run_and_expect(box, MANY);
    for (uint32_t uid = 1; uid <= MANY; uid += 3)
        check_against_peer(box, "many", uid);
}

int main(void)
{
    static const struct box_case cases[] = {
        {.name = "test_messages_are_the_same_bytes",
         .test = test_messages_are_the_same_bytes,
         .without = KIND_NO_MOVE | KIND_NO_IDLE},
        {.name = "test_a_line_of_any_length_is_the_same_bytes",
         .test = test_a_line_of_any_length_is_the_same_bytes,
         .without = KIND_NO_MOVE | KIND_NO_IDLE},
        {.name = "test_many_messages_are_not_mixed_up",
         .test = test_many_messages_are_not_mixed_up,
         .without = KIND_NO_MOVE | KIND_NO_IDLE},
        {.name = "test_what_lies_in_the_store_is_as_others_see_it",
         .test = test_what_lies_in_the_store_is_as_others_see_it,
         .only = &box_kinds[0]},
    };

    return box_run_cases("ingest: bytes", cases, sizeof cases / sizeof *cases);
}
