/* The list of what the actor is told of: include/microcosm/updates.h. */
#include <microcosm/updates.h>

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "../content/unread.h"
#include "../people/update_types.h"
#include "things.h"
#include "types.h"
#include "statements.h"

#define PATH "/api/v1/updates"
#define MOST 1000
#define THINGS 3 /* for each update: what it shows, that one's parent, and who did it */

static const mc__field update_fields[] = {
    MC_FIELD(mc_update, id, "id"),
    MC_FIELD(mc_update, update_type, "updateType"),
    MC_FIELD(mc_update, item_type, "itemType"),
    MC_FIELD(mc_update, item, "item"),
    MC_FIELD(mc_update, parent_item_type, "parentItemType", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_update, parent_item, "parentItem", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_update, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__update_type_of = MC_TYPE(mc_update, "update", update_fields);

static int read_things(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                       const mc__sight *sight, const PGresult *rows)
{
    size_t most = THINGS * (size_t)PQntuples(rows), count = 0;
    int64_t *item_types = mc__arena_alloc(&session->scratch, (most + 1) * sizeof(*item_types));
    int64_t *item_ids = mc__arena_alloc(&session->scratch, (most + 1) * sizeof(*item_ids));

    if (!item_types || !item_ids)
        return mc__out_of_memory(session);
    for (int i = 0; i < PQntuples(rows); i++) {
        mc__told_page_row row = mc__read_told_page(rows, i);
        const int64_t things[THINGS][2] = {{row.item_type, row.item_id},
                                           {row.parent_type, row.parent_id},
                                           {MC_ITEM_PROFILE, row.created_by}};

        for (size_t t = 0; t < THINGS; t++) {
            item_types[count] = things[t][0];
            item_ids[count++] = things[t][1];
        }
    }
    return mc__things_read(out, session, arena, batch, sight, (mc_int64s){item_types, count},
                           (mc_int64s){item_ids, count});
}

/* Whether what it is about was read since. Marks of huddles are not those of microcosms. */
static bool is_unread(mc_session *session, const mc__told_page_row *row)
{
    bool has_parent = row->parent_id != 0;
    mc_item_type thing = (mc_item_type)(has_parent ? row->parent_type : row->item_type);

    if (thing == MC_ITEM_HUDDLE)
        return row->created.us > row->read_at.us &&
               row->created.us > session->actor->huddles_read_at.us;
    return mc__is_unread(session, thing, has_parent ? row->parent_id : row->item_id,
                         row->microcosm_id, row->created, row->read_at);
}

static const mc_meta *meta_of(mc__things *things, const mc__told_page_row *row)
{
    const mc_entry *by = mc__things_entry(things, MC_ITEM_PROFILE, row->created_by);
    mc_meta *meta = mc__record_make(things->arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(things->arena, &mc__flags_type);

    if (!by || !meta || !flags)
        return NULL;
    meta->created = row->created;
    meta->created_by = by->item;
    flags->unread = is_unread(things->session, row) ? MC_YES : MC_NO;
    meta->flags = flags;
    return meta;
}

/* NULL: what it is about has vanished since the page was read, or memory ran out. */
static const mc_update *update(mc__things *things, const mc__told_page_row *row)
{
    const mc_entry *item = mc__things_entry(things, (mc_item_type)row->item_type, row->item_id),
                   *parent = NULL;
    mc_update *one = mc__record_make(things->arena, &mc__update_type_of);
    const mc_meta *meta;

    if (row->parent_id)
        parent = mc__things_entry(things, (mc_item_type)row->parent_type, row->parent_id);
    meta = meta_of(things, row);
    if (!one || !item || !meta || (row->parent_id && !parent))
        return NULL;
    one->id = row->update_id;
    one->update_type = mc__update_type_find(row->update_type_id)->name;
    one->item_type = item->item_type;
    one->item = item->item;
    if (parent) {
        one->parent_item_type = parent->item_type;
        one->parent_item = parent->item;
    }
    one->meta = meta;
    return one;
}

static int read_list(mc_collection *list, mc_session *session, const mc_page_options *options,
                     const mc__sight *sight, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(list);
    int64_t total = mc__read_told_page(rows, 0).total;
    mc_page *page = mc__page_make(arena, options, total, PATH, PATH);
    const mc_meta *meta = mc__self_meta(arena, PATH);
    size_t places = 0;
    mc__things things;
    mc_batch(batch);
    int rc;

    if (!page || !meta)
        return mc__out_of_memory(session);
    list->updates = page;
    list->meta = meta;
    rc = read_things(&things, session, arena, &batch, sight, rows);
    for (int i = 0; rc == 0 && i < PQntuples(rows); i++) {
        mc__told_page_row row = mc__read_told_page(rows, i);
        const mc_update *one = row.update_id ? update(&things, &row) : NULL;

        if (one)
            mc__list_add(arena, &page->items, &places, one);
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(session) : rc;
}

static int load(mc__batch *batch, mc_session *session, const mc__sight *sight, bool polls,
                const mc_page_options *page)
{
    mc_int64s listed;
    int rc = mc__listed_microcosms(&listed, session);

    if (rc < 0)
        return rc;
    mc__add_told_page(batch,
                      &(mc__told_page_in){.site_id = session->site.id,
                                          .actor_id = session->actor->profile_id,
                                          .readable = listed,
                                          .own_only = sight->own_only,
                                          .sees_profiles = sight->sees_profiles,
                                          .ignored_profiles = session->actor->ignored_profiles,
                                          .polls = polls,
                                          .most = MOST,
                                          .limit = page->limit,
                                          .offset = page->offset});
    return mc__run(session, batch);
}

int mc_updates_list(mc_collection **out, mc_session *session, const mc_update_filter *given,
                    const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_update_filter filter = MC_UPDATE_FILTER_INIT;
    mc_page_options page;
    mc__sight sight;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &filter, sizeof(filter), given, "update_filter");
    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = mc__sight_make(&sight, session);
    if (rc == 0)
        rc = load(&batch, session, &sight, filter.polls, &page);
    if (rc == 0)
        rc = mc__page_fits(session, &page, mc__read_told_page(mc__batch_rows(&batch, 0), 0).total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_list(record, session, &page, &sight, mc__batch_rows(&batch, 0))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
