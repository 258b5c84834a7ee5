#include "force/order.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "base/mem.h"

void order_begin(struct order *order, struct force *force)
{
    *order =
        (struct order){.force = force, .disk = disk_new(force->office->scratch.path)};
}

void order_end(struct order *order)
{
    disk_free(&order->disk);
}

static void complain(struct order *order, unsigned number, const char *what)
{
    if (order->wrong[0] == '\0')
        snprintf(order->wrong, sizeof order->wrong, "message %u %s", number, what);
}

/* ---- The disk's ledger ------------------------------------------------------------- */

static void read_ledger(struct order *order)
{
    char *left = mem_format("%s.left", order->force->office->scratch.path);
    char *path = mem_format("%s/state/support/ledger.sqlite", left);
    struct scratch copy;

    disk_copy(order->disk, left);
    force_read_ledger(path, order->announced, order->recorded, FORCE_MESSAGES_MAX);
    snprintf(copy.path, sizeof copy.path, "%s", left);
    scratch_remove(&copy);
    free(path);
    free(left);
}

/* ---- The order --------------------------------------------------------------------- */

/* Is it where it goes, so that it stays there?  Of a command nobody knows; its success is
 * taken for that. */
static bool is_delivered(const struct order *order, unsigned number)
{
    char *text;
    bool kept;

    if (order->force->to != FORCE_MAILDIR)
        return force_times(order->force, number) > 0;
    text = force_text(number);
    kept = disk_keeps(order->disk, "mail/new", text) ||
           disk_keeps(order->disk, "mail/cur", text);
    free(text);
    return kept;
}

static void check_announced(struct order *order)
{
    struct force_counts counts;

    force_count(order->force, &counts);
    for (unsigned i = 1; i <= order->force->mailed; i++)
        if (!order->announced[i] && counts.times[i] > 0)
            complain(order, i, "was delivered before it was announced on the disk");
}

static void check_recorded(struct order *order)
{
    for (unsigned i = 1; i <= order->force->mailed; i++)
        if (order->recorded[i] && !is_delivered(order, i))
            complain(order, i, "was recorded before its delivery was on the disk");
}

/* What ends a message's being new on the server, with its set of UIDs behind it. */
static const char *const last_words[] = {"UID STORE ", "UID MOVE ", "UID COPY ",
                                         "UID EXPUNGE "};

static void check_command(struct order *order, const char *command)
{
    for (size_t i = 0; i < sizeof last_words / sizeof *last_words; i++) {
        size_t length = strlen(last_words[i]);

        if (strncasecmp(command, last_words[i], length) != 0)
            continue;
        for (unsigned number = 1; number <= order->force->mailed; number++)
            if (mailserver_set_has(command + length, number) &&
                !(order->recorded[number] && is_delivered(order, number)))
                complain(order, number,
                         "was marked, moved or deleted before that it was delivered was "
                         "recorded on the disk");
    }
}

/* Whatever was sent has arrived before the program goes on. */
static void check_commands(struct order *order)
{
    struct mailserver *server = order->force->office->server;
    char command[1024];

    assert_true(mailserver_wait_quiet(server));
    while (mailserver_command(server, order->commands, command, sizeof command)) {
        check_command(order, command);
        order->commands++;
    }
}

static bool sends(const struct trace_call *call)
{
    return call->number == SYS_sendto || call->number == SYS_sendmsg ||
           call->number == SYS_write || call->number == SYS_writev;
}

static bool syncs(const struct trace_call *call)
{
    return call->number == SYS_fsync || call->number == SYS_fdatasync ||
           call->number == SYS_syncfs;
}

void order_look(struct order *order, struct trace *trace, const struct trace_call *call)
{
    disk_note(order->disk, trace, call);
    if (!call->is_exit) {
        if (syncs(call))
            check_announced(order);
        return;
    }
    if (disk_syncs(order->disk) != order->syncs) {
        order->syncs = disk_syncs(order->disk);
        read_ledger(order);
        check_recorded(order);
    }
    if (sends(call))
        check_commands(order);
}
