/*
 * The only authorisation function. mc__decide() is pure: it computes twelve booleans from facts, by
 * the numbered steps of docs/http/permissions.md#the-algorithm. All code that shows or changes
 * content calls it through the helpers at the end.
 */
#include "permissions.h"

#include "role_matching.h"
#include "../base/kinds.h"
#include "../base/call.h"
#include "../base/types.h"
#include "markup/markup.h"

/* The state of one decision. */
typedef struct deciding {
    const mc__facts *facts;
    mc_permissions *out;
    mc__text *explanation;
    const mc__node *node;    /* M, or NULL */
    bool is_microcosm_owner; /* created or owns M */
} deciding;

static void explain(const deciding *d, const char *line)
{
    if (!d->explanation)
        return;
    mc__text_puts(d->explanation, line);
    mc__text_putc(d->explanation, '\n');
}

static void explain_role(const deciding *d, const char *what, const mc__role *role)
{
    if (d->explanation)
        mc__text_format(d->explanation, "%s role %lld of microcosm %lld\n", what,
                        (long long)role->id, (long long)role->microcosm_id);
}

static bool is_member(const deciding *d, const mc__role *role)
{
    const mc__actor *actor = d->facts->actor;

    if (actor->profile_id == 0)
        return role->include_guests;
    return role->include_users || mc__contains(&actor->role_ids, role->id) ||
           mc__role_matches(role, actor, d->facts->now);
}

bool mc__owns_site(const mc__site_facts *site, int64_t profile_id)
{
    return profile_id > 0 && (profile_id == site->owned_by || profile_id == site->created_by);
}

static bool owns_site(const deciding *d)
{
    return mc__owns_site(d->facts->site, d->facts->actor->profile_id);
}

static bool owns_node(const deciding *d)
{
    int64_t actor = d->facts->actor->profile_id;

    return d->node && (d->node->owned_by == actor || d->node->created_by == actor);
}

static bool is_banned_in(const deciding *d, const mc__node *node)
{
    if (owns_site(d))
        return false;
    for (; node; node = node->parent)
        for (size_t i = 0; i < node->role_count; i++)
            if (node->roles[i].is_banned && is_member(d, &node->roles[i])) {
                explain_role(d, "banned by", &node->roles[i]);
                return true;
            }
    return false;
}

/* A comment belongs to the microcosm of its parent. */
static bool lives_in_microcosm(const mc__facts *facts)
{
    return mc__kind_can(facts->item_type == MC_ITEM_COMMENT ? facts->comment_on : facts->item_type,
                        MC_IN_MICROCOSM);
}

/* Step 4: kinds whose rights don't depend on a microcosm. */
static bool forgets_microcosm(mc_item_type item_type)
{
    switch (item_type) {
    case MC_ITEM_SITE:
    case MC_ITEM_PROFILE:
    case MC_ITEM_COMMENT:
    case MC_ITEM_HUDDLE:
    case MC_ITEM_USER:
    case MC_ITEM_UPDATE:
    case MC_ITEM_ROLE:
    case MC_ITEM_UPDATE_TYPE:
    case MC_ITEM_WATCHER:
        return true;
    default:
        return false;
    }
}

/* Step 6. */
static void find_ownership(deciding *d)
{
    const mc__facts *facts = d->facts;
    int64_t actor = facts->actor->profile_id;

    if (actor == 0)
        return;
    if (owns_site(d) && !facts->is_elsewhere) {
        d->out->is_site_owner = d->out->is_moderator = true;
        explain(d, "owns the site");
    } else if (owns_node(d)) {
        d->is_microcosm_owner = d->out->is_moderator = true;
        explain(d, "owns the microcosm");
    }
    if (facts->item_type == MC_ITEM_SITE && !facts->is_elsewhere)
        d->out->is_owner = owns_site(d);
    else if (facts->item_type == MC_ITEM_MICROCOSM)
        d->out->is_owner = owns_node(d);
    else
        d->out->is_owner = actor == facts->owner || actor == facts->other_owner;
    if (d->out->is_owner)
        explain(d, "is the author or owner of the resource");
}

static void add_role(deciding *d, mc_permissions *rights, const mc__role *role)
{
    if (!is_member(d, role))
        return;
    explain_role(d, "member of", role);
    rights->can_create |= role->can_create;
    rights->can_read |= role->can_read;
    rights->can_update |= role->can_update;
    rights->can_delete |= role->can_delete;
    rights->can_close_own |= role->can_close_own;
    rights->can_open_own |= role->can_open_own;
    rights->can_read_others |= role->can_read_others;
    if (role->is_moderator)
        d->out->is_moderator = true;
}

/* Step 7: the regular roles of the nearest microcosm that has any, and the moderator roles of all
 * ancestors. */
static mc_permissions role_rights(deciding *d)
{
    mc_permissions rights = {0};
    mc__applicable applicable = {.node = d->node};

    for (const mc__role *role; (role = mc__next_applicable(&applicable));)
        if (!role->is_banned)
            add_role(d, &rights, role);
    return rights;
}

