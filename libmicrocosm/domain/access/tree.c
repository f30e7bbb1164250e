/*
 * The site's microcosms with their roles: read as a whole, and kept for other sessions. A fixed
 * number of places, each for the sites whose number falls on it: the newest map there stays, so
 * memory is bounded and nothing needs to be swept out.
 */
#include "tree.h"

#include "../base/call.h"
#include "../base/links.h"
#include "../base/share.h"
#include "record/record.h"

#include <pthread.h>

#define PLACES 1024

struct mc__maps {
    pthread_mutex_t lock;
    mc__shared_map *places[PLACES];
};

int mc__maps_new(mc__maps **out)
{
    mc__maps *maps = mc__calloc(1, sizeof(*maps));

    if (!maps)
        return MC_ENOMEM;
    if (pthread_mutex_init(&maps->lock, NULL) != 0) {
        mc__free(maps);
        return MC_ESYSTEM;
    }
    *out = maps;
    return 0;
}

void mc__maps_free(mc__maps *maps)
{
    if (!maps)
        return;
    for (size_t i = 0; i < PLACES; i++)
        mc__shared_map_release(maps->places[i]);
    pthread_mutex_destroy(&maps->lock);
    mc__free(maps);
}

void mc__shared_map_release(mc__shared_map *shared)
{
    if (!shared || atomic_fetch_sub(&shared->users, 1) > 1)
        return;
    mc__arena_release(&shared->arena);
    mc__free(shared);
}

static mc__shared_map *take_map(mc__maps *maps, int64_t site_id, int64_t version)
{
    mc__shared_map *shared;

    pthread_mutex_lock(&maps->lock);
    shared = maps->places[site_id % PLACES];
    if (shared && (shared->site_id != site_id || shared->version != version))
        shared = NULL;
    if (shared)
        atomic_fetch_add(&shared->users, 1);
    pthread_mutex_unlock(&maps->lock);
    return shared;
}

static void keep_map(mc__maps *maps, mc__shared_map *shared)
{
    mc__shared_map **place = &maps->places[shared->site_id % PLACES], *old;

    atomic_fetch_add(&shared->users, 1);
    pthread_mutex_lock(&maps->lock);
    old = *place;
    *place = shared;
    pthread_mutex_unlock(&maps->lock);
    mc__shared_map_release(old);
}

enum {
    M_ID,
    M_PARENT,
    M_TITLE,
    M_LOGO,
    M_OWNED_BY,
    M_CREATED_BY,
    M_STICKY,
    M_OPEN,
    M_DELETED,
    M_MODERATED
};

static int compare_nodes(const void *a, const void *b)
{
    int64_t x = (*(mc__node *const *)a)->id, y = (*(mc__node *const *)b)->id;

    return (x > y) - (x < y);
}

static void read_node(mc__node *node, mc__arena *arena, const PGresult *rows, int row)
{
    node->id = mc__row_int(rows, row, M_ID);
    node->parent_id = mc__row_is_null(rows, row, M_PARENT) ? 0 : mc__row_int(rows, row, M_PARENT);
    node->title = mc__arena_strdup(arena, mc__row_text(rows, row, M_TITLE));
    node->logo_url = mc__arena_strdup(arena, mc__row_text(rows, row, M_LOGO));
    node->owned_by = mc__row_int(rows, row, M_OWNED_BY);
    node->created_by = mc__row_int(rows, row, M_CREATED_BY);
    node->is_sticky = mc__row_bool(rows, row, M_STICKY);
    node->is_open = mc__row_bool(rows, row, M_OPEN);
    node->is_deleted = mc__row_bool(rows, row, M_DELETED);
    node->is_moderated = mc__row_bool(rows, row, M_MODERATED);
}

static int read_nodes(mc_session *session, mc__shared_map *shared, const PGresult *rows)
{
    mc__map *map = &shared->map;
    size_t count = (size_t)PQntuples(rows);

    map->count = 0;
    map->nodes = mc__arena_alloc(&shared->arena, (count + 1) * sizeof(*map->nodes));
    map->by_id = mc__arena_alloc(&shared->arena, (count + 1) * sizeof(mc__node *));
    if (!map->nodes || !map->by_id)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        read_node(&map->nodes[i], &shared->arena, rows, (int)i);
        map->by_id[i] = &map->nodes[i];
    }
    map->count = count;
    qsort(map->by_id, count, sizeof(mc__node *), compare_nodes);
    for (size_t i = 0; i < count; i++) {
        mc__node *node = &map->nodes[i];

        node->parent = node->parent_id ? mc__map_find(map, node->parent_id) : NULL;
        node->level = node->parent ? node->parent->level + 1 : 1;
        node->is_hidden =
            node->is_deleted || node->is_moderated || (node->parent && node->parent->is_hidden);
    }
    return 0;
}

