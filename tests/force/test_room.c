/* The disk is full, read-only or forbidden: the run says where and why, leaves nothing
 * half done, and once there is room again a second run does the rest. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "base/mem.h"
#include "force/force.h"
#include "force/room.h"
#include "support/longform/longform.h"
#include "ui/exit_status.h"

#define MESSAGES 12
#define AMPLE_KB 8192

/* What shares the small file system. */
enum place {
    PLACE_MAIL,
    PLACE_STATE,
    PLACE_BOTH,
};

static const char *const places[] = {"mail", "state", "mail and state"};

static const char *at(const struct force *force, const char *name)
{
    return scratch_at(&force->office->scratch, name);
}

static void mount_room(struct force *force, enum place place, unsigned kilobytes)
{
    room_make(at(force, "room"), kilobytes);
    if (place != PLACE_STATE)
        room_share(at(force, "room/mail"), at(force, "mail"));
    if (place != PLACE_MAIL)
        room_share(at(force, "room/state"), at(force, "state"));
}

static void unmount_room(struct force *force, enum place place)
{
    if (place != PLACE_STATE)
        room_end(at(force, "mail"));
    if (place != PLACE_MAIL)
        room_end(at(force, "state"));
    room_end(at(force, "room"));
}

/* Does the latest run's complaint name a path below the scratch directory, and this? */
static bool names(const struct force *force, const char *said, const char *why)
{
    const char *complaint = strstr(said, "letterbox: ");

    return complaint && strstr(complaint, force->office->scratch.path) &&
           strcasestr(complaint, why);
}

static const char *wrong_when_full(struct force *force, int status)
{
    struct force_counts counts;
    char *said = force_said(force);
    bool is_told = names(force, said, "no space") || names(force, said, "disk is full");

    free(said);
    if (status == EXIT_DONE)
        return force_wrong(force, 1);
    if (status != EXIT_WRITE && status != EXIT_SETTING)
        return "it did not end as what cannot write";
    if (!is_told)
        return "it did not say which path has no space";
    force_count(force, &counts);
    if (counts.broken != 0)
        return "half a message was delivered";
    return NULL;
}

/* true when everything had room. */
static bool fill(enum force_to to, enum place place, unsigned kilobytes)
{
    struct force *force = force_open(to, "seen");
    const char *wrong;
    int status;

    force_mail(force, MESSAGES);
    mount_room(force, place, kilobytes);
    status = force_run(force);
    wrong = wrong_when_full(force, status);
    if (!wrong) {
        room_resize(at(force, "room"), AMPLE_KB);
        force_run_well(force);
        wrong = force_wrong(force, to == FORCE_MAILDIR ? 1 : 2);
    }
    if (wrong)
        fail_msg("%s, %s in %u kB, status %d: %s\n%s", force_name(to), places[place],
                 kilobytes, status, wrong, force_said(force));
    unmount_room(force, place);
    force_close(&force);
    return status == EXIT_DONE;
}

/* From no room at all up to where everything has room, a page at a time, or by `step`. */
static void fill_all_sizes(enum force_to to, enum place place, unsigned step)
{
    unsigned kilobytes = 4;
    unsigned runs = 1;

    while (!fill(to, place, kilobytes)) {
        kilobytes += longform_is_wanted() ? 4 : step / 2 + force_chance(step);
        runs++;
    }
    print_message("%s, %s: %u sizes up to %u kB\n", force_name(to), places[place], runs,
                  kilobytes);
    assert_true(runs > 1);
}

static void test_the_maildir_fills(void **state)
{
    (void)state;
    fill_all_sizes(FORCE_MAILDIR, PLACE_MAIL, 32);
}

static void test_the_state_directory_fills(void **state)
{
    (void)state;
    fill_all_sizes(FORCE_MAILDIR, PLACE_STATE, 120);
}

static void test_the_disk_of_both_fills(void **state)
{
    (void)state;
    fill_all_sizes(FORCE_MAILDIR, PLACE_BOTH, 160);
}

/* The spool is in the state directory. */
static void test_the_spool_fills(void **state)
{
    (void)state;
    fill_all_sizes(FORCE_HTTP, PLACE_STATE, 120);
}

