#include "advice/mask.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "advice/look.h"
#include "advice/shapes.h"
#include "base/buf.h"
#include "base/i18n.h"
#include "base/mem.h"

#define TEXT_MAX     (256 * 1024)
#define SHORTEST     2 /* a login of one letter is in every word */
#define SHORTEST_CUT 3 /* of the beginning of a name that was cut with "…" */

/* Between the passes over a text a name is MARK, its place in the list, END. */
#define MARK '\001'
#define END  '\002'

enum kind { KIND_ADDRESS, KIND_USER, KIND_HOST, KIND_COUNT };

static const char *const words[KIND_COUNT] = {
    [KIND_ADDRESS] = N_("address"),
    [KIND_USER] = N_("user"),
    [KIND_HOST] = N_("host address"),
};

/* What was met, in the form in which it is compared. */
struct met {
    enum kind kind;
    size_t number; /* among its kind, from 1 */
    char *text;
};

/* A way to write one of the run's own names. */
struct form {
    char *text;
    size_t met;
    bool is_address;
};

struct mask {
    struct met *met;
    size_t met_count;
    struct form *forms;
    size_t form_count;
};

/* ---- What was met ------------------------------------------------------------ */

/* Takes `key`. */
static size_t find_met(struct mask *mask, enum kind kind, char *key)
{
    size_t number = 1;

    for (size_t i = 0; i < mask->met_count; i++) {
        if (mask->met[i].kind != kind)
            continue;
        if (strcmp(mask->met[i].text, key) == 0) {
            free(key);
            return i;
        }
        number++;
    }
    mask->met = mem_resize(mask->met, mask->met_count + 1, sizeof *mask->met);
    mask->met[mask->met_count] = (struct met){kind, number, key};
    return mask->met_count++;
}

static void add_mark(struct buf *out, size_t met)
{
    buf_add_format(out, "%c%zu%c", MARK, met, END);
}

/* ---- The run's own names ----------------------------------------------------- */

/* Takes `text`; a form that is there already adds nothing. */
static void add_form(struct mask *mask, char *text, size_t met, bool is_address)
{
    for (size_t i = 0; i < mask->form_count; i++) {
        if (strcasecmp(mask->forms[i].text, text) == 0) {
            free(text);
            return;
        }
    }
    mask->forms = mem_resize(mask->forms, mask->form_count + 1, sizeof *mask->forms);
    mask->forms[mask->form_count++] = (struct form){text, met, is_address};
}

/* `value` with each `what` written as `as`. */
static char *replaced(const char *value, char what, const char *as)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (; *value; value++) {
        if (*value == what)
            buf_add_text(&out, as);
        else
            buf_add_char(&out, *value);
    }
    return buf_take(&out);
}

static char *percent_encoded(const char *value)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (; *value; value++) {
        if (isalnum((unsigned char)*value) || strchr("-._~", *value))
            buf_add_char(&out, *value);
        else
            buf_add_format(&out, "%%%02X", (unsigned char)*value);
    }
    return buf_take(&out);
}

static void know(struct mask *mask, const char *value)
{
    bool is_address = strchr(value, '@') != NULL;
    const char *domain_end = strrchr(value, '\\');
    size_t met;

    if (strlen(value) < SHORTEST)
        return;
    met = find_met(mask, is_address ? KIND_ADDRESS : KIND_USER,
                   shape_comparable(value, strlen(value)));
    add_form(mask, mem_copy_text(value), met, is_address);
    add_form(mask, replaced(value, '\'', "''"), met, is_address); /* PowerShell */
    add_form(mask, replaced(value, '\'', "'\\''"), met, is_address);
    add_form(mask, replaced(value, '\\', "\\\\"), met, is_address); /* JSON */
    add_form(mask, replaced(value, '"', "\\\""), met, is_address);
    add_form(mask, percent_encoded(value), met, is_address);
    if (domain_end) /* DOMAIN\user is told as "user" as well */
        know(mask, domain_end + 1);
}

/* The part before "@" alone, where it is no word that might stand anywhere. */
static void know_local_part(struct mask *mask, const char *address)
{
    const char *at = strrchr(address, '@');
    char *local;

    if (!at || at == address)
        return;
    local = mem_copy_bytes(address, (size_t)(at - address));
    if (strpbrk(local, "._+0123456789"))
        know(mask, local);
    free(local);
}

static void know_person(struct mask *mask, const char *value)
{
    static const char blanks[] = " \t\r\n";
    size_t length;
    char *name;

    value += strspn(value, blanks);
    length = strlen(value);
    while (length > 0 && strchr(blanks, value[length - 1]))
        length--;
    name = mem_copy_bytes(value, length);
    if (!look_is_guid(name)) {
        know(mask, name);
        know_local_part(mask, name);
    }
    free(name);
}

static int by_length(const void *a, const void *b)
{
    size_t left = strlen(((const struct form *)a)->text);
    size_t right = strlen(((const struct form *)b)->text);

    return left < right ? 1 : left > right ? -1 : 0;
}

struct mask *mask_new(const struct check_facts *facts)
{
    static const char account[] = "service-account-";
    struct mask *mask = mem_new(1, sizeof *mask);

