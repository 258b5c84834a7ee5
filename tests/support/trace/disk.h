/*
 * What would be left on a disk if the power went: of a directory that a traced program
 * works in, only what it has synced.
 *
 * This is the worst that a file system may do (fsync(2)): a file has the bytes that it
 * had when it was last synced itself, or none; a name is there when its directory was
 * synced while the name stood in it.
 */
#ifndef LETTERBOX_TESTS_TRACE_DISK_H
#define LETTERBOX_TESTS_TRACE_DISK_H

#include "support/trace/trace.h"

struct disk;

/* All that is below `root` now counts as synced. */
struct disk *disk_new(const char *root);
void disk_free(struct disk **disk);

/* For each stop of the program. */
void disk_note(struct disk *disk, struct trace *trace, const struct trace_call *call);
/* How often something was synced. */
size_t disk_syncs(const struct disk *disk);

/* Would a file with this text be in that directory (below the root)? */
bool disk_keeps(const struct disk *disk, const char *directory, const char *text);

/* Makes `directory` (empty, or not there) what the root would be. */
void disk_copy(const struct disk *disk, const char *directory);
/* The power goes: the root has only what is left.  The program must be dead. */
void disk_cut_power(struct disk *disk);

#endif
