/*
 * mc__decide() is the only authorisation function: pure, from facts to twelve booleans. All code
 * that shows or changes content calls it, through one of the helpers below.
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
    int64_t microcosm_id;   /* M as given */
    /* Facts about the resource; all zero if it doesn't exist. */
    int64_t in_microcosm;    /* its microcosm, as stored */
    int64_t owner;           /* its author, creator, or the profile or user itself */
    int64_t other_owner;     /* of an attendee: the profile that has invited it */
    mc_item_type comment_on; /* of a comment: the kind of its parent */
    int64_t comment_parent;  /* of a comment on a profile: that profile */
    int64_t parent_author;   /* of a comment on an item: who has made the item */
    bool is_participant;     /* of a huddle: the actor takes part in it */
    bool is_elsewhere; /* of a site: it isn't the session's, whose owner has no rights on it */
} mc__facts;

/* The actor's rights on a microcosm, computed when first needed. */
typedef struct mc__decision {
    bool decided;
    mc_permissions permissions;
} mc__decision;

/* explanation: unless NULL, receives a line for each reason, which begins with what it decides. */
void mc__decide(mc_permissions *out, const mc__facts *facts, mc__text *explanation);
/* The facts from the session; the caller adds those about the resource. */
mc__facts mc__facts_of(const mc_session *session, mc_item_type item_type, int64_t item_id);

/* Whether the profile is the site's owner or has made it: then nothing shuts it out. */
bool mc__owns_site(const mc__site_facts *site, int64_t profile_id);
/* Whether the actor may use the rights of the site's owner, with the token that it has shown. */
bool mc__acts_as_owner(const mc_session *session);
/* The actor's rights on a microcosm of the tree; computed once per actor entry. */
const mc_permissions *mc__decide_microcosm(mc_session *session, const mc__node *node);
/* Whether the actor moderates a microcosm of the site. */
bool mc__moderates(mc_session *session, int64_t microcosm_id);
/* Whether the actor may read a microcosm and all its ancestors but the root. */
bool mc__may_read_all_above(mc_session *session, const mc__node *node);
/* Rights on an item of a microcosm (conversation, event, poll). */
void mc__decide_item(mc_permissions *out, mc_session *session, mc_item_type item_type,
                     int64_t item_id, int64_t microcosm_id, int64_t author);
typedef struct mc__comment_ref {
    int64_t comment_id, author;
    mc_item_type item_type; /* kind of its parent; MC_ITEM_NONE for an unknown comment */
    int64_t item_id;        /* its parent */
    int64_t microcosm_id;   /* of its parent, or 0 */
    int64_t parent_author;  /* who has made the item that it is on */
    bool is_participant;    /* of a huddle */
} mc__comment_ref;
void mc__decide_comment(mc_permissions *out, mc_session *session, const mc__comment_ref *comment);
/* Rights on a resource outside of microcosms: site, profile, huddle. owner: its author, or the
 * profile itself. */
void mc__decide_resource(mc_permissions *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, int64_t owner, bool is_participant);

/* Whether the actor moderates each microcosm that hides this one: then it may show it again, and
 * sees it till then. NULL: false. */
bool mc__may_see(mc_session *session, const mc__node *node);
/* Whether the actor may read the microcosm and neither it nor an ancestor is hidden. */
bool mc__is_readable(mc_session *session, const mc__node *node);
/* Whether it is readable and the actor ignores neither it nor an ancestor. */
bool mc__is_listed(mc_session *session, const mc__node *node);
/* Ids of all listed microcosms, ascending. */
int mc__listed_microcosms(mc_int64s *out, mc_session *session);

/* Rights on another site than the session's. owns_it: its owner is a profile of the actor's user.
 */
void mc__decide_site(mc_permissions *out, mc_session *session, int64_t site_id, bool owns_it);

bool mc__contains(const mc_int64s *sorted, int64_t id);
/* What other profiles of the site may do. */
typedef struct mc__other {
    int64_t profile_id;
    mc__facts facts; /* from mc__facts_of(), with those about the resource */
    mc_permissions permissions;
} mc__other;
int mc__decide_for_others(mc__other *others, mc_session *session, size_t count);
/* The same of one profile in a microcosm. */
int mc__decide_for(mc_permissions *out, mc_session *session, int64_t profile_id,
                   const mc__node *node);

/* A mc_permissions record with these values. */
const mc_permissions *mc__permissions_record(mc__arena *arena, const mc_permissions *values);

#endif
