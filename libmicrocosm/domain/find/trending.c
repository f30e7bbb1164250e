/* What is talked about: mc_trending_list() of include/microcosm/search.h. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "../content/unread.h"
#include "statements.h"
#include "things.h"

#define PATH "/api/v1/trending"

static int load_page(mc_session *session, mc__batch *batch, const mc_page_options *page)
{
    mc_int64s microcosms;
    int rc = mc__listed_microcosms(&microcosms, session);

    if (rc < 0)
        return rc;
    mc__add_trending_page(
        batch, &(mc__trending_page_in){.site_id = session->site.id,
                                       .microcosms = microcosms,
                                       .ignored_items = session->actor->ignored_items,
                                       .ignored_profiles = session->actor->ignored_profiles,
                                       .actor_id = session->actor->profile_id,
                                       .limit = page->limit,
                                       .offset = page->offset});
    return mc__run(session, batch);
}

static int load_things(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                       const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);
    int64_t *types = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*types)),
            *ids = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*ids));
    mc__sight sight;
    int rc = mc__sight_make(&sight, session);

    if (rc < 0)
        return rc;
    if (!types || !ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc__trending_page_row row = mc__read_trending_page(rows, (int)i);

        types[i] = row.item_type;
        ids[i] = row.item_id;
    }
    mc__things_ask(batch, session, &sight, (mc_int64s){types, count}, (mc_int64s){ids, count});
    rc = mc__run(session, batch);
    return rc < 0 ? rc : mc__things_make(out, session, arena, batch, 0);
}

static int read_items(mc_list *out, mc_session *session, mc__arena *arena, const PGresult *rows)
{
    const void **items = mc__list_make(arena, out, (size_t)PQntuples(rows));
    mc__things things;
    mc_batch(batch);
    int rc =
        items ? load_things(&things, session, arena, &batch, rows) : mc__out_of_memory(session);

    out->count = 0;
    for (int i = 0; rc == 0 && i < PQntuples(rows); i++) {
        mc__trending_page_row row = mc__read_trending_page(rows, i);
        mc_item_type item_type = (mc_item_type)row.item_type;
        mc_entry *entry =
            row.item_id ? (mc_entry *)mc__things_entry(&things, item_type, row.item_id) : NULL;

        if (!entry)
            continue;
        mc__item_flags((void *)entry->item)->unread =
            mc__is_unread(session, item_type, row.item_id, row.microcosm_id, row.last_activity,
                          row.read_at)
                ? MC_YES
                : MC_NO;
        entry->item_id = 0;
        items[out->count++] = entry;
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(session) : rc;
}

static int read_list(mc_collection *list, mc_session *session, const mc_page_options *options,
                     const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(list);
    mc_page *page =
        mc__page_make(arena, options, mc__read_trending_page(rows, 0).total, PATH, "items");
    const mc_meta *meta = mc__self_meta(arena, PATH);

    if (!page || !meta)
        return mc__out_of_memory(session);
    list->items = page;
    list->meta = meta;
    return read_items(&page->items, session, arena, rows);
}

int mc_trending_list(mc_collection **out, mc_session *session, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    const PGresult *rows;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = load_page(session, &batch, &page);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    rc = mc__page_fits(session, &page, mc__read_trending_page(rows, 0).total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_list(record, session, &page, rows) : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
