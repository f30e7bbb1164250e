/*
 * Reads one item with a page of its comments from the cache, and what isn't cached from the
 * database in one trip. comment_page.c reads the comments.
 */
#include "item_reading.h"

#include "../access/actor.h"
#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/share.h"
#include "item_parts.h"
#include "types.h"
#include "unread.h"
#include "statements.h"

void mc__item_reading_release(mc__item_reading *r)
{
    mc__entry_release(r->item);
    mc__comment_page_release(&r->comments);
    mc__entry_release(r->own);
}

static mc__cache_key own_key(const mc__item_reading *r)
{
    return (mc__cache_key){
        MC_CACHED_OWN, r->session->site.id, {r->session->actor->profile_id, r->item_id}};
}

static void find_cached(mc__item_reading *r)
{
    mc__cache *cache = r->session->app->cache;
    mc__cache_key item = mc__item_key(r->session, r->item_type, r->item_id), own = own_key(r);

    if (!mc__may_share(r->session))
        return;
    r->item = mc__cache_find(cache, &item);
    if (r->session->actor->profile_id)
        r->own = mc__cache_find(cache, &own);
}

static bool may_cache(const mc__item_reading *r)
{
    return mc__may_share(r->session) && mc__cache_is_trusted(r->session->app->cache);
}

static void add_place(const mc__item_reading *r, mc__cached_item *item)
{
    mc__item_parts p = mc__item_parts_of(item->record);
    const mc__node *node = mc__tree_find(r->session->tree, *p.microcosm_id);
    mc__arena *arena = &item->entry.arena;

    mc__breadcrumb(NULL, arena, p.breadcrumb, node, true);
    item->links = mc__item_links(arena, r->item_type, *p.id, node);
    item->own_links = mc__item_links(arena, r->item_type, *p.id, NULL);
}

static int64_t valid_ms(const mc__item_reading *r, const void *record)
{
    int64_t ms = r->kind->valid_ms ? r->kind->valid_ms(record) : INT64_MAX;

    return ms < MC_VIEWS_MS ? ms : MC_VIEWS_MS;
}

static void item_depends_on(const mc__item_reading *r, mc__cached_item *item)
{
    mc__item_parts p = mc__item_parts_of(item->record);
    int64_t site_id = r->session->site.id;

    mc__entry_depends_on(item, (mc__subject){MC_SUBJECT_ITEM, site_id, r->item_id});
    mc__entry_depends_on(item,
                         (mc__subject){MC_SUBJECT_SITE, site_id, 0}); /* titles of microcosms */
    mc__depends_on_profile(r->session, item, (*p.meta)->created_by);
    mc__depends_on_profile(r->session, item, (*p.meta)->edited_by);
    if (p.last_comment && *p.last_comment)
        mc__depends_on_profile(r->session, item, (*p.last_comment)->created_by);
    item->entry.until_ms = mc__monotonic_ms() + valid_ms(r, item->record);
}

static int read_item(mc__item_reading *r, const PGresult *rows, const PGresult *details)
{
    mc_auto_entry mc__cached_item *item = mc__entry_new(sizeof(*item), r->comments.moment);
    mc__cache_key key = mc__item_key(r->session, r->item_type, r->item_id);
    mc__item_reader reader;
    int rc = mc__item_reader_make(&reader, r->session, rows);

    if (rc < 0)
        return rc;
    if (item)
        item->record = mc__record_make(&item->entry.arena, r->kind->record);
    if (!item || !item->record ||
        mc__item_decode(item->record, &item->entry.arena, &reader, 0) < 0 ||
        (details && r->kind->read_details(item->record, &item->entry.arena, details) < 0))
        return mc__out_of_memory(r->session);
    item->author = mc__row_int(rows, 0, PQfnumber(rows, "created_by"));
    item->is_deleted = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.deleted"));
    item->is_moderated = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.moderated"));
    add_place(r, item);
    item_depends_on(r, item);
    if (item->entry.arena.failed)
        return mc__out_of_memory(r->session);
    if (may_cache(r))
        mc__cache_put(r->session->app->cache, &key, item);
    r->item = MC_TAKE(item);
    return 0;
}

