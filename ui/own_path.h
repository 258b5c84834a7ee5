/*
 * Where this program lies, for commands that a person is to type or to write down.
 */
#ifndef LETTERBOX_UI_OWN_PATH_H
#define LETTERBOX_UI_OWN_PATH_H

#include <stdbool.h>

/* Its absolute path, also when an upgrade has put another file there since it started;
 * "letterbox" where /proc does not say.  The caller's (free()). */
char *own_path(void);

/* Does "letterbox" alone run the program at `path`, by the PATH of this environment? */
bool own_path_is_found(const char *path);

#endif
