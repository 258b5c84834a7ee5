/*
 * systemd's part in running the ingest: is it there, how do the units stand, start one.
 *
 * systemctl runs as a child on a thread of its own, with a deadline, so that nobody waits
 * for it; what it says is bounded and made safe.
 */
#ifndef LETTERBOX_UI_SYSTEMD_H
#define LETTERBOX_UI_SYSTEMD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"

#define SYSTEMD_USER     "letterbox"
#define SYSTEMD_UNIT_MAX 128

/* What is asked of the machine.  A test puts its own in place; the program never does. */
struct systemd_host {
    const char *marker;                 /* there where systemd runs: sd_booted(3) */
    const char *config_dir, *state_dir; /* that the units serve */
    const char *unit_dir;               /* where drop-ins of this machine go */
    const char *program;                /* NULL: this program's own path */
    uid_t (*user)(void);                /* geteuid */
    bool (*find_user)(const char *name, uid_t *uid, gid_t *gid);
};

const struct systemd_host *systemd_host(void);
void systemd_host_use(const struct systemd_host *host); /* NULL: the system's */

bool systemd_is_booted(void);

struct systemd_unit {
    bool is_loaded; /* it is installed */
    bool is_active; /* it runs, or is about to */
    bool is_enabled;
};

/* letterbox-ingest.service, and letterbox-ingest@NAME.service. */
struct systemd_units {
    struct systemd_unit all, one;
};

struct systemd_result {
    bool done;
    char said[ERR_TEXT_MAX];    /* why not */
    struct systemd_units units; /* of a look */
};

struct systemd_job;

/* How the units stand that could serve this mailbox.  NULL when the system has no room
 * for it. */
struct systemd_job *systemd_look(const char *mailbox);

/* Enables a unit, and starts it anew whether it runs or not. */
struct systemd_job *systemd_start(const char *unit);

/* Readable when it has ended; NULL: -1. */
int systemd_job_fd(const struct systemd_job *job);

/* Waits for its end, and frees it. */
void systemd_job_take(struct systemd_job **job, struct systemd_result *result);

/* Nobody wants to know any more: systemctl is ended; what systemd began goes on. */
void systemd_job_drop(struct systemd_job **job);

/* What `systemctl show` printed of the two units, in this order. */
void systemd_parse_units(const char *text, struct systemd_units *units);

#endif
