/*
 * measure FILE PROGRAM WORD …: runs the program, and writes how it ended and the most
 * memory that it took, in kilobytes, into the file.
 *
 * A program inherits that figure from who forks it, so a test that is large itself cannot
 * ask for it: this one is small.
 */
#include <signal.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words)
{
    struct rusage usage;
    int status = 0;
    FILE *file;
    pid_t pid;

    if (count < 3)
        return 64;
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execv(words[2], words + 2);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        return 71;
    file = fopen(words[1], "w");
    if (!file || fprintf(file, "%d %ld\n", status, usage.ru_maxrss) < 0)
        return 73;
    return fclose(file) == 0 ? 0 : 73;
}
