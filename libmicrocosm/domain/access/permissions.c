/*
 * The only authorisation function. mc__decide() is pure: it computes twelve booleans from facts, by
 * the numbered steps of docs/http/permissions.md#the-algorithm. All code that shows or changes
 * content calls it through the helpers of decisions.c.
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

/* What can be decided, as JSON names it: the explanation has a line for each reason, which begins
 * with what it decides ("create, read: ..."). */
static const struct {
    const char *name;
    size_t member;
} verbs[] = {
    {"create", offsetof(mc_permissions, can_create)},
    {"read", offsetof(mc_permissions, can_read)},
    {"update", offsetof(mc_permissions, can_update)},
    {"delete", offsetof(mc_permissions, can_delete)},
    {"closeOwn", offsetof(mc_permissions, can_close_own)},
    {"openOwn", offsetof(mc_permissions, can_open_own)},
    {"readOthers", offsetof(mc_permissions, can_read_others)},
    {"guest", offsetof(mc_permissions, is_guest)},
    {"banned", offsetof(mc_permissions, is_banned)},
    {"owner", offsetof(mc_permissions, is_owner)},
    {"moderator", offsetof(mc_permissions, is_moderator)},
    {"siteOwner", offsetof(mc_permissions, is_site_owner)},
};
#define RIGHTS 7 /* the first of them can be done; the others are what the actor is */

static bool has(const mc_permissions *permissions, size_t verb)
{
    return *(const bool *)((const char *)permissions + verbs[verb].member);
}

/* Begins a line about those of the given that are yes, or no. False if there are none, or nobody
 * wants to know. */
static bool begin_line(const deciding *d, const mc_permissions *given, bool yes, size_t count)
{
    size_t named = 0;

    for (size_t i = 0; d->explanation && i < count; i++)
        if (has(given, i) == yes) {
            mc__text_puts(d->explanation, named++ ? ", " : "");
            mc__text_puts(d->explanation, verbs[i].name);
        }
    if (named)
        mc__text_puts(d->explanation, ": ");
    return named > 0;
}

static void explain(const deciding *d, mc_permissions given, const char *reason)
{
    if (begin_line(d, &given, true, MC_COUNT(verbs)))
        mc__text_format(d->explanation, "%s\n", reason);
}

/* By which way the actor is a member: role_matching.c and is_member() decide it. */
static void explain_membership(const deciding *d, const mc__role *role)
{
    const mc__actor *actor = d->facts->actor;
    const mc__criterion *first;
    size_t count = 0;

    if (actor->profile_id == 0) {
        mc__text_puts(d->explanation, ", which includes guests");
        return;
    }
    if (role->include_users)
        mc__text_puts(d->explanation, ", which includes all members of the site");
    if (mc__contains(&actor->role_ids, role->id))
        mc__text_puts(d->explanation, ", which lists the profile");
    first = mc__role_find_match(&count, role, actor, d->facts->now);
    for (size_t i = 0; i < count; i++)
        mc__text_format(d->explanation, "%s %lld", i ? "," : ", by criteria",
                        (long long)first[i].id);
}

static void explain_role(const deciding *d, mc_permissions given, const mc__role *role)
{
    if (!begin_line(d, &given, true, MC_COUNT(verbs)))
        return;
    mc__text_format(d->explanation, "member of role %lld of microcosm %lld", (long long)role->id,
                    (long long)role->microcosm_id);
    explain_membership(d, role);
    mc__text_putc(d->explanation, '\n');
}

/* What the token of the visit has taken away. */
static void explain_lost(const deciding *d, const mc_permissions *before)
{
    mc_permissions lost = {0};

    for (size_t i = 0; i < MC_COUNT(verbs); i++)
        *(bool *)((char *)&lost + verbs[i].member) = has(before, i) && !has(d->out, i);
    explain(d, lost, "no, as the token may not");
}

