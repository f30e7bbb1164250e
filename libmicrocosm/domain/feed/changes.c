/* The change feed: include/microcosm/changes.h. */
#include "changes.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "cursor.h"
#include "types.h"
#include "statements.h"

#define LIMIT_MAX 1000
#define LIMIT_DEFAULT 100
/* Rows at once: a few hundredths of a second. */
#define TRIM_ROWS 2000

static const mc__field change_fields[] = {
    MC_FIELD(mc_change, id, "id"),
    MC_FIELD(mc_change, item_type, "itemType"),
    MC_FIELD(mc_change, item_id, "itemId"),
    MC_FIELD(mc_change, parent_type, "parentType", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_change, parent_id, "parentId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_change, microcosm_id, "microcosmId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_change, action, "action"),
    MC_FIELD(mc_change, profile_id, "profileId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_change, created, "created"),
};
const mc_type mc__change_type = MC_TYPE(mc_change, "change", change_fields);

static const mc__field change_list_fields[] = {
    MC_FIELD(mc_change_list, changes, "changes", .type = &mc__change_type),
    MC_FIELD(mc_change_list, cursor, "cursor"),
    MC_FIELD(mc_change_list, more, "more"),
};
const mc_type mc__change_list_type = MC_TYPE(mc_change_list, "change_list", change_list_fields);

/* One call: what has been told, and where it stands. */
typedef struct telling {
    mc_session *session;
    mc_change_list *list;
    mc__arena *arena; /* of the list */
    size_t capacity;
    mc__cursor at;
    int64_t room;   /* for so many more changes */
    mc_int64s ids;  /* of all microcosms of the site, ascending */
    bool *was_seen; /* of each, as far as has been told; at first as the cursor says */
} telling;

static bool sees(mc_session *session, const mc__node *node)
{
    return node && mc__is_readable(session, node);
}

static int begin(telling *t, mc_session *session, mc_change_list *list)
{
    const mc__tree *tree = session->tree;
    int64_t *ids = mc__arena_alloc(&session->scratch, (tree->count + 1) * sizeof(*ids));

    t->session = session;
    t->list = list;
    t->arena = mc__record_arena(list);
    t->was_seen = mc__arena_alloc(&session->scratch, tree->count + 1);
    if (!ids || !t->was_seen)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < tree->count; i++) {
        ids[i] = tree->by_id[i]->id;
        t->was_seen[i] =
            t->at.knows_sight ? mc__cursor_saw(&t->at, ids[i]) : sees(session, tree->by_id[i]);
    }
    t->ids = (mc_int64s){ids, tree->count};
    return 0;
}

