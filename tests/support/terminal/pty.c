#include "support/terminal/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <vterm.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define DEADLINE_MS 60000
#else
#define DEADLINE_MS 10000
#endif

#define ROW_MAX 4096
#define ENV_MAX 64

struct pty {
    int master, slave;
    pid_t pid;
    bool ended;
    int status;
    int rows, columns;
    struct termios before;
    VTerm *vterm;
    VTermScreen *screen;
    bool alternate, cursor_visible;
    char *bytes;
    size_t length, capacity;
    char row[ROW_MAX];
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void must(bool good, const char *what)
{
    if (!good)
        fail_msg("pty: %s: %s", what, strerror(errno));
}

/* The terminal's side */

static void write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);
        struct pollfd ready = {.fd = fd, .events = POLLOUT};

        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        } else if (written < 0 && errno == EAGAIN) {
            poll(&ready, 1, DEADLINE_MS);
        } else if (written < 0 && errno != EINTR) {
            return; /* the program is gone: the test will see that */
        }
    }
}

static void on_output(const char *bytes, size_t length, void *closure)
{
    struct pty *pty = closure;

    write_all(pty->master, bytes, length);
}

static int on_property(VTermProp property, VTermValue *value, void *closure)
{
    struct pty *pty = closure;

    if (property == VTERM_PROP_ALTSCREEN)
        pty->alternate = value->boolean;
    else if (property == VTERM_PROP_CURSORVISIBLE)
        pty->cursor_visible = value->boolean;
    return 1;
}

static void make_terminal(struct pty *pty)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_property};

    pty->vterm = vterm_new(pty->rows, pty->columns);
    vterm_set_utf8(pty->vterm, 1);
    vterm_output_set_callback(pty->vterm, on_output, pty);
    pty->screen = vterm_obtain_screen(pty->vterm);
    vterm_screen_set_callbacks(pty->screen, &callbacks, pty);
    vterm_screen_enable_altscreen(pty->screen, 1);
    pty->cursor_visible = true;
    vterm_screen_reset(pty->screen, 1);
}

static void keep_bytes(struct pty *pty, const char *bytes, size_t length)
{
    if (pty->length + length + 1 > pty->capacity) {
        pty->capacity = (pty->length + length + 1) * 2;
        pty->bytes = realloc(pty->bytes, pty->capacity);
        must(pty->bytes, "memory");
    }
    memcpy(pty->bytes + pty->length, bytes, length);
    pty->length += length;
    pty->bytes[pty->length] = '\0';
}

/* Takes what the program writes within `wait_ms`; false when there was nothing. */
static bool take_output(struct pty *pty, int wait_ms)
{
    struct pollfd ready = {.fd = pty->master, .events = POLLIN};
    char bytes[16384];
    ssize_t got;

    /* poll() passes over a descriptor of -1, and waits all the same. */
    if (poll(&ready, 1, wait_ms) <= 0)
        return false;
    got = read(pty->master, bytes, sizeof bytes);
    if (got <= 0)
        return false;
    keep_bytes(pty, bytes, (size_t)got);
    vterm_input_write(pty->vterm, bytes, (size_t)got);
    return true;
}

/* The program's side */

static void add_env(char **env, size_t *count, const char *word)
{
    size_t name = strcspn(word, "=") + 1;

    for (size_t i = 0; i < *count; i++) {
        if (strncmp(env[i], word, name) == 0) {
            env[i] = (char *)(uintptr_t)word;
            return;
        }
    }
    must(*count + 1 < ENV_MAX, "environment");
    env[(*count)++] = (char *)(uintptr_t)word;
}

static void make_env(char **env, const char *const *words)
{
    static const char *const kept[] = {
        "PATH=",         "ASAN_OPTIONS=", "UBSAN_OPTIONS=",
        "TSAN_OPTIONS=", "LSAN_OPTIONS=", "LETTERBOX_DATA_DIR="};
    extern char **environ;
    size_t count = 0;

    add_env(env, &count, "TERM=xterm-256color");
    add_env(env, &count, "LC_ALL=C.UTF-8");
    add_env(env, &count, "HOME=/nonexistent");
    for (size_t i = 0; environ[i]; i++) {
        for (size_t j = 0; j < sizeof kept / sizeof *kept; j++) {
            if (strncmp(environ[i], kept[j], strlen(kept[j])) == 0)
                add_env(env, &count, environ[i]);
        }
    }
    for (size_t i = 0; words && words[i]; i++)
        add_env(env, &count, words[i]);
    env[count] = NULL;
}

