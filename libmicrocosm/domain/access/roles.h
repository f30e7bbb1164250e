/* Roles: role_place.c finds them for the calls that read or change them. */
#ifndef MC_ACCESS_ROLES_H
#define MC_ACCESS_ROLES_H

#include "permissions.h"
#include "record/record.h"

/* A role that the actor may change. */
typedef struct mc__role_ref {
    const mc__node *node; /* the microcosm that it is on */
    const mc__role *role;
    const char *href; /* as it was asked for: below its microcosm, or not */
} mc__role_ref;

bool mc__role_owns_site(mc_session *session);
/* A microcosm that the actor moderates. Rights come before existence, so that only the site's owner
 * learns what doesn't exist. */
int mc__role_find_moderated(const mc__node **out, mc_session *session, int64_t microcosm_id);
/* A role for such a call that has begun. */
int mc__role_find(mc__role_ref *out, mc_session *session, int64_t microcosm_id, int64_t role_id);
/* Begins a call about a role, which is for the microcosm's moderators, or, without a microcosm, for
 * the site's owner. */
int mc__role_begin(mc__role_ref *out, mc_session *session, int64_t microcosm_id, int64_t role_id);
/* The same for a call with a result, which needs a place. */
int mc__role_begin_for(const void *result, mc__role_ref *out, mc_session *session,
                       int64_t microcosm_id, int64_t role_id);
/* A page's collection, whose only other member is an empty meta. */
mc_collection *mc__role_collection(mc__arena *arena, void *record);

/* role_profiles.c: the ids of a body, a list of objects. */
int mc__ids_take(mc_int64s *out, mc_session *session, const mc__source *source);

/* role_members.c: a part of the members of a role. */
typedef struct mc__members {
    int64_t total;
    mc_int64s ids; /* ascending; in the session's scratch memory */
} mc__members;
/* One for each role. is_listed: only those that the roles list. */
int mc__members_find(mc__members *out, mc_session *session, const mc__role *const *roles,
                     size_t count, const mc_page_options *page, bool is_listed);
/* The profiles with these ids, ascending, in an arena; unknown ones are left out. */
int mc__profiles_load(mc_list *out, mc_session *session, mc__arena *arena, const mc_int64s *ids);

#endif
