/*
 * durable_mda MAILDIR: what comes on standard input becomes a message there, durably: the
 * least that a delivery agent can do, so that fetchmail is measured and not the agent.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 75;
}

int main(int argc, char **argv)
{
    char name[128], bytes[64 * 1024];
    struct timeval now;
    ssize_t got;
    int new, file;

    if (argc != 2 || chdir(argv[1]))
        return fail("chdir");
    gettimeofday(&now, NULL);
    snprintf(name, sizeof name, "tmp/%ld.M%ldP%ld.bench", (long)now.tv_sec,
             (long)now.tv_usec, (long)getpid());
    file = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    new = open("new", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file < 0 || new < 0)
        return fail("open");
    while ((got = read(STDIN_FILENO, bytes, sizeof bytes)) > 0)
        if (write(file, bytes, (size_t)got) != got)
            return fail("write");
    if (got < 0 || fsync(file) || renameat(AT_FDCWD, name, new, name + 4) || fsync(new))
        return fail("deliver");
    return EXIT_SUCCESS;
}
