/*
 * One conversation, event or poll with a page of its comments, shown: what forums are read by, most
 * of all. What item_reading.c has read is the same for everybody; what differs by who looks is put
 * into it here: permissions, whether it is watched, what is unread. JSON is written straight from
 * the rows into the reply, and copied from there once if it may be kept.
 */
#include "item_page.h"

#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/paging.h"
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
    if (mc__contains(&r->session->viewer->ignored_items, r->item_id))
        flags->ignored = MC_YES;
}

/* Turns a record that is what the kept one is into what this actor sees; all but the comments. */
static int make_own(const mc__item_reading *r, void *record, mc__arena *arena)
{
    mc__item_parts p = mc__item_parts_of(record);
    const mc__node *node = mc__map_find(r->session->map, *p.microcosm_id);
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!meta || !flags)
        return MC_ENOMEM;
    *meta = **p.meta;
    *flags = *meta->flags;
    *p.meta = meta;
    meta->flags = flags;
    add_flags(r, flags);
    if (!mc__may_read_all_above(r->session, node))
        mc__breadcrumb(r->session, arena, p.breadcrumb, node, true);
    /* An author may read an item where the microcosm, and so its title, is closed to them. */
    meta->links =
        mc__decide_microcosm(r->session, node)->can_read ? r->item->links : r->item->own_links;
    meta->permissions = mc__permissions_record(arena, &r->permissions);
    return meta->permissions ? 0 : MC_ENOMEM;
}

static mc_page *make_page(const mc__item_reading *r, mc__arena *arena)
{
    const char *path = mc__href(arena, mc__collection_of(r->item_type), r->item_id);

    return mc__page_make(arena, &r->page, r->total, path, "/api/v1/comments");
}

static bool is_unread(const mc__item_reading *r, mc_time created)
{
    return created.us > r->last_read.us;
}

static const mc_comment *unread_copy(mc__arena *arena, const mc_comment *kept)
{
    mc_comment *comment = mc__record_make(arena, &mc__comment_type);
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!comment || !meta || !flags)
        return NULL;
    *comment = *kept;
    *meta = *kept->meta;
    *flags = *kept->meta->flags;
    comment->meta = meta;
    meta->flags = flags;
    flags->unread = MC_YES;
    return comment;
}

