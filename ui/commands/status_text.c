#include "ui/commands/status_text.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"
#include "ui/commands/ago.h"

#define COLUMNS    80
#define GAP        2
#define TEXT_LIMIT (16 * 1024 * 1024)
#define CELL_MAX   (MAILBOX_NAME_MAX + 1)

static const char *const health_words[] = {
    [OVERVIEW_SERVING] = N_("serving"), [OVERVIEW_STARTING] = N_("starting"),
    [OVERVIEW_WAITING] = N_("waiting"), [OVERVIEW_PARKED] = N_("parked"),
    [OVERVIEW_STOPPED] = N_("stopped"), [OVERVIEW_FAILED] = N_("failed"),
    [OVERVIEW_DIED] = N_("died"),       [OVERVIEW_SILENT] = N_("silent"),
    [OVERVIEW_NEVER] = N_("never run"), [OVERVIEW_UNKNOWN] = N_("unknown"),
};

/* ---- Lines ------------------------------------------------------------------------- */

static void add_blanks(struct buf *out, int count)
{
    for (; count > 0; count--)
        buf_add_char(out, ' ');
}

/* Wrapped; `first` stands in front of the first line, blanks before the others. */
static void add_wrapped(struct buf *out, const char *first, const char *text)
{
    int indent = text_width(first);
    size_t length, skip;

    for (bool is_first = true; *text; text += length + skip, is_first = false) {
        length = text_wrap(text, COLUMNS - indent, &skip);
        if (length + skip == 0)
            break;
        if (is_first)
            buf_add_text(out, first);
        else
            add_blanks(out, indent);
        buf_add(out, text, length);
        buf_add_char(out, '\n');
    }
}

static void add_wrapped_take(struct buf *out, const char *first, char *text)
{
    add_wrapped(out, first, text);
    free(text);
}

/* ---- What stands in the way -------------------------------------------------------- */

#define MARK   "  ! "
#define INDENT "    "

static bool has_its_trouble(const struct overview *one)
{
    return one->health == OVERVIEW_WAITING || one->health == OVERVIEW_PARKED ||
           one->health == OVERVIEW_FAILED;
}

/* A command stands on a line of its own, where a mouse selects it. */
static void add_command(struct buf *out, const struct overview *one, const char *command)
{
    buf_add_format(out, INDENT "letterbox %s %s\n", command, one->name);
}

static void add_trouble(struct buf *out, const struct overview *one, time_t now)
{
    const struct state_trouble *trouble = &one->state.trouble;
    char when[AGO_MAX];

    if (!trouble->title[0])
        return;
    add_wrapped(out, MARK, trouble->title);
    add_wrapped(out, INDENT, trouble->fix);
    ago_instant(trouble->at, now, when);
    if (trouble->code[0]) {
        add_wrapped_take(
            out, INDENT,
            mem_format(_("%s, %s. The whole diagnosis:"), trouble->code, when));
        add_command(out, one, "test");
    } else if (trouble->field[0]) {
        add_wrapped_take(out, INDENT,
                         mem_format(_("%s, %s. To change it:"), trouble->field, when));
        add_command(out, one, "setup");
    }
}

static void add_nobody(struct buf *out, const struct overview *one, time_t now)
{
    const struct state *state = &one->state;
    char when[AGO_MAX];

    ago_instant(state->updated ? state->updated : state->since, now, when);
    if (one->health == OVERVIEW_NEVER)
        add_wrapped(out, MARK,
                    _("No ingest has served it yet. To fetch its mail, start one:"));
    else if (one->health == OVERVIEW_DIED)
        add_wrapped_take(
            out, MARK,
            mem_format(_("Its process (%ld) wrote last %s, and ended without a word: it "
                         "was killed, or the machine went down. Nothing is lost. Start "
                         "it again:"),
                       state->pid, when));
    else if (one->health == OVERVIEW_SILENT)
        add_wrapped_take(out, MARK,
                         mem_format(_("Its process (%ld) lives, but wrote last %s. End "
                                      "it and start it again; nothing is lost:"),
                                    state->pid, when));
    else
        add_wrapped_take(out, MARK,
                         mem_format(_("Nobody fetches its mail: the last ingest ended "
                                      "%s. Start one:"),
                                    when));
    add_command(out, one, "ingest");
}

