#include "advice/signs.h"

#include <stddef.h>

#include "advice/sign_rows.h"

static const struct sign_row *row_of(enum advice_sign sign)
{
    if (sign <= SIGN_NONE || sign >= SIGN_COUNT)
        return NULL;
    if (signs_oauth[sign].holds)
        return &signs_oauth[sign];
    if (signs_network[sign].holds)
        return &signs_network[sign];
    return signs_words[sign].holds ? &signs_words[sign] : &signs_server[sign];
}

bool sign_holds(enum advice_sign sign, const struct check_facts *facts)
{
    const struct sign_row *row = row_of(sign);
    return row && row->holds(facts);
}

const char *sign_sentence(enum advice_sign sign)
{
    const struct sign_row *row = row_of(sign);
    return row ? row->sentence : NULL;
}
