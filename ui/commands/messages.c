#include "ui/commands/command.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/owner.h"
#include "base/text.h"
#include "ingest/bell.h"
#include "ingest/ledger_view.h"
#include "ingest/overview.h"
#include "ui/charset.h"
#include "ui/commands/ago.h"
#include "ui/commands/json_output.h"
#include "ui/exit_status.h"
#include "ui/plain/lines.h"

#define COLUMNS        80
#define LIMIT_FOR_EYES 200 /* messages, where nothing else was asked for */
#define ID_COLUMN      53

/* What the command works on: the mailbox exists, and root is its directory's owner. */
struct desk {
    const struct options *options;
    const struct mailbox *mailbox;
    const char *directory; /* STATE/NAME */
    time_t now;
};

/* ---- The list ---------------------------------------------------------------------- */

struct listing {
    const struct desk *desk;
    uint32_t uid_validity;
    bool is_ascii;
    uint64_t count;
};

static json_t *json_of_time(time_t when)
{
    char text[32];

    if (!when)
        return json_null();
    clock_format_utc(when, text, sizeof text);
    return json_string(text);
}

/* "" is null. */
static json_t *json_of_text(const char *text)
{
    return text[0] ? json_string(text) : json_null();
}

/* Members of one array, a line each, so that a long ledger is in no memory whole. */
static bool print_json(void *closure, const struct ledger_line *line)
{
    struct listing *listing = closure;
    json_t *object = json_pack(
        "{s:I, s:I, s:s, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "uid",
        (json_int_t)line->uid, "uid_validity", (json_int_t)listing->uid_validity, "state",
        line->state, "attempts", (json_int_t)line->attempts, "size",
        (json_int_t)line->size, "message_id", json_of_text(line->message_id), "settled",
        json_of_text(line->settled), "error", json_of_text(line->last_error), "first_at",
        json_of_time(line->first_at), "last_at", json_of_time(line->last_at));

    fputs(listing->count++ ? ",\n" : "\n", stdout);
    json_dumpf(object, stdout, 0);
    json_decref(object);
    return !ferror(stdout);
}

static void put_size(uint64_t bytes, char out[16])
{
    static const char *const units[] = {"B", "kB", "MB", "GB"};
    size_t unit = 0;

    for (; bytes >= 10000 && unit < 3; unit++)
        bytes /= 1000;
    snprintf(out, 16, "%u %s", (unsigned)bytes, units[unit]);
}

static void print_heading(void)
{
    printf("%10s  %-10s  %5s  %7s  %-11s  %s\n", _("UID"), _("STATE"), _("TRIES"),
           _("SIZE"), _("LAST"), _("MESSAGE-ID"));
}

/* The last error, below its message. */
static void add_error(struct buf *out, const char *text)
{
    size_t length, skip;

    for (const char *sign = "! "; *text; text += length + skip, sign = "  ") {
        length = text_wrap(text, COLUMNS - 14, &skip);
        if (length + skip == 0)
            break;
        buf_add_format(out, "%12s%s%.*s\n", "", sign, (int)length, text);
    }
}

static bool print_line(void *closure, const struct ledger_line *line)
{
    struct listing *listing = closure;
    char size[16], last[AGO_MAX];
    size_t fits = strlen(line->message_id);
    bool is_cut = text_width(line->message_id) > COLUMNS - ID_COLUMN;
    struct buf out;

    if (is_cut)
        fits = text_fit(line->message_id, COLUMNS - ID_COLUMN - 1, NULL);
    put_size(line->size, size);
    ago_instant(line->last_at, listing->desk->now, last);
    buf_init(&out, 16 * 1024);
    buf_add_format(&out, "%10" PRIu32 "  %-10s  %5u  %7s  %-11s  %.*s%s\n", line->uid,
                   line->state, line->attempts, size, last, (int)fits, line->message_id,
                   is_cut ? "…" : "");
    if (strcmp(line->state, "delivered") != 0)
        add_error(&out, line->last_error);
    charset_print_take(stdout, buf_take(&out), listing->is_ascii);
    listing->count++;
    return !ferror(stdout);
}

static bool read_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;

    errno = 0;
    *number = strtoull(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 &&
           *number <= most;
}

static void say_what_is_not_shown(const struct desk *desk, uint64_t left_out,
                                  const struct ledger_counts *counts)
{
    const char *state = desk->options->state;

    if (left_out > 0)
        fprintf(stderr,
                _("%" PRIu64 " older ones are not shown: letterbox messages %s%s%s "
                  "--limit 0\n"),
                left_out, desk->mailbox->name, state ? " --state " : "",
                state ? state : "");
    if (counts->earlier > 0)
        fprintf(stderr,
                _("%" PRIu64 " of another mailbox or folder, or from before the server "
                  "numbered anew, are not shown.\n"),
                counts->earlier);
}

