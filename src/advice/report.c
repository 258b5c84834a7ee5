/* The report for a person. */
#include "advice/report.h"

#include <stdlib.h>
#include <string.h>

#include "advice/details.h"
#include "advice/look.h"
#include "advice/mask.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define REPORT_MAX    (256 * 1024)
#define WRAP          80 /* columns of the diagnosis */
#define LINE          90 /* columns of a stage, and of the details */
#define COLUMN_LEG    8
#define COLUMN_WORD   12
#define COLUMN_NAME   14
#define COLUMN_MS     9
#define COLUMN_DETAIL 24

/* What is written on.  Our own words go straight into `out`; whatever came from the run
 * goes through the mask, whole, before it is wrapped. */
struct sheet {
    struct buf out;
    struct mask *mask; /* NULL: nothing is left out */
};

static void sheet_begin(struct sheet *sheet, const struct check_facts *facts, bool masked)
{
    buf_init(&sheet->out, REPORT_MAX);
    sheet->mask = masked ? mask_new(facts) : NULL;
}

static char *sheet_take(struct sheet *sheet)
{
    mask_free(&sheet->mask);
    return buf_take(&sheet->out);
}

/* What of a text may be read; the caller's. */
static char *readable(struct sheet *sheet, const char *text)
{
    return sheet->mask ? mask_text(sheet->mask, text) : mem_copy_text(text);
}

static void add_spaces(struct buf *out, int count)
{
    for (; count > 0; count--)
        buf_add_char(out, ' ');
}

/* Our own word, filled up to `columns`; at least one blank follows it. */
static void add_cell(struct buf *out, const char *text, int columns)
{
    int rest = columns - text_width(text);

    buf_add_text(out, text);
    add_spaces(out, rest > 0 ? rest : 1);
}

/* Wraps to `columns`, each line but the first behind `before`. */
static void add_lines(struct buf *out, const char *text, const char *before, int columns)
{
    size_t length, skip;
    bool first = true;

    do {
        length = text_wrap(text, columns - text_width(before), &skip);
        if (!first)
            buf_add_text(out, before);
        buf_add(out, text, length);
        buf_add_char(out, '\n');
        text += length + skip;
        first = false;
    } while (*text);
}

/* The first line follows what is there, further lines are indented. */
static void add_wrapped(struct sheet *sheet, const char *text, int indent, int columns)
{
    char *shown = readable(sheet, text);
    struct buf before;

    buf_init(&before, LINE);
    add_spaces(&before, indent);
    add_lines(&sheet->out, shown, before.data, columns);
    buf_free(&before);
    free(shown);
}

static void add_paragraph(struct sheet *sheet, const char *text, int indent)
{
    add_spaces(&sheet->out, indent);
    add_wrapped(sheet, text, indent, WRAP);
}

/* ---- Stages ---------------------------------------------------------------------- */

static const char *const marks[] = {
    [CHECK_OK] = "✓",      [CHECK_WARNED] = "!",  [CHECK_FAILED] = "✗",
    [CHECK_SKIPPED] = "·", [CHECK_STOPPED] = "·",
};

static void add_stage(struct sheet *sheet, const struct check_facts *facts,
                      enum check_stage stage, const char *leg)
{
    const struct check_step *step = &facts->steps[stage];
    enum check_state state = look_state(step);
    struct buf *out = &sheet->out, ms;

    buf_init(&ms, 32);
    if (state != CHECK_SKIPPED)
        buf_add_format(&ms, "%lld ms", (long long)(step->took_us / 1000));
    buf_add_text(out, "  ");
    add_cell(out, leg, COLUMN_LEG);
    buf_add_text(out, marks[state]);
    buf_add_char(out, ' ');
    add_cell(out, _(check_state_label(state)), COLUMN_WORD);
    if (!step->evidence[0] && ms.length == 0) {
        buf_add_format(out, "%s\n", _(check_stage_label(stage)));
    } else {
        add_cell(out, _(check_stage_label(stage)), COLUMN_NAME);
        add_spaces(out, COLUMN_MS - 2 - text_width(ms.data));
        buf_add_text(out, ms.data);
        buf_add_text(out, step->evidence[0] ? "  " : "");
        add_wrapped(sheet, step->evidence,
                    2 + COLUMN_LEG + 2 + COLUMN_WORD + COLUMN_NAME + COLUMN_MS, LINE);
    }
    buf_free(&ms);
}

static void add_stages(struct sheet *sheet, const struct check_facts *facts)
{
    const char *before = NULL;

    for (enum check_stage stage = 0; stage < CHECK_STAGE_COUNT; stage++) {
        if (!look_stage_belongs(facts, stage))
            continue;
        const char *leg = stage == CHECK_SETTINGS       ? ""
                          : check_stage_is_token(stage) ? _("token")
                                                        : _("imap");
        add_stage(sheet, facts, stage, before && strcmp(before, leg) == 0 ? "" : leg);
        before = leg;
    }
}

/* ---- What came of it ------------------------------------------------------------- */

