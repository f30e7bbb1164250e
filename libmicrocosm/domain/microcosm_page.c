/*
 * One microcosm with a page of what is in it: microcosms and items.
 *
 * The tree itself comes from the session's map; what changes with every post (counts, newest items,
 * unread ones) comes from the database in one trip, whatever the depth. What is the same for all
 * who may see the same microcosms is kept, with the JSON of the list ready; what differs by who
 * looks is put into it: permissions, what is watched, unread or attended.
 */
#include "microcosm_rows.h"

/* ---- what is kept ------------------------------------------------------------------------------
 */

/* What may differ by who looks, of one entry of the list. */
typedef struct mark {
    mc_item_type item_type;
    int64_t item_id, microcosm_id; /* of an item */
    mc_time last_activity;
    size_t child;     /* of a microcosm: which one below */
    int64_t event_id; /* that it shows, itself or as the most recent one below; or 0 */
    size_t unread_at, attending_at; /* where in the JSON "false" says so; 0: nowhere */
} mark;

/* The microcosm and its list, as everybody sees them who may see the same microcosms, has read
 * everything and goes nowhere. */
typedef struct kept_listing {
    mc__entry entry;
    const uint8_t *sight; /* what may be seen */
    size_t sight_size;
    int64_t offset, total;
    mc_microcosm *record; /* without its list */
    mc_list entries;      /* mc_entry */
    mark *marks;          /* of each entry */
    const char *json;     /* of the entries, with commas between them */
    size_t length;
} kept_listing;

/* Something below that is unread by the marks in the database. */
typedef struct unread_item {
    size_t run; /* number of the child; one more than the last: the microcosm itself */
    mc_item_type item_type;
    int64_t item_id, microcosm_id;
    mc_time last_activity, read_at;
} unread_item;

/* What a member has of their own there. */
typedef struct kept_own {
    mc__entry entry;
    uint64_t of_moment; /* of the listing that it goes with */
    mc_choice watched, send_email, send_sms;
    mc_time *read_at; /* of each entry */
    bool *attending;
    unread_item *unread;
    size_t unread_count;
} kept_own;

/* ---- asking the database -------------------------------------------------------------------- */

typedef struct page_batch {
    size_t page, items, stats, own;
} page_batch;

/* Where the subtrees of the first children begin and end, as PostgreSQL counts; then, if asked for,
 * the microcosm itself as one more. */
static int add_runs(mc__batch *batch, const mc__subtree *tree, size_t children, bool with_itself)
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
    mc__add_ints(batch, bounds, count);
    mc__add_ints(batch, bounds + count, count);
    return 0;
}

