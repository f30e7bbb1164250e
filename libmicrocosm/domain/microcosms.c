/*
 * Microcosms: include/microcosm/microcosms.h. Reading: one with a page of what is in it, and the
 * tree. microcosms_write.c has the rest.
 *
 * The tree itself comes from the session's map; what changes with every post (counts, newest items,
 * unread ones) comes from the database in one trip, whatever the depth.
 */
#include "domain.h"

#include <strings.h>

/* ---- the part of the tree below a microcosm ------------------------------------------------- */

/* Some of the listed microcosms that follow each other: [first, past). */
typedef struct run {
    size_t first, past;
} run;

typedef struct child {
    size_t index; /* in the map */
    bool is_listed, is_sticky, is_unread;
    run below;  /* it and what is below it */
    int newest; /* row of its most recent item, or -1 */
} child;

/* Listed ones below a microcosm are in the order of the map, so that each subtree is a run of them.
 * The microcosm itself is always the first. */
typedef struct subtree {
    mc_session *session;
    mc__node *node;
    size_t start, end; /* in the map */
    size_t *before;    /* [i - start]: listed ones before node i */
    int64_t *ids;      /* the listed ones */
    size_t count;
    child *children; /* sticky ones first, those that aren't listed last */
    size_t child_count, listed_count, sticky_count;
    int64_t *items, *comments; /* [i]: what the first i listed ones hold */
    bool is_unread;            /* something in the microcosm itself is */
} subtree;

static mc__node *node_at(const subtree *tree, size_t index)
{
    return &tree->session->map.nodes[index];
}

/* Index behind the last node below the one at index. */
static size_t end_of(const mc__map *map, size_t index)
{
    size_t end = index + 1;

    while (end < map->count && map->nodes[end].level > map->nodes[index].level)
        end++;
    return end;
}

static run run_of(const subtree *tree, size_t index)
{
    size_t end = end_of(&tree->session->map, index);

    return (run){tree->before[index - tree->start], tree->before[end - tree->start]};
}

static bool is_listed(const subtree *tree, size_t index)
{
    return tree->before[index - tree->start] < tree->before[index + 1 - tree->start];
}

