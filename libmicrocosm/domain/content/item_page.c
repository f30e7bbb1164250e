/*
 * One item with a page of its comments, the most frequent request. item_reading.c reads the data
 * that all actors share; this file adds what depends on the actor: permissions, whether it watches
 * the item, unread flags.
 */
#include "item_page.h"

#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/read_marks.h"
#include "../base/types.h"
#include "item_parts.h"
#include "item_reading.h"

static void add_flags(const mc__item_reading *r, mc_flags *flags)
{
    if (!r->own)
        return;
    flags->watched = r->own->watched;
    flags->send_email = r->own->send_email;
    flags->send_sms = r->own->send_sms;
    flags->attending = r->own->attending;
    if (mc__contains(&r->session->actor->ignored_items, r->item_id))
        flags->ignored = MC_YES;
}

/* Turns a copy of the cached record into the actor's own, except for the comments. */
static int make_own(const mc__item_reading *r, void *record, const mc__item_parts *p,
                    mc__arena *arena)
{
    const mc__node *node = mc__tree_find(r->session->tree, *p->microcosm_id);
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!meta || !flags)
        return MC_ENOMEM;
    *meta = **p->meta;
    *flags = *meta->flags;
    *p->meta = meta;
    meta->flags = flags;
    add_flags(r, flags);
    if (!mc__may_read_all_above(r->session, node))
        mc__breadcrumb(r->session, arena, p->breadcrumb, node, true);
    /* An author may read an item in a microcosm that it may not read: then leave out its title. */
    meta->links =
        mc__decide_microcosm(r->session, node)->can_read ? r->item->links : r->item->own_links;
    meta->permissions = mc__permissions_record(arena, &r->permissions);
    if (r->kind->hide && r->kind->hide(record, arena, r->own && r->own->has_voted) < 0)
        return MC_ENOMEM;
    return meta->permissions ? 0 : MC_ENOMEM;
}

/* JSON shows neither total nor last comment of a detail; the record has them. */
static int leave_out_ignored(mc_session *session, mc__arena *arena, void *record)
{
    mc_shown_comments(shown);
    int rc = mc__shown_comments_load(&shown, session, (mc_int64s){mc__item_parts_of(record).id, 1});

    if (rc == 0 && mc__shown_comments_apply(&shown, arena, record, 0) < 0)
        rc = mc__out_of_memory(session);
    return rc;
}

static void note(const mc__item_reading *r)
{
    mc__count_view(r->session, r->item_id);
    mc__comment_page_note(&r->comments);
}

int mc__item_get(void **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc_page_options *options)
{
    mc_batch(batch);
    mc__item_reading r __attribute__((cleanup(mc__item_reading_release))) = {
        .session = session, .batch = &batch, .item_type = item_type, .item_id = item_id};
    mc_auto(mc_record_free) void *record = NULL;
    const mc_type *type = mc__item_kind_find(item_type)->record;
    mc__arena *arena;
    mc__item_parts parts;
    int rc = mc__item_reading_load(&r, out, options);

    if (rc < 0)
        return rc;
    note(&r);
    record = mc__record_new(type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    memcpy(record, r.item->record, type->size);
    parts = mc__item_parts_of(record);
    if (make_own(&r, record, &parts, arena) < 0 ||
        !(*parts.comments = mc__comment_page_records(&r.comments, record)) || arena->failed)
        return mc__out_of_memory(session);
    rc = leave_out_ignored(session, arena, record);
    if (rc < 0)
        return rc;
    if (*parts.total_comments < r.comments.total)
        *parts.total_comments = r.comments.total;
    /* it points into the cached item */
    if (!mc__record_hold(record, MC_TAKE(r.item), mc__entry_release))
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc__item_json(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc_page_options *options)
{
    mc_batch(batch);
    mc__item_reading r __attribute__((cleanup(mc__item_reading_release))) = {.session = session,
                                                                             .batch = &batch,
                                                                             .as_json = true,
                                                                             .item_type = item_type,
                                                                             .item_id = item_id};
    const mc_type *type = mc__item_kind_find(item_type)->record;
    mc__item_parts parts;
    mc__arena *arena;
    void *record;
    int rc = mc__item_reading_load(&r, out, options);

    if (rc < 0)
        return rc;
    arena = &session->scratch;
    record = mc__arena_alloc(arena, type->size);
    if (!record)
        return mc__out_of_memory(session);
    memcpy(record, r.item->record, type->size);
    parts = mc__item_parts_of(record);
    if (make_own(&r, record, &parts, arena) < 0 ||
        !(*parts.comments = mc__comment_page_json(&r.comments, arena)) || arena->failed)
        return mc__out_of_memory(session);
    rc = mc__write_json(out, session, record);
    if (rc == 0)
        note(&r);
    return rc;
}