static int add_list(mc__batch *batch, const mc__subtree *tree, const mc_page_options *page)
{
    const mc__viewer *viewer = &tree->session->viewer;
    int64_t *ids =
        mc__arena_alloc(&tree->session->scratch, (tree->listed_count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(tree->session);
    for (size_t i = 0; i < tree->listed_count; i++)
        ids[i] = mc__subtree_node(tree, tree->children[i].index)->id;
    mc__add_int(batch, tree->session->site.id);
    mc__add_int(batch, tree->node->id);
    mc__add_ints(batch, ids, tree->listed_count);
    mc__add_int(batch, (int64_t)tree->sticky_count);
    mc__add_int(batch, page->offset);
    mc__add_int(batch, page->limit);
    mc__add_ints(batch, viewer->ignored_items.items, viewer->ignored_items.count);
    return 0;
}

/* items: those on the page that are not known yet to be read; unread ones are looked for anyway. */
static int add_own(mc__batch *batch, const mc__subtree *tree, const int64_t *items, size_t count)
{
    const mc__viewer *viewer = &tree->session->viewer;
    int rc;

    mc__add_int(batch, tree->session->site.id);
    mc__add_int(batch, viewer->profile_id);
    mc__add_int(batch, tree->node->id);
    mc__add_ints(batch, items, count);
    mc__add_ints(batch, tree->ids, tree->count);
    rc = add_runs(batch, tree, tree->child_count, true);
    mc__add_time(batch, viewer->all_read_at);
    mc__add_ints(batch, viewer->ignored_items.items, viewer->ignored_items.count);
    return rc;
}

static int add_listing(mc__batch *batch, page_batch *at, const mc__subtree *tree,
                       const mc_page_options *page)
{
    int rc;

    at->page = mc__batch_add(batch, MC_Q_MICROCOSMS_PAGE);
    rc = add_list(batch, tree, page);
    if (rc < 0)
        return rc;
    at->items = mc__batch_add(batch, MC_Q_MICROCOSMS_ITEMS);
    rc = add_list(batch, tree, page);
    mc__add_int(batch, tree->session->viewer.profile_id);
    mc__add_ints(batch, tree->ids, tree->count);
    if (rc == 0)
        rc = add_runs(batch, tree, tree->listed_count, false);
    if (tree->child_count == 0) /* only summaries of children show sums */
        return rc;
    at->stats = mc__batch_add(batch, MC_Q_MICROCOSMS_STATS);
    mc__add_int(batch, tree->session->site.id);
    mc__add_ints(batch, tree->ids, tree->count);
    return rc;
}

/* ---- what may differ ---------------------------------------------------------------------------
 */

static int64_t event_of(const mc__item_reader *items, int row)
{
    return mc__item_row_type(items, row) == MC_ITEM_EVENT
               ? mc__row_int(items->rows, row, PQfnumber(items->rows, "id"))
               : 0;
}

static void mark_item(mark *m, const mc__item_reader *items, int row)
{
    m->item_type = mc__item_row_type(items, row);
    m->item_id = mc__row_int(items->rows, row, PQfnumber(items->rows, "id"));
    m->microcosm_id = mc__row_int(items->rows, row, PQfnumber(items->rows, "microcosm_id"));
    m->last_activity = mc__row_time(items->rows, row, items->last_activity);
    m->event_id = event_of(items, row);
}

static void mark_microcosm(mark *m, const mc__subtree *tree, const mc__microcosm_reader *reader,
                           int row, const mc__item_reader *items)
{
    m->item_type = MC_ITEM_MICROCOSM;
    m->child = (size_t)mc__row_int(reader->rows, row, reader->child) - 1;
    if (tree->children[m->child].newest >= 0)
        m->event_id = event_of(items, tree->children[m->child].newest);
}

/* ---- the list ------------------------------------------------------------------------------- */

/* Items of the page come first, behind them the newest ones of children. Number of the former. */
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

/* Microcosms at the places that the database gave them, items at the others. */
static int add_entries(kept_listing *listing, mc__subtree *tree, const mc__microcosm_reader *reader,
                       const mc__item_reader *items)
{
    mc__arena *arena = &listing->entry.arena;
    int own = find_newest(tree, items->rows), item = 0, row = 1, rows = PQntuples(reader->rows);
    size_t count = (size_t)(rows - row + own);
    const void **entries = mc__list_make(arena, &listing->entries, count);

    listing->marks = mc__arena_alloc(arena, (count + 1) * sizeof(*listing->marks));
    for (size_t i = 0; entries && listing->marks && i < count; i++) {
        bool is_microcosm =
            row < rows && (item == own || mc__row_int(reader->rows, row, reader->place) <=
                                              listing->offset + (int64_t)i);

        if (is_microcosm) {
            entries[i] = mc__microcosm_summary(tree, arena, reader, row, items);
            mark_microcosm(&listing->marks[i], tree, reader, row++, items);
        } else {
            entries[i] = mc__entry_make(arena, mc__item_row_type(items, item),
                                        mc__listing_item(tree, arena, items, item, true));
            mark_item(&listing->marks[i], items, item++);
        }
        if (!entries[i])
            return MC_ENOMEM;
    }
    return entries && listing->marks ? 0 : MC_ENOMEM;
}

/* In JSON every quote inside of a text has a backslash before it, so these are keys and no text. */
static size_t find_false(const char *json, size_t start, size_t end, const char *key)
{
    const char *found = memmem(json + start, end - start, key, strlen(key));

    return found ? (size_t)(found - json) + strlen(key) - strlen("false") : 0;
}

static int add_json(kept_listing *listing)
{
    mc_scratch_text(json);

    for (size_t i = 0; i < listing->entries.count; i++) {
        mark *m = &listing->marks[i];
        size_t start;

        if (i)
            mc__text_putc(&json, ',');
        start = json.length;
        mc__json_record(&json, listing->entries.items[i], MC_VIEW_SUMMARY);
        if (json.error)
            return MC_ENOMEM;
        m->unread_at = find_false(json.data, start, json.length, "\"unread\":false");
        if (m->event_id)
            m->attending_at = find_false(json.data, start, json.length, "\"attending\":false");
    }
    listing->json = mc__arena_copy(&listing->entry.arena, mc__text_string(&json), json.length);
    listing->length = json.length;
    return 0;
}

/* ---- one microcosm: what of it is kept ---------------------------------------------------------
 */

typedef struct reading {
    mc_session *session;
    mc__node *node;
    mc_page_options page;
    uint64_t moment;
    mc__subtree tree;
    kept_listing *listing;
    kept_own *own; /* NULL for guests */
} reading;

static void reading_release(reading *r)
{
    mc__entry_release(r->listing);
    mc__entry_release(r->own);
}

/* A list without what somebody ignores is nobody else's. */
static bool may_keep(const reading *r)
{
    return mc__may_share(r->session) && r->session->actor->is_shared &&
           r->session->viewer.ignored_items.count == 0;
}

static mc__cache_key listing_key(const reading *r)
{
    return (mc__cache_key){
        MC_KEPT_LISTING,
        r->session->site.id,
        {r->node->id, r->page.offset, r->page.limit, r->session->actor->sight_number}};
}

static mc__cache_key own_key(const reading *r)
{
    return (mc__cache_key){
        MC_KEPT_OWN_LISTING,
        r->session->site.id,
        {r->session->viewer.profile_id, r->node->id, r->page.offset, r->page.limit}};
}

static void find_kept(reading *r)
{
    mc__cache *cache = r->session->app->cache;
    mc__cache_key key = listing_key(r), own = own_key(r);
    const mc__actor *actor = r->session->actor;

    r->listing = mc__cache_find(cache, &key);
    if (r->listing && (r->listing->sight_size != r->session->map.count ||
                       memcmp(r->listing->sight, actor->sight, r->listing->sight_size) != 0)) {
        mc__entry_release(r->listing);
        r->listing = NULL;
    }
    if (!r->listing || !r->session->viewer.profile_id)
        return;
    r->own = mc__cache_find(cache, &own);
    if (r->own && r->own->of_moment != r->listing->entry.moment) {
        mc__entry_release(r->own);
        r->own = NULL;
    }
}

/* ---- from rows to what is kept -----------------------------------------------------------------
 */

static void tells_of_item(const reading *r, kept_listing *listing, void *record)
{
    mc__item_parts p = mc__item_parts_of(record);

    mc__tells_of_profile(r->session, listing, (*p.meta)->created_by);
    if (p.last_comment && *p.last_comment)
        mc__tells_of_profile(r->session, listing, (*p.last_comment)->created_by);
}

static void tells_of_entry(const reading *r, kept_listing *listing, const mc_entry *entry)
{
    const mc_microcosm *microcosm = entry->item;

    if (mc_record_type(entry->item) != &mc__microcosm_type) {
        tells_of_item(r, listing, (void *)entry->item);
        return;
    }
    mc__tells_of_profile(r->session, listing, microcosm->meta->created_by);
    if (microcosm->most_recent_update)
        tells_of_item(r, listing, (void *)microcosm->most_recent_update->item);
}

/* Counts and the newest things come from everything below. With many microcosms below, any change
 * of content will do. Views are not told of, so the list is made anew now and then. */
static void listing_tells_of(const reading *r, kept_listing *listing)
{
    enum { MANY = 64, VIEWS_MS = 60000 };
    int64_t site_id = r->session->site.id;

    mc__entry_tells_of(listing, (mc__subject){MC_OF_SITE, site_id, 0});
    if (r->tree.count > MANY)
        mc__entry_tells_of(listing, (mc__subject){MC_OF_CONTENT, site_id, 0});
    for (size_t i = 0; i < r->tree.count && r->tree.count <= MANY; i++)
        mc__entry_tells_of(listing, (mc__subject){MC_OF_MICROCOSM, site_id, r->tree.ids[i]});
    mc__tells_of_profile(r->session, listing, listing->record->meta->created_by);
    mc__tells_of_profile(r->session, listing, listing->record->meta->edited_by);
    for (size_t i = 0; i < listing->entries.count; i++)
        tells_of_entry(r, listing, listing->entries.items[i]);
    listing->entry.until_ms = mc__monotonic_ms() + VIEWS_MS;
}

static void keep_listing(const reading *r, kept_listing *listing)
{
    const mc__actor *actor = r->session->actor;
    mc__cache_key key;

    if (!may_keep(r))
        return;
    key = listing_key(r);
    listing->sight_size = r->session->map.count;
    listing->sight = (const uint8_t *)mc__arena_copy(
        &listing->entry.arena, (const char *)actor->sight, listing->sight_size);
    listing_tells_of(r, listing);
    mc__cache_keep(r->session->app->cache, &key, listing);
}

static void add_links(const reading *r, kept_listing *listing)
{
    mc__arena *arena = &listing->entry.arena;
    mc_meta *meta = (mc_meta *)listing->record->meta;
    size_t capacity = 0;

    mc__link_add(arena, &meta->links, &capacity, "self", mc__microcosm_href(arena, r->node), NULL);
    mc__link_add(arena, &meta->links, &capacity, "site",
                 mc__href(arena, "sites", listing->record->site_id), NULL);
}

static int read_listing(reading *r, const PGresult *page, const PGresult *item_rows)
{
    mc_auto_entry kept_listing *listing = mc__entry_new(sizeof(*listing), r->moment);
    mc_session *session = r->session;
    mc__microcosm_reader reader;
    mc__item_reader items;
    mc__arena *arena;
    int rc = mc__microcosm_reader_make(&reader, session, page);

    if (rc == 0)
        rc = mc__item_reader_make(&items, session, item_rows);
    if (rc < 0)
        return rc;
    if (!listing)
        return mc__out_of_memory(session);
    arena = &listing->entry.arena;
    listing->offset = r->page.offset;
    listing->total = (int64_t)r->tree.listed_count + mc__row_int(page, 0, reader.own_items);
    listing->record = mc__record_make(arena, &mc__microcosm_type);
    if (!listing->record ||
        mc__microcosm_fill(session, listing->record, arena, &reader, 0, r->node) < 0 ||
        add_entries(listing, &r->tree, &reader, &items) < 0 || add_json(listing) < 0)
        return mc__out_of_memory(session);
    add_links(r, listing);
    if (arena->failed)
        return mc__out_of_memory(session);
    keep_listing(r, listing);
    r->listing = MC_TAKE(listing);
    return 0;
}

/* ---- the actor's own ---------------------------------------------------------------------------
 */

/* Columns of microcosms.own. */
enum { O_KIND, O_N, O_TYPE, O_ITEM, O_MICROCOSM, O_ACTIVITY, O_READ_AT, O_YES, O_SMS };
enum { KIND_WATCHER, KIND_ITEM, KIND_UNREAD };

static void read_mark(const kept_listing *listing, kept_own *own, int64_t item_id, mc_time read_at,
                      bool attending)
{
    for (size_t i = 0; i < listing->entries.count; i++) {
        const mark *m = &listing->marks[i];

        if (m->item_id == item_id)
            own->read_at[i] = read_at;
        if (m->event_id == item_id && item_id)
            own->attending[i] = attending;
    }
}

static void read_own_row(const reading *r, kept_own *own, const PGresult *rows, int row)
{
    int64_t kind = mc__row_int(rows, row, O_KIND);
    bool yes = mc__row_bool(rows, row, O_YES);

    if (kind == KIND_WATCHER) {
        own->watched = MC_YES;
        own->send_email = yes ? MC_YES : MC_NO;
        own->send_sms = mc__row_bool(rows, row, O_SMS) ? MC_YES : MC_NO;
    } else if (kind == KIND_ITEM) {
        read_mark(r->listing, own, mc__row_int(rows, row, O_ITEM),
                  mc__row_time(rows, row, O_READ_AT), yes);
    } else {
        own->unread[own->unread_count++] =
            (unread_item){.run = (size_t)mc__row_int(rows, row, O_N) - 1,
                          .item_type = (mc_item_type)mc__row_int(rows, row, O_TYPE),
                          .item_id = mc__row_int(rows, row, O_ITEM),
                          .microcosm_id = mc__row_int(rows, row, O_MICROCOSM),
                          .last_activity = mc__row_time(rows, row, O_ACTIVITY),
                          .read_at = mc__row_time(rows, row, O_READ_AT)};
    }
}

/* What came with the list's own rows. */
static void read_marks_of_items(const reading *r, kept_own *own, const PGresult *items)
{
    int id = PQfnumber(items, "id"), read_at = PQfnumber(items, "read_at"),
        attending = PQfnumber(items, "meta.flags.attending");

    for (int row = 0; row < PQntuples(items); row++)
        read_mark(r->listing, own, mc__row_int(items, row, id), mc__row_time(items, row, read_at),
                  mc__row_bool(items, row, attending));
}

/* items: rows of the list if it was read in the same trip, else NULL. */
static int read_own(reading *r, const PGresult *rows, const PGresult *items)
{
    mc_auto_entry kept_own *own = mc__entry_new(sizeof(*own), r->moment);
    mc__cache_key key = own_key(r);
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
    for (int row = 0; row < PQntuples(rows); row++)
        read_own_row(r, own, rows, row);
    own->entry.until_ms = mc__monotonic_ms() + MC_SOON_MS;
    if (may_keep(r)) {
        mc__entry_tells_of(
            own, (mc__subject){MC_OF_OWN, r->session->site.id, r->session->viewer.profile_id});
        mc__cache_keep(r->session->app->cache, &key, own);
    }
    r->own = MC_TAKE(own);
    return 0;
}

/* ---- reading it --------------------------------------------------------------------------------
 */

/* Rights come before existence, so that nobody learns what exists where they may not look. */
static int find_readable(mc__node **out, mc_session *session, int64_t microcosm_id)
{
    mc__node *node =
        microcosm_id ? mc__map_find(&session->map, microcosm_id) : mc__map_root(&session->map);
    mc_permissions permissions;

    if (node)
        permissions = *mc__decide_microcosm(session, node);
    else
        mc__decide_item(&permissions, session, MC_ITEM_MICROCOSM, microcosm_id, 0, 0);
    if (!permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!node || node->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    *out = node;
    return 0;
}

/* Items of the page whose marks are to be asked for: all, if the list itself is at hand. */
static size_t items_of_page(const reading *r, int64_t **ids)
{
    size_t count = 0, entries = r->listing ? r->listing->entries.count : 0;

    *ids = mc__arena_alloc(&r->session->scratch, (2 * entries + 1) * sizeof(**ids));
    for (size_t i = 0; *ids && i < entries; i++) {
        const mark *m = &r->listing->marks[i];

        if (m->item_id)
            (*ids)[count++] = m->item_id;
        else if (m->event_id)
            (*ids)[count++] = m->event_id;
    }
    return count;
}

static int ask(reading *r, mc__batch *batch, page_batch *at)
{
    int64_t *ids = NULL;
    int rc = mc__subtree_make(&r->tree, r->session, r->node);

    if (rc == 0 && !r->listing)
        rc = add_listing(batch, at, &r->tree, &r->page);
    if (rc == 0 && r->session->viewer.profile_id) {
        size_t count = items_of_page(r, &ids);

        if (!ids)
            return mc__out_of_memory(r->session);
        at->own = mc__batch_add(batch, MC_Q_MICROCOSMS_OWN);
        rc = add_own(batch, &r->tree, ids, count);
    }
    return rc < 0 ? rc : mc__run(r->session, batch, MC_READ);
}

static int load(reading *r)
{
    bool is_member = r->session->viewer.profile_id != 0;
    const PGresult *items = NULL;
    page_batch at = {0};
    mc_batch(batch);
    int rc = 0;

    r->moment = mc__cache_moment(r->session->app->cache);
    if (may_keep(r))
        find_kept(r);
    if (r->listing && (r->own || !is_member))
        return mc__page_fits(r->session, &r->page, r->listing->total);
    rc = ask(r, &batch, &at);
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
    if (rc == 0)
        rc = mc__page_fits(r->session, &r->page, r->listing->total);
    return rc == 0 && is_member ? read_own(r, mc__batch_rows(&batch, at.own), items) : rc;
}

static int read_it(reading *r, int64_t microcosm_id, const mc_page_options *options)
{
    mc_session *session = r->session;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0 && microcosm_id)
        rc = mc__check_id(session, microcosm_id);
    if (rc == 0)
        rc = mc__page_check(&r->page, session, options);
    if (rc == 0)
        rc = find_readable(&r->node, session, microcosm_id);
    return rc < 0 ? rc : load(r);
}

/* ---- the microcosm as the actor sees it --------------------------------------------------------
 */

/* What is unread by the marks in the database may be covered by one that is on its way there. */
static bool is_unread_item(const reading *r, const unread_item *u)
{
    return mc__is_unread(r->session, u->item_type, u->item_id, u->microcosm_id, u->last_activity,
                         u->read_at);
}

/* Below a child, or anywhere for SIZE_MAX. */
static bool has_unread(const reading *r, size_t which)
{
    for (size_t i = 0; r->own && i < r->own->unread_count; i++)
        if ((which == SIZE_MAX || r->own->unread[i].run == which) &&
            is_unread_item(r, &r->own->unread[i]))
            return true;
    return false;
}

static bool is_unread(const reading *r, size_t i)
{
    const mark *m = &r->listing->marks[i];

    if (!r->own)
        return false;
    if (m->item_type == MC_ITEM_MICROCOSM)
        return has_unread(r, m->child);
    return mc__is_unread(r->session, m->item_type, m->item_id, m->microcosm_id, m->last_activity,
                         r->own->read_at[i]);
}

static bool is_attending(const reading *r, size_t i)
{
    return r->own && r->own->attending[i];
}

/* Turns a record that is what the kept one is into what this actor sees; all but the list. */
static int make_own(const reading *r, mc_microcosm *record, mc__arena *arena)
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
    if (mc__contains(&session->viewer.ignored_microcosms, record->id))
        flags->ignored = MC_YES;
    meta->permissions = mc__permissions_record(arena, mc__decide_microcosm(session, r->node));
    return meta->permissions ? 0 : MC_ENOMEM;
}

static mc_page *make_page(const reading *r, mc__arena *arena)
{
    return mc__page_make(arena, &r->page, r->listing->total, mc__microcosm_href(arena, r->node),
                         "/api/v1/comments");
}

/* ---- as records --------------------------------------------------------------------------------
 */

/* Copies of a record's meta and flags, to be changed. */
static mc_flags *own_flags(mc__arena *arena, const mc_meta **place)
{
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!meta || !flags)
        return NULL;
    *meta = **place;
    *flags = *meta->flags;
    meta->flags = flags;
    *place = meta;
    return flags;
}

