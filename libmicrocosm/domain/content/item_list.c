/* The list of all items of a kind that the actor may see. */
#include "item_list.h"

#include "../access/actor.h"
#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "item_parts.h"
#include "statements.h"

static void add_collection(mc__batch *batch, const mc__items_collection_in *in)
{
    mc__items_collection_oldest_in oldest = {in->site_id,       in->item_type, in->microcosms,
                                             in->ignored_items, in->actor_id,  in->limit,
                                             in->offset};

    if (mc__item_kind_find((mc_item_type)in->item_type)->oldest_first)
        mc__add_items_collection_oldest(batch, &oldest);
    else
        mc__add_items_collection(batch, in);
}

int mc__list_one_microcosm(mc_int64s *out, mc_session *session, int64_t microcosm_id)
{
    const mc__node *node = mc__tree_find(session->tree, microcosm_id);
    mc_permissions permissions;
    int64_t *id;

    mc__decide_item(&permissions, session, MC_ITEM_MICROCOSM, microcosm_id, microcosm_id, 0);
    if (!node)
        return mc__refuse(session, permissions.is_site_owner ? MC_ENOTFOUND : MC_EFORBIDDEN);
    if (!mc__decide_microcosm(session, node)->can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (node->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    id = mc__arena_alloc(&session->scratch, sizeof(*id));
    if (!id)
        return mc__out_of_memory(session);
    *id = microcosm_id;
    *out = (mc_int64s){id, 1};
    return 0;
}

static int take_filter(mc_item_filter *out, mc_session *session, mc_item_type item_type,
                       const mc_item_filter *given)
{
    int rc = 0;

    *out = (mc_item_filter)MC_ITEM_FILTER_INIT;
    if (given)
        rc = mc__struct_take(&session->problem, out, sizeof(*out), given, "item_filter");
    if (rc < 0)
        return rc;
    if (out->microcosm_id < 0)
        mc__fault(&session->problem, "microcosmId", "must not be negative");
    if (out->is_attending && !mc__item_kind_find(item_type)->is_attended)
        mc__fault(&session->problem, "isAttending", "is for events");
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

static void add_attended(mc__batch *batch, const mc__items_collection_in *in)
{
    mc__add_attendees_attended_total(
        batch, &(mc__attendees_attended_total_in){.site_id = in->site_id,
                                                  .microcosms = in->microcosms,
                                                  .ignored_items = in->ignored_items,
                                                  .actor_id = in->actor_id});
    mc__add_attendees_attended(batch,
                               &(mc__attendees_attended_in){.site_id = in->site_id,
                                                            .microcosms = in->microcosms,
                                                            .ignored_items = in->ignored_items,
                                                            .actor_id = in->actor_id,
                                                            .limit = in->limit,
                                                            .offset = in->offset});
}

static void add_all(mc__batch *batch, const mc__items_collection_in *in)
{
    mc__add_items_collection_total(
        batch, &(mc__items_collection_total_in){.site_id = in->site_id,
                                                .item_type = in->item_type,
                                                .microcosms = in->microcosms,
                                                .ignored_items = in->ignored_items});
    add_collection(batch, in);
}

/* The total, then the page. */
static int load_collection(mc_session *session, mc__batch *batch, mc_item_type item_type,
                           const mc_item_filter *given, const mc_page_options *page)
{
    mc__items_collection_in in = {.site_id = session->site.id,
                                  .item_type = item_type,
                                  .ignored_items = session->actor->ignored_items,
                                  .actor_id = session->actor->profile_id,
                                  .limit = page->limit,
                                  .offset = page->offset};
    mc_item_filter filter;
    int rc = take_filter(&filter, session, item_type, given);

    if (rc == 0)
        rc = filter.microcosm_id
                 ? mc__list_one_microcosm(&in.microcosms, session, filter.microcosm_id)
                 : mc__listed_microcosms(&in.microcosms, session);
    if (rc < 0)
        return rc;
    if (filter.is_attending)
        add_attended(batch, &in);
    else
        add_all(batch, &in);
    return mc__run(session, batch);
}

int mc__items_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                   const mc_item_filter *filter, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    const char *href;
    mc_collection *collection;
    mc_permissions permissions;
    mc_page_options page;
    mc__item_reader reader;
    const PGresult *rows;
    const void **items;
    mc_page *list;
    mc__arena *arena;
    int64_t total;
    mc_batch(batch);
    mc_shown_comments(shown);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = load_collection(session, &batch, item_type, filter, &page);
    if (rc < 0)
        return rc;
    total = mc__read_items_collection_total(mc__batch_rows(&batch, 0), 0).total;
    rows = mc__batch_rows(&batch, 1);
    rc = mc__page_fits(session, &page, total);
    if (rc == 0)
        rc = mc__item_reader_make(&reader, session, rows);
    if (rc == 0)
        rc = mc__item_reader_leave_out(&reader, &shown, session);
    if (rc < 0)
        return rc;
    record = collection = mc__record_new(&mc__collection_type);
    if (!collection)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    href = mc__arena_format(arena, "/api/v1/%s", mc__collection_of(item_type));
    list = mc__page_make(arena, &page, total, href, href);
    items = list ? mc__list_make(arena, &list->items, (size_t)PQntuples(rows)) : NULL;
    for (int row = 0; items && row < PQntuples(rows); row++)
        if (!(items[row] = mc__item_summary(session, arena, &reader, row, true)))
            return mc__out_of_memory(session);
    *(const mc_page **)((char *)collection + mc__item_kind_find(item_type)->page) = list;
    mc__decide_item(&permissions, session, item_type, 0,
                    mc__tree_root(session->tree) ? mc__tree_root(session->tree)->id : 0, 0);
    collection->meta = mc__collection_meta(arena, href, &permissions);
    if (arena->failed)
        return mc__out_of_memory(session);
    MC_TAKE(record);
    *out = collection;
    return 0;
}