static void add_causes(struct sheet *sheet, const struct diagnosis *diagnosis)
{
    if (diagnosis->cause_count == 0)
        return;
    buf_add_format(&sheet->out, "\n  %s\n", _("Likely causes, the likeliest first"));
    for (size_t i = 0; i < diagnosis->cause_count; i++) {
        buf_add_format(&sheet->out, "  %zu. ", i + 1);
        add_wrapped(sheet, diagnosis->causes[i].text, 5, WRAP);
        if (diagnosis->causes[i].why) {
            buf_add_text(&sheet->out, "     → ");
            add_wrapped(sheet, diagnosis->causes[i].why, 7, WRAP);
        }
    }
}

/* A command keeps its own lines, so that it can be copied as it is. */
static void add_command(struct sheet *sheet, const char *command)
{
    char *shown = readable(sheet, command), *rest = shown, *line;

    while ((line = strsep(&rest, "\n")))
        buf_add_format(&sheet->out, "      %s\n", line);
    free(shown);
}

static void add_fixes(struct sheet *sheet, const struct diagnosis *diagnosis)
{
    if (diagnosis->fix_count == 0)
        return;
    buf_add_format(&sheet->out, "\n  %s\n", _("What to do"));
    for (size_t i = 0; i < diagnosis->fix_count; i++) {
        const struct diagnosis_fix *fix = &diagnosis->fixes[i];
        char *line = mem_format("%s: %s", fix->who, fix->text);

        buf_add_text(&sheet->out, "  - ");
        add_wrapped(sheet, line, 4, WRAP);
        free(line);
        if (fix->command)
            add_command(sheet, fix->command);
    }
}

static void add_labelled(struct sheet *sheet, const char *label, const char *value)
{
    if (!value || !value[0])
        return;
    buf_add_text(&sheet->out, "  ");
    add_cell(&sheet->out, label, 17);
    add_wrapped(sheet, value, 19, WRAP);
}

/* "Put there     oauth.scope = https://…" */
static void add_repair(struct sheet *sheet, const struct diagnosis_repair *repair)
{
    char *line = mem_format("%s = %s", setting_defs[repair->field].key, repair->value);

    add_labelled(sheet, _("Put there"), line);
    free(line);
}

static void add_diagnosis(struct sheet *sheet, const struct check_facts *facts,
                          const struct diagnosis *diagnosis)
{
    struct buf *out = &sheet->out;

    buf_add_format(out, "\n%s ", diagnosis->class == ADVICE_CANCELLED ? "·" : "✗");
    add_wrapped(sheet, diagnosis->title, 2, LINE);
    add_paragraph(sheet, diagnosis->means, 2);
    if (diagnosis->said[0]) {
        buf_add_format(out, "\n  %s\n", _("The server's own words"));
        add_paragraph(sheet, diagnosis->said, 2);
    }
    add_causes(sheet, diagnosis);
    add_fixes(sheet, diagnosis);

    buf_add_char(out, '\n');
    add_labelled(sheet, _("Code"), diagnosis->code);
    add_labelled(sheet, _("Stage"), check_stage_id(diagnosis->stage));
    if (diagnosis->field != SET_NONE)
        add_labelled(sheet, _("Field"), setting_defs[diagnosis->field].key);
    for (size_t i = 0; i < diagnosis->repair_count; i++)
        add_repair(sheet, &diagnosis->repairs[i]);
    add_labelled(sheet, _("Trace ID"), facts->token.trace_id);
    add_labelled(sheet, _("Correlation ID"), facts->token.correlation_id);
    add_labelled(sheet, _("Time there"), facts->token.timestamp);
}

/* Whose mail it is stays out of a report with a mask. */
static void add_preview(struct sheet *sheet, const struct check_facts *facts)
{
    buf_add_char(&sheet->out, '\n');
    buf_add_format(
        &sheet->out,
        ngettext("  %u unread message\n", "  %u unread messages\n", facts->unread),
        (unsigned)facts->unread);
    for (size_t i = 0; i < facts->preview_count && i < CHECK_PREVIEW_MAX; i++) {
        const char *subject = facts->previews[i].subject;

        if (sheet->mask)
            continue;
        buf_add_text(&sheet->out, "  · ");
        buf_add(&sheet->out, subject, text_fit(subject, LINE - 4, NULL));
        buf_add_char(&sheet->out, '\n');
    }
}

static void add_outcome(struct sheet *sheet, const struct check_facts *facts,
                        const struct diagnosis *diagnosis)
{
    if (look_has_preview(facts))
        add_preview(sheet, facts);
    if (diagnosis)
        add_diagnosis(sheet, facts, diagnosis);
}

static void add_test(struct sheet *sheet, const char *mailbox,
                     const struct check_facts *facts, const struct diagnosis *diagnosis)
{
    long long ms = (long long)(facts->elapsed_us / 1000);

    if (mailbox && mailbox[0]) {
        char *name = readable(sheet, mailbox);

        buf_add_format(&sheet->out, "%s: ", name);
        free(name);
    }
    buf_add_format(
        &sheet->out,
        look_passed(facts) && !diagnosis ? _("the test passed in %lld.%02lld s")
        : look_is_cancelled(facts)       ? _("the test was cancelled after %lld.%02lld s")
                                         : _("the test failed after %lld.%02lld s"),
        ms / 1000, ms % 1000 / 10);
    buf_add_text(&sheet->out, "\n\n");
    add_stages(sheet, facts);
    add_outcome(sheet, facts, diagnosis);
}

