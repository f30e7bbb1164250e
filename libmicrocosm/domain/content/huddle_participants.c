/* Reads who takes part in a huddle: include/microcosm/huddles.h. */
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "huddle_facts.h"
#include "types.h"
#include "statements.h"

enum { P_FACTS, P_TOTAL, P_PARTICIPANTS };

/* profile_id: 0, or the only one to be read. */
static int load(mc_session *session, mc__batch *batch, int64_t huddle_id, int64_t profile_id,
                const mc_page_options *page)
{
    mc__huddle_facts facts = {0};
    int rc;

    mc__huddle_ask(batch, session, huddle_id);
    mc__add_huddles_count_participants(
        batch, &(mc__huddles_count_participants_in){session->site.id, huddle_id});
    mc__add_huddles_participants(batch, &(mc__huddles_participants_in){.site_id = session->site.id,
                                                                       .huddle_id = huddle_id,
                                                                       .profile_id = profile_id,
                                                                       .limit = page->limit,
                                                                       .offset = page->offset});
    rc = mc__run(session, batch);
    if (rc < 0)
        return rc;
    mc__huddle_read_facts(&facts, session, huddle_id, mc__batch_rows(batch, P_FACTS));
    return facts.permissions.can_read ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

static int fill(mc_participant *participant, mc__arena *arena, const mc__columns *columns,
                const PGresult *rows, int row)
{
    if (!participant || mc__record_decode(participant, arena, columns, rows, row) < 0)
        return MC_ENOMEM;
    mc__profile_finish(arena, (mc_profile *)participant->participant);
    return arena->failed ? MC_ENOMEM : 0;
}

static int read_page(mc_session *session, mc__arena *arena, mc_list *list, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);
    const void **items = mc__list_make(arena, list, count);
    mc__columns columns;

    if (!items || mc__columns_make(&columns, &session->scratch, &mc__participant_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc_participant *one = mc__record_make(arena, &mc__participant_type);

        if (fill(one, arena, &columns, rows, (int)i) < 0)
            return mc__out_of_memory(session);
        items[i] = one;
    }
    return 0;
}

int mc_huddle_participants(mc_collection **out, mc_session *session, int64_t huddle_id,
                           const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_collection *collection;
    mc_page_options page;
    const char *path;
    mc_page *list;
    mc__arena *arena;
    int64_t total;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, huddle_id);
    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc == 0)
        rc = load(session, &batch, huddle_id, 0, &page);
    if (rc < 0)
        return rc;
    total = mc__read_huddles_count_participants(mc__batch_rows(&batch, P_TOTAL), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = collection = mc__record_new(&mc__collection_type);
    if (!collection)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    path = mc__arena_format(arena, "/api/v1/huddles/%lld/participants", (long long)huddle_id);
    list = mc__page_make(arena, &page, total, path, path);
    collection->participants = list;
    collection->meta = mc__record_make(arena, &mc__meta_type);
    if (!list || !collection->meta)
        return mc__out_of_memory(session);
    rc = read_page(session, arena, &list->items, mc__batch_rows(&batch, P_PARTICIPANTS));
    if (rc == 0 && arena->failed)
        rc = mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_huddle_participant_get(mc_participant **out, mc_session *session, int64_t huddle_id,
                              int64_t profile_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    const mc_page_options first = {.limit = 1};
    const PGresult *rows;
    mc__columns columns;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, huddle_id);
    if (rc == 0)
        rc = mc__check_id(session, profile_id);
    if (rc == 0)
        rc = load(session, &batch, huddle_id, profile_id, &first);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, P_PARTICIPANTS);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__participant_type);
    if (!record || mc__columns_make(&columns, &session->scratch, &mc__participant_type, rows) < 0 ||
        fill(record, mc__record_arena(record), &columns, rows, 0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}
