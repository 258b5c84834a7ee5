/*
 * What a status says of a message where the settings know better than the rule
 * (ingest.statuses, docs/SETTINGS.md).
 */
#ifndef LETTERBOX_INGEST_DELIVER_MEANING_H
#define LETTERBOX_INGEST_DELIVER_MEANING_H

#include "ingest/deliver/deliver.h"

/* `rule` is what the status means by itself, and `is_named` whether the rule names it;
 * "other" stands for those that it does not name. */
enum deliver_status meaning_of(const struct settings *settings, long status,
                               enum deliver_status rule, bool is_named);

#endif