/* ---- Not allowed ------------------------------------------------------------------- */

/* The run must end with a sentence that names a path and `why`. */
static void expect_refusal(struct force *force, const char *why)
{
    int status = force_run(force);
    char *said = force_said(force);

    if ((status != EXIT_WRITE && status != EXIT_SETTING) || !names(force, said, why))
        fail_msg("status %d, and not \"%s\": %s", status, why, said);
    free(said);
}

static void expect_all_well(struct force *force)
{
    force_run_well(force);
    if (force_wrong(force, 1))
        fail_msg("%s: %s", force_wrong(force, 1), force_said(force));
}

static void make_read_only(enum place place)
{
    struct force *force = force_open(FORCE_MAILDIR, "seen");
    const char *path = place == PLACE_MAIL ? "mail" : "state";

    mount_room(force, place, AMPLE_KB);
    force_mail(force, 2);
    expect_all_well(force);
    force_mail(force, 2);
    room_set_read_only(at(force, "room"), true);
    room_set_read_only(at(force, path), true);
    expect_refusal(force, "read");
    room_set_read_only(at(force, "room"), false);
    room_set_read_only(at(force, path), false);
    expect_all_well(force);
    unmount_room(force, place);
    force_close(&force);
}

static void test_a_read_only_maildir_is_told(void **state)
{
    (void)state;
    make_read_only(PLACE_MAIL);
}

static void test_a_read_only_state_directory_is_told(void **state)
{
    (void)state;
    make_read_only(PLACE_STATE);
}

static void forbid(const char *path)
{
    struct force *force = force_open(FORCE_MAILDIR, "seen");

    force_mail(force, 2);
    expect_all_well(force);
    force_mail(force, 2);
    assert_int_equal(chmod(at(force, path), 0500), 0);
    expect_refusal(force, "");
    assert_int_equal(chmod(at(force, path), 0700), 0);
    expect_all_well(force);
    force_close(&force);
}

static void test_a_lost_permission_is_told(void **state)
{
    (void)state;
    forbid("mail/new");
    forbid("mail/tmp");
    forbid("state/support");
}

/* ---- Taken away -------------------------------------------------------------------- */

struct taken {
    struct force *force;
    size_t at, count;
    bool has_begun;
};

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

static bool take_state(struct trace *trace, const struct trace_call *call, void *closure)
{
    struct taken *taken = closure;

    taken->has_begun = taken->has_begun || force_has_begun(taken->force, trace, call);
    if (taken->has_begun && call->is_exit && taken->count++ == taken->at)
        nftw(at(taken->force, "state/support"), remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return true;
}

static size_t take_at(size_t instant)
{
    struct taken taken = {.force = force_open(FORCE_MAILDIR, "seen"), .at = instant};
    struct trace_end end;

    force_mail(taken.force, 3);
    end = force_trace(taken.force, take_state, &taken);
    if (!WIFEXITED(end.status) || WEXITSTATUS(end.status) == EXIT_INTERNAL)
        fail_msg("after the state directory was removed (instant %zu) it ended with %x: "
                 "%s",
                 instant, (unsigned)end.status, force_said(taken.force));
    expect_all_well(taken.force);
    force_close(&taken.force);
    return taken.count;
}

static void test_the_state_directory_is_removed_meanwhile(void **state)
{
    size_t instants = take_at(SIZE_MAX), step = longform_is_wanted() ? 5 : instants / 3;

    (void)state;
    for (size_t i = force_chance((unsigned)step); i < instants; i += step)
        take_at(i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_maildir_fills),
        cmocka_unit_test(test_the_state_directory_fills),
        cmocka_unit_test(test_the_disk_of_both_fills),
        cmocka_unit_test(test_the_spool_fills),
        cmocka_unit_test(test_a_read_only_maildir_is_told),
        cmocka_unit_test(test_a_read_only_state_directory_is_told),
        cmocka_unit_test(test_a_lost_permission_is_told),
        cmocka_unit_test(test_the_state_directory_is_removed_meanwhile),
    };
    const char *refusal = trace_refusal();

    if (!refusal)
        refusal = room_enter();
    if (refusal) {
        print_message("skipped: %s\n", refusal);
        return FORCE_SKIPPED;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
