/*
 * A field: one thing that is asked.  Rows of static tables (wizard/pages_*.c); the
 * screens, the line prompts and the answers file are made from them.
 */
#ifndef LETTERBOX_WIZARD_FIELD_H
#define LETTERBOX_WIZARD_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "settings/consumer.h"
#include "settings/expiry.h"
#include "settings/preset.h"
#include "settings/setting.h"

struct err;

enum field_kind {
    FIELD_TEXT,
    FIELD_SECRET, /* masked; may be a reference to a file, variable or command */
    FIELD_NUMBER,
    FIELD_CHOICE, /* one of `choices`, all in sight */
    FIELD_SWITCH,
    FIELD_PROVIDER, /* one of the existing OpenID providers (wizard_context) */
    FIELD_CONSUMER, /* one of the applications that are known (wizard_context) */
};

enum field_flag {
    FIELD_REQUIRED = 1,
    FIELD_ADVANCED =
        2, /* folded away until asked for, or until it has a value of its own */
};

struct choice {
    const char *value; /* as saved */
    const char *label; /* N_() unless it is one of the terms that are never translated */
    const char *hint;  /* one line of what it means, N_(), or NULL */
};

/* What the fields may know of the world, fixed while a wizard runs.  All borrowed. */
struct wizard_context {
    const struct preset_exchange *exchange;
    const struct consumers *consumers;     /* NULL: none are known */
    const struct choice *consumer_choices; /* of each of them (wizard/consuming.h) */
    const struct choice
        *providers; /* value: name, label: title, hint: its token endpoint */
    size_t provider_count;
    const time_t *provider_secrets_end; /* of each: when its Client secret expires, 0:
                                           never or unknown; or NULL */
    time_t now;                         /* seconds since 1970; 0: nobody knows */
};

#define NOTICE_TEXT_MAX 400

enum notice_level { NOTICE_NONE, NOTICE_INFO, NOTICE_WARNING };

/* What stands under a field although it is valid, and the one-key repair it offers. */
struct notice {
    enum notice_level level;
    enum setting_id beside;     /* the field under which it stands */
    char text[NOTICE_TEXT_MAX]; /* translated, whole sentences; "\n" starts a line of its
                                   own */
    size_t key_line; /* where in `text` the line begins that names the key F3 (its "\n");
                        the end of the text when there is none.  For renderers that have
                        no keys. */
    enum setting_id fix_for; /* SET_NONE: nothing is offered */
    char fix_value[256];     /* what F3 puts there; for a secret it is "": F3 removes what
                                came along with it */
    char fix_label[64];      /* "use .default": what the key line says after F3 */
    enum setting_id also_for; /* a second value that F3 puts with the first; SET_NONE */
    char also_value[16];
};

#define NOTICE_INIT                                                                      \
    {                                                                                    \
        .level = NOTICE_NONE, .beside = SET_NONE, .fix_for = SET_NONE,                   \
        .also_for = SET_NONE                                                             \
    }

struct field {
    enum setting_id setting;
    enum field_kind kind;
    unsigned flags;
    const char *label; /* N_(), or a term that is never translated */
    const char *help;  /* N_(): one or two sentences, under the page while focused */
    const char *more;  /* N_(): F1, a paragraph or two: where to find it, an example */
    const struct choice *choices;
    size_t choice_count;

    /* Further paragraphs for F1 that follow from the values; the caller's (free()), or
     * NULL.  NULL: never any. */
    char *(*explain)(const struct wizard_context *context,
                     const struct settings *settings);

    /* NULL: always. */
    bool (*visible)(const struct settings *settings);

    /* Called for a value that is not empty (an empty one is only checked for REQUIRED).
     * false with a sentence in err: what is wrong and what to type. NULL: anything goes.
     */
    bool (*validate)(const struct wizard_context *context,
                     const struct settings *settings, struct err *err);

    /* Fills `notice`; level NOTICE_NONE on entry.  NULL: never any. */
    void (*notice)(const struct wizard_context *context, const struct settings *settings,
                   struct notice *notice);

    /* After the value changed from `before`: pre-fills what follows from it, never over a
     * value that a person typed (touched[id]).  NULL: nothing follows. */
    void (*changed)(const struct wizard_context *context, struct settings *settings,
                    const bool touched[SET_COUNT], const char *before);
};

/* Valid as it stands: REQUIRED, its kind (number, choice, provider), then validate(). The
 * error's key is the setting's. */
bool field_check(const struct field *field, const struct wizard_context *context,
                 const struct settings *settings, struct err *err);

/* The notice of a field as its value stands now, whether that is valid or not: first
 * what is true of every text (what came along with it when it was copied), then the
 * field's own. */
struct notice field_notice(const struct field *field,
                           const struct wizard_context *context,
                           const struct settings *settings);

/* What F3 makes of a secret with which something came along; the caller's. */
struct secret *field_clean_secret(const struct field *field, const struct secret *secret);

/* When the Client secret of these settings ends, as of context->now: the date beside it,
 * or the chosen provider's own. */
struct expiry field_secret_expiry(const struct wizard_context *context,
                                  const struct settings *settings);

bool field_is_visible(const struct field *field, const struct settings *settings);

/* Its choices, those of FIELD_PROVIDER and FIELD_CONSUMER taken from the context. */
const struct choice *field_choices(const struct field *field,
                                   const struct wizard_context *context, size_t *count);

#endif