static int list_comments(const mc__item_reading *r, mc_page *page, mc__arena *arena)
{
    const mc_list *kept = &r->comments->comments;
    const void **items = mc__list_make(arena, &page->items, kept->count);

    for (size_t i = 0; items && i < kept->count; i++) {
        const mc_comment *comment = kept->items[i];

        items[i] = is_unread(r, comment->meta->created) ? unread_copy(arena, comment) : comment;
        if (!items[i])
            return MC_ENOMEM;
    }
    return items ? 0 : MC_ENOMEM;
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
    mc_page *page;
    int rc = mc__item_reading_load(&r, options);

    if (rc < 0)
        return rc;
    mc__item_reading_note(&r, r.comments->newest);
    record = mc__record_new(type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    memcpy(record, r.item->record, type->size);
    page = make_page(&r, arena);
    if (!page || make_own(&r, record, arena) < 0 || list_comments(&r, page, arena) < 0 ||
        arena->failed)
        return mc__out_of_memory(session);
    *mc__item_parts_of(record).comments = page;
    *mc__item_parts_of(record).total_views += mc__pending_views(session, item_id);
    if (*mc__item_parts_of(record).total_comments < r.total)
        *mc__item_parts_of(record).total_comments = r.total;
    /* it points into what is kept */
    mc__record_hold(record, MC_TAKE(r.item), mc__entry_release);
    mc__record_hold(record, MC_TAKE(r.comments), mc__entry_release);
    *out = MC_TAKE(record);
    return 0;
}

/* Whatever is unread is told apart by one word. */
static void write_kept(mc__text *out, const mc__item_reading *r)
{
    const mc__kept_json *page = r->json;
    size_t written = 0;

    for (size_t i = 0; i < page->count; i++) {
        if (!is_unread(r, page->comments[i].created))
            continue;
        mc__text_append(out, page->json + written, page->comments[i].unread - written);
        mc__text_append(out, "true", 4);
        written = page->comments[i].unread + 5;
    }
    mc__text_append(out, page->json + written, page->length - written);
}

/* Each record lives until it is written. keep: an entry that is told of them, for which all of them
 * are read; NULL: nothing is kept. */
static bool write_rows(mc__text *out, mc__item_reading *r, mc__kept_json *keep)
{
    int count = PQntuples(r->rows);
    size_t first = out->length;
    mc__comment_reader reader;
    mc_scratch_arena(arena);
    mc__json_flags noted;

    if (mc__item_reading_reader(r, &reader, NULL, r->rows) < 0)
        return false;
    for (int row = 0; row < count; row++) {
        mc_comment *comment = mc__comment_record(&arena, &reader, row);
        mc_flags *flags;

        if (!comment)
            return false;
        if (comment->meta->created.us > r->newest.us)
            r->newest = comment->meta->created;
        flags = (mc_flags *)comment->meta->flags;
        if (keep)
            flags->unread = MC__CHOICE_OPEN;
        else if (is_unread(r, comment->meta->created))
            flags->unread = MC_YES;
        if (row)
            mc__text_putc(out, ',');
        mc__json_record_noting(out, comment, MC_VIEW_SUMMARY, &noted);
        if (keep) {
            keep->comments[row].created = comment->meta->created;
            keep->comments[row].unread = mc__json_flag_at(&noted, "unread") - first;
            mc__item_reading_tells_of(r, keep, comment, &reader, row);
        }
        mc__arena_reset(&arena);
    }
    return true;
}

/* As it was written: at the end of the reply. */
static bool write_and_keep(mc__text *out, mc__item_reading *r)
{
    mc_auto_entry mc__kept_json *page = mc__entry_new(sizeof(*page), r->moment);
    size_t first = out->length;

    if (!page)
        return false;
    page->count = (size_t)PQntuples(r->rows);
    page->comments =
        mc__arena_alloc(&page->entry.arena, (page->count + 1) * sizeof(*page->comments));
    if (!page->comments || !write_rows(out, r, page) || out->error)
        return false;
    page->length = out->length - first;
    page->json = mc__arena_copy(&page->entry.arena, mc__text_string(out) + first, page->length);
    page->newest = r->newest;
    if (page->entry.arena.failed)
        return false;
    mc__item_reading_keep(r, page, page->count);
    r->json = MC_TAKE(page);
    if (r->newest.us > r->last_read.us) { /* some are unread: once more, with that */
        out->length = first;
        write_kept(out, r);
    }
    return true;
}

static void write_comments(mc__text *out, const void *data)
{
    mc__item_reading *r = (mc__item_reading *)data;
    bool written = true;

    mc__text_putc(out, '[');
    if (r->json)
        write_kept(out, r);
    else
        written = mc__item_reading_may_keep(r) ? write_and_keep(out, r) : write_rows(out, r, NULL);
    mc__text_putc(out, ']');
    if (!written && !out->error)
        out->error = MC_ENOMEM;
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
    mc__arena *arena;
    mc_page *page;
    void *record;
    int rc = mc__item_reading_load(&r, options);

    if (rc < 0)
        return rc;
    r.newest.us = MC_TIME_NONE;
    if (r.json)
        r.newest = r.json->newest;
    arena = &session->scratch;
    record = mc__arena_alloc(arena, type->size);
    page = make_page(&r, arena);
    if (!record || !page)
        return mc__out_of_memory(session);
    memcpy(record, r.item->record, type->size);
    if (make_own(&r, record, arena) < 0)
        return mc__out_of_memory(session);
    *mc__item_parts_of(record).comments =
        mc__page_ready(arena, page, (mc__raw){write_comments, &r});
    if (arena->failed)
        return mc__out_of_memory(session);
    rc = mc__write_json(out, session, record);
    if (rc == 0)
        mc__item_reading_note(&r, r.newest);
    return rc;
}