static void *copy_of(mc__arena *arena, const void *record)
{
    const mc_type *type = mc_record_type(record);
    void *copy = mc__record_make(arena, type);

    return copy ? memcpy(copy, record, type->size) : NULL;
}

static const void *own_item(const reading *r, mc__arena *arena, size_t i, const void *kept)
{
    void *item = copy_of(arena, kept);
    mc_flags *flags = item ? own_flags(arena, mc__item_parts_of(item).meta) : NULL;

    if (!flags)
        return NULL;
    if (flags->unread != MC_UNSET)
        flags->unread = is_unread(r, i) ? MC_YES : MC_NO;
    if (flags->attending != MC_UNSET)
        flags->attending = is_attending(r, i) ? MC_YES : MC_NO;
    return item;
}

static const mc_entry *own_entry(const reading *r, mc__arena *arena, size_t i,
                                 const mc_entry *kept);

static const void *own_microcosm(const reading *r, mc__arena *arena, size_t i,
                                 const mc_microcosm *kept)
{
    mc_microcosm *record = copy_of(arena, kept);
    mc_flags *flags = record ? own_flags(arena, &record->meta) : NULL;

    if (!flags)
        return NULL;
    flags->unread = is_unread(r, i) ? MC_YES : MC_NO;
    if (kept->most_recent_update)
        record->most_recent_update = own_entry(r, arena, i, kept->most_recent_update);
    return record;
}

