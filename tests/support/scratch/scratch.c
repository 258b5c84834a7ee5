#include "support/scratch/scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

void scratch_make(struct scratch *scratch)
{
    const char *base = getenv("TMPDIR");

    snprintf(scratch->path, sizeof scratch->path, "%s/letterbox-test.XXXXXX",
             base ? base : "/tmp");
    assert_non_null(mkdtemp(scratch->path));
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    (void)walk;
    return remove(path);
}

void scratch_remove(struct scratch *scratch)
{
    assert_int_equal(nftw(scratch->path, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

const char *scratch_at(const struct scratch *scratch, const char *name)
{
    static _Thread_local char paths[4][SCRATCH_PATH_MAX + 256];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 4];

    snprintf(path, sizeof paths[0], "%s/%s", scratch->path, name);
    return path;
}

void scratch_write(const struct scratch *scratch, const char *name, const char *bytes,
                   size_t length)
{
    FILE *file = fopen(scratch_at(scratch, name), "w");

    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

void scratch_script(const struct scratch *scratch, const char *name, const char *text)
{
    char *script = mem_format("#!/bin/sh\n%s\n", text);

    scratch_write(scratch, name, script, strlen(script));
    assert_int_equal(chmod(scratch_at(scratch, name), 0700), 0);
    free(script);
}

char *scratch_read(const struct scratch *scratch, const char *name, size_t *length)
{
    FILE *file = fopen(scratch_at(scratch, name), "r");
    struct stat st;
    char *bytes;
    size_t count;

    if (!file)
        return NULL;
    assert_int_equal(fstat(fileno(file), &st), 0);
    bytes = mem_new((size_t)st.st_size + 1, 1);
    count = fread(bytes, 1, (size_t)st.st_size, file);
    fclose(file);
    if (length)
        *length = count;
    return bytes;
}

static int is_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

char **scratch_names(const struct scratch *scratch, const char *name)
{
    struct dirent **entries = NULL;
    int count = scandir(scratch_at(scratch, name), &entries, is_entry, alphasort);
    char **names;

    if (count < 0)
        count = 0;
    names = mem_new((size_t)count + 1, sizeof *names);
    for (int i = 0; i < count; i++) {
        names[i] = mem_copy_text(entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return names;
}

size_t scratch_count(const struct scratch *scratch, const char *name)
{
    char **names = scratch_names(scratch, name);
    size_t count = 0;

    while (names[count])
        free(names[count++]);
    free(names);
    return count;
}
