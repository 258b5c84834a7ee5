#include "ui/screen/terminal.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "ui/screen/canvas_curses.h"
#include "ui/screen/crash.h"

/* Last, because it makes a macro of every capability: columns, lines, … */
#include <term.h>

/* Network split seconds tear an arrow key's bytes apart; 1000, curses' own, is felt at
 * every Esc. */
#define ESCAPE_DELAY_MS 200

#define BRACKETS_ON     "\033[?2004h"
#define BRACKETS_OFF    "\033[?2004l"

static bool open_streams(struct terminal *terminal)
{
    terminal->own_tty = !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO);
    if (terminal->own_tty)
        terminal->in = terminal->out = fopen("/dev/tty", "r+e");
    else {
        terminal->in = stdin;
        terminal->out = stdout;
    }
    return terminal->in && tcgetattr(fileno(terminal->in), &terminal->termios) == 0;
}

static void close_streams(struct terminal *terminal)
{
    if (terminal->own_tty && terminal->in)
        fclose(terminal->in);
    terminal->in = terminal->out = NULL;
}

static const char *capability(const char *name)
{
    const char *value = tigetstr(name);

    return value && value != (const char *)-1 ? value : "";
}

/* Asked of terminfo before anything is written. */
static bool can_be_drawn_on(struct terminal *terminal)
{
    int outcome;
    bool fits;

    if (setupterm(NULL, fileno(terminal->out), &outcome) != OK)
        return false;
    /* Unknown private modes are ignored by what speaks ANSI, and by nothing else. */
    terminal->has_brackets = strncmp(capability("cup"), "\033[", 2) == 0;
    fits = capability("cup")[0] != '\0';
    del_curterm(cur_term); /* newterm makes its own */
    return fits;
}

/* A capability without its padding ("$<5>"): a crash waits for nothing. */
static void add_capability(char *out, size_t size, const char *text)
{
    size_t length = strlen(out);

    while (*text && length + 1 < size) {
        const char *end = strncmp(text, "$<", 2) == 0 ? strchr(text, '>') : NULL;

        if (end)
            text = end + 1;
        else
            out[length++] = *text++;
    }
    out[length] = '\0';
}

static void arm_crash(const struct terminal *terminal)
{
    char reset[200] = "";

    if (terminal->has_brackets)
        add_capability(reset, sizeof reset, BRACKETS_OFF);
    add_capability(reset, sizeof reset, capability("sgr0"));
    add_capability(reset, sizeof reset, capability("rmkx"));
    add_capability(reset, sizeof reset, capability("rmcup"));
    add_capability(reset, sizeof reset, capability("cnorm"));
    crash_arm(fileno(terminal->out), reset, &terminal->termios, terminal->errors.held,
              terminal->errors.errors);
}

/* Past curses, which would put it into the buffer of a stdout that nobody flushes. */
static void set_brackets(const struct terminal *terminal, bool on)
{
    const char *sequence = on ? BRACKETS_ON : BRACKETS_OFF;

    if (terminal->has_brackets &&
        write(fileno(terminal->out), sequence, strlen(sequence)) < 0) {
        /* A terminal that is gone pastes nothing. */
    }
}

static void configure(struct terminal *terminal)
{
    const char *no_colour = getenv("NO_COLOR");

    if (!getenv("ESCDELAY"))
        set_escdelay(ESCAPE_DELAY_MS);
    raw();
    noecho();
    nonl();
    intrflush(stdscr, FALSE);
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    typeahead(-1); /* a frame is drawn whole, whatever is typed meanwhile */
    canvas_curses_start(!no_colour || !no_colour[0]);
    set_brackets(terminal, true);
}

bool terminal_start(struct terminal *terminal)
{
    memset(terminal, 0, sizeof *terminal);
    if (open_streams(terminal) && can_be_drawn_on(terminal))
        terminal->screen = newterm(NULL, terminal->out, terminal->in);
    if (!terminal->screen) {
        close_streams(terminal);
        return false;
    }
    stderr_guard_start(&terminal->errors);
    arm_crash(terminal);
    configure(terminal);
    return true;
}

void terminal_stop(struct terminal *terminal)
{
    /* A second endwin() would put the cursor back to before what stands there now. */
    if (terminal->paused)
        terminal_give_keys(terminal);
    else
        terminal_pause(terminal);
    crash_disarm();
    delscreen(terminal->screen);
    stderr_guard_stop(&terminal->errors);
    close_streams(terminal);
}

int terminal_fd(const struct terminal *terminal)
{
    return fileno(terminal->in);
}

bool terminal_is_gone(const struct terminal *terminal)
{
    int unread = 0;

    return ioctl(fileno(terminal->in), FIONREAD, &unread) != 0 || unread == 0;
}

void terminal_pause(struct terminal *terminal)
{
    set_brackets(terminal, false);
    endwin();
    terminal->paused = true;
}

void terminal_take_keys(const struct terminal *terminal)
{
    struct termios termios = terminal->termios;

    termios.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG | IEXTEN);
    termios.c_cc[VMIN] = 1;
    termios.c_cc[VTIME] = 0;
    tcsetattr(fileno(terminal->in), TCSADRAIN, &termios);
}

void terminal_give_keys(const struct terminal *terminal)
{
    tcsetattr(fileno(terminal->in), TCSADRAIN, &terminal->termios);
}

void terminal_resume(struct terminal *terminal)
{
    terminal->paused = false;
    reset_prog_mode();
    set_brackets(terminal, true);
    terminal_repaint();
}

void terminal_follow_size(const struct terminal *terminal)
{
    struct winsize size;

    if (ioctl(fileno(terminal->out), TIOCGWINSZ, &size) == 0 && size.ws_row > 0 &&
        size.ws_col > 0)
        resizeterm(size.ws_row, size.ws_col);
}

void terminal_size(int *rows, int *width)
{
    getmaxyx(stdscr, *rows, *width);
}

void terminal_bell(void)
{
    beep();
}

void terminal_repaint(void)
{
    clearok(curscr, TRUE);
}