static int list_of(const struct desk *desk, struct ledger_view *view, uint64_t limit)
{
    const struct options *options = desk->options;
    struct listing listing = {.desk = desk,
                              .uid_validity = ledger_view_uid_validity(view),
                              .is_ascii = charset_is_ascii(options->ascii)};
    struct ledger_counts counts = {0};
    struct err err = ERR_INIT;
    uint64_t left_out = 0;
    bool done;

    if (options->json)
        putchar('[');
    else
        print_heading();
    done = ledger_view_list(view, options->state, limit, &left_out,
                            options->json ? print_json : print_line, &listing, &err) &&
           ledger_view_count(view, &counts, &err);
    if (options->json)
        puts(listing.count ? "\n]" : "]");
    if (!done)
        return command_fail(&err);
    say_what_is_not_shown(desk, left_out, &counts);
    return EXIT_DONE;
}

static int list(const struct desk *desk)
{
    const struct options *options = desk->options;
    uint64_t limit = options->json ? 0 : LIMIT_FOR_EYES;
    struct err err = ERR_INIT;
    struct ledger_view *view;
    int status;

    if (options->limit && !read_number(options->limit, INT64_MAX, &limit))
        return command_usage(&command_messages, _("--limit wants a number."));
    if (options->state && !ledger_view_knows_state(options->state))
        return command_usage(
            &command_messages,
            _("--state is delivering, deferred, delivered, refused or again."));
    view = ledger_view_open(desk->directory, LEDGER_VIEW_READ, &err);
    if (!view && err_is_set(&err))
        return command_fail(&err);
    if (view) {
        status = list_of(desk, view, limit);
        ledger_view_close(&view);
        return status;
    }
    if (options->json)
        puts("[]");
    fprintf(stderr, _("No ingest has written to %s yet.\n"), desk->directory);
    return EXIT_DONE;
}

/* ---- Putting back ------------------------------------------------------------------ */

/* The longest that a connected ingest goes without a look (ingest/waiting.c). */
#define LOOK_S (9 * 60)

/* For trouble to pass, for a person, or for its turn. */
static bool is_outside(const struct state *state)
{
    return state->phase == STATE_WAITING || state->phase == STATE_PARKED;
}

/* Of one that has no bell: an earlier letterbox, or --once. */
static void say_next_look(const struct settings *settings)
{
    bool idle = settings_switch(settings, SET_INGEST_IDLE);
    int seconds = settings_number(settings, SET_INGEST_POLL_SECONDS, 60);
    char span[AGO_MAX];

    ago_span(idle ? LOOK_S : seconds, span);
    printf(_("It is taken at the next look: within %s by an ingest that runs all day, or "
             "by the next ingest.\n"),
           span);
}

static void say_when(const struct desk *desk, bool is_heard)
{
    const char *name = desk->mailbox->name;
    struct state state;

    if (!state_read(desk->directory, &state, NULL) || !state.is_alive)
        printf(_("The next ingest takes it: letterbox ingest %s\n"), name);
    else if (is_outside(&state))
        printf(_("The running ingest takes it when it tries next, which letterbox status "
                 "%s says.\n"),
               name);
    else if (is_heard)
        puts(_("The running ingest takes it now."));
    else
        say_next_look(&desk->mailbox->settings);
}

/* On standard error, wrapped; frees it. */
static void say_take(char *text)
{
    lines_print(0, text);
    free(text);
}

/* Where refused messages went, and the way to try them all the same. */
static void say_moved(const struct desk *desk, uint64_t count)
{
    const struct settings *settings = &desk->mailbox->settings;
    const char *there = settings_text(settings, SET_INGEST_FAILURE_FOLDER);
    const char *here = settings_text(settings, SET_MAILBOX_FOLDER);

    say_take(mem_format(
        ngettext(
            "%" PRIu64 " message was moved to the folder \"%s\" when it was refused, "
            "and has another UID there. To have it tried again, move it back to "
            "\"%s\" in a mail program and mark it as unread: it comes as a new one.",
            "%" PRIu64 " messages were moved to the folder \"%s\" when they were "
            "refused, and have other UIDs there. To have them tried again, move them "
            "back to \"%s\" in a mail program and mark them as unread: they come as "
            "new ones.",
            (unsigned long)count),
        count, there[0] ? there : "?", here));
}

static void say_deleted(uint64_t count)
{
    say_take(mem_format(
        ngettext("%" PRIu64 " message was deleted from the mailbox when it was refused: "
                 "nothing of it is left to try again.",
                 "%" PRIu64 " messages were deleted from the mailbox when they were "
                 "refused: nothing of them is left to try again.",
                 (unsigned long)count),
        count));
}

static json_t *json_of_retries(const struct desk *desk,
                               const struct ledger_retries *retries)
{
    return json_pack("{s:s, s:I, s:I, s:I}", "mailbox", desk->mailbox->name, "put_back",
                     (json_int_t)retries->done, "moved", (json_int_t)retries->moved,
                     "deleted", (json_int_t)retries->deleted);
}