/* Step 8 for kinds that belong to a microcosm. A role can let guests read, but whatever is written
 * needs a profile that has written it. */
static void combine_in_microcosm(deciding *d)
{
    mc_permissions *out = d->out, rights = role_rights(d);
    bool super = out->is_site_owner || d->is_microcosm_owner;
    bool own = out->is_owner && d->facts->item_type != MC_ITEM_MICROCOSM;
    bool on_own = d->facts->item_type == MC_ITEM_COMMENT &&
                  d->facts->parent_author == d->facts->actor->profile_id;

    if (out->is_guest) {
        out->is_moderator = false;
        out->can_read = rights.can_read;
        out->can_read_others = rights.can_read_others;
        return;
    }
    out->can_create = rights.can_create || super || own;
    out->can_read =
        rights.can_read || super || own || on_own; /* as the page of the item shows it */
    out->can_update = rights.can_update || super || own;
    out->can_delete = rights.can_delete || super; /* not for authors */
    out->can_close_own = rights.can_close_own || super;
    out->can_open_own = rights.can_open_own || super;
    out->can_read_others = rights.can_read_others || super;
}

static void set_all(mc_permissions *out, bool create, bool read, bool update, bool delete)
{
    out->can_create = create;
    out->can_read = read;
    out->can_update = update;
    out->can_delete = delete;
}

/* Users of all sites have profiles on the root site, which only they and its owner may see. */
static bool shows_profiles(const deciding *d)
{
    return d->facts->site->id != MC_ROOT_SITE;
}

static void combine_comment(deciding *d)
{
    mc_permissions *out = d->out;
    int64_t actor = d->facts->actor->profile_id;
    bool own = out->is_owner, either = own || out->is_site_owner;

    if (d->facts->comment_on == MC_ITEM_PROFILE)
        set_all(out, either,
                either || shows_profiles(d) || (actor && actor == d->facts->comment_parent), either,
                either);
    else if (d->facts->comment_on == MC_ITEM_HUDDLE)
        set_all(out, own, own || d->facts->is_participant, own, false);
    /* nobody has rights on an unknown comment */
}

/* Step 8 for all other kinds. */
static void combine(deciding *d)
{
    mc_permissions *out = d->out;
    bool site_owner = out->is_site_owner, own = out->is_owner, either = site_owner || own;
    bool member = !out->is_guest, in_huddle = own || d->facts->is_participant;

    switch (d->facts->item_type) {
    case MC_ITEM_SITE:
        if (d->facts->is_elsewhere) {
            set_all(out, false, true, own, own);
            break;
        }
        set_all(out, site_owner || (member && !d->facts->site->only_admins_create_microcosms), true,
                either, site_owner);
        break;
    case MC_ITEM_PROFILE:
        set_all(out, either, either || shows_profiles(d), either, site_owner);
        break;
    case MC_ITEM_COMMENT:
        combine_comment(d);
        break;
    case MC_ITEM_HUDDLE:
        set_all(out, in_huddle || (d->facts->item_id == 0 && member), in_huddle, in_huddle,
                in_huddle);
        break;
    case MC_ITEM_USER:
        set_all(out, false, either, false, false);
        break;
    case MC_ITEM_WATCHER:
        set_all(out, either, either, either, either);
        break;
    case MC_ITEM_ROLE:
        set_all(out, site_owner, site_owner, site_owner, site_owner);
        break;
    case MC_ITEM_UPDATE:
        set_all(out, false, own, own, own);
        break;
    default:
        break;
    }
}

void mc__decide(mc_permissions *out, const mc__facts *facts, mc__text *explanation)
{
    deciding d = {.facts = facts, .out = out, .explanation = explanation};
    const mc__actor *actor = facts->actor;
    int64_t microcosm_id = facts->microcosm_id;
    bool own_profile = facts->item_type == MC_ITEM_PROFILE && actor->profile_id &&
                       facts->item_id == actor->profile_id;

    *out = (mc_permissions){.type = &mc__permissions_type, .is_guest = actor->profile_id == 0};
    if (out->is_guest && facts->item_type == MC_ITEM_SITE) { /* step 1 */
        out->can_read = true;
        explain(&d, "guests may read the site");
        return;
    }
    d.node = mc__tree_find(facts->tree, microcosm_id); /* step 2 */
    if (actor->is_banned && !owns_site(&d))
        explain(&d, "is on the site's ban list");
    if ((actor->is_banned && !owns_site(&d)) || is_banned_in(&d, d.node)) {
        out->is_banned = true;
        out->can_read = facts->item_type == MC_ITEM_SITE || own_profile;
        return;
    }
    if (facts->item_type == MC_ITEM_NONE) { /* step 3 */
        if (microcosm_id && !facts->item_id)
            find_ownership(&d);
        out->is_owner = false;
        return;
    }
    if (forgets_microcosm(facts->item_type)) /* step 4 */
        microcosm_id = 0;
    if (!microcosm_id && lives_in_microcosm(facts))
        microcosm_id = facts->item_type == MC_ITEM_MICROCOSM ? facts->item_id : facts->in_microcosm;
    d.node = mc__tree_find(facts->tree, microcosm_id);
    if (is_banned_in(&d, d.node)) { /* step 5 */
        out->is_banned = true;
        return;
    }
    find_ownership(&d);
    if (lives_in_microcosm(facts))
        combine_in_microcosm(&d);
    else
        combine(&d);
}

