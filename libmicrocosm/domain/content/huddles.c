/* Reads huddles: include/microcosm/huddles.h. Nothing of them is cached: each has few readers, and
 * none of what is in them must reach anybody else. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "comment_page.h"
#include "huddle_facts.h"
#include "huddle_records.h"
#include "position.h"
#include "types.h"
#include "statements.h"

#define PATH "/api/v1/huddles"
#define MOST_LISTED 10000

enum { H_FACTS, H_HUDDLE, H_PARTICIPANTS };

/* Reads in one trip all but the records. The batch must outlive the page. */
static int load(mc__comment_page *page, mc__batch *batch, mc__huddle_facts *facts)
{
    mc_session *session = page->session;
    int64_t site_id = session->site.id, huddle_id = page->parent_id;
    const PGresult *rows;
    int rc;

    mc__huddle_ask(batch, session, huddle_id);
    mc__add_huddles_get(batch, &(mc__huddles_get_in){.site_id = site_id,
                                                     .huddle_id = huddle_id,
                                                     .actor_id = session->actor->profile_id});
    mc__add_huddles_all_participants(batch, &(mc__huddles_all_participants_in){site_id, huddle_id});
    mc__comment_page_ask(page, batch);
    rc = mc__run(session, batch);
    if (rc < 0)
        return rc;
    mc__huddle_read_facts(facts, session, huddle_id, mc__batch_rows(batch, H_FACTS));
    rows = mc__batch_rows(batch, H_HUDDLE);
    /* gone between the two statements: as if it had never been there */
    if (!facts->permissions.can_read || PQntuples(rows) == 0)
        return mc__refuse(session, MC_EFORBIDDEN);
    page->last_read = facts->read_at;
    return mc__comment_page_take(page, batch, mc__row_text(rows, 0, PQfnumber(rows, "title")),
                                 mc__row_int(rows, 0, PQfnumber(rows, "total_comments")));
}

static int begin(mc__comment_page *page, mc__batch *batch, mc__huddle_facts *facts,
                 mc_session *session, int64_t huddle_id, const mc_page_options *options,
                 bool as_json)
{
    int rc = mc__check_id(session, huddle_id);

    if (rc == 0)
        rc = mc__comment_page_begin(page, session, MC_ITEM_HUDDLE, huddle_id, options, as_json);
    return rc < 0 ? rc : load(page, batch, facts);
}