static int by_kind(const void *a, const void *b)
{
    const child *x = a, *y = b;
    int order = (int)y->is_listed - (int)x->is_listed;

    if (order == 0)
        order = (int)y->is_sticky - (int)x->is_sticky;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Children that aren't listed count only for whether the microcosm itself is unread. */
static void find_children(subtree *tree)
{
    const mc__map *map = &tree->session->map;

    for (size_t i = tree->start + 1; i < tree->end; i = end_of(map, i)) {
        child *c = &tree->children[tree->child_count++];

        *c = (child){.index = i,
                     .is_listed = is_listed(tree, i),
                     .is_sticky = map->nodes[i].is_sticky,
                     .below = run_of(tree, i),
                     .newest = -1};
        tree->listed_count += c->is_listed;
        tree->sticky_count += c->is_listed && c->is_sticky;
    }
    qsort(tree->children, tree->child_count, sizeof(child), by_kind);
}

static int subtree_make(subtree *tree, mc_session *session, mc__node *node)
{
    mc__arena *arena = &session->scratch;
    size_t size;

    *tree =
        (subtree){.session = session, .node = node, .start = (size_t)(node - session->map.nodes)};
    tree->end = end_of(&session->map, tree->start);
    size = tree->end - tree->start + 1;
    tree->before = mc__arena_alloc(arena, size * sizeof(*tree->before));
    tree->ids = mc__arena_alloc(arena, size * sizeof(*tree->ids));
    tree->children = mc__arena_alloc(arena, size * sizeof(*tree->children));
    tree->items = mc__arena_alloc(arena, size * sizeof(*tree->items));
    tree->comments = mc__arena_alloc(arena, size * sizeof(*tree->comments));
    if (arena->failed)
        return mc__out_of_memory(session);
    for (size_t i = tree->start; i < tree->end; i++) {
        tree->before[i - tree->start] = tree->count;
        if (i == tree->start || mc__is_listed(session, node_at(tree, i)))
            tree->ids[tree->count++] = node_at(tree, i)->id;
    }
    tree->before[size - 1] = tree->count;
    find_children(tree);
    return 0;
}

/* ---- asking the database -------------------------------------------------------------------- */

typedef struct page_batch {
    size_t page, items, stats, unread;
} page_batch;

/* Where the subtrees of the first children begin and end, as PostgreSQL counts; then, if asked for,
 * the microcosm itself as one more. */
static int add_runs(mc__batch *batch, const subtree *tree, size_t children, bool with_itself)
{
    size_t count = children + with_itself;
    int64_t *bounds = mc__arena_alloc(&tree->session->scratch, (count + 1) * 2 * sizeof(*bounds));

    if (!bounds)
        return mc__out_of_memory(tree->session);
    for (size_t i = 0; i < count; i++) {
        run below = i < children ? tree->children[i].below : (run){0, 1};

        bounds[i] = (int64_t)below.first + 1;
        bounds[count + i] = (int64_t)below.past;
    }
    mc__add_ints(batch, bounds, count);
    mc__add_ints(batch, bounds + count, count);
    return 0;
}

static int add_list(mc__batch *batch, const subtree *tree, const mc_page_options *page)
{
    const mc__viewer *viewer = &tree->session->viewer;
    int64_t *ids =
        mc__arena_alloc(&tree->session->scratch, (tree->listed_count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(tree->session);
    for (size_t i = 0; i < tree->listed_count; i++)
        ids[i] = node_at(tree, tree->children[i].index)->id;
    mc__add_int(batch, tree->session->site.id);
    mc__add_int(batch, tree->node->id);
    mc__add_ints(batch, ids, tree->listed_count);
    mc__add_int(batch, (int64_t)tree->sticky_count);
    mc__add_int(batch, page->offset);
    mc__add_int(batch, page->limit);
    mc__add_ints(batch, viewer->ignored_items.items, viewer->ignored_items.count);
    mc__add_int(batch, viewer->profile_id);
    return 0;
}

static int add_unread(mc__batch *batch, const subtree *tree)
{
    const mc__viewer *viewer = &tree->session->viewer;
    int rc;

    mc__add_int(batch, tree->session->site.id);
    mc__add_int(batch, viewer->profile_id);
    mc__add_ints(batch, tree->ids, tree->count);
    rc = add_runs(batch, tree, tree->child_count, true);
    mc__add_time(batch, viewer->all_read_at);
    mc__add_ints(batch, viewer->ignored_items.items, viewer->ignored_items.count);
    return rc;
}

static int load(mc__batch *batch, page_batch *at, const subtree *tree, const mc_page_options *page)
{
    int rc;

    at->page = mc__batch_add(batch, MC_Q_MICROCOSMS_PAGE);
    rc = add_list(batch, tree, page);
    if (rc < 0)
        return rc;
    at->items = mc__batch_add(batch, MC_Q_MICROCOSMS_ITEMS);
    rc = add_list(batch, tree, page);
    mc__add_ints(batch, tree->ids, tree->count);
    if (rc == 0)
        rc = add_runs(batch, tree, tree->listed_count, false);
    if (rc < 0)
        return rc;
    at->stats = mc__batch_add(batch, MC_Q_MICROCOSMS_STATS);
    mc__add_int(batch, tree->session->site.id);
    mc__add_ints(batch, tree->ids, tree->count);
    if (tree->session->viewer.profile_id) { /* guests have nothing unread */
        at->unread = mc__batch_add(batch, MC_Q_MICROCOSMS_UNREAD);
        rc = add_unread(batch, tree);
        if (rc < 0)
            return rc;
    }
    return mc__run(tree->session, batch, MC_READ);
}

/* ---- what it answers ------------------------------------------------------------------------ */

/* Columns of the statements, in order. */
enum { S_NUMBER, S_ITEMS, S_COMMENTS };
enum { U_RUN, U_TYPE, U_ITEM, U_MICROCOSM, U_ACTIVITY, U_READ_AT };

static void read_stats(subtree *tree, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        size_t n = (size_t)mc__row_int(rows, row, S_NUMBER); /* counted from 1 */

        tree->items[n] = mc__row_int(rows, row, S_ITEMS);
        tree->comments[n] = mc__row_int(rows, row, S_COMMENTS);
    }
    for (size_t i = 1; i <= tree->count; i++) {
        tree->items[i] += tree->items[i - 1];
        tree->comments[i] += tree->comments[i - 1];
    }
}

static int64_t sum(const int64_t *sums, run below)
{
    return sums[below.past] - sums[below.first];
}

static void read_unread(subtree *tree, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        size_t i = (size_t)mc__row_int(rows, row, U_RUN) - 1;
        bool *is_unread = i < tree->child_count ? &tree->children[i].is_unread : &tree->is_unread;

        *is_unread =
            *is_unread ||
            mc__is_unread(tree->session, (mc_item_type)mc__row_int(rows, row, U_TYPE),
                          mc__row_int(rows, row, U_ITEM), mc__row_int(rows, row, U_MICROCOSM),
                          mc__row_time(rows, row, U_ACTIVITY), mc__row_time(rows, row, U_READ_AT));
    }
}

/* Rows of microcosms.page. */
typedef struct microcosm_reader {
    const PGresult *rows;
    mc__columns columns;
    int kinds, child, place, own_items;
} microcosm_reader;

static int microcosm_reader_make(microcosm_reader *out, mc_session *session, const PGresult *rows)
{
    out->rows = rows;
    out->kinds = PQfnumber(rows, "kinds");
    out->child = PQfnumber(rows, "child");
    out->place = PQfnumber(rows, "place");
    out->own_items = PQfnumber(rows, "own_items");
    if (mc__columns_make(&out->columns, &session->scratch, &mc__microcosm_type, rows) < 0)
        return mc__out_of_memory(session);
    return 0;
}

static int read_item_types(mc_strings *out, mc__arena *arena, const microcosm_reader *reader,
                           int row)
{
    mc_int64s kinds = {NULL, 0};
    const char **names;

    if (mc__row_ints(&kinds, arena, reader->rows, row, reader->kinds) < 0)
        return MC_ENOMEM;
    names = mc__arena_alloc(arena, (kinds.count + 1) * sizeof(*names));
    if (!names)
        return MC_ENOMEM;
    *out = (mc_strings){names, 0};
    for (size_t i = 0; i < kinds.count; i++) {
        const char *name = mc_item_type_name((mc_item_type)kinds.items[i]);

        if (name)
            names[out->count++] = name;
    }
    return 0;
}

/* What detail and summary have in common; meta and its flags are there afterwards. */
static int fill(mc_session *session, mc_microcosm *record, mc__arena *arena,
                const microcosm_reader *reader, int row, const mc__node *node)
{
    mc_meta *meta;

    if (mc__record_decode(record, arena, &reader->columns, reader->rows, row) < 0 ||
        read_item_types(&record->item_types, arena, reader, row) < 0)
        return MC_ENOMEM;
    meta = (mc_meta *)record->meta;
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)meta->edited_by);
    mc__breadcrumb(session, arena, &record->breadcrumb, node, false);
    return 0;
}

