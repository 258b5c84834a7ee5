/*
 * What the wizard costs on a terminal, beside dialog(1) and whiptail(1) on the same one:
 * time and bytes to the first frame, memory, and bytes per typed character, focus move
 * and page.  Prints medians; asserts nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/mem.h"
#include "support/scratch/scratch.h"
#include "support/terminal/pty.h"

enum { RUNS = 21, LETTERS = 12 };

struct figures {
    bool known;
    double first_ms;
    size_t first_bytes, letter_bytes, focus_bytes, page_bytes; /* 0: there is none */
    size_t memory_kib;
};

struct subject {
    const char *name;
    char *const *argv;
    const char *first_frame; /* what is drawn last in it */
    void (*enter_text_field)(struct pty *pty, struct figures *figures);
    enum pty_key next_field;
};

static int64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/* The peak of what it had in memory, from its own page in /proc. */
static size_t peak_memory_kib(const struct pty *pty)
{
    char path[64], line[256];
    size_t kib = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)pty_pid(pty));
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtoul(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kib;
}

static size_t bytes_so_far(struct pty *pty)
{
    size_t length;

    pty_settle(pty);
    pty_bytes(pty, &length);
    return length;
}

static size_t bytes_of_key(struct pty *pty, enum pty_key key)
{
    size_t before = bytes_so_far(pty);

    pty_key(pty, key);
    return bytes_so_far(pty) - before;
}

static size_t bytes_of_letter(struct pty *pty)
{
    double each[LETTERS];

    for (size_t i = 0; i < LETTERS; i++) {
        size_t before = bytes_so_far(pty);
        char letter[2] = {(char)('a' + i), '\0'};

        pty_type(pty, letter);
        each[i] = (double)(bytes_so_far(pty) - before);
    }
    return (size_t)median(each, LETTERS);
}

static void measure_start(const struct subject *subject, struct figures *figures)
{
    double times[RUNS];

    for (size_t i = 0; i < RUNS; i++) {
        int64_t began = now_us();
        struct pty *pty = pty_start(24, 80, NULL, subject->argv);

        pty_see(pty, subject->first_frame);
        times[i] = (double)(now_us() - began) / 1000;
        figures->first_bytes = bytes_so_far(pty);
        figures->memory_kib = peak_memory_kib(pty);
        pty_free(&pty);
    }
    figures->first_ms = median(times, RUNS);
}

static struct figures measure(const struct subject *subject)
{
    struct figures figures = {.known = access(subject->argv[0], X_OK) == 0};
    struct pty *pty;

    if (!figures.known)
        return figures;
    measure_start(subject, &figures);
    pty = pty_start(24, 80, NULL, subject->argv);
    pty_see(pty, subject->first_frame);
    if (subject->enter_text_field)
        subject->enter_text_field(pty, &figures);
    figures.letter_bytes = bytes_of_letter(pty);
    figures.focus_bytes = bytes_of_key(pty, subject->next_field);
    pty_free(&pty);
    return figures;
}

/* OAuth, Custom; the way to its page is the page change that is counted. */
static void enter_client_id(struct pty *pty, struct figures *figures)
{
    pty_type(pty, " ");
    pty_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Custom");
    pty_key(pty, PTY_DOWN);
    pty_key(pty, PTY_DOWN);
    pty_type(pty, " ");
    figures->page_bytes = bytes_of_key(pty, PTY_PAGE_DOWN);
    pty_see(pty, "Client secret");
}

static void print_size(size_t bytes)
{
    if (bytes)
        printf("%14zu", bytes);
    else
        printf("%14s", "-");
}

static void print_figures(const char *name, const struct figures *figures)
{
    printf("%-20s", name);
    if (!figures->known) {
        printf("  not installed\n");
        return;
    }
    printf("%10.1f ms", figures->first_ms);
    print_size(figures->first_bytes);
    printf("%10.1f MiB", (double)figures->memory_kib / 1024);
    print_size(figures->letter_bytes);
    print_size(figures->focus_bytes);
    print_size(figures->page_bytes);
    printf("\n");
}

#define WORD(text) (char *)(uintptr_t)(text)

int main(int argc, char **argv)
{
    struct scratch scratch;
    char *const dialog[] = {WORD("/usr/bin/dialog"),
                            WORD("--form"),
                            WORD("OAuth client"),
                            WORD("14"),
                            WORD("70"),
                            WORD("4"),
                            WORD("Client ID"),
                            WORD("1"),
                            WORD("1"),
                            WORD(""),
                            WORD("1"),
                            WORD("16"),
                            WORD("40"),
                            WORD("0"),
                            WORD("Client secret"),
                            WORD("2"),
                            WORD("1"),
                            WORD(""),
                            WORD("2"),
                            WORD("16"),
                            WORD("40"),
                            WORD("0"),
                            NULL};
    char *const whiptail[] = {WORD("/usr/bin/whiptail"),
                              WORD("--inputbox"),
                              WORD("Client ID"),
                              WORD("14"),
                              WORD("70"),
                              NULL};
    char *letterbox[] = {argc > 1 ? argv[1] : WORD("build/release/ui/letterbox"),
                         WORD("setup"),
                         WORD("--config-dir"),
                         NULL,
                         WORD("--state-dir"),
                         NULL,
                         NULL};
    const struct subject subjects[] = {
        {"letterbox setup", letterbox, "F10 leave", enter_client_id, PTY_TAB},
        {"dialog --form", dialog, "Cancel", NULL, PTY_DOWN},
        {"whiptail --inputbox", whiptail, "Cancel", NULL, PTY_TAB},
    };

    scratch_make(&scratch);
    letterbox[3] = mem_format("%s/config", scratch.path);
    letterbox[5] = mem_format("%s/state", scratch.path);
    printf("%-20s%13s%14s%14s%14s%14s%14s\n", "on 80x24", "first frame", "its bytes",
           "peak memory", "bytes/letter", "bytes/focus", "bytes/page");
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        struct figures figures = measure(&subjects[i]);
        print_figures(subjects[i].name, &figures);
    }
    printf("%-20s%13s%14s%14s%14s%14s%14s\n", "aim for letterbox", "3 whiptails", "2600",
           "12 MiB", "10", "60", "2600");
    free(letterbox[3]);
    free(letterbox[5]);
    scratch_remove(&scratch);
    return 0;
}
