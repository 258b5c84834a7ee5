/*
 * Figures for Prometheus, beside the ingest: in a file or at a port of this machine.
 *
 * A thread of its own that reads what the ingest writes (STATE/NAME) as another process
 * would; nothing is shared with the runs, and nothing of theirs waits for it.
 *
 * A file (for node_exporter's textfile collector, which wants the name to end in .prom)
 * is replaced whole, mode 0644, every 15 seconds, within a second of a mailbox's change,
 * and once more at the end.  A port is asked: metrics_server.h.  docs/WATCHING.md lists
 * the figures.
 */
#ifndef LETTERBOX_INGEST_METRICS_H
#define LETTERBOX_INGEST_METRICS_H

#include "settings/store.h"

struct err;
struct metrics;

/* `place` is a path, "127.0.0.1:PORT" or "[::1]:PORT"; of the mailbox `name`, or of every
 * saved one when it is NULL, also of those that are saved later.  The store is borrowed
 * until metrics_stop, `name` too.  NULL with err: ERR_USAGE for an address that is not
 * this machine's own, ERR_WRITE or ERR_DATA when the place cannot be had.  A file that
 * cannot be written later is a line in the log. */
struct metrics *metrics_start(const char *place, struct store *store, const char *name,
                              struct err *err);
void metrics_stop(struct metrics **metrics); /* *metrics may be NULL */

/* Where it listens; 0 for a file. */
unsigned metrics_port(const struct metrics *metrics);

#endif