/* What nothing has given. It must not tell whether there is such a thing. */
static void explain_rest(const deciding *d)
{
    if (begin_line(d, d->out, false, RIGHTS))
        mc__text_format(d->explanation, "no, %s\n",
                        d->out->is_banned  ? "as the actor is banned"
                        : d->out->is_guest ? "nothing gives it to guests"
                                           : "no role gives it to the actor, whose it isn't");
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

/* Whether the actor's token has such rights. */
static bool allows(const deciding *d, mc_scope needed)
{
    return mc__scope_allows(&d->facts->actor->limits, needed);
}

static bool owns_node(const deciding *d)
{
    int64_t actor = d->facts->actor->profile_id;

    return d->node && allows(d, MC_SCOPE_MODERATE) &&
           (d->node->owned_by == actor || d->node->created_by == actor);
}

static bool is_banned_in(const deciding *d, const mc__node *node)
{
    if (owns_site(d))
        return false;
    for (; node; node = node->parent)
        for (size_t i = 0; i < node->role_count; i++)
            if (node->roles[i].is_banned && is_member(d, &node->roles[i])) {
                explain_role(d, (mc_permissions){.is_banned = true}, &node->roles[i]);
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
    bool as_owner = owns_site(d) && allows(d, MC_SCOPE_ADMIN);

    if (actor == 0)
        return;
    if (as_owner && !facts->is_elsewhere) {
        d->out->is_site_owner = d->out->is_moderator = true;
        explain(d, (mc_permissions){.is_site_owner = true, .is_moderator = true}, "owns the site");
    } else if (owns_node(d)) {
        d->is_microcosm_owner = d->out->is_moderator = true;
        explain(d, (mc_permissions){.is_moderator = true}, "owns the microcosm");
    }
    if (facts->item_type == MC_ITEM_SITE)
        d->out->is_owner =
            facts->is_elsewhere ? actor == facts->owner && allows(d, MC_SCOPE_ADMIN) : as_owner;
    else if (facts->item_type == MC_ITEM_MICROCOSM)
        d->out->is_owner = owns_node(d);
    else
        d->out->is_owner = actor == facts->owner || actor == facts->other_owner;
    if (d->out->is_owner)
        explain(d, (mc_permissions){.is_owner = true}, "is the author or owner of the thing");
}

static mc_permissions rights_of(const mc__role *role)
{
    return (mc_permissions){.can_create = role->can_create,
                            .can_read = role->can_read,
                            .can_update = role->can_update,
                            .can_delete = role->can_delete,
                            .can_close_own = role->can_close_own,
                            .can_open_own = role->can_open_own,
                            .can_read_others = role->can_read_others,
                            .is_moderator = role->is_moderator};
}

static mc_permissions rights_of_guest(const mc__role *role)
{
    return (mc_permissions){.can_read = role->can_read, .can_read_others = role->can_read_others};
}

static void add_role(deciding *d, mc_permissions *rights, const mc__role *role)
{
    if (!is_member(d, role) || (role->is_moderator && !allows(d, MC_SCOPE_MODERATE)))
        return;
    explain_role(d, d->out->is_guest ? rights_of_guest(role) : rights_of(role), role);
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

static const mc_permissions all_rights = {.can_create = true,
                                          .can_read = true,
                                          .can_update = true,
                                          .can_delete = true,
                                          .can_close_own = true,
                                          .can_open_own = true,
                                          .can_read_others = true};

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
        explain_rest(d);
        return;
    }
    if (super)
        explain(d, all_rights,
                out->is_site_owner ? "the site's owner may do all in microcosms"
                                   : "the microcosm's owner may do all in it");
    if (own)
        explain(d, (mc_permissions){.can_create = true, .can_read = true, .can_update = true},
                "authors may go on with what they have made");
    if (on_own)
        explain(d, (mc_permissions){.can_read = true},
                "authors of items read all comments on them");
    out->can_create = rights.can_create || super || own;
    out->can_read =
        rights.can_read || super || own || on_own; /* as the page of the item shows it */
    out->can_update = rights.can_update || super || own;
    out->can_delete = rights.can_delete || super; /* not for authors */
    out->can_close_own = rights.can_close_own || super;
    out->can_open_own = rights.can_open_own || super;
    out->can_read_others = rights.can_read_others || super;
    explain_rest(d);
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
    else if (d->facts->comment_on == MC_ITEM_HUDDLE) /* who has left keeps reading what they said */
        set_all(out, own && d->facts->is_participant, own || d->facts->is_participant,
                own && d->facts->is_participant, false);
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

/* The same, with the reasons. */
static void combine_elsewhere(deciding *d)
{
    mc_permissions *out = d->out, given;
    bool is_open = d->facts->item_type == MC_ITEM_SITE || d->facts->item_type == MC_ITEM_PROFILE;

    combine(d);
    given = *out;
    given.is_guest = given.is_owner = given.is_moderator = given.is_site_owner = false;
    explain(d, given,
            out->is_site_owner ? "the site's owner may"
            : out->is_owner    ? "who owns or made it may"
            : is_open          ? "everybody may, or the site lets all members"
                               : "who takes part may, and members begin such things");
    explain_rest(d);
}

static bool reaches(const deciding *d)
{
    const mc_int64s *bound = &d->facts->actor->limits.microcosms;

    if (!bound->count)
        return true;
    for (const mc__node *node = lives_in_microcosm(d->facts) ? d->node : NULL; node;
         node = node->parent)
        if (mc__contains(bound, node->id))
            return true;
    return false;
}

/* What a token that is bound to microcosms reads besides. */
static bool is_public(const deciding *d)
{
    const mc__facts *facts = d->facts;

    return facts->item_type == MC_ITEM_SITE || facts->item_type == MC_ITEM_PROFILE ||
           (facts->item_type == MC_ITEM_COMMENT && facts->comment_on == MC_ITEM_PROFILE);
}

/* Step 9: takes away what the token of the visit may not do. Without the scopes "moderate" and
 * "admin" the steps before have given nothing that needs them. */
static void limit(deciding *d)
{
    const mc__limits *limits = &d->facts->actor->limits;
    mc_permissions *out = d->out, before = *out;
    bool can_reach;

    if (limits->scope == MC_SCOPE_FULL)
        return;
    can_reach = reaches(d);
    if (!can_reach) {
        out->can_read &= is_public(d);
        out->can_read_others = out->is_owner = out->is_moderator = out->is_site_owner = false;
    }
    if (!can_reach || limits->scope == MC_SCOPE_READ)
        out->can_create = out->can_update = out->can_delete = out->can_close_own =
            out->can_open_own = false;
    explain_lost(d, &before);
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
        explain(&d, (mc_permissions){.can_read = true}, "everybody may read the site");
        explain_rest(&d);
        return;
    }
    d.node = mc__tree_find(facts->tree, microcosm_id); /* step 2 */
    if (actor->is_banned && !owns_site(&d))
        explain(&d, (mc_permissions){.is_banned = true}, "is on the site's ban list");
    if ((actor->is_banned && !owns_site(&d)) || is_banned_in(&d, d.node)) {
        out->is_banned = true;
        out->can_read = facts->item_type == MC_ITEM_SITE || own_profile;
        if (out->can_read)
            explain(&d, (mc_permissions){.can_read = true},
                    "the banned still read the site and their own profile");
        explain_rest(&d);
        return;
    }
    if (facts->item_type == MC_ITEM_NONE) { /* step 3 */
        if (microcosm_id && !facts->item_id)
            find_ownership(&d);
        out->is_owner = false;
        explain_rest(&d);
        return;
    }
    if (forgets_microcosm(facts->item_type)) /* step 4 */
        microcosm_id = 0;
    if (!microcosm_id && lives_in_microcosm(facts))
        microcosm_id = facts->item_type == MC_ITEM_MICROCOSM ? facts->item_id : facts->in_microcosm;
    d.node = mc__tree_find(facts->tree, microcosm_id);
    if (is_banned_in(&d, d.node)) { /* step 5 */
        out->is_banned = true;
        explain_rest(&d);
        return;
    }
    find_ownership(&d);
    if (lives_in_microcosm(facts))
        combine_in_microcosm(&d);
    else
        combine_elsewhere(&d);
    limit(&d);
}
