/*
 * Loads the actor with everything that determines its rights: the facts about its profile, the
 * site's microcosm tree (tree.c), and the decisions on each microcosm (permissions.c). Together
 * they are an mc__actor_entry, which sessions of the same profile share until one of these changes.
 * Public calls begin here.
 */
#include "actor.h"

#include "../base/call.h"
#include "../base/share.h"
#include "permissions.h"
#include "tokens.h"
#include "record/record.h"
#include "statements.h"

/* A call within this time after entering uses the facts that entering has read. */
#define RIGHT_AFTER_MS 100

const mc__actor mc__guest = {.profile_name = "", .email = "", .ban_reason = ""};

static const mc__tree no_tree = {0};

/* asked_ms: before the database was asked, so that a ban ends no later here than there. */
static int read_actor(mc__actor_entry *entry, mc_session *session, const PGresult *rows,
                      int64_t asked_ms)
{
    mc__actor *actor = &entry->actor;
    mc__arena *arena = &entry->entry.arena;
    mc__actors_facts_row row;
    int rc = 0;

    if (PQntuples(rows) == 0) /* the profile was deleted since the session entered */
        return mc__refuse(session, MC_EUNAUTHENTICATED);
    row = mc__read_actors_facts(rows, 0);
    actor->profile_id = row.profile_id;
    actor->user_id = row.user_id;
    actor->profile_name = mc__arena_strdup(arena, row.profile_name);
    actor->email = mc__arena_strdup(arena, row.email);
    actor->gender = row.gender ? mc__arena_strdup(arena, row.gender) : NULL;
    actor->created = row.created;
    actor->now = row.now;
    actor->read_ms = mc__monotonic_ms();
    actor->all_read_at = row.all_read_at;
    actor->huddles_read_at = row.huddles_read_at;
    actor->have_counts = row.have_counts;
    actor->item_count = row.item_count;
    actor->comment_count = row.comment_count;
    actor->is_banned = row.is_banned;
    actor->ban_reason = mc__arena_strdup(arena, row.ban_reason ? row.ban_reason : "");
    actor->ban_ends_ms = asked_ms + row.ban_ms_left;
    rc |= mc__ints_parse(&actor->role_ids, arena, row.role_ids);
    rc |= mc__ints_parse(&actor->ignored_profiles, arena, row.ignored_profiles);
    rc |= mc__ints_parse(&actor->ignored_microcosms, arena, row.ignored_microcosms);
    rc |= mc__ints_parse(&actor->ignored_items, arena, row.ignored_items);
    rc |= mc__ints_parse(&actor->ignored_comments, arena, row.ignored_comments);
    return rc ? mc__out_of_memory(session) : 0;
}

static int read_attributes(mc__actor_entry *entry, mc_session *session, const PGresult *rows)
{
    mc__actor *actor = &entry->actor;
    mc__arena *arena = &entry->entry.arena;
    int count = PQntuples(rows);

    actor->attributes = mc__arena_alloc(arena, (size_t)(count + 1) * sizeof(*actor->attributes));
    if (!actor->attributes)
        return mc__out_of_memory(session);
    for (int row = 0; row < count; row++) {
        mc__actors_attributes_row value = mc__read_actors_attributes(rows, row);
        mc__attribute *attribute = &actor->attributes[row];

        attribute->key = mc__arena_strdup(arena, value.key);
        if (value.value_text)
            attribute->text = mc__arena_strdup(arena, value.value_text);
        attribute->is_number = value.is_number;
        attribute->number = value.value_number;
        attribute->is_boolean = value.value_boolean != MC_UNSET;
        attribute->boolean = value.value_boolean == MC_YES;
    }
    actor->attribute_count = (size_t)count;
    return 0;
}

/* The site's owner may have changed since the session entered. */
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
    site->markdown_max = row.markdown_max;
}

#define PROFILES_AT_ONCE (MC_BATCH_MAX / 2)

/* Adds two statements; returns the number of the first. */
static size_t ask_profile(mc__batch *batch, const mc_session *session, int64_t profile_id)
{
    size_t facts = mc__add_actors_facts(
        batch, &(mc__actors_facts_in){.site_id = session->site.id, .profile_id = profile_id});

    mc__add_actors_attributes(
        batch, &(mc__actors_attributes_in){.site_id = session->site.id, .profile_id = profile_id});
    return facts;
}

static int read_profile(mc__actor_entry *entry, mc_session *session, const mc__batch *batch,
                        size_t facts, int64_t asked_ms)
{
    int rc = read_actor(entry, session, mc__batch_rows(batch, facts), asked_ms);

    return rc < 0 ? rc : read_attributes(entry, session, mc__batch_rows(batch, facts + 1));
}

