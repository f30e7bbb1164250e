/*
 * Reads a page of a microcosm: adds the statements, and makes the list from rows or from cached
 * summaries. microcosm_cache.c has the rules for caching.
 */
#include "microcosm_listing.h"

#include "../access/actor_facts.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/read_marks.h"
#include "../base/share.h"
#include "microcosm_cache.h"
#include "types.h"
#include "statements.h"

typedef struct page_batch {
    size_t page, items, stats, own;
} page_batch;

/* The bounds of runs of microcosms below, counted from 1 as PostgreSQL does. */
typedef struct runs {
    mc_int64s first, last;
} runs;

/* One run for the subtree of each of the first children; then, with_itself, one for the microcosm.
 */
static int make_runs(runs *out, const mc__subtree *tree, size_t children, bool with_itself)
{
    size_t count = children + with_itself;
    int64_t *bounds = mc__arena_alloc(&tree->session->scratch, (count + 1) * 2 * sizeof(*bounds));

    if (!bounds)
        return mc__out_of_memory(tree->session);
    for (size_t i = 0; i < count; i++) {
        mc__span below = i < children ? tree->children[i].below : (mc__span){0, 1};

        bounds[i] = (int64_t)below.first + 1;
        bounds[count + i] = (int64_t)below.past;
    }
    *out = (runs){{bounds, count}, {bounds + count, count}};
    return 0;
}

