/*
 * The tables of fields, one per page; steps.c strings them together.
 *
 * To add a field: a row in SETTING_TABLE (settings/setting.h), a row here, and, where its
 * kind does not say it all, a function in validate, notices or follow.  Nothing in ui/.
 */
#ifndef LETTERBOX_WIZARD_PAGES_H
#define LETTERBOX_WIZARD_PAGES_H

#include "wizard/field.h"

enum {
    FIELDS_AUTHENTICATION = 1,
    FIELDS_OAUTH_PROVIDER = 1,
    FIELDS_EXCHANGE = 8,
    FIELDS_OPENID = 4,
    FIELDS_CUSTOM = 8,
    FIELDS_BASIC = 2,
    FIELDS_SERVER = 7,
    FIELDS_PROCESSING = 19,
    FIELDS_REVIEW = 1,
};

extern const struct field page_authentication_fields[FIELDS_AUTHENTICATION];
extern const struct field page_oauth_provider_fields[FIELDS_OAUTH_PROVIDER];
extern const struct field page_exchange_fields[FIELDS_EXCHANGE];
extern const struct field page_openid_fields[FIELDS_OPENID];
extern const struct field page_custom_fields[FIELDS_CUSTOM];
extern const struct field page_basic_fields[FIELDS_BASIC];
extern const struct field page_server_fields[FIELDS_SERVER];
extern const struct field page_processing_fields[FIELDS_PROCESSING];
extern const struct field page_review_fields[FIELDS_REVIEW];

#endif
