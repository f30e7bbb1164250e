/*
 * One microcosm with a page of its content: microcosms and items.
 *
 * The tree comes from the session; counts, newest and unread items, which change with every post,
 * come from the database in one trip, independent of the tree's depth. The list is cached for all
 * actors with the same visibility, as records and as JSON. This file adds what depends on the
 * actor: permissions and the flags watched, unread and attending.
 */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "../content/unread.h"
#include "microcosm_listing.h"
#include "types.h"

/* Checks rights before existence, so that actors can't find out what exists where they may not
 * read.
 */
static int find_readable(mc__node **out, mc_session *session, int64_t microcosm_id)
{
    mc__node *node =
        microcosm_id ? mc__tree_find(session->tree, microcosm_id) : mc__tree_root(session->tree);
    mc_permissions permissions;

    if (node)
        permissions = *mc__decide_microcosm(session, node);
    else
        mc__decide_item(&permissions, session, MC_ITEM_MICROCOSM, microcosm_id, 0, 0);
    if (!permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!mc__may_see(session, node))
        return mc__refuse(session, MC_ENOTFOUND);
    *out = node;
    return 0;
}

static int read_it(mc__reading *r, const void *out, int64_t microcosm_id,
                   const mc_microcosm_filter *given, const mc_page_options *options)
{
    mc_session *session = r->session;
    mc_microcosm_filter filter = MC_MICROCOSM_FILTER_INIT;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &filter, sizeof(filter), given, "microcosm_filter");
    r->polls = filter.polls;
    if (rc == 0 && microcosm_id)
        rc = mc__check_id(session, microcosm_id);
    if (rc == 0)
        rc = mc__page_check_usual(&r->page, session, options);
    if (rc == 0)
        rc = find_readable(&r->node, session, microcosm_id);
    return rc < 0 ? rc : mc__listing_read(r);
}

/* Checks the buffered marks too: they may be newer than those in the database. */
static bool is_unread_item(const mc__reading *r, const mc__unread_item *u)
{
    return mc__is_unread(r->session, u->item_type, u->item_id, u->microcosm_id, u->last_activity,
                         u->read_at);
}

/* Whether a child has unread items; SIZE_MAX: whether there are any. */
static bool has_unread(const mc__reading *r, size_t which)
{
    for (size_t i = 0; r->own && i < r->own->unread_count; i++)
        if ((which == SIZE_MAX || r->own->unread[i].run == which) &&
            is_unread_item(r, &r->own->unread[i]))
            return true;
    return false;
}

static bool is_unread(const mc__reading *r, size_t i)
{
    const mc__list_slot *m = &r->listing->slots[i];

    if (!r->own)
        return false;
    if (m->item_type == MC_ITEM_MICROCOSM)
        return has_unread(r, m->child);
    return mc__is_unread(r->session, m->item_type, m->item_id, m->microcosm_id, m->last_activity,
                         r->own->read_at[i]);
}

static bool is_attending(const mc__reading *r, size_t i)
{
    return r->own && r->own->attending[i];
}

/* Turns a copy of the cached record into the actor's own, except for the list. */
static int make_own(const mc__reading *r, mc_microcosm *record, mc__arena *arena)
{
    mc_session *session = r->session;
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!meta || !flags)
        return MC_ENOMEM;
    *meta = *record->meta;
    *flags = *meta->flags;
    record->meta = meta;
    meta->flags = flags;
    flags->unread = has_unread(r, SIZE_MAX) ? MC_YES : MC_NO;
    if (r->own) {
        flags->watched = r->own->watched;
        flags->send_email = r->own->send_email;
        flags->send_sms = r->own->send_sms;
    }
    if (mc__contains(&session->actor->ignored_microcosms, record->id))
        flags->ignored = MC_YES;
    meta->permissions = mc__permissions_record(arena, mc__decide_microcosm(session, r->node));
    return meta->permissions ? 0 : MC_ENOMEM;
}

static mc_page *make_page(const mc__reading *r, mc__arena *arena)
{
    return mc__page_make(arena, &r->page, r->listing->total, mc__microcosm_href(arena, r->node),
                         "/api/v1/comments");
}

/* Copies a record's meta and flags; returns the flags, which may be changed. */
static mc_flags *own_flags(mc__arena *arena, const mc_meta **position)
{
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!meta || !flags)
        return NULL;
    *meta = **position;
    *flags = *meta->flags;
    meta->flags = flags;
    *position = meta;
    return flags;
}

static void *copy_of(mc__arena *arena, const void *record)
{
    const mc_type *type = mc_record_type(record);
    void *copy = mc__record_make(arena, type);

    return copy ? memcpy(copy, record, type->size) : NULL;
}

static const void *own_item(const mc__reading *r, mc__arena *arena, size_t i, const void *cached)
{
    void *item = copy_of(arena, cached);
    mc_flags *flags = item ? own_flags(arena, mc__item_parts_of(item).meta) : NULL;

    if (!flags)
        return NULL;
    if (flags->unread != MC_UNSET)
        flags->unread = is_unread(r, i) ? MC_YES : MC_NO;
    if (flags->attending != MC_UNSET)
        flags->attending = is_attending(r, i) ? MC_YES : MC_NO;
    return item;
}

