/*
 * Servers that never end, never answer, or say too much, at every place where the program
 * listens: it ends by itself, with a failure that has a name, and without much memory.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "property/look.h"
#include "support/echo/echo.h"

#define TIMES_10(text)  text text text text text text text text text text
#define TIMES_100(text) TIMES_10(TIMES_10(text))
#define A_KILOBYTE      TIMES_100("xxxxxxxxxx")

/* More than the good way takes. */
#define MORE_MEMORY_KB (48 * 1024)

#define STEPS_MAX      16

#define GREETING                                                                         \
    SERVER_SAY("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] Lab ready\r\n")
#define TOKEN                                                                            \
    "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":\"" ECHO_TOKEN "\"" \
    "}"
#define HEAD(rest)                                                                       \
    SERVER_SAY("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n" rest)

static const struct server_step good_token[] = {
    SERVER_TLS(CERT_GOOD),
    SERVER_REQUEST("*"),
    SERVER_REPLY(200, TOKEN),
    SERVER_END,
};

static const struct server_step good_imap[] = {
    SERVER_TLS(CERT_GOOD),
    GREETING,
    SERVER_LISTEN,
    SERVER_SAY("$TAG OK [CAPABILITY IMAP4rev1] in\r\n"),
    SERVER_LISTEN,
    SERVER_SAY("* 1 EXISTS\r\n$TAG OK [READ-ONLY] open\r\n"),
    SERVER_LISTEN,
    SERVER_SAY("* SEARCH 5\r\n$TAG OK found\r\n"),
    SERVER_LISTEN,
    SERVER_SAY("$TAG OK fetched\r\n"),
    SERVER_LISTEN,
    SERVER_SAY("* BYE\r\n$TAG OK out\r\n"),
    SERVER_END,
};

/* ---- Endings ----------------------------------------------------------------------- */

/* What a server says in place of an answer: a beginning, and then without end. */
struct ending {
    const char *name;
    struct server_step steps[3];
};

static const struct ending http_endings[] = {
    {"silence", {SERVER_HANG}},
    {"an endless body", {HEAD("\r\n"), SERVER_FLOOD(A_KILOBYTE)}},
    {"an endless JSON array", {HEAD("\r\n["), SERVER_FLOOD(TIMES_100("[\"a\",1],"))}},
    {"brackets without end", {HEAD("\r\n"), SERVER_FLOOD(TIMES_100("[[[[[[[[[["))}},
    {"deep brackets",
     {HEAD("Content-Length: 60000\r\n\r\n"), SERVER_REPEAT("{\"a\":", 12000),
      SERVER_END}},
    {"an endless header line", {HEAD("X: "), SERVER_FLOOD(A_KILOBYTE)}},
    {"endless headers",
     {HEAD(""), SERVER_FLOOD("Location: /a\r\nX-Y: "
                             "b\r\n")}},
    {"an endless status line", {SERVER_SAY("HTTP/1.1 200 "), SERVER_FLOOD(A_KILOBYTE)}},
    {"answers before the answer", {SERVER_FLOOD("HTTP/1.1 100 Continue\r\n\r\n")}},
    {"a slow header", {SERVER_DRIP(A_KILOBYTE A_KILOBYTE)}},
    {"a slow body", {HEAD("\r\n"), SERVER_DRIP(A_KILOBYTE A_KILOBYTE)}},
    {"an announced terabyte",
     {HEAD("Content-Length: 1099511627776\r\n\r\n{"), SERVER_HANG}},
    {"a chunk of an exabyte",
     {HEAD("Transfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n{"),
      SERVER_FLOOD(A_KILOBYTE)}},
    {"chunks without end",
     {HEAD("Transfer-Encoding: chunked\r\n\r\n"), SERVER_FLOOD("1\r\n \r\n")}},
    {"a compressed bomb",
     {HEAD("Content-Encoding: gzip\r\n\r\n"),
      SERVER_FLOOD(TIMES_100("\x1f\x8b\x08\xff\xff\xff\xff\xff\xff\x02"))}},
    {"nothing of HTTP", {SERVER_FLOOD("220 hello\r\n")}},
};

