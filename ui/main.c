/*
 * letterbox: the process itself.  What is set here holds for every command.
 */
#include <fcntl.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
    keep_memory_private();
    keep_standard_descriptors();
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    setlocale(LC_ALL, "");
    bindtextdomain("letterbox", LETTERBOX_LOCALE_DIR);
    textdomain("letterbox");
    return command_main(argc, argv);
}
