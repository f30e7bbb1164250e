/* Suggestions while somebody types: mc_search_suggest() of include/microcosm/search.h. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/links.h"
#include "statements.h"
#include "things.h"
#include "types.h"

#define LEAST 2
#define MOST 150 /* characters */
#define SUGGESTIONS 10

static const mc__field suggestion_fields[] = {
    MC_FIELD(mc_suggestion, item_type, "itemType"),
    MC_FIELD(mc_suggestion, item_id, "itemId"),
    MC_FIELD(mc_suggestion, title, "title"),
    MC_FIELD(mc_suggestion, href, "href"),
};
const mc_type mc__suggestion_type = MC_TYPE(mc_suggestion, "suggestion", suggestion_fields);

static const mc__field suggestion_list_fields[] = {
    MC_FIELD(mc_suggestion_list, suggestions, "suggestions", .type = &mc__suggestion_type),
};
const mc_type mc__suggestion_list_type =
    MC_TYPE(mc_suggestion_list, "suggestion_list", suggestion_list_fields);

static const int64_t types[] = {MC_TITLED_TYPES};

/* PostgreSQL's query for the text; "" if there is no word in it. */
static int load_query(const char **out, mc_session *session, const char *text)
{
    mc_batch(batch);
    int rc;

    mc__add_suggest_query(&batch, &(mc__suggest_query_in){.text = text});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    *out = mc__arena_strdup(&session->scratch,
                            mc__read_suggest_query(mc__batch_rows(&batch, 0), 0).query);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int load_titles(mc__batch *batch, mc_session *session, const char *text, const char *query)
{
    const char *kinds[MC_COUNT(types)];
    mc_int64s microcosms;
    mc_permissions huddles;
    mc__sight sight;
    int rc = mc__sight_make(&sight, session);

    if (rc == 0)
        rc = mc__listed_microcosms(&microcosms, session);
    if (rc < 0)
        return rc;
    mc__decide_resource(&huddles, session, MC_ITEM_HUDDLE, 0, 0, true);
    for (size_t i = 0; i < MC_COUNT(types); i++)
        kinds[i] = mc__arena_format(&session->scratch, " %lld.%lld", (long long)session->site.id,
                                    (long long)types[i]);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    mc__add_suggest_titles(
        batch,
        &(mc__suggest_titles_in){.site_id = session->site.id,
                                 .actor_id = session->actor->profile_id,
                                 .microcosms = microcosms,
                                 .own_only = sight.own_only,
                                 .sees_profiles = sight.sees_profiles,
                                 .sees_huddles = session->actor->profile_id && huddles.can_read,
                                 .ignored_profiles = session->actor->ignored_profiles,
                                 .ignored_items = session->actor->ignored_items,
                                 .types = {types, MC_COUNT(types)},
                                 .kinds = {kinds, MC_COUNT(types)},
                                 .since = {MC_TIME_NONE},
                                 .until = {MC_TIME_NONE},
                                 .event_after = {MC_TIME_NONE},
                                 .event_before = {MC_TIME_NONE},
                                 .text = text,
                                 .query = query,
                                 .limit = SUGGESTIONS});
    return mc__run(session, batch);
}

static const mc_suggestion *read_suggestion(mc__arena *arena, const PGresult *rows, int n)
{
    mc__suggest_titles_row row = mc__read_suggest_titles(rows, n);
    mc_suggestion *made = mc__record_make(arena, &mc__suggestion_type);

    if (!made)
        return NULL;
    made->item_type = mc_item_type_name((mc_item_type)row.item_type);
    made->item_id = row.item_id;
    made->title = mc__arena_strdup(arena, row.title);
    made->href = mc__href(arena, mc__collection_of((mc_item_type)row.item_type), row.item_id);
    return made;
}

static int suggest(mc_suggestion_list *out, mc_session *session, const char *text)
{
    mc__arena *arena = mc__record_arena(out);
    const char *query = "";
    const PGresult *rows;
    const void **items;
    mc_batch(batch);
    int rc = load_query(&query, session, text);

    if (rc < 0 || !*query)
        return rc;
    rc = load_titles(&batch, session, text, query);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    items = mc__list_make(arena, &out->suggestions, (size_t)PQntuples(rows));
    for (int i = 0; items && i < PQntuples(rows); i++)
        items[i] = read_suggestion(arena, rows, i);
    return arena->failed ? mc__out_of_memory(session) : 0;
}

int mc_search_suggest(mc_suggestion_list **out, mc_session *session, const char *q)
{
    mc_auto(mc_record_free) void *record = NULL;
    size_t length = q ? strlen(q) : 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (q && !mc__utf8_valid(q, length))
        return mc__fault(&session->problem, "q", "must be a valid text");
    length = q ? mc__utf8_length(q) : 0;
    if (length > MOST)
        return mc__fault(&session->problem, "q", "must have at most %d characters", MOST);
    record = mc__record_new(&mc__suggestion_list_type);
    rc = record ? 0 : mc__out_of_memory(session);
    if (rc == 0 && length >= LEAST)
        rc = suggest(record, session, q);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
