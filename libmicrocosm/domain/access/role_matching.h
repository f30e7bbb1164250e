/* Which profiles the criteria of a role match. */
#ifndef MC_ACCESS_ROLE_MATCHING_H
#define MC_ACCESS_ROLE_MATCHING_H

#include "actor_facts.h"
#include "tree.h"

/* Whether all criteria of any one group match. An actor whose email is NULL matches none on it. */
bool mc__role_matches(const mc__role *role, const mc__actor *actor, mc_time now);
/* The first such group, of count criteria; NULL if there is none. */
const mc__criterion *mc__role_find_match(size_t *count, const mc__role *role,
                                         const mc__actor *actor, mc_time now);
/* The beginning of a date such as "2014-02-14", in UTC. */
bool mc__date_parse(mc_time *out, const char *text);

#endif