static void tell_retries(const struct desk *desk, const struct ledger_retries *retries)
{
    bool is_heard = retries->done > 0 && bell_ring(desk->directory);

    if (desk->options->json) {
        json_print(json_of_retries(desk, retries));
    } else if (retries->done == 0) {
        puts(_("Nothing was put back."));
    } else {
        printf(ngettext("%" PRIu64 " message is put back.\n",
                        "%" PRIu64 " messages are put back.\n",
                        (unsigned long)retries->done),
               retries->done);
        say_when(desk, is_heard);
    }
    if (retries->moved > 0)
        say_moved(desk, retries->moved);
    if (retries->deleted > 0)
        say_deleted(retries->deleted);
}

/* One that was not put back though it is there: that is no failure. */
static void say_needless(uint64_t uid, enum ledger_retry outcome)
{
    if (outcome == LEDGER_RETRY_DELIVERED)
        fprintf(stderr, _("UID %" PRIu64 " is delivered; it is not tried again.\n"), uid);
    else
        fprintf(stderr, _("UID %" PRIu64 " is going to be tried anyway.\n"), uid);
}

static int retry_one(const struct desk *desk, struct ledger_view *view, uint64_t uid)
{
    struct ledger_retries retries = {0};
    struct err err = ERR_INIT;
    enum ledger_retry outcome;

    if (!ledger_view_retry(view, (uint32_t)uid, &outcome, &err))
        return command_fail(&err);
    switch (outcome) {
    case LEDGER_RETRY_DONE:
        retries.done = 1;
        break;
    case LEDGER_RETRY_MOVED:
        retries.moved = 1;
        break;
    case LEDGER_RETRY_DELETED:
        retries.deleted = 1;
        break;
    case LEDGER_RETRY_WAITING:
    case LEDGER_RETRY_DELIVERED:
        say_needless(uid, outcome);
        break;
    case LEDGER_RETRY_UNKNOWN:
        err_set(&err, ERR_USAGE,
                _("The ledger of %s has no message with the UID %" PRIu64 "."),
                desk->mailbox->name, uid);
        return command_fail(&err);
    }
    tell_retries(desk, &retries);
    return retries.moved + retries.deleted > 0 ? EXIT_SERVER : EXIT_DONE;
}

static int retry_all(const struct desk *desk, struct ledger_view *view)
{
    struct ledger_retries retries;
    struct err err = ERR_INIT;

    if (!ledger_view_retry_all(view, &retries, &err))
        return command_fail(&err);
    tell_retries(desk, &retries);
    return EXIT_DONE;
}

static int retry(const struct desk *desk)
{
    const struct options *options = desk->options;
    bool all = strcmp(options->retry, "all") == 0;
    struct err err = ERR_INIT;
    struct ledger_view *view;
    uint64_t uid = 0;
    int status;

    if (!all && (!read_number(options->retry, UINT32_MAX, &uid) || uid == 0))
        return command_usage(&command_messages,
                             _("--retry wants a UID, as the list has it, or all."));
    view = ledger_view_open(desk->directory, LEDGER_VIEW_CHANGE, &err);
    if (!view && !err_is_set(&err))
        err_set(&err, ERR_USAGE, _("No ingest has written to %s yet."), desk->directory);
    if (!view)
        return command_fail(&err);
    status = all ? retry_all(desk, view) : retry_one(desk, view, uid);
    ledger_view_close(&view);
    return status;
}

/* ---- The command ------------------------------------------------------------------- */

static int work(const struct desk *desk)
{
    struct err err = ERR_INIT;
    struct owner owner;
    int status;

    if (!owner_enter(&owner, desk->directory, &err))
        return command_fail(&err);
    status = desk->options->retry ? retry(desk) : list(desk);
    owner_leave(&owner);
    return status;
}

static int run(const struct options *options, struct store *store)
{
    struct desk desk = {.options = options, .now = time(NULL)};
    struct err err = ERR_INIT;
    struct mailbox *mailbox;
    char *directory;
    int status;

    if (options->word_count != 1)
        return command_usage(&command_messages,
                             _("messages wants the NAME of a mailbox."));
    if (options->retry && (options->state || options->limit))
        return command_usage(&command_messages,
                             _("--retry goes with neither --state nor --limit."));
    mailbox = store_load_mailbox(store, options->words[0], &err);
    if (!mailbox)
        return command_fail(&err);
    directory = mem_format("%s/%s", store_state_dir(store), mailbox->name);
    desk.mailbox = mailbox;
    desk.directory = directory;
    status = work(&desk);
    free(directory);
    mailbox_free(&mailbox);
    return status;
}

const struct command command_messages = {
    .name = "messages",
    .usage = "NAME [--state STATE] [--limit N] [--json] [--retry UID|all]",
    .summary = N_("what became of each message of a mailbox"),
    .more = N_(
        "The ledger of the ingest, the newest last: UID, state, how often it was tried,\n"
        "size, when last, Message-ID, and why it was refused or put off. To a person it\n"
        "shows the newest 200. --retry puts a refused message back, or all of them; an\n"
        "ingest that runs meanwhile takes them at once."),
    .options = OPTION_JSON | OPTION_ASCII | OPTION_STATE | OPTION_LIMIT | OPTION_RETRY,
    .most_words = 1,
    .run = run,
};
