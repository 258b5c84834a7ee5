/*
 * letterbox: the process itself.  What is set here holds for every command.
 */
#include <fcntl.h>
#include <jansson.h>
#include <libintl.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "ui/commands/command.h"

/* gcc says it with a macro, clang with a feature. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define UNDER_SANITIZER
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNDER_SANITIZER
#endif
#endif

/* A secret must not reach a core file, nor another process of the same user by ptrace.
 * The leak checker needs ptrace, so a sanitized build keeps that one door open. */
static void keep_memory_private(void)
{
    const struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef UNDER_SANITIZER
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

/* A test's worker may still be saying LOGOUT: it is not waited for, and must not meet the
 * destructors of the libraries that it uses.  The sanitizers report in theirs. */
static void end_process(int status)
{
    fflush(NULL);
#ifndef UNDER_SANITIZER
    _exit(status);
#else
    exit(status);
#endif
}

int main(int argc, char **argv)
{
    keep_memory_private();
    keep_standard_descriptors();
    /* jansson holds an answers file and a token answer in strings of its own. */
    json_set_alloc_funcs(malloc, secret_wipe_free);
    umask(077);
    signal(SIGPIPE, SIG_IGN);
    /* Whoever started us may ignore it; then no child of ours could be waited for. */
    signal(SIGCHLD, SIG_DFL);
    setlocale(LC_ALL, "");
    bindtextdomain("letterbox", LETTERBOX_LOCALE_DIR);
    textdomain("letterbox");
    end_process(command_main(argc, argv));
}