static mc_flags *flags_of(mc_microcosm *record)
{
    return (mc_flags *)record->meta->flags;
}

/* ---- summaries: microcosms in the list ------------------------------------------------------ */

typedef struct grandchild {
    const mc__node *node;
    int64_t comments;
} grandchild;

static int by_weight(const void *a, const void *b)
{
    const grandchild *x = a, *y = b;
    int order = (int)y->node->is_sticky - (int)x->node->is_sticky;

    if (order == 0)
        order = (y->comments > x->comments) - (y->comments < x->comments);
    if (order == 0)
        order = strcasecmp(x->node->title, y->node->title);
    return order ? order : (x->node->id > y->node->id) - (x->node->id < y->node->id);
}

static void add_child_link(mc__arena *arena, mc_list *links, size_t *capacity, const mc__node *node)
{
    mc_link *link =
        mc__link_add(arena, links, capacity, "microcosm child", mc__microcosm_href(arena, node),
                     mc__arena_strdup(arena, node->title));

    if (!link)
        return;
    link->logo_url = mc__arena_strdup(arena, node->logo_url);
    link->id = node->id;
}

/* Sticky ones first, then those with most comments, then by title. */
static void add_child_links(mc_microcosm *record, mc__arena *arena, const subtree *tree,
                            size_t index)
{
    const mc__map *map = &tree->session->map;
    size_t end = end_of(map, index), count = 0, capacity = 0;
    grandchild *found = mc__arena_alloc(&tree->session->scratch, (end - index) * sizeof(*found));

    if (!found) {
        arena->failed = true;
        return;
    }
    for (size_t i = index + 1; i < end; i = end_of(map, i))
        if (is_listed(tree, i))
            found[count++] = (grandchild){&map->nodes[i], sum(tree->comments, run_of(tree, i))};
    qsort(found, count, sizeof(*found), by_weight);
    for (size_t i = 0; i < count; i++)
        add_child_link(arena, &record->children, &capacity, found[i].node);
}

