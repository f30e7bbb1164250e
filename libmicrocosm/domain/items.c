/*
 * Conversations, events and polls: what they share. Reading one, lists of them, changing flags and
 * moving. conversations.c, events.c and polls.c hold what differs.
 */
#include "items.h"

/* ---- the members that all three have ------------------------------------------------------------
 */

typedef struct parts {
    const char **title;
    int64_t *id, *microcosm_id, *total_comments, *total_views;
    mc_list *breadcrumb;
    const mc_page **comments;
    const mc_last_comment **last_comment; /* NULL: polls have none */
    const mc_meta **meta;
} parts;

#define PARTS(record, last)                                                                        \
    {                                                                                              \
        &(record)->title, &(record)->id, &(record)->microcosm_id, &(record)->total_comments,       \
            &(record)->total_views, &(record)->breadcrumb, &(record)->comments, last,              \
            &(record)->meta                                                                        \
    }

static parts parts_of(void *record)
{
    const mc_type *type = mc_record_type(record);

    if (type == &mc__event_type) {
        mc_event *event = record;

        return (parts)PARTS(event, &event->last_comment);
    }
    if (type == &mc__poll_type) {
        mc_poll *poll = record;

        return (parts)PARTS(poll, NULL);
    }
    mc_conversation *conversation = record;

    return (parts)PARTS(conversation, &conversation->last_comment);
}

static const mc_type *record_type_of(mc_item_type item_type)
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
    mc_time mark = newest(read_at, session->viewer.all_read_at);

    mark = newest(mark, mc__pending_mark(session, item_type, item_id));
    return microcosm_id ? newest(mark, mc__pending_mark(session, MC_ITEM_MICROCOSM, microcosm_id))
                        : mark;
}

bool mc__is_unread(mc_session *session, mc_item_type item_type, int64_t item_id,
                   int64_t microcosm_id, mc_time last_activity, mc_time read_at)
{
    if (!session->viewer.profile_id)
        return false;
    return last_activity.us > mc__last_read(session, item_type, item_id, microcosm_id, read_at).us;
}

/* ---- summaries
 * ---------------------------------------------------------------------------------------- */

int mc__item_reader_make(mc__item_reader *out, mc_session *session, const PGresult *rows)
{
    mc__arena *arena = &session->scratch;

    out->rows = rows;
    out->item_type = PQfnumber(rows, "item_type");
    out->last_activity = PQfnumber(rows, "last_activity");
    out->read_at = PQfnumber(rows, "read_at");
    if (mc__columns_make(&out->conversation, arena, &mc__conversation_type, rows) < 0 ||
        mc__columns_make(&out->event, arena, &mc__event_type, rows) < 0 ||
        mc__columns_make(&out->poll, arena, &mc__poll_type, rows) < 0)
        return mc__out_of_memory(session);
    return 0;
}

mc_item_type mc__item_row_type(const mc__item_reader *reader, int row)
{
    return (mc_item_type)mc__row_int(reader->rows, row, reader->item_type);
}

static const mc__columns *columns_of(const mc__item_reader *reader, mc_item_type item_type)
{
    return item_type == MC_ITEM_EVENT  ? &reader->event
           : item_type == MC_ITEM_POLL ? &reader->poll
                                       : &reader->conversation;
}

/* Links of an item: itself and its microcosm. */
static void add_links(mc__arena *arena, mc_meta *meta, mc_item_type item_type, int64_t id,
                      const mc__node *node)
{
    size_t capacity = 0;

    mc__link_add(arena, &meta->links, &capacity, "self",
                 mc__href(arena, mc__collection_of(item_type), id), NULL);
    if (node)
        mc__link_add(arena, &meta->links, &capacity, "microcosm", mc__microcosm_href(arena, node),
                     mc__arena_strdup(arena, node->title));
}

static mc_flags *flags_of(mc__arena *arena, mc_meta *meta)
{
    if (!meta->flags)
        meta->flags = mc__record_make(arena, &mc__flags_type);
    return (mc_flags *)meta->flags;
}

