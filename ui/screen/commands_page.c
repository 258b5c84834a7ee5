#include "ui/screen/commands_page.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice/report.h"
#include "base/i18n.h"
#include "base/mem.h"
#include "ui/charset.h"

#define CONTROL(letter) ((letter) - '@')
#define ESCAPE          '\033'
#define ESCAPE_DELAY_MS 200 /* until an Esc is nobody's beginning */
#define KEY_BYTES_MAX   64

/* What is said is a comment too: whoever selects too much pastes no harm. */
static void print_remark(const struct commands_page *page, FILE *out, const char *text)
{
    charset_print_take(out, mem_format("# %s\n", text), page->ascii);
    fflush(out);
}

void commands_page_show(const struct commands_page *page, struct terminal *terminal)
{
    terminal_take_keys(terminal);
    fputc('\n', terminal->out);
    charset_print_take(terminal->out, mem_copy_text(page->text), page->ascii);
    fputc('\n', terminal->out);
    print_remark(page, terminal->out, _("Enter: back.  w: write these lines to a file."));
}

bool commands_page_open(struct commands_page *page, struct terminal *terminal,
                        const struct view *view)
{
    char *text = report_commands(view->setup->diagnosis);

    if (!text)
        return false;
    *page = (struct commands_page){.open = true, .ascii = view->ascii, .text = text};
    terminal_pause(terminal);
    commands_page_show(page, terminal);
    return true;
}

void commands_page_close(struct commands_page *page, struct terminal *terminal)
{
    commands_page_free(page);
    terminal_give_keys(terminal);
    terminal_resume(terminal);
}

void commands_page_free(struct commands_page *page)
{
    free(page->text);
    *page = (struct commands_page){.open = false};
}

static bool more_follows(const struct terminal *terminal)
{
    struct pollfd fd = {.fd = terminal_fd(terminal), .events = POLLIN};

    return poll(&fd, 1, ESCAPE_DELAY_MS) > 0;
}

enum commands_key commands_page_read_key(const struct commands_page *page,
                                         struct terminal *terminal, struct setup *setup)
{
    char bytes[KEY_BYTES_MAX];
    ssize_t length = read(terminal_fd(terminal), bytes, sizeof bytes);

    /* Several at once are an arrow key, or commands pasted into the wrong window. */
    if (length == 1) {
        switch (bytes[0]) {
        case '\n':
        case '\r':
        case 'q':
        case CONTROL('C'):
        case CONTROL('Q'):
            return COMMANDS_BACK;
        case ESCAPE:
            if (!more_follows(terminal))
                return COMMANDS_BACK;
            return COMMANDS_DONE;
        case 'w':
            setup_write_commands(setup, page->text);
            print_remark(page, terminal->out, setup->report_note);
            return COMMANDS_DONE;
        case CONTROL('Z'):
            return COMMANDS_SUSPEND;
        default:
            break;
        }
    }
    fputc('\a', terminal->out);
    fflush(terminal->out);
    return COMMANDS_DONE;
}

void commands_page_tell(const struct commands_page *page, struct terminal *terminal,
                        const char *sentence)
{
    fputc('\a', terminal->out);
    print_remark(page, terminal->out, sentence);
}