    know_person(mask, look_entered(facts, SET_MAILBOX_USER));
    know_person(mask, look_entered(facts, SET_BASIC_USERNAME));
    know_person(mask, facts->claims.email);
    /* An application's own account is none of a person's. */
    if (strncmp(facts->claims.preferred_username, account, strlen(account)) != 0)
        know_person(mask, facts->claims.preferred_username);
    if (mask->form_count > 0)
        qsort(mask->forms, mask->form_count, sizeof *mask->forms, by_length);
    return mask;
}

void mask_free(struct mask **mask)
{
    if (!*mask)
        return;
    for (size_t i = 0; i < (*mask)->met_count; i++)
        free((*mask)->met[i].text);
    for (size_t i = 0; i < (*mask)->form_count; i++)
        free((*mask)->forms[i].text);
    free((*mask)->met);
    free((*mask)->forms);
    free(*mask);
    *mask = NULL;
}

/* May a name begin here?  Behind a percent-escape it may. */
static bool name_may_begin(const char *text, const char *at, bool is_address)
{
    const char *before;

    if (at == text || (at - text >= 3 && shape_is_escape(at - 3)))
        return true;
    before = shape_character_before(text, at);
    return !shape_is_word(before) && !(is_address && strchr(".+-", *before));
}

static bool name_may_end(const char *at, bool is_address)
{
    if (shape_is_word(at) && *at != '_')
        return false;
    return !is_address || !(strchr(".-_", *at) && *at && shape_is_word(at + 1));
}

/* Bytes of `form` at `at`, the whole of it or what a cut left; 0 when it is not there. */
static size_t length_of_form(const struct form *form, const char *at)
{
    static const char cut[] = "…";
    size_t length = 0;

    while (form->text[length] && tolower((unsigned char)form->text[length]) ==
                                     tolower((unsigned char)at[length]))
        length++;
    if (form->text[length] == '\0')
        return name_may_end(at + length, form->is_address) ? length : 0;
    return length >= SHORTEST_CUT && strncmp(at + length, cut, strlen(cut)) == 0 ? length
                                                                                 : 0;
}

/* Copies a mark that stands at `at` and returns its length; 0 when there is none. */
static size_t copy_mark(struct buf *out, const char *at)
{
    size_t length = *at == MARK ? strcspn(at, (char[]){END, '\0'}) : 0;

    buf_add(out, at, length);
    return length;
}

/* Marks the run's own addresses, or its own names that are none. */
static char *mark_own(const struct mask *mask, const char *text, bool addresses)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (const char *at = text; *at;) {
        size_t length = copy_mark(&out, at);

        for (size_t i = 0; length == 0 && i < mask->form_count; i++) {
            const struct form *form = &mask->forms[i];

            if (form->is_address == addresses && name_may_begin(text, at, addresses))
                length = length_of_form(form, at);
            if (length > 0)
                add_mark(&out, form->met);
        }
        if (length == 0)
            buf_add_char(&out, *at);
        at += length > 0 ? length : 1;
    }
    return buf_take(&out);
}

/* ---- What has the shape of an address ---------------------------------------- */

typedef bool find_shape(const char *text, const char *from, struct shape *found);

static char *mark_shapes(struct mask *mask, const char *text, enum kind kind,
                         find_shape *find)
{
    const char *done = text;
    struct shape found;
    struct buf out;

    buf_init(&out, TEXT_MAX);
    while (find(text, done, &found)) {
        buf_add(&out, done, (size_t)(found.begin - done));
        add_mark(&out, find_met(mask, kind, found.key));
        done = found.end;
    }
    buf_add_text(&out, done);
    return buf_take(&out);
}

/* What is left of a run of colons and digits, when a part of it was one, may be another.
 */
static char *mark_hosts(struct mask *mask, const char *text)
{
    char *before = mem_copy_text(text);
    char *after = mark_shapes(mask, before, KIND_HOST, shape_find_host);

    while (strcmp(before, after) != 0) {
        free(before);
        before = after;
        after = mark_shapes(mask, before, KIND_HOST, shape_find_host);
    }
    free(before);
    return after;
}

/* ---- All together ------------------------------------------------------------ */

static char *name_marks(const struct mask *mask, const char *text)
{
    struct buf out;

    buf_init(&out, TEXT_MAX);
    for (const char *at = text; *at; at++) {
        if (*at == MARK) {
            char *end;
            const struct met *met = &mask->met[strtoul(at + 1, &end, 10)];

            buf_add_format(&out, "<%s %zu>", _(words[met->kind]), met->number);
            at = end;
        } else {
            buf_add_char(&out, *at);
        }
    }
    return buf_take(&out);
}

/* Nothing of the text itself may look like a mark. */
static char *without_marks(const char *text)
{
    char *copy = mem_copy_text(text);

    for (char *at = copy; *at; at++) {
        if (*at == MARK || *at == END)
            *at = '?';
    }
    return copy;
}

/* Addresses first: a login name may be a part of one. */
char *mask_text(struct mask *mask, const char *text)
{
    char *clean = without_marks(text);
    char *own = mark_own(mask, clean, true);
    char *addresses = mark_shapes(mask, own, KIND_ADDRESS, shape_find_address);
    char *users = mark_own(mask, addresses, false);
    char *hosts = mark_hosts(mask, users);
    char *named = name_marks(mask, hosts);

    free(clean);
    free(own);
    free(addresses);
    free(users);
    free(hosts);
    return named;
}
