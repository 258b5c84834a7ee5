#include "ingest/state.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "advice/advice.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "base/text.h"

#define VERSION   1
#define FILE_NAME "status.json"
/* One name will do: only the holder of the lock writes, and a crash leaves one at most.
 */
#define FILE_TEMPORARY ".status.json.tmp"
#define FILE_MAX       (64 * 1024)
#define LOCK_NAME      "lock"
#define PAUSE_MS       1000

static const char *const phase_ids[] = {
    [STATE_NEVER] = "never",     [STATE_STARTING] = "starting",
    [STATE_SERVING] = "serving", [STATE_WAITING] = "waiting",
    [STATE_PARKED] = "parked",   [STATE_STOPPED] = "stopped",
};

const char *state_phase_id(enum state_phase phase)
{
    return phase_ids[phase];
}

/* ---- What stands in the way -------------------------------------------------------- */

static void put(char *out, size_t size, const char *text)
{
    text_copy_safe(out, size, text, strlen(text));
}

/* An error's class, as a diagnosis would have it. */
static enum advice_class class_of(enum err_class class)
{
    switch (class) {
    case ERR_USAGE:
    case ERR_DATA:
    case ERR_SETTING:
        return ADVICE_FIX_SETTING;
    case ERR_SERVER:
    case ERR_REFUSED:
        return ADVICE_FIX_SERVER;
    case ERR_WRITE:
    case ERR_RETRY:
        return ADVICE_RETRY_LATER;
    case ERR_CANCELLED:
        return ADVICE_CANCELLED;
    case ERR_NONE:
    case ERR_INTERNAL:
        break;
    }
    return ADVICE_INTERNAL;
}

void state_trouble_set(struct state_trouble *trouble, const struct err *why,
                       const struct diagnosis *diagnosis, time_t now)
{
    *trouble = (struct state_trouble){.at = now};
    if (!diagnosis) {
        put(trouble->class, sizeof trouble->class, advice_class_id(class_of(why->class)));
        put(trouble->field, sizeof trouble->field, why->key);
        put(trouble->title, sizeof trouble->title, why->text);
        return;
    }
    put(trouble->code, sizeof trouble->code, diagnosis->code);
    put(trouble->class, sizeof trouble->class, advice_class_id(diagnosis->class));
    put(trouble->stage, sizeof trouble->stage, check_stage_id(diagnosis->stage));
    if (diagnosis->field != SET_NONE)
        put(trouble->field, sizeof trouble->field, setting_defs[diagnosis->field].key);
    put(trouble->title, sizeof trouble->title, diagnosis->title);
    if (diagnosis->fix_count > 0)
        put(trouble->fix, sizeof trouble->fix, diagnosis->fixes[0].text);
}

/* ---- As JSON ----------------------------------------------------------------------- */

struct member {
    const char *key;
    size_t offset;
};

static const struct member times[] = {
    {"started", offsetof(struct state, started)},
    {"since", offsetof(struct state, since)},
    {"last_success", offsetof(struct state, last_success)},
    {"next_try", offsetof(struct state, next_try)},
    {"updated", offsetof(struct state, updated)},
};

static const struct member counts[] = {
    {"delivered", offsetof(struct state, delivered)},
    {"repeated", offsetof(struct state, repeated)},
    {"refused", offsetof(struct state, refused)},
    {"deferred", offsetof(struct state, deferred)},
    {"waiting_messages", offsetof(struct state, waiting_messages)},
};

/* Of one member of struct state_trouble. */
#define WORD(name)                                                                       \
    {                                                                                    \
#name, offsetof(struct state_trouble, name),                                     \
            sizeof(((struct state_trouble *)0)->name)                                    \
    }

static const struct {
    const char *key;
    size_t offset, size;
} words[] = {WORD(code), WORD(class), WORD(stage), WORD(field), WORD(title), WORD(fix)};

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static json_t *json_of_time(time_t when)
{
    char text[24];

    if (when == 0)
        return json_null();
    clock_format_utc(when, text, sizeof text);
    return json_string(text);
}

static json_t *json_of_trouble(const struct state_trouble *trouble)
{
    json_t *object;

    if (!trouble->title[0])
        return json_null();
    object = json_object();
    for (size_t i = 0; i < COUNT(words); i++) {
        const char *word = (const char *)trouble + words[i].offset;

        json_object_set_new(object, words[i].key,
                            word[0] ? json_string(word) : json_null());
    }
    json_object_set_new(object, "at", json_of_time(trouble->at));
    return object;
}

char *state_format(const struct state *state)
{
    json_t *object = json_pack("{s:i, s:s, s:I}", "version", VERSION, "state",
                               phase_ids[state->phase], "pid", (json_int_t)state->pid);
    char *text, *line;

    for (size_t i = 0; i < COUNT(times); i++) {
        const char *at = (const char *)state + times[i].offset;

        json_object_set_new(object, times[i].key, json_of_time(*(const time_t *)at));
    }
    json_object_set_new(object, "error", json_of_trouble(&state->trouble));
    for (size_t i = 0; i < COUNT(counts); i++) {
        const char *at = (const char *)state + counts[i].offset;

        json_object_set_new(object, counts[i].key, json_integer(*(const unsigned *)at));
    }
    text = json_dumps(object, JSON_INDENT(2));
    line = mem_format("%s\n", text ? text : "{}");
    free(text);
    json_decref(object);
    return line;
}

static void read_trouble(const json_t *object, struct state_trouble *trouble)
{
    const char *at = json_string_value(json_object_get(object, "at"));

    for (size_t i = 0; i < COUNT(words); i++) {
        const char *word = json_string_value(json_object_get(object, words[i].key));

        put((char *)trouble + words[i].offset, words[i].size, word ? word : "");
    }
    if (!at || !clock_parse_date(at, &trouble->at))
        trouble->at = 0;
}