static const struct ending imap_endings[] = {
    {"silence", {SERVER_HANG}},
    {"an endless line", {SERVER_SAY("* OK "), SERVER_FLOOD(A_KILOBYTE)}},
    {"endless lines", {SERVER_FLOOD("* OK still here\r\n* 1 EXISTS\r\n")}},
    {"endless alerts", {SERVER_FLOOD("* OK [ALERT] listen\r\n* NO no\r\n")}},
    {"endless challenges", {SERVER_FLOOD("+ eyJzdGF0dXMiOiI0MDEifQ==\r\n")}},
    {"endless capabilities", {SERVER_SAY("* CAPABILITY"), SERVER_FLOOD(" IMAP4rev1")}},
    {"endless numbers", {SERVER_SAY("* SEARCH"), SERVER_FLOOD(" 4294967295 1")}},
    {"endless folders", {SERVER_FLOOD("* LIST () \"/\" \"a folder\"\r\n")}},
    {"endless messages",
     {SERVER_FLOOD("* 1 FETCH (UID 5 INTERNALDATE \"17-Jul-2026 02:44:25 +0000\")\r\n")}},
    {"a huge literal",
     {SERVER_SAY("* 1 FETCH (UID 5 BODY[HEADER.FIELDS (Subject From)] {99999999999}\r\n"),
      SERVER_FLOOD(A_KILOBYTE)}},
    {"a huge literal in a list",
     {SERVER_SAY("* LIST () \"/\" {1000000000}\r\n"), SERVER_FLOOD(A_KILOBYTE)}},
    {"deep brackets",
     {SERVER_SAY("* 1 FETCH (BODYSTRUCTURE "), SERVER_REPEAT("((((((((((", 10000),
      SERVER_END}},
    {"a slow line", {SERVER_DRIP("* OK " A_KILOBYTE A_KILOBYTE)}},
    {"binary", {SERVER_FLOOD("\x80\xff\xfe\r\n\x1b[2J\x7f")}},
    {"goodbyes without end", {SERVER_FLOOD("* BYE bye\r\n")}},
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- Runs -------------------------------------------------------------------------- */

static const char *const test_words[] = {"test", "--answers", "-", "--json", NULL};

static long good_peak_kb;

static void visit(const char *what, const struct server_step *token,
                  const struct server_step *imap, bool may_pass)
{
    struct home_run run;
    struct home home;
    json_t *document;
    bool ok;

    home_open(&home, token, imap);
    json_object_set_new(home.answers, "server.timeout_seconds", json_integer(1));
    home_run(&home, &run, test_words);
    look_at_run(what, &run);
    document = look_at_json(what, &run);
    ok = json_is_true(json_object_get(document, "ok"));
    if (ok && !may_pass)
        print_message("%s: %s", what, run.out);
    assert_true(may_pass || !ok);
    assert_true(ok || strcmp(look_code(document), "") != 0);
    if (good_peak_kb == 0)
        good_peak_kb = run.peak_kb;
    if (run.peak_kb > good_peak_kb + MORE_MEMORY_KB)
        print_message("%s: %ld KB, the good way takes %ld\n", what, run.peak_kb,
                      good_peak_kb);
    assert_true(run.peak_kb <= good_peak_kb + MORE_MEMORY_KB);
    json_decref(document);
    home_forget(&run);
    home_close(&home);
}

/* The measure for the others. */
static void test_the_good_way_is_good(void **state)
{
    (void)state;
    visit("the good way", good_token, good_imap, true);
}

/* The first `count` steps of the good script, then the ending. */
static void cut_script(struct server_step *script, const struct server_step *good,
                       size_t count, const struct ending *ending)
{
    static const struct server_step end = SERVER_END;

    assert_true(count + 4 <= STEPS_MAX);
    memcpy(script, good, count * sizeof *script);
    memcpy(script + count, ending->steps, sizeof ending->steps);
    script[count + 3] = end;
}

static void test_a_token_endpoint_without_end(void **state)
{
    struct server_step script[STEPS_MAX];
    char what[128];

    (void)state;
    for (size_t i = 0; i < COUNT(http_endings); i++) {
        cut_script(script, good_token, 2, &http_endings[i]);
        snprintf(what, sizeof what, "the token endpoint: %s", http_endings[i].name);
        visit(what, script, good_imap, false);
    }
}

static void test_a_mail_server_without_end(void **state)
{
    /* Greeting, login, folder, search, preview: the last two only warn. */
    static const size_t places[] = {1, 3, 5, 7, 9};
    struct server_step script[STEPS_MAX];
    char what[128];

    (void)state;
    for (size_t place = 0; place < COUNT(places); place++) {
        for (size_t i = 0; i < COUNT(imap_endings); i++) {
            cut_script(script, good_imap, places[place], &imap_endings[i]);
            snprintf(what, sizeof what, "the mail server at step %zu: %s", places[place],
                     imap_endings[i].name);
            visit(what, good_token, script, place >= 3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_good_way_is_good),
        cmocka_unit_test(test_a_token_endpoint_without_end),
        cmocka_unit_test(test_a_mail_server_without_end),
    };

    home_without_authorities();
    return cmocka_run_group_tests_name("property/bounds", tests, NULL, NULL);
}
