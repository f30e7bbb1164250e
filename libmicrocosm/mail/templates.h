/* The templates of all mails: those of the operator's folder, or else ours. */
#ifndef MC_MAIL_TEMPLATES_H
#define MC_MAIL_TEMPLATES_H

#include "template.h"

/* The kinds of mail. Up to MC_MAIL_NEW_USER the numbers are those of update types. */
typedef enum mc__mail_kind {
    MC_MAIL_TEST = 0,
    MC_MAIL_NEW_COMMENT = 1,
    MC_MAIL_REPLY = 2,
    MC_MAIL_MENTION = 3,
    MC_MAIL_NEW_COMMENT_IN_HUDDLE = 4,
    MC_MAIL_NEW_ATTENDEE = 5,
    MC_MAIL_NEW_VOTE = 6,
    MC_MAIL_EVENT_REMINDER = 7,
    MC_MAIL_NEW_ITEM = 8,
    MC_MAIL_NEW_USER = 9,
    MC_MAIL_DIGEST,
    MC_MAIL_SIGN_IN,
    MC_MAIL_PASSWORD,
    MC_MAIL_CONFIRM,
    MC_MAIL_ACCOUNT,
    MC_MAIL_KINDS
} mc__mail_kind;

/* Name of the template of a kind, and of the campaign in its links. */
const char *mc__mail_kind_name(mc__mail_kind kind);

/* What templates show, as text unless it says HTML; docs/operating.md#mail has them for operators.
 */
typedef enum mc__mail_value {
    MC_MAIL_SITE,
    MC_MAIL_SITE_URL,
    MC_MAIL_PERSON, /* who gets it */
    MC_MAIL_EMAIL,  /* of whom it is about, where that may be told */
    MC_MAIL_AUTHOR,
    MC_MAIL_KIND, /* of the thing, such as "conversation" */
    MC_MAIL_TITLE,
    MC_MAIL_URL,
    MC_MAIL_WHEN,
    MC_MAIL_COMMENT, /* HTML */
    MC_MAIL_COMMENT_TEXT,
    MC_MAIL_ITEMS, /* of a digest */
    MC_MAIL_UPDATES_URL,
    MC_MAIL_SETTINGS_URL,
    MC_MAIL_UNSUBSCRIBE_URL,
    MC_MAIL_CODE,    /* that people type */
    MC_MAIL_MINUTES, /* for which it counts */
    /* what has changed: one of these isn't empty */
    MC_MAIL_NEW_PASSWORD,
    MC_MAIL_FACTOR_ON,
    MC_MAIL_FACTOR_OFF,
    MC_MAIL_RECOVERY_CODES,
    MC_MAIL_SERVICE, /* its title */
    MC_MAIL_VALUES
} mc__mail_value;

typedef struct mc__mail_templates {
    mc__arena arena;
    mc__template kinds[MC_MAIL_KINDS];
} mc__mail_templates;

/* Ours, as the build has embedded them. */
typedef struct mc__mail_text {
    const char *name, *text;
} mc__mail_text;

extern const mc__mail_text mc__mail_texts[]; /* the one behind the last has no name */

/* folder: NULL for ours. 0, MC_EINVAL (the folder, or a file in it), MC_ENOMEM. */
int mc__mail_templates_load(mc__mail_templates *out, mc__problem *problem, const char *folder);
void mc__mail_templates_release(mc__mail_templates *templates);

#endif
