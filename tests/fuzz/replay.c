/*
 * Gives a fuzz target its corpus once, without libFuzzer: every file of the folders (and
 * every file) that are named.  A folder that is not there is empty; no input at all is a
 * failure.  The name of the input is said first, so that a crash names it.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

static bool replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat facts;
    uint8_t *bytes;
    bool done = false;

    if (!file)
        return false;
    if (fstat(fileno(file), &facts) == 0 && S_ISREG(facts.st_mode)) {
        size_t size = (size_t)facts.st_size;

        /* Just as large as the input, so that one byte too far is seen. */
        bytes = malloc(size > 0 ? size : 1);
        done = bytes && fread(bytes, 1, size, file) == size;
        if (done) {
            fprintf(stderr, "%s\n", path);
            LLVMFuzzerTestOneInput(bytes, size);
        }
        free(bytes);
    }
    fclose(file);
    return done;
}

/* How many inputs; -1 when one cannot be read. */
static int replay_folder(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *entry;
    int count = 0;

    if (!folder)
        return 0;
    while (count >= 0 && (entry = readdir(folder))) {
        char *file;

        if (entry->d_name[0] == '.')
            continue;
        file = mem_format("%s/%s", path, entry->d_name);
        count = replay_file(file) ? count + 1 : -1;
        free(file);
    }
    closedir(folder);
    return count;
}

int main(int count, char **paths)
{
    int total = 0;

    for (int i = 1; i < count; i++) {
        struct stat facts;
        int here = 0;

        if (stat(paths[i], &facts) == 0)
            here = S_ISDIR(facts.st_mode) ? replay_folder(paths[i])
                                          : (replay_file(paths[i]) ? 1 : -1);
        if (here < 0) {
            fprintf(stderr, "%s: an input cannot be read\n", paths[i]);
            return 1;
        }
        total += here;
    }
    fprintf(stderr, "%d inputs\n", total);
    return total > 0 ? 0 : 1;
}
