/*
 * mc__decide() is the one authorisation function: pure, from facts to twelve booleans. Whatever
 * shows or changes content asks it, through one of the helpers below.
 */
#ifndef MC_ACCESS_PERMISSIONS_H
#define MC_ACCESS_PERMISSIONS_H

#include "../base/handles.h"
#include "tree.h"
#include "actor_facts.h"

typedef struct mc__facts {
    mc_time now;
    const mc__site_facts *site;
    const mc__actor *actor;
    const mc__tree *tree;
    mc_item_type item_type; /* T of docs/http/permissions.md#the-algorithm */
    int64_t item_id;        /* I */
    int64_t microcosm_id;   /* M as it was given */
    /* what is known of the thing; all zero if it doesn't exist */
    int64_t in_microcosm;    /* of the thing, found by its id */
    int64_t thing_owner;     /* its author, creator, or the profile or user itself */
    int64_t thing_owner_too; /* microcosm: its owner; attendee: whoever invited */
    mc_item_type comment_on; /* comments: kind of their parent */
    bool is_participant;     /* huddles: the actor takes part */
} mc__facts;

/* What the actor may do in a microcosm, once it has been asked. */
typedef struct mc__decision {
    bool decided;
    mc_permissions permissions;
} mc__decision;

/* explanation may be NULL; else one line is added per step that decided something. */
void mc__decide(mc_permissions *out, const mc__facts *facts, mc__text *explanation);
/* The session's own facts, with nothing known yet of the thing. */
mc__facts mc__facts_of(const mc_session *session, mc_item_type item_type, int64_t item_id);

/* The actor's rights on a microcosm of the map; computed once per call. */
const mc_permissions *mc__decide_microcosm(mc_session *session, const mc__node *node);
/* Whether the actor may read a microcosm and all that it is in, the root aside. */
bool mc__may_read_all_above(mc_session *session, const mc__node *node);
/* On something in a microcosm (conversation, event, poll) by a certain author. */
void mc__decide_item(mc_permissions *out, mc_session *session, mc_item_type item_type,
                     int64_t item_id, int64_t microcosm_id, int64_t author);
typedef struct mc__comment_ref {
    int64_t comment_id, author;
    mc_item_type item_type; /* kind of its parent; MC_ITEM_NONE for an unknown comment */
    int64_t microcosm_id;   /* of its parent, or 0 */
    bool is_participant;    /* of a huddle */
} mc__comment_ref;
void mc__decide_comment(mc_permissions *out, mc_session *session, const mc__comment_ref *comment);
/* On what lives in no microcosm: site, profile, huddle. owner: its author, or the profile itself.
 */
void mc__decide_thing(mc_permissions *out, mc_session *session, mc_item_type item_type,
                      int64_t item_id, int64_t owner, bool is_participant);

/* Whether the actor may see the microcosm: it may be read and neither it nor an ancestor is hidden.
 */
bool mc__is_readable(mc_session *session, const mc__node *node);
/* As that, and neither it nor an ancestor is ignored. */
bool mc__is_listed(mc_session *session, const mc__node *node);
/* Ids of all microcosms for which that holds, ascending. */
int mc__listed_microcosms(mc_int64s *out, mc_session *session);

bool mc__contains(const mc_int64s *sorted, int64_t id);
/* A mc_permissions record with these values. */
const mc_permissions *mc__permissions_record(mc__arena *arena, const mc_permissions *values);

#endif