/* The entry may be in use for longer than the token's. */
static int set_limits(mc__actor_entry *entry, mc_session *session)
{
    const mc_int64s *ids = &session->limits.microcosms;
    int64_t *copy = mc__arena_alloc(&entry->entry.arena, (ids->count + 1) * sizeof(*copy));

    if (!copy)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < ids->count; i++)
        copy[i] = ids->items[i];
    entry->actor.limits = (mc__limits){session->limits.scope, {copy, ids->count}};
    return 0;
}

/* Reads the actor and the version in one trip; a guest that has just entered needs none. */
static int load_actor_facts(mc__actor_entry *entry, mc_session *session)
{
    bool is_guest = session->profile_id == 0;
    bool versioned = session->entered && mc__may_share(session); /* a transaction may change it */
    int64_t asked_ms = mc__monotonic_ms();
    size_t actor = 0, site = 0;
    mc_batch(batch);
    int rc = 0;

    session->entered = false;
    if (!versioned) {
        site = mc__add_sites_facts(&batch, &(mc__sites_facts_in){.site_id = session->site.id});
    }
    if (!is_guest)
        actor = ask_profile(&batch, session, session->profile_id);
    if (batch.count)
        rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (!versioned)
        read_site(session, mc__batch_rows(&batch, site));
    entry->site = session->site;
    entry->actor = mc__guest;
    if (is_guest)
        return 0;
    rc = read_profile(entry, session, &batch, actor, asked_ms);
    return rc < 0 ? rc : set_limits(entry, session);
}

/* Copies all but the texts, which belong to the session that entered. */
static void copy_site_facts(mc__site_facts *site, const mc__site_facts *from)
{
    site->version = from->version;
    site->owned_by = from->owned_by;
    site->created_by = from->created_by;
    site->only_admins_create_microcosms = from->only_admins_create_microcosms;
    site->markdown_max = from->markdown_max;
}

/* Makes the entry the session's actor and takes ownership of it; NULL: no actor. */
static void use_actor(mc_session *session, mc__actor_entry *entry)
{
    mc__entry_release(session->actor_entry);
    session->actor_entry = entry;
    session->actor = entry ? &entry->actor : &mc__guest;
    session->tree = entry ? &entry->shared->tree : &no_tree;
    session->decisions = entry ? entry->decisions : NULL;
    if (entry)
        copy_site_facts(&session->site, &entry->site);
    session->ban_reason =
        mc__owns_site(&session->site, session->profile_id) ? "" : session->actor->ban_reason;
}

void mc__facts_forget(mc_session *session)
{
    use_actor(session, NULL);
}

static void release_tree(mc__entry *entry)
{
    mc__shared_tree_release(((mc__actor_entry *)entry)->shared);
}

static mc__cache_key key_of(const mc_session *session)
{
    const mc__limits *limits = &session->limits;

    return (mc__cache_key){MC_CACHED_ACTOR,
                           session->site.id,
                           {session->profile_id, limits->scope,
                            limits->microcosms.count ? session->token->token_id : 0}};
}

/* Makes all decisions, after which threads that share the entry only read. */
static void decide_all(mc_session *session, mc__actor_entry *entry)
{
    mc__tree *tree = &entry->shared->tree;

    for (size_t i = 0; i < tree->count; i++) {
        bool is_readable = mc__is_readable(session, &tree->nodes[i]);
        bool is_listed = is_readable && mc__is_listed(session, &tree->nodes[i]);

        mc__decide_microcosm(session, &tree->nodes[i]); /* also for hidden ones */
        entry->visibility[i] = (uint8_t)(mc__decide_microcosm(session, &tree->nodes[i])->can_read |
                                         is_readable << 1 | is_listed << 2);
    }
    entry->visibility_number = mc__cache_number(entry->visibility, tree->count);
}

/* Adds the subjects that the decisions depend on, and the time after which they are invalid. */
static void add_dependencies(const mc_session *session, mc__actor_entry *entry)
{
    const mc__actor *actor = &entry->actor;
    const mc__tree *tree = &entry->shared->tree;
    int64_t site_id = session->site.id;

    mc__entry_depends_on(entry, (mc__subject){MC_SUBJECT_SITE, site_id, 0});
    if (!actor->profile_id)
        return;
    mc__entry_depends_on(entry, (mc__subject){MC_SUBJECT_ACTOR, site_id, actor->profile_id});
    mc__entry_depends_on(entry, (mc__subject){MC_SUBJECT_USER, 0, actor->user_id});
    if (tree->counts_matter)
        mc__entry_depends_on(entry, (mc__subject){MC_SUBJECT_CONTENT, site_id, 0});
    if (actor->is_banned)
        entry->entry.until_ms = actor->ban_ends_ms;
    if (tree->age_matters && entry->entry.until_ms > mc__monotonic_ms() + MC_SOON_MS)
        entry->entry.until_ms = mc__monotonic_ms() + MC_SOON_MS;
}