mc__facts mc__facts_of(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__facts){.now = mc__database_now(session->actor),
                       .site = &session->site,
                       .actor = session->actor,
                       .tree = session->tree,
                       .item_type = item_type,
                       .item_id = item_id};
}

const mc_permissions *mc__decide_microcosm(mc_session *session, const mc__node *node)
{
    mc__decision *decision = &session->decisions[node - session->tree->nodes];

    if (!decision->decided) {
        mc__facts facts = mc__facts_of(session, MC_ITEM_MICROCOSM, node->id);

        mc__decide(&decision->permissions, &facts, NULL);
        decision->decided = true;
    }
    return &decision->permissions;
}

bool mc__moderates(mc_session *session, int64_t microcosm_id)
{
    const mc__node *node = mc__tree_find(session->tree, microcosm_id);

    return node && mc__decide_microcosm(session, node)->is_moderator;
}

bool mc__may_read_all_above(mc_session *session, const mc__node *node)
{
    for (; node; node = node->parent)
        if (node->parent_id && !mc__decide_microcosm(session, node)->can_read)
            return false;
    return true;
}

void mc__decide_item(mc_permissions *out, mc_session *session, mc_item_type item_type,
                     int64_t item_id, int64_t microcosm_id, int64_t author)
{
    mc__facts facts = mc__facts_of(session, item_type, item_id);

    facts.in_microcosm = microcosm_id;
    facts.owner = author;
    mc__decide(out, &facts, NULL);
}

void mc__decide_comment(mc_permissions *out, mc_session *session, const mc__comment_ref *comment)
{
    mc__facts facts = mc__facts_of(session, MC_ITEM_COMMENT, comment->comment_id);

    facts.in_microcosm = comment->microcosm_id;
    facts.owner = comment->author;
    facts.comment_on = comment->item_type;
    facts.comment_parent = comment->item_id;
    facts.parent_author = comment->parent_author;
    facts.is_participant = comment->is_participant;
    mc__decide(out, &facts, NULL);
}

void mc__decide_resource(mc_permissions *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, int64_t owner, bool is_participant)
{
    mc__facts facts = mc__facts_of(session, item_type, item_id);

    facts.owner = owner;
    facts.is_participant = is_participant;
    mc__decide(out, &facts, NULL);
}

bool mc__may_see(mc_session *session, const mc__node *node)
{
    if (!node)
        return false;
    for (; node && node->is_hidden; node = node->parent)
        if ((node->is_deleted || node->is_moderated) &&
            !mc__decide_microcosm(session, node)->is_moderator)
            return false;
    return true;
}

bool mc__is_readable(mc_session *session, const mc__node *node)
{
    return node && !node->is_hidden && mc__decide_microcosm(session, node)->can_read;
}

bool mc__is_listed(mc_session *session, const mc__node *node)
{
    if (!mc__is_readable(session, node))
        return false;
    for (const mc__node *above = node; above; above = above->parent)
        if (mc__contains(&session->actor->ignored_microcosms, above->id))
            return false;
    return true;
}

int mc__listed_microcosms(mc_int64s *out, mc_session *session)
{
    int64_t *ids = mc__arena_alloc(&session->scratch, (session->tree->count + 1) * sizeof(*ids));
    size_t count = 0;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < session->tree->count; i++)
        if (mc__is_listed(session, session->tree->by_id[i]))
            ids[count++] = session->tree->by_id[i]->id;
    *out = (mc_int64s){ids, count};
    return 0;
}

void mc__decide_site(mc_permissions *out, mc_session *session, int64_t site_id, bool owns_it)
{
    mc__facts facts = mc__facts_of(session, MC_ITEM_SITE, site_id);

    facts.is_elsewhere = site_id != session->site.id;
    facts.owner = owns_it ? session->actor->profile_id : 0;
    mc__decide(out, &facts, NULL);
}

bool mc__contains(const mc_int64s *sorted, int64_t id)
{
    size_t low = 0, high = sorted->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (sorted->items[middle] == id)
            return true;
        if (sorted->items[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

const mc_permissions *mc__permissions_record(mc__arena *arena, const mc_permissions *values)
{
    mc_permissions *record = mc__record_make(arena, &mc__permissions_type);

    if (record)
        *record = *values;
    return record;
}
