/* See item_summary.h. */
#include "item_summary.h"

#include "../base/handles.h"
#include "../base/invalidation.h"
#include "../base/share.h"

static mc__cache_key key_of(const mc_session *session, int64_t item_id)
{
    return (mc__cache_key){MC_CACHED_SUMMARY, session->site.id, {item_id, session->site.version}};
}

mc__summary *mc__summary_find(mc_session *session, int64_t item_id)
{
    mc__cache_key key = key_of(session, item_id);

    return mc__cache_find(session->app->cache, &key);
}

const void *mc__listing_item(mc_session *session, mc__arena *arena, const mc__item_reader *items,
                             int row, bool with_unread)
{
    void *record = (void *)mc__item_summary(session, arena, items, row, false);
    mc_flags *flags;

    if (!record)
        return NULL;
    flags = mc__item_flags(record);
    flags->unread = with_unread ? MC_NO : MC_UNSET;
    flags->attending = mc__item_kind_of(record)->is_attended ? MC_NO : MC_UNSET;
    return record;
}

void mc__summary_depends_on_people(const mc_session *session, void *entry, const void *record)
{
    mc__item_parts p = mc__item_parts_of((void *)record);

    mc__depends_on_profile(session, entry, (*p.meta)->created_by);
    if (p.last_comment && *p.last_comment)
        mc__depends_on_profile(session, entry, (*p.last_comment)->created_by);
}

static int add_json(mc__summary *summary)
{
    mc_flags *flags = mc__item_flags((void *)summary->shown->item);
    mc_flags as_shown = *flags;
    mc_scratch_text(json);
    mc__json_flags noted;

    flags->unread = MC__CHOICE_OPEN;
    if (flags->attending != MC_UNSET)
        flags->attending = MC__CHOICE_OPEN;
    mc__json_record_noting(&json, summary->shown, MC_VIEW_SUMMARY, &noted);
    *flags = as_shown;
    if (json.error)
        return MC_ENOMEM;
    summary->unread_at = mc__json_flag_at(&noted, "unread");
    summary->attending_at = mc__json_flag_at(&noted, "attending");
    summary->json = mc__arena_copy(&summary->entry.arena, json.data, json.length);
    summary->length = json.length;
    return 0;
}

/* Depends on the site because of the breadcrumb. */
static void cache_summary(mc_session *session, mc__summary *summary)
{
    mc__cache_key key = key_of(session, summary->item_id);
    int64_t site_id = session->site.id;

    mc__entry_depends_on(summary, (mc__subject){MC_SUBJECT_ITEM, site_id, summary->item_id});
    mc__entry_depends_on(summary, (mc__subject){MC_SUBJECT_SITE, site_id, 0});
    mc__summary_depends_on_people(session, summary, summary->shown->item);
    summary->entry.until_ms = mc__monotonic_ms() + MC_VIEWS_MS;
    mc__cache_put(session->app->cache, &key, summary);
}

mc__summary *mc__summary_make(mc_session *session, uint64_t moment, const mc__item_reader *items,
                              int row, bool cache_it)
{
    mc_auto_entry mc__summary *summary = mc__entry_new(sizeof(*summary), moment);
    mc__arena *arena;
    const void *record;
    mc__item_parts p;

    if (!summary)
        return NULL;
    arena = &summary->entry.arena;
    record = mc__listing_item(session, arena, items, row, true);
    if (!record)
        return NULL;
    p = mc__item_parts_of((void *)record);
    summary->item_type = mc__item_row_type(items, row);
    summary->item_id = *p.id;
    summary->microcosm_id = *p.microcosm_id;
    summary->last_activity = mc__row_time(items->rows, row, items->last_activity);
    summary->shown = mc__entry_make(arena, summary->item_type, record);
    if (!summary->shown || add_json(summary) < 0 || arena->failed)
        return NULL;
    if (cache_it)
        cache_summary(session, summary);
    return MC_TAKE(summary);
}