static bool read_phase(const json_t *object, enum state_phase *phase)
{
    const char *id = json_string_value(json_object_get(object, "state"));

    for (size_t i = STATE_STARTING; id && i < COUNT(phase_ids); i++) {
        if (strcmp(id, phase_ids[i]) != 0)
            continue;
        *phase = (enum state_phase)i;
        return true;
    }
    return false;
}

static void read_members(const json_t *object, struct state *state)
{
    state->pid = (long)json_integer_value(json_object_get(object, "pid"));
    for (size_t i = 0; i < COUNT(times); i++) {
        const char *text = json_string_value(json_object_get(object, times[i].key));
        time_t when;

        if (text && clock_parse_date(text, &when))
            *(time_t *)(void *)((char *)state + times[i].offset) = when;
    }
    for (size_t i = 0; i < COUNT(counts); i++) {
        json_int_t count = json_integer_value(json_object_get(object, counts[i].key));

        if (count > 0 && count <= UINT_MAX)
            *(unsigned *)(void *)((char *)state + counts[i].offset) = (unsigned)count;
    }
    read_trouble(json_object_get(object, "error"), &state->trouble);
}

bool state_parse(const char *bytes, size_t length, struct state *state, struct err *err)
{
    json_t *object = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, NULL);
    bool known = json_integer_value(json_object_get(object, "version")) == VERSION &&
                 (*state = (struct state){0}, read_phase(object, &state->phase));

    if (known)
        read_members(object, state);
    json_decref(object);
    return known ||
           err_set(err, ERR_DATA, _("It is no status that this letterbox knows."));
}

/* ---- The lock ---------------------------------------------------------------------- */

/* A lock of the open file description: it ends with the process, however that ends, and
 * it can be asked about without being taken. */
int state_lock(int directory, const char *path, struct err *err)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd =
        openat(directory, LOCK_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd >= 0 && fcntl(fd, F_OFD_SETLK, &whole) == 0)
        return fd;
    if (fd >= 0 && (errno == EAGAIN || errno == EACCES))
        err_set(err, ERR_RETRY, _("Another ingest is at work there: it holds %s/%s."),
                path, LOCK_NAME);
    else
        err_set(err, ERR_WRITE, _("%s/%s cannot be locked: %s"), path, LOCK_NAME,
                strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

bool state_is_locked(int directory)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = openat(directory, LOCK_NAME, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    bool is_locked =
        fd >= 0 && fcntl(fd, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;

    if (fd >= 0)
        close(fd);
    return is_locked;
}

/* ---- Reading ----------------------------------------------------------------------- */

bool state_read(const char *directory, struct state *state, struct err *err)
{
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct file_stamp stamp;
    struct buf text;
    char *path;
    bool done;

    *state = (struct state){.phase = STATE_NEVER};
    if (fd < 0 && errno == ENOENT)
        return true;
    if (fd < 0)
        return err_set(err, ERR_REFUSED, _("%s cannot be read: %s"), directory,
                       strerror(errno));
    path = mem_format("%s/%s", directory, FILE_NAME);
    buf_init(&text, FILE_MAX);
    done = !file_stamp_get(fd, FILE_NAME, &stamp) ||
           file_read(fd, FILE_NAME, path, FILE_PRIVATE, &text, NULL, err);
    if (done && stamp.exists && !state_parse(text.data, text.length, state, NULL))
        done =
            err_set(err, ERR_DATA, _("%s is no status that this letterbox knows."), path);
    state->is_alive = state_is_locked(fd);
    buf_free(&text);
    free(path);
    close(fd);
    return done;
}

/* ---- Writing ----------------------------------------------------------------------- */

static bool write_file(int directory, const char *name, int flags, const char *text)
{
    int fd = openat(directory, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
    size_t length = strlen(text);
    bool done = fd >= 0 && write(fd, text, length) == (ssize_t)length &&
                ftruncate(fd, (off_t)length) == 0;

    if (fd >= 0)
        done = close(fd) == 0 && done;
    return done;
}

static bool replace_file(int directory, const char *text)
{
    return write_file(directory, FILE_TEMPORARY, O_CREAT | O_TRUNC, text) &&
           renameat(directory, FILE_TEMPORARY, directory, FILE_NAME) == 0;
}

/* On a full disk there is no room for a second file, but the first has its block: a
 * status that says "serving" while nothing can be written would be the worst to have. */
static bool overwrite_file(int directory, const char *text)
{
    unlinkat(directory, FILE_TEMPORARY, 0);
    return write_file(directory, FILE_NAME, 0, text);
}

/* A status that cannot be written must not stop the mail. */
static void write_now(struct state_file *file)
{
    char *text;

    if (file->directory < 0)
        return;
    file->now.updated = time(NULL);
    text = state_format(&file->now);
    file->is_stale =
        !replace_file(file->directory, text) && !overwrite_file(file->directory, text);
    file->written_ms = clock_now_ms();
    free(text);
}

void state_file_turn(struct state_file *file, enum state_phase phase)
{
    if (file->now.phase != phase)
        file->now.since = time(NULL);
    file->now.phase = phase;
    write_now(file);
}

void state_file_touch(struct state_file *file)
{
    file->is_stale = true;
    state_file_catch_up(file);
}

void state_file_catch_up(struct state_file *file)
{
    if (file->is_stale && clock_now_ms() - file->written_ms >= PAUSE_MS)
        write_now(file);
}
