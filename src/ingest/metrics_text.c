#include "ingest/metrics_text.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"

/* ---- Counters ---------------------------------------------------------------------- */

void metrics_totals_follow(struct metrics_totals *totals, const struct state *state)
{
    const unsigned counts[METRICS_RESULT_COUNT] = {
        [METRICS_DELIVERED] = state->delivered,
        [METRICS_REPEATED] = state->repeated,
        [METRICS_REFUSED] = state->refused,
        [METRICS_DEFERRED] = state->deferred,
    };

    for (int i = 0; i < METRICS_RESULT_COUNT; i++) {
        if (state->started != totals->started || counts[i] < totals->now[i])
            totals->before[i] += totals->now[i];
        totals->now[i] = counts[i];
    }
    totals->started = state->started;
}

/* ---- Lines ------------------------------------------------------------------------- */

/* A label's value: backslash, quote and newline are escaped. */
static void add_label(struct buf *out, const char *name, const char *value)
{
    buf_add_format(out, "%s=\"", name);
    for (; *value; value++) {
        if (*value == '\\' || *value == '"')
            buf_add_char(out, '\\');
        if (*value == '\n')
            buf_add_text(out, "\\n");
        else
            buf_add_char(out, *value);
    }
    buf_add_char(out, '"');
}

struct line {
    const char *family;
    const char *mailbox;
    const char *label, *value; /* NULL: no further one */
};

static void add_sample(struct buf *out, const struct line *line, int64_t value)
{
    buf_add_format(out, "letterbox_%s{", line->family);
    add_label(out, "mailbox", line->mailbox);
    if (line->label) {
        buf_add_char(out, ',');
        add_label(out, line->label, line->value);
    }
    buf_add_format(out, "} %" PRId64 "\n", value);
}

/* ---- Families ---------------------------------------------------------------------- */

struct family {
    const char *name, *type, *help; /* without "letterbox_"; English, as names are */
    void (*add)(struct buf *out, struct line *line, const struct metrics_sample *sample);
};

static void add_up(struct buf *out, struct line *line,
                   const struct metrics_sample *sample)
{
    const struct overview *one = sample->overview;

    add_sample(out, line, one->state.is_alive && one->care == OVERVIEW_WELL);
}

static void add_state(struct buf *out, struct line *line,
                      const struct metrics_sample *sample)
{
    line->label = "state";
    for (int health = OVERVIEW_SERVING; health <= OVERVIEW_UNKNOWN; health++) {
        line->value = overview_health_id((enum overview_health)health);
        add_sample(out, line, (int)sample->overview->health == health);
    }
}

static void add_trouble(struct buf *out, struct line *line,
                        const struct metrics_sample *sample)
{
    const struct state_trouble *trouble = &sample->overview->state.trouble;

    if (!trouble->title[0])
        return;
    line->label = "code";
    line->value = trouble->code[0] ? trouble->code : trouble->class;
    add_sample(out, line, 1);
}

static void add_time(struct buf *out, const struct line *line, time_t when)
{
    if (when != 0)
        add_sample(out, line, when);
}

static void add_success(struct buf *out, struct line *line,
                        const struct metrics_sample *sample)
{
    add_time(out, line, sample->overview->state.last_success);
}

static void add_next_try(struct buf *out, struct line *line,
                         const struct metrics_sample *sample)
{
    add_time(out, line, sample->overview->state.next_try);
}

static void add_updated(struct buf *out, struct line *line,
                        const struct metrics_sample *sample)
{
    add_time(out, line, sample->overview->state.updated);
}

static void add_expiry(struct buf *out, struct line *line,
                       const struct metrics_sample *sample)
{
    add_time(out, line, sample->overview->expires_at);
}

static void add_waiting(struct buf *out, struct line *line,
                        const struct metrics_sample *sample)
{
    if (!err_is_set(&sample->overview->ledger_error))
        add_sample(out, line, (int64_t)sample->overview->counts.waiting);
}

static void add_refused(struct buf *out, struct line *line,
                        const struct metrics_sample *sample)
{
    if (!err_is_set(&sample->overview->ledger_error))
        add_sample(out, line, (int64_t)sample->overview->counts.refused);
}

static void add_messages(struct buf *out, struct line *line,
                         const struct metrics_sample *sample)
{
    static const char *const results[METRICS_RESULT_COUNT] = {
        [METRICS_DELIVERED] = "delivered",
        [METRICS_REPEATED] = "repeated",
        [METRICS_REFUSED] = "refused",
        [METRICS_DEFERRED] = "deferred",
    };

    line->label = "result";
    for (int i = 0; i < METRICS_RESULT_COUNT; i++) {
        line->value = results[i];
        add_sample(out, line,
                   (int64_t)(sample->totals->before[i] + sample->totals->now[i]));
    }
}

static const struct family families[] = {
    {"mailbox_up", "gauge",
     "1 while an ingest runs that serves the mailbox, with nothing in the way.", add_up},
    {"mailbox_state", "gauge",
     "1 for the state that the mailbox is in, as letterbox status has it, else 0.",
     add_state},
    {"mailbox_trouble", "gauge",
     "1, with the diagnosis (its class where it has no code), while something stands "
     "in the way.",
     add_trouble},
    {"mailbox_last_success_timestamp_seconds", "gauge",
     "When all unread messages were last looked at.", add_success},
    {"mailbox_next_try_timestamp_seconds", "gauge",
     "When the ingest tries to reach the mailbox next.", add_next_try},
    {"mailbox_updated_timestamp_seconds", "gauge",
     "When the ingest last wrote how the mailbox stands.", add_updated},
    {"mailbox_waiting_messages", "gauge",
     "Messages that were put off or are being delivered.", add_waiting},
    {"mailbox_refused_messages", "gauge",
     "Messages that were refused for good and not put back.", add_refused},
    {"client_secret_expiry_timestamp_seconds", "gauge",
     "The day, at midnight UTC, on which the Client secret ends.", add_expiry},
    {"messages_total", "counter",
     "What became of messages: delivered, repeated, refused, deferred.", add_messages},
};

static void add_family(struct buf *out, const struct family *family,
                       const struct metrics_sample *samples, size_t count)
{
    buf_add_format(out, "# HELP letterbox_%s %s\n# TYPE letterbox_%s %s\n", family->name,
                   family->help, family->name, family->type);
    for (size_t i = 0; i < count; i++) {
        struct line line = {.family = family->name, .mailbox = samples[i].overview->name};

        family->add(out, &line, &samples[i]);
    }
}

void metrics_text_add(struct buf *out, const struct metrics_sample *samples, size_t count)
{
    buf_add_text(out, "# HELP letterbox_build_info 1, with the version.\n"
                      "# TYPE letterbox_build_info gauge\n"
                      "letterbox_build_info{version=\"" LETTERBOX_VERSION "\"} 1\n");
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        add_family(out, &families[i], samples, count);
}
