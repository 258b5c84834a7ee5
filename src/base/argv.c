#include "base/argv.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/i18n.h"
#include "base/mem.h"

enum { WORD_LIMIT = 64 * 1024 };

size_t argv_count(char *const *words)
{
    size_t count = 0;

    while (words && words[count])
        count++;
    return count;
}

void argv_free(char ***words)
{
    if (!*words)
        return;
    for (size_t i = 0; (*words)[i]; i++)
        free((*words)[i]);
    free(*words);
    *words = NULL;
}

char **argv_copy(char *const *words)
{
    size_t count = argv_count(words);
    char **copy;

    if (!words)
        return NULL;
    copy = mem_new(count + 1, sizeof *copy);
    for (size_t i = 0; i < count; i++)
        copy[i] = mem_copy_text(words[i]);
    return copy;
}

static void add_word(char ***words, size_t *count, struct buf *word)
{
    *words = mem_resize(*words, *count + 2, sizeof **words);
    (*words)[(*count)++] = buf_take(word);
    (*words)[*count] = NULL;
}

/* One word from *line on; false when a quote is open at the end. */
static bool read_word(const char **line, struct buf *word)
{
    char quote = '\0';
    const char *at;

    for (at = *line; *at && (quote || *at != ' '); at++) {
        if (quote && *at == quote)
            quote = '\0';
        else if (!quote && (*at == '"' || *at == '\''))
            quote = *at;
        else if (*at == '\\' && quote != '\'' && at[1])
            buf_add_char(word, *++at);
        else
            buf_add_char(word, *at);
    }
    *line = at;
    return !quote;
}

char **argv_split(const char *line, struct err *err)
{
    char **words = mem_new(1, sizeof *words);
    size_t count = 0;
    struct buf word;

    buf_init(&word, WORD_LIMIT);
    for (;;) {
        line += strspn(line, " ");
        if (!*line)
            break;
        if (!read_word(&line, &word)) {
            err_set(
                err, ERR_SETTING,
                _("A quote is not closed. Write \"two words\" or 'two words', and \\\" "
                  "for a quote itself."));
            argv_free(&words);
            break;
        }
        add_word(&words, &count, &word);
    }
    buf_free(&word);
    return words;
}

static void quote_word(struct buf *line, const char *word)
{
    if (word[0] && !strpbrk(word, " \"'\\")) {
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

    buf_init(&line, WORD_LIMIT);
    for (size_t i = 0; words && words[i]; i++) {
        if (i > 0)
            buf_add_char(&line, ' ');
        quote_word(&line, words[i]);
    }
    return buf_take(&line);
}
