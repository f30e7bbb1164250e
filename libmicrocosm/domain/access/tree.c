/*
 * Reads and caches a site's microcosm tree with its roles. The cache has a fixed number of slots,
 * chosen by the site's number; each holds the tree that was stored last, so memory is bounded
 * without eviction.
 */
#include "tree.h"

#include "../base/call.h"
#include "../base/links.h"
#include "../base/share.h"
#include "record/record.h"
#include "statements.h"

#include <pthread.h>

#define SLOTS 1024

struct mc__trees {
    pthread_mutex_t lock;
    mc__shared_tree *slots[SLOTS];
};

int mc__trees_new(mc__trees **out)
{
    mc__trees *trees = mc__calloc(1, sizeof(*trees));

    if (!trees)
        return MC_ENOMEM;
    if (pthread_mutex_init(&trees->lock, NULL) != 0) {
        mc__free(trees);
        return MC_ESYSTEM;
    }
    *out = trees;
    return 0;
}

void mc__trees_free(mc__trees *trees)
{
    if (!trees)
        return;
    for (size_t i = 0; i < SLOTS; i++)
        mc__shared_tree_release(trees->slots[i]);
    pthread_mutex_destroy(&trees->lock);
    mc__free(trees);
}

void mc__shared_tree_release(mc__shared_tree *shared)
{
    if (!shared || atomic_fetch_sub(&shared->users, 1) > 1)
        return;
    mc__arena_release(&shared->arena);
    mc__free(shared);
}

static mc__shared_tree *take_tree(mc__trees *trees, int64_t site_id, int64_t version)
{
    mc__shared_tree *shared;

    pthread_mutex_lock(&trees->lock);
    shared = trees->slots[site_id % SLOTS];
    if (shared && (shared->site_id != site_id || shared->version != version))
        shared = NULL;
    if (shared)
        atomic_fetch_add(&shared->users, 1);
    pthread_mutex_unlock(&trees->lock);
    return shared;
}

static void put_tree(mc__trees *trees, mc__shared_tree *shared)
{
    mc__shared_tree **slot = &trees->slots[shared->site_id % SLOTS], *old;

    atomic_fetch_add(&shared->users, 1);
    pthread_mutex_lock(&trees->lock);
    old = *slot;
    *slot = shared;
    pthread_mutex_unlock(&trees->lock);
    mc__shared_tree_release(old);
}

static int compare_nodes(const void *a, const void *b)
{
    int64_t x = (*(mc__node *const *)a)->id, y = (*(mc__node *const *)b)->id;

    return (x > y) - (x < y);
}

static void read_node(mc__node *node, mc__arena *arena, const PGresult *rows, int number)
{
    mc__microcosms_tree_row row = mc__read_microcosms_tree(rows, number);

    node->id = row.microcosm_id;
    node->parent_id = row.parent_id;
    node->title = mc__arena_strdup(arena, row.title);
    node->logo_url = mc__arena_strdup(arena, row.logo_url);
    node->owned_by = row.owned_by;
    node->created_by = row.created_by;
    node->is_sticky = row.is_sticky;
    node->is_open = row.is_open;
    node->is_deleted = row.is_deleted;
    node->is_moderated = row.is_moderated;
    node->placed_by_moderator = row.placed_by_moderator;
}

static int read_nodes(mc_session *session, mc__shared_tree *shared, const PGresult *rows)
{
    mc__tree *tree = &shared->tree;
    size_t count = (size_t)PQntuples(rows);

    tree->count = 0;
    tree->nodes = mc__arena_alloc(&shared->arena, (count + 1) * sizeof(*tree->nodes));
    tree->by_id = mc__arena_alloc(&shared->arena, (count + 1) * sizeof(mc__node *));
    if (!tree->nodes || !tree->by_id)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        read_node(&tree->nodes[i], &shared->arena, rows, (int)i);
        tree->by_id[i] = &tree->nodes[i];
    }
    tree->count = count;
    qsort(tree->by_id, count, sizeof(mc__node *), compare_nodes);
    for (size_t i = 0; i < count; i++) {
        mc__node *node = &tree->nodes[i];

        node->parent = node->parent_id ? mc__tree_find(tree, node->parent_id) : NULL;
        node->level = node->parent ? node->parent->level + 1 : 1;
        node->is_hidden =
            node->is_deleted || node->is_moderated || (node->parent && node->parent->is_hidden);
    }
    return 0;
}

