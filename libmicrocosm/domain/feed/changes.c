/* The change feed: include/microcosm/changes.h. */
#include "changes.h"

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "types.h"
#include "statements.h"

#define LIMIT_MAX 1000
#define LIMIT_DEFAULT 100
#define TRIM_EVERY_MS 60000
/* Rows at once: a few hundredths of a second. */
#define TRIM_ROWS 2000
#define TRIM_PAUSE_MS 50

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

/* "transaction.change", both decimal. */
static int read_cursor(mc_session *session, const char *cursor, const char **transaction,
                       int64_t *change)
{
    size_t first, second;

    *transaction = "0";
    *change = 0;
    if (!cursor || !*cursor)
        return 0;
    first = strspn(cursor, "0123456789");
    second = cursor[first] == '.' ? strspn(cursor + first + 1, "0123456789") : 0;
    if (first == 0 || first > 19 || second == 0 || second > 18 ||
        cursor[first + 1 + second] != '\0')
        return mc__fault(&session->problem, "cursor", "is not one that was given out");
    *transaction = mc__arena_copy(&session->scratch, cursor, first);
    *change = strtoll(cursor + first + 1, NULL, 10);
    return 0;
}

static const char *make_cursor(mc__arena *arena, const char *transaction, int64_t change_id)
{
    return mc__arena_format(arena, "%s.%lld", transaction, (long long)change_id);
}

static bool may_read_thing(mc_session *session, mc_item_type item_type, int64_t item_id,
                           int64_t author, bool participant)
{
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, item_type, item_id, author, participant);
    return permissions.can_read;
}

static bool may_know(mc_session *session, const mc__changes_next_row *row)
{
    mc_item_type item_type = (mc_item_type)row->item_type,
                 parent_type = (mc_item_type)row->parent_type;
    int64_t microcosm_id = row->microcosm_id;
    mc__node *node;

    if (item_type == MC_ITEM_USER || item_type == MC_ITEM_ROLE || item_type == MC_ITEM_AUTH)
        return false; /* these are for caches, and nobody's news */
    if (item_type == MC_ITEM_MICROCOSM)
        microcosm_id = row->item_id;
    if (microcosm_id) {
        node = mc__tree_find(session->tree, microcosm_id);
        return node && mc__decide_microcosm(session, node)->can_read;
    }
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

static bool is_hidden(mc_session *session, const mc__changes_next_row *row)
{
    int64_t microcosm_id = row->item_type == MC_ITEM_MICROCOSM ? row->item_id : row->microcosm_id;
    const mc__node *node = microcosm_id ? mc__tree_find(session->tree, microcosm_id) : NULL;

    return row->is_hidden || (node && node->is_hidden);
}

static const char *kind_name(int64_t item_type)
{
    const char *name = mc_item_type_name((mc_item_type)item_type);

    return name ? name : "";
}

static mc_change *make_change(mc_session *session, mc__arena *arena,
                              const mc__changes_next_row *row)
{
    mc_change *change = mc__record_make(arena, &mc__change_type);

    if (!change)
        return NULL;
    change->id = row->change_id;
    change->item_type = kind_name(row->item_type);
    change->item_id = row->item_id;
    change->parent_type = kind_name(row->parent_type);
    change->parent_id = row->parent_id;
    change->microcosm_id = row->microcosm_id;
    change->action = is_hidden(session, row) ? "delete" : mc__arena_strdup(arena, row->action);
    change->profile_id = row->profile_id;
    change->created = row->created;
    return change;
}

static int fill(mc_session *session, mc_change_list *list, const PGresult *rows, const char *cursor)
{
    mc__arena *arena = mc__record_arena(list);
    size_t capacity = 0;

    list->cursor = mc__arena_strdup(arena, cursor);
    for (int number = 0; number < PQntuples(rows); number++) {
        mc__changes_next_row row = mc__read_changes_next(rows, number);

        if (may_know(session, &row) &&
            !mc__list_add(arena, &list->changes, &capacity, make_change(session, arena, &row)))
            return MC_ENOMEM;
        if (number == PQntuples(rows) - 1)
            list->cursor = make_cursor(arena, row.transaction, row.change_id);
    }
    return arena->failed ? MC_ENOMEM : 0;
}

static int load_now(mc_session *session, mc_change_list *list)
{
    mc__arena *arena = mc__record_arena(list);
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_changes_now(&batch, &(mc__changes_now_in){.site_id = session->site.id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    list->cursor = "0.0";
    if (PQntuples(rows)) {
        mc__changes_now_row now = mc__read_changes_now(rows, 0);

        list->cursor = make_cursor(arena, now.transaction, now.change_id);
    }
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static int load_next(mc_session *session, mc_change_list *list, const char *cursor, int64_t limit)
{
    const char *transaction;
    int64_t change;
    mc_batch(batch);
    int rc = read_cursor(session, cursor, &transaction, &change);

    if (rc < 0)
        return rc;
    mc__add_changes_next(&batch, &(mc__changes_next_in){.site_id = session->site.id,
                                                        .transaction = transaction,
                                                        .change_id = change,
                                                        .limit = limit,
                                                        .actor_id = session->actor->profile_id});
    if (cursor && *cursor) { /* asked last, so that what is trimmed away meanwhile is noticed */
        mc__add_changes_is_trimmed(&batch, &(mc__changes_is_trimmed_in){.site_id = session->site.id,
                                                                        .transaction = transaction,
                                                                        .change_id = change});
    }
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (batch.count > 1 && mc__read_changes_is_trimmed(mc__batch_rows(&batch, 1), 0).is_trimmed)
        return mc__fail(&session->problem, MC_EGONE,
                        "changes after this cursor are not kept any more");
    list->more = PQntuples(mc__batch_rows(&batch, 0)) == limit;
    if (fill(session, list, mc__batch_rows(&batch, 0), cursor ? cursor : "") < 0)
        return mc__out_of_memory(session);
    return 0;
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

static int trim(mc_app *app, int64_t *trimmed)
{
    mc__problem problem = {0};
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = 100};
    mc_batch(batch);
    int rc;

    mc__add_changes_trim(&batch,
                         &(mc__changes_trim_in){.keep_s = app->changes_keep_s, .limit = TRIM_ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    if (rc == 0)
        *trimmed = mc__read_changes_trim(mc__batch_rows(&batch, 0), 0).rows;
    mc__problem_release(&problem);
    return rc;
}

int64_t mc__changes_trim(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), due = atomic_load(&app->trim_due), trimmed = 0, wait;

    if (now < due)
        return due - now;
    /* the first time is a whole pause after the start: programs that run for a moment don't trim */
    if (due && trim(app, &trimmed) == 0 && trimmed == TRIM_ROWS)
        wait = TRIM_PAUSE_MS;
    else
        wait = TRIM_EVERY_MS;
    atomic_store(&app->trim_due, mc__monotonic_ms() + wait);
    return wait;
}
