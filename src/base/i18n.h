/*
 * Marks every text that a person reads, for gettext.
 *
 * _("text") translates here and now; N_("text") only marks, for tables, and the place
 * that shows the row says _(row->label).  These words are never translated, in any
 * language: Basic auth, OAuth, Client ID, Client secret, Token URL, Scope.
 */
#ifndef LETTERBOX_BASE_I18N_H
#define LETTERBOX_BASE_I18N_H

#include <libintl.h>

#define _(text)  gettext(text)
#define N_(text) text

#endif