static const mc_entry *own_entry(const reading *r, mc__arena *arena, size_t i, const mc_entry *kept)
{
    mc_entry *entry = copy_of(arena, kept);

    if (!entry)
        return NULL;
    entry->item = mc_record_type(kept->item) == &mc__microcosm_type
                      ? own_microcosm(r, arena, i, kept->item)
                      : own_item(r, arena, i, kept->item);
    return entry->item ? entry : NULL;
}

/* Only what differs from the kept one is a copy. */
static int list_entries(const reading *r, mc_page *page, mc__arena *arena)
{
    const mc_list *kept = &r->listing->entries;
    const void **items = mc__list_make(arena, &page->items, kept->count);

    for (size_t i = 0; items && i < kept->count; i++) {
        items[i] = is_unread(r, i) || is_attending(r, i) ? own_entry(r, arena, i, kept->items[i])
                                                         : kept->items[i];
        if (!items[i])
            return MC_ENOMEM;
    }
    return items ? 0 : MC_ENOMEM;
}

int mc_microcosm_get(mc_microcosm **out, mc_session *session, int64_t microcosm_id,
                     const mc_page_options *options)
{
    reading r __attribute__((cleanup(reading_release))) = {.session = session};
    mc_auto(mc_record_free) void *owned = NULL;
    mc_microcosm *record;
    mc__arena *arena;
    mc_page *page;
    int rc = read_it(&r, microcosm_id, options);

    if (rc < 0)
        return rc;
    owned = record = mc__record_new(&mc__microcosm_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    *record = *r.listing->record;
    page = make_page(&r, arena);
    if (!page || make_own(&r, record, arena) < 0 || list_entries(&r, page, arena) < 0 ||
        arena->failed)
        return mc__out_of_memory(session);
    record->items = page;
    mc__record_hold(record, MC_TAKE(r.listing), mc__entry_release); /* it points into it */
    MC_TAKE(owned);
    *out = record;
    return 0;
}

/* ---- as JSON -----------------------------------------------------------------------------------
 */

static void write_up_to(mc__text *out, const kept_listing *listing, size_t *written, size_t to)
{
    mc__text_append(out, listing->json + *written, to - *written);
    *written = to;
}

static void write_true(mc__text *out, const kept_listing *listing, size_t *written, size_t at)
{
    write_up_to(out, listing, written, at);
    mc__text_append(out, "true", 4);
    *written = at + strlen("false");
}

/* Whatever is unread or attended is told apart by one word. */
static void write_entries(mc__text *out, const void *data)
{
    const reading *r = data;
    const kept_listing *listing = r->listing;
    size_t written = 0;

    mc__text_putc(out, '[');
    for (size_t i = 0; r->own && i < listing->entries.count; i++) {
        const mark *m = &listing->marks[i];
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
                      const mc_page_options *options)
{
    reading r __attribute__((cleanup(reading_release))) = {.session = session};
    mc_microcosm record;
    mc_page *page;
    int rc = read_it(&r, microcosm_id, options);

    if (rc < 0)
        return rc;
    record = *r.listing->record;
    page = make_page(&r, &session->scratch);
    if (!page || make_own(&r, &record, &session->scratch) < 0)
        return mc__out_of_memory(session);
    record.items = mc__page_ready(&session->scratch, page, (mc__raw){write_entries, &r});
    if (!record.items || session->scratch.failed)
        return mc__out_of_memory(session);
    return mc__write_json(out, session, &record);
}
