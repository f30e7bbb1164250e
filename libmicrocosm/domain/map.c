/*
 * The facts behind every decision: who acts, and the site's microcosms with their roles. The latter
 * are shared by sessions for as long as the site's facts_version stays.
 */
#include "domain.h"

/* ---- the viewer -------------------------------------------------------------------------------
 */

/* Columns of viewers.facts, in order. */
enum {
    V_PROFILE,
    V_USER,
    V_NAME,
    V_EMAIL,
    V_GENDER,
    V_CREATED,
    V_LAST_ACTIVE,
    V_ALL_READ,
    V_HUDDLES_READ,
    V_ITEMS,
    V_COMMENTS,
    V_BANNED,
    V_ROLES,
    V_IGNORED_PROFILES,
    V_IGNORED_MICROCOSMS,
    V_IGNORED_ITEMS,
    V_IGNORED_COMMENTS
};

static int read_viewer(mc_session *session, const PGresult *rows)
{
    mc__viewer *viewer = &session->viewer;
    mc__arena *arena = &session->facts;
    int rc = 0;

    if (PQntuples(rows) == 0) /* deleted in the meantime */
        return mc__refuse(session, MC_EUNAUTHENTICATED);
    viewer->profile_id = mc__row_int(rows, 0, V_PROFILE);
    viewer->user_id = mc__row_int(rows, 0, V_USER);
    viewer->profile_name = mc__arena_strdup(arena, mc__row_text(rows, 0, V_NAME));
    viewer->email = mc__arena_strdup(arena, mc__row_text(rows, 0, V_EMAIL));
    viewer->gender = mc__row_is_null(rows, 0, V_GENDER)
                         ? NULL
                         : mc__arena_strdup(arena, mc__row_text(rows, 0, V_GENDER));
    viewer->created = mc__row_time(rows, 0, V_CREATED);
    viewer->last_active = mc__row_time(rows, 0, V_LAST_ACTIVE);
    viewer->all_read_at = mc__row_time(rows, 0, V_ALL_READ);
    viewer->huddles_read_at = mc__row_time(rows, 0, V_HUDDLES_READ);
    viewer->item_count = mc__row_int(rows, 0, V_ITEMS);
    viewer->comment_count = mc__row_int(rows, 0, V_COMMENTS);
    viewer->is_banned = mc__row_bool(rows, 0, V_BANNED);
    rc |= mc__row_ints(&viewer->role_ids, arena, rows, 0, V_ROLES);
    rc |= mc__row_ints(&viewer->ignored_profiles, arena, rows, 0, V_IGNORED_PROFILES);
    rc |= mc__row_ints(&viewer->ignored_microcosms, arena, rows, 0, V_IGNORED_MICROCOSMS);
    rc |= mc__row_ints(&viewer->ignored_items, arena, rows, 0, V_IGNORED_ITEMS);
    rc |= mc__row_ints(&viewer->ignored_comments, arena, rows, 0, V_IGNORED_COMMENTS);
    return rc ? mc__out_of_memory(session) : 0;
}

static int read_attributes(mc_session *session, const PGresult *rows)
{
    mc__viewer *viewer = &session->viewer;
    int count = PQntuples(rows);

    viewer->attributes =
        mc__arena_alloc(&session->facts, (size_t)(count + 1) * sizeof(*viewer->attributes));
    if (!viewer->attributes)
        return mc__out_of_memory(session);
    for (int row = 0; row < count; row++) {
        mc__attribute *attribute = &viewer->attributes[row];

        attribute->key = mc__arena_strdup(&session->facts, mc__row_text(rows, row, 0));
        if (!mc__row_is_null(rows, row, 1))
            attribute->text = mc__arena_strdup(&session->facts, mc__row_text(rows, row, 1));
        attribute->is_number = !mc__row_is_null(rows, row, 2);
        attribute->number = attribute->is_number ? mc__row_double(rows, row, 2) : 0;
        attribute->is_boolean = !mc__row_is_null(rows, row, 3);
        attribute->boolean = attribute->is_boolean && mc__row_bool(rows, row, 3);
    }
    viewer->attribute_count = (size_t)count;
    return 0;
}

/* ---- microcosms
 * ---------------------------------------------------------------------------------- */

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

/* ---- roles
 * ----------------------------------------------------------------------------------------- */

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

/* ---- the map, shared or made
 * ------------------------------------------------------------------------- */

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

/* In a transaction the facts may be ones that nobody else will ever see, under a version that
 * others will use for different ones: those are neither taken from the others nor given to them. */
static bool may_share(const mc_session *session)
{
    return !session->db.host && !session->db.in_transaction;
}

static int use_map(mc_session *session, int64_t version)
{
    mc__shared_map *shared =
        may_share(session) ? mc__maps_take(session->app->maps, session->site.id, version) : NULL;

    if (!shared) {
        /* The version was read before the map, so a map that is newer than it says is loaded again.
         */
        int rc = load_map(&shared, session, version);

        if (rc < 0)
            return rc;
        if (may_share(session))
            mc__maps_keep(session->app->maps, shared);
    }
    mc__facts_drop_map(session);
    session->shared = shared;
    session->map = shared->map;
    session->decisions =
        mc__arena_alloc(&session->facts, (shared->map.count + 1) * sizeof(*session->decisions));
    return session->decisions ? 0 : mc__out_of_memory(session);
}

void mc__facts_drop_map(mc_session *session)
{
    mc__shared_map_release(session->shared);
    session->shared = NULL;
    session->map = (mc__map){0};
    session->decisions = NULL;
}

/* ---- all of it
 * ---------------------------------------------------------------------------------------- */

/* One trip for the viewer and the version; none for a guest who has just entered. */
static int load_viewer(mc_session *session, int64_t *version)
{
    bool guest = session->profile_id == 0, versioned = session->entered;
    size_t viewer = 0, attributes = 0, site = 0;
    mc_batch(batch);
    int rc = 0;

    session->entered = false;
    *version = session->site.version;
    if (!versioned) {
        site = mc__batch_add(&batch, MC_Q_SITES_VERSION);
        mc__add_int(&batch, session->site.id);
    }
    if (!guest) {
        viewer = mc__batch_add(&batch, MC_Q_VIEWERS_FACTS);
        mc__add_int(&batch, session->site.id);
        mc__add_int(&batch, session->profile_id);
        attributes = mc__batch_add(&batch, MC_Q_VIEWERS_ATTRIBUTES);
        mc__add_int(&batch, session->site.id);
        mc__add_int(&batch, session->profile_id);
    }
    if (batch.count)
        rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    if (!versioned && PQntuples(mc__batch_rows(&batch, site)))
        *version = mc__row_int(mc__batch_rows(&batch, site), 0, 0);
    session->viewer = (mc__viewer){.profile_name = "", .email = ""};
    if (guest)
        return 0;
    rc = read_viewer(session, mc__batch_rows(&batch, viewer));
    return rc < 0 ? rc : read_attributes(session, mc__batch_rows(&batch, attributes));
}

int mc__facts_load(mc_session *session)
{
    int64_t version;
    int rc;

    mc__arena_reset(&session->facts);
    session->decisions = NULL;
    rc = load_viewer(session, &version);
    if (rc == 0)
        rc = use_map(session, version);
    if (rc == 0 && session->facts.failed)
        rc = mc__out_of_memory(session);
    session->facts_loaded = rc == 0;
    return rc;
}
