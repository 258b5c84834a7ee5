#include "base/argv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Reads one word from *line into `word`, leaving *line behind it; false: an open quote.
 */
static bool read_word(const char **line, struct buf *word)
{
    char quote = '\0';
    const char *at = *line;
    for (; *at && (quote || !is_blank(*at)); at++) {
        if (*at == '\\' && quote != '\'' && at[1])
            buf_add_char(word, *++at);
        else if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        else
            buf_add_char(word, *at);
    }
    *line = at;
    return quote == '\0';
}

char **argv_split(const char *line, struct err *err)
{
    size_t count = 0;
    char **words = mem_new(1, sizeof *words);
    struct buf word;
    buf_init(&word, strlen(line));
    for (;;) {
        while (is_blank(*line))
            line++;
        if (!*line)
            break;
        if (!read_word(&line, &word)) {
            err_set(err, ERR_SETTING, _("A quote is open at the end: close it."));
            argv_free(&words);
            break;
        }
        words = mem_resize(words, count + 2, sizeof *words);
        words[count++] = mem_copy_bytes(word.data, word.length);
        words[count] = NULL;
        buf_clear(&word);
    }
    buf_free(&word);
    return words;
}

static void add_word(struct buf *line, const char *word)
{
    if (*word && !strpbrk(word, " \t\r\n\"'\\")) {
        buf_add_text(line, word);
        return;
    }
    buf_add_char(line, '"');
    for (; *word; word++) {
        if (*word == '"' || *word == '\\')
            buf_add_char(line, '\\');
        buf_add_char(line, *word);
    }
    buf_add_char(line, '"');
}

char *argv_join(char *const *words)
{
    struct buf line;
    buf_init(&line, SIZE_MAX - 1);
    for (size_t i = 0; words && words[i]; i++) {
        if (i)
            buf_add_char(&line, ' ');
        add_word(&line, words[i]);
    }
    char *text = buf_take(&line);
    buf_free(&line);
    return text;
}

size_t argv_count(char *const *words)
{
    size_t count = 0;
    while (words && words[count])
        count++;
    return count;
}

char **argv_copy(char *const *words)
{
    if (!words)
        return NULL;
    size_t count = argv_count(words);
    char **copy = mem_new(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_copy_text(words[i]);
    return copy;
}

void argv_free(char ***words)
{
    for (size_t i = 0; *words && (*words)[i]; i++)
        free((*words)[i]);
    free(*words);
    *words = NULL;
}
