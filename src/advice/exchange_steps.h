/*
 * What the tables about Exchange Online have in common: when they are asked, and the
 * commands and steps that several of their rows name.
 */
#ifndef LETTERBOX_ADVICE_EXCHANGE_STEPS_H
#define LETTERBOX_ADVICE_EXCHANGE_STEPS_H

#include "advice/row.h"

/* The claims decide both where the token is refused and where it was accepted and no
 * mailbox stands behind it: Exchange looks at them late. */
#define SHUT_OUT                                                                         \
    .stages = AT(IMAP_AUTHENTICATE) | AT(IMAP_OPEN) | AT(IMAP_PREVIEW),                  \
    .answers = ANSWERED(NO) | ANSWERED(BAD) | ANSWERED(BYE)

#define CONNECT "Connect-ExchangeOnline -Organization {tid}{exchange_environment}\n"
#define REGISTER                                                                         \
    "New-ServicePrincipal -AppId {appid} -ObjectId {oid} -DisplayName 'letterbox'"
#define ALLOW                                                                            \
    "Add-MailboxPermission -Identity {mailbox} -User {oid} -AccessRights FullAccess"

#define CHECK_ROLE                                                                       \
    FIX(WHO_ENTRA,                                                                       \
        N_("Make sure that the app {appid} has the permission for IMAP: App "            \
           "registrations, the app, API permissions, Office 365 Exchange Online, "       \
           "Application permissions, IMAP.AccessAsApp, with admin consent."))
#define TEST_LATER                                                                       \
    FIX(WHO_YOU,                                                                         \
        N_("Then test again. Exchange takes minutes, at times an hour, until a "         \
           "change counts: on the Test page the key m tests again every minute."))

#endif
