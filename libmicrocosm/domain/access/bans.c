/* The list of bans of a site: include/microcosm/bans.h. */
#include "bans.h"

#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "actor.h"
#include "meta.h"
#include "statements.h"
#include "types.h"

#define PATH "/api/v1/bans"

/* As many bans as a list looks at. */
#define LISTED_MOST 10000

static const mc__field ban_fields[] = {
    MC_FIELD(mc_ban, id, "id"),
    MC_FIELD(mc_ban, user_id, "userId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_ban, profile, "profile", .type = &mc__profile_type, .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_ban, email_pattern, "email", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_ban, display_reason, "displayReason"),
    MC_FIELD(mc_ban, admin_reason, "adminReason"),
    MC_FIELD(mc_ban, expires, "expires", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_ban, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__ban_type = MC_TYPE(mc_ban, "ban", ban_fields);

int mc__ban_rights_check(mc__ban_rights *out, mc_session *session)
{
    const mc__node *root = mc__tree_root(session->tree);

    out->is_owner = mc__acts_as_owner(session);
    if (out->is_owner || (root && mc__decide_microcosm(session, root)->is_moderator))
        return 0;
    return mc__refuse(session, mc_session_is_banned(session) ? MC_EBANNED : MC_EFORBIDDEN);
}

static void finish(mc__arena *arena, mc_ban *ban)
{
    mc_meta *meta = (mc_meta *)ban->meta;
    size_t capacity = 0;

    mc__profile_finish(arena, (mc_profile *)ban->profile);
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__link_add(arena, &meta->links, &capacity, "self", mc__href(arena, "bans", ban->id), NULL);
}

int mc_ban_find(mc_ban **out, mc_session *session, int64_t ban_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__ban_rights rights;
    mc__arena *arena;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, ban_id);
    if (rc == 0)
        rc = mc__ban_rights_check(&rights, session);
    if (rc < 0)
        return rc;
    mc__add_bans_get(&batch, &(mc__bans_get_in){session->site.id, rights.is_owner, ban_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__ban_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    if (mc__record_decode_row(record, arena, &mc__ban_type, mc__batch_rows(&batch, 0), 0) < 0)
        return mc__out_of_memory(session);
    finish(arena, record);
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static int read_list(mc_collection *list, mc_session *session, const mc_page_options *options,
                     int64_t total, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(list);
    mc_page *page = mc__page_make(arena, options, total, PATH, PATH);
    mc_permissions permissions;

    if (!page)
        return mc__out_of_memory(session);
    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    list->bans = page;
    list->meta = mc__collection_meta(arena, PATH, &permissions);
    if (mc__records_decode(&page->items, arena, &mc__ban_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < page->items.count; i++)
        finish(arena, (mc_ban *)page->items.items[i]);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc_bans_list(mc_collection **out, mc_session *session, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    int64_t site_id, total;
    mc__ban_rights rights;
    mc_page_options page;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__ban_rights_check(&rights, session);
    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc < 0)
        return rc;
    site_id = session->site.id;
    mc__add_bans_total(&batch, &(mc__bans_total_in){site_id, rights.is_owner, LISTED_MOST});
    mc__add_bans_page(&batch, &(mc__bans_page_in){site_id, rights.is_owner, LISTED_MOST, page.limit,
                                                  page.offset});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    total = mc__read_bans_total(mc__batch_rows(&batch, 0), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_list(record, session, &page, total, mc__batch_rows(&batch, 1))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
