/*
 * letterbox: the process itself.  What is set here holds for every command.
 */
#include <fcntl.h>
#include <jansson.h>
#include <libintl.h>
#include <locale.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "ui/commands/command.h"

/* A secret must not reach a core file, nor another process of the same user by ptrace.
 * The leak checker needs ptrace, so a sanitized build keeps that one door open. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

/* A file opened as descriptor 0, 1 or 2 would receive what is meant for the terminal. */
static void keep_standard_descriptors(void)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd >= 0)
        close(fd);
}

/* jansson holds an answers file and a token answer in strings of its own. */
static void wipe_and_free(void *memory)
{
    if (memory)
        secret_wipe(memory, malloc_usable_size(memory));
    free(memory);
}

int main(int argc, char **argv)
{
    keep_memory_private();
    keep_standard_descriptors();
    json_set_alloc_funcs(malloc, wipe_and_free);
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    /* Whoever started us may ignore it; then no child of ours could be waited for. */
    signal(SIGCHLD, SIG_DFL);
    setlocale(LC_ALL, "");
    bindtextdomain("letterbox", LETTERBOX_LOCALE_DIR);
    textdomain("letterbox");
    return command_main(argc, argv);
}
