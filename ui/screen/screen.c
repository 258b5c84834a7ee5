#include "ui/screen/screen.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ui/screen/act.h"
#include "ui/screen/canvas_curses.h"
#include "ui/screen/commands_page.h"
#include "ui/screen/deeds.h"
#include "ui/screen/draw.h"
#include "ui/screen/signals.h"
#include "ui/screen/terminal.h"

#define TICK_MS        250  /* the running test's clock */
#define PASTE_QUIET_MS 1000 /* a paste whose end is lost ends then */

struct loop {
    struct view view;
    struct terminal terminal;
    struct commands_page commands; /* while it is open, nothing is drawn */
    struct input_reader reader;
    struct canvas shown; /* what stands on the terminal */
    int end_signal;
};

/* Whether the keys that scroll are named depends on how the drawing comes out. */
static void draw_canvas(struct view *view, struct canvas *canvas)
{
    int rows, columns, most;

    terminal_size(&rows, &columns);
    for (int tries = 0; tries < 2; tries++) {
        canvas_free(canvas);
        canvas_init(canvas, rows, columns, view->ascii);
        most = view->scrolled.most;
        view->scrolled = draw_screen(view, canvas);
        if ((most > 0) == (view->scrolled.most > 0))
            break;
    }
}

static void draw(struct loop *loop)
{
    struct view *view = &loop->view;
    struct canvas canvas = {.rows = 0};

    if (view->setup->check)
        view->test_elapsed_us = view->now.us - view->test_began_us;
    draw_canvas(view, &canvas);
    if (view->bell)
        terminal_bell();
    view->bell = false;
    canvas_curses_show(&canvas, loop->shown.cells ? &loop->shown : NULL);
    canvas_free(&loop->shown);
    loop->shown = canvas;
}

static void suspend(struct loop *loop)
{
    if (loop->commands.open)
        terminal_give_keys(&loop->terminal);
    else
        terminal_pause(&loop->terminal);
    signals_suspend();
    if (loop->commands.open)
        terminal_take_keys(&loop->terminal);
    else
        terminal_resume(&loop->terminal);
}

static void go_on(struct loop *loop)
{
    if (loop->commands.open)
        commands_page_show(&loop->commands, &loop->terminal);
    else
        terminal_resume(&loop->terminal);
}

static void on_signal(struct loop *loop, int number)
{
    switch (number) {
    case SIGWINCH:
        if (!loop->commands.open) /* else when it is closed */
            terminal_follow_size(&loop->terminal);
        break;
    case SIGTSTP:
        suspend(loop);
        break;
    case SIGCONT:
        go_on(loop);
        break;
    default:
        loop->end_signal = number;
    }
}

static void on_input(struct loop *loop, const struct input *input)
{
    if (input->kind == INPUT_KEY && input->key == K_SUSPEND)
        suspend(loop);
    else if (input->kind == INPUT_KEY && input->key == K_REPAINT)
        terminal_repaint();
    else
        act_on_input(&loop->view, input);
    if (loop->view.commands)
        commands_page_open(&loop->commands, &loop->terminal, &loop->view);
    loop->view.commands = false;
}

static void drain_input(struct loop *loop)
{
    struct input input;

    while (!loop->view.ended && !loop->commands.open && input_next(&loop->reader, &input))
        on_input(loop, &input);
}

static void on_commands_key(struct loop *loop)
{
    switch (commands_page_read_key(&loop->commands, &loop->terminal, loop->view.setup)) {
    case COMMANDS_BACK:
        commands_page_close(&loop->commands, &loop->terminal);
        terminal_follow_size(&loop->terminal);
        break;
    case COMMANDS_SUSPEND:
        suspend(loop);
        break;
    case COMMANDS_DONE:
        break;
    }
}

/* Whoever waits for a test to pass looks at the commands meanwhile. */
static void tell_end(struct loop *loop)
{
    char *sentence = repeat_sentence(&loop->view.repeat, false);

    if (sentence)
        commands_page_tell(&loop->commands, &loop->terminal, sentence);
    loop->view.bell = false;
    free(sentence);
}

/* Only the first test of some values shows how its time goes by. */
static int timeout_of(const struct loop *loop)
{
    if (wizard_test_state(loop->view.setup->wizard) == WIZARD_TESTING)
        return TICK_MS;
    return loop->reader.pasting ? PASTE_QUIET_MS : deeds_wait_ms(&loop->view);
}

static void take_time(struct view *view)
{
    view->now = (struct moment){.us = clock_now_us(), .date = time(NULL)};
}

/* Waits, and takes all that has come; false when the terminal is gone. */
static bool wait_and_drain(struct loop *loop)
{
    struct check *check = loop->view.setup->check;
    struct pollfd fds[4] = {
        {.fd = terminal_fd(&loop->terminal), .events = POLLIN},
        {.fd = signals_fd(), .events = POLLIN},
        {.fd = check ? check_fd(check) : -1, .events = POLLIN},
        {.fd = start_fd(&loop->view.setup->start), .events = POLLIN},
    };
    struct input input;
    int number;
    int ready = poll(fds, 4, timeout_of(loop));

    take_time(&loop->view);
    if (ready == 0 && input_end_paste(&loop->reader, &input))
        on_input(loop, &input);
    while ((number = signals_next()) != 0)
        on_signal(loop, number);
    if (ready > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
        return false;
    if (ready > 0 && (fds[0].revents & POLLIN)) {
        if (terminal_is_gone(&loop->terminal))
            return false;
        if (loop->commands.open)
            on_commands_key(loop);
        else
            drain_input(loop);
    }
    if (check)
        deeds_on_test(&loop->view);
    deeds_on_start(&loop->view);
    deeds_on_time(&loop->view);
    if (loop->commands.open && loop->view.bell)
        tell_end(loop);
    return true;
}

static enum screen_end run(struct loop *loop, int *signal_number)
{
    take_time(&loop->view);
    draw(loop);
    while (!loop->view.ended && loop->end_signal == 0) {
        if (!wait_and_drain(loop))
            loop->end_signal = SIGHUP;
        /* While a paste comes in there is nothing new to see. */
        else if (!loop->view.ended && !loop->reader.pasting && !loop->commands.open)
            draw(loop);
    }
    if (wizard_is_saved(loop->view.setup->wizard))
        return SCREEN_SAVED;
    if (loop->end_signal == 0)
        return SCREEN_LEFT;
    *signal_number = loop->end_signal;
    return SCREEN_SIGNALLED;
}

/* The fonts of the Linux console have few of the signs. */
static bool needs_ascii(const struct setup *setup)
{
    const char *term = getenv("TERM");

    return setup->ascii || (term && strcmp(term, "linux") == 0);
}

enum screen_end screen_run(struct setup *setup, int *signal_number)
{
    struct loop loop = {.end_signal = 0};
    enum screen_end end;

    if (!signals_start())
        return SCREEN_IMPOSSIBLE;
    if (!terminal_start(&loop.terminal)) {
        signals_stop();
        return SCREEN_IMPOSSIBLE;
    }
    input_start(&loop.reader);
    view_init(&loop.view, setup, needs_ascii(setup));
    end = run(&loop, signal_number);
    setup_cancel_test(setup);
    commands_page_free(&loop.commands);
    view_free(&loop.view);
    input_stop(&loop.reader);
    canvas_free(&loop.shown);
    terminal_stop(&loop.terminal);
    signals_stop();
    return end;
}
