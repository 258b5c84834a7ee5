#include "support/trace/disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"

#define PATH_SIZE 1024

/* A file's bytes when it was last synced. */
struct content {
    ino_t inode;
    mode_t mode;
    char *bytes;
    size_t length;
};

struct entry {
    char *name;
    ino_t inode;
    bool is_directory;
};

/* A directory's names when it was last synced. */
struct listing {
    char *path; /* below the root; "" is the root */
    mode_t mode;
    struct entry *entries;
    size_t count;
};

struct disk {
    char root[PATH_SIZE];
    struct content *contents;
    size_t content_count;
    struct listing *listings;
    size_t listing_count;
    size_t syncs;
};

/* ---- What is synced ---------------------------------------------------------------- */

static struct content *find_content(const struct disk *disk, ino_t inode)
{
    for (size_t i = 0; i < disk->content_count; i++)
        if (disk->contents[i].inode == inode)
            return &disk->contents[i];
    return NULL;
}

static const struct listing *find_listing(const struct disk *disk, const char *path)
{
    for (size_t i = 0; i < disk->listing_count; i++)
        if (strcmp(disk->listings[i].path, path) == 0)
            return &disk->listings[i];
    return NULL;
}

static void sync_file(struct disk *disk, const char *path, const struct stat *st)
{
    struct content *content = find_content(disk, st->st_ino);
    FILE *file = fopen(path, "r");

    assert_non_null(file);
    if (!content) {
        disk->contents =
            mem_resize(disk->contents, disk->content_count + 1, sizeof *disk->contents);
        content = &disk->contents[disk->content_count++];
        *content = (struct content){.inode = st->st_ino};
    }
    free(content->bytes);
    content->mode = st->st_mode & 07777;
    content->bytes = mem_new((size_t)st->st_size + 1, 1);
    content->length = fread(content->bytes, 1, (size_t)st->st_size, file);
    fclose(file);
}

static void clear_entries(struct listing *listing)
{
    for (size_t i = 0; i < listing->count; i++)
        free(listing->entries[i].name);
    free(listing->entries);
    listing->entries = NULL;
    listing->count = 0;
}

static struct listing *make_listing(struct disk *disk, const char *path)
{
    for (size_t i = 0; i < disk->listing_count; i++)
        if (strcmp(disk->listings[i].path, path) == 0)
            return &disk->listings[i];
    disk->listings =
        mem_resize(disk->listings, disk->listing_count + 1, sizeof *disk->listings);
    disk->listings[disk->listing_count] = (struct listing){.path = mem_copy_text(path)};
    return &disk->listings[disk->listing_count++];
}

/* `path` is whole, and the root or below it. */
static const char *below(const struct disk *disk, const char *path)
{
    const char *rest = path + strlen(disk->root);

    return rest + strspn(rest, "/");
}

static void sync_directory(struct disk *disk, const char *path, const struct stat *st)
{
    struct listing *listing = make_listing(disk, below(disk, path));
    DIR *directory = opendir(path);
    const struct dirent *entry;

    assert_non_null(directory);
    clear_entries(listing);
    listing->mode = st->st_mode & 07777;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        listing->entries =
            mem_resize(listing->entries, listing->count + 1, sizeof *listing->entries);
        listing->entries[listing->count++] =
            (struct entry){.name = mem_copy_text(entry->d_name),
                           .inode = entry->d_ino,
                           .is_directory = entry->d_type == DT_DIR};
    }
    closedir(directory);
}

static struct disk *walking; /* nftw() has no closure */

static int sync_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)walk;
    if (kind == FTW_D)
        sync_directory(walking, path, st);
    else if (S_ISREG(st->st_mode))
        sync_file(walking, path, st);
    return 0;
}

static void sync_all(struct disk *disk)
{
    walking = disk;
    assert_int_equal(nftw(disk->root, sync_one, 16, FTW_PHYS), 0);
}

struct disk *disk_new(const char *root)
{
    struct disk *disk = mem_new(1, sizeof *disk);

    snprintf(disk->root, sizeof disk->root, "%s", root);
    sync_all(disk);
    return disk;
}

void disk_free(struct disk **slot)
{
    struct disk *disk = *slot;

    for (size_t i = 0; i < disk->content_count; i++)
        free(disk->contents[i].bytes);
    for (size_t i = 0; i < disk->listing_count; i++) {
        clear_entries(&disk->listings[i]);
        free(disk->listings[i].path);
    }
    free(disk->contents);
    free(disk->listings);
    free(disk);
    *slot = NULL;
}

void disk_note(struct disk *disk, struct trace *trace, const struct trace_call *call)
{
    char path[PATH_SIZE];
    struct stat st;

    if (!call->is_exit || call->result < 0)
        return;
    if (call->number == SYS_sync || call->number == SYS_syncfs) {
        sync_all(disk);
        disk->syncs++;
    }
    if ((call->number != SYS_fsync && call->number != SYS_fdatasync) ||
        !trace_path(trace, (int)call->args[0], path, sizeof path) ||
        strncmp(path, disk->root, strlen(disk->root)) != 0 || lstat(path, &st) != 0)
        return;
    if (S_ISDIR(st.st_mode))
        sync_directory(disk, path, &st);
    else
        sync_file(disk, path, &st);
    disk->syncs++;
}

size_t disk_syncs(const struct disk *disk)
{
    return disk->syncs;
}

bool disk_keeps(const struct disk *disk, const char *directory, const char *text)
{
    const struct listing *listing = find_listing(disk, directory);

    for (size_t i = 0; listing && i < listing->count; i++) {
        const struct content *content = find_content(disk, listing->entries[i].inode);

        if (content && content->length == strlen(text) &&
            memcmp(content->bytes, text, content->length) == 0)
            return true;
    }
    return false;
}

/* ---- What is left ------------------------------------------------------------------ */

static void write_file(const struct disk *disk, const char *path, ino_t inode)
{
    const struct content *content = find_content(disk, inode);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    if (content) {
        assert_int_equal(write(fd, content->bytes, content->length), content->length);
        assert_int_equal(fchmod(fd, content->mode), 0);
    }
    close(fd);
}

/* What is left of the directory `name` below the root, into `into`, which is empty. */
static void write_directory(const struct disk *disk, const char *name, const char *into)
{
    const struct listing *listing = find_listing(disk, name);

    for (size_t i = 0; listing && i < listing->count; i++) {
        const struct entry *entry = &listing->entries[i];
        char *to = mem_format("%s/%s", into, entry->name);
        char *from = mem_format("%s%s%s", name, name[0] ? "/" : "", entry->name);

        if (entry->is_directory) {
            const struct listing *inner = find_listing(disk, from);

            assert_int_equal(mkdir(to, inner ? inner->mode : 0700), 0);
            write_directory(disk, from, to);
        } else {
            write_file(disk, to, entry->inode);
        }
        free(from);
        free(to);
    }
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
    (void)st;
    (void)kind;
    return walk->level == 0 ? 0 : remove(path);
}

static void empty(const char *directory)
{
    assert_int_equal(nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS), 0);
}

void disk_copy(const struct disk *disk, const char *directory)
{
    if (mkdir(directory, 0700) != 0)
        empty(directory);
    write_directory(disk, "", directory);
}

void disk_cut_power(struct disk *disk)
{
    empty(disk->root);
    write_directory(disk, "", disk->root);
}
