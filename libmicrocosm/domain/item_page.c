/*
 * One conversation, event or poll with a page of its comments: what forums are read by, most of
 * all.
 *
 * What is the same for everybody is kept (the item, each page of comments), and what differs by who
 * looks is put into it: permissions, whether it is watched, what is unread. A page of comments is
 * kept in the form that it was asked for in, as records or as JSON. JSON is written straight from
 * the rows into the reply, and copied from there once if it may be kept. A page that leaves out
 * ignored people is nobody else's, so it is read each time.
 */
#include "items.h"

/* ---- what is kept ------------------------------------------------------------------------------
 */

/* The item, for whoever may read it. */
typedef struct kept_item {
    mc__entry entry;
    void *record;             /* mc_conversation, mc_event or mc_poll, without comments */
    mc_list links, own_links; /* with the microcosm's and without */
    int64_t author;
    bool is_deleted, is_moderated;
} kept_item;

/* A page of comments, none of which is unread. newest: of them; MC_TIME_NONE: there are none. */
typedef struct kept_page {
    mc__entry entry;
    mc_list comments; /* mc_comment */
    mc_time newest;
} kept_page;

typedef struct json_comment {
    mc_time created;
    size_t unread; /* where in the JSON "false" says that it is read */
} json_comment;

/* The same as JSON, with commas between them. */
typedef struct kept_json {
    mc__entry entry;
    const char *json;
    size_t length, count;
    json_comment *comments;
    mc_time newest;
} kept_json;

/* What a member has of their own at an item. */
typedef struct kept_own {
    mc__entry entry;
    mc_choice watched, send_email, send_sms, attending;
    mc_time read_at;
} kept_own;

/* ---- reading one -------------------------------------------------------------------------------
 */

typedef struct reading {
    mc_session *session;
    mc__batch *batch; /* what is asked of the database */
    bool as_json;
    mc_item_type item_type;
    int64_t item_id;
    mc_page_options page;
    uint64_t moment;
    bool ignores; /* the actor ignores people: their comments are left out */
    kept_item *item;
    kept_page *comments; /* unless as_json */
    kept_json *json;     /* if it was kept; else rows are what it is to be made of */
    const PGresult *rows;
    kept_own *own; /* NULL for guests */
    int64_t total;
    mc_time last_read;
    mc_time newest; /* of the comments that were written as JSON */
    mc_permissions permissions;
} reading;

static void reading_release(reading *r)
{
    mc__entry_release(r->item);
    mc__entry_release(r->comments);
    mc__entry_release(r->json);
    mc__entry_release(r->own);
}

static mc__cache_key item_key(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__cache_key){MC_KEPT_ITEM, session->site.id, {item_id, item_type}};
}

static mc__cache_key page_key(const reading *r)
{
    return (mc__cache_key){r->as_json ? MC_KEPT_PAGE_JSON : MC_KEPT_PAGE,
                           r->session->site.id,
                           {r->item_id, r->page.offset, r->page.limit}};
}

static mc__cache_key own_key(const reading *r)
{
    return (mc__cache_key){
        MC_KEPT_OWN, r->session->site.id, {r->session->viewer->profile_id, r->item_id}};
}

static void find_kept(reading *r)
{
    mc__cache *cache = r->session->app->cache;
    mc__cache_key item = item_key(r->session, r->item_type, r->item_id), page = page_key(r),
                  own = own_key(r);

    if (!mc__may_share(r->session))
        return;
    r->item = mc__cache_find(cache, &item);
    if (!r->ignores && r->as_json)
        r->json = mc__cache_find(cache, &page);
    else if (!r->ignores)
        r->comments = mc__cache_find(cache, &page);
    if (r->session->viewer->profile_id)
        r->own = mc__cache_find(cache, &own);
}

static bool may_keep(const reading *r)
{
    return mc__may_share(r->session) && mc__cache_is_trusted(r->session->app->cache);
}

/* ---- the item ----------------------------------------------------------------------------------
 */

