/*
 * Conversations, events and polls: what they share. Summaries and lists of them, changing flags and
 * moving. item_page.c reads one; conversations.c, events.c and polls.c hold what differs.
 */
#include "items.h"

/* ---- the members that all three have ------------------------------------------------------------
 */

#define PARTS(record, last)                                                                        \
    {                                                                                              \
        &(record)->title, &(record)->id, &(record)->microcosm_id, &(record)->total_comments,       \
            &(record)->total_views, &(record)->breadcrumb, &(record)->comments, last,              \
            &(record)->meta                                                                        \
    }

mc__item_parts mc__item_parts_of(void *record)
{
    const mc_type *type = mc_record_type(record);

    if (type == &mc__event_type) {
        mc_event *event = record;

        return (mc__item_parts)PARTS(event, &event->last_comment);
    }
    if (type == &mc__poll_type) {
        mc_poll *poll = record;

        return (mc__item_parts)PARTS(poll, NULL);
    }
    mc_conversation *conversation = record;

    return (mc__item_parts)PARTS(conversation, &conversation->last_comment);
}

const mc_type *mc__item_record_type(mc_item_type item_type)
{
    return item_type == MC_ITEM_EVENT  ? &mc__event_type
           : item_type == MC_ITEM_POLL ? &mc__poll_type
                                       : &mc__conversation_type;
}

/* ---- unread
 * ----------------------------------------------------------------------------------------- */

static mc_time newest(mc_time a, mc_time b)
{
    return a.us > b.us ? a : b; /* MC_TIME_NONE is the smallest */
}

mc_time mc__last_read(mc_session *session, mc_item_type item_type, int64_t item_id,
                      int64_t microcosm_id, mc_time read_at)
{
    mc_time mark = newest(read_at, session->viewer->all_read_at);

    mark = newest(mark, mc__pending_mark(session, item_type, item_id));
    return microcosm_id ? newest(mark, mc__pending_mark(session, MC_ITEM_MICROCOSM, microcosm_id))
                        : mark;
}

bool mc__is_unread(mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t microcosm_id, mc_time last_activity, mc_time read_at)
{
    if (!session->viewer->profile_id)
        return false;
    return last_activity.us > mc__last_read(session, item_type, item_id, microcosm_id, read_at).us;
}

/* ---- summaries
 * ---------------------------------------------------------------------------------------- */

static const mc__columns *columns_of(const mc__item_reader *reader, mc_item_type item_type)
{
    return item_type == MC_ITEM_EVENT  ? &reader->event
           : item_type == MC_ITEM_POLL ? &reader->poll
                                       : &reader->conversation;
}

/* Columns are found only for the kinds of items that are there: mostly one. */
int mc__item_reader_make(mc__item_reader *out, mc_session *session, const PGresult *rows)
{
    *out = (mc__item_reader){.rows = rows,
                             .item_type = PQfnumber(rows, "item_type"),
                             .last_activity = PQfnumber(rows, "last_activity"),
                             .read_at = PQfnumber(rows, "read_at")};
    for (int row = 0; row < PQntuples(rows); row++) {
        mc_item_type item_type = mc__item_row_type(out, row);
        mc__columns *columns = (mc__columns *)columns_of(out, item_type);

        if (!columns->items &&
            mc__columns_make(columns, &session->scratch, mc__item_record_type(item_type), rows) < 0)
            return mc__out_of_memory(session);
    }
    return 0;
}

mc_item_type mc__item_row_type(const mc__item_reader *reader, int row)
{
    return (mc_item_type)mc__row_int(reader->rows, row, reader->item_type);
}

mc_list mc__item_links(mc__arena *arena, mc_item_type item_type, int64_t id, const mc__node *node)
{
    mc_list links = {NULL, 0};
    size_t capacity = 0;

    mc__link_add(arena, &links, &capacity, "self",
                 mc__href(arena, mc__collection_of(item_type), id), NULL);
    if (node)
        mc__link_add(arena, &links, &capacity, "microcosm", mc__microcosm_href(arena, node),
                     mc__arena_strdup(arena, node->title));
    return links;
}

