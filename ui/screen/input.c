#include "ui/screen/input.h"

#include <curses.h>
#include <string.h>
#include <unistr.h>

#define PASTE_MAX (1024u * 1024u)
#define TYPED_MAX 4096u

/* Codes of our own, beyond any function key that there is. */
#define CODE_PASTE_BEGIN (KEY_F0 + 60)
#define CODE_PASTE_END   (KEY_F0 + 61)

/* What terminals send although terminfo says otherwise. */
static const struct {
    const char *sequence;
    int code;
} sequences[] = {
    {"\033[200~", CODE_PASTE_BEGIN},
    {"\033[201~", CODE_PASTE_END},
    {"\033[A", KEY_UP},
    {"\033OA", KEY_UP},
    {"\033[B", KEY_DOWN},
    {"\033OB", KEY_DOWN},
    {"\033[C", KEY_RIGHT},
    {"\033OC", KEY_RIGHT},
    {"\033[D", KEY_LEFT},
    {"\033OD", KEY_LEFT},
    {"\033[H", KEY_HOME},
    {"\033OH", KEY_HOME},
    {"\033[1~", KEY_HOME},
    {"\033[7~", KEY_HOME},
    {"\033[F", KEY_END},
    {"\033OF", KEY_END},
    {"\033[4~", KEY_END},
    {"\033[8~", KEY_END},
    {"\033[3~", KEY_DC},
    {"\033[5~", KEY_PPAGE},
    {"\033[6~", KEY_NPAGE},
    {"\033[Z", KEY_BTAB},
    {"\033OM", KEY_ENTER},
    {"\033OP", KEY_F(1)},
    {"\033[11~", KEY_F(1)},
    {"\033[[A", KEY_F(1)},
    {"\033OR", KEY_F(3)},
    {"\033[13~", KEY_F(3)},
    {"\033[[C", KEY_F(3)},
    {"\033OS", KEY_F(4)},
    {"\033[14~", KEY_F(4)},
    {"\033[[D", KEY_F(4)},
    {"\033[15~", KEY_F(5)},
    {"\033[[E", KEY_F(5)},
    {"\033[21~", KEY_F(10)},
};

static const struct {
    int code;
    enum key key;
} keys[] = {
    {'\t', K_NEXT},
    {KEY_BTAB, K_PREVIOUS},
    {KEY_UP, K_UP},
    {KEY_DOWN, K_DOWN},
    {KEY_LEFT, K_LEFT},
    {KEY_RIGHT, K_RIGHT},
    {KEY_HOME, K_HOME},
    {'A' & 0x1f, K_HOME},
    {KEY_END, K_END},
    {'E' & 0x1f, K_END},
    {'\r', K_ACCEPT},
    {'\n', K_ACCEPT},
    {KEY_ENTER, K_ACCEPT},
    {KEY_BACKSPACE, K_ERASE},
    {'\b', K_ERASE},
    {0x7f, K_ERASE},
    {KEY_DC, K_ERASE_NEXT},
    {'D' & 0x1f, K_ERASE_NEXT},
    {'W' & 0x1f, K_ERASE_WORD},
    {'U' & 0x1f, K_ERASE_BEFORE},
    {KEY_NPAGE, K_PAGE_NEXT},
    {'N' & 0x1f, K_PAGE_NEXT},
    {KEY_PPAGE, K_PAGE_BACK},
    {'P' & 0x1f, K_PAGE_BACK},
    {KEY_F(1), K_HELP},
    {'G' & 0x1f, K_HELP},
    {KEY_F(3), K_FIX},
    {'F' & 0x1f, K_FIX},
    {KEY_F(4), K_MORE},
    {'O' & 0x1f, K_MORE},
    {KEY_F(5), K_TEST},
    {'T' & 0x1f, K_TEST},
    {KEY_F(10), K_LEAVE},
    {'Q' & 0x1f, K_LEAVE},
    {'C' & 0x1f, K_LEAVE},
    {'R' & 0x1f, K_REVEAL},
    {'Z' & 0x1f, K_SUSPEND},
    {'L' & 0x1f, K_REPAINT},
};

