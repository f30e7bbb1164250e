/*
 * The actor of a session with everything that determines its rights, and the start of calls that
 * need it.
 */
#ifndef MC_ACCESS_ACTOR_H
#define MC_ACCESS_ACTOR_H

#include "../base/handles.h"
#include "cache/cache.h"
#include "actor_facts.h"

struct mc__decision;
struct mc__shared_tree;
struct mc__node;

typedef struct mc__actor_entry {
    mc__entry entry;
    bool is_shared;      /* with other sessions, and therefore immutable */
    mc__site_facts site; /* as read with the actor, without its texts */
    mc__actor actor;
    struct mc__shared_tree *shared;
    struct mc__decision *decisions; /* one for each node of the tree */
    uint8_t *visibility;            /* for each node what the actor may see; set when shared */
    int64_t visibility_number;      /* hash of visibility */
} mc__actor_entry;

extern const mc__actor mc__guest;

/* Begins a public call. MC_NEEDS_MEMBER also refuses guests with MC_EFORBIDDEN. */
typedef enum mc__needs { MC_NEEDS_NOTHING, MC_NEEDS_SITE, MC_NEEDS_MEMBER } mc__needs;
int mc__call_begin(mc_session *session, mc__needs needs);
/* The same for a call with a result: MC_EINVAL if out, where that goes, is NULL. */
int mc__call_begin_for(const void *out, mc_session *session, mc__needs needs);

/* Loads the actor and the site's microcosm tree, from the cache if possible. */
int mc__facts_load(mc_session *session);
/* Removes the session's actor. */
void mc__facts_forget(mc_session *session);

#endif
