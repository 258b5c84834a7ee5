/* Folder names: which of the server's is meant by the one that was entered. */
#include "advice/folders.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unicase.h>
#include <uninorm.h>

#include "advice/look.h"
#include "base/mem.h"
#include "base/text.h"
#include "imap/names.h"

#define SHORT_NAME 5 /* below it a slip of the finger makes another word of it */
#define SURE_NAME  6 /* from here on two slips are still the same word */

bool folders_list_it(const struct check_facts *facts)
{
    const char *wanted = look_entered(facts, SET_MAILBOX_FOLDER);
    bool is_inbox = strcasecmp(wanted, "INBOX") == 0; /* in any case: RFC 3501 5.1 */

    for (char **name = facts->folders; name && *name; name++) {
        if (is_inbox ? strcasecmp(*name, wanted) == 0 : strcmp(*name, wanted) == 0)
            return true;
    }
    return false;
}

/* Without what one cannot see or does not mind: case, how accents are made up (NFC or
 * NFD), the wire's own writing ("Entw&APw-rfe"), which separator it is, blanks around it.
 * The caller's. */
static char *fold(const char *name)
{
    struct buf decoded;
    size_t length = 0;
    uint8_t *folded;
    char *out;

    buf_init(&decoded, NAMES_MAX);
    if (!strchr(name, '&') || !names_from_wire(name, &decoded)) {
        buf_clear(&decoded);
        buf_add_text(&decoded, name);
    }
    folded = u8_casefold((const uint8_t *)decoded.data, decoded.length, NULL, UNINORM_NFC,
                         NULL, &length);
    out = folded ? mem_copy_bytes((const char *)folded, length)
                 : mem_copy_text(decoded.data ? decoded.data : "");
    free(folded);
    buf_free(&decoded);

    for (char *at = out; *at; at++) {
        if (*at == '.' || *at == '\\')
            *at = '/';
    }
    length = strlen(out);
    while (length > 0 && out[length - 1] == ' ')
        out[--length] = '\0';
    return out;
}

/* Behind "inbox/", which some servers put before all folders and others do not. */
static const char *below_inbox(const char *folded)
{
    return strncmp(folded, "inbox/", 6) == 0 && folded[6] ? folded + 6 : folded;
}

enum nearness {
    FAR,
    TAIL,  /* the same name below another folder */
    SLIPS, /* mistyped, twice */
    SLIP,  /* …once */
    SAME,  /* but for what fold() leaves out, and the prefix INBOX */
};

static enum nearness slips(const char *folded, const char *wanted)
{
    size_t length = strlen(wanted), distance = text_distance(folded, wanted);

    if (distance == 1 && length >= SHORT_NAME)
        return SLIP;
    return distance == 2 && length >= SURE_NAME ? SLIPS : FAR;
}

static enum nearness nearness(const char *name, const char *wanted)
{
    char *folded = fold(name);
    size_t length = strlen(folded), tail = strlen(wanted);
    enum nearness near = slips(folded, wanted);

    if (strcmp(below_inbox(folded), below_inbox(wanted)) == 0)
        near = SAME;
    else if (near == FAR && tail > 0 && length > tail + 1 &&
             look_ends_in(folded, wanted) && folded[length - tail - 1] == '/')
        near = TAIL;
    free(folded);
    return near;
}

const char *folders_near(const struct check_facts *facts)
{
    const char *best = NULL;
    enum nearness best_nearness = FAR;
    char *wanted;

    if (folders_list_it(facts))
        return NULL;
    wanted = fold(look_entered(facts, SET_MAILBOX_FOLDER));
    for (char **name = facts->folders; wanted[0] && name && *name; name++) {
        enum nearness here = nearness(*name, wanted);

        if (here > best_nearness) {
            best = *name;
            best_nearness = here;
        }
    }
    free(wanted);
    return best;
}