void input_start(struct input_reader *reader)
{
    memset(reader, 0, sizeof *reader);
    buf_init_secret(&reader->text, TYPED_MAX);
    buf_init_secret(&reader->paste, PASTE_MAX);
    for (size_t i = 0; i < sizeof sequences / sizeof *sequences; i++)
        define_key(sequences[i].sequence, sequences[i].code);
}

void input_stop(struct input_reader *reader)
{
    buf_free(&reader->text);
    buf_free(&reader->paste);
}

static enum key key_of(int code)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].code == code)
            return keys[i].key;
    }
    return K_UNKNOWN;
}

/* One byte of the locale's encoding; the character goes to `out` as UTF-8 when it is
 * whole. */
static void add_byte(struct input_reader *reader, struct buf *out, int byte)
{
    char c = (char)byte;
    wchar_t wide;
    uint8_t utf8[6];
    size_t used = mbrtowc(&wide, &c, 1, &reader->decoding);
    int length;

    if (used == (size_t)-2)
        return;
    if (used == (size_t)-1) {
        memset(&reader->decoding, 0, sizeof reader->decoding);
        wide = 0xfffd;
    }
    length = u8_uctomb(utf8, (ucs4_t)wide, sizeof utf8);
    if (length > 0)
        buf_add(out, (const char *)utf8, (size_t)length);
}

/* A NUL would hide what is behind it; what is no character at all is refused later. */
static void add_pasted(struct input_reader *reader, int code)
{
    if (code >= KEY_MIN || code == 0)
        code = '\001';
    add_byte(reader, &reader->paste, code);
}

/* A key that curses does not know is not typed into a field: swallows what belongs to it.
 */
static enum key read_escape(void)
{
    int next = getch();

    if (next == '[') {
        do
            next = getch();
        while (next != ERR && (next < '@' || next > '~'));
        return K_UNKNOWN;
    }
    if (next == 'O') {
        getch();
        return K_UNKNOWN;
    }
    if (next != ERR)
        ungetch(next);
    return K_ESCAPE;
}

static void give_paste(struct input_reader *reader, struct input *input)
{
    reader->pasting = false;
    input->kind = INPUT_PASTE;
    input->text = reader->paste.data;
    input->length = reader->paste.length;
    input->too_long = reader->paste.overflowed;
}

static bool give_text(struct input_reader *reader, struct input *input)
{
    if (reader->text.length == 0)
        return false;
    input->kind = INPUT_TEXT;
    input->text = reader->text.data;
    input->length = reader->text.length;
    return true;
}

static bool give_key(struct input_reader *reader, struct input *input, enum key key)
{
    if (give_text(reader, input)) {
        reader->held = key;
        return true;
    }
    input->kind = INPUT_KEY;
    input->key = key;
    return true;
}

/* A held key, or the beginning of what comes next. */
static bool give_held(struct input_reader *reader, struct input *input)
{
    enum key key = reader->held;

    memset(input, 0, sizeof *input);
    buf_clear(&reader->text);
    if (!reader->pasting)
        buf_clear(&reader->paste);
    reader->held = K_NONE;
    return key != K_NONE && give_key(reader, input, key);
}

bool input_next(struct input_reader *reader, struct input *input)
{
    int code;

    if (give_held(reader, input))
        return true;
    while ((code = getch()) != ERR) {
        if (code == CODE_PASTE_END && reader->pasting) {
            give_paste(reader, input);
            return true;
        }
        if (reader->pasting) {
            add_pasted(reader, code);
        } else if (code == CODE_PASTE_BEGIN) {
            reader->pasting = true;
            if (give_text(reader, input))
                return true;
        } else if (code == '\033') {
            return give_key(reader, input, read_escape());
        } else if (code < ' ' || code == 0x7f || code >= KEY_MIN) {
            return give_key(reader, input, key_of(code));
        } else {
            add_byte(reader, &reader->text, code);
            if (reader->text.length + 8 > TYPED_MAX)
                break;
        }
    }
    return give_text(reader, input);
}

bool input_end_paste(struct input_reader *reader, struct input *input)
{
    if (!reader->pasting)
        return false;
    memset(input, 0, sizeof *input);
    give_paste(reader, input);
    return true;
}