static void add_summary_links(mc__arena *arena, mc_meta *meta, const mc__node *node,
                              int64_t site_id)
{
    size_t capacity = 0;

    mc__link_add(arena, &meta->links, &capacity, "self", mc__microcosm_href(arena, node), NULL);
    if (node->parent && node->parent->parent_id)
        mc__link_add(arena, &meta->links, &capacity, "parent",
                     mc__microcosm_href(arena, node->parent),
                     mc__arena_strdup(arena, node->parent->title));
    mc__link_add(arena, &meta->links, &capacity, "site", mc__href(arena, "sites", site_id), NULL);
}

static const mc_entry *newest_entry(const subtree *tree, mc__arena *arena,
                                    const mc__item_reader *items, int row)
{
    return mc__entry_make(arena, mc__item_row_type(items, row),
                          mc__item_summary(tree->session, arena, items, row, false));
}

static const mc_entry *summary(const subtree *tree, mc__arena *arena,
                               const microcosm_reader *reader, int row,
                               const mc__item_reader *items)
{
    const child *c = &tree->children[mc__row_int(reader->rows, row, reader->child) - 1];
    const mc__node *node = node_at(tree, c->index);
    mc_microcosm *record = mc__record_make(arena, &mc__microcosm_type);
    mc_meta *meta;

    if (!record || fill(tree->session, record, arena, reader, row, node) < 0)
        return NULL;
    meta = (mc_meta *)record->meta;
    /* lists say nothing about edits */
    meta->edited.us = MC_TIME_NONE;
    meta->edited_by = NULL;
    meta->edit_reason = "";
    flags_of(record)->unread = c->is_unread ? MC_YES : MC_NO;
    add_summary_links(arena, meta, node, record->site_id);
    add_child_links(record, arena, tree, c->index);
    record->total_items = sum(tree->items, c->below);
    record->total_comments = sum(tree->comments, c->below);
    if (c->newest >= 0)
        record->most_recent_update = newest_entry(tree, arena, items, c->newest);
    return mc__entry_make(arena, MC_ITEM_MICROCOSM, record);
}

/* ---- the list ------------------------------------------------------------------------------- */

/* Items of the page come first, behind them the newest ones of children. Number of the former. */
static int find_newest(subtree *tree, const PGresult *rows)
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
static int add_entries(mc_page *page, subtree *tree, mc__arena *arena,
                       const microcosm_reader *reader, const mc__item_reader *items)
{
    int own = find_newest(tree, items->rows), item = 0, row = 1, rows = PQntuples(reader->rows);
    size_t count = (size_t)(rows - row + own);
    const void **entries = mc__list_make(arena, &page->items, count);

    for (size_t i = 0; entries && i < count; i++) {
        bool is_microcosm =
            row < rows && (item == own || mc__row_int(reader->rows, row, reader->place) <=
                                              page->offset + (int64_t)i);

        if (is_microcosm) {
            entries[i] = summary(tree, arena, reader, row++, items);
        } else {
            entries[i] = mc__entry_make(arena, mc__item_row_type(items, item),
                                        mc__item_summary(tree->session, arena, items, item, true));
            item++;
        }
        if (!entries[i])
            return MC_ENOMEM;
    }
    return entries ? 0 : MC_ENOMEM;
}

static int add_page(mc_microcosm *record, subtree *tree, mc__arena *arena,
                    const microcosm_reader *reader, const mc__item_reader *items,
                    const mc_page_options *options)
{
    int64_t total = (int64_t)tree->listed_count + mc__row_int(reader->rows, 0, reader->own_items);
    int rc = mc__page_fits(tree->session, options, total);
    mc_page *page;

    if (rc < 0)
        return rc;
    page = mc__page_make(arena, options, total, mc__microcosm_href(arena, tree->node),
                         "/api/v1/comments");
    if (!page || add_entries(page, tree, arena, reader, items) < 0)
        return mc__out_of_memory(tree->session);
    record->items = page;
    return 0;
}

/* ---- one microcosm -------------------------------------------------------------------------- */

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