static void add_expiry(struct buf *out, const struct expiry *expiry)
{
    char sentence[128];

    if (!expiry_is_near(expiry))
        return;
    expiry_sentence(expiry, sentence, sizeof sentence);
    add_wrapped(out, MARK, sentence);
}

static void add_error(struct buf *out, const struct err *err)
{
    if (err_is_set(err))
        add_wrapped(out, MARK, err->text);
}

static void add_obstacles(struct buf *out, const struct overview *one, time_t now)
{
    add_error(out, &one->settings_error);
    add_error(out, &one->state_error);
    if (!err_is_set(&one->state_error) ||
        strcmp(one->ledger_error.text, one->state_error.text) != 0)
        add_error(out, &one->ledger_error);
    if (has_its_trouble(one))
        add_trouble(out, one, now);
    if (one->care == OVERVIEW_NOBODY)
        add_nobody(out, one, now);
}

/* ---- The table --------------------------------------------------------------------- */

enum column { NAME, STATE, SUCCESS, NEXT, WAITING, REFUSED, SECRET, COLUMN_COUNT };

static const struct {
    const char *title;
    bool is_number; /* stands on the right */
} columns[COLUMN_COUNT] = {
    [NAME] = {N_("MAILBOX"), false},    [STATE] = {N_("STATE"), false},
    [SUCCESS] = {N_("LAST OK"), false}, [NEXT] = {N_("NEXT TRY"), false},
    [WAITING] = {N_("WAITING"), true},  [REFUSED] = {N_("REFUSED"), true},
    [SECRET] = {N_("SECRET"), false},
};

struct row {
    char cells[COLUMN_COUNT][CELL_MAX];
};

static void put_count(char *cell, const struct overview *one, uint64_t count)
{
    if (err_is_set(&one->ledger_error))
        snprintf(cell, CELL_MAX, "?");
    else
        snprintf(cell, CELL_MAX, "%" PRIu64, count);
}

static void put_instant(char *cell, time_t when, time_t now)
{
    char text[AGO_MAX];

    if (when)
        ago_instant(when, now, text);
    snprintf(cell, CELL_MAX, "%s", when ? text : "-");
}

/* What is planned; a time that has passed is now. */
static time_t next_try(const struct overview *one, time_t now)
{
    time_t next = one->state.is_alive ? one->state.next_try : 0;

    return next && next < now ? now : next;
}

static void fill_row(struct row *row, const struct overview *one, time_t now)
{
    char distance[64];

    snprintf(row->cells[NAME], CELL_MAX, "%s", one->name);
    snprintf(row->cells[STATE], CELL_MAX, "%s", _(health_words[one->health]));
    put_instant(row->cells[SUCCESS], one->state.last_success, now);
    put_instant(row->cells[NEXT], next_try(one, now), now);
    put_count(row->cells[WAITING], one, one->counts.waiting);
    put_count(row->cells[REFUSED], one, one->counts.refused);
    expiry_distance(&one->expiry, distance, sizeof distance);
    snprintf(row->cells[SECRET], CELL_MAX, "%.*s%s", CELL_MAX - 3,
             distance[0] ? distance : "-", expiry_is_near(&one->expiry) ? " !" : "");
}

static void fill_heading(struct row *row)
{
    for (int i = 0; i < COLUMN_COUNT; i++)
        snprintf(row->cells[i], CELL_MAX, "%s", _(columns[i].title));
}

/* Of every column but the name's, which gets what is left: a longer name has a line of
 * its own. */
static void measure(const struct row *rows, size_t count, int widths[COLUMN_COUNT])
{
    int room = COLUMNS, longest = 0;

    memset(widths, 0, COLUMN_COUNT * sizeof *widths);
    for (size_t i = 0; i < count; i++)
        for (int c = 0; c < COLUMN_COUNT; c++) {
            int width = text_width(rows[i].cells[c]);

            widths[c] = width > widths[c] ? width : widths[c];
        }
    for (int c = STATE; c < COLUMN_COUNT; c++)
        room -= widths[c] + GAP;
    for (size_t i = 0; i < count; i++) {
        int width = text_width(rows[i].cells[NAME]);

        longest = width <= room && width > longest ? width : longest;
    }
    widths[NAME] = longest;
}

static void add_cell(struct buf *out, const char *cell, int width, bool is_number,
                     bool is_last)
{
    int blanks = width - text_width(cell);

    if (is_number)
        add_blanks(out, blanks);
    buf_add_text(out, cell);
    if (!is_last)
        add_blanks(out, GAP + (is_number ? 0 : blanks));
}

