/*
 * Good dialogues of both legs, changed at random: whatever comes of it, the real program
 * ends, with a document that parses, a failure that has a name, and nothing in it that
 * may not be shown.
 *
 * LETTERBOX_RANDOM_RUNS and LETTERBOX_RANDOM_SEED say how many and which; what fails says
 * its seed, which alone makes it again with one run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/mem.h"
#include "property/look.h"
#include "support/echo/echo.h"

#define RUNS      30
#define SAYS_MAX  8
#define TEXT_MAX  (256 * 1024)
#define EDITS_MAX 6
#define LOGGED_IN 3 /* by then every dialogue's server was sent the token */

/* ---- Chance ------------------------------------------------------------------------ */

/* xorshift64*: the same everywhere, from the same seed. */
static uint64_t chance;

static size_t pick(size_t below)
{
    chance ^= chance >> 12;
    chance ^= chance << 25;
    chance ^= chance >> 27;
    return (size_t)((chance * UINT64_C(2685821657736338717)) >> 33) % below;
}

/* ---- Dialogues --------------------------------------------------------------------- */

#define JSON_HEAD(status)                                                                \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"

static const char *const token_says[] = {
    JSON_HEAD("200 OK") "{\"token_type\":\"Bearer\",\"expires_in\":3599,\"access_token\":"
                        "\"" ECHO_TOKEN "\",\"scope\":\"imap\"}",
    JSON_HEAD("400 Bad Request") "{\"error\":\"invalid_client\",\"error_description\":"
                                 "\"AADSTS7000215: Invalid client secret provided.\","
                                 "\"error_codes\":[7000215],\"timestamp\":\"2026-11-17\","
                                 "\"trace_id\":\"a\",\"correlation_id\":\"b\"}",
    "HTTP/1.1 302 Found\r\nLocation: https://login.example.org/\r\nContent-Length: 0\r\n"
    "Connection: close\r\n\r\n",
    "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nWWW-Authenticate: Bearer error=\"x\"\r\n"
    "Date: Tue, 17 Nov 2026 10:00:00 GMT\r\nContent-Length: 5\r\n\r\nlater",
};

static const char *const imap_says[][SAYS_MAX] = {
    {"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] Lab ready\r\n",
     "$TAG OK [CAPABILITY IMAP4rev1 IDLE] in\r\n",
     "* 2 EXISTS\r\n* OK [UIDVALIDITY 7] v\r\n$TAG OK [READ-ONLY] open\r\n",
     "* SEARCH 5 9\r\n$TAG OK found\r\n",
     "* 5 FETCH (UID 5 INTERNALDATE \"17-Jul-2026 02:44:25 +0000\" "
     "BODY[HEADER.FIELDS (Subject From)] {34}\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n"
     "\r\n)\r\n$TAG OK fetched\r\n",
     "* BYE\r\n$TAG OK out\r\n"},
    {"* OK hello\r\n", "* CAPABILITY IMAP4rev1 AUTH=OAUTHBEARER\r\n$TAG OK done\r\n",
     "+ \r\n", "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n",
     "$TAG NO [AUTHENTICATIONFAILED] AUTHENTICATE failed.\r\n", "$TAG OK out\r\n"},
    {"* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=XOAUTH2] Lab ready\r\n", "$TAG OK in\r\n",
     "* CAPABILITY IMAP4rev1\r\n$TAG OK done\r\n",
     "$TAG NO [NONEXISTENT] no such folder\r\n",
     "* LIST (\\HasNoChildren) \"/\" INBOX\r\n* LIST () \"/\" \"A&AMQ-\"\r\n$TAG OK "
     "done\r\n",
     "* BYE\r\n$TAG OK out\r\n"},
};

/* ---- Changes ----------------------------------------------------------------------- */

static const char *const morsels[] = {
    "\r\n",
    "\033[2J\007",
    "\302\233",
    "\342\200\256",
    "\377\376",
    "\001",
    "{99999}\r\n",
    "{18446744073709551616}",
    "((((((((",
    "]]]]",
    "\"",
    "\\",
    "%00",
    "* BYE go\r\n",
    "* OK [ALERT] x\r\n",
    "+ \r\n",
    "$TAG BAD what\r\n",
    "$TAG OK\r\n",
    "NIL",
    "{",
    "}",
    "[",
    "null",
    "-1",
    "1e999",
    "\\u0000",
    "\\ud800",
    "AADSTS50000",
    "Transfer-Encoding: "
    "chunked\r\n",
    "Content-Length: 3\r\n",
    "HTTP/1.1 200 OK\r\n\r\n",
};

static void add_morsel(struct buf *out)
{
    if (pick(4)) {
        buf_add_text(out, morsels[pick(sizeof morsels / sizeof morsels[0])]);
        return;
    }
    for (size_t more = pick(4000), byte = 32 + pick(96); more > 0; more--)
        buf_add_char(out, (char)byte);
}