static void add_detail(mc_microcosm *record, const subtree *tree, mc__arena *arena)
{
    mc_session *session = tree->session;
    mc_meta *meta = (mc_meta *)record->meta;
    bool is_unread = tree->is_unread;
    size_t capacity = 0;

    for (size_t i = 0; i < tree->child_count; i++)
        is_unread = is_unread || tree->children[i].is_unread;
    flags_of(record)->unread = is_unread ? MC_YES : MC_NO;
    if (mc__contains(&session->viewer.ignored_microcosms, record->id))
        flags_of(record)->ignored = MC_YES;
    mc__link_add(arena, &meta->links, &capacity, "self", mc__microcosm_href(arena, tree->node),
                 NULL);
    mc__link_add(arena, &meta->links, &capacity, "site", mc__href(arena, "sites", record->site_id),
                 NULL);
    meta->permissions = mc__permissions_record(arena, mc__decide_microcosm(session, tree->node));
}

static int build(mc_microcosm **out, subtree *tree, const mc__batch *batch, const page_batch *at,
                 const mc_page_options *options)
{
    mc_auto(mc_record_free) void *owned = NULL;
    mc_session *session = tree->session;
    mc_microcosm *record;
    microcosm_reader reader;
    mc__item_reader items;
    mc__arena *arena;
    int rc;

    if (PQntuples(mc__batch_rows(batch, at->page)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    rc = microcosm_reader_make(&reader, session, mc__batch_rows(batch, at->page));
    if (rc == 0)
        rc = mc__item_reader_make(&items, session, mc__batch_rows(batch, at->items));
    if (rc < 0)
        return rc;
    owned = record = mc__record_new(&mc__microcosm_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    read_stats(tree, mc__batch_rows(batch, at->stats));
    if (session->viewer.profile_id)
        read_unread(tree, mc__batch_rows(batch, at->unread));
    if (fill(session, record, arena, &reader, 0, tree->node) < 0)
        return mc__out_of_memory(session);
    add_detail(record, tree, arena);
    rc = add_page(record, tree, arena, &reader, &items, options);
    if (rc < 0)
        return rc;
    if (arena->failed)
        return mc__out_of_memory(session);
    MC_TAKE(owned);
    *out = record;
    return 0;
}

int mc_microcosm_get(mc_microcosm **out, mc_session *session, int64_t microcosm_id,
                     const mc_page_options *options)
{
    mc__node *node = NULL;
    mc_page_options page;
    page_batch at = {0};
    subtree tree;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0 && microcosm_id)
        rc = mc__check_id(session, microcosm_id);
    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc == 0)
        rc = find_readable(&node, session, microcosm_id);
    if (rc == 0)
        rc = subtree_make(&tree, session, node);
    if (rc == 0)
        rc = load(&batch, &at, &tree, &page);
    return rc < 0 ? rc : build(out, &tree, &batch, &at, &page);
}

int mc_microcosm_json(mc_buffer *out, mc_session *session, int64_t microcosm_id,
                      const mc_page_options *options)
{
    mc_auto(mc_record_free) void *owned = NULL;
    mc_microcosm *record = NULL;
    int rc = mc_microcosm_get(&record, session, microcosm_id, options);

    owned = record;
    return rc < 0 ? rc : mc__write_json(out, session, record);
}

/* ---- the tree ------------------------------------------------------------------------------- */

static void add_tree_link(mc_link_list *list, mc__arena *arena, size_t *capacity,
                          const mc__node *node)
{
    mc_link *link =
        mc__link_add(arena, &list->links, capacity, "microcosm", mc__microcosm_href(arena, node),
                     mc__arena_strdup(arena, node->title));

    if (!link)
        return;
    link->id = node->id;
    link->level = node->level;
    link->parent_id = node->parent_id;
}

int mc_microcosms_tree(mc_link_list **out, mc_session *session)
{
    mc_auto(mc_record_free) void *owned = NULL;
    mc_link_list *list;
    size_t capacity = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    owned = list = mc__record_new(&mc__link_list_type);
    if (!list)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < session->map.count; i++)
        if (mc__is_listed(session, &session->map.nodes[i]))
            add_tree_link(list, mc__record_arena(list), &capacity, &session->map.nodes[i]);
    if (mc__record_arena(list)->failed)
        return mc__out_of_memory(session);
    MC_TAKE(owned);
    *out = list;
    return 0;
}
