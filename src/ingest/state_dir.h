/*
 * The directory STATE/NAME, and whose it is.
 *
 * The ingest has a user of its own where systemd runs it, and is tried by root by hand
 * all the same.  What root makes must not lock that user out later: it is given to the
 * owner of STATE.  Where it happened nevertheless, the error has the command that helps.
 */
#ifndef LETTERBOX_INGEST_STATE_DIR_H
#define LETTERBOX_INGEST_STATE_DIR_H

struct err;
struct store;

/* Opens STATE/NAME, made with mode 0700 when it is missing, for this process to write in;
 * the caller's to close.  -1 with err: ERR_REFUSED, with the chown command, when it or
 * something in it belongs to another user; ERR_WRITE.  Root may write anywhere: a
 * directory that it has just made becomes the owner's of STATE. */
int state_dir_open(const struct store *store, const char *name, struct err *err);

/* For root, when the work is done: what root made in there, a Maildir too, becomes the
 * directory owner's.  Only directories, and regular files with one name, of that disk, so
 * that nothing from elsewhere is given away. */
void state_dir_hand_over(int directory);

#endif
