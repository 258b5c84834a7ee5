/*
 * A test and its diagnosis, for programs and for people.
 */
#ifndef LETTERBOX_ADVICE_REPORT_H
#define LETTERBOX_ADVICE_REPORT_H

#include <jansson.h>
#include <stdbool.h>

#include "advice/advice.h"

/* `letterbox test --json`: mailbox, ok, elapsed_ms, stages, token (claims, when there was
 * one), server (software, greeting, capabilities, login_capabilities, when it greeted),
 * preview, diagnosis (null when NULL).  No secret can be in it: the facts hold
 * none. */
json_t *report_json(const char *mailbox, const struct check_facts *facts,
                    const struct diagnosis *diagnosis);

/* The same for a person: UTF-8 lines, at most 90 columns; the caller's (free()). */
char *report_text(const char *mailbox, const struct check_facts *facts,
                  const struct diagnosis *diagnosis);

/* Everything that a test learnt, to hand on in a file: report_text, the commands of the
 * fixes, and the details.  `masked`: no e-mail address, login name or host address stands
 * in it, and no message of the preview.  The caller's (free()). */
char *report_full(const char *mailbox, const struct check_facts *facts,
                  const struct diagnosis *diagnosis, bool masked);

/* The commands of all fixes as one text to paste whole: who must act and what a command
 * does is a comment before it (lines that begin with "# ", a comment in PowerShell and in
 * a POSIX shell alike), and so is a link, which is no command.  NULL when no fix has one;
 * else the caller's (free()). */
char *report_commands(const struct diagnosis *diagnosis);

/* The second half of report_text: what came of it, the preview or the diagnosis, for who
 * has shown the stages already; the caller's (free()). */
char *report_outcome(const struct check_facts *facts, const struct diagnosis *diagnosis);

#endif
