#include "ingest/backoff.h"

/* Of one that has worked, before it is parked. */
static const unsigned doubt_s[BACKOFF_DOUBTS] = {60, 300};

static unsigned doubled(unsigned first, unsigned times, unsigned most)
{
    while (times-- > 0 && first < most)
        first *= 2;
    return first < most ? first : most;
}

/* Half of it at least; with one more second, so that none is at once. */
static unsigned between_half_and_all(unsigned seconds, unsigned chance)
{
    return seconds / 2 + chance % (seconds / 2 + 1) + 1;
}

static struct backoff_plan wait_for_a_person(struct backoff *backoff, unsigned chance)
{
    unsigned before = backoff->refusals++;

    if (backoff->has_worked && before < BACKOFF_DOUBTS)
        return (struct backoff_plan){.seconds =
                                         between_half_and_all(doubt_s[before], chance)};
    if (backoff->has_worked)
        before -= BACKOFF_DOUBTS;
    return (struct backoff_plan){
        .is_parked = true,
        .seconds = between_half_and_all(
            doubled(BACKOFF_PARKED_S, before, BACKOFF_RARELY_S), chance),
    };
}

struct backoff_plan backoff_next(struct backoff *backoff, enum err_class why,
                                 unsigned asked_s, unsigned chance)
{
    struct backoff_plan plan;
    unsigned least = asked_s < BACKOFF_ASKED_S ? asked_s : BACKOFF_ASKED_S;

    if (why == ERR_RETRY || why == ERR_WRITE)
        plan = (struct backoff_plan){
            .seconds = between_half_and_all(doubled(1, backoff->losses++, BACKOFF_MOST_S),
                                            chance)};
    else
        plan = wait_for_a_person(backoff, chance);
    /* Never sooner than asked, and a little later by chance. */
    if (plan.seconds < least)
        plan.seconds = least + chance % (least / 8 + 2);
    return plan;
}

void backoff_note_success(struct backoff *backoff)
{
    *backoff = (struct backoff){.has_worked = true};
}
