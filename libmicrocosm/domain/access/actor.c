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
#include "statements.h"

/* How soon a call must come after entering to be "right after" it. */
#define RIGHT_AFTER_MS 100

static const mc__viewer guest = {.profile_name = "", .email = ""};

static const mc__map no_map = {0};

static int read_viewer(mc__actor *actor, mc_session *session, const PGresult *rows)
{
    mc__viewer *viewer = &actor->viewer;
    mc__arena *arena = &actor->entry.arena;
    mc__viewers_facts_row row;
    int rc = 0;

    if (PQntuples(rows) == 0) /* deleted in the meantime */
        return mc__refuse(session, MC_EUNAUTHENTICATED);
    row = mc__read_viewers_facts(rows, 0);
    viewer->profile_id = row.profile_id;
    viewer->user_id = row.user_id;
    viewer->profile_name = mc__arena_strdup(arena, row.profile_name);
    viewer->email = mc__arena_strdup(arena, row.email);
    viewer->gender = row.gender ? mc__arena_strdup(arena, row.gender) : NULL;
    viewer->created = row.created;
    viewer->last_active = row.last_active;
    viewer->all_read_at = row.all_read_at;
    viewer->huddles_read_at = row.huddles_read_at;
    viewer->item_count = row.item_count;
    viewer->comment_count = row.comment_count;
    viewer->is_banned = row.is_banned;
    rc |= mc__ints_parse(&viewer->role_ids, arena, row.role_ids);
    rc |= mc__ints_parse(&viewer->ignored_profiles, arena, row.ignored_profiles);
    rc |= mc__ints_parse(&viewer->ignored_microcosms, arena, row.ignored_microcosms);
    rc |= mc__ints_parse(&viewer->ignored_items, arena, row.ignored_items);
    rc |= mc__ints_parse(&viewer->ignored_comments, arena, row.ignored_comments);
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
        mc__viewers_attributes_row value = mc__read_viewers_attributes(rows, row);
        mc__attribute *attribute = &viewer->attributes[row];

        attribute->key = mc__arena_strdup(arena, value.key);
        if (value.value_text)
            attribute->text = mc__arena_strdup(arena, value.value_text);
        attribute->is_number = value.is_number;
        attribute->number = value.value_number;
        attribute->is_boolean = value.value_boolean != MC_UNSET;
        attribute->boolean = value.value_boolean == MC_YES;
    }
    viewer->attribute_count = (size_t)count;
    return 0;
}

/* Entered some time ago, it may have another owner by now. */
static void read_site(mc_session *session, const PGresult *rows)
{
    mc__site_facts *site = &session->site;
    mc__sites_facts_row row;

    if (PQntuples(rows) == 0)
        return;
    row = mc__read_sites_facts(rows, 0);
    site->version = row.facts_version;
    site->owned_by = row.owned_by;
    site->created_by = row.created_by;
    site->only_admins_create_microcosms = row.only_admins_create_microcosms;
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
        site = mc__add_sites_facts(&batch, &(mc__sites_facts_in){.site_id = session->site.id});
    }
    if (!is_guest) {
        viewer = mc__add_viewers_facts(&batch,
                                       &(mc__viewers_facts_in){.site_id = session->site.id,
                                                               .profile_id = session->profile_id});
        attributes = mc__add_viewers_attributes(
            &batch, &(mc__viewers_attributes_in){.site_id = session->site.id,
                                                 .profile_id = session->profile_id});
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