static int listed_children(mc_int64s *out, const mc__subtree *tree)
{
    int64_t *ids =
        mc__arena_alloc(&tree->session->scratch, (tree->listed_count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(tree->session);
    for (size_t i = 0; i < tree->listed_count; i++)
        ids[i] = mc__subtree_node(tree, tree->children[i].index)->id;
    *out = (mc_int64s){ids, tree->listed_count};
    return 0;
}

/* items: those on the page whose read marks are needed; unread items are searched in any case. */
static int add_own(size_t *number, mc__batch *batch, const mc__subtree *tree, mc_int64s items)
{
    const mc__actor *actor = tree->session->actor;
    mc_int64s buffered, buffered_at;
    runs below;
    int rc = make_runs(&below, tree, tree->child_count, true);

    if (rc == 0)
        rc = mc__pending_item_marks(&buffered, &buffered_at, tree->session);
    if (rc == 0)
        *number = mc__add_microcosms_own(
            batch, &(mc__microcosms_own_in){.site_id = tree->session->site.id,
                                            .actor_id = actor->profile_id,
                                            .microcosm_id = tree->node->id,
                                            .items = items,
                                            .microcosms = {tree->ids, tree->count},
                                            .first_below = below.first,
                                            .last_below = below.last,
                                            .all_read_at = actor->all_read_at,
                                            .ignored_items = actor->ignored_items,
                                            .buffered = buffered,
                                            .buffered_at = buffered_at});
    return rc;
}

static int add_listing(mc__batch *batch, page_batch *at, const mc__reading *r)
{
    const mc__subtree *tree = &r->tree;
    const mc_page_options *page = &r->page;
    const mc__actor *actor = tree->session->actor;
    int64_t site_id = tree->session->site.id, sticky = (int64_t)tree->sticky_count;
    mc_int64s children;
    runs below;
    int rc = listed_children(&children, tree);

    if (rc == 0)
        rc = make_runs(&below, tree, tree->listed_count, false);
    if (rc < 0)
        return rc;
    at->page = mc__add_microcosms_page(
        batch, &(mc__microcosms_page_in){.site_id = site_id,
                                         .microcosm_id = tree->node->id,
                                         .children = children,
                                         .sticky_count = sticky,
                                         .offset = page->offset,
                                         .limit = page->limit,
                                         .ignored_items = actor->ignored_items,
                                         .polls = r->polls});
    at->items = mc__add_microcosms_items(
        batch, &(mc__microcosms_items_in){.site_id = site_id,
                                          .microcosm_id = tree->node->id,
                                          .children = children,
                                          .sticky_count = sticky,
                                          .offset = page->offset,
                                          .limit = page->limit,
                                          .ignored_items = actor->ignored_items,
                                          .actor_id = actor->profile_id,
                                          .below = {tree->ids, tree->count},
                                          .first_below = below.first,
                                          .last_below = below.last,
                                          .polls = r->polls});
    if (tree->child_count == 0) /* only the children's summaries show totals */
        return 0;
    at->stats = mc__add_microcosms_stats(
        batch, &(mc__microcosms_stats_in){.site_id = tree->session->site.id,
                                          .microcosms = {tree->ids, tree->count}});
    return 0;
}

/* The rows are the items of the page, followed by the newest item of each child. Returns the number
 * of the former. */
static int find_newest(mc__subtree *tree, const PGresult *rows)
{
    int column = PQfnumber(rows, "child"), own = 0;

    for (int row = 0; row < PQntuples(rows); row++) {
        if (mc__row_is_null(rows, row, column))
            own++;
        else
            tree->children[mc__row_int(rows, row, column) - 1].newest = row;
    }
    return own;
}

static int set_entry(mc__listing *listing, size_t i, const mc_entry *entry)
{
    ((const void **)listing->entries.items)[i] = entry;
    return entry ? 0 : MC_ENOMEM;
}

static int add_microcosm(mc__listing *listing, size_t i, mc__subtree *tree,
                         const mc__microcosm_reader *reader, int row, const mc__item_reader *items)
{
    mc__list_slot *m = &listing->slots[i];
    int newest;

    m->item_type = MC_ITEM_MICROCOSM;
    m->child = (size_t)mc__row_int(reader->rows, row, reader->child) - 1;
    newest = tree->children[m->child].newest;
    if (newest >= 0 && mc__item_kind_find(mc__item_row_type(items, newest))->is_attended)
        m->event_id = mc__row_int(items->rows, newest, PQfnumber(items->rows, "id"));
    return set_entry(listing, i,
                     mc__microcosm_summary(tree, &listing->entry.arena, reader, row, items));
}

/* The list takes ownership of the summary. */
static int add_item(mc__listing *listing, size_t i, mc__summary *summary)
{
    mc__list_slot *m = &listing->slots[i];

    listing->summaries[i] = summary;
    if (!summary)
        return MC_ENOMEM;
    *m = (mc__list_slot){
        .item_type = summary->item_type,
        .item_id = summary->item_id,
        .microcosm_id = summary->microcosm_id,
        .last_activity = summary->last_activity,
        .event_id = mc__item_kind_find(summary->item_type)->is_attended ? summary->item_id : 0};
    return set_entry(listing, i, summary->shown);
}

static int add_room(mc__listing *listing, size_t count)
{
    mc__arena *arena = &listing->entry.arena;

    listing->slots = mc__arena_alloc(arena, (count + 1) * sizeof(*listing->slots));
    listing->summaries = mc__arena_alloc(arena, (count + 1) * sizeof(void *));
    mc__list_make(arena, &listing->entries, count);
    return arena->failed ? MC_ENOMEM : 0;
}

static void add_json_of_item(mc__text *json, const mc__summary *summary, mc__list_slot *m)
{
    size_t start = json->length;

    mc__text_append(json, summary->json, summary->length);
    m->unread_at = start + summary->unread_at;
    m->attending_at = summary->attending_at ? start + summary->attending_at : 0;
}

static void add_json_of_microcosm(mc__text *json, const mc_entry *entry, mc__list_slot *m)
{
    const mc_microcosm *microcosm = entry->item;
    mc_flags *flags = (mc_flags *)microcosm->meta->flags, *of_event = NULL, shown = *flags;
    mc__json_flags noted;

    flags->unread = MC__CHOICE_OPEN;
    if (m->event_id) {
        of_event = mc__item_flags((void *)microcosm->most_recent_update->item);
        of_event->attending = MC__CHOICE_OPEN;
    }
    mc__json_record_noting(json, entry, MC_VIEW_SUMMARY, &noted);
    *flags = shown;
    if (of_event)
        of_event->attending = MC_NO;
    m->unread_at = mc__json_flag_at(&noted, "unread");
    m->attending_at = mc__json_flag_at(&noted, "attending");
}

static int add_json(mc__listing *listing)
{
    mc_scratch_text(json);

    for (size_t i = 0; i < listing->entries.count; i++) {
        if (i)
            mc__text_putc(&json, ',');
        if (listing->summaries[i])
            add_json_of_item(&json, listing->summaries[i], &listing->slots[i]);
        else
            add_json_of_microcosm(&json, listing->entries.items[i], &listing->slots[i]);
    }
    if (json.error)
        return MC_ENOMEM;
    listing->json = mc__arena_copy(&listing->entry.arena, mc__text_string(&json), json.length);
    listing->length = json.length;
    return listing->entry.arena.failed ? MC_ENOMEM : 0;
}

static void release_parts(mc__entry *entry)
{
    mc__listing *listing = (mc__listing *)entry;

    mc__entry_release(listing->frame);
    for (size_t i = 0; listing->summaries && i < listing->entries.count; i++)
        mc__entry_release(listing->summaries[i]);
}

static void add_links(const mc__reading *r, mc__frame *frame)
{
    mc__arena *arena = &frame->entry.arena;
    mc_meta *meta = (mc_meta *)frame->record->meta;
    size_t capacity = 0;

    mc__link_add(arena, &meta->links, &capacity, "self", mc__microcosm_href(arena, r->node), NULL);
    mc__link_add(arena, &meta->links, &capacity, "site",
                 mc__href(arena, "sites", frame->record->site_id), NULL);
}

/* The first row of microcosms.page. */
static int read_frame(mc__reading *r, const mc__microcosm_reader *reader)
{
    mc_auto_entry mc__frame *frame = mc__entry_new(sizeof(*frame), r->moment);

    if (frame)
        frame->record = mc__record_make(&frame->entry.arena, &mc__microcosm_type);
    if (!frame || !frame->record ||
        mc__microcosm_fill(r->session, frame->record, &frame->entry.arena, reader, 0, r->node) < 0)
        return mc__out_of_memory(r->session);
    frame->own_items = mc__row_int(reader->rows, 0, reader->own_items);
    add_links(r, frame);
    if (frame->entry.arena.failed)
        return mc__out_of_memory(r->session);
    if (mc__listing_may_cache_parts(r))
        mc__listing_cache_frame(r, frame);
    mc__entry_release(r->frame); /* a cached one can't be used for a list with microcosms */
    r->frame = MC_TAKE(frame);
    return 0;
}

static mc__listing *new_listing(const mc__reading *r)
{
    mc__listing *listing = mc__entry_new(sizeof(*listing), r->moment);

    if (!listing)
        return NULL;
    listing->entry.release = release_parts;
    listing->offset = r->page.offset;
    mc__entry_hold(r->frame);
    listing->frame = r->frame;
    listing->total = (int64_t)r->tree.listed_count + r->frame->own_items;
    return listing;
}

/* Puts microcosms at the positions that the database returned, and items at the others. */
static int add_entries(mc__reading *r, mc__listing *listing, const mc__microcosm_reader *reader,
                       const mc__item_reader *items)
{
    int own = find_newest(&r->tree, items->rows), item = 0, row = 1, rows = PQntuples(reader->rows);
    bool cache_it = mc__listing_may_cache_parts(r);
    int rc = add_room(listing, (size_t)rows - (size_t)row + (size_t)own);

    for (size_t i = 0; rc == 0 && i < listing->entries.count; i++) {
        bool is_microcosm =
            row < rows && (item == own || mc__row_int(reader->rows, row, reader->position) <=
                                              listing->offset + (int64_t)i);

        if (is_microcosm)
            rc = add_microcosm(listing, i, &r->tree, reader, row++, items);
        else
            rc = add_item(listing, i,
                          mc__summary_make(r->session, r->moment, items, item++, cache_it));
    }
    return rc;
}

/* Rows of microcosms.page and microcosms.items. */
static int read_listing(mc__reading *r, const PGresult *page, const PGresult *item_rows)
{
    mc_auto_entry mc__listing *listing = NULL;
    mc_session *session = r->session;
    mc__microcosm_reader reader;
    mc__item_reader items;
    mc_shown_comments(shown);
    int rc = mc__microcosm_reader_make(&reader, session, page);

    if (rc == 0)
        rc = mc__item_reader_make(&items, session, item_rows);
    if (rc == 0)
        rc = mc__item_reader_leave_out(&items, &shown, session);
    if (rc == 0)
        rc = read_frame(r, &reader);
    if (rc < 0)
        return rc;
    listing = new_listing(r);
    if (!listing || add_entries(r, listing, &reader, &items) < 0 || add_json(listing) < 0)
        return mc__out_of_memory(session);
    mc__listing_cache(r, listing);
    r->listing = MC_TAKE(listing);
    return 0;
}

enum { KIND_WATCHER, KIND_ITEM, KIND_UNREAD };

static void read_mark(const mc__listing *listing, mc__own_listing *own, int64_t item_id,
                      mc_time read_at, bool attending)
{
    for (size_t i = 0; i < listing->entries.count; i++) {
        const mc__list_slot *m = &listing->slots[i];

        if (m->item_id == item_id)
            own->read_at[i] = read_at;
        if (m->event_id == item_id && item_id)
            own->attending[i] = attending;
    }
}

static void read_own_row(const mc__reading *r, mc__own_listing *own,
                         const mc__microcosms_own_row *row)
{
    if (row->kind == KIND_WATCHER) {
        own->watched = MC_YES;
        own->send_email = row->yes ? MC_YES : MC_NO;
        own->send_sms = row->sms ? MC_YES : MC_NO;
    } else if (row->kind == KIND_ITEM) {
        read_mark(r->listing, own, row->item_id, row->read_at, row->yes);
    } else {
        own->unread[own->unread_count++] =
            (mc__unread_item){.run = (size_t)row->n - 1,
                              .item_type = (mc_item_type)row->item_type,
                              .item_id = row->item_id,
                              .microcosm_id = row->microcosm_id,
                              .last_activity = row->last_activity,
                              .read_at = row->read_at};
    }
}

/* Reads the marks that are in the list's rows. */
static void read_marks_of_items(const mc__reading *r, mc__own_listing *own, const PGresult *items)
{
    int id = PQfnumber(items, "listed_id"), read_at = PQfnumber(items, "read_at"),
        attending = PQfnumber(items, "meta.flags.attending");

    for (int row = 0; row < PQntuples(items); row++)
        read_mark(r->listing, own, mc__row_int(items, row, id), mc__row_time(items, row, read_at),
                  mc__row_bool(items, row, attending));
}

/* items: rows of the list if it was read in the same trip, else NULL. */
static int read_own(mc__reading *r, const PGresult *rows, const PGresult *items)
{
    mc_auto_entry mc__own_listing *own = mc__entry_new(sizeof(*own), r->moment);
    size_t entries = r->listing->entries.count, most = (size_t)PQntuples(rows);
    mc__arena *arena;

    if (!own)
        return mc__out_of_memory(r->session);
    arena = &own->entry.arena;
    own->of_moment = r->listing->entry.moment;
    own->read_at = mc__arena_alloc(arena, (entries + 1) * sizeof(*own->read_at));
    own->attending = mc__arena_alloc(arena, entries + 1);
    own->unread = mc__arena_alloc(arena, (most + 1) * sizeof(*own->unread));
    if (arena->failed)
        return mc__out_of_memory(r->session);
    for (size_t i = 0; i < entries; i++)
        own->read_at[i].us = MC_TIME_NONE;
    if (items)
        read_marks_of_items(r, own, items);
    for (int number = 0; number < PQntuples(rows); number++) {
        mc__microcosms_own_row row = mc__read_microcosms_own(rows, number);

        read_own_row(r, own, &row);
    }
    mc__listing_cache_own(r, own);
    r->own = MC_TAKE(own);
    return 0;
}

/* Items and events that a list shows. */
static size_t items_of(const mc__listing *listing, mc__arena *arena, int64_t **ids)
{
    size_t count = 0, entries = listing ? listing->entries.count : 0;

    *ids = mc__arena_alloc(arena, (entries + 1) * sizeof(**ids));
    for (size_t i = 0; *ids && i < entries; i++) {
        const mc__list_slot *m = &listing->slots[i];

        if (m->item_id)
            (*ids)[count++] = m->item_id;
        else if (m->event_id)
            (*ids)[count++] = m->event_id;
    }
    return count;
}

/* Adds the statement for the actor's own data on a list's items; listing NULL: the list's rows have
 * the marks. */
static int ask_own(mc__reading *r, mc__batch *batch, page_batch *at, const mc__listing *listing)
{
    int64_t *ids;
    size_t count = items_of(listing, &r->session->scratch, &ids);

    if (!ids)
        return mc__out_of_memory(r->session);
    return add_own(&at->own, batch, &r->tree, (mc_int64s){ids, count});
}

static bool is_member(const mc__reading *r)
{
    return r->session->actor->profile_id != 0;
}

/* Reads everything in one trip; the list only if it isn't cached. */
static int load_all(mc__reading *r)
{
    const PGresult *items = NULL;
    page_batch at = {0};
    mc_batch(batch);
    int rc = r->listing ? 0 : add_listing(&batch, &at, r);

    if (rc == 0 && is_member(r))
        rc = ask_own(r, &batch, &at, r->listing);
    if (rc == 0)
        rc = mc__run(r->session, &batch);
    if (rc < 0)
        return rc;
    if (!r->listing) {
        if (PQntuples(mc__batch_rows(&batch, at.page)) == 0)
            return mc__refuse(r->session, MC_ENOTFOUND);
        items = mc__batch_rows(&batch, at.items);
        if (r->tree.child_count)
            mc__subtree_read_stats(&r->tree, mc__batch_rows(&batch, at.stats));
        rc = read_listing(r, mc__batch_rows(&batch, at.page), items);
    }
    return rc == 0 && is_member(r) ? read_own(r, mc__batch_rows(&batch, at.own), items) : rc;
}

/* Summaries from the cache, with a reference to each. */
typedef struct cached_summaries {
    mc__summary **items;
    size_t count;
} cached_summaries;

static void release_cached(cached_summaries *p)
{
    for (size_t i = 0; i < p->count; i++)
        mc__entry_release(p->items[i]);
}

static mc__summary *find_summary(const cached_summaries *p, int64_t item_id)
{
    for (size_t i = 0; i < p->count; i++)
        if (p->items[i]->item_id == item_id)
            return p->items[i];
    return NULL;
}

/* Finds the items of the outdated list that haven't changed since. */
static int find_cached(mc__reading *r, cached_summaries *out)
{
    const mc__listing *last = r->last;

    out->items =
        mc__arena_alloc(&r->session->scratch, (last->entries.count + 1) * sizeof(mc__summary *));
    if (!out->items)
        return mc__out_of_memory(r->session);
    for (size_t i = 0; i < last->entries.count; i++) {
        mc__summary *summary = mc__summary_find(r->session, last->slots[i].item_id);

        if (summary)
            out->items[out->count++] = summary;
    }
    return 0;
}

/* rows: of microcosms.items_refresh, in order; the row of a cached item has only its id.
 */
static int add_rows(mc__reading *r, mc__listing *listing, const cached_summaries *cached,
                    const PGresult *rows)
{
    int id = PQfnumber(rows, "listed_id"), read_now = PQfnumber(rows, "id");
    mc__item_reader items;
    int rc = mc__item_reader_make(&items, r->session, rows);

    if (rc == 0)
        rc = add_room(listing, (size_t)PQntuples(rows));
    for (int row = 0; rc == 0 && row < PQntuples(rows); row++) {
        mc__summary *summary = find_summary(cached, mc__row_int(rows, row, id));

        if (summary)
            mc__entry_hold(summary);
        else if (!mc__row_is_null(rows, row, read_now))
            summary = mc__summary_make(r->session, r->moment, &items, row, true);
        rc = add_item(listing, (size_t)row, summary);
    }
    return rc;
}

static int add_refresh(mc__reading *r, mc__batch *batch, page_batch *at,
                       const cached_summaries *cached)
{
    int64_t *ids = mc__arena_alloc(&r->session->scratch, (cached->count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(r->session);
    for (size_t i = 0; i < cached->count; i++)
        ids[i] = cached->items[i]->item_id;
    at->items = mc__add_microcosms_items_refresh(
        batch, &(mc__microcosms_items_refresh_in){.site_id = r->session->site.id,
                                                  .microcosm_id = r->node->id,
                                                  .offset = r->page.offset,
                                                  .limit = r->page.limit,
                                                  .cached = {ids, cached->count},
                                                  .actor_id = r->session->actor->profile_id,
                                                  .polls = r->polls});
    return is_member(r) ? ask_own(r, batch, at, NULL) : 0;
}

static int refresh(mc__reading *r)
{
    cached_summaries cached __attribute__((cleanup(release_cached))) = {0};
    mc_auto_entry mc__listing *listing = NULL;
    const PGresult *rows;
    page_batch at = {0};
    mc_batch(batch);
    int rc = find_cached(r, &cached);

    if (rc == 0)
        rc = add_refresh(r, &batch, &at, &cached);
    if (rc == 0)
        rc = mc__run(r->session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, at.items);
    listing = new_listing(r);
    if (!listing || add_rows(r, listing, &cached, rows) < 0 || add_json(listing) < 0)
        return mc__out_of_memory(r->session);
    mc__listing_cache(r, listing);
    r->listing = MC_TAKE(listing);
    return is_member(r) ? read_own(r, mc__batch_rows(&batch, at.own), rows) : 0;
}

int mc__listing_read(mc__reading *r)
{
    int rc = 0;

    r->moment = mc__cache_moment(r->session->app->cache);
    if (mc__listing_may_cache(r))
        mc__listing_find_cached(r);
    if (!r->listing || (!r->own && is_member(r))) {
        rc = mc__subtree_make(&r->tree, r->session, r->node);
        if (rc == 0)
            rc = !r->listing && r->frame && r->tree.listed_count == 0 ? refresh(r) : load_all(r);
    }
    return rc < 0 ? rc : mc__page_fits(r->session, &r->page, r->listing->total);
}