static size_t number_of(const telling *t, int64_t microcosm_id)
{
    size_t low = 0, high = t->ids.count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (t->ids.items[middle] < microcosm_id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < t->ids.count && t->ids.items[low] == microcosm_id ? low : SIZE_MAX;
}

static bool may_read(const telling *t, int64_t microcosm_id)
{
    const mc__node *node = mc__tree_find(t->session->tree, microcosm_id);

    return node && mc__decide_microcosm(t->session, node)->can_read;
}

/* An author reads their own item wherever it is, with its comments, and their own comment. */
static bool may_read_content(const telling *t, const mc__changes_next_row *row)
{
    int64_t actor = t->session->actor->profile_id;
    mc_permissions permissions;

    if (may_read(t, row->microcosm_id))
        return true;
    if (actor != row->item_author && actor != row->comment_author)
        return false;
    if (row->item_type == MC_ITEM_COMMENT)
        mc__decide_comment(&permissions, t->session,
                           &(mc__comment_ref){.comment_id = row->item_id,
                                              .author = row->comment_author,
                                              .item_type = (mc_item_type)row->parent_type,
                                              .item_id = row->parent_id,
                                              .microcosm_id = row->microcosm_id,
                                              .parent_author = row->item_author});
    else
        mc__decide_item(&permissions, t->session, (mc_item_type)row->item_type, row->item_id,
                        row->microcosm_id, row->item_author);
    return permissions.can_read;
}

/* Whether an item that comes from the database is in sight. */
static bool sees_item(const telling *t, const mc__changes_content_row *row)
{
    const mc__node *node = mc__tree_find(t->session->tree, row->microcosm_id);
    mc_permissions permissions;

    if (!node || node->is_hidden)
        return false;
    mc__decide_item(&permissions, t->session, (mc_item_type)row->item_type, row->item_id,
                    row->microcosm_id, row->item_author);
    return permissions.can_read;
}

/* Whether the reader was told what is in it. */
static bool was_told(const telling *t, int64_t microcosm_id)
{
    size_t number = number_of(t, microcosm_id);

    return number != SIZE_MAX && t->was_seen[number];
}

/* Whether the reader could see what is in it, then or now. */
static bool saw(const telling *t, int64_t microcosm_id)
{
    return was_told(t, microcosm_id) ||
           sees(t->session, mc__tree_find(t->session->tree, microcosm_id));
}

static const char *kind_name(int64_t item_type)
{
    const char *name = mc_item_type_name((mc_item_type)item_type);

    return name ? name : "";
}

static int tell(telling *t, const mc_change *told)
{
    mc_change *change = mc__record_make(t->arena, &mc__change_type);

    if (!change)
        return MC_ENOMEM;
    *change = *told;
    change->type = &mc__change_type;
    t->room--;
    return mc__list_add(t->arena, &t->list->changes, &t->capacity, change) ? 0 : MC_ENOMEM;
}

/* What has come into sight. */

static int tell_content(telling *t, const mc__changes_content_row *row)
{
    bool is_comment = row->comment_id > 0;

    return tell(
        t, &(mc_change){.id = t->at.change_id,
                        .item_type = kind_name(is_comment ? MC_ITEM_COMMENT : row->item_type),
                        .item_id = is_comment ? row->comment_id : row->item_id,
                        .parent_type = kind_name(is_comment ? row->item_type : MC_ITEM_MICROCOSM),
                        .parent_id = is_comment ? row->item_id : row->microcosm_id,
                        .microcosm_id = row->microcosm_id,
                        .action = "create",
                        .profile_id = row->profile_id,
                        .created = row->created});
}

static bool may_read_thing(mc_session *session, mc_item_type item_type, int64_t item_id,
                           int64_t author, bool participant)
{
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, item_type, item_id, author, participant);
    return permissions.can_read;
}

static int tell_huddle_comment(telling *t, const mc__changes_huddle_content_row *row)
{
    return tell(t, &(mc_change){.id = t->at.change_id,
                                .item_type = kind_name(MC_ITEM_COMMENT),
                                .item_id = row->comment_id,
                                .parent_type = kind_name(MC_ITEM_HUDDLE),
                                .parent_id = t->at.walk.item_id,
                                .action = "create",
                                .profile_id = row->profile_id,
                                .created = row->created});
}

