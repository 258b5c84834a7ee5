/* Rules that every row of advice keeps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "advice/row.h"
#include "base/text.h"
#include "unit/advice/cases.h"

typedef void row_check(const struct advice_row *row);

static void for_each_row(row_check *check)
{
    for (const struct advice_subject *subject = advice_subjects; subject->heading;
         subject++) {
        for (size_t i = 0; i < subject->table->count; i++)
            check(&subject->table->rows[i]);
    }
}

static void test_every_code_is_unique_and_well_formed(void **state)
{
    (void)state;
    const char *const *codes;
    size_t count = advice_codes(&codes);
    assert_true(count > 150);
    for (size_t i = 0; i < count; i++) {
        const char *dot = strchr(codes[i], '.');
        if (!dot || strspn(codes[i], "abcdefghijklmnopqrstuvwxyz0123456789_.") !=
                        strlen(codes[i]))
            fail_msg("%s is not subject.what_is_wrong", codes[i]);
        for (size_t other = 0; other < i; other++) {
            if (strcmp(codes[i], codes[other]) == 0)
                fail_msg("%s stands twice", codes[i]);
        }
    }
}

static size_t row_count;

static void count_row(const struct advice_row *row)
{
    (void)row;
    row_count++;
}

static void test_the_list_of_codes_is_complete(void **state)
{
    (void)state;
    const char *const *codes;
    row_count = 0;
    for_each_row(count_row);
    assert_int_equal(advice_codes(&codes), row_count);
}

static void check_title(const struct advice_row *row)
{
    if (text_width(row->title) > 70)
        fail_msg("%s: the title is %d columns wide", row->code, text_width(row->title));
    if (row->title[strlen(row->title) - 1] == '.')
        fail_msg("%s: a title ends without a full stop", row->code);
}

static void test_every_title_is_one_short_line(void **state)
{
    (void)state;
    for_each_row(check_title);
}

static void check_text(const struct advice_row *row, const char *text)
{
    if (text && !fill_knows_all(text))
        fail_msg("%s: an unknown placeholder in: %s", row->code, text);
}

static void check_placeholders(const struct advice_row *row)
{
    check_text(row, row->title);
    check_text(row, row->means);
    for (size_t i = 0; i < ADVICE_REPAIR_MAX && row->repairs[i].value; i++)
        check_text(row, row->repairs[i].value);
    for (size_t i = 0; i < ADVICE_CAUSE_MAX; i++)
        check_text(row, row->causes[i].text);
    for (size_t i = 0; i < ADVICE_FIX_MAX; i++) {
        check_text(row, row->fixes[i].text);
        check_text(row, row->fixes[i].command);
    }
}

static void test_every_placeholder_is_known(void **state)
{
    (void)state;
    for_each_row(check_placeholders);
    for (enum advice_sign sign = SIGN_NONE + 1; sign < SIGN_COUNT; sign++)
        assert_true(fill_knows_all(sign_sentence(sign)));
}

static void check_whole(const struct advice_row *row)
{
    if (!row->means || !row->fixes[0].text)
        fail_msg("%s lacks a meaning or a fix", row->code);
    if (row->repairs[0].value && row->field == SET_NONE)
        fail_msg("%s offers a repair of no field", row->code);
    if (row->field == SET_NAME)
        fail_msg("%s names no field: say SET_NONE if it is none", row->code);
    for (size_t i = 0; i < ADVICE_FIX_MAX; i++) {
        if (row->fixes[i].text && !row->fixes[i].who)
            fail_msg("%s: nobody is named to act", row->code);
        if (row->fixes[i].command && row->fixes[i].shell == FILL_PLAIN)
            fail_msg("%s: a command needs a shell to be quoted for", row->code);
    }
}

static void test_every_row_says_what_it_means_and_who_acts(void **state)
{
    (void)state;
    for_each_row(check_whole);
}

static void test_every_sign_has_a_condition_and_a_sentence(void **state)
{
    (void)state;
    const struct advice_case c = {.stage = CHECK_STAGE_COUNT};
    struct check_facts facts;
    case_build(&c, &facts);
    for (enum advice_sign sign = SIGN_NONE + 1; sign < SIGN_COUNT; sign++) {
        assert_non_null(sign_sentence(sign));
        sign_holds(sign, &facts);
    }
    assert_false(sign_holds(SIGN_NONE, &facts));
    case_clear(&facts);
}

static bool is_reached(const char *code)
{
    for (size_t i = 0; i < advice_case_count; i++) {
        if (strcmp(advice_cases[i].code, code) == 0)
            return true;
    }
    return false;
}

/* Entra's numbers have their own table of cases, in test_diagnose.c. */
static size_t unreached;

static void check_reached(const struct advice_row *row)
{
    if (row->when.aadsts[0] || is_reached(row->code))
        return;
    print_error("no case in cases.c leads to %s\n", row->code);
    unreached++;
}

static void test_every_row_has_a_case_that_leads_to_it(void **state)
{
    (void)state;
    unreached = 0;
    for_each_row(check_reached);
    assert_int_equal(unreached, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code_is_unique_and_well_formed),
        cmocka_unit_test(test_the_list_of_codes_is_complete),
        cmocka_unit_test(test_every_title_is_one_short_line),
        cmocka_unit_test(test_every_placeholder_is_known),
        cmocka_unit_test(test_every_row_says_what_it_means_and_who_acts),
        cmocka_unit_test(test_every_sign_has_a_condition_and_a_sentence),
        cmocka_unit_test(test_every_row_has_a_case_that_leads_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