int mc__item_decode(void *record, mc__arena *arena, const mc__item_reader *reader, int row)
{
    mc_item_type item_type = mc__item_row_type(reader, row);
    mc__item_parts p = mc__item_parts_of(record);
    mc_meta *meta;
    int rc = mc__record_decode(record, arena, columns_of(reader, item_type), reader->rows, row);

    if (rc < 0)
        return rc;
    meta = (mc_meta *)*p.meta;
    if (meta && !meta->flags)
        meta->flags = mc__record_make(arena, &mc__flags_type);
    if (!meta || !meta->flags)
        return MC_ENOMEM;
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    if (p.last_comment && *p.last_comment)
        mc__profile_finish(arena, (mc_profile *)(*p.last_comment)->created_by);
    return arena->failed ? MC_ENOMEM : 0;
}

/* Fills a record from its row, but for comments, flags of the actor's own and permissions. */
static int fill(mc_session *session, mc__arena *arena, void *record, const mc__item_reader *reader,
                int row)
{
    mc__item_parts p = mc__item_parts_of(record);
    const mc__node *node;
    int rc = mc__item_decode(record, arena, reader, row);

    if (rc < 0)
        return rc;
    node = mc__map_find(session->map, *p.microcosm_id);
    mc__breadcrumb(session, arena, p.breadcrumb, node, true);
    /* An author may read an item where the microcosm, and so its title, is closed to them. */
    ((mc_meta *)*p.meta)->links =
        mc__item_links(arena, mc__item_row_type(reader, row), *p.id,
                       node && mc__decide_microcosm(session, node)->can_read ? node : NULL);
    *p.total_views += mc__pending_views(session, *p.id);
    return arena->failed ? MC_ENOMEM : 0;
}

const void *mc__item_summary(mc_session *session, mc__arena *arena, const mc__item_reader *reader,
                             int row, bool with_unread)
{
    mc_item_type item_type = mc__item_row_type(reader, row);
    void *record = mc__record_make(arena, mc__item_record_type(item_type));
    mc_meta *meta;
    mc_flags *flags;
    mc__item_parts p;

    if (!record || fill(session, arena, record, reader, row) < 0)
        return NULL;
    p = mc__item_parts_of(record);
    meta = (mc_meta *)*p.meta;
    /* lists say nothing about edits */
    meta->edited.us = MC_TIME_NONE;
    meta->edited_by = NULL;
    meta->edit_reason = "";
    flags = (mc_flags *)meta->flags;
    if (with_unread && reader->last_activity >= 0)
        flags->unread =
            mc__is_unread(session, item_type, *p.id, *p.microcosm_id,
                          mc__row_time(reader->rows, row, reader->last_activity),
                          reader->read_at >= 0 ? mc__row_time(reader->rows, row, reader->read_at)
                                               : (mc_time){MC_TIME_NONE})
                ? MC_YES
                : MC_NO;
    return record;
}

const mc_entry *mc__entry_make(mc__arena *arena, mc_item_type item_type, const void *record)
{
    mc_entry *entry = record ? mc__record_make(arena, &mc__entry_type) : NULL;

    if (!entry)
        return NULL;
    entry->item_type = mc_item_type_name(item_type);
    entry->item = record;
    return entry;
}

/* Rights come before existence, so that nobody learns what exists where they may not look. */
int mc__item_refuse_unknown(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc_permissions permissions;

    mc__decide_item(&permissions, session, item_type, item_id, 0, 0);
    return mc__refuse(session, permissions.can_read ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

/* ---- collections
 * ------------------------------------------------------------------------------------------- */

static const mc_page **page_of(mc_collection *collection, mc_item_type item_type)
{
    return item_type == MC_ITEM_EVENT  ? &collection->events
           : item_type == MC_ITEM_POLL ? &collection->polls
                                       : &collection->conversations;
}

static int load_collection(mc_session *session, mc__batch *batch, mc_item_type item_type,
                           const mc_page_options *page)
{
    const mc_int64s *ignored = &session->viewer->ignored_items;
    mc_int64s microcosms;
    int rc = mc__listed_microcosms(&microcosms, session);

    if (rc < 0)
        return rc;
    mc__batch_add(batch, MC_Q_ITEMS_COLLECTION_TOTAL);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_type);
    mc__add_ints(batch, microcosms.items, microcosms.count);
    mc__add_ints(batch, ignored->items, ignored->count);
    mc__batch_add(batch, MC_Q_ITEMS_COLLECTION);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_type);
    mc__add_ints(batch, microcosms.items, microcosms.count);
    mc__add_ints(batch, ignored->items, ignored->count);
    mc__add_int(batch, session->viewer->profile_id);
    mc__add_int(batch, page->limit);
    mc__add_int(batch, page->offset);
    return mc__run(session, batch, MC_READ);
}