mc__node *mc__map_find(const mc__map *map, int64_t microcosm_id)
{
    size_t low = 0, high = map->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (map->by_id[middle]->id == microcosm_id)
            return map->by_id[middle];
        if (map->by_id[middle]->id < microcosm_id)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

mc__node *mc__map_root(const mc__map *map)
{
    return map->count ? &map->nodes[0] : NULL;
}

bool mc__node_is_below(const mc__node *node, const mc__node *ancestor)
{
    for (; node; node = node->parent)
        if (node == ancestor)
            return true;
    return false;
}

enum {
    R_ID,
    R_MICROCOSM,
    R_MODERATOR,
    R_BANNED,
    R_GUESTS,
    R_USERS,
    R_CREATE,
    R_READ,
    R_UPDATE,
    R_DELETE,
    R_CLOSE_OWN,
    R_OPEN_OWN,
    R_READ_OTHERS
};

enum { C_ROLE, C_OR_GROUP, C_COLUMN, C_ATTR_KEY, C_PREDICATE, C_TEXT, C_NUMBER, C_BOOLEAN };

static void read_criterion(mc__criterion *criterion, mc__arena *arena, const PGresult *rows,
                           int row)
{
    criterion->or_group = mc__row_int(rows, row, C_OR_GROUP);
    criterion->column = mc__arena_strdup(arena, mc__row_text(rows, row, C_COLUMN));
    criterion->attr_key = mc__arena_strdup(arena, mc__row_text(rows, row, C_ATTR_KEY));
    criterion->predicate = mc__arena_strdup(arena, mc__row_text(rows, row, C_PREDICATE));
    if (!mc__row_is_null(rows, row, C_TEXT))
        criterion->text = mc__arena_strdup(arena, mc__row_text(rows, row, C_TEXT));
    criterion->is_number = !mc__row_is_null(rows, row, C_NUMBER);
    criterion->number = criterion->is_number ? mc__row_double(rows, row, C_NUMBER) : 0;
    criterion->is_boolean = !mc__row_is_null(rows, row, C_BOOLEAN);
    criterion->boolean = criterion->is_boolean && mc__row_bool(rows, row, C_BOOLEAN);
}

static void read_role(mc__role *role, const PGresult *rows, int row)
{
    role->id = mc__row_int(rows, row, R_ID);
    role->microcosm_id = mc__row_int(rows, row, R_MICROCOSM);
    role->is_moderator = mc__row_bool(rows, row, R_MODERATOR);
    role->is_banned = mc__row_bool(rows, row, R_BANNED);
    role->include_guests = mc__row_bool(rows, row, R_GUESTS);
    role->include_users = mc__row_bool(rows, row, R_USERS);
    role->can_create = mc__row_bool(rows, row, R_CREATE);
    role->can_read = mc__row_bool(rows, row, R_READ);
    role->can_update = mc__row_bool(rows, row, R_UPDATE);
    role->can_delete = mc__row_bool(rows, row, R_DELETE);
    role->can_close_own = mc__row_bool(rows, row, R_CLOSE_OWN);
    role->can_open_own = mc__row_bool(rows, row, R_OPEN_OWN);
    role->can_read_others = mc__row_bool(rows, row, R_READ_OTHERS);
}

static void note_what_matters(mc__map *map, const mc__criterion *criterion)
{
    const char *column = criterion->column;

    map->counts_matter |= strcmp(column, "itemCount") == 0 || strcmp(column, "commentCount") == 0;
    map->age_matters |= strcmp(column, "created") == 0;
}

/* Both lists are ordered by microcosm and role, so that each node's roles and each role's criteria
 * are one run. */
static int read_roles(mc_session *session, mc__shared_map *shared, const PGresult *roles,
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
        for (; c < criteria_count && mc__row_int(criteria, (int)c, C_ROLE) == all[i].id; c++) {
            read_criterion(&rules[c], &shared->arena, criteria, (int)c);
            note_what_matters(&shared->map, &rules[c]);
            all[i].criteria_count++;
        }
        node = mc__map_find(&shared->map, all[i].microcosm_id);
        if (!node)
            continue;
        if (!node->roles)
            node->roles = &all[i];
        node->role_count++;
    }
    return 0;
}

MC_DEFINE_AUTO(mc__shared_map *, mc__shared_map_release)

static int load_map(mc__shared_map **out, mc_session *session, int64_t version)
{
    mc_auto(mc__shared_map_release) mc__shared_map *shared = mc__calloc(1, sizeof(*shared));
    mc_batch(batch);
    int rc;

    if (!shared)
        return mc__out_of_memory(session);
    atomic_init(&shared->users, 1);
    shared->site_id = session->site.id;
    shared->version = version;
    mc__batch_add(&batch, MC_Q_MICROCOSMS_MAP);
    mc__add_int(&batch, session->site.id);
    mc__batch_add(&batch, MC_Q_ROLES_MAP);
    mc__add_int(&batch, session->site.id);
    mc__batch_add(&batch, MC_Q_ROLES_CRITERIA);
    mc__add_int(&batch, session->site.id);
    rc = mc__run(session, &batch, MC_READ);
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

int mc__map_load(mc__shared_map **out, mc_session *session, int64_t version)
{
    bool may_share = mc__may_share(session);
    mc__shared_map *shared =
        may_share ? take_map(session->app->maps, session->site.id, version) : NULL;

    if (!shared) {
        /* The version was read before the map, so a map that is newer than it says is loaded again.
         */
        int rc = load_map(&shared, session, version);

        if (rc < 0)
            return rc;
        if (may_share)
            keep_map(session->app->maps, shared);
    }
    *out = shared;
    return 0;
}

const char *mc__microcosm_href(mc__arena *arena, const mc__node *node)
{
    return node->parent_id ? mc__href(arena, "microcosms", node->id) : "/api/v1/microcosms";
}
