/*
 * Who acts, with all that decides about what they may do and see: the facts about a profile, the
 * site's microcosms (tree.c), and what the two together permit (permissions.c). Together they are
 * an mc__actor, which sessions of the same profile share while nothing of it changes. Each call
 * begins here.
 */
#include "actor.h"

#include "../base/call.h"
#include "../base/share.h"
#include "permissions.h"
#include "record/record.h"

/* How soon a call must come after entering to be "right after" it. */
#define RIGHT_AFTER_MS 100

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

static const mc__viewer guest = {.profile_name = "", .email = ""};

static const mc__map no_map = {0};

static int read_viewer(mc__actor *actor, mc_session *session, const PGresult *rows)
{
    mc__viewer *viewer = &actor->viewer;
    mc__arena *arena = &actor->entry.arena;
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

static int read_attributes(mc__actor *actor, mc_session *session, const PGresult *rows)
{
    mc__viewer *viewer = &actor->viewer;
    mc__arena *arena = &actor->entry.arena;
    int count = PQntuples(rows);

    viewer->attributes = mc__arena_alloc(arena, (size_t)(count + 1) * sizeof(*viewer->attributes));
    if (!viewer->attributes)
        return mc__out_of_memory(session);
    for (int row = 0; row < count; row++) {
        mc__attribute *attribute = &viewer->attributes[row];

        attribute->key = mc__arena_strdup(arena, mc__row_text(rows, row, 0));
        if (!mc__row_is_null(rows, row, 1))
            attribute->text = mc__arena_strdup(arena, mc__row_text(rows, row, 1));
        attribute->is_number = !mc__row_is_null(rows, row, 2);
        attribute->number = attribute->is_number ? mc__row_double(rows, row, 2) : 0;
        attribute->is_boolean = !mc__row_is_null(rows, row, 3);
        attribute->boolean = attribute->is_boolean && mc__row_bool(rows, row, 3);
    }
    viewer->attribute_count = (size_t)count;
    return 0;
}

/* Columns of sites.facts. */
enum { S_VERSION, S_OWNED_BY, S_CREATED_BY, S_ONLY_ADMINS };

/* Entered some time ago, it may have another owner by now. */
static void read_site(mc_session *session, const PGresult *rows)
{
    mc__site_facts *site = &session->site;

    if (PQntuples(rows) == 0)
        return;
    site->version = mc__row_int(rows, 0, S_VERSION);
    site->owned_by = mc__row_int(rows, 0, S_OWNED_BY);
    site->created_by = mc__row_int(rows, 0, S_CREATED_BY);
    site->only_admins_create_microcosms = mc__row_bool(rows, 0, S_ONLY_ADMINS);
}

/* One trip for the viewer and the version; none for a guest who has just entered. */
static int load_viewer(mc__actor *actor, mc_session *session)
{
    bool is_guest = session->profile_id == 0, versioned = session->entered;
    size_t viewer = 0, attributes = 0, site = 0;
    mc_batch(batch);
    int rc = 0;

    session->entered = false;
    if (!versioned) {
        site = mc__batch_add(&batch, MC_Q_SITES_FACTS);
        mc__add_int(&batch, session->site.id);
    }
    if (!is_guest) {
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
    if (!versioned)
        read_site(session, mc__batch_rows(&batch, site));
    actor->site = session->site;
    actor->viewer = guest;
    if (is_guest)
        return 0;
    rc = read_viewer(actor, session, mc__batch_rows(&batch, viewer));
    return rc < 0 ? rc : read_attributes(actor, session, mc__batch_rows(&batch, attributes));
}

/* All but the texts, which belong to whoever entered. */
static void take_site(mc__site_facts *site, const mc__site_facts *from)
{
    site->version = from->version;
    site->owned_by = from->owned_by;
    site->created_by = from->created_by;
    site->only_admins_create_microcosms = from->only_admins_create_microcosms;
}

/* A session looks at things through its actor; NULL: through none. */
static void use_actor(mc_session *session, mc__actor *actor)
{
    mc__entry_release(session->actor);
    session->actor = actor;
    session->viewer = actor ? &actor->viewer : &guest;
    session->map = actor ? &actor->shared->map : &no_map;
    session->decisions = actor ? actor->decisions : NULL;
    if (actor)
        take_site(&session->site, &actor->site);
}

void mc__facts_forget(mc_session *session)
{
    use_actor(session, NULL);
}

static void release_map(mc__entry *entry)
{
    mc__shared_map_release(((mc__actor *)entry)->shared);
}

static mc__cache_key key_of(const mc_session *session)
{
    return (mc__cache_key){MC_KEPT_ACTOR, session->site.id, {session->profile_id}};
}

/* All decisions at once: from now on threads only read them. */
static void decide_all(mc_session *session, mc__actor *actor)
{
    mc__map *map = &actor->shared->map;

    for (size_t i = 0; i < map->count; i++) {
        bool is_readable = mc__is_readable(session, &map->nodes[i]);
        bool is_listed = is_readable && mc__is_listed(session, &map->nodes[i]);

        mc__decide_microcosm(session, &map->nodes[i]); /* also of hidden ones */
        actor->sight[i] = (uint8_t)(mc__decide_microcosm(session, &map->nodes[i])->can_read |
                                    is_readable << 1 | is_listed << 2);
    }
    actor->sight_number = mc__cache_number(actor->sight, map->count);
}

/* What the decisions were made from, and for how long that holds. */
static void tell_of_facts(const mc_session *session, mc__actor *actor)
{
    const mc__viewer *viewer = &actor->viewer;
    const mc__map *map = &actor->shared->map;
    int64_t site_id = session->site.id;

    mc__entry_tells_of(actor, (mc__subject){MC_OF_SITE, site_id, 0});
    if (!viewer->profile_id)
        return;
    mc__entry_tells_of(actor, (mc__subject){MC_OF_VIEWER, site_id, viewer->profile_id});
    mc__entry_tells_of(actor, (mc__subject){MC_OF_USER, 0, viewer->user_id});
    if (map->counts_matter)
        mc__entry_tells_of(actor, (mc__subject){MC_OF_CONTENT, site_id, 0});
    if (map->age_matters || viewer->is_banned) /* a ban may end by itself */
        actor->entry.until_ms = mc__monotonic_ms() + MC_SOON_MS;
}

static void keep_actor(mc_session *session, mc__actor *actor)
{
    mc__cache_key key = key_of(session);

    decide_all(session, actor);
    tell_of_facts(session, actor);
    actor->is_shared = true;
    mc__cache_keep(session->app->cache, &key, actor);
}

static mc__actor *make_actor(mc_session *session)
{
    mc__actor *actor = mc__entry_new(sizeof(*actor), session->moment);

    if (actor)
        actor->entry.release = release_map;
    return actor;
}

/* Room for a decision on each microcosm. */
static int add_room(mc__actor *actor, mc_session *session)
{
    size_t count = actor->shared->map.count;

    actor->decisions =
        mc__arena_alloc(&actor->entry.arena, (count + 1) * sizeof(*actor->decisions));
    actor->sight = mc__arena_alloc(&actor->entry.arena, count + 1);
    return actor->entry.arena.failed ? mc__out_of_memory(session) : 0;
}

static int load_actor(mc_session *session)
{
    mc_auto_entry mc__actor *actor = make_actor(session);
    int rc;

    if (!actor)
        return mc__out_of_memory(session);
    rc = load_viewer(actor, session);
    if (rc == 0)
        rc = mc__map_load(&actor->shared, session, session->site.version);
    if (rc == 0)
        rc = add_room(actor, session);
    if (rc < 0)
        return rc;
    use_actor(session, MC_TAKE(actor));
    if (mc__may_share(session) && mc__cache_is_trusted(session->app->cache))
        keep_actor(session, session->actor);
    return 0;
}

static bool find_actor(mc_session *session)
{
    mc__cache_key key = key_of(session);
    mc__actor *actor = mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;

    if (!actor)
        return false;
    session->entered = false;
    use_actor(session, actor);
    return true;
}

static bool are_fresh(const mc_session *session)
{
    return session->actor && session->actor->is_shared && mc__may_share(session) &&
           mc__cache_is_trusted(session->app->cache) &&
           mc__cache_is_good(session->app->cache, session->actor);
}

int mc__facts_load(mc_session *session)
{
    int rc = 0;

    /* What the site was found by is as old as the moment of entering it. */
    if (!session->entered)
        session->moment = mc__cache_moment(session->app->cache);
    if (!find_actor(session))
        rc = load_actor(session);
    session->facts_loaded = rc == 0;
    session->facts_until = mc__monotonic_ms() + RIGHT_AFTER_MS;
    return rc;
}

int mc__call_begin(mc_session *session, mc__needs needs)
{
    int rc = mc__call_start(session);

    if (rc < 0 || needs == MC_NEEDS_NOTHING)
        return rc;
    if (!session->site.id)
        return mc__fail(&session->problem, MC_ESTATE, "no site has been entered");
    if (needs == MC_NEEDS_MEMBER && !session->profile_id)
        return mc__refuse(session, MC_EFORBIDDEN);
    /* The call right after entering uses what entering has read; later ones look again, since a
     * role or a ban may have changed. */
    if (!(session->facts_loaded && mc__monotonic_ms() < session->facts_until) &&
        !are_fresh(session))
        rc = mc__facts_load(session);
    session->facts_loaded = false;
    return rc;
}