/* Of a huddle that the reader takes no part in there are no rows. */
static int walk_huddle(telling *t)
{
    mc__walk *w = &t->at.walk;
    const PGresult *rows;
    int64_t room = t->room;
    mc_batch(batch);
    int rc;

    if (!may_read_thing(t->session, MC_ITEM_HUDDLE, w->item_id, 0, true)) {
        w->is_on = false;
        return 0;
    }
    mc__add_changes_huddle_content(
        &batch, &(mc__changes_huddle_content_in){.site_id = t->session->site.id,
                                                 .huddle_id = w->item_id,
                                                 .actor_id = t->session->actor->profile_id,
                                                 .position = w->position,
                                                 .limit = room});
    rc = mc__run(t->session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    w->is_on = PQntuples(rows) == room;
    for (int number = 0; number < PQntuples(rows); number++) {
        mc__changes_huddle_content_row row = mc__read_changes_huddle_content(rows, number);

        w->position = row.position + 1;
        if (tell_huddle_comment(t, &row) < 0)
            return mc__out_of_memory(t->session);
    }
    return 0;
}

static int walk_items(telling *t)
{
    mc__walk *w = &t->at.walk;
    const PGresult *rows;
    int64_t room = t->room;
    mc_batch(batch);
    int rc;

    mc__add_changes_content(&batch, &(mc__changes_content_in){.site_id = t->session->site.id,
                                                              .microcosm_id = w->microcosm_id,
                                                              .item_id = w->item_id,
                                                              .position = w->position,
                                                              .limit = room});
    rc = mc__run(t->session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    w->is_on = PQntuples(rows) == room;
    for (int number = 0; number < PQntuples(rows); number++) {
        mc__changes_content_row row = mc__read_changes_content(rows, number);

        w->item_id = row.item_id;
        w->position = row.position + 1;
        if (!sees_item(t, &row)) {
            /* gone again: whatever took it away tells that */
            w->is_on = false;
            return 0;
        }
        if (tell_content(t, &row) < 0)
            return mc__out_of_memory(t->session);
    }
    return 0;
}

/* Goes on with the walk until it ends or there is no more room. */
static int walk(telling *t)
{
    if (!t->at.walk.is_on || t->room <= 0)
        return 0;
    return t->at.walk.is_huddle ? walk_huddle(t) : walk_items(t);
}

static int tell_microcosm(telling *t, const mc__node *node, const char *action)
{
    return tell(t, &(mc_change){.id = t->at.change_id,
                                .item_type = kind_name(MC_ITEM_MICROCOSM),
                                .item_id = node->id,
                                .parent_type = kind_name(0),
                                .microcosm_id = node->id,
                                .action = action,
                                .created = mc__now()});
}

/* Tells of the microcosms that have left the reader's sight or come into it for another reason than
 * a change of their own, such as a change of roles. */
static int tell_sight(telling *t)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < t->ids.count && t->room > 0; i++) {
        const mc__node *node = t->session->tree->by_id[i];
        bool is_seen = sees(t->session, node);

        if (is_seen == t->was_seen[i])
            continue;
        if (tell_microcosm(t, node, is_seen ? "create" : "delete") < 0)
            return mc__out_of_memory(t->session);
        t->was_seen[i] = is_seen;
        if (is_seen) {
            t->at.walk = (mc__walk){.is_on = true, .microcosm_id = node->id, .position = -1};
            rc = walk(t);
        }
        if (t->at.walk.is_on) /* no more room */
            break;
    }
    return rc;
}

/* Changes of the feed. */

/* What is in no microcosm. */
static bool may_know(mc_session *session, const mc__changes_next_row *row)
{
    mc_item_type item_type = (mc_item_type)row->item_type,
                 parent_type = (mc_item_type)row->parent_type;

    if (item_type == MC_ITEM_USER || item_type == MC_ITEM_ROLE || item_type == MC_ITEM_AUTH)
        return false; /* these are for caches, and nobody's news */
    if (item_type == MC_ITEM_COMMENT && parent_type == MC_ITEM_HUDDLE)
        return may_read_thing(session, MC_ITEM_HUDDLE, row->parent_id, 0, row->is_participant);
    if (item_type == MC_ITEM_HUDDLE)
        return may_read_thing(session, MC_ITEM_HUDDLE, row->item_id, 0, row->is_participant);
    if (item_type == MC_ITEM_COMMENT && parent_type == MC_ITEM_PROFILE)
        return may_read_thing(session, MC_ITEM_PROFILE, row->parent_id, 0, false);
    if (item_type == MC_ITEM_PROFILE || item_type == MC_ITEM_SITE)
        return may_read_thing(session, item_type, row->item_id, 0, false);
    return false;
}

