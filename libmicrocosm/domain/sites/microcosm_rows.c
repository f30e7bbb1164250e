/* See microcosm_rows.h. */
#include "microcosm_rows.h"

#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/types.h"
#include "../content/item_summary.h"
#include "types.h"
#include "statements.h"

#include <strings.h>

static const mc__field microcosm_fields[] = {
    MC_FIELD(mc_microcosm, id, "id"),
    MC_FIELD(mc_microcosm, parent_id, "parentId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_microcosm, breadcrumb, "breadcrumb", .type = &mc__link_type,
             .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_microcosm, site_id, "siteId"),
    MC_FIELD(mc_microcosm, visibility, "visibility"),
    MC_FIELD(mc_microcosm, title, "title"),
    MC_FIELD(mc_microcosm, description, "description"),
    MC_FIELD(mc_microcosm, logo_url, "logoUrl"),
    MC_FIELD(mc_microcosm, item_types, "itemTypes"),
    MC_FIELD(mc_microcosm, children, "children", .type = &mc__link_type,
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_microcosm, moderators, "moderators"),
    MC_FIELD(mc_microcosm, items, "items", .type = &mc__page_type, .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_microcosm, total_items, "totalItems", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_microcosm, total_comments, "totalComments", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_microcosm, most_recent_update, "mostRecentUpdate", .type = &mc__entry_type,
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_microcosm, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__microcosm_type = MC_TYPE(mc_microcosm, "microcosm", microcosm_fields);

mc__node *mc__subtree_node(const mc__subtree *tree, size_t index)
{
    return &tree->session->tree->nodes[index];
}

/* The index after the last node below the one at index. */
static size_t end_of(const mc__tree *site_tree, size_t index)
{
    size_t end = index + 1;

    while (end < site_tree->count && site_tree->nodes[end].level > site_tree->nodes[index].level)
        end++;
    return end;
}

static mc__span run_of(const mc__subtree *tree, size_t index)
{
    size_t end = end_of(tree->session->tree, index);

    return (mc__span){tree->before[index - tree->start], tree->before[end - tree->start]};
}

static bool is_listed(const mc__subtree *tree, size_t index)
{
    return tree->before[index - tree->start] < tree->before[index + 1 - tree->start];
}

static int by_kind(const void *a, const void *b)
{
    const mc__child *x = a, *y = b;
    int order = (int)y->is_listed - (int)x->is_listed;

    if (order == 0)
        order = (int)y->is_sticky - (int)x->is_sticky;
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* Includes children that aren't listed: they matter for the microcosm's own unread flag. */
static void find_children(mc__subtree *tree)
{
    const mc__tree *site_tree = tree->session->tree;

    for (size_t i = tree->start + 1; i < tree->end; i = end_of(site_tree, i)) {
        mc__child *c = &tree->children[tree->child_count++];

        *c = (mc__child){.index = i,
                         .is_listed = is_listed(tree, i),
                         .is_sticky = site_tree->nodes[i].is_sticky,
                         .below = run_of(tree, i),
                         .newest = -1};
        tree->listed_count += c->is_listed;
        tree->sticky_count += c->is_listed && c->is_sticky;
    }
    qsort(tree->children, tree->child_count, sizeof(mc__child), by_kind);
}

int mc__subtree_make(mc__subtree *tree, mc_session *session, mc__node *node)
{
    mc__arena *arena = &session->scratch;
    size_t size;

    *tree = (mc__subtree){
        .session = session, .node = node, .start = (size_t)(node - session->tree->nodes)};
    tree->end = end_of(session->tree, tree->start);
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
        if (i == tree->start || mc__is_listed(session, mc__subtree_node(tree, i)))
            tree->ids[tree->count++] = mc__subtree_node(tree, i)->id;
    }
    tree->before[size - 1] = tree->count;
    find_children(tree);
    return 0;
}

void mc__subtree_read_stats(mc__subtree *tree, const PGresult *rows)
{
    for (int row = 0; row < PQntuples(rows); row++) {
        mc__microcosms_stats_row stats = mc__read_microcosms_stats(rows, row);

        tree->items[stats.n] = stats.items; /* n counts from 1 */
        tree->comments[stats.n] = stats.comments;
    }
    for (size_t i = 1; i <= tree->count; i++) {
        tree->items[i] += tree->items[i - 1];
        tree->comments[i] += tree->comments[i - 1];
    }
}

static int64_t sum(const int64_t *sums, mc__span below)
{
    return sums[below.past] - sums[below.first];
}

int mc__microcosm_reader_make(mc__microcosm_reader *out, mc_session *session, const PGresult *rows)
{
    out->rows = rows;
    out->kinds = PQfnumber(rows, "kinds");
    out->child = PQfnumber(rows, "child");
    out->position = PQfnumber(rows, "position");
    out->own_items = PQfnumber(rows, "own_items");
    if (mc__columns_make(&out->columns, &session->scratch, &mc__microcosm_type, rows) < 0)
        return mc__out_of_memory(session);
    return 0;
}

static int read_item_types(mc_strings *out, mc__arena *arena, const mc__microcosm_reader *reader,
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

int mc__microcosm_fill(mc_session *session, mc_microcosm *record, mc__arena *arena,
                       const mc__microcosm_reader *reader, int row, const mc__node *node)
{
    mc_meta *meta;

    if (mc__record_decode(record, arena, &reader->columns, reader->rows, row) < 0 ||
        read_item_types(&record->item_types, arena, reader, row) < 0)
        return MC_ENOMEM;
    if (!*record->logo_url)
        record->logo_url = mc__picture_href(arena, MC_ITEM_MICROCOSM, record->id);
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

/* Sorts sticky grandchildren first, then those with most comments, then by title. */
static void add_child_links(mc_microcosm *record, mc__arena *arena, const mc__subtree *tree,
                            size_t index)
{
    const mc__tree *site_tree = tree->session->tree;
    size_t end = end_of(site_tree, index), count = 0, capacity = 0;
    grandchild *found = mc__arena_alloc(&tree->session->scratch, (end - index) * sizeof(*found));

    if (!found) {
        arena->failed = true;
        return;
    }
    for (size_t i = index + 1; i < end; i = end_of(site_tree, i))
        if (is_listed(tree, i))
            found[count++] =
                (grandchild){&site_tree->nodes[i], sum(tree->comments, run_of(tree, i))};
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

static const mc_entry *newest_entry(const mc__subtree *tree, mc__arena *arena,
                                    const mc__item_reader *items, int row)
{
    return mc__entry_make(arena, mc__item_row_type(items, row),
                          mc__listing_item(tree->session, arena, items, row, false));
}

static void summarise(mc_microcosm *record, mc__arena *arena, const mc__node *node)
{
    mc_meta *meta = (mc_meta *)record->meta;

    /* lists don't show edits */
    meta->edited.us = MC_TIME_NONE;
    meta->edited_by = NULL;
    meta->edit_reason = "";
    add_summary_links(arena, meta, node, record->site_id);
}

const mc_microcosm *mc__microcosm_alone(mc_session *session, mc__arena *arena,
                                        const mc__microcosm_reader *reader, int row,
                                        const mc__node *node)
{
    mc_microcosm *record = mc__record_make(arena, &mc__microcosm_type);

    if (!record || mc__microcosm_fill(session, record, arena, reader, row, node) < 0)
        return NULL;
    summarise(record, arena, node);
    return record;
}

const mc_entry *mc__microcosm_summary(const mc__subtree *tree, mc__arena *arena,
                                      const mc__microcosm_reader *reader, int row,
                                      const mc__item_reader *items)
{
    const mc__child *c = &tree->children[mc__row_int(reader->rows, row, reader->child) - 1];
    const mc__node *node = mc__subtree_node(tree, c->index);
    mc_microcosm *record = mc__record_make(arena, &mc__microcosm_type);

    if (!record || mc__microcosm_fill(tree->session, record, arena, reader, row, node) < 0)
        return NULL;
    summarise(record, arena, node);
    flags_of(record)->unread = MC_NO;
    add_child_links(record, arena, tree, c->index);
    record->total_items = sum(tree->items, c->below);
    record->total_comments = sum(tree->comments, c->below);
    if (c->newest >= 0)
        record->most_recent_update = newest_entry(tree, arena, items, c->newest);
    return mc__entry_make(arena, MC_ITEM_MICROCOSM, record);
}
