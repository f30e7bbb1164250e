/*
 * A page of the comments on an item, huddle or profile.
 *
 * Apart from the unread flags, a page is the same for all actors. So pages of items are cached in
 * the requested form, as records or as JSON. JSON is written directly from the rows into the reply,
 * and copied from there if it may be cached. A page that leaves out ignored authors is specific to
 * its actor and isn't cached. Neither is one that has the newest comment first.
 */
#include "comment_page.h"

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/read_marks.h"
#include "../base/share.h"
#include "../base/types.h"
#include "cached_comments.h"
#include "comment_record.h"
#include "statements.h"

/* The kinds of parents that have comments. Corresponding statements have the same parameters for
 * all kinds, so the structs of the statements for items are used for all. */
typedef struct mc__comment_parent_kind {
    mc_item_type item_type;
    mc__query page, newest_page, count;
    bool has_counter;      /* of visible comments; then `count` is needed only by who ignores */
    int64_t texts, counts; /* subjects of a cached page; 0: pages are not cached */
} parent_kind;

static const parent_kind parent_kinds[] = {
    {MC_ITEM_NONE /* any item, as all are rows of one table */, MC_Q_COMMENTS_PAGE_ON_ITEM,
     MC_Q_COMMENTS_NEWEST_PAGE_ON_ITEM, MC_Q_COMMENTS_COUNT_ON_ITEM, true, MC_SUBJECT_TEXTS,
     MC_SUBJECT_ITEM},
    {MC_ITEM_PROFILE, MC_Q_COMMENTS_PAGE_ON_PROFILE, MC_Q_COMMENTS_NEWEST_PAGE_ON_PROFILE,
     MC_Q_COMMENTS_COUNT_ON_PROFILE, false, 0, 0},
    {MC_ITEM_HUDDLE, MC_Q_COMMENTS_PAGE_ON_HUDDLE, MC_Q_COMMENTS_NEWEST_PAGE_ON_HUDDLE,
     MC_Q_COMMENTS_COUNT_ON_HUDDLE, true, 0, 0},
};

static const parent_kind *kind_of(mc_item_type parent_type)
{
    size_t i = MC_COUNT(parent_kinds) - 1;

    while (i > 0 && parent_kinds[i].item_type != parent_type)
        i--;
    return &parent_kinds[i];
}

static bool is_newest_first(const mc__comment_page *page)
{
    return page->options.order == MC_ORDER_NEWEST;
}

static mc__cache_key key_of(const mc__comment_page *page)
{
    return (mc__cache_key){
        page->as_json ? MC_CACHED_PAGE_JSON : MC_CACHED_PAGE,
        page->session->site.id,
        {page->parent_id, page->options.offset, page->options.limit, page->parent_type}};
}

static void find(mc__comment_page *page)
{
    mc__cache_key key = key_of(page);
    mc__cache *cache = page->session->app->cache;

    if (is_newest_first(page) || !page->kind->texts || page->ignores ||
        !mc__may_share(page->session))
        return;
    if (page->as_json)
        page->json = mc__cache_find(cache, &key);
    else
        page->records = mc__cache_find(cache, &key);
}

int mc__comment_page_begin(mc__comment_page *page, mc_session *session, mc_item_type parent_type,
                           int64_t parent_id, const mc_page_options *options, bool as_json)
{
    int rc;

    *page = (mc__comment_page){.session = session,
                               .parent_type = parent_type,
                               .parent_id = parent_id,
                               .last_read = {INT64_MAX},
                               .kind = kind_of(parent_type),
                               .as_json = as_json,
                               .ignores = session->actor->ignored_profiles.count > 0,
                               .moment = mc__cache_moment(session->app->cache),
                               .newest = {MC_TIME_NONE},
                               .left_out = {MC_TIME_NONE},
                               .parent_created = {MC_TIME_NONE}};
    rc = mc__page_check_limit(&page->options, session, options);
    if (rc < 0)
        return rc;
    page->skip = page->options.offset % page->options.limit;
    find(page);
    return 0;
}

void mc__comment_page_release(mc__comment_page *page)
{
    mc__entry_release(page->records);
    mc__entry_release(page->json);
}

static bool needs_count(const mc__comment_page *page)
{
    return page->ignores || !page->kind->has_counter;
}