static mc_change change_of(telling *t, const mc__changes_next_row *row)
{
    return (mc_change){.id = row->change_id,
                       .item_type = kind_name(row->item_type),
                       .item_id = row->item_id,
                       .parent_type = kind_name(row->parent_type),
                       .parent_id = row->parent_id,
                       .microcosm_id = row->microcosm_id,
                       .action =
                           row->is_hidden ? "delete" : mc__arena_strdup(t->arena, row->action),
                       .profile_id = row->profile_id,
                       .created = row->created};
}

/* The microcosm itself; what is in it is walked through if it has come into sight. */
static int tell_of_microcosm(telling *t, const mc__changes_next_row *row)
{
    size_t number = number_of(t, row->item_id);
    mc_change change = change_of(t, row);
    bool is_seen, was_seen;

    if (number == SIZE_MAX)
        return 0;
    is_seen = sees(t->session, t->session->tree->by_id[number]);
    was_seen = t->was_seen[number];
    if (!is_seen && !was_seen && !may_read(t, row->item_id))
        return 0;
    if (!may_read(t, row->item_id)) { /* where it went is not told */
        change.parent_type = "";
        change.parent_id = 0;
    }
    if (!is_seen)
        change.action = "delete";
    else if (!was_seen)
        change.action = "create";
    t->was_seen[number] = is_seen;
    if (is_seen && !was_seen)
        t->at.walk = (mc__walk){.is_on = true, .microcosm_id = row->item_id, .position = -1};
    return tell(t, &change);
}

/* An item, or a comment on one. A moved item is gone for those who don't see where it is now, but
 * its author. */
static int tell_of_content(telling *t, const mc__changes_next_row *row)
{
    bool is_item = row->item_type != MC_ITEM_COMMENT, is_readable = may_read_content(t, row);
    const mc__node *node = mc__tree_find(t->session->tree, row->microcosm_id);
    mc_change change = change_of(t, row);

    if (!is_readable && !(row->moved_from && saw(t, row->moved_from)))
        return 0;
    if (!is_readable || !node || node->is_hidden)
        change.action = "delete";
    if (!is_readable) { /* where it went is not told */
        change.microcosm_id = row->moved_from;
        change.parent_id = row->moved_from;
    } else if (strcmp(change.action, "delete") != 0 &&
               (row->is_shown_again || (row->moved_from && !was_told(t, row->moved_from) &&
                                        row->item_author != t->session->actor->profile_id))) {
        change.action = "create";
        if (is_item)
            t->at.walk = (mc__walk){.is_on = true, .item_id = row->item_id};
    }
    return tell(t, &change);
}

/* It comes into sight of who joins it, and is gone for who leaves it. */
static int tell_of_huddle(telling *t, const mc__changes_next_row *row)
{
    bool is_readable = may_know(t->session, row);
    mc_change change = change_of(t, row);

    if (!is_readable && !row->has_left)
        return 0;
    if (!is_readable)
        change.action = "delete";
    else if (row->has_joined) {
        change.action = "create";
        t->at.walk = (mc__walk){.is_on = true, .is_huddle = true, .item_id = row->item_id};
    }
    return tell(t, &change);
}

static int tell_row(telling *t, const mc__changes_next_row *row)
{
    mc_change change;

    t->at.transaction = mc__arena_strdup(&t->session->scratch, row->transaction);
    t->at.change_id = row->change_id;
    if (row->is_secret)
        return 0;
    if (row->item_type == MC_ITEM_MICROCOSM)
        return tell_of_microcosm(t, row);
    if (row->microcosm_id)
        return tell_of_content(t, row);
    if (row->item_type == MC_ITEM_HUDDLE)
        return tell_of_huddle(t, row);
    if (!may_know(t->session, row))
        return 0;
    change = change_of(t, row);
    return tell(t, &change);
}

