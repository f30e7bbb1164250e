/* The list of what the actor ignores: include/microcosm/profiles.h. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "things.h"
#include "statements.h"

#define PATH "/api/v1/ignored"

/* What is on the page; total: of all that is ignored. */
static int find_page(mc_session *session, const mc__sight *sight, const mc_page_options *page,
                     mc_int64s *types, mc_int64s *ids, int64_t *total)
{
    mc_batch(batch);
    size_t size = ((size_t)page->limit + 1) * sizeof(int64_t);
    int rc;

    *types = (mc_int64s){mc__arena_alloc(&session->scratch, size), 0};
    *ids = (mc_int64s){mc__arena_alloc(&session->scratch, size), 0};
    if (!types->items || !ids->items)
        return mc__out_of_memory(session);
    mc__add_ignores_page(&batch, &(mc__ignores_page_in){.site_id = session->site.id,
                                                        .actor_id = session->actor->profile_id,
                                                        .readable = sight->readable,
                                                        .own_only = sight->own_only,
                                                        .sees_profiles = sight->sees_profiles,
                                                        .limit = page->limit,
                                                        .offset = page->offset});
    rc = mc__run(session, &batch);
    for (int row = 0; rc == 0 && row < PQntuples(mc__batch_rows(&batch, 0)); row++) {
        mc__ignores_page_row thing = mc__read_ignores_page(mc__batch_rows(&batch, 0), row);

        *total = thing.total;
        if (thing.item_id == 0)
            continue;
        ((int64_t *)types->items)[types->count++] = thing.item_type;
        ((int64_t *)ids->items)[ids->count++] = thing.item_id;
    }
    return rc;
}

static int read_entries(mc_list *out, mc_session *session, mc__arena *arena, const mc__sight *sight,
                        mc_int64s types, mc_int64s ids)
{
    const void **items = mc__list_make(arena, out, ids.count);
    mc__things things;
    mc_batch(batch);
    int rc;

    if (!items)
        return mc__out_of_memory(session);
    if (ids.count == 0)
        return arena->failed ? mc__out_of_memory(session) : 0;
    rc = mc__things_read(&things, session, arena, &batch, sight, types, ids);
    out->count = 0;
    for (size_t i = 0; rc == 0 && i < ids.count; i++) {
        const mc_entry *entry =
            mc__things_entry(&things, (mc_item_type)types.items[i], ids.items[i]);

        if (entry)
            items[out->count++] = entry;
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(session) : rc;
}

static int make_list(mc_collection *list, mc_session *session, const mc__sight *sight,
                     const mc_page_options *options, int64_t total, mc_int64s types, mc_int64s ids)
{
    mc__arena *arena = mc__record_arena(list);
    mc_page *page = mc__page_make(arena, options, total, PATH, PATH);
    const mc_meta *meta = mc__self_meta(arena, PATH);

    if (!page || !meta)
        return mc__out_of_memory(session);
    list->ignored = page;
    list->meta = meta;
    return read_entries(&page->items, session, arena, sight, types, ids);
}

int mc_ignores_list(mc_collection **out, mc_session *session, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    mc__sight sight;
    mc_int64s types, ids;
    int64_t total = 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0 && session->limits.microcosms.count)
        rc = mc__refuse(session, MC_EFORBIDDEN);
    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = mc__sight_make(&sight, session);
    if (rc == 0)
        rc = find_page(session, &sight, &page, &types, &ids, &total);
    if (rc == 0)
        rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? make_list(record, session, &sight, &page, total, types, ids)
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