static void become_program(struct pty *pty, char **env, char *const *argv)
{
    sigset_t none;

    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    close(pty->master);
    setsid();
    ioctl(pty->slave, TIOCSCTTY, 0);
    dup2(pty->slave, STDIN_FILENO);
    dup2(pty->slave, STDOUT_FILENO);
    dup2(pty->slave, STDERR_FILENO);
    if (pty->slave > STDERR_FILENO)
        close(pty->slave);
    execve(argv[0], argv, env);
    _exit(127);
}

struct pty *pty_start(int rows, int columns, const char *const *words, char *const *argv)
{
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)columns};
    struct pty *pty = calloc(1, sizeof *pty);
    char *env[ENV_MAX];

    must(pty, "memory");
    pty->rows = rows;
    pty->columns = columns;
    must(openpty(&pty->master, &pty->slave, NULL, NULL, &size) == 0, "openpty");
    fcntl(pty->master, F_SETFD, FD_CLOEXEC);
    fcntl(pty->master, F_SETFL, O_NONBLOCK);
    tcgetattr(pty->slave, &pty->before);
    make_terminal(pty);
    make_env(env, words);
    pty->pid = fork();
    must(pty->pid >= 0, "fork");
    if (pty->pid == 0)
        become_program(pty, env, argv);
    return pty;
}

void pty_free(struct pty **address)
{
    struct pty *pty = *address;

    if (!pty)
        return;
    if (!pty->ended) {
        kill(pty->pid, SIGKILL);
        waitpid(pty->pid, NULL, 0);
    }
    if (pty->master >= 0)
        close(pty->master);
    if (pty->slave >= 0)
        close(pty->slave);
    vterm_free(pty->vterm);
    free(pty->bytes);
    free(pty);
    *address = NULL;
}

/* Typing */

static const struct {
    VTermKey key;
    VTermModifier modifier;
} keys[] = {
    [PTY_ENTER] = {VTERM_KEY_ENTER, VTERM_MOD_NONE},
    [PTY_TAB] = {VTERM_KEY_TAB, VTERM_MOD_NONE},
    [PTY_SHIFT_TAB] = {VTERM_KEY_TAB, VTERM_MOD_SHIFT},
    [PTY_BACKSPACE] = {VTERM_KEY_BACKSPACE, VTERM_MOD_NONE},
    [PTY_ESCAPE] = {VTERM_KEY_ESCAPE, VTERM_MOD_NONE},
    [PTY_UP] = {VTERM_KEY_UP, VTERM_MOD_NONE},
    [PTY_DOWN] = {VTERM_KEY_DOWN, VTERM_MOD_NONE},
    [PTY_LEFT] = {VTERM_KEY_LEFT, VTERM_MOD_NONE},
    [PTY_RIGHT] = {VTERM_KEY_RIGHT, VTERM_MOD_NONE},
    [PTY_DELETE] = {VTERM_KEY_DEL, VTERM_MOD_NONE},
    [PTY_HOME] = {VTERM_KEY_HOME, VTERM_MOD_NONE},
    [PTY_END] = {VTERM_KEY_END, VTERM_MOD_NONE},
    [PTY_PAGE_UP] = {VTERM_KEY_PAGEUP, VTERM_MOD_NONE},
    [PTY_PAGE_DOWN] = {VTERM_KEY_PAGEDOWN, VTERM_MOD_NONE},
    [PTY_F1] = {VTERM_KEY_FUNCTION(1), VTERM_MOD_NONE},
    [PTY_F3] = {VTERM_KEY_FUNCTION(3), VTERM_MOD_NONE},
    [PTY_F4] = {VTERM_KEY_FUNCTION(4), VTERM_MOD_NONE},
    [PTY_F5] = {VTERM_KEY_FUNCTION(5), VTERM_MOD_NONE},
    [PTY_F10] = {VTERM_KEY_FUNCTION(10), VTERM_MOD_NONE},
};

void pty_send(struct pty *pty, const char *bytes, size_t length)
{
    /* A long paste fills the kernel's buffers in both directions: keep reading. */
    while (length > 0) {
        size_t piece = length < 512 ? length : 512;

        write_all(pty->master, bytes, piece);
        bytes += piece;
        length -= piece;
        while (take_output(pty, 0))
            ;
    }
}