/* Fills a record from its row, but for comments, flags of the actor's own and permissions. */
static int fill(mc_session *session, mc__arena *arena, void *record, const mc__item_reader *reader,
                int row)
{
    mc_item_type item_type = mc__item_row_type(reader, row);
    parts p = parts_of(record);
    const mc__node *node;
    mc_meta *meta;
    int rc = mc__record_decode(record, arena, columns_of(reader, item_type), reader->rows, row);

    if (rc < 0)
        return rc;
    meta = (mc_meta *)*p.meta;
    if (!meta || !flags_of(arena, meta))
        return MC_ENOMEM;
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    if (p.last_comment && *p.last_comment)
        mc__profile_finish(arena, (mc_profile *)(*p.last_comment)->created_by);
    node = mc__map_find(&session->map, *p.microcosm_id);
    mc__breadcrumb(session, arena, p.breadcrumb, node, true);
    /* An author may read an item where the microcosm, and so its title, is closed to them. */
    add_links(arena, meta, item_type, *p.id,
              node && mc__decide_microcosm(session, node)->can_read ? node : NULL);
    *p.total_views += mc__pending_views(session, *p.id);
    return arena->failed ? MC_ENOMEM : 0;
}

const void *mc__item_summary(mc_session *session, mc__arena *arena, const mc__item_reader *reader,
                             int row, bool with_unread)
{
    mc_item_type item_type = mc__item_row_type(reader, row);
    void *record = mc__record_make(arena, record_type_of(item_type));
    mc_meta *meta;
    mc_flags *flags;
    parts p;

    if (!record || fill(session, arena, record, reader, row) < 0)
        return NULL;
    p = parts_of(record);
    meta = (mc_meta *)*p.meta;
    /* lists say nothing about edits */
    meta->edited.us = MC_TIME_NONE;
    meta->edited_by = NULL;
    meta->edit_reason = "";
    flags = flags_of(arena, meta);
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

/* ---- one item with a page of its comments
 * ---------------------------------------------------------------- */

static bool is_moderated_for(const mc_permissions *permissions, const mc_flags *flags)
{
    return flags->moderated == MC_YES && flags->deleted != MC_YES && permissions->is_moderator;
}

/* Rights come before existence, so that nobody learns what exists where they may not look. */
static int refuse_unknown(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc_permissions permissions;

    mc__decide_item(&permissions, session, item_type, item_id, 0, 0);
    return mc__refuse(session, permissions.can_read ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

static int add_comments(mc_session *session, mc__arena *arena, void *record,
                        const mc_page_options *page, int64_t total, const PGresult *rows,
                        mc_item_type item_type, mc_time last_read, mc_time *newest_shown)
{
    parts p = parts_of(record);
    mc_page *comments =
        mc__page_make(arena, page, total, mc__href(arena, mc__collection_of(item_type), *p.id),
                      "/api/v1/comments");
    int count = PQntuples(rows);
    mc__columns columns;
    const void **items;

    if (!comments || mc__columns_make(&columns, &session->scratch, &mc__comment_type, rows) < 0)
        return MC_ENOMEM;
    items = mc__list_make(arena, &comments->items, (size_t)count);
    if (!items)
        return MC_ENOMEM;
    for (int row = 0; row < count; row++) {
        mc_comment *comment = mc__comment_record(arena, &columns, rows, row, *p.title);

        if (!comment)
            return MC_ENOMEM;
        ((mc_flags *)comment->meta->flags)->unread =
            session->viewer.profile_id && comment->meta->created.us > last_read.us ? MC_YES : MC_NO;
        if (comment->meta->created.us > newest_shown->us)
            *newest_shown = comment->meta->created;
        items[row] = comment;
    }
    *p.comments = comments;
    return 0;
}

static int add_choices(mc_session *session, mc__arena *arena, mc_poll *poll, const PGresult *rows)
{
    mc__columns columns;
    const void **items;
    int count = PQntuples(rows);

    if (mc__columns_make(&columns, &session->scratch, &mc__poll_choice_type, rows) < 0)
        return MC_ENOMEM;
    items = mc__list_make(arena, &poll->choices, (size_t)count);
    for (int row = 0; items && row < count; row++) {
        mc_poll_choice *choice = mc__record_make(arena, &mc__poll_choice_type);

        if (!choice || mc__record_decode(choice, arena, &columns, rows, row) < 0)
            return MC_ENOMEM;
        items[row] = choice;
    }
    return items ? 0 : MC_ENOMEM;
}

/* What only the actor sees: watching, ignoring, going there. */
static void add_own_flags(mc_session *session, mc_flags *flags, const PGresult *rows,
                          mc_item_type item_type, int64_t item_id)
{
    int watch = PQfnumber(rows, "watch_email"), sms = PQfnumber(rows, "watch_sms");

    if (!session->viewer.profile_id)
        return;
    if (!mc__row_is_null(rows, 0, watch)) {
        flags->watched = MC_YES;
        flags->send_email = mc__row_bool(rows, 0, watch) ? MC_YES : MC_NO;
        flags->send_sms = mc__row_bool(rows, 0, sms) ? MC_YES : MC_NO;
    }
    if (mc__contains(&session->viewer.ignored_items, item_id))
        flags->ignored = MC_YES;
    if (item_type == MC_ITEM_EVENT)
        flags->attending = mc__row_bool(rows, 0, PQfnumber(rows, "attending")) ? MC_YES : MC_NO;
}

typedef struct item_batch {
    size_t item, comments, choices;
} item_batch;

static int load(mc_session *session, mc__batch *batch, item_batch *at, mc_item_type item_type,
                int64_t item_id, const mc_page_options *page)
{
    const mc__viewer *viewer = &session->viewer;

    at->item = mc__batch_add(batch, MC_Q_ITEMS_GET);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_id);
    mc__add_int(batch, item_type);
    mc__add_int(batch, viewer->profile_id);
    mc__add_ints(batch, viewer->ignored_profiles.items, viewer->ignored_profiles.count);
    at->comments = mc__batch_add(batch, MC_Q_COMMENTS_PAGE);
    mc__add_int(batch, session->site.id);
    mc__add_int(batch, item_id);
    mc__add_int(batch, page->offset);
    mc__add_int(batch, page->limit);
    mc__add_ints(batch, viewer->ignored_profiles.items, viewer->ignored_profiles.count);
    if (item_type == MC_ITEM_POLL) {
        at->choices = mc__batch_add(batch, MC_Q_ITEMS_CHOICES);
        mc__add_int(batch, session->site.id);
        mc__add_int(batch, item_id);
    }
    return mc__run(session, batch, MC_READ);
}

/* Whether the actor may see the item of that row. */
static int judge(mc_permissions *permissions, mc_session *session, mc_item_type item_type,
                 int64_t item_id, const PGresult *rows)
{
    int64_t microcosm_id = mc__row_int(rows, 0, PQfnumber(rows, "microcosm_id"));
    mc_flags flags = {
        .deleted = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.deleted")) ? MC_YES : MC_NO,
        .moderated =
            mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.moderated")) ? MC_YES : MC_NO};
    const mc__node *node = mc__map_find(&session->map, microcosm_id);
    bool hidden;

    mc__decide_item(permissions, session, item_type, item_id, microcosm_id,
                    mc__row_int(rows, 0, PQfnumber(rows, "created_by")));
    if (!permissions->can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    hidden = flags.deleted == MC_YES || flags.moderated == MC_YES;
    if (!node || node->is_hidden || (hidden && !is_moderated_for(permissions, &flags)))
        return mc__refuse(session, MC_ENOTFOUND);
    return 0;
}

/* Reading marks the item read: up to now on the last page, else up to the newest comment shown. */
static void note_reading(mc_session *session, mc_item_type item_type, int64_t item_id,
                         const mc_page *page, mc_time newest_shown)
{
    mc__count_view(session, item_id);
    mc__mark_read(session, item_type, item_id,
                  page->offset == page->max_offset ? mc__now() : newest_shown);
}

int mc__item_get(void **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_time newest_shown = {MC_TIME_NONE}, last_read;
    mc_permissions permissions;
    mc_page_options page;
    mc__item_reader reader;
    const PGresult *rows;
    item_batch at = {0};
    mc__arena *arena;
    int64_t total;
    parts p;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, item_id);
    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc == 0)
        rc = load(session, &batch, &at, item_type, item_id, &page);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, at.item);
    if (PQntuples(rows) == 0)
        return refuse_unknown(session, item_type, item_id);
    rc = judge(&permissions, session, item_type, item_id, rows);
    if (rc == 0)
        rc = mc__item_reader_make(&reader, session, rows);
    if (rc < 0)
        return rc;
    record = mc__record_new(record_type_of(item_type));
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    if (fill(session, arena, record, &reader, 0) < 0)
        return mc__out_of_memory(session);
    p = parts_of(record);
    total = *p.total_comments - mc__row_int(rows, 0, PQfnumber(rows, "ignored_comments"));
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    last_read = mc__last_read(session, item_type, item_id, *p.microcosm_id,
                              mc__row_time(rows, 0, reader.read_at));
    if (add_comments(session, arena, record, &page, total, mc__batch_rows(&batch, at.comments),
                     item_type, last_read, &newest_shown) < 0 ||
        (item_type == MC_ITEM_POLL &&
         add_choices(session, arena, record, mc__batch_rows(&batch, at.choices)) < 0))
        return mc__out_of_memory(session);
    add_own_flags(session, (mc_flags *)(*p.meta)->flags, rows, item_type, item_id);
    ((mc_meta *)*p.meta)->permissions = mc__permissions_record(arena, &permissions);
    if (arena->failed)
        return mc__out_of_memory(session);
    note_reading(session, item_type, item_id, *p.comments, newest_shown);
    *out = MC_TAKE(record);
    return 0;
}

int mc__item_json(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    int rc = mc__item_get(&record, session, item_type, item_id, options);

    return rc < 0 ? rc : mc__write_json(out, session, record);
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
    const mc_int64s *ignored = &session->viewer.ignored_items;
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
    mc__add_int(batch, session->viewer.profile_id);
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
                    mc__map_root(&session->map) ? mc__map_root(&session->map)->id : 0, 0);
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
    const mc__node *node;

    *out = (mc__item_known){0};
    if (PQntuples(rows) == 0) {
        mc__decide_item(&out->permissions, session, item_type, item_id, 0, 0);
        return;
    }
    out->exists = true;
    out->microcosm_id = mc__row_int(rows, 0, F_MICROCOSM);
    out->author = mc__row_int(rows, 0, F_AUTHOR);
    out->is_deleted = mc__row_bool(rows, 0, F_DELETED);
    out->is_moderated = mc__row_bool(rows, 0, F_MODERATED);
    out->is_open = mc__row_bool(rows, 0, F_OPEN);
    node = mc__map_find(&session->map, out->microcosm_id);
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
    mc__node *node = mc__map_find(&session->map, microcosm_id);
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
        mc__node *to = mc__map_find(&session->map, microcosm_id);

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
    mc__add_int(&batch, session->viewer.profile_id);
    mc__add_text(&batch, edit_reason);
    mc__add_text(&batch, mc__audit_address(session));
    rc = mc__run(session, &batch, MC_WRITE);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

static int set_flags(mc_session *session, mc_item_type item_type, int64_t item_id,
                     const mc__flag_changes *flags, const char *action, const char *audit)
{
    mc_batch(batch);

    mc__batch_add(&batch, MC_Q_ITEMS_SET_FLAGS);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, item_id);
    mc__add_int(&batch, item_type);
    mc__add_choice(&batch, flags->sticky);
    mc__add_choice(&batch, flags->open);
    mc__add_choice(&batch, flags->deleted);
    mc__add_choice(&batch, flags->moderated);
    mc__add_int(&batch, session->viewer.profile_id);
    mc__add_text(&batch, flags->note);
    mc__add_text(&batch, action);
    mc__add_text(&batch, audit);
    mc__add_text(&batch, mc__audit_address(session));
    return mc__run(session, &batch, MC_WRITE);
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
        return refuse_unknown(session, item_type, item_id);
    rc = mc__patch_judge(&flags, session, ops, count, &item.permissions, false);
    if (rc < 0)
        return rc;
    /* Moderators may bring hidden things back. */
    if (item.is_hidden && !item.permissions.is_moderator)
        return mc__refuse(session, MC_ENOTFOUND);
    return set_flags(session, item_type, item_id, &flags, "update", "U");
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
    return set_flags(session, item_type, item_id, &flags, "delete", "D");
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
    mc__add_ints(batch, session->viewer.ignored_profiles.items,
                 session->viewer.ignored_profiles.count);
}

/* Two trips: the mark decides what to look for. */
static int find_new(mc_session *session, mc__batch *batch, mc_item_type item_type, int64_t item_id,
                    int64_t microcosm_id)
{
    mc_time read = {MC_TIME_NONE};

    if (session->viewer.profile_id) {
        mc_batch(marks);
        int rc;

        mc__batch_add(&marks, MC_Q_MARKS_READ_AT);
        mc__add_int(&marks, session->site.id);
        mc__add_int(&marks, session->viewer.profile_id);
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
