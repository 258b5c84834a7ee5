/*
 * Why a server does not let messages be marked, moved or deleted, and what an
 * administrator types to let it.
 */
#ifndef LETTERBOX_INGEST_AFTER_REFUSAL_H
#define LETTERBOX_INGEST_AFTER_REFUSAL_H

#include <stdbool.h>

#include "imap/session.h"
#include "ingest/after.h"

struct err;

enum after_refusal {
    AFTER_REFUSAL_OTHER,
    AFTER_REFUSAL_RIGHTS, /* of the folder (RFC 4314): the same for all its messages */
    AFTER_REFUSAL_ROOM,   /* a quota (RFC 9208) */
};

/* What the server's last answer, a NO, is about: by its response code (RFC 5530), and by
 * its words where there is none, as at Cyrus. */
enum after_refusal after_refusal_of(const struct imap_session *session);

/* Puts into err what was refused, why, and for Cyrus and Dovecot the command. ERR_REFUSED
 * for rights, ERR_RETRY for room; else, and for any other status than IMAP_NO, as
 * trouble_of_session.  False always, as err_set. */
bool after_refusal_tell(const struct imap_session *session, enum imap_status status,
                        enum after after, const struct after_place *place,
                        struct err *err);

#endif