void pty_type(struct pty *pty, const char *text)
{
    pty_send(pty, text, strlen(text));
}

void pty_key(struct pty *pty, enum pty_key key)
{
    /* Which bytes a key sends depends on modes that may still be under way. */
    while (take_output(pty, 0))
        ;
    vterm_keyboard_key(pty->vterm, keys[key].key, keys[key].modifier);
}

void pty_press_control(struct pty *pty, char letter)
{
    char byte = (char)(letter & 0x1f);

    pty_send(pty, &byte, 1);
}

void pty_paste(struct pty *pty, const char *text)
{
    while (take_output(pty, 0))
        ;
    vterm_keyboard_start_paste(pty->vterm);
    pty_type(pty, text);
    vterm_keyboard_end_paste(pty->vterm);
}

void pty_resize(struct pty *pty, int rows, int columns)
{
    struct winsize size = {.ws_row = (unsigned short)rows,
                           .ws_col = (unsigned short)columns};

    pty->rows = rows;
    pty->columns = columns;
    vterm_set_size(pty->vterm, rows, columns);
    must(ioctl(pty->master, TIOCSWINSZ, &size) == 0, "resize");
}

void pty_signal(struct pty *pty, int signal_number)
{
    must(kill(pty->pid, signal_number) == 0, "kill");
}

void pty_hang_up(struct pty *pty)
{
    close(pty->slave);
    close(pty->master);
    pty->slave = pty->master = -1;
}

/* Looking */

const char *pty_row(struct pty *pty, int row)
{
    VTermRect area = {row, row + 1, 0, pty->columns};
    size_t length = vterm_screen_get_text(pty->screen, pty->row, ROW_MAX - 1, area);

    while (length > 0 && pty->row[length - 1] == ' ')
        length--;
    pty->row[length] = '\0';
    return pty->row;
}

int pty_find(struct pty *pty, const char *text)
{
    for (int row = 0; row < pty->rows; row++) {
        if (strstr(pty_row(pty, row), text))
            return row;
    }
    return -1;
}

bool pty_has(struct pty *pty, const char *text)
{
    while (take_output(pty, 0))
        ;
    return pty_find(pty, text) >= 0;
}

char *pty_screen(struct pty *pty)
{
    char *text = calloc((size_t)pty->rows + 1, ROW_MAX);
    size_t length = 0;

    must(text, "memory");
    for (int row = 0; row < pty->rows; row++)
        length += (size_t)snprintf(text + length, ROW_MAX, "%s\n", pty_row(pty, row));
    return text;
}

static void fail_with_screen(struct pty *pty, const char *what, const char *text)
{
    char *screen = pty_screen(pty);

    fprintf(stderr, "%s\n", screen); /* print_message() cuts at 1 KiB */
    free(screen);
    fail_msg("%s \"%s\"", what, text);
}

static bool row_has(struct pty *pty, const char *beside, const char *text)
{
    for (int row = 0; row < pty->rows; row++) {
        if (strstr(pty_row(pty, row), text) && strstr(pty->row, beside))
            return true;
    }
    return false;
}

static void wait_until(struct pty *pty, const char *beside, const char *text, bool there,
                       int64_t end)
{

    while (row_has(pty, beside, text) != there) {
        int64_t left = end - now_ms();

        if (left <= 0)
            fail_with_screen(pty, there ? "never saw" : "still see", text);
        if (!take_output(pty, (int)left) && pty->ended &&
            row_has(pty, beside, text) != there)
            fail_with_screen(pty, there ? "ended without" : "ended with", text);
    }
}

static void wait_for(struct pty *pty, const char *beside, const char *text, bool there)
{
    wait_until(pty, beside, text, there, now_ms() + DEADLINE_MS);
}

void pty_see(struct pty *pty, const char *text)
{
    wait_for(pty, "", text, true);
}

void pty_see_within(struct pty *pty, const char *text, int seconds)
{
    wait_until(pty, "", text, true, now_ms() + (int64_t)seconds * 1000);
}

void pty_see_gone(struct pty *pty, const char *text)
{
    wait_for(pty, "", text, false);
}

void pty_see_beside(struct pty *pty, const char *beside, const char *text)
{
    wait_for(pty, beside, text, true);
}

