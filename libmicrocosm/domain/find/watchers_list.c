/* The list of what the actor follows: include/microcosm/watchers.h. */
#include <microcosm/watchers.h>

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "things.h"
#include "types.h"
#include "statements.h"

#define PATH "/api/v1/watchers"
#define MOST 10000

static const mc__field watcher_fields[] = {
    MC_FIELD(mc_watcher, id, "id"),
    MC_FIELD(mc_watcher, item_type_id, "itemTypeId"),
    MC_FIELD(mc_watcher, item_id, "itemId"),
    MC_FIELD(mc_watcher, last_notified, "lastNotified"),
    MC_FIELD(mc_watcher, send_email, "sendEmail"),
    MC_FIELD(mc_watcher, send_sms, "sendSMS"),
    MC_FIELD(mc_watcher, item, "item"),
    MC_FIELD(mc_watcher, item_type, "itemType"),
};
const mc_type mc__watcher_type = MC_TYPE(mc_watcher, "watcher", watcher_fields);

static int read_things(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                       const mc__sight *sight, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);
    int64_t *item_types = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*item_types));
    int64_t *item_ids = mc__arena_alloc(&session->scratch, (count + 1) * sizeof(*item_ids));

    if (!item_types || !item_ids)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc__followed_page_row row = mc__read_followed_page(rows, (int)i);

        item_types[i] = row.item_type;
        item_ids[i] = row.item_id;
    }
    return mc__things_read(out, session, arena, batch, sight, (mc_int64s){item_types, count},
                           (mc_int64s){item_ids, count});
}

static const mc_watcher *watcher(mc__things *things, const mc__followed_page_row *row)
{
    mc_watcher *one = mc__record_make(things->arena, &mc__watcher_type);
    const mc_entry *entry = NULL;

    /* neither the site nor newcomers have a summary */
    if (row->item_type != MC_ITEM_SITE && row->item_id) {
        entry = mc__things_entry(things, (mc_item_type)row->item_type, row->item_id);
        if (!entry)
            return NULL;
    }
    if (!one)
        return NULL;
    one->id = row->watcher_id;
    one->item_type_id = row->item_type;
    one->item_id = row->item_id;
    one->last_notified = row->last_notified;
    one->send_email = row->send_email;
    one->send_sms = row->send_sms;
    one->item = entry ? entry->item : NULL;
    one->item_type = mc_item_type_name((mc_item_type)row->item_type);
    return one;
}

static int read_list(mc_collection *list, mc_session *session, const mc_page_options *options,
                     const mc__sight *sight, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(list);
    int64_t total = mc__read_followed_page(rows, 0).total;
    mc_page *page = mc__page_make(arena, options, total, PATH, PATH);
    const mc_meta *meta = mc__self_meta(arena, PATH);
    size_t places = 0;
    mc__things things;
    mc_batch(batch);
    int rc;

    if (!page || !meta)
        return mc__out_of_memory(session);
    list->watchers = page;
    list->meta = meta;
    rc = read_things(&things, session, arena, &batch, sight, rows);
    for (int i = 0; rc == 0 && i < PQntuples(rows); i++) {
        mc__followed_page_row row = mc__read_followed_page(rows, i);
        const mc_watcher *one = row.watcher_id ? watcher(&things, &row) : NULL;

        if (one)
            mc__list_add(arena, &page->items, &places, one);
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(session) : rc;
}

int mc_watchers_list(mc_collection **out, mc_session *session, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    mc__sight sight;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = mc__sight_make(&sight, session);
    if (rc < 0)
        return rc;
    mc__add_followed_page(&batch, &(mc__followed_page_in){.site_id = session->site.id,
                                                          .actor_id = session->actor->profile_id,
                                                          .readable = sight.readable,
                                                          .own_only = sight.own_only,
                                                          .sees_profiles = sight.sees_profiles,
                                                          .most = MOST,
                                                          .limit = page.limit,
                                                          .offset = page.offset});
    rc = mc__run(session, &batch);
    if (rc == 0)
        rc = mc__page_fits(session, &page,
                           mc__read_followed_page(mc__batch_rows(&batch, 0), 0).total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_list(record, session, &page, &sight, mc__batch_rows(&batch, 0))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