/* One place of the text: something put in, taken out, doubled or turned around. */
static char *change(char *text)
{
    size_t length = strlen(text), at = pick(length + 1), span = pick(length - at + 1);
    struct buf out;

    buf_init(&out, TEXT_MAX);
    buf_add(&out, text, at);
    switch (pick(5)) {
    case 0:
        span = 0;
        add_morsel(&out);
        break;
    case 1:
        add_morsel(&out);
        break;
    case 2:
        span = span < 16 ? span : 16;
        break;
    case 3:
        buf_add(&out, text + at, span);
        span = 0;
        break;
    default:
        span = at < length;
        if (span)
            buf_add_char(&out, (char)(1 + pick(255)));
    }
    buf_add_text(&out, text + at + span);
    free(text);
    return buf_take(&out);
}

/* Takes the text. */
static char *insert_secret(char *text, const char *secret)
{
    char *spelled = echo_write(pick(echo_count()), secret);
    size_t at = pick(strlen(text) + 1);
    char *out = mem_format("%.*s%s%s", (int)at, text, spelled, text + at);

    free(spelled);
    free(text);
    return out;
}

/* What the server that speaks was sent. */
static const char *known[2];
static size_t known_count;

/* Takes the text.  The secret comes last, so that no change makes another of it. */
static char *spoil(char *text)
{
    for (size_t edits = 1 + pick(EDITS_MAX); edits > 0; edits--)
        text = change(text);
    return pick(2) ? insert_secret(text, known[pick(known_count)]) : text;
}

/* ---- Runs -------------------------------------------------------------------------- */

struct dialogue {
    struct server_step token[8], imap[4 * SAYS_MAX];
    char *texts[SAYS_MAX + 2];
    size_t text_count;
};

static struct server_step say_step(struct dialogue *dialogue, char *text, bool has_tag)
{
    struct server_step step = {has_tag ? SERVER_DO_SAY : SERVER_DO_BYTES, text,
                               strlen(text)};

    dialogue->texts[dialogue->text_count++] = text;
    return step;
}

/* Who changes the answer may hide that there is a token in it. */
static char *say_token(void)
{
    size_t which = pick(2) ? 0 : pick(sizeof token_says / sizeof token_says[0]);
    char *text = mem_copy_text(token_says[which]), *token;

    if (pick(3))
        return text;
    token = strstr(text, ECHO_TOKEN);
    if (token)
        memset(token, 'x', strlen(ECHO_TOKEN));
    return spoil(text);
}

static char *say(const char *good)
{
    char *text = mem_copy_text(good);

    return pick(3) ? text : spoil(text);
}

/* More often than not a token comes, or the mail server would never be asked. */
static void make_dialogue(struct dialogue *dialogue)
{
    static const struct server_step tls = SERVER_TLS(CERT_GOOD), listen = SERVER_LISTEN,
                                    request = SERVER_REQUEST("*"), close = SERVER_CLOSE;
    const char *const *says = imap_says[pick(sizeof imap_says / sizeof imap_says[0])];
    size_t count = 0;

    known[0] = ECHO_SECRET;
    known[1] = ECHO_TOKEN;
    known_count = 1;
    *dialogue = (struct dialogue){.token = {tls, request}};
    dialogue->token[2] = say_step(dialogue, say_token(), false);
    dialogue->token[3] = close;
    dialogue->imap[count++] = tls;
    for (size_t i = 0; i < SAYS_MAX && says[i]; i++) {
        known_count = i < LOGGED_IN ? 1 : 2;
        dialogue->imap[count++] = say_step(dialogue, say(says[i]), true);
        dialogue->imap[count++] = listen;
    }
    dialogue->imap[count] = close;
}

static void play(uint64_t seed)
{
    static const char *const words[] = {"test",     "--answers",  "-",         "--json",
                                        "--report", "report.txt", "--verbose", NULL};
    struct dialogue dialogue;
    struct home_run run;
    struct home home;
    char what[64];

    chance = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
    snprintf(what, sizeof what, "LETTERBOX_RANDOM_SEED=%llu", (unsigned long long)seed);
    make_dialogue(&dialogue);
    home_open(&home, dialogue.token, dialogue.imap);
    json_object_set_new(home.answers, "server.timeout_seconds", json_integer(1));
    home_run(&home, &run, words);
    look_at_run(what, &run);
    json_decref(look_at_json(what, &run));
    look_at_files(what, &home);
    home_forget(&run);
    home_close(&home);
    for (size_t i = 0; i < dialogue.text_count; i++)
        free(dialogue.texts[i]);
}

static uint64_t number_of(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);

    return text ? strtoull(text, NULL, 10) : otherwise;
}

static void test_whatever_is_said_the_failure_has_a_name(void **state)
{
    uint64_t runs = number_of("LETTERBOX_RANDOM_RUNS", RUNS);
    uint64_t seed = number_of("LETTERBOX_RANDOM_SEED", 1);

    (void)state;
    for (uint64_t i = 0; i < runs; i++) {
        print_message("LETTERBOX_RANDOM_RUNS=1 LETTERBOX_RANDOM_SEED=%llu\n",
                      (unsigned long long)(seed + i));
        play(seed + i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whatever_is_said_the_failure_has_a_name),
    };

    return cmocka_run_group_tests_name("property/random", tests, NULL, NULL);
}
