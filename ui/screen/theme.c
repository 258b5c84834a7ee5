#include "ui/screen/theme.h"

const struct signs signs_utf8 = {
    .rule = "─",
    .done = "✓",
    .here = "▸",
    .failed = "✗",
    .warning = "!",
    .info = "·",
    .waiting = "·",
    .focus = "▌",
    .chosen = "(•)",
    .unchosen = "( )",
    .bar = "▆",
    .dots = "••••••••••••",
    .separator = "·",
    .cut = "…",
    .above = "↑",
    .below = "↓",
};

const struct signs signs_ascii = {
    .rule = "-",
    .done = "+",
    .here = ">",
    .failed = "x",
    .warning = "!",
    .info = "-",
    .waiting = ".",
    .focus = ">",
    .chosen = "(*)",
    .unchosen = "( )",
    .bar = "#",
    .dots = "************",
    .separator = "-",
    .cut = "~",
    .above = "^",
    .below = "v",
};

char role_letter(enum role role)
{
    static const char letters[ROLE_COUNT] = {
        [ROLE_TEXT] = '.', [ROLE_DIM] = 'd',  [ROLE_STRONG] = 's', [ROLE_ACCENT] = 'a',
        [ROLE_GOOD] = 'g', [ROLE_WARN] = 'w', [ROLE_BAD] = 'b',    [ROLE_CHOSEN] = 'c',
    };

    return letters[role];
}