void mc__comment_page_ask(mc__comment_page *page, mc__batch *batch)
{
    int64_t site_id = page->session->site.id;
    const mc_int64s *ignored = &page->session->actor->ignored_profiles;

    /* The count comes first, so that it knows of no comment that the page doesn't. */
    if (needs_count(page))
        page->count_at = mc__batch_add(
            batch, page->kind->count,
            &(mc__comments_count_on_item_in){
                .site_id = site_id, .parent_id = page->parent_id, .ignored_profiles = *ignored});
    if (!page->records && !page->json)
        page->page_at = mc__batch_add(
            batch, is_newest_first(page) ? page->kind->newest_page : page->kind->page,
            &(mc__comments_page_on_item_in){.site_id = site_id,
                                            .parent_id = page->parent_id,
                                            .offset = page->options.offset - page->skip,
                                            .skip = page->skip,
                                            .limit = page->options.limit,
                                            .ignored_profiles = *ignored});
}

static bool may_cache(const mc__comment_page *page)
{
    return !is_newest_first(page) && page->kind->texts && !page->ignores &&
           mc__may_share(page->session) && mc__cache_is_trusted(page->session->app->cache);
}

/* The page contains the names and avatars of a comment's profiles. */
static void depends_on_people(const mc__comment_page *page, void *entry, const mc_comment *comment,
                              const mc__comment_reader *reader, int row)
{
    mc__depends_on_profile(page->session, entry, comment->meta->created_by);
    mc__depends_on_profile(page->session, entry, comment->meta->edited_by);
    if (!mc__row_is_null(reader->rows, row, reader->reply_author))
        mc__entry_depends_on(entry,
                             (mc__subject){MC_SUBJECT_PROFILE, page->session->site.id,
                                           mc__row_int(reader->rows, row, reader->reply_author)});
}

/* A new comment doesn't change a full page, so that depends on fewer subjects. */
static void cache_page(const mc__comment_page *page, void *entry)
{
    mc__cache_key key = key_of(page);
    int64_t site_id = page->session->site.id;

    if (page->options.offset > 0 && page->count == 0)
        return;
    mc__entry_depends_on(entry, (mc__subject){page->kind->texts, site_id, page->parent_id});
    if (page->may_grow)
        mc__entry_depends_on(entry, (mc__subject){page->kind->counts, site_id, page->parent_id});
    mc__cache_put(page->session->app->cache, &key, entry);
}

/* Bytes of a comment in JSON beside its texts. */
#define COMMENT_REST 1536

static int64_t text_bytes(const PGresult *rows, int row, int markdown, int html)
{
    return (int64_t)PQgetlength(rows, row, markdown) + PQgetlength(rows, row, html);
}

static int64_t json_bytes(const PGresult *rows, int row, int column)
{
    return (int64_t)mc__json_length(PQgetvalue(rows, row, column),
                                    (size_t)PQgetlength(rows, row, column));
}

int mc__comments_that_fit(const PGresult *rows)
{
    int count = PQntuples(rows), markdown = PQfnumber(rows, "markdown"),
        html = PQfnumber(rows, "html");
    int64_t most = 0, bytes = 0;

    /* Almost always it is clear without a look at the texts: an escape has six bytes at most. */
    for (int row = 0; row < count; row++)
        most += COMMENT_REST + 6 * text_bytes(rows, row, markdown, html);
    if (most <= MC__COMMENTS_BYTES)
        return count;
    for (int row = 0; row < count; row++) {
        bytes += COMMENT_REST + json_bytes(rows, row, markdown) + json_bytes(rows, row, html);
        if (row > 0 && bytes > MC__COMMENTS_BYTES)
            return row;
    }
    return count;
}

bool mc__comments_may_not_fit(int64_t count, int64_t bytes)
{
    return COMMENT_REST * count + 6 * bytes > MC__COMMENTS_BYTES;
}

/* Whether the page before may have ended at the offset: the first comment here didn't fit into it.
 * There is no link to other offsets that aren't multiples of the limit (position.c). */
static bool begins_in_between(const mc__comment_page *page)
{
    const PGresult *rows = page->rows;
    int64_t bytes;

    if (PQntuples(rows) == 0)
        return false;
    bytes = mc__row_int(rows, 0, PQfnumber(rows, "skipped")) +
            text_bytes(rows, 0, PQfnumber(rows, "markdown"), PQfnumber(rows, "html"));
    return mc__comments_may_not_fit(page->skip + 1, bytes);
}

bool mc__comments_go_on(const PGresult *rows, int count)
{
    int last = PQntuples(rows) - 1;

    if (count <= last)
        return true;
    return last >= 0 &&
           mc__row_int(rows, last, PQfnumber(rows, "before")) +
                   text_bytes(rows, last, PQfnumber(rows, "markdown"), PQfnumber(rows, "html")) >=
               MC__COMMENTS_BYTES;
}

