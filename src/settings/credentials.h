/*
 * Stored secrets as systemd hands them to a service:
 * LoadCredential=secrets:CONFIG/secrets makes a copy of each as
 * CREDENTIALS_DIRECTORY/secrets_NAME (systemd.exec(5)), made when the service starts, so
 * that the files themselves can stay root's alone.
 */
#ifndef LETTERBOX_SETTINGS_CREDENTIALS_H
#define LETTERBOX_SETTINGS_CREDENTIALS_H

#include <stdbool.h>

struct err;
struct secret;

/* Runs this process with credentials?  CREDENTIALS_DIRECTORY is set, an absolute path. */
bool credentials_given(void);

/* The copy of the stored secret `name`, the caller's.  NULL without err when there is no
 * such copy; NULL with err when it cannot be trusted or read.  Owner and mode are checked
 * as for a secret, but for the group's right to read: where systemd gives the right by an
 * access list, the mode shows the list's mask there. */
struct secret *credentials_read(const char *name, struct err *err);

/* That `name` was saved after the service had begun, and the command that helps:
 * ERR_SETTING; false. */
bool credentials_explain_missing(const char *name, struct err *err);

#endif
