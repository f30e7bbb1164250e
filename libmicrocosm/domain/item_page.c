/*
 * One conversation, event or poll with a page of its comments: what forums are read by, most of
 * all.
 *
 * What is the same for everybody is kept (the item, each page of comments with its JSON ready), and
 * what differs by who looks is put into it: permissions, whether it is watched, what is unread. A
 * page that leaves out ignored people is nobody else's, so it is read each time.
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

/* A page of comments, none of which is unread. */
typedef struct kept_page {
    mc__entry entry;
    mc_list comments; /* mc_comment */
    mc_time newest;   /* of them; MC_TIME_NONE: there are none */
    const char *json; /* of all, with commas between them */
    size_t length;
    size_t *unread; /* of each comment: where in the JSON "false" says that it is read */
} kept_page;

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
    mc_item_type item_type;
    int64_t item_id;
    mc_page_options page;
    uint64_t moment;
    bool ignores; /* the actor ignores people: their comments are left out */
    kept_item *item;
    kept_page *comments;
    kept_own *own; /* NULL for guests */
    int64_t total;
    mc_time last_read;
    mc_permissions permissions;
} reading;

static void reading_release(reading *r)
{
    mc__entry_release(r->item);
    mc__entry_release(r->comments);
    mc__entry_release(r->own);
}

static mc__cache_key item_key(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__cache_key){MC_KEPT_ITEM, session->site.id, {item_id, item_type}};
}

static mc__cache_key page_key(const reading *r)
{
    return (mc__cache_key){
        MC_KEPT_PAGE, r->session->site.id, {r->item_id, r->page.offset, r->page.limit}};
}

static mc__cache_key own_key(const reading *r)
{
    return (mc__cache_key){
        MC_KEPT_OWN, r->session->site.id, {r->session->viewer.profile_id, r->item_id}};
}

static void find_kept(reading *r)
{
    mc__cache *cache = r->session->app->cache;
    mc__cache_key item = item_key(r->session, r->item_type, r->item_id), page = page_key(r),
                  own = own_key(r);

    if (!mc__may_share(r->session))
        return;
    r->item = mc__cache_find(cache, &item);
    if (!r->ignores)
        r->comments = mc__cache_find(cache, &page);
    if (r->session->viewer.profile_id)
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
    const mc__node *node = mc__map_find(&r->session->map, *p.microcosm_id);
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

/* In JSON every quote inside of a text has a backslash before it, so this is the key and no text.
 */
static const char unread_key[] = "\"unread\":false";
#define FALSE_AT (sizeof("\"unread\":") - 1)

static bool find_unread(kept_page *page, size_t i, const char *json, size_t start, size_t end)
{
    const char *key = memmem(json + start, end - start, unread_key, sizeof(unread_key) - 1);

    if (key)
        page->unread[i] = (size_t)(key - json) + FALSE_AT;
    return key != NULL;
}

static bool add_json(kept_page *page)
{
    size_t *ends = NULL;
    mc_scratch_text(json);

    page->unread =
        mc__arena_alloc(&page->entry.arena, (page->comments.count + 1) * sizeof(*page->unread));
    ends = page->unread; /* for now, where each comment ends */
    for (size_t i = 0; ends && i < page->comments.count; i++) {
        if (i)
            mc__text_putc(&json, ',');
        mc__json_record(&json, page->comments.items[i], MC_VIEW_SUMMARY);
        ends[i] = json.length;
    }
    if (json.error || !ends)
        return false;
    page->json = mc__arena_copy(&page->entry.arena, mc__text_string(&json), json.length);
    page->length = json.length;
    if (page->entry.arena.failed) /* then it is "", and shorter than that */
        return false;
    for (size_t i = 0, start = 0; i < page->comments.count; i++) {
        size_t end = ends[i];

        if (!find_unread(page, i, page->json, start, end))
            return false;
        start = end;
    }
    return true;
}

static void comment_tells_of(const reading *r, kept_page *page, const mc_comment *comment,
                             const PGresult *rows, int row)
{
    int reply = PQfnumber(rows, "reply_author_id");

    mc__tells_of_profile(r->session, page, comment->meta->created_by);
    mc__tells_of_profile(r->session, page, comment->meta->edited_by);
    if (!mc__row_is_null(rows, row, reply))
        mc__entry_tells_of(
            page, (mc__subject){MC_OF_PROFILE, r->session->site.id, mc__row_int(rows, row, reply)});
}

static bool add_comments(const reading *r, kept_page *page, const PGresult *rows)
{
    const char *title = *mc__item_parts_of(r->item->record).title;
    mc__arena *arena = &page->entry.arena;
    int count = PQntuples(rows);
    mc__columns columns;
    const void **items;

    if (mc__columns_make(&columns, &r->session->scratch, &mc__comment_type, rows) < 0)
        return false;
    items = mc__list_make(arena, &page->comments, (size_t)count);
    page->newest.us = MC_TIME_NONE;
    for (int row = 0; items && row < count; row++) {
        mc_comment *comment = mc__comment_record(arena, &columns, rows, row, title);

        if (!comment)
            return false;
        if (comment->meta->created.us > page->newest.us)
            page->newest = comment->meta->created;
        comment_tells_of(r, page, comment, rows, row);
        items[row] = comment;
    }
    return items && !arena->failed;
}

/* A full page stays as it is when a comment comes after it. */
static void keep_page(const reading *r, kept_page *page)
{
    mc__cache_key key = page_key(r);
    int64_t site_id = r->session->site.id;

    if (!may_keep(r) || r->ignores || (r->page.offset > 0 && page->comments.count == 0))
        return;
    mc__entry_tells_of(page, (mc__subject){MC_OF_TEXTS, site_id, r->item_id});
    if ((int64_t)page->comments.count < r->page.limit)
        mc__entry_tells_of(page, (mc__subject){MC_OF_ITEM, site_id, r->item_id});
    mc__cache_keep(r->session->app->cache, &key, page);
}

static int read_comments(reading *r, const PGresult *rows)
{
    mc_auto_entry kept_page *page = mc__entry_new(sizeof(*page), r->moment);

    if (!page || !add_comments(r, page, rows) || !add_json(page))
        return mc__out_of_memory(r->session);
    keep_page(r, page);
    r->comments = MC_TAKE(page);
    return 0;
}

/* ---- the actor's own ---------------------------------------------------------------------------
 */

/* Marks that another daemon writes are not told of, so it is not kept for long. */
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
    own->entry.until_ms = mc__monotonic_ms() + MC_SOON_MS;
    if (may_keep(r)) {
        mc__entry_tells_of(
            own, (mc__subject){MC_OF_OWN, r->session->site.id, r->session->viewer.profile_id});
        mc__cache_keep(r->session->app->cache, &key, own);
    }
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
    at->item = mc__batch_add(batch, MC_Q_ITEMS_GET);
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
    const mc_int64s *ignored = &r->session->viewer.ignored_profiles;

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
    mc__add_int(batch, r->session->viewer.profile_id);
}