static const mc_entry *own_entry(const mc__reading *r, mc__arena *arena, size_t i,
                                 const mc_entry *cached);

static const void *own_microcosm(const mc__reading *r, mc__arena *arena, size_t i,
                                 const mc_microcosm *cached)
{
    mc_microcosm *record = copy_of(arena, cached);
    mc_flags *flags = record ? own_flags(arena, &record->meta) : NULL;

    if (!flags)
        return NULL;
    flags->unread = is_unread(r, i) ? MC_YES : MC_NO;
    if (cached->most_recent_update)
        record->most_recent_update = own_entry(r, arena, i, cached->most_recent_update);
    return record;
}

static const mc_entry *own_entry(const mc__reading *r, mc__arena *arena, size_t i,
                                 const mc_entry *cached)
{
    mc_entry *entry = copy_of(arena, cached);

    if (!entry)
        return NULL;
    entry->item = mc_record_type(cached->item) == &mc__microcosm_type
                      ? own_microcosm(r, arena, i, cached->item)
                      : own_item(r, arena, i, cached->item);
    return entry->item ? entry : NULL;
}

/* Copies only the entries that differ from the cached ones. */
static int list_entries(const mc__reading *r, mc_page *page, mc__arena *arena)
{
    const mc_list *cached = &r->listing->entries;
    const void **items = mc__list_make(arena, &page->items, cached->count);

    for (size_t i = 0; items && i < cached->count; i++) {
        items[i] = is_unread(r, i) || is_attending(r, i) ? own_entry(r, arena, i, cached->items[i])
                                                         : cached->items[i];
        if (!items[i])
            return MC_ENOMEM;
    }
    return items ? 0 : MC_ENOMEM;
}

int mc_microcosm_get(mc_microcosm **out, mc_session *session, int64_t microcosm_id,
                     const mc_microcosm_filter *filter, const mc_page_options *options)
{
    mc__reading r __attribute__((cleanup(mc__reading_release))) = {.session = session};
    mc_auto(mc_record_free) void *owned = NULL;
    mc_microcosm *record;
    mc__arena *arena;
    mc_page *page;
    int rc = read_it(&r, out, microcosm_id, filter, options);

    if (rc < 0)
        return rc;
    owned = record = mc__record_new(&mc__microcosm_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    *record = *r.listing->frame->record;
    page = make_page(&r, arena);
    if (!page || make_own(&r, record, arena) < 0 || list_entries(&r, page, arena) < 0 ||
        arena->failed)
        return mc__out_of_memory(session);
    record->items = page;
    /* it points into the listing */
    if (!mc__record_hold(record, MC_TAKE(r.listing), mc__entry_release))
        return mc__out_of_memory(session);
    MC_TAKE(owned);
    *out = record;
    return 0;
}

static void write_up_to(mc__text *out, const mc__listing *listing, size_t *written, size_t to)
{
    mc__text_append(out, listing->json + *written, to - *written);
    *written = to;
}

static void write_true(mc__text *out, const mc__listing *listing, size_t *written, size_t at)
{
    write_up_to(out, listing, written, at);
    mc__text_append(out, "true", 4);
    *written = at + strlen("false");
}

/* Copies the JSON and sets the flags of unread and attended entries to true. */
static void write_entries(mc__text *out, const void *data)
{
    const mc__reading *r = data;
    const mc__listing *listing = r->listing;
    size_t written = 0;

    mc__text_putc(out, '[');
    for (size_t i = 0; r->own && i < listing->entries.count; i++) {
        const mc__list_slot *m = &listing->slots[i];
        size_t first = is_unread(r, i) ? m->unread_at : 0,
               second = is_attending(r, i) ? m->attending_at : 0;

        if (first > second) {
            size_t later = first;

            first = second;
            second = later;
        }
        if (first)
            write_true(out, listing, &written, first);
        if (second)
            write_true(out, listing, &written, second);
    }
    write_up_to(out, listing, &written, listing->length);
    mc__text_putc(out, ']');
}

int mc_microcosm_json(mc_buffer *out, mc_session *session, int64_t microcosm_id,
                      const mc_microcosm_filter *filter, const mc_page_options *options)
{
    mc__reading r __attribute__((cleanup(mc__reading_release))) = {.session = session};
    mc_microcosm record;
    mc_page *page;
    int rc = read_it(&r, out, microcosm_id, filter, options);

    if (rc < 0)
        return rc;
    record = *r.listing->frame->record;
    page = make_page(&r, &session->scratch);
    if (!page || make_own(&r, &record, &session->scratch) < 0)
        return mc__out_of_memory(session);
    record.items = mc__page_rendered(&session->scratch, page, (mc__raw){write_entries, &r});
    if (!record.items || session->scratch.failed)
        return mc__out_of_memory(session);
    return mc__write_json(out, session, &record);
}
