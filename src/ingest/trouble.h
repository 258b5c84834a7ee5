/*
 * What an IMAP session's failure means for the run.
 */
#ifndef LETTERBOX_INGEST_TROUBLE_H
#define LETTERBOX_INGEST_TROUBLE_H

#include <stdbool.h>

#include "imap/session.h"

struct err;

/* Can nothing more be said on this session? */
bool trouble_ends_session(enum imap_status status);

/* Sets err from a status that is not IMAP_OK and returns false.  `doing` is what the
 * sentence is about: "opening the folder INBOX".  ERR_RETRY when trying again may help,
 * ERR_REFUSED for permissions, ERR_CANCELLED, else ERR_SERVER. */
bool trouble_of_session(const struct imap_session *session, enum imap_status status,
                        const char *doing, struct err *err);

#endif
