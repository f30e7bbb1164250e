/* See item_parts.h. */
#include "item_parts.h"

#include "../access/actor_facts.h"
#include "../access/meta.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/read_marks.h"
#include "../base/types.h"
#include "types.h"
#include "unread.h"
#include "statements.h"

mc__item_parts mc__item_parts_of(void *record)
{
    const mc__item_members *m = &mc__item_kind_of(record)->members;
    char *base = record;

    return (mc__item_parts){
        .title = (const char **)(base + m->title),
        .id = (int64_t *)(base + m->id),
        .microcosm_id = (int64_t *)(base + m->microcosm_id),
        .total_comments = (int64_t *)(base + m->total_comments),
        .total_views = (int64_t *)(base + m->total_views),
        .breadcrumb = (mc_list *)(base + m->breadcrumb),
        .comments = (const mc_page **)(base + m->comments),
        .last_comment = m->last_comment ? (const mc_last_comment **)(base + m->last_comment) : NULL,
        .meta = (const mc_meta **)(base + m->meta),
    };
}

mc_flags *mc__item_flags(void *record)
{
    return (mc_flags *)(*mc__item_parts_of(record).meta)->flags;
}

static size_t number_of(mc_item_type item_type)
{
    size_t number = 0;

    while (mc__item_kind_at(number)->item_type != item_type)
        number++;
    return number;
}

/* Resolves columns only for the kinds among the rows, which is mostly one. */
int mc__item_reader_make(mc__item_reader *out, mc_session *session, const PGresult *rows)
{
    *out = (mc__item_reader){.rows = rows,
                             .item_type = PQfnumber(rows, "item_type"),
                             .last_activity = PQfnumber(rows, "last_activity"),
                             .read_at = PQfnumber(rows, "read_at")};
    for (int row = 0; row < PQntuples(rows); row++) {
        mc_item_type item_type = mc__item_row_type(out, row);
        size_t number = item_type ? number_of(item_type) : 0;
        mc__columns *columns = &out->columns[number];

        /* a row without a type has only the item's id */
        if (item_type && !columns->items &&
            mc__columns_make(columns, &session->scratch, mc__item_kind_at(number)->record, rows) <
                0)
            return mc__out_of_memory(session);
    }
    return 0;
}

int mc__shown_comments_load(mc__shown_comments *out, mc_session *session, mc_int64s items)
{
    const mc_int64s *ignored = &session->actor->ignored_profiles;
    int rc;

    if (!ignored->count || !items.count)
        return 0;
    mc__batch_init(&out->batch);
    mc__add_items_shown_comments(&out->batch,
                                 &(mc__items_shown_comments_in){.site_id = session->site.id,
                                                                .items = items,
                                                                .ignored_profiles = *ignored});
    rc = mc__run(session, &out->batch);
    return rc < 0 ? rc : mc__shown_comments_read(out, session, mc__batch_rows(&out->batch, 0));
}

int mc__shown_comments_read(mc__shown_comments *out, mc_session *session, const PGresult *rows)
{
    out->rows = rows;
    out->id = PQfnumber(out->rows, "id");
    out->left_out = PQfnumber(out->rows, "left_out");
    if (mc__columns_make(&out->columns, &session->scratch, &mc__last_comment_type, out->rows) < 0)
        return mc__out_of_memory(session);
    return 0;
}

void mc__shown_comments_release(mc__shown_comments *shown)
{
    mc__batch_release(&shown->batch);
}

int mc__shown_comments_apply(const mc__shown_comments *shown, mc__arena *arena, void *record,
                             int row)
{
    mc__item_parts p = mc__item_parts_of(record);
    mc_last_comment *last = NULL;

    if (!shown->rows)
        return 0;
    *p.total_comments -= mc__row_int(shown->rows, row, shown->left_out);
    if (!p.last_comment)
        return 0;
    if (!mc__row_is_null(shown->rows, row, shown->id)) {
        last = mc__record_make(arena, &mc__last_comment_type);
        if (!last || mc__record_decode(last, arena, &shown->columns, shown->rows, row) < 0)
            return MC_ENOMEM;
        mc__profile_finish(arena, (mc_profile *)last->created_by);
    }
    *p.last_comment = last;
    return 0;
}

int mc__item_reader_leave_out(mc__item_reader *reader, mc__shown_comments *shown,
                              mc_session *session)
{
    int count = PQntuples(reader->rows), id = PQfnumber(reader->rows, "id");
    int64_t *ids = mc__arena_alloc(&session->scratch, ((size_t)count + 1) * sizeof(*ids));

    if (!ids)
        return mc__out_of_memory(session);
    for (int row = 0; row < count; row++)
        ids[row] = mc__row_int(reader->rows, row, id);
    reader->shown = shown;
    return mc__shown_comments_load(shown, session, (mc_int64s){ids, (size_t)count});
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
    const mc__columns *columns = &reader->columns[number_of(mc__item_row_type(reader, row))];
    mc__item_parts p = mc__item_parts_of(record);
    mc_meta *meta;
    int rc = mc__record_decode(record, arena, columns, reader->rows, row);

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

/* Fills a record from its row, without comments, the actor's own flags and permissions. */
static int fill(mc_session *session, mc__arena *arena, void *record, const mc__item_reader *reader,
                int row)
{
    mc__item_parts p = mc__item_parts_of(record);
    const mc__node *node;
    int rc = mc__item_decode(record, arena, reader, row);

    if (rc < 0)
        return rc;
    node = mc__tree_find(session->tree, *p.microcosm_id);
    mc__breadcrumb(session, arena, p.breadcrumb, node, true);
    /* An author may read an item in a microcosm that it may not read: then leave out its title. */
    ((mc_meta *)*p.meta)->links =
        mc__item_links(arena, mc__item_row_type(reader, row), *p.id,
                       node && mc__decide_microcosm(session, node)->can_read ? node : NULL);
    if (reader->shown && mc__shown_comments_apply(reader->shown, arena, record, row) < 0)
        return MC_ENOMEM;
    return arena->failed ? MC_ENOMEM : 0;
}

const void *mc__item_summary(mc_session *session, mc__arena *arena, const mc__item_reader *reader,
                             int row, bool with_unread)
{
    mc_item_type item_type = mc__item_row_type(reader, row);
    const mc__item_kind *kind = mc__item_kind_find(item_type);
    void *record = mc__record_make(arena, kind->record);
    mc_meta *meta;
    mc_flags *flags;
    mc__item_parts p;

    if (!record || fill(session, arena, record, reader, row) < 0)
        return NULL;
    if (kind->hide && kind->hide(record, arena, false) < 0)
        return NULL;
    p = mc__item_parts_of(record);
    meta = (mc_meta *)*p.meta;
    /* lists don't show edits */
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
