/* Reads one comment: include/microcosm/comments.h. comment_write.c has the other calls. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/read_marks.h"
#include "../base/types.h"
#include "comment_facts.h"
#include "comment_page.h"
#include "comment_record.h"
#include "huddle_facts.h"
#include "position.h"
#include "statements.h"

enum { G_COMMENT, G_INDEX, G_PARENT, G_REPLIES };

/* Replies that are returned together. */
#define REPLIES_MAX 250

static int load(mc_session *session, mc__batch *batch, int64_t comment_id, int64_t limit,
                int64_t offset)
{
    const mc__actor *actor = session->actor;

    mc__comment_ask(session, batch, comment_id);
    mc__position_ask(batch, session, comment_id, limit);
    mc__add_comments_parent_of(
        batch, &(mc__comments_parent_of_in){.site_id = session->site.id, .comment_id = comment_id});
    mc__add_comments_replies(batch, &(mc__comments_replies_in){
                                        .site_id = session->site.id,
                                        .comment_id = comment_id,
                                        .offset = offset,
                                        .limit = REPLIES_MAX + 1, /* shows whether there are more */
                                        .ignored_profiles = actor->ignored_profiles});
    return mc__run(session, batch);
}

static int count_replies(const PGresult *replies)
{
    int count = mc__comments_that_fit(replies);

    return count < REPLIES_MAX ? count : REPLIES_MAX;
}

static int add_relatives(mc_session *session, mc__arena *arena, mc_meta *meta,
                         const mc__batch *batch, const char *title)
{
    const PGresult *parent = mc__batch_rows(batch, G_PARENT),
                   *replies = mc__batch_rows(batch, G_REPLIES);
    int count = count_replies(replies);
    mc__comment_reader reader;
    const void **items;

    if (mc__comment_reader_make(&reader, session, arena, parent, title) < 0)
        return MC_ENOMEM;
    if (PQntuples(parent))
        meta->in_reply_to = mc__comment_record(arena, &reader, 0);
    if (mc__comment_reader_make(&reader, session, arena, replies, title) < 0)
        return MC_ENOMEM;
    items = mc__list_make(arena, &meta->replies, (size_t)count);
    for (int row = 0; items && row < count; row++)
        if (!(items[row] = mc__comment_record(arena, &reader, row)))
            return MC_ENOMEM;
    return items && !arena->failed ? 0 : MC_ENOMEM;
}

/* To the replies that aren't there yet. */
static void add_next_link(mc__arena *arena, mc_comment *comment, const PGresult *replies,
                          int64_t limit, int64_t offset)
{
    mc_meta *meta = (mc_meta *)comment->meta;
    const char *self = mc__href(arena, "comments", comment->id);
    size_t capacity = meta->links.count; /* full, so that adding a link copies the list */
    int count = count_replies(replies);

    if (!mc__comments_go_on(replies, count))
        return;
    if (limit == 25)
        self =
            mc__arena_format(arena, "%s?offset=%lld", self, (long long)offset + (long long)count);
    else
        self = mc__arena_format(arena, "%s?limit=%lld&offset=%lld", self, (long long)limit,
                                (long long)offset + (long long)count);
    mc__link_add(arena, &meta->links, &capacity, "next", self, NULL);
}

static void add_page_link(mc__arena *arena, mc_comment *comment, const PGresult *rows,
                          int64_t limit)
{
    mc_meta *meta = (mc_meta *)comment->meta;
    const char *item =
        mc__href(arena, mc__collection_of(mc_item_type_find(comment->item_type)), comment->item_id);
    mc__place place = mc__position_read(rows);
    int64_t offset = mc__position_offset(&place, limit);
    size_t capacity = meta->links.count; /* full, so that adding a link copies the list */

    /* A first page that is shorter than usual is the beginning of the usual one. */
    if (offset && limit != 25)
        item = mc__arena_format(arena, "%s?limit=%lld&offset=%lld", item, (long long)limit,
                                (long long)offset);
    else if (limit > 25)
        item = mc__arena_format(arena, "%s?limit=%lld", item, (long long)limit);
    else if (offset)
        item = mc__arena_format(arena, "%s?offset=%lld", item, (long long)offset);
    mc__link_add(arena, &meta->links, &capacity, "commentPage", item, NULL);
}

static int mark_read(mc_session *session, const mc__comment_facts *facts, mc_time created)
{
    if (facts->item_type == MC_ITEM_HUDDLE)
        return mc__huddle_mark_read(session, facts->item_id, created);
    mc__mark_read(session, facts->item_type, facts->item_id, created);
    return 0;
}

int mc_comment_get(mc_comment **out, mc_session *session, int64_t comment_id, int64_t limit,
                   int64_t offset)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_comment *comment;
    const PGresult *rows;
    mc__comment_reader reader;
    const char *title;
    mc__arena *arena;
    mc__comment_facts facts;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, comment_id);
    if (rc == 0)
        rc = mc__position_limit(session, &limit);
    if (rc == 0 && offset < 0)
        rc = mc__fault(&session->problem, "offset", "must be 0 or more");
    if (rc == 0)
        rc = load(session, &batch, comment_id, limit, offset);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, G_COMMENT);
    mc__comment_read_facts(&facts, session, comment_id, rows, 0);
    rc = mc__comment_check_readable(session, &facts);
    if (rc < 0)
        return rc;
    record = comment = mc__record_new(&mc__comment_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    title = facts.reads_parent ? mc__row_text(rows, 0, PQfnumber(rows, "parent_title")) : NULL;
    if (mc__comment_reader_make(&reader, session, arena, rows, title) < 0 ||
        mc__comment_fill(arena, comment, &reader, 0) < 0 ||
        (title && add_relatives(session, arena, (mc_meta *)comment->meta, &batch, title) < 0))
        return mc__out_of_memory(session);
    if (title) {
        add_next_link(arena, comment, mc__batch_rows(&batch, G_REPLIES), limit, offset);
        add_page_link(arena, comment, mc__batch_rows(&batch, G_INDEX), limit);
    }
    ((mc_meta *)comment->meta)->permissions = mc__permissions_record(arena, &facts.permissions);
    if (arena->failed)
        return mc__out_of_memory(session);
    if (title)
        rc = mark_read(session, &facts, comment->meta->created);
    if (rc < 0)
        return rc;
    MC_TAKE(record);
    *out = comment;
    return 0;
}

int mc_comment_position(mc_position **out, mc_session *session, int64_t comment_id, int64_t limit)
{
    mc__comment_facts comment;
    mc_batch(batch);
    mc_position *position;
    mc__place place;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__position_limit(session, &limit);
    if (rc == 0)
        rc = mc__check_id(session, comment_id);
    if (rc < 0)
        return rc;
    mc__comment_ask(session, &batch, comment_id);
    mc__position_ask(&batch, session, comment_id, limit);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    mc__comment_read_facts(&comment, session, comment_id, mc__batch_rows(&batch, G_COMMENT), 0);
    rc = mc__comment_check_readable(session, &comment);
    if (rc == 0 && !comment.reads_parent)
        rc = mc__refuse(session, MC_EFORBIDDEN);
    if (rc < 0)
        return rc;
    place = mc__position_read(mc__batch_rows(&batch, G_INDEX));
    position = mc__position_make(comment.item_type, comment.item_id, comment_id, &place, limit);
    if (!position)
        return mc__out_of_memory(session);
    *out = position;
    return 0;
}
