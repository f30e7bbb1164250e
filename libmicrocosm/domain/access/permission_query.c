/* mc_permissions_get(): the actor's rights on any resource, with the reasons. */
#include "../base/call.h"
#include "../base/types.h"
#include "actor.h"
#include "permissions.h"
#include "statements.h"

/* As many names as there are. */
#define DECIDES_MOST 12

static int load_resource(mc_session *session, mc__facts *facts)
{
    mc__permissions_resource_row row;
    mc_batch(batch);
    const PGresult *rows;
    size_t resource;
    int rc;

    resource = mc__add_permissions_resource(
        &batch, &(mc__permissions_resource_in){.site_id = session->site.id,
                                               .item_type = facts->item_type,
                                               .item_id = facts->item_id,
                                               .actor_id = session->actor->profile_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, resource);
    if (PQntuples(rows) == 0)
        return 0;
    row = mc__read_permissions_resource(rows, 0);
    facts->in_microcosm = row.in_microcosm;
    facts->owner = row.owner;
    facts->other_owner = row.other_owner;
    facts->comment_on = (mc_item_type)row.comment_on;
    facts->comment_parent = row.comment_parent;
    facts->parent_author = row.parent_author;
    facts->is_participant = row.is_participant;
    return 0;
}

static const mc_permission_reason *read_line(mc__arena *arena, const char *line, size_t length)
{
    mc_permission_reason *reason = mc__record_make(arena, &mc__permission_reason_type);
    const char *colon = memchr(line, ':', length), *at = line;
    const char **names = mc__arena_alloc(arena, DECIDES_MOST * sizeof(*names));

    if (!reason || !names || !colon)
        return NULL;
    reason->reason = mc__arena_copy(arena, colon + 2, length - (size_t)(colon + 2 - line));
    reason->decides.items = names;
    while (at < colon) {
        size_t name = strcspn(at, ",:");

        names[reason->decides.count++] = mc__arena_copy(arena, at, name);
        at += name + 2; /* ", " */
    }
    return reason;
}

/* The lines of the explanation as records. */
static int add_reasons(mc_permissions *permissions, mc_session *session)
{
    mc__arena *arena = mc__record_arena(permissions);
    const char *line = mc__text_string(&session->explanation);
    size_t capacity = 0;

    for (size_t length; *line; line += length + 1) {
        const mc_permission_reason *reason;

        length = strcspn(line, "\n");
        reason = read_line(arena, line, length);
        if (!reason || !mc__list_add(arena, &permissions->why, &capacity, reason))
            return mc__out_of_memory(session);
    }
    return arena->failed || session->explanation.error ? mc__out_of_memory(session) : 0;
}

int mc_permissions_get(mc_permissions **out, const char **explanation, mc_session *session,
                       const mc_permission_query *given)
{
    mc_permission_query own = MC_PERMISSION_QUERY_INIT;
    const mc_permission_query *query = &own;
    mc_auto(mc_record_free) void *record = NULL;
    mc__facts facts;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!given)
        return mc__fail(&session->problem, MC_EINVAL, "nothing was asked for");
    rc = mc__struct_take(&session->problem, &own, sizeof(own), given, "permission_query");
    if (rc < 0)
        return rc;
    if (query->item_id < 0 || query->microcosm_id < 0)
        return mc__fault(&session->problem, "itemId", "must not be negative");
    facts = mc__facts_of(session, query->item_type, query->item_id);
    facts.microcosm_id = query->microcosm_id;
    if (query->item_id > 0 && query->item_type != MC_ITEM_SITE &&
        query->item_type != MC_ITEM_MICROCOSM) {
        rc = load_resource(session, &facts);
        if (rc < 0)
            return rc;
    }
    record = mc__record_new(&mc__permissions_type);
    if (!record)
        return mc__out_of_memory(session);
    mc__text_clear(&session->explanation);
    mc__decide(record, &facts, explanation ? &session->explanation : NULL);
    if (explanation) {
        *explanation = mc__text_string(&session->explanation);
        rc = add_reasons(record, session);
    }
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