char *report_text(const char *mailbox, const struct check_facts *facts,
                  const struct diagnosis *diagnosis)
{
    struct sheet sheet;

    sheet_begin(&sheet, facts, false);
    add_test(&sheet, mailbox, facts, diagnosis);
    return sheet_take(&sheet);
}

char *report_outcome(const struct check_facts *facts, const struct diagnosis *diagnosis)
{
    struct sheet sheet;

    sheet_begin(&sheet, facts, false);
    add_outcome(&sheet, facts, diagnosis);
    return sheet_take(&sheet);
}

/* ---- Commands -------------------------------------------------------------------- */

static void add_step_to_paste(struct sheet *sheet, const struct diagnosis_fix *fix)
{
    char *what = mem_format("%s: %s", fix->who, fix->text);
    char *comment = readable(sheet, what), *command = readable(sheet, fix->command);

    buf_add_text(&sheet->out, "\n# ");
    add_lines(&sheet->out, comment, "# ", WRAP);
    /* Never wrapped: a URL is followed as it is, a command run. */
    buf_add_format(&sheet->out, "%s%s\n", fix->shell == FILL_LINK ? "# " : "", command);
    free(command);
    free(comment);
    free(what);
}

/* Each behind a blank line. */
static void add_steps_to_paste(struct sheet *sheet, const struct diagnosis *diagnosis)
{
    for (size_t i = 0; diagnosis && i < diagnosis->fix_count; i++) {
        if (diagnosis->fixes[i].command)
            add_step_to_paste(sheet, &diagnosis->fixes[i]);
    }
}

char *report_commands(const struct diagnosis *diagnosis)
{
    struct sheet sheet;

    sheet_begin(&sheet, NULL, false);
    add_steps_to_paste(&sheet, diagnosis);
    buf_drop_front(&sheet.out, 1);
    if (sheet.out.length > 0)
        return sheet_take(&sheet);
    buf_free(&sheet.out);
    return NULL;
}

/* ---- The whole ------------------------------------------------------------------- */

static void add_heading(struct buf *out, const char *title)
{
    buf_add_format(out, "\n%s\n", title);
    for (int i = text_width(title); i > 0; i--)
        buf_add_char(out, '-');
    buf_add_char(out, '\n');
}

static void add_commands(struct sheet *sheet, const struct diagnosis *diagnosis)
{
    char *commands = report_commands(diagnosis);

    if (commands) {
        add_heading(&sheet->out, _("Commands, to paste"));
        add_steps_to_paste(sheet, diagnosis);
    }
    free(commands);
}

/* Where the walk over the details has come to. */
struct telling {
    struct sheet *sheet;
    int section; /* -1: before the first */
};

static void add_detail(void *closure, enum details_section section, const char *name,
                       const char *value)
{
    struct telling *telling = closure;
    struct sheet *sheet = telling->sheet;

    /* The stages stand on top. */
    if (section == DETAILS_STAGES || (section == DETAILS_PREVIEW && sheet->mask))
        return;
    if (telling->section != (int)section)
        add_heading(&sheet->out, _(details_title(section)));
    telling->section = (int)section;
    buf_add_text(&sheet->out, "  ");
    add_cell(&sheet->out, name, COLUMN_DETAIL);
    if (text_width(name) >= COLUMN_DETAIL) {
        buf_truncate(&sheet->out, sheet->out.length - 1);
        buf_add_char(&sheet->out, '\n');
        add_spaces(&sheet->out, 2 + COLUMN_DETAIL);
    }
    add_wrapped(sheet, value, 2 + COLUMN_DETAIL, LINE);
}

static void add_origin(struct sheet *sheet, const struct check_facts *facts)
{
    char when[40] = "";

    if (facts->began_at)
        clock_format_utc(facts->began_at, when, sizeof when);
    buf_add_format(&sheet->out, _("letterbox %s: report of a test%s%s"),
                   LETTERBOX_VERSION, when[0] ? ", " : "", when);
    buf_add_char(&sheet->out, '\n');
    if (sheet->mask)
        buf_add_format(&sheet->out, "%s\n",
                       _("Addresses, login names and messages are left out."));
    buf_add_char(&sheet->out, '\n');
}

char *report_full(const char *mailbox, const struct check_facts *facts,
                  const struct diagnosis *diagnosis, bool masked)
{
    struct sheet sheet;
    struct telling telling = {&sheet, -1};

    sheet_begin(&sheet, facts, masked);
    add_origin(&sheet, facts);
    add_test(&sheet, mailbox, facts, diagnosis);
    add_commands(&sheet, diagnosis);
    details_walk(facts, add_detail, &telling);
    return sheet_take(&sheet);
}
