/*
 * Which mail server it is, as far as it tells of itself.
 *
 * One table decides, for the line beside the stage, the signs of the diagnosis and the
 * report alike.  A hint only: a greeting can be anything that its administrator likes.
 */
#ifndef LETTERBOX_CHECK_SOFTWARE_H
#define LETTERBOX_CHECK_SOFTWARE_H

#include <stdbool.h>

enum check_software {
    SOFTWARE_UNKNOWN,
    SOFTWARE_EXCHANGE,        /* Microsoft's, without a word of which */
    SOFTWARE_EXCHANGE_ONLINE, /* the greeting names one of its servers */
    SOFTWARE_EXCHANGE_SERVER, /* the greeting names a version to install oneself */
    SOFTWARE_GMAIL,
    SOFTWARE_DOVECOT,
    SOFTWARE_CYRUS,
    SOFTWARE_COURIER,
    SOFTWARE_HMAILSERVER,
    SOFTWARE_ZIMBRA,
    SOFTWARE_STALWART,
    SOFTWARE_JAMES,
    SOFTWARE_AXIGEN,
    SOFTWARE_COMMUNIGATE,
    SOFTWARE_DAVMAIL,
    SOFTWARE_DOMINO,
    SOFTWARE_GROUPWISE,
    SOFTWARE_ICEWARP,
    SOFTWARE_KERIO,
    SOFTWARE_MDAEMON,
    SOFTWARE_SMARTERMAIL,
};

/* By the greeting, whose words count in any case, else by a capability that one server
 * alone has.  Either may be "". */
enum check_software software_of(const char *greeting, const char *capabilities);

/* Exchange, of whichever kind. */
bool software_is_exchange(enum check_software software);

const char *software_id(enum check_software software);   /* "dovecot"; "" when unknown */
const char *software_name(enum check_software software); /* "Dovecot"; "" when unknown */

#endif