/* meta of a collection: its own link and the rights that the actor has on such a thing in general.
 */
const mc_meta *mc__collection_meta(mc__arena *arena, const char *href,
                                   const mc_permissions *permissions)
{
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    size_t capacity = 0;

    if (!meta)
        return NULL;
    mc__link_add(arena, &meta->links, &capacity, "self", href, NULL);
    meta->permissions = mc__permissions_record(arena, permissions);
    return meta;
}

int mc__items_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                   const mc_page_options *options)
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
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc == 0)
        rc = load_collection(session, &batch, item_type, &page);
    if (rc < 0)
        return rc;
    total = mc__row_int(mc__batch_rows(&batch, 0), 0, 0);
    rows = mc__batch_rows(&batch, 1);
    rc = mc__page_fits(session, &page, total);
    if (rc == 0)
        rc = mc__item_reader_make(&reader, session, rows);
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
    *page_of(collection, item_type) = list;
    mc__decide_item(&permissions, session, item_type, 0,
                    mc__map_root(session->map) ? mc__map_root(session->map)->id : 0, 0);
    collection->meta = mc__collection_meta(arena, href, &permissions);
    if (arena->failed)
        return mc__out_of_memory(session);
    MC_TAKE(record);
    *out = collection;
    return 0;
}

/* ---- facts for writes
 * ------------------------------------------------------------------------------------------ */

enum { F_MICROCOSM, F_AUTHOR, F_DELETED, F_MODERATED, F_OPEN, F_TITLE, F_COMMENTS };

int mc__item_facts(mc__item_known *out, mc_session *session, mc_item_type item_type,
                   int64_t item_id)
{
    mc_batch(batch);
    const PGresult *rows;
    int rc;

    *out = (mc__item_known){0};
    mc__batch_add(&batch, MC_Q_ITEMS_FACTS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, item_id);
    mc__add_int(&batch, item_type);
    rc = mc__run(session, &batch, MC_READ);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    mc__item_read_facts(out, session, item_type, item_id, rows);
    return 0;
}

void mc__item_read_facts(mc__item_known *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id, const PGresult *rows)
{
    *out = (mc__item_known){0};
    if (PQntuples(rows) == 0) {
        mc__decide_item(&out->permissions, session, item_type, item_id, 0, 0);
        return;
    }
    out->microcosm_id = mc__row_int(rows, 0, F_MICROCOSM);
    out->author = mc__row_int(rows, 0, F_AUTHOR);
    out->is_deleted = mc__row_bool(rows, 0, F_DELETED);
    out->is_moderated = mc__row_bool(rows, 0, F_MODERATED);
    out->is_open = mc__row_bool(rows, 0, F_OPEN);
    mc__item_conclude(out, session, item_type, item_id);
}

void mc__item_conclude(mc__item_known *out, mc_session *session, mc_item_type item_type,
                       int64_t item_id)
{
    const mc__node *node;

    out->exists = true;
    node = mc__map_find(session->map, out->microcosm_id);
    out->is_hidden = out->is_deleted || out->is_moderated || !node || node->is_hidden;
    out->is_gone = out->is_deleted;
    for (; node; node = node->parent) {
        out->is_open = out->is_open && node->is_open;
        out->is_gone = out->is_gone || node->is_deleted;
    }
    mc__decide_item(&out->permissions, session, item_type, item_id, out->microcosm_id, out->author);
}

