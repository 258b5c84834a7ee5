/*
 * meter COMMAND …: runs it and prints "WALL_MS CPU_MS PEAK_KIB STATUS" on descriptor 3.
 *
 * CPU is user and system of all that it waited for.  Peak is what its processes have
 * together (PSS, so that what they share counts once), looked at every 10 ms; a process
 * that lives shorter counts by its own peak.
 */
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAUSE_NS  (10 * 1000 * 1000)
#define DEPTH_MAX 8

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1000 + (double)now.tv_nsec / 1000000;
}

static double ms_of(struct timeval time)
{
    return (double)time.tv_sec * 1000 + (double)time.tv_usec / 1000;
}

static long memory_of(long pid)
{
    char path[64], line[128];
    long kib = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/smaps_rollup", pid);
    file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Pss: %ld", &kib) == 1)
            break;
    if (file)
        fclose(file);
    return kib;
}

static long memory_of_tree(long pid, int depth)
{
    char path[64];
    long kib = memory_of(pid), child;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%ld/task/%ld/children", pid, pid);
    file = depth < DEPTH_MAX ? fopen(path, "re") : NULL;
    while (file && fscanf(file, "%ld", &child) == 1)
        kib += memory_of_tree(child, depth + 1);
    if (file)
        fclose(file);
    return kib;
}

int main(int argc, char **argv)
{
    const struct timespec pause = {.tv_nsec = PAUSE_NS};
    double began = now_ms();
    long peak = 0;
    int status;
    pid_t pid;
    struct rusage usage;

    if (argc < 2 || posix_spawnp(&pid, argv[1], NULL, NULL, argv + 1, environ))
        return 127;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        long kib = memory_of_tree(pid, 0);

        if (kib > peak)
            peak = kib;
        nanosleep(&pause, NULL);
    }
    getrusage(RUSAGE_CHILDREN, &usage);
    if (usage.ru_maxrss > peak)
        peak = usage.ru_maxrss;
    dprintf(3, "%.0f %.0f %ld %d\n", now_ms() - began,
            ms_of(usage.ru_utime) + ms_of(usage.ru_stime), peak,
            WIFEXITED(status) ? WEXITSTATUS(status) : 128);
    return 0;
}