static int read_own(mc__item_reading *r, const PGresult *rows)
{
    mc_auto_entry mc__cached_own *own = mc__entry_new(sizeof(*own), r->comments.moment);
    mc__cache_key key = own_key(r);

    if (!own)
        return mc__out_of_memory(r->session);
    own->read_at.us = MC_TIME_NONE;
    if (PQntuples(rows)) {
        mc__items_own_row row = mc__read_items_own(rows, 0);

        if (row.watch_email != MC_UNSET) {
            own->watched = MC_YES;
            own->send_email = row.watch_email;
            own->send_sms = row.watch_sms ? MC_YES : MC_NO;
        }
        if (r->kind->is_attended)
            own->attending = row.attending ? MC_YES : MC_NO;
        own->has_voted = row.has_voted;
        own->read_at = row.read_at;
    }
    if (may_cache(r))
        mc__cache_put_own(r->session, &key, own);
    r->own = MC_TAKE(own);
    return 0;
}

typedef struct item_batch {
    size_t item, details, own;
} item_batch;

static void add_item(mc__item_reading *r, mc__batch *batch, item_batch *at)
{
    int64_t site_id = r->session->site.id;

    at->item = r->kind->add_get(batch, site_id, r->item_id);
    if (r->kind->add_details)
        at->details = r->kind->add_details(batch, site_id, r->item_id);
}

static void add_own(mc__item_reading *r, mc__batch *batch, item_batch *at)
{
    at->own =
        mc__add_items_own(batch, &(mc__items_own_in){.site_id = r->session->site.id,
                                                     .item_id = r->item_id,
                                                     .item_type = r->item_type,
                                                     .actor_id = r->session->actor->profile_id});
}

/* Checks the actor's rights as soon as the facts are there, before anything else is read from the
 * results. */
static int judge(mc__item_reading *r)
{
    mc_session *session = r->session;
    const mc__cached_item *item = r->item;
    int64_t microcosm_id = *mc__item_parts_of(item->record).microcosm_id;
    const mc__node *node = mc__tree_find(session->tree, microcosm_id);
    bool is_hidden = item->is_deleted || item->is_moderated;

    mc__decide_item(&r->permissions, session, r->item_type, r->item_id, microcosm_id, item->author);
    if (!r->permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!mc__may_see(session, node) || (is_hidden && !r->permissions.is_moderator))
        return mc__refuse(session, MC_ENOTFOUND);
    return 0;
}

static int read_answers(mc__item_reading *r, const item_batch *at)
{
    const mc__batch *batch = r->batch;
    mc__item_parts parts;
    int rc = 0;

    if (!r->item) {
        if (PQntuples(mc__batch_rows(batch, at->item)) == 0)
            return mc__item_refuse_unknown(r->session, r->item_type, r->item_id);
        rc = read_item(r, mc__batch_rows(batch, at->item),
                       r->kind->add_details ? mc__batch_rows(batch, at->details) : NULL);
    }
    if (rc == 0)
        rc = judge(r);
    if (rc < 0)
        return rc;
    parts = mc__item_parts_of(r->item->record);
    rc = mc__comment_page_take(&r->comments, batch, *parts.title, *parts.total_comments);
    if (rc == 0 && !r->own && r->session->actor->profile_id)
        rc = read_own(r, mc__batch_rows(batch, at->own));
    return rc;
}

static int load(mc__item_reading *r)
{
    item_batch at = {0};
    int rc = 0;

    find_cached(r);
    if (!r->item)
        add_item(r, r->batch, &at);
    mc__comment_page_ask(&r->comments, r->batch);
    if (!r->own && r->session->actor->profile_id)
        add_own(r, r->batch, &at);
    if (r->batch->count)
        rc = mc__run(r->session, r->batch);
    return rc < 0 ? rc : read_answers(r, &at);
}

int mc__item_reading_load(mc__item_reading *r, const void *out, const mc_page_options *options)
{
    mc_session *session = r->session;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    r->kind = mc__item_kind_find(r->item_type);
    if (rc == 0)
        rc = mc__check_id(session, r->item_id);
    if (rc == 0)
        rc = mc__comment_page_begin(&r->comments, session, r->item_type, r->item_id, options,
                                    r->as_json);
    if (rc == 0)
        rc = load(r);
    if (rc < 0)
        return rc;
    r->comments.parent_created = (*mc__item_parts_of(r->item->record).meta)->created;
    if (r->own)
        r->comments.last_read =
            mc__last_read(session, r->item_type, r->item_id,
                          *mc__item_parts_of(r->item->record).microcosm_id, r->own->read_at);
    return 0;
}