int mc__check_shown(mc_session *session, const mc__item_known *item)
{
    if (!item->is_gone && (!item->is_hidden || item->permissions.is_moderator))
        return 0;
    return mc__refuse(session, item->permissions.can_read ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

/* Whether something may be created in a microcosm by the actor. Unknown ones are as forbidden as
 * unreadable ones, but for the site's owner. */
int mc__may_create_in(mc_session *session, int64_t microcosm_id)
{
    mc__node *node = mc__map_find(session->map, microcosm_id);
    mc_permissions permissions;

    if (!node) {
        mc__decide_item(&permissions, session, MC_ITEM_CONVERSATION, 0, 0, 0);
        return mc__refuse(session, permissions.is_site_owner ? MC_ENOTFOUND : MC_EFORBIDDEN);
    }
    permissions = *mc__decide_microcosm(session, node);
    if (!permissions.can_create)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (node->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    for (const mc__node *above = node; above; above = above->parent)
        if (!above->is_open && !permissions.is_moderator)
            return mc__fail_because(&session->problem, MC_ECLOSED, 17, "the microcosm is closed");
    return 0;
}

/* ---- changing
 * ---------------------------------------------------------------------------------------------------
 */

int mc__item_edit(mc_session *session, mc_item_type item_type, int64_t item_id, const char *title,
                  int64_t microcosm_id, const char *edit_reason)
{
    mc__item_known item;
    mc_batch(batch);
    int rc = mc__item_facts(&item, session, item_type, item_id);

    if (rc < 0)
        return rc;
    if (!item.exists) /* the contract: PUT looks for the thing first */
        return mc__refuse(session, MC_ENOTFOUND);
    rc = mc__check_shown(session, &item);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_update && !item.permissions.is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (microcosm_id && microcosm_id != item.microcosm_id) {
        mc__node *to = mc__map_find(session->map, microcosm_id);

        if (!to)
            return mc__fault(&session->problem, "microcosmId", "is not a microcosm of this site");
        rc = mc__may_create_in(session, microcosm_id);
        if (rc < 0)
            return rc;
    }
    mc__batch_add(&batch, MC_Q_ITEMS_EDIT);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, item_id);
    mc__add_int(&batch, item_type);
    mc__add_text(&batch, title);
    mc__add_id(&batch, microcosm_id);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, edit_reason);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__write(session, &batch,
                   &(mc__news){.item_type = item_type,
                               .item_id = item_id,
                               .microcosm_id = microcosm_id ? microcosm_id : item.microcosm_id,
                               .from_microcosm = item.microcosm_id});
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

static int set_flags(mc_session *session, mc_item_type item_type, int64_t item_id,
                     const mc__item_known *item, const mc__flag_changes *flags, const char *action,
                     const char *audit)
{
    mc__news news = {
        .item_type = item_type, .item_id = item_id, .microcosm_id = item->microcosm_id};
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_ITEMS_SET_FLAGS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, item_id);
    mc__add_int(&batch, item_type);
    mc__add_choice(&batch, flags->sticky);
    mc__add_choice(&batch, flags->open);
    mc__add_choice(&batch, flags->deleted);
    mc__add_choice(&batch, flags->moderated);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, flags->note);
    mc__add_text(&batch, action);
    mc__add_text(&batch, audit);
    mc__add_text(&batch, mc__audit_address(session));
    return mc__write(session, &batch, &news);
}

static int patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc__patch_op *ops, size_t count)
{
    mc__flag_changes flags;
    mc__item_known item;
    int rc = mc__check_id(session, item_id);

    if (rc == 0)
        rc = mc__item_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.exists)
        return mc__item_refuse_unknown(session, item_type, item_id);
    rc = mc__patch_judge(&flags, session, ops, count, &item.permissions, false);
    if (rc < 0)
        return rc;
    /* Moderators may bring hidden things back. */
    if (item.is_hidden && !item.permissions.is_moderator)
        return mc__refuse(session, MC_ENOTFOUND);
    return set_flags(session, item_type, item_id, &item, &flags, "update", "U");
}

int mc__item_patch(mc_session *session, mc_item_type item_type, int64_t item_id,
                   const mc_patch_op *ops, size_t count)
{
    mc__patch_op *copy = NULL;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_copy(session, &copy, ops, count);
    return rc < 0 ? rc : patch(session, item_type, item_id, copy, count);
}

