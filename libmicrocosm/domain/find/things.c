/* See things.h. */
#include "things.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "../base/types.h"
#include "../content/comment_facts.h"
#include "../content/huddle_records.h"
#include "../content/types.h"
#include "../sites/types.h"
#include "statements.h"

/* Whether the actor may read in the microcosm what it has written itself. */
static bool reads_own(mc_session *session, const mc__node *node)
{
    mc_permissions permissions;

    mc__decide_item(&permissions, session, MC_ITEM_CONVERSATION, 0, node->id,
                    session->actor->profile_id);
    return permissions.can_read;
}

/* level: of each readable microcosm. */
static void find_last_below(mc__sight *sight, int64_t *last, const int64_t *level)
{
    for (size_t i = 0; i < sight->readable.count; i++) {
        size_t end = i + 1;

        while (end < sight->readable.count && level[end] > level[i])
            end++;
        last[i] = (int64_t)end;
    }
    sight->last_below = (mc_int64s){last, sight->readable.count};
}

int mc__sight_make(mc__sight *out, mc_session *session)
{
    const mc__tree *tree = session->tree;
    mc__arena *arena = &session->scratch;
    size_t size = (tree->count + 1) * sizeof(int64_t);
    int64_t *readable = mc__arena_alloc(arena, size), *last = mc__arena_alloc(arena, size),
            *level = mc__arena_alloc(arena, size), *own = mc__arena_alloc(arena, size);
    mc_permissions profiles;

    if (!readable || !last || !level || !own)
        return mc__out_of_memory(session);
    *out = (mc__sight){{readable, 0}, {last, 0}, {own, 0}, false};
    for (size_t i = 0; i < tree->count; i++) {
        const mc__node *node = &tree->nodes[i];

        if (mc__is_readable(session, node)) {
            level[out->readable.count] = node->level;
            readable[out->readable.count++] = node->id;
        } else if (!node->is_hidden && reads_own(session, node)) {
            own[out->own_only.count++] = node->id;
        }
    }
    find_last_below(out, last, level);
    mc__decide_resource(&profiles, session, MC_ITEM_PROFILE, 0, 0, false);
    out->sees_profiles = profiles.can_read;
    return 0;
}

size_t mc__things_ask(mc__batch *batch, const mc_session *session, const mc__sight *sight,
                      mc_int64s types, mc_int64s ids)
{
    int64_t site_id = session->site.id, actor_id = session->actor->profile_id;
    mc_int64s ignored = session->actor->ignored_profiles;
    size_t first = mc__add_given_microcosms(
        batch, &(mc__given_microcosms_in){site_id, types, ids, sight->readable, sight->last_below});

    mc__add_given_profiles(batch, &(mc__given_profiles_in){site_id, types, ids});
    mc__add_given_comments(batch, &(mc__given_comments_in){site_id, types, ids, actor_id});
    mc__add_given_items(batch, &(mc__given_items_in){site_id, types, ids, actor_id});
    mc__add_given_shown_comments(batch,
                                 &(mc__given_shown_comments_in){site_id, types, ids, ignored});
    mc__add_given_huddles(batch, &(mc__given_huddles_in){site_id, types, ids, ignored});
    mc__add_given_huddle_participants(batch,
                                      &(mc__given_huddle_participants_in){site_id, types, ids});
    return first;
}

static mc__thing_rows rows_of(const mc__batch *batch, size_t number, const char *id)
{
    const PGresult *rows = mc__batch_rows(batch, number);

    return (mc__thing_rows){.rows = rows, .id = PQfnumber(rows, id)};
}

int mc__things_make(mc__things *out, mc_session *session, mc__arena *arena, const mc__batch *batch,
                    size_t first)
{
    int rc;

    *out = (mc__things){.session = session,
                        .arena = arena,
                        .of_microcosms = rows_of(batch, first, "id"),
                        .of_profiles = rows_of(batch, first + 1, "id"),
                        .of_comments = rows_of(batch, first + 2, "id"),
                        .of_items = rows_of(batch, first + 3, "id"),
                        .of_shown = rows_of(batch, first + 4, "listed_id"),
                        .of_huddles = rows_of(batch, first + 5, "id"),
                        .participants = mc__batch_rows(batch, first + 6)};
    rc = mc__microcosm_reader_make(&out->microcosms, session, out->of_microcosms.rows);
    if (rc == 0)
        rc = mc__item_reader_make(&out->items, session, out->of_items.rows);
    if (rc == 0)
        rc = mc__shown_comments_read(&out->shown, session, out->of_shown.rows);
    if (rc < 0)
        return rc;
    if (mc__columns_make(&out->profiles, &session->scratch, &mc__profile_type,
                         out->of_profiles.rows) < 0 ||
        mc__columns_make(&out->huddles, &session->scratch, &mc__huddle_type, out->of_huddles.rows) <
            0 ||
        mc__comment_reader_make(&out->comments, session, arena, out->of_comments.rows, NULL) < 0)
        return mc__out_of_memory(session);
    out->parent_title = PQfnumber(out->of_comments.rows, "parent_title");
    return 0;
}

