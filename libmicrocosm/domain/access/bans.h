/* Who may ban: for the calls that read and change bans. */
#ifndef MC_ACCESS_BANS_H
#define MC_ACCESS_BANS_H

#include "permissions.h"
#include "record/record.h"

typedef struct mc__ban_rights {
    bool is_owner; /* of the site: who may ban addresses, and moderators */
} mc__ban_rights;

/* Refuses all but the site's owner and who moderates its root microcosm. */
int mc__ban_rights_check(mc__ban_rights *out, mc_session *session);

#endif
