/* The corpus by itself, and every case of it through the pure function. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/advice.h"
#include "advice/report.h"
#include "base/mem.h"
#include "corpus/corpus.h"
#include "corpus/expect.h"
#include "corpus/facts.h"
#include "ui/exit_status.h"

#define WRONG_MAX   ((size_t)1 << 20)
#define CASES_LEAST 500

static void compare(const struct corpus_case *the_case, const struct check_facts *facts,
                    struct buf *wrong)
{
    struct diagnosis *diagnosis = advice_diagnose(facts);
    json_t *report = report_json("support", facts, diagnosis);
    char *text = report_text("support", facts, diagnosis);

    expect_report(the_case, report, wrong);
    expect_exit(the_case, exit_status_of_diagnosis(diagnosis), wrong);
    expect_clean_json(report, wrong);
    expect_clean("report", text, wrong);
    free(text);
    json_decref(report);
    diagnosis_free(&diagnosis);
}

/* Adds what is wrong with the case, under its name. */
static void try_case(const struct corpus_case *the_case, struct buf *wrong)
{
    struct check_facts *facts;
    size_t before = wrong->length;
    struct buf found;

    if (json_is_false(json_object_get(the_case->json, "pure")))
        return;
    buf_init(&found, WRONG_MAX);
    facts = facts_of_case(the_case);
    if (facts)
        compare(the_case, facts, &found);
    else
        buf_add_text(&found, "    answers: refused; such a case is not \"pure\"\n");
    if (found.length > 0)
        buf_add_format(wrong, "%s: %s\n%s", the_case->file, the_case->name, found.data);
    assert_true(wrong->length >= before);
    buf_free(&found);
    check_facts_free(&facts);
}

static void test_every_case_leads_to_its_diagnosis_without_a_network(void **state)
{
    const struct corpus *corpus = *state;
    struct buf wrong;

    buf_init(&wrong, WRONG_MAX);
    for (size_t i = 0; i < corpus->count; i++) {
        if (corpus_case_is_named(&corpus->cases[i], getenv("LETTERBOX_CORPUS")))
            try_case(&corpus->cases[i], &wrong);
    }
    if (wrong.length > 0) {
        fputs(wrong.data, stderr);
        buf_free(&wrong);
        fail_msg("the pure function says otherwise");
    }
    buf_free(&wrong);
}

static void test_no_two_cases_have_one_name(void **state)
{
    const struct corpus *corpus = *state;

    for (size_t i = 0; i < corpus->count; i++) {
        for (size_t j = 0; j < i; j++) {
            if (strcmp(corpus->cases[i].name, corpus->cases[j].name) == 0)
                fail_msg("%s and %s both have \"%s\"", corpus->cases[j].file,
                         corpus->cases[i].file, corpus->cases[i].name);
        }
    }
}

static void test_the_corpus_has_not_shrunk(void **state)
{
    const struct corpus *corpus = *state;
    size_t failures = 0;

    for (size_t i = 0; i < corpus->count; i++)
        failures += !json_is_null(
            json_object_get(json_object_get(corpus->cases[i].json, "expect"), "code"));
    assert_in_range(failures, CASES_LEAST, 100000);
}

/* Microsoft's numbers that are known to come in answer to a token request. */
static const int numbers[] = {
    7000215, 7000222, 7000216, 7000218, 70002,  50012,  700025, 700016, 700011, 7000229,
    7000112, 70001,   1000031, 90002,   900023, 90013,  50059,  50128,  90019,  50194,
    9001023, 9002332, 90124,   90130,   90038,  900439, 900382, 900432, 90051,  500011,
    50001,   650052,  650057,  1002012, 70011,  28002,  700022, 700023, 901002, 65001,
    90094,   90008,   65005,   650056,  50105,  501051, 53003,  530032, 500021, 500022,
    50002,   900144,  90014,   9002313, 90004,  90023,  90100,  90117,  900561, 70003,
    700027,  700024,  700021,  700030,  50013,  50027,  50048,  900384, 500133, 50196,
    90055,   50000,   50033,   90006,   90012,  90024,  90033,  90090,  90091,  50034,
    50055,   50057,   50126,   50076,   50079,
};

static bool has_number(const struct corpus_case *the_case, int number)
{
    const json_t *body =
        json_object_get(json_object_get(the_case->json, "token"), "body");
    const char *description =
        json_is_string(body)
            ? json_string_value(body)
            : json_string_value(json_object_get(body, "error_description"));
    char *word = mem_format("AADSTS%d:", number);
    bool has = description && strstr(description, word);

    free(word);
    return has;
}

static void test_every_number_of_entra_has_a_case(void **state)
{
    const struct corpus *corpus = *state;

    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        bool found = false;

        for (size_t j = 0; !found && j < corpus->count; j++)
            found = has_number(&corpus->cases[j], numbers[i]);
        if (!found)
            fail_msg("no case has AADSTS%d", numbers[i]);
    }
}

static int load(void **state)
{
    *state = corpus_load(TEST_SOURCE_DIR "/tests/corpus", stderr);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    struct corpus *corpus = *state;

    corpus_free(&corpus);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_two_cases_have_one_name),
        cmocka_unit_test(test_the_corpus_has_not_shrunk),
        cmocka_unit_test(test_every_number_of_entra_has_a_case),
        cmocka_unit_test(test_every_case_leads_to_its_diagnosis_without_a_network),
    };

    return cmocka_run_group_tests_name("corpus", tests, load, unload);
}
