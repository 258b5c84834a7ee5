/* The questions a wizard asks before it does what cannot be meant lightly. */
#include "wizard/wizard_state.h"

#include <stdio.h>
#include <string.h>

#include "base/i18n.h"
#include "wizard/entra.h"

const struct preset_cloud *wizard_better_scope(const struct wizard *wizard)
{
    const struct preset_exchange *exchange = wizard->context->exchange;
    const char *scope = settings_text(&wizard->settings, SET_OAUTH_SCOPE);

    if (!settings_is(&wizard->settings, SET_AUTH_METHOD, "oauth") ||
        !entra_scope_is_delegated(exchange, scope))
        return NULL;
    return entra_cloud(wizard->context, &wizard->settings);
}

void wizard_put_scope(struct wizard *wizard, const struct preset_cloud *cloud)
{
    settings_set(&wizard->settings, SET_OAUTH_SCOPE, cloud->scope);
    wizard->touched[SET_OAUTH_SCOPE] = false;
}

static void ask(struct wizard *wizard, enum question_id id, const struct choice *choices,
                size_t count)
{
    struct question *question = &wizard->question;

    question->id = id;
    question->choice_count = count;
    question->preset = 0; /* the first choice is always the safe one */
    for (size_t i = 0; i < count; i++) {
        question->choices[i] = choices[i];
        question->choices[i].label = _(choices[i].label);
        if (choices[i].hint)
            question->choices[i].hint = _(choices[i].hint);
    }
}

void wizard_ask_scope(struct wizard *wizard)
{
    static const struct choice choices[] = {
        [ANSWER_SCOPE_WORKING] = {"use", N_("Use the working scope and test"), NULL},
        [ANSWER_SCOPE_AS_IT_IS] = {"as-it-is", N_("Test as it is"), NULL},
        [ANSWER_BACK] = {"back", N_("Back"), NULL},
    };
    const struct preset_cloud *cloud = wizard_better_scope(wizard);

    ask(wizard, QUESTION_SCOPE, choices, 3);
    snprintf(
        wizard->question.text, sizeof wizard->question.text,
        _("The Scope is for programs with a signed-in user, and Microsoft refuses it "
          "here (AADSTS1002012). The scope that works is\n%s"),
        cloud->scope);
}

void wizard_ask_leave(struct wizard *wizard)
{
    static const struct choice choices[] = {
        [ANSWER_STAY] = {"stay", N_("Stay"), NULL},
        [ANSWER_LEAVE] = {"leave", N_("Leave without saving"), NULL},
    };

    ask(wizard, QUESTION_LEAVE, choices, 2);
    snprintf(wizard->question.text, sizeof wizard->question.text, "%s",
             _("Leave without saving? What was entered here would be lost."));
}

static const char *untested_text(enum wizard_test_state state)
{
    switch (state) {
    case WIZARD_FAILED:
        return _("The test failed. Saved as it is, the ingest would most likely fail "
                 "in the same way.");
    case WIZARD_STALE:
        return _("Something was changed since the test passed.");
    case WIZARD_TESTING:
        return _("The test has not ended yet.");
    case WIZARD_UNTESTED:
    case WIZARD_PASSED:
        break;
    }
    return _("These values have not been tested yet.");
}

void wizard_ask_untested(struct wizard *wizard)
{
    static const struct choice choices[] = {
        [ANSWER_TEST_FIRST] = {"test", N_("Test first"), NULL},
        [ANSWER_SAVE_UNTESTED] = {"save", N_("Save without a passed test"), NULL},
        [ANSWER_BACK] = {"back", N_("Back"), NULL},
    };

    ask(wizard, QUESTION_UNTESTED, choices, 3);
    snprintf(wizard->question.text, sizeof wizard->question.text, "%s",
             untested_text(wizard_test_state(wizard)));
}

void wizard_ask_replace(struct wizard *wizard, const char *name)
{
    static const struct choice choices[] = {
        [ANSWER_KEEP] = {"keep", N_("Keep it, and choose another name"), NULL},
        [ANSWER_REPLACE] = {"replace", N_("Replace it"), NULL},
    };

    ask(wizard, QUESTION_REPLACE, choices, 2);
    snprintf(wizard->question.text, sizeof wizard->question.text,
             _("There is a mailbox \"%s\" already. Replace it?"), name);
}

void wizard_ask_report(struct wizard *wizard)
{
    static const struct choice choices[] = {
        [ANSWER_MASKED] = {"masked", N_("With addresses masked"), NULL},
        [ANSWER_WITH_ADDRESSES] = {"as-it-is", N_("As it is, with addresses"), NULL},
        [ANSWER_BACK] = {"back", N_("Back"), NULL},
    };

    ask(wizard, QUESTION_REPORT, choices, 3);
    snprintf(wizard->question.text, sizeof wizard->question.text, "%s",
             _("Write a report of this test to hand on? No secret and no token is in it. "
               "Mail addresses, login names and host addresses can be left out, too."));
}