/* Fills all but the comments. */
static int fill(mc_huddle *huddle, mc__arena *arena, mc_session *session, const mc__batch *batch,
                const mc__huddle_facts *facts)
{
    const PGresult *rows = mc__batch_rows(batch, H_HUDDLE);
    const void *const only[] = {huddle};
    mc__columns columns;

    if (mc__columns_make(&columns, &session->scratch, &mc__huddle_type, rows) < 0 ||
        mc__huddle_fill(arena, huddle, &columns, rows, 0) < 0 ||
        mc__huddles_add_participants(session, arena, &(mc_list){only, 1},
                                     mc__batch_rows(batch, H_PARTICIPANTS)) < 0)
        return mc__out_of_memory(session);
    ((mc_meta *)huddle->meta)->permissions = mc__permissions_record(arena, &facts->permissions);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

/* Writes only if that changes anything. */
static int note(const mc__comment_page *page)
{
    mc_time seen = mc__comment_page_seen(page);

    return seen.us > page->last_read.us ? mc__huddle_mark_read(page->session, page->parent_id, seen)
                                        : 0;
}

int mc_huddle_get(mc_huddle **out, mc_session *session, int64_t huddle_id,
                  const mc_page_options *options)
{
    mc_batch(batch);
    mc__comment_page page __attribute__((cleanup(mc__comment_page_release))) = {0};
    mc_auto(mc_record_free) void *record = NULL;
    mc__huddle_facts facts = {0};
    mc_huddle *huddle;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = begin(&page, &batch, &facts, session, huddle_id, options, false);
    if (rc < 0)
        return rc;
    record = huddle = mc__record_new(&mc__huddle_type);
    if (!huddle)
        return mc__out_of_memory(session);
    rc = fill(huddle, mc__record_arena(record), session, &batch, &facts);
    if (rc < 0)
        return rc;
    huddle->comments = mc__comment_page_records(&page, record);
    if (!huddle->comments || mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    rc = note(&page);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_huddle_json(mc_buffer *out, mc_session *session, int64_t huddle_id,
                   const mc_page_options *options)
{
    mc_batch(batch);
    mc__comment_page page __attribute__((cleanup(mc__comment_page_release))) = {0};
    mc__huddle_facts facts = {0};
    mc_huddle *huddle;
    mc__arena *arena;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = begin(&page, &batch, &facts, session, huddle_id, options, true);
    if (rc < 0)
        return rc;
    arena = &session->scratch;
    huddle = mc__record_make(arena, &mc__huddle_type);
    if (!huddle)
        return mc__out_of_memory(session);
    rc = fill(huddle, arena, session, &batch, &facts);
    if (rc < 0)
        return rc;
    huddle->comments = mc__comment_page_json(&page, arena);
    if (!huddle->comments || arena->failed)
        return mc__out_of_memory(session);
    rc = mc__write_json(out, session, huddle);
    return rc < 0 ? rc : note(&page);
}

enum { L_TOTAL, L_HUDDLES, L_PARTICIPANTS };

static int load_list(mc_session *session, mc__batch *batch, const mc_huddle_filter *filter,
                     const mc_page_options *page)
{
    mc__huddles_list_in in = {.site_id = session->site.id,
                              .actor_id = session->actor->profile_id,
                              .ignored_profiles = session->actor->ignored_profiles,
                              .only_unread = filter->unread,
                              .limit = page->limit,
                              .offset = page->offset};

    mc__add_huddles_total(batch, &(mc__huddles_total_in){.site_id = in.site_id,
                                                         .actor_id = in.actor_id,
                                                         .ignored_profiles = in.ignored_profiles,
                                                         .only_unread = in.only_unread,
                                                         .most = MOST_LISTED});
    mc__add_huddles_list(batch, &in);
    mc__add_huddles_list_participants(
        batch, &(mc__huddles_list_participants_in){.site_id = in.site_id,
                                                   .actor_id = in.actor_id,
                                                   .ignored_profiles = in.ignored_profiles,
                                                   .only_unread = in.only_unread,
                                                   .limit = in.limit,
                                                   .offset = in.offset});
    return mc__run(session, batch);
}

static int read_list(mc_session *session, mc__arena *arena, mc_list *list, const mc__batch *batch)
{
    const PGresult *rows = mc__batch_rows(batch, L_HUDDLES);
    size_t count = (size_t)PQntuples(rows);
    const void **items = mc__list_make(arena, list, count);
    mc__columns columns;

    if (!items || mc__columns_make(&columns, &session->scratch, &mc__huddle_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc_huddle *huddle = mc__record_make(arena, &mc__huddle_type);

        if (!huddle || mc__huddle_fill(arena, huddle, &columns, rows, (int)i) < 0)
            return mc__out_of_memory(session);
        items[i] = huddle;
    }
    if (mc__huddles_add_participants(session, arena, list, mc__batch_rows(batch, L_PARTICIPANTS)) <
        0)
        return mc__out_of_memory(session);
    return 0;
}

int mc_huddles_list(mc_collection **out, mc_session *session, const mc_huddle_filter *filter,
                    const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_huddle_filter only = MC_HUDDLE_FILTER_INIT;
    mc_collection *collection;
    mc_page_options page;
    mc_page *list;
    mc__arena *arena;
    int64_t total;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0 && session->actor->is_banned)
        rc = mc__refuse(session, MC_EBANNED);
    if (rc == 0 && session->limits.microcosms.count)
        rc = mc__refuse(session, MC_EFORBIDDEN);
    if (rc == 0)
        rc = mc__page_check(&page, session, options);
    if (rc == 0 && filter)
        rc = mc__struct_take(&session->problem, &only, sizeof(only), filter, "huddle_filter");
    if (rc == 0)
        rc = load_list(session, &batch, &only, &page);
    if (rc < 0)
        return rc;
    total = mc__read_huddles_total(mc__batch_rows(&batch, L_TOTAL), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = collection = mc__record_new(&mc__collection_type);
    if (!collection)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    list = mc__page_make(arena, &page, total, PATH, PATH);
    collection->huddles = list;
    collection->meta = mc__self_meta(arena, page.path ? mc__arena_strdup(arena, page.path) : PATH);
    if (!list || !collection->meta)
        return mc__out_of_memory(session);
    rc = read_list(session, arena, &list->items, &batch);
    if (rc == 0 && arena->failed)
        rc = mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

static int find_comment(mc_position **out, mc_session *session, int64_t huddle_id, int64_t limit,
                        bool unread)
{
    mc__huddle_facts facts = {0};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__position_limit(session, &limit);
    if (rc == 0)
        rc = mc__huddle_load_facts(&facts, session, huddle_id);
    return rc < 0 ? rc
                  : mc__position_find(out, session, MC_ITEM_HUDDLE, huddle_id, limit,
                                      unread ? &facts.read_at : NULL);
}

int mc_huddle_last_comment(mc_position **out, mc_session *session, int64_t huddle_id, int64_t limit)
{
    return find_comment(out, session, huddle_id, limit, false);
}

int mc_huddle_new_comment(mc_position **out, mc_session *session, int64_t huddle_id, int64_t limit)
{
    return find_comment(out, session, huddle_id, limit, true);
}