int mc__things_read(mc__things *out, mc_session *session, mc__arena *arena, mc__batch *batch,
                    const mc__sight *sight, mc_int64s types, mc_int64s ids)
{
    size_t first = mc__things_ask(batch, session, sight, types, ids);
    int rc = mc__run(session, batch);

    return rc < 0 ? rc : mc__things_make(out, session, arena, batch, first);
}

/* The row of a thing, or -1. */
static int find_row(mc__thing_rows *of, int64_t id)
{
    for (int row = of->next; row < PQntuples(of->rows); row++)
        if (mc__row_int(of->rows, row, of->id) == id) {
            of->next = row + 1;
            return row;
        }
    return -1;
}

static const void *microcosm(mc__things *t, int row)
{
    const mc__node *node = mc__tree_find(
        t->session->tree, mc__row_int(t->of_microcosms.rows, row, t->of_microcosms.id));

    return node ? mc__microcosm_alone(t->session, t->arena, &t->microcosms, row, node) : NULL;
}

static const void *profile(mc__things *t, int row)
{
    mc_profile *record = mc__record_make(t->arena, &mc__profile_type);

    if (!record || mc__record_decode(record, t->arena, &t->profiles, t->of_profiles.rows, row) < 0)
        return NULL;
    mc__profile_finish(t->arena, record);
    return record;
}

/* What the comment is on is named only to those who may read that. */
static const char *parent_title(mc__things *t, int64_t id, int row)
{
    const PGresult *rows = t->of_comments.rows;
    mc__comment_facts facts;

    mc__comment_read_facts(&facts, t->session, id, rows, row);
    return facts.reads_parent
               ? mc__columns_text(&t->comments.columns, t->arena, rows, row, t->parent_title)
               : NULL;
}

static const void *comment(mc__things *t, int row, int64_t id)
{
    mc_comment *record;

    t->comments.item_title = parent_title(t, id, row);
    record = mc__comment_record(t->arena, &t->comments, row);
    if (record)
        ((mc_flags *)record->meta->flags)->unread = MC_UNSET;
    return record;
}

static const void *huddle(mc__things *t, int row)
{
    mc_huddle *record = mc__record_make(t->arena, &mc__huddle_type);
    const void *one[] = {record};

    if (!record || mc__huddle_fill(t->arena, record, &t->huddles, t->of_huddles.rows, row) < 0 ||
        mc__huddles_add_participants(t->session, t->arena, &(mc_list){one, 1}, t->participants) < 0)
        return NULL;
    return record;
}

static const void *item(mc__things *t, int row, int64_t id)
{
    void *record = (void *)mc__item_summary(t->session, t->arena, &t->items, row, false);
    int shown = find_row(&t->of_shown, id);

    if (record && shown >= 0 && mc__shown_comments_apply(&t->shown, t->arena, record, shown) < 0)
        return NULL;
    return record;
}

static mc__thing_rows *rows_for(mc__things *t, mc_item_type item_type)
{
    switch (item_type) {
    case MC_ITEM_MICROCOSM:
        return &t->of_microcosms;
    case MC_ITEM_PROFILE:
        return &t->of_profiles;
    case MC_ITEM_COMMENT:
        return &t->of_comments;
    case MC_ITEM_HUDDLE:
        return &t->of_huddles;
    default:
        return &t->of_items;
    }
}

static const void *summary(mc__things *t, mc_item_type item_type, int64_t id, int row)
{
    switch (item_type) {
    case MC_ITEM_MICROCOSM:
        return microcosm(t, row);
    case MC_ITEM_PROFILE:
        return profile(t, row);
    case MC_ITEM_COMMENT:
        return comment(t, row, id);
    case MC_ITEM_HUDDLE:
        return huddle(t, row);
    default:
        return item(t, row, id);
    }
}

const mc_entry *mc__things_entry(mc__things *things, mc_item_type item_type, int64_t item_id)
{
    int row = find_row(rows_for(things, item_type), item_id);
    const void *record = row < 0 ? NULL : summary(things, item_type, item_id, row);
    mc_entry *entry = (mc_entry *)mc__entry_make(things->arena, item_type, record);

    if (entry)
        entry->item_id = item_id;
    return entry;
}
