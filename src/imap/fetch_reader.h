/*
 * Reads the answers of a UID FETCH (RFC 3501 section 7.4.2) as they come: bodies go to a
 * sink, what describes a message is kept.
 *
 * libetpan would hold all of it in memory; so the grammar is read here, as far as one
 * needs it to find a few items in it.
 */
#ifndef LETTERBOX_IMAP_FETCH_READER_H
#define LETTERBOX_IMAP_FETCH_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "imap/session.h"

struct fetch_reader {
    struct imap_session *session;
    uint64_t max_bytes;                 /* of one body */
    const struct imap_fetch_sink *sink; /* NULL: bodies are passed over */
    void *closure;                      /* the sink's */
    /* Called behind each answer that gave a UID; may be NULL.  true: it is one that was
     * asked for, and had not come yet. */
    bool (*each)(const struct fetch_reader *reader, void *closure);
    void *each_closure;

    /* Of the answer under way. */
    uint32_t uid; /* 0 while not told */
    bool has_body;
    bool has_size, is_seen;
    uint64_t size;
    struct buf header; /* of BODY[HEADER…], cut */

    /* Private. */
    bool body_wanted;
    unsigned described; /* answers of which `each` said true */
    struct buf line;    /* what of the answer's line is at hand */
    const char *at;     /* into it */
    int64_t literal;    /* that follows the line, or -1 */
};

void fetch_reader_init(struct fetch_reader *reader, struct imap_session *session);
void fetch_reader_free(struct fetch_reader *reader);

/* Up to the last tagged line of what was sent ahead; false when the stream failed or the
 * answer is no IMAP. */
bool fetch_reader_run(struct fetch_reader *reader);

#endif