/* The program sleeps in its poll: state S, and no byte of its input is left unread. */
static bool is_waiting(struct pty *pty)
{
    char path[64], line[512] = "";
    const char *state;
    int unread = 0;
    ssize_t got;
    int fd;

    if (pty->slave < 0 || ioctl(pty->slave, FIONREAD, &unread) != 0 || unread > 0)
        return false;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pty->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return true;
    got = read(fd, line, sizeof line - 1);
    close(fd);
    if (got <= 0)
        return true;
    state = strrchr(line, ')');
    return !state || state[2] == 'S' || state[2] == 'Z' || state[2] == 'T';
}

void pty_settle(struct pty *pty)
{
    int64_t end = now_ms() + DEADLINE_MS;
    int quiet = 0;

    while (quiet < 3 && now_ms() < end) {
        if (take_output(pty, 10))
            quiet = 0;
        else
            quiet = is_waiting(pty) ? quiet + 1 : 0;
    }
}

void pty_cursor(struct pty *pty, int *row, int *column)
{
    VTermPos position;

    vterm_state_get_cursorpos(vterm_obtain_state(pty->vterm), &position);
    *row = position.row;
    *column = position.col;
}

struct pty_look pty_look_of(struct pty *pty, const char *text)
{
    struct pty_look look = {false};
    VTermScreenCell cell;
    VTermPos position = {.row = pty_find(pty, text)};
    char part[ROW_MAX];

    if (position.row < 0)
        fail_with_screen(pty, "never saw", text);
    /* Columns are counted in cells, not bytes: look from each cell on. */
    for (position.col = pty->columns - 1; position.col >= 0; position.col--) {
        VTermRect rest = {position.row, position.row + 1, position.col, pty->columns};
        size_t length = vterm_screen_get_text(pty->screen, part, sizeof part - 1, rest);

        part[length] = '\0';
        if (strncmp(part, text, strlen(text)) == 0)
            break;
    }
    vterm_screen_get_cell(pty->screen, position, &cell);
    look.bold = cell.attrs.bold;
    look.underline = cell.attrs.underline != 0;
    look.reverse = cell.attrs.reverse;
    look.coloured =
        !VTERM_COLOR_IS_DEFAULT_FG(&cell.fg) || !VTERM_COLOR_IS_DEFAULT_BG(&cell.bg);
    return look;
}

const char *pty_bytes(struct pty *pty, size_t *length)
{
    while (take_output(pty, 0))
        ;
    *length = pty->length;
    return pty->bytes ? pty->bytes : "";
}

bool pty_wrote(struct pty *pty, const char *bytes)
{
    size_t length;
    const char *all = pty_bytes(pty, &length);

    return memmem(all, length, bytes, strlen(bytes)) != NULL;
}

bool pty_is_alternate(struct pty *pty)
{
    return pty->alternate;
}

bool pty_cursor_is_visible(struct pty *pty)
{
    return pty->cursor_visible;
}

/* libvterm does not tell this mode: the last of its two sequences does. */
bool pty_pastes_in_brackets(struct pty *pty)
{
    static const char sequence[] = "\033[?2004";
    const size_t size = sizeof sequence - 1;
    bool on = false;

    for (size_t i = 0; i + size < pty->length; i++) {
        if (memcmp(pty->bytes + i, sequence, size) == 0)
            on = pty->bytes[i + size] == 'h';
    }
    return on;
}

void pty_termios(struct pty *pty, struct termios *now, struct termios *before)
{
    must(tcgetattr(pty->slave, now) == 0, "tcgetattr");
    *before = pty->before;
}

bool pty_termios_is_restored(struct pty *pty)
{
    struct termios now, before;

    pty_termios(pty, &now, &before);
    return now.c_iflag == before.c_iflag && now.c_oflag == before.c_oflag &&
           now.c_cflag == before.c_cflag && now.c_lflag == before.c_lflag &&
           memcmp(now.c_cc, before.c_cc, sizeof now.c_cc) == 0;
}

int pty_exit_status(struct pty *pty)
{
    int64_t end = now_ms() + DEADLINE_MS;

    while (!pty->ended) {
        if (waitpid(pty->pid, &pty->status, WNOHANG) == pty->pid)
            pty->ended = true;
        else if (now_ms() > end)
            fail_with_screen(pty, "still runs", "");
        else
            take_output(pty, 10);
    }
    while (take_output(pty, 0))
        ;
    return WIFSIGNALED(pty->status) ? 128 + WTERMSIG(pty->status)
                                    : WEXITSTATUS(pty->status);
}

pid_t pty_pid(const struct pty *pty)
{
    return pty->pid;
}