/* Reads rows for the room that is left. is_end: there are no more. */
static int tell_rows(telling *t, bool *is_end)
{
    mc_session *session = t->session;
    const PGresult *rows;
    int64_t limit = t->room;
    mc_batch(batch);
    int rc;

    mc__add_changes_next(&batch, &(mc__changes_next_in){.site_id = session->site.id,
                                                        .transaction = t->at.transaction,
                                                        .change_id = t->at.change_id,
                                                        .since = t->at.since,
                                                        .limit = limit,
                                                        .actor_id = session->actor->profile_id});
    /* asked last, so that what is trimmed away meanwhile is noticed */
    mc__add_changes_is_trimmed(&batch,
                               &(mc__changes_is_trimmed_in){.site_id = session->site.id,
                                                            .transaction = t->at.transaction,
                                                            .change_id = t->at.change_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (!t->at.is_beginning && mc__read_changes_is_trimmed(mc__batch_rows(&batch, 1), 0).is_trimmed)
        return mc__fail(&session->problem, MC_EGONE,
                        "changes after this cursor are not kept any more");
    rows = mc__batch_rows(&batch, 0);
    *is_end = PQntuples(rows) < limit;
    for (int number = 0; rc == 0 && number < PQntuples(rows); number++) {
        mc__changes_next_row row = mc__read_changes_next(rows, number);

        if (t->room <= 0) { /* a walk has taken it */
            *is_end = false;
            return 0;
        }
        if (tell_row(t, &row) < 0)
            return mc__out_of_memory(session);
        rc = walk(t);
        if (t->at.walk.is_on) {
            *is_end = false;
            return rc;
        }
    }
    return rc;
}

static int finish(telling *t, bool more)
{
    t->list->more = more;
    t->list->cursor = mc__cursor_write(t->arena, &t->at, &t->ids, t->was_seen);
    return t->arena->failed || t->session->scratch.failed ? mc__out_of_memory(t->session) : 0;
}

static int load_now(mc_session *session, mc_change_list *list)
{
    telling t = {.at = {.transaction = "0"}};
    mc__changes_now_row now;
    mc_batch(batch);
    int rc = begin(&t, session, list);

    mc__add_changes_now(&batch, &(mc__changes_now_in){.site_id = session->site.id});
    if (rc == 0)
        rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    now = mc__read_changes_now(mc__batch_rows(&batch, 0), 0);
    t.at.transaction = now.transaction;
    t.at.change_id = now.change_id;
    t.at.since = now.snapshot;
    return finish(&t, false);
}

static int load_next(mc_session *session, mc_change_list *list, const char *cursor, int64_t limit)
{
    telling t = {.room = limit};
    bool is_end = false;
    int rc = mc__cursor_read(&t.at, &session->problem, &session->scratch, cursor);

    if (rc == 0)
        rc = begin(&t, session, list);
    if (rc == 0)
        rc = walk(&t);
    if (rc == 0 && t.room > 0)
        rc = tell_rows(&t, &is_end);
    if (rc == 0 && is_end)
        rc = tell_sight(&t);
    return rc < 0 ? rc : finish(&t, !is_end || t.at.walk.is_on || t.room <= 0);
}

int mc_changes_next(mc_change_list **out, mc_session *session, const char *cursor, int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_change_list *list;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (limit < 0 || limit > LIMIT_MAX)
        return mc__fault(&session->problem, "limit", "must be 1 to %d", LIMIT_MAX);
    record = list = mc__record_new(&mc__change_list_type);
    if (!record)
        return mc__out_of_memory(session);
    rc = cursor && strcmp(cursor, "now") == 0
             ? load_now(session, list)
             : load_next(session, list, cursor, limit ? limit : LIMIT_DEFAULT);
    if (rc < 0)
        return rc;
    MC_TAKE(record);
    *out = list;
    return 0;
}

int mc__changes_trim(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_changes_trim(
        &batch, &(mc__changes_trim_in){.keep_s = part->app->changes_keep_s, .limit = TRIM_ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_changes_trim(mc__batch_rows(&batch, 0), 0).rows < TRIM_ROWS;
    return rc;
}
