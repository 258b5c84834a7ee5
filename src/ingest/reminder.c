#include "ingest/reminder.h"

#include <stdio.h>

#include "base/i18n.h"
#include "base/log.h"
#include "base/mem.h"
#include "settings/expiry.h"

enum { DAY_S = 24 * 60 * 60 };

static char *what_to_do(const struct mailbox *mailbox)
{
    if (settings_is(&mailbox->settings, SET_OAUTH_SOURCE, "provider"))
        return mem_format(_("Make a new Client secret and add the provider again: "
                            "letterbox provider add --replace %s FILE"),
                          settings_text(&mailbox->settings, SET_OAUTH_PROVIDER));
    return mem_format(_("Make a new Client secret and enter it with its date: letterbox "
                        "setup %s"),
                      mailbox->name);
}

void reminder_look(struct reminder *reminder, struct store *store,
                   const struct mailbox *mailbox, time_t now)
{
    struct expiry expiry;
    char days[16];
    char *todo;

    /* More than a day ahead it was set by a clock that was put right since. */
    if (now < reminder->next && reminder->next - now <= DAY_S)
        return;
    reminder->next = now - now % DAY_S + DAY_S;
    expiry = expiry_of_mailbox(store, &mailbox->settings, now);
    if (!expiry_is_near(&expiry))
        return;
    snprintf(days, sizeof days, "%d", expiry.days_left);
    todo = what_to_do(mailbox);
    log_event(LOG_WARN, "secret-expires", "mailbox", mailbox->name, "date", expiry.day,
              "days_left", days, "todo", todo, NULL);
    mem_replace_text(&todo, NULL);
}