int mc__item_patch_body(mc_session *session, mc_item_type item_type, int64_t item_id,
                        const char *body, size_t length)
{
    mc__patch_op *ops = NULL;
    size_t count = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_read(&session->problem, &session->scratch, &ops, &count, body, length);
    return rc < 0 ? rc : patch(session, item_type, item_id, ops, count);
}

int mc__item_delete(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc__flag_changes flags = {.deleted = MC_YES};
    mc__item_known item;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        rc = mc__item_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_delete && !item.permissions.is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!item.exists || item.is_deleted) /* what is gone is gone: fine */
        return 0;
    return set_flags(session, item_type, item_id, &item, &flags, "delete", "D");
}

/* ---- where a comment stands
 * ------------------------------------------------------------------------------------- */

int mc__place_limit(mc_session *session, int64_t *limit)
{
    mc_page_options page = MC_PAGE_OPTIONS_INIT, checked;

    if (*limit == 0)
        *limit = page.limit;
    page.limit = *limit;
    return mc__page_check(&checked, session, &page);
}

mc_place *mc__place_make(mc_item_type item_type, int64_t item_id, int64_t comment_id,
                         int64_t shown_before, int64_t limit)
{
    mc_place *place = mc__record_new(&mc__place_type);

    if (!place)
        return NULL;
    place->item_type = mc_item_type_name(item_type);
    place->item_id = item_id;
    place->comment_id = comment_id;
    place->offset = shown_before > 0 ? shown_before / limit * limit : 0;
    return place;
}

static void add_place_query(mc_session *session, mc__batch *batch, mc__query query, int64_t item_id)
{
    mc__batch_add(batch, query);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_id);
    mc__add_ints(batch, session->viewer->ignored_profiles.items,
                 session->viewer->ignored_profiles.count);
}

/* Two trips: the mark decides what to look for. */
static int find_new(mc_session *session, mc__batch *batch, mc_item_type item_type, int64_t item_id,
                    int64_t microcosm_id)
{
    mc_time read = {MC_TIME_NONE};

    if (session->viewer->profile_id) {
        mc_batch(marks);
        int rc;

        mc__batch_add(&marks, MC_Q_MARKS_READ_AT);
        mc__add_int(&marks, session->site.id);
        mc__add_int(&marks, session->viewer->profile_id);
        mc__add_int(&marks, item_type);
        mc__add_int(&marks, item_id);
        mc__add_int(&marks, microcosm_id);
        rc = mc__run(session, &marks, MC_READ);
        if (rc < 0)
            return rc;
        read = mc__last_read(session, item_type, item_id, microcosm_id,
                             mc__row_time(mc__batch_rows(&marks, 0), 0, 0));
    }
    add_place_query(session, batch, MC_Q_COMMENTS_FIRST_AFTER, item_id);
    mc__add_time(batch, read);
    add_place_query(session, batch, MC_Q_COMMENTS_NEWEST, item_id);
    return mc__run(session, batch, MC_READ);
}

int mc__item_place(mc_place **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t limit, bool unread)
{
    mc__item_known item;
    const PGresult *rows;
    mc_place *place;
    bool found;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        rc = mc__place_limit(session, &limit);
    if (rc == 0)
        rc = mc__item_facts(&item, session, item_type, item_id);
    if (rc < 0)
        return rc;
    if (!item.permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!item.exists || item.is_deleted ||
        (item.is_hidden && !(item.is_moderated && item.permissions.is_moderator)))
        return mc__refuse(session, MC_ENOTFOUND);
    if (unread) {
        rc = find_new(session, &batch, item_type, item_id, item.microcosm_id);
    } else {
        add_place_query(session, &batch, MC_Q_COMMENTS_NEWEST, item_id);
        rc = mc__run(session, &batch, MC_READ);
    }
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (unread && PQntuples(rows) == 0)
        rows = mc__batch_rows(&batch, 1);
    found = PQntuples(rows) > 0;
    place = mc__place_make(item_type, item_id, found ? mc__row_int(rows, 0, 0) : 0,
                           found ? mc__row_int(rows, 0, 1) : 0, limit);
    if (!place)
        return mc__out_of_memory(session);
    *out = place;
    return 0;
}
