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

static void ask(mc__batch *batch, const mc_session *session, const mc__sight *s,
                const mc_page_options *page)
{
    int64_t site_id = session->site.id, actor_id = session->actor->profile_id, limit = page->limit,
            offset = page->offset;

    mc__add_ignores_page(batch, &(mc__ignores_page_in){site_id, actor_id, s->readable, s->own_only,
                                                       s->sees_profiles, limit, offset});
    mc__add_ignores_microcosms(batch, &(mc__ignores_microcosms_in){site_id, actor_id, s->readable,
                                                                   s->own_only, s->sees_profiles,
                                                                   limit, offset, s->last_below});
    mc__add_ignores_profiles(batch,
                             &(mc__ignores_profiles_in){site_id, actor_id, s->readable, s->own_only,
                                                        s->sees_profiles, limit, offset});
    mc__add_ignores_comments(batch,
                             &(mc__ignores_comments_in){site_id, actor_id, s->readable, s->own_only,
                                                        s->sees_profiles, limit, offset});
    mc__add_ignores_items(batch,
                          &(mc__ignores_items_in){site_id, actor_id, s->readable, s->own_only,
                                                  s->sees_profiles, limit, offset});
    mc__add_ignores_shown_comments(
        batch, &(mc__ignores_shown_comments_in){site_id, actor_id, s->readable, s->own_only,
                                                s->sees_profiles, limit, offset,
                                                session->actor->ignored_profiles});
    mc__add_ignores_huddles(batch,
                            &(mc__ignores_huddles_in){site_id, actor_id, s->readable, s->own_only,
                                                      s->sees_profiles, limit, offset});
    mc__add_ignores_huddle_participants(
        batch, &(mc__ignores_huddle_participants_in){site_id, actor_id, s->readable, s->own_only,
                                                     s->sees_profiles, limit, offset});
}

static int read_entries(mc_list *out, mc_session *session, mc__arena *arena, const mc__batch *batch)
{
    const PGresult *rows = mc__batch_rows(batch, 0);
    const void **items = mc__list_make(arena, out, (size_t)PQntuples(rows));
    mc__things things;
    int rc =
        items ? mc__things_make(&things, session, arena, batch, 1) : mc__out_of_memory(session);

    out->count = 0;
    for (int row = 0; rc == 0 && row < PQntuples(rows); row++) {
        mc__ignores_page_row thing = mc__read_ignores_page(rows, row);
        const mc_entry *entry =
            thing.item_id ? mc__things_entry(&things, (mc_item_type)thing.item_type, thing.item_id)
                          : NULL;

        if (entry)
            items[out->count++] = entry;
    }
    return rc == 0 && arena->failed ? mc__out_of_memory(session) : rc;
}

static int read_list(mc_collection *list, mc_session *session, const mc_page_options *options,
                     int64_t total, const mc__batch *batch)
{
    mc__arena *arena = mc__record_arena(list);
    mc_page *page = mc__page_make(arena, options, total, PATH, PATH);
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    size_t capacity = 0;

    if (!page || !meta)
        return mc__out_of_memory(session);
    mc__link_add(arena, &meta->links, &capacity, "self", PATH, NULL);
    list->ignored = page;
    list->meta = meta;
    return read_entries(&page->items, session, arena, batch);
}

int mc_ignores_list(mc_collection **out, mc_session *session, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    mc__sight sight;
    int64_t total;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0 && session->limits.microcosms.count)
        rc = mc__refuse(session, MC_EFORBIDDEN);
    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc == 0)
        rc = mc__sight_make(&sight, session);
    if (rc < 0)
        return rc;
    ask(&batch, session, &sight, &page);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    total = mc__read_ignores_page(mc__batch_rows(&batch, 0), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_list(record, session, &page, total, &batch) : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