/* Rights are asked as soon as it is known what they are about, and before anything else is made of
 * what the database answered. */
static int judge(reading *r)
{
    mc_session *session = r->session;
    const kept_item *item = r->item;
    int64_t microcosm_id = *mc__item_parts_of(item->record).microcosm_id;
    const mc__node *node = mc__map_find(&session->map, microcosm_id);
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

static int read_answers(reading *r, const mc__batch *batch, const item_batch *at)
{
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
    if (rc == 0 && !r->comments)
        rc = read_comments(r, mc__batch_rows(batch, at->comments));
    if (rc == 0 && !r->own && r->session->viewer.profile_id)
        rc = read_own(r, mc__batch_rows(batch, at->own));
    return rc;
}

static int load(reading *r)
{
    item_batch at = {0};
    mc_batch(batch);
    int rc = 0;

    r->ignores = r->session->viewer.ignored_profiles.count > 0;
    r->moment = mc__cache_moment(r->session->app->cache);
    find_kept(r);
    if (!r->item)
        add_item(r, &batch, &at);
    if (!r->comments)
        add_page(r, &batch, &at);
    if (!r->own && r->session->viewer.profile_id)
        add_own(r, &batch, &at);
    if (batch.count)
        rc = mc__run(r->session, &batch, MC_READ);
    return rc < 0 ? rc : read_answers(r, &batch, &at);
}

/* Reading marks the item read: up to now on the last page, else up to the newest comment shown. */
static void note_reading(reading *r)
{
    bool is_last = r->page.offset + r->page.limit >= r->total;

    mc__count_view(r->session, r->item_id);
    mc__mark_read(r->session, r->item_type, r->item_id, is_last ? mc__now() : r->comments->newest);
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
    note_reading(r);
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
    if (mc__contains(&r->session->viewer.ignored_items, r->item_id))
        flags->ignored = MC_YES;
}

/* Turns a record that is what the kept one is into what this actor sees; all but the comments. */
static int make_own(const reading *r, void *record, mc__arena *arena)
{
    mc__item_parts p = mc__item_parts_of(record);
    const mc__node *node = mc__map_find(&r->session->map, *p.microcosm_id);
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

static bool is_unread(const reading *r, size_t i)
{
    const mc_comment *comment = r->comments->comments.items[i];

    return comment->meta->created.us > r->last_read.us;
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
        items[i] = is_unread(r, i) ? unread_copy(arena, kept->items[i]) : kept->items[i];
        if (!items[i])
            return MC_ENOMEM;
    }
    return items ? 0 : MC_ENOMEM;
}

int mc__item_get(void **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc_page_options *options)
{
    reading r __attribute__((cleanup(reading_release))) = {
        .session = session, .item_type = item_type, .item_id = item_id};
    mc_auto(mc_record_free) void *record = NULL;
    const mc_type *type = mc__item_record_type(item_type);
    mc__arena *arena;
    mc_page *page;
    int rc = read_it(&r, options);

    if (rc < 0)
        return rc;
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
    /* it points into what is kept */
    mc__record_hold(record, MC_TAKE(r.item), mc__entry_release);
    mc__record_hold(record, MC_TAKE(r.comments), mc__entry_release);
    *out = MC_TAKE(record);
    return 0;
}

/* ---- as JSON -----------------------------------------------------------------------------------
 */

/* Whatever is unread is told apart by one word. */
static void write_comments(mc__text *out, const void *data)
{
    const reading *r = data;
    const kept_page *page = r->comments;
    size_t written = 0;

    mc__text_putc(out, '[');
    for (size_t i = 0; i < page->comments.count; i++) {
        if (!is_unread(r, i))
            continue;
        mc__text_append(out, page->json + written, page->unread[i] - written);
        mc__text_append(out, "true", 4);
        written = page->unread[i] + 5;
    }
    mc__text_append(out, page->json + written, page->length - written);
    mc__text_putc(out, ']');
}

int mc__item_json(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc_page_options *options)
{
    reading r __attribute__((cleanup(reading_release))) = {
        .session = session, .item_type = item_type, .item_id = item_id};
    const mc_type *type = mc__item_record_type(item_type);
    mc__arena *arena;
    mc_page *page;
    void *record;
    int rc = read_it(&r, options);

    if (rc < 0)
        return rc;
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
    return mc__write_json(out, session, record);
}
