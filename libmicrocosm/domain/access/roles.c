/* Roles of microcosms: reading and listing them. */
#include "roles.h"

#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "actor.h"
#include "statements.h"
#include "types.h"

#define MEMBERS_SHOWN 5

static const mc__field role_fields[] = {
    MC_FIELD(mc_role, id, "id"),
    MC_FIELD(mc_role, title, "title"),
    MC_FIELD(mc_role, site_id, "siteId"),
    MC_FIELD(mc_role, microcosm_id, "microcosmId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_role, is_moderator, "moderator"),
    MC_FIELD(mc_role, is_banned, "banned"),
    MC_FIELD(mc_role, include_guests, "includeGuests"),
    MC_FIELD(mc_role, include_users, "includeUsers"),
    MC_FIELD(mc_role, can_create, "create"),
    MC_FIELD(mc_role, can_read, "read"),
    MC_FIELD(mc_role, can_update, "update"),
    MC_FIELD(mc_role, can_delete, "delete"),
    MC_FIELD(mc_role, can_close_own, "closeOwn"),
    MC_FIELD(mc_role, can_open_own, "openOwn"),
    MC_FIELD(mc_role, can_read_others, "readOthers"),
    MC_FIELD(mc_role, meta, "meta", .type = &mc__meta_type),
    MC_FIELD(mc_role, members, "members", .type = &mc__page_type, .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__role_type = MC_TYPE(mc_role, "role", role_fields);

/* Leaves out the link to a microcosm that the actor may not read. */
static void add_links(mc_session *session, mc__arena *arena, mc_role *role, mc_meta *meta)
{
    const mc__node *node = mc__tree_find(session->tree, role->microcosm_id);
    const mc_permissions *permissions = node ? mc__decide_microcosm(session, node) : NULL;
    size_t capacity = 0;

    mc__link_add(arena, &meta->links, &capacity, "self", mc__href(arena, "roles", role->id), NULL);
    if (permissions && (permissions->can_read || permissions->is_moderator))
        mc__link_add(arena, &meta->links, &capacity, "microcosm",
                     mc__href(arena, "microcosms", node->id), mc__arena_strdup(arena, node->title));
}

static void finish(mc_session *session, mc__arena *arena, mc_role *role)
{
    mc_meta *meta = (mc_meta *)role->meta;

    if (!meta)
        role->meta = meta = mc__record_make(arena, &mc__meta_type);
    if (!meta)
        return;
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    add_links(session, arena, role, meta);
}

int mc_role_find(mc_role **out, mc_session *session, int64_t microcosm_id, int64_t role_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__arena *arena;
    mc__role_ref ref;
    mc_batch(batch);
    int rc = mc__role_begin_for(out, &ref, session, microcosm_id, role_id);

    if (rc < 0)
        return rc;
    mc__add_roles_get(
        &batch,
        &(mc__roles_get_in){.site_id = session->site.id, .role_ids = {&role_id, 1}, .limit = 1});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0) /* deleted since the tree was read */
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__role_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    if (mc__record_decode_row(record, arena, &mc__role_type, mc__batch_rows(&batch, 0), 0) < 0)
        return mc__out_of_memory(session);
    finish(session, arena, record);
    ((mc_meta *)((mc_role *)record)->meta)->permissions =
        mc__permissions_record(arena, mc__decide_microcosm(session, ref.node));
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

/* Listing. */

/* The roles of the tree that a list has. */
typedef struct listing {
    const mc__role **roles;
    int64_t *ids;
    size_t count;
    const char *path;
} listing;

static int make_room(listing *l, mc_session *session)
{
    size_t most = 0;

    for (size_t i = 0; i < session->tree->count; i++)
        most += session->tree->nodes[i].role_count;
    l->roles = mc__arena_alloc(&session->scratch, (most + 1) * sizeof(mc__role *));
    l->ids = mc__arena_alloc(&session->scratch, (most + 1) * sizeof(*l->ids));
    return l->roles && l->ids ? 0 : mc__out_of_memory(session);
}

static void add_role(listing *l, const mc__role *role)
{
    l->ids[l->count] = role->id;
    l->roles[l->count++] = role;
}

static int find_all(listing *l, mc_session *session)
{
    if (!mc__role_owns_site(session))
        return mc__refuse(session, MC_EFORBIDDEN);
    for (size_t i = 0; i < session->tree->count; i++)
        for (size_t n = 0; n < session->tree->nodes[i].role_count; n++)
            add_role(l, &session->tree->nodes[i].roles[n]);
    l->path = "/api/v1/roles";
    return 0;
}

static int find_applicable(listing *l, mc_session *session, int64_t microcosm_id)
{
    const mc__node *node = mc__tree_find(session->tree, microcosm_id);
    mc__applicable applicable = {.node = node};
    const mc_permissions *permissions;

    if (!node)
        return mc__refuse(session, mc__role_owns_site(session) ? MC_ENOTFOUND : MC_EFORBIDDEN);
    permissions = mc__decide_microcosm(session, node);
    if (!permissions->can_read && !permissions->is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (node->is_hidden && !mc__may_see(session, node))
        return mc__refuse(session, MC_ENOTFOUND);
    for (const mc__role *role; (role = mc__next_applicable(&applicable));)
        if (permissions->is_moderator || mc__is_readable(session, applicable.node))
            add_role(l, role);
    l->path = mc__arena_format(&session->scratch, "/api/v1/microcosms/%lld/roles",
                               (long long)microcosm_id);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static const mc__role *role_in(const listing *l, int64_t id)
{
    for (size_t i = 0; i < l->count; i++)
        if (l->ids[i] == id)
            return l->roles[i];
    return NULL;
}

static int add_people(mc_session *session, mc__arena *arena, const mc_list *roles,
                      const mc__members *members)
{
    int64_t *ids =
        mc__arena_alloc(&session->scratch, (roles->count * MEMBERS_SHOWN + 1) * sizeof(*ids));
    mc_list profiles = {0};
    size_t count = 0;
    int rc;

    if (!ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < roles->count; i++)
        for (size_t n = 0; n < members[i].ids.count; n++)
            ids[count++] = members[i].ids.items[n];
    rc = mc__profiles_load(&profiles, session, arena, &(mc_int64s){ids, count});
    for (size_t i = 0; rc == 0 && i < roles->count; i++) {
        mc_page *page = (mc_page *)((const mc_role *)roles->items[i])->members;
        size_t capacity = 0;

        for (size_t n = 0; n < profiles.count; n++)
            if (mc__contains(&members[i].ids, ((const mc_profile *)profiles.items[n])->id))
                mc__list_add(arena, &page->items, &capacity, profiles.items[n]);
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(session) : rc;
}

/* The first members of each role, which guests don't see. */
static int add_members(mc_session *session, mc__arena *arena, const listing *l,
                       const mc_list *roles)
{
    const mc_page_options first = {.size = sizeof(first), .limit = MEMBERS_SHOWN};
    const mc__role **of_page =
        mc__arena_alloc(&session->scratch, (roles->count + 1) * sizeof(mc__role *));
    mc__members *members =
        mc__arena_alloc(&session->scratch, (roles->count + 1) * sizeof(*members));
    int rc;

    if (!of_page || !members)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < roles->count; i++)
        of_page[i] = role_in(l, ((const mc_role *)roles->items[i])->id);
    rc = mc__members_find(members, session, of_page, roles->count, &first, false);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < roles->count; i++) {
        mc_page *page = mc__page_make(arena, &first, members[i].total, "", "/api/v1/profiles");

        if (!page)
            return mc__out_of_memory(session);
        page->links = (mc_list){0};
        ((mc_role *)roles->items[i])->members = page;
    }
    return add_people(session, arena, roles, members);
}

static int list(mc_collection **out, mc_session *session, const listing *l,
                const mc_page_options *page)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_collection *collection;
    mc__arena *arena;
    mc_page *made;
    mc_batch(batch);
    int rc;

    mc__add_roles_get(&batch, &(mc__roles_get_in){.site_id = session->site.id,
                                                  .role_ids = {l->ids, l->count},
                                                  .limit = page->limit,
                                                  .offset = page->offset});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    collection = mc__role_collection(arena, record);
    made = mc__page_make(arena, page, (int64_t)l->count, l->path, "/api/v1/roles");
    if (!made)
        return mc__out_of_memory(session);
    collection->roles = made;
    if (mc__records_decode(&made->items, arena, &mc__role_type, mc__batch_rows(&batch, 0)) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < made->items.count; i++)
        finish(session, arena, (mc_role *)made->items.items[i]);
    rc = arena->failed ? mc__out_of_memory(session) : 0;
    if (rc == 0 && session->profile_id)
        rc = add_members(session, arena, l, &made->items);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_roles_list(mc_collection **out, mc_session *session, int64_t microcosm_id,
                  const mc_page_options *options)
{
    mc_page_options page;
    listing l = {0};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0 && microcosm_id < 0)
        rc = mc__check_id(session, microcosm_id);
    if (rc == 0)
        rc = make_room(&l, session);
    if (rc == 0)
        rc = microcosm_id ? find_applicable(&l, session, microcosm_id) : find_all(&l, session);
    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc == 0)
        rc = mc__page_fits(session, &page, (int64_t)l.count);
    return rc < 0 ? rc : list(out, session, &l, &page);
}