/* Finds where the page ends. */
static int fit(mc__comment_page *page)
{
    bool is_full = PQntuples(page->rows) == page->options.limit - page->skip, is_early;

    if (page->skip > 0 && !begins_in_between(page))
        return mc__page_refuse_offset(page->session);
    page->count = mc__comments_that_fit(page->rows);
    is_early = mc__comments_go_on(page->rows, (int)page->count);
    page->shown = is_early || page->skip > 0 ? page->count : page->options.limit;
    page->may_grow = !is_full && !is_early;
    return 0;
}

static bool add_records(const mc__comment_page *page, mc__cached_comments *out)
{
    mc__arena *arena = &out->entry.arena;
    int count = (int)page->count;
    mc__comment_reader reader;
    const void **items;

    if (mc__comment_reader_make(&reader, page->session, arena, page->rows, page->parent_title) < 0)
        return false;
    items = mc__list_make(arena, &out->comments, (size_t)count);
    out->newest.us = MC_TIME_NONE;
    for (int row = 0; items && row < count; row++) {
        mc_comment *comment = mc__comment_record(arena, &reader, row);

        if (!comment)
            return false;
        if (comment->meta->created.us > out->newest.us)
            out->newest = comment->meta->created;
        depends_on_people(page, out, comment, &reader, row);
        items[row] = comment;
    }
    return items && !arena->failed;
}

static int read_records(mc__comment_page *page)
{
    mc_auto_entry mc__cached_comments *records = mc__entry_new(sizeof(*records), page->moment);

    if (!records || !add_records(page, records))
        return mc__out_of_memory(page->session);
    records->shown = page->shown;
    if (may_cache(page))
        cache_page(page, records);
    page->records = MC_TAKE(records);
    return 0;
}

static int64_t count_shown(const mc__comment_page *page)
{
    if (page->records)
        return (int64_t)page->records->comments.count;
    return page->json ? (int64_t)page->json->count : page->count;
}

/* Corrects the total if a comment was added between the count and the read. */
static void reconcile_total(mc__comment_page *page)
{
    int64_t count = count_shown(page);

    if (count > 0 && page->total < page->options.offset + count)
        page->total = page->options.offset + count;
}

/* Also finds out up to when the last page shows all that is not left out. */
static int64_t read_total(mc__comment_page *page, const mc__batch *batch, int64_t counted)
{
    mc__comments_count_on_item_row row;
    const PGresult *rows;

    if (!needs_count(page))
        return counted;
    rows = mc__batch_rows(batch, page->count_at);
    if (PQntuples(rows) == 0) /* the item was deleted meanwhile */
        return 0;
    row = mc__read_comments_count_on_item(rows, 0);
    if (is_newest_first(page) ? page->options.offset == 0
                              : page->options.offset + page->options.limit >= row.comments)
        page->left_out = row.newest;
    return row.comments;
}

int mc__comment_page_take(mc__comment_page *page, const mc__batch *batch, const char *parent_title,
                          int64_t counted)
{
    int rc;

    page->parent_title = parent_title;
    page->total = read_total(page, batch, counted);
    rc = mc__page_fits(page->session, &page->options, page->total);
    if (rc < 0)
        return rc;
    if (!page->records && !page->json) {
        page->rows = mc__batch_rows(batch, page->page_at);
        rc = fit(page);
        if (rc < 0)
            return rc;
    }
    if (!page->as_json && !page->records)
        rc = read_records(page);
    if (rc < 0)
        return rc;
    reconcile_total(page);
    if (page->records) {
        page->newest = page->records->newest;
        page->shown = page->records->shown;
    } else if (page->json) {
        page->newest = page->json->newest;
        page->shown = page->json->shown;
    }
    if (page->options.offset + page->shown < page->total) /* it ends early */
        page->left_out.us = MC_TIME_NONE;
    return 0;
}

static mc_page *make_page(const mc__comment_page *page, mc__arena *arena)
{
    const char *path = mc__href(arena, mc__collection_of(page->parent_type), page->parent_id);

    return mc__page_make_short(arena, &page->options, page->shown, page->total, path,
                               "/api/v1/comments");
}

static bool is_unread(const mc__comment_page *page, mc_time created)
{
    return created.us > page->last_read.us;
}

static const mc_comment *unread_copy(mc__arena *arena, const mc_comment *read)
{
    mc_comment *comment = mc__record_make(arena, &mc__comment_type);
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!comment || !meta || !flags)
        return NULL;
    *comment = *read;
    *meta = *read->meta;
    *flags = *read->meta->flags;
    comment->meta = meta;
    meta->flags = flags;
    flags->unread = MC_YES;
    return comment;
}

