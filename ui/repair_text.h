/*
 * What a repair would change, on the Test page and as a choice of the line prompts, and
 * what it did, in a sentence.
 */
#ifndef LETTERBOX_UI_REPAIR_TEXT_H
#define LETTERBOX_UI_REPAIR_TEXT_H

#include "ui/setup.h"

/* "F3 puts 993 into Port, sets Security to TLS, and tests again."; NULL while no repair
 * is offered (setup_repair_count).  The caller's (free()). */
char *repair_text_offer(const struct setup *setup);

/* "Repair and test again: put 993 into Port, TLS into Security"; NULL as above. */
char *repair_text_choice(const struct setup *setup);

/* "Port was changed to 993. Security was changed to TLS."; asked for before
 * setup_apply_repairs().  The caller's (free()). */
char *repair_text_done(const struct setup *setup);

#endif
