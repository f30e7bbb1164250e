/*
 * The microcosm tree of a site with its roles, read as a whole and shared by sessions until the
 * site's facts_version changes.
 */
#ifndef MC_ACCESS_TREE_H
#define MC_ACCESS_TREE_H

#include "core/core.h"

#include <microcosm.h>
#include <stdatomic.h>

typedef struct mc__criterion {
    int64_t id, or_group;
    const char *column, *attr_key; /* NULL or "" if not used */
    const char *predicate;
    const char *text; /* NULL unless the value is a text */
    bool is_number, is_boolean, boolean;
    double number;
} mc__criterion;

typedef struct mc__role {
    int64_t id, microcosm_id;
    bool is_moderator, is_banned, include_guests, include_users;
    bool can_create, can_read, can_update, can_delete, can_close_own, can_open_own, can_read_others;
    const mc__criterion *criteria;
    size_t criteria_count;
} mc__role;

typedef struct mc__node {
    int64_t id, parent_id;
    const struct mc__node *parent; /* NULL for the root */
    int64_t level;                 /* the root is 1 */
    const char *title, *logo_url;
    int64_t owned_by, created_by;
    bool is_sticky, is_open, is_deleted, is_moderated;
    bool is_hidden; /* it or an ancestor is deleted or moderated */
    bool placed_by_moderator;
    const mc__role *roles; /* attached to it */
    size_t role_count;
} mc__node;

/* Levels of microcosms, with the root. Also in sql/sites/microcosms.sql. */
#define MC__LEVELS_MAX 32

/* Nodes are in tree order: parents first, then by id. Immutable once made, since threads share it.
 */
typedef struct mc__tree {
    mc__node *nodes;
    size_t count;
    mc__node **by_id;                /* ascending */
    bool counts_matter, age_matters; /* some role has criteria on counts, or on age */
} mc__tree;

mc__node *mc__tree_find(const mc__tree *tree, int64_t microcosm_id); /* NULL if there is none */
mc__node *mc__tree_root(const mc__tree *tree);
bool mc__node_is_below(const mc__node *node, const mc__node *ancestor); /* or is the same */
/* The roles that apply to a microcosm: the regular ones of the nearest that has any, and the
 * moderator and banned roles of all above it. */
typedef struct mc__applicable {
    const mc__node *node;          /* begins with the microcosm; all else is zero */
    size_t i;                      /* the next role of the node */
    bool has_regular, is_replaced; /* regular roles were found; those further up don't apply */
} mc__applicable;
const mc__role *mc__next_applicable(mc__applicable *walk); /* NULL: no more */
/* "/api/v1/microcosms" for the root, else with the id. */
const char *mc__microcosm_href(mc__arena *arena, const mc__node *node);

/*
 * A tree that sessions share, for one version of the site's facts (sites.facts_version). Each
 * session compares the version that was read with its actor, so a shared tree is never stale.
 */
typedef struct mc__shared_tree {
    atomic_int users;
    int64_t site_id, version;
    mc__arena arena;
    mc__tree tree;
} mc__shared_tree;
void mc__shared_tree_release(mc__shared_tree *shared); /* NULL is allowed */
/* The tree of that version, shared or newly read; the caller releases it. */
int mc__tree_load(mc__shared_tree **out, mc_session *session, int64_t version);

/* The cached trees, owned by the app. */
typedef struct mc__trees mc__trees;
int mc__trees_new(mc__trees **out);
void mc__trees_free(mc__trees *trees); /* NULL is allowed */

#endif