const mc_page *mc__comment_page_records(mc__comment_page *page, void *record)
{
    mc__arena *arena = mc__record_arena(record);
    const mc_list *comments = &page->records->comments;
    mc_page *out = make_page(page, arena);
    const void **items = out ? mc__list_make(arena, &out->items, comments->count) : NULL;

    for (size_t i = 0; items && i < comments->count; i++) {
        const mc_comment *comment = comments->items[i];

        items[i] = is_unread(page, comment->meta->created) ? unread_copy(arena, comment) : comment;
        if (!items[i])
            return NULL;
    }
    if (!items || arena->failed)
        return NULL;
    return mc__record_hold(record, MC_TAKE(page->records), mc__entry_release) ? out : NULL;
}

/* Copies the JSON and sets the flags of unread comments to true. */
static void write_cached(mc__text *out, const mc__comment_page *page)
{
    const mc__cached_comments_json *json = page->json;
    size_t written = 0;

    for (size_t i = 0; i < json->count; i++) {
        if (!is_unread(page, json->comments[i].created))
            continue;
        mc__text_append(out, json->json + written, json->comments[i].unread - written);
        mc__text_append(out, "true", 4);
        written = json->comments[i].unread + 5;
    }
    mc__text_append(out, json->json + written, json->length - written);
}

/* Makes and writes one record after another. entry: unless NULL, receives the positions of the
 * unread flags for the cache, and then all comments are written as read. */
static bool write_rows(mc__text *out, mc__comment_page *page, mc__cached_comments_json *entry)
{
    int count = (int)page->count;
    size_t first = out->length;
    mc__comment_reader reader;
    mc_scratch_arena(arena);
    mc__json_flags noted;

    if (mc__comment_reader_make(&reader, page->session, NULL, page->rows, page->parent_title) < 0)
        return false;
    for (int row = 0; row < count; row++) {
        mc_comment *comment = mc__comment_record(&arena, &reader, row);
        mc_flags *flags;

        if (!comment)
            return false;
        if (comment->meta->created.us > page->newest.us)
            page->newest = comment->meta->created;
        flags = (mc_flags *)comment->meta->flags;
        if (entry)
            flags->unread = MC__CHOICE_OPEN;
        else if (is_unread(page, comment->meta->created))
            flags->unread = MC_YES;
        if (row)
            mc__text_putc(out, ',');
        mc__json_record_noting(out, comment, MC_VIEW_SUMMARY, &noted);
        if (entry) {
            entry->comments[row].created = comment->meta->created;
            entry->comments[row].unread = mc__json_flag_at(&noted, "unread") - first;
            depends_on_people(page, entry, comment, &reader, row);
        }
        mc__arena_reset(&arena);
    }
    return true;
}

/* Writes the page, then copies it from the end of the reply into the cache. */
static bool write_and_cache(mc__text *out, mc__comment_page *page)
{
    mc_auto_entry mc__cached_comments_json *json = mc__entry_new(sizeof(*json), page->moment);
    size_t first = out->length;

    if (!json)
        return false;
    json->count = (size_t)page->count;
    json->shown = page->shown;
    json->comments =
        mc__arena_alloc(&json->entry.arena, (json->count + 1) * sizeof(*json->comments));
    if (!json->comments || !write_rows(out, page, json) || out->error)
        return false;
    json->length = out->length - first;
    json->json = mc__arena_copy(&json->entry.arena, mc__text_string(out) + first, json->length);
    json->newest = page->newest;
    if (json->entry.arena.failed)
        return false;
    cache_page(page, json);
    page->json = MC_TAKE(json);
    if (page->newest.us >
        page->last_read.us) { /* some are unread: write the page again with flags */
        out->length = first;
        write_cached(out, page);
    }
    return true;
}

static void write_comments(mc__text *out, const void *data)
{
    mc__comment_page *page = (mc__comment_page *)data;
    bool written = true;

    mc__text_putc(out, '[');
    if (page->json)
        write_cached(out, page);
    else
        written = may_cache(page) ? write_and_cache(out, page) : write_rows(out, page, NULL);
    mc__text_putc(out, ']');
    if (!written && !out->error)
        out->error = MC_ENOMEM;
}

const mc_page *mc__comment_page_json(mc__comment_page *page, mc__arena *arena)
{
    const mc_page *out = make_page(page, arena);

    return out ? mc__page_rendered(arena, out, (mc__raw){write_comments, page}) : NULL;
}

mc_time mc__comment_page_seen(const mc__comment_page *page)
{
    const mc_time shown[] = {page->newest, page->left_out, page->parent_created};
    mc_time newest = {MC_TIME_NONE};

    for (size_t i = 0; i < MC_COUNT(shown); i++)
        if (shown[i].us > newest.us) /* MC_TIME_NONE is the smallest */
            newest = shown[i];
    return newest;
}

void mc__comment_page_note(const mc__comment_page *page)
{
    mc__mark_read(page->session, page->parent_type, page->parent_id, mc__comment_page_seen(page));
}