static void add_row(struct buf *out, const struct row *row,
                    const int widths[COLUMN_COUNT])
{
    const char *name = row->cells[NAME];

    if (text_width(name) > widths[NAME]) {
        buf_add_format(out, "%s\n", name);
        name = "";
    }
    add_cell(out, name, widths[NAME], false, false);
    for (int c = STATE; c < COLUMN_COUNT; c++)
        add_cell(out, row->cells[c], widths[c], columns[c].is_number,
                 c == COLUMN_COUNT - 1);
    buf_add_char(out, '\n');
}

char *status_text_table(const struct overview *list, size_t count, time_t now)
{
    struct row *rows = mem_new(count + 1, sizeof *rows);
    int widths[COLUMN_COUNT];
    struct buf out;

    buf_init(&out, TEXT_LIMIT);
    fill_heading(&rows[0]);
    for (size_t i = 0; i < count; i++)
        fill_row(&rows[i + 1], &list[i], now);
    measure(rows, count + 1, widths);
    for (size_t i = 0; i <= count; i++) {
        add_row(&out, &rows[i], widths);
        if (i > 0)
            add_obstacles(&out, &list[i - 1], now);
    }
    free(rows);
    return buf_take(&out);
}

/* ---- One mailbox ------------------------------------------------------------------- */

/* "3 h ago (2026-11-28 12:41:07 UTC)" */
static char *instant_text(time_t when, time_t now)
{
    char words[AGO_MAX], text[32];

    if (!when)
        return mem_copy_text("-");
    ago_instant(when, now, words);
    clock_format_utc(when, text, sizeof text);
    return mem_format("%s (%.10s %.8s UTC)", words, text, text[0] ? text + 11 : "");
}

static void add_field(struct buf *out, const char *label, char *value)
{
    char *first = mem_format("%s%*s", label, 16 - text_width(label), "");

    add_wrapped_take(out, first, value);
    free(first);
}

static char *state_words(const struct overview *one, time_t now)
{
    const struct state *state = &one->state;
    const char *word = _(health_words[one->health]);
    char span[AGO_MAX];

    if (!state->since)
        return mem_copy_text(word);
    ago_span(now - state->since, span);
    if (!state->is_alive)
        return mem_format(_("%s, for %s"), word, span);
    return mem_format(_("%s, for %s (process %ld)"), word, span, state->pid);
}

static char *count_words(const struct overview *one)
{
    const struct ledger_counts *counts = &one->counts;

    if (err_is_set(&one->ledger_error))
        return mem_copy_text(_("not known"));
    return mem_format(
        _("%" PRIu64 " waiting, %" PRIu64 " refused, %" PRIu64 " delivered"),
        counts->waiting, counts->refused, counts->delivered);
}

static char *secret_words(const struct expiry *expiry)
{
    char distance[64];

    if (expiry->state == EXPIRY_NONE)
        return mem_copy_text("-");
    expiry_distance(expiry, distance, sizeof distance);
    return mem_format("%s (%s)", distance, expiry->day);
}

static void add_refused(struct buf *out, const struct overview *one)
{
    if (one->counts.refused == 0)
        return;
    add_wrapped_take(out, MARK,
                     mem_format(ngettext("%" PRIu64 " message was refused. Which, why, "
                                         "and how to try it again:",
                                         "%" PRIu64 " messages were refused. Which, why, "
                                         "and how to try them again:",
                                         (unsigned long)one->counts.refused),
                                one->counts.refused));
    buf_add_format(out, INDENT "letterbox messages %s --state refused\n", one->name);
}

char *status_text_page(const struct overview *one, time_t now)
{
    struct buf out;

    buf_init(&out, TEXT_LIMIT);
    add_field(&out, _("mailbox"), mem_copy_text(one->name));
    add_field(&out, _("state"), state_words(one, now));
    add_field(&out, _("last success"), instant_text(one->state.last_success, now));
    add_field(&out, _("next try"), instant_text(next_try(one, now), now));
    add_field(&out, _("messages"), count_words(one));
    add_field(&out, _("Client secret"), secret_words(&one->expiry));
    add_obstacles(&out, one, now);
    add_expiry(&out, &one->expiry);
    add_refused(&out, one);
    return buf_take(&out);
}
