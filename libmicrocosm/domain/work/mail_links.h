/* The links in mails by which people end them without signing in. */
#ifndef MC_WORK_MAIL_LINKS_H
#define MC_WORK_MAIL_LINKS_H

#include "core/core.h"

#include <microcosm.h>

/* What a link ends, and for whom: mail about a thing that is followed, or (MC_ITEM_UPDATE_TYPE) of
 * a type of update, or with MC_MAIL_DIGEST as its number all mail of the site. */
typedef struct mc__mail_end {
    int64_t site_id, profile_id;
    mc_item_type item_type;
    int64_t item_id;
} mc__mail_end;

/* The token of a link, signed with the secret; "" if memory is short. */
const char *mc__mail_token(mc__arena *arena, const mc__mail_end *end, const char *secret);
/* False unless the token is one of those. */
bool mc__mail_token_read(mc__mail_end *out, const char *token, const char *secret);

#endif