mc__node *mc__tree_find(const mc__tree *tree, int64_t microcosm_id)
{
    size_t low = 0, high = tree->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (tree->by_id[middle]->id == microcosm_id)
            return tree->by_id[middle];
        if (tree->by_id[middle]->id < microcosm_id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

mc__node *mc__tree_root(const mc__tree *tree)
{
    return tree->count ? &tree->nodes[0] : NULL;
}

bool mc__node_is_below(const mc__node *node, const mc__node *ancestor)
{
    for (; node; node = node->parent)
        if (node == ancestor)
            return true;
    return false;
}

const mc__role *mc__next_applicable(mc__applicable *walk)
{
    for (; walk->node; walk->node = walk->node->parent, walk->i = 0) {
        while (walk->i < walk->node->role_count) {
            const mc__role *role = &walk->node->roles[walk->i++];
            bool is_regular = !role->is_moderator && !role->is_banned;

            walk->has_regular |= is_regular;
            if (!is_regular || !walk->is_replaced)
                return role;
        }
        walk->is_replaced = walk->has_regular;
    }
    return NULL;
}

static void read_criterion(mc__criterion *criterion, mc__arena *arena,
                           const mc__roles_criteria_row *row)
{
    criterion->id = row->criterion_id;
    criterion->or_group = row->or_group;
    criterion->column = mc__arena_strdup(arena, row->profile_column);
    criterion->attr_key = mc__arena_strdup(arena, row->attr_key);
    criterion->predicate = mc__arena_strdup(arena, row->predicate);
    if (row->value_text)
        criterion->text = mc__arena_strdup(arena, row->value_text);
    criterion->is_number = row->is_number;
    criterion->number = row->value_number;
    criterion->is_boolean = row->value_boolean != MC_UNSET;
    criterion->boolean = row->value_boolean == MC_YES;
}

static void read_role(mc__role *role, const PGresult *rows, int number)
{
    mc__roles_all_row row = mc__read_roles_all(rows, number);

    role->id = row.role_id;
    role->microcosm_id = row.microcosm_id;
    role->is_moderator = row.is_moderator;
    role->is_banned = row.is_banned;
    role->include_guests = row.include_guests;
    role->include_users = row.include_users;
    role->can_create = row.can_create;
    role->can_read = row.can_read;
    role->can_update = row.can_update;
    role->can_delete = row.can_delete;
    role->can_close_own = row.can_close_own;
    role->can_open_own = row.can_open_own;
    role->can_read_others = row.can_read_others;
}

static void note_what_matters(mc__tree *tree, const mc__criterion *criterion)
{
    const char *column = criterion->column;

    tree->counts_matter |= strcmp(column, "itemCount") == 0 || strcmp(column, "commentCount") == 0;
    tree->age_matters |= strcmp(column, "created") == 0;
}

/* Both results are ordered by microcosm and role, so that each node's roles and each role's
 * criteria are contiguous. */
static int read_roles(mc_session *session, mc__shared_tree *shared, const PGresult *roles,
                      const PGresult *criteria)
{
    size_t role_count = (size_t)PQntuples(roles), criteria_count = (size_t)PQntuples(criteria),
           c = 0;
    mc__role *all = mc__arena_alloc(&shared->arena, (role_count + 1) * sizeof(*all));
    mc__criterion *rules = mc__arena_alloc(&shared->arena, (criteria_count + 1) * sizeof(*rules));

    if (!all || !rules)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < role_count; i++) {
        mc__node *node;

        read_role(&all[i], roles, (int)i);
        all[i].criteria = &rules[c];
        for (; c < criteria_count; c++) {
            mc__roles_criteria_row row = mc__read_roles_criteria(criteria, (int)c);

            if (row.role_id != all[i].id)
                break;
            read_criterion(&rules[c], &shared->arena, &row);
            note_what_matters(&shared->tree, &rules[c]);
            all[i].criteria_count++;
        }
        node = mc__tree_find(&shared->tree, all[i].microcosm_id);
        if (!node)
            continue;
        if (!node->roles)
            node->roles = &all[i];
        node->role_count++;
    }
    return 0;
}

MC_DEFINE_AUTO(mc__shared_tree *, mc__shared_tree_release)

static int load_tree(mc__shared_tree **out, mc_session *session, int64_t version)
{
    mc_auto(mc__shared_tree_release) mc__shared_tree *shared = mc__calloc(1, sizeof(*shared));
    mc_batch(batch);
    int rc;

    if (!shared)
        return mc__out_of_memory(session);
    atomic_init(&shared->users, 1);
    shared->site_id = session->site.id;
    shared->version = version;
    mc__add_microcosms_tree(&batch, &(mc__microcosms_tree_in){.site_id = session->site.id});
    mc__add_roles_all(&batch, &(mc__roles_all_in){.site_id = session->site.id});
    mc__add_roles_criteria(&batch, &(mc__roles_criteria_in){.site_id = session->site.id});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = read_nodes(session, shared, mc__batch_rows(&batch, 0));
    if (rc == 0)
        rc = read_roles(session, shared, mc__batch_rows(&batch, 1), mc__batch_rows(&batch, 2));
    if (rc == 0 && shared->arena.failed)
        rc = mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(shared);
    return rc;
}

int mc__tree_load(mc__shared_tree **out, mc_session *session, int64_t version)
{
    /* A transaction that has changed the tree has a version that nobody else has. */
    mc__shared_tree *shared = mc__db_is_on_host(&session->db)
                                  ? NULL
                                  : take_tree(session->app->trees, session->site.id, version);

    if (!shared) {
        /* The version was read before the tree: a tree newer than its version is merely read again.
         */
        int rc = load_tree(&shared, session, version);

        if (rc < 0)
            return rc;
        if (mc__may_share(session))
            put_tree(session->app->trees, shared);
    }
    *out = shared;
    return 0;
}

const char *mc__microcosm_href(mc__arena *arena, const mc__node *node)
{
    return node->parent_id ? mc__href(arena, "microcosms", node->id) : "/api/v1/microcosms";
}
