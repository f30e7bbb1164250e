/*
 * Who acts, with all that decides about what they may do and see; and how a call that needs to know
 * it begins.
 */
#ifndef MC_ACCESS_ACTOR_H
#define MC_ACCESS_ACTOR_H

#include "../base/handles.h"
#include "cache/cache.h"
#include "actor_facts.h"

struct mc__decision;
struct mc__shared_tree;

typedef struct mc__actor_entry {
    mc__entry entry;
    bool is_shared;      /* with other sessions: then nothing of it changes any more */
    mc__site_facts site; /* as it was then; its texts are the session's own */
    mc__actor actor;
    struct mc__shared_tree *shared;
    struct mc__decision *decisions; /* one for each node of the map */
    uint8_t *visibility;            /* for each node what of it may be seen, once it is shared */
    int64_t visibility_number; /* the same for the same visibility, and hardly ever for another */
} mc__actor_entry;

/* Begins a public call. MC_NEEDS_MEMBER also refuses guests with MC_EFORBIDDEN. */
typedef enum mc__needs { MC_NEEDS_NOTHING, MC_NEEDS_SITE, MC_NEEDS_MEMBER } mc__needs;
int mc__call_begin(mc_session *session, mc__needs needs);

/* Reads who acts and the site's map, unless they are at hand. */
int mc__facts_load(mc_session *session);
/* From now on nobody acts. */
void mc__facts_forget(mc_session *session);

#endif