static int add_choices(kept_item *item, const PGresult *rows)
{
    mc__arena *arena = &item->entry.arena;
    mc_poll *poll = item->record;
    int count = PQntuples(rows);
    mc_scratch_arena(scratch);
    mc__columns columns;
    const void **items;

    if (mc__columns_make(&columns, &scratch, &mc__poll_choice_type, rows) < 0)
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

static void add_place(const reading *r, kept_item *item)
{
    mc__item_parts p = mc__item_parts_of(item->record);
    const mc__node *node = mc__map_find(r->session->map, *p.microcosm_id);
    mc__arena *arena = &item->entry.arena;

    mc__breadcrumb(NULL, arena, p.breadcrumb, node, true);
    item->links = mc__item_links(arena, r->item_type, *p.id, node);
    item->own_links = mc__item_links(arena, r->item_type, *p.id, NULL);
}

static void item_tells_of(const reading *r, kept_item *item)
{
    mc__item_parts p = mc__item_parts_of(item->record);
    int64_t site_id = r->session->site.id;

    mc__entry_tells_of(item, (mc__subject){MC_OF_ITEM, site_id, r->item_id});
    mc__entry_tells_of(item, (mc__subject){MC_OF_SITE, site_id, 0}); /* titles of microcosms */
    mc__tells_of_profile(r->session, item, (*p.meta)->created_by);
    mc__tells_of_profile(r->session, item, (*p.meta)->edited_by);
    if (p.last_comment && *p.last_comment)
        mc__tells_of_profile(r->session, item, (*p.last_comment)->created_by);
}

static int read_item(reading *r, const PGresult *rows, const PGresult *choices)
{
    mc_auto_entry kept_item *item = mc__entry_new(sizeof(*item), r->moment);
    mc__cache_key key = item_key(r->session, r->item_type, r->item_id);
    mc__item_reader reader;
    int rc = mc__item_reader_make(&reader, r->session, rows);

    if (rc < 0)
        return rc;
    if (item)
        item->record = mc__record_make(&item->entry.arena, mc__item_record_type(r->item_type));
    if (!item || !item->record ||
        mc__item_decode(item->record, &item->entry.arena, &reader, 0) < 0 ||
        (choices && add_choices(item, choices) < 0))
        return mc__out_of_memory(r->session);
    item->author = mc__row_int(rows, 0, PQfnumber(rows, "created_by"));
    item->is_deleted = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.deleted"));
    item->is_moderated = mc__row_bool(rows, 0, PQfnumber(rows, "meta.flags.moderated"));
    add_place(r, item);
    item_tells_of(r, item);
    if (item->entry.arena.failed)
        return mc__out_of_memory(r->session);
    if (may_keep(r))
        mc__cache_keep(r->session->app->cache, &key, item);
    r->item = MC_TAKE(item);
    return 0;
}

/* ---- the comments ------------------------------------------------------------------------------
 */

static bool may_keep_page(const reading *r)
{
    return may_keep(r) && !r->ignores;
}

static void comment_tells_of(const reading *r, void *entry, const mc_comment *comment,
                             const mc__comment_reader *reader, int row)
{
    mc__tells_of_profile(r->session, entry, comment->meta->created_by);
    mc__tells_of_profile(r->session, entry, comment->meta->edited_by);
    if (!mc__row_is_null(reader->rows, row, reader->reply_author))
        mc__entry_tells_of(entry,
                           (mc__subject){MC_OF_PROFILE, r->session->site.id,
                                         mc__row_int(reader->rows, row, reader->reply_author)});
}

/* A full page stays as it is when a comment comes after it. */
static void keep_page(const reading *r, void *page, size_t count)
{
    mc__cache_key key = page_key(r);
    int64_t site_id = r->session->site.id;

    if (r->page.offset > 0 && count == 0)
        return;
    mc__entry_tells_of(page, (mc__subject){MC_OF_TEXTS, site_id, r->item_id});
    if ((int64_t)count < r->page.limit)
        mc__entry_tells_of(page, (mc__subject){MC_OF_ITEM, site_id, r->item_id});
    mc__cache_keep(r->session->app->cache, &key, page);
}

static int make_comment_reader(const reading *r, mc__comment_reader *reader, mc__arena *home,
                               const PGresult *rows)
{
    const char *title = *mc__item_parts_of(r->item->record).title;

    return mc__comment_reader_make(reader, r->session, home, rows, title);
}

static bool add_comments(const reading *r, kept_page *page, const PGresult *rows)
{
    mc__arena *arena = &page->entry.arena;
    int count = PQntuples(rows);
    mc__comment_reader reader;
    const void **items;

    if (make_comment_reader(r, &reader, arena, rows) < 0)
        return false;
    items = mc__list_make(arena, &page->comments, (size_t)count);
    page->newest.us = MC_TIME_NONE;
    for (int row = 0; items && row < count; row++) {
        mc_comment *comment = mc__comment_record(arena, &reader, row);

        if (!comment)
            return false;
        if (comment->meta->created.us > page->newest.us)
            page->newest = comment->meta->created;
        comment_tells_of(r, page, comment, &reader, row);
        items[row] = comment;
    }
    return items && !arena->failed;
}

static int read_comments(reading *r, const PGresult *rows)
{
    mc_auto_entry kept_page *page = mc__entry_new(sizeof(*page), r->moment);

    if (!page || !add_comments(r, page, rows))
        return mc__out_of_memory(r->session);
    if (may_keep_page(r))
        keep_page(r, page, page->comments.count);
    r->comments = MC_TAKE(page);
    return 0;
}

/* ---- the actor's own ---------------------------------------------------------------------------
 */

static int read_own(reading *r, const PGresult *rows)
{
    mc_auto_entry kept_own *own = mc__entry_new(sizeof(*own), r->moment);
    mc__cache_key key = own_key(r);

    if (!own)
        return mc__out_of_memory(r->session);
    own->read_at.us = MC_TIME_NONE;
    if (PQntuples(rows)) {
        int email = PQfnumber(rows, "watch_email"), sms = PQfnumber(rows, "watch_sms");

        if (!mc__row_is_null(rows, 0, email)) {
            own->watched = MC_YES;
            own->send_email = mc__row_bool(rows, 0, email) ? MC_YES : MC_NO;
            own->send_sms = mc__row_bool(rows, 0, sms) ? MC_YES : MC_NO;
        }
        if (r->item_type == MC_ITEM_EVENT)
            own->attending = mc__row_bool(rows, 0, PQfnumber(rows, "attending")) ? MC_YES : MC_NO;
        own->read_at = mc__row_time(rows, 0, PQfnumber(rows, "read_at"));
    }
    if (may_keep(r))
        mc__keep_own(r->session, &key, own);
    r->own = MC_TAKE(own);
    return 0;
}

/* ---- asking for what is missing ----------------------------------------------------------------
 */

typedef struct item_batch {
    size_t item, choices, comments, ignored, own;
} item_batch;

static void add_item(reading *r, mc__batch *batch, item_batch *at)
{
    at->item =
        mc__batch_add(batch, r->item_type == MC_ITEM_CONVERSATION ? MC_Q_ITEMS_GET
                                                                  : MC_Q_ITEMS_GET_EVENT_OR_POLL);
    mc__add_int(batch, r->session->site.id);
    mc__add_int(batch, r->item_id);
    mc__add_int(batch, r->item_type);
    if (r->item_type != MC_ITEM_POLL)
        return;
    at->choices = mc__batch_add(batch, MC_Q_ITEMS_CHOICES);
    mc__add_int(batch, r->session->site.id);
    mc__add_int(batch, r->item_id);
}

static void add_page(reading *r, mc__batch *batch, item_batch *at)
{
    const mc_int64s *ignored = &r->session->viewer->ignored_profiles;

    at->comments = mc__batch_add(batch, MC_Q_COMMENTS_PAGE);
    mc__add_int(batch, r->session->site.id);
    mc__add_int(batch, r->item_id);
    mc__add_int(batch, r->page.offset);
    mc__add_int(batch, r->page.limit);
    mc__add_ints(batch, ignored->items, ignored->count);
    if (!r->ignores)
        return;
    at->ignored = mc__batch_add(batch, MC_Q_COMMENTS_COUNT_IGNORED);
    mc__add_int(batch, r->session->site.id);
    mc__add_int(batch, r->item_id);
    mc__add_ints(batch, ignored->items, ignored->count);
}

static void add_own(reading *r, mc__batch *batch, item_batch *at)
{
    at->own = mc__batch_add(batch, MC_Q_ITEMS_OWN);
    mc__add_int(batch, r->session->site.id);
    mc__add_int(batch, r->item_id);
    mc__add_int(batch, r->item_type);
    mc__add_int(batch, r->session->viewer->profile_id);
}

/* Rights are asked as soon as it is known what they are about, and before anything else is made of
 * what the database answered. */
static int judge(reading *r)
{
    mc_session *session = r->session;
    const kept_item *item = r->item;
    int64_t microcosm_id = *mc__item_parts_of(item->record).microcosm_id;
    const mc__node *node = mc__map_find(session->map, microcosm_id);
    bool is_hidden = item->is_deleted || item->is_moderated;

    mc__decide_item(&r->permissions, session, r->item_type, r->item_id, microcosm_id, item->author);
    if (!r->permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!node || node->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    if (is_hidden && (item->is_deleted || !r->permissions.is_moderator))
        return mc__refuse(session, MC_ENOTFOUND);
    return 0;
}

static int64_t count_comments(const reading *r)
{
    if (r->comments)
        return (int64_t)r->comments->comments.count;
    return r->json ? (int64_t)r->json->count : PQntuples(r->rows);
}

/* The comments may have been read after the item, and one have come in between. */
static void reconcile_total(reading *r)
{
    int64_t count = count_comments(r);

    if (count > 0 && r->total < r->page.offset + count)
        r->total = r->page.offset + count;
}

static int read_answers(reading *r, const item_batch *at)
{
    const mc__batch *batch = r->batch;
    int rc = 0;

    if (!r->item) {
        if (PQntuples(mc__batch_rows(batch, at->item)) == 0)
            return mc__item_refuse_unknown(r->session, r->item_type, r->item_id);
        rc = read_item(r, mc__batch_rows(batch, at->item),
                       r->item_type == MC_ITEM_POLL ? mc__batch_rows(batch, at->choices) : NULL);
    }
    if (rc == 0)
        rc = judge(r);
    if (rc < 0)
        return rc;
    r->total = *mc__item_parts_of(r->item->record).total_comments;
    if (r->ignores)
        r->total -= mc__row_int(mc__batch_rows(batch, at->ignored), 0, 0);
    rc = mc__page_fits(r->session, &r->page, r->total);
    if (rc == 0 && r->as_json && !r->json)
        r->rows = mc__batch_rows(batch, at->comments);
    else if (rc == 0 && !r->as_json && !r->comments)
        rc = read_comments(r, mc__batch_rows(batch, at->comments));
    if (rc == 0)
        reconcile_total(r);
    if (rc == 0 && !r->own && r->session->viewer->profile_id)
        rc = read_own(r, mc__batch_rows(batch, at->own));
    return rc;
}

static int load(reading *r)
{
    item_batch at = {0};
    int rc = 0;

    r->ignores = r->session->viewer->ignored_profiles.count > 0;
    r->moment = mc__cache_moment(r->session->app->cache);
    find_kept(r);
    if (!r->item)
        add_item(r, r->batch, &at);
    if (!r->comments && !r->json)
        add_page(r, r->batch, &at);
    if (!r->own && r->session->viewer->profile_id)
        add_own(r, r->batch, &at);
    if (r->batch->count)
        rc = mc__run(r->session, r->batch, MC_READ);
    return rc < 0 ? rc : read_answers(r, &at);
}

/* Reading marks the item read: up to now on the last page, else up to the newest comment shown. */
static void note_reading(const reading *r, mc_time newest)
{
    bool is_last = r->page.offset + r->page.limit >= r->total;

    mc__count_view(r->session, r->item_id);
    mc__mark_read(r->session, r->item_type, r->item_id, is_last ? mc__now() : newest);
}

static int read_it(reading *r, const mc_page_options *options)
{
    mc_session *session = r->session;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, r->item_id);
    if (rc == 0)
        rc = mc__page_check(&r->page, session, options);
    if (rc == 0)
        rc = load(r);
    if (rc < 0)
        return rc;
    r->last_read.us = INT64_MAX; /* guests have nothing unread */
    if (r->own)
        r->last_read =
            mc__last_read(session, r->item_type, r->item_id,
                          *mc__item_parts_of(r->item->record).microcosm_id, r->own->read_at);
    return 0;
}

bool mc__item_find_known(mc__item_known *out, mc_session *session, mc_item_type item_type,
                         int64_t item_id)
{
    mc__cache_key key = item_key(session, item_type, item_id);
    mc_auto_entry kept_item *item =
        mc__may_share(session) ? mc__cache_find(session->app->cache, &key) : NULL;
    mc__item_parts p;

    if (!item)
        return false;
    p = mc__item_parts_of(item->record);
    *out = (mc__item_known){.microcosm_id = *p.microcosm_id,
                            .author = item->author,
                            .is_deleted = item->is_deleted,
                            .is_moderated = item->is_moderated,
                            .is_open = (*p.meta)->flags->open == MC_YES};
    mc__item_conclude(out, session, item_type, item_id);
    return true;
}

/* ---- the item as the actor sees it -------------------------------------------------------------
 */

static void add_flags(const reading *r, mc_flags *flags)
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
static int make_own(const reading *r, void *record, mc__arena *arena)
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

static mc_page *make_page(const reading *r, mc__arena *arena)
{
    const char *path = mc__href(arena, mc__collection_of(r->item_type), r->item_id);

    return mc__page_make(arena, &r->page, r->total, path, "/api/v1/comments");
}

static bool is_unread(const reading *r, mc_time created)
{
    return created.us > r->last_read.us;
}

/* ---- as records --------------------------------------------------------------------------------
 */

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

static int list_comments(const reading *r, mc_page *page, mc__arena *arena)
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
    reading r __attribute__((cleanup(reading_release))) = {
        .session = session, .batch = &batch, .item_type = item_type, .item_id = item_id};
    mc_auto(mc_record_free) void *record = NULL;
    const mc_type *type = mc__item_record_type(item_type);
    mc__arena *arena;
    mc_page *page;
    int rc = read_it(&r, options);

    if (rc < 0)
        return rc;
    note_reading(&r, r.comments->newest);
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

/* ---- as JSON -----------------------------------------------------------------------------------
 */

/* Notes where the JSON of a comment, which ends the text, says that it is read. */
static bool note_unread(json_comment *noted, const mc_comment *comment, const mc__text *json,
                        size_t start)
{
    /* texts come before it, and are no shorter in JSON */
    size_t least = start + strlen(comment->markdown) + strlen(comment->html);

    noted->created = comment->meta->created;
    noted->unread = mc__json_find_false(json, least, "\"unread\":false");
    return noted->unread != 0;
}

/* Whatever is unread is told apart by one word. */
static void write_kept(mc__text *out, const reading *r)
{
    const kept_json *page = r->json;
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
static bool write_rows(mc__text *out, reading *r, kept_json *keep)
{
    int count = PQntuples(r->rows);
    size_t first = out->length;
    mc__comment_reader reader;
    mc_scratch_arena(arena);

    if (make_comment_reader(r, &reader, NULL, r->rows) < 0)
        return false;
    for (int row = 0; row < count; row++) {
        mc_comment *comment = mc__comment_record(&arena, &reader, row);
        size_t start;

        if (!comment)
            return false;
        if (comment->meta->created.us > r->newest.us)
            r->newest = comment->meta->created;
        if (!keep && is_unread(r, comment->meta->created))
            ((mc_flags *)comment->meta->flags)->unread = MC_YES;
        if (row)
            mc__text_putc(out, ',');
        start = out->length;
        mc__json_record(out, comment, MC_VIEW_SUMMARY);
        if (keep) {
            if (!note_unread(&keep->comments[row], comment, out, start))
                return false;
            keep->comments[row].unread -= first;
            comment_tells_of(r, keep, comment, &reader, row);
        }
        mc__arena_reset(&arena);
    }
    return true;
}

/* As it was written: at the end of the reply. */
static bool write_and_keep(mc__text *out, reading *r)
{
    mc_auto_entry kept_json *page = mc__entry_new(sizeof(*page), r->moment);
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
    keep_page(r, page, page->count);
    r->json = MC_TAKE(page);
    if (r->newest.us > r->last_read.us) { /* some are unread: once more, with that */
        out->length = first;
        write_kept(out, r);
    }
    return true;
}

static void write_comments(mc__text *out, const void *data)
{
    reading *r = (reading *)data;
    bool written = true;

    mc__text_putc(out, '[');
    if (r->json)
        write_kept(out, r);
    else
        written = may_keep_page(r) ? write_and_keep(out, r) : write_rows(out, r, NULL);
    mc__text_putc(out, ']');
    if (!written && !out->error)
        out->error = MC_ENOMEM;
}

int mc__item_json(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc_page_options *options)
{
    mc_batch(batch);
    reading r __attribute__((cleanup(reading_release))) = {.session = session,
                                                           .batch = &batch,
                                                           .as_json = true,
                                                           .item_type = item_type,
                                                           .item_id = item_id};
    const mc_type *type = mc__item_record_type(item_type);
    mc__arena *arena;
    mc_page *page;
    void *record;
    int rc = read_it(&r, options);

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
        note_reading(&r, r.newest);
    return rc;
}
