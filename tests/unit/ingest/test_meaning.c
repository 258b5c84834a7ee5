/* ingest.statuses: what a status means where the rule is wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "ingest/deliver/meaning.h"

struct case_ {
    const char *statuses;
    long status;
    enum deliver_status rule;
    bool is_named;
    enum deliver_status wanted;
};

static const struct case_ cases[] = {
    {"", 1, DELIVER_REFUSED, false, DELIVER_REFUSED},
    {"1=later", 1, DELIVER_REFUSED, false, DELIVER_LATER},
    {"1=later", 11, DELIVER_REFUSED, false, DELIVER_REFUSED},
    {"11=later", 1, DELIVER_REFUSED, false, DELIVER_REFUSED},
    {"1=later other=hold", 1, DELIVER_REFUSED, false, DELIVER_LATER},
    {"1=later other=hold", 2, DELIVER_REFUSED, false, DELIVER_DOWN},
    /* "other" is the rest of the rule, not what it names. */
    {"other=hold", 75, DELIVER_LATER, true, DELIVER_LATER},
    {"other=hold", 0, DELIVER_DONE, true, DELIVER_DONE},
    {"75=refused", 75, DELIVER_LATER, true, DELIVER_REFUSED},
    {"200=hold", 200, DELIVER_DONE, true, DELIVER_DOWN},
    {"409=accepted", 409, DELIVER_REFUSED, false, DELIVER_DONE},
    /* What is no word of ours changes nothing. */
    {"1=perhaps", 1, DELIVER_REFUSED, false, DELIVER_REFUSED},
    {"1=\"open", 1, DELIVER_REFUSED, false, DELIVER_REFUSED},
};

static void test_the_settings_come_before_the_rule(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct case_ *it = &cases[i];
        struct settings settings;
        enum deliver_status got;

        settings_init(&settings);
        settings_set(&settings, SET_INGEST_STATUSES, it->statuses);
        got = meaning_of(&settings, it->status, it->rule, it->is_named);
        settings_free(&settings);
        if (got != it->wanted)
            fail_msg("\"%s\": %ld is %d, not %d", it->statuses, it->status, (int)got,
                     (int)it->wanted);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_settings_come_before_the_rule),
    };
    return cmocka_run_group_tests_name("ingest/meaning", tests, NULL, NULL);
}