static void cache_actor(mc_session *session, mc__actor_entry *entry)
{
    mc__cache_key key = key_of(session);

    decide_all(session, entry);
    add_dependencies(session, entry);
    entry->is_shared = true;
    mc__cache_put(session->app->cache, &key, entry);
}

static int decide_for_other(mc__other *other, mc_session *session, const mc__batch *batch,
                            size_t facts, int64_t asked_ms)
{
    mc_auto_entry mc__actor_entry *entry = mc__entry_new(sizeof(*entry), session->moment);
    int rc;

    if (!entry)
        return mc__out_of_memory(session);
    rc = read_profile(entry, session, batch, facts, asked_ms);
    if (rc < 0)
        return rc;
    other->facts.actor = &entry->actor;
    other->facts.now = mc__database_now(&entry->actor);
    mc__decide(&other->permissions, &other->facts, NULL);
    other->facts.actor = NULL;
    return 0;
}

static int decide_for_some(mc__other *others, mc_session *session, size_t count)
{
    int64_t asked_ms = mc__monotonic_ms();
    size_t facts[PROFILES_AT_ONCE];
    mc_batch(batch);
    int rc;

    for (size_t i = 0; i < count; i++)
        facts[i] = ask_profile(&batch, session, others[i].profile_id);
    rc = mc__run(session, &batch);
    for (size_t i = 0; rc == 0 && i < count; i++)
        rc = decide_for_other(&others[i], session, &batch, facts[i], asked_ms);
    return rc;
}

int mc__decide_for_others(mc__other *others, mc_session *session, size_t count)
{
    int rc = 0;

    for (size_t next; rc == 0 && count > 0; others += next, count -= next) {
        next = count < PROFILES_AT_ONCE ? count : PROFILES_AT_ONCE;
        rc = decide_for_some(others, session, next);
    }
    return rc;
}

int mc__decide_for(mc_permissions *out, mc_session *session, int64_t profile_id,
                   const mc__node *node)
{
    mc__other other = {.profile_id = profile_id,
                       .facts = mc__facts_of(session, MC_ITEM_MICROCOSM, node ? node->id : 0)};
    int rc = mc__decide_for_others(&other, session, 1);

    *out = other.permissions;
    return rc;
}

static mc__actor_entry *make_actor(mc_session *session)
{
    mc__actor_entry *entry = mc__entry_new(sizeof(*entry), session->moment);

    if (entry)
        entry->entry.release = release_tree;
    return entry;
}

/* Allocates a decision for each microcosm. */
static int add_room(mc__actor_entry *entry, mc_session *session)
{
    size_t count = entry->shared->tree.count;

    entry->decisions =
        mc__arena_alloc(&entry->entry.arena, (count + 1) * sizeof(*entry->decisions));
    entry->visibility = mc__arena_alloc(&entry->entry.arena, count + 1);
    return entry->entry.arena.failed ? mc__out_of_memory(session) : 0;
}

static int load_actor(mc_session *session)
{
    mc_auto_entry mc__actor_entry *entry = make_actor(session);
    int rc;

    if (!entry)
        return mc__out_of_memory(session);
    rc = load_actor_facts(entry, session);
    if (rc == 0)
        rc = mc__tree_load(&entry->shared, session, session->site.version);
    /* criteria on counts that have come between the two */
    if (rc == 0 && entry->shared->tree.counts_matter && !entry->actor.have_counts)
        rc = load_actor_facts(entry, session);
    if (rc == 0)
        rc = add_room(entry, session);
    if (rc < 0)
        return rc;
    use_actor(session, MC_TAKE(entry));
    if (mc__may_share(session) && mc__cache_is_trusted(session->app->cache))
        cache_actor(session, session->actor_entry);
    return 0;
}

static bool find_actor(mc_session *session)
{
    mc__cache_key key = key_of(session);
    mc__actor_entry *entry =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;

    if (!entry)
        return false;
    session->entered = false;
    use_actor(session, entry);
    return true;
}

static bool are_fresh(const mc_session *session)
{
    return session->actor_entry && session->actor_entry->is_shared && mc__may_share(session) &&
           mc__cache_is_trusted(session->app->cache) &&
           mc__cache_is_good(session->app->cache, session->actor_entry);
}

int mc__facts_load(mc_session *session)
{
    int rc = 0;

    /* Right after entering, the moment before the site was read counts. */
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
    /* The call right after entering uses the facts that entering has read; later calls read them
     * again, since a role or a ban may have changed. */
    if (!(session->facts_loaded && mc__monotonic_ms() < session->facts_until) &&
        !are_fresh(session))
        rc = mc__facts_load(session);
    session->facts_loaded = false;
    return rc;
}

int mc__call_begin_for(const void *out, mc_session *session, mc__needs needs)
{
    int rc = mc__call_begin(session, needs);

    return rc < 0 ? rc : mc__check_out(session, out);
}
