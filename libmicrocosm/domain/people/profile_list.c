/* Lists of profiles: by beginning of the name, online, followed by the actor. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "profile_access.h"
#include "markup/markup.h"
#include "statements.h"

#define PATH "/api/v1/profiles"
/* Filtered lists have no counter: at most this many profiles are read and counted. */
#define MOST_FOUND 10000

typedef struct listing {
    mc_profile_filter filter;
    mc_page_options page;
    const char *beginning;        /* of keys of names; "" for all */
    bool is_sorted;               /* sorted by the statement, since no index has the order */
    size_t rows, total, followed; /* statements of the batch */
} listing;

/* Keys are made of names that are cleaned and escaped, so this is too. */
static int read_beginning(listing *l, mc_session *session)
{
    const char *name = l->filter.name_starts_with ? l->filter.name_starts_with : "";
    mc_scratch_text(cleaned);
    mc_scratch_text(key);
    int rc;

    name += strspn(name, "@+");
    rc = mc__clean_word(&cleaned, name, strlen(name), false);
    if (rc == 0)
        rc = mc__name_key(&key, mc__text_string(&cleaned));
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (rc < 0)
        return mc__fault(&session->problem, "q", "must be a valid text");
    l->beginning = mc__arena_copy(&session->scratch, mc__text_string(&key), key.length);
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

static int read_filter(listing *l, mc_session *session, const mc_profile_filter *filter)
{
    int rc = 0;

    if (filter)
        rc = mc__struct_take(&session->problem, &l->filter, sizeof(l->filter), filter,
                             "profile_filter");
    if (rc < 0)
        return rc;
    rc = read_beginning(l, session);
    l->is_sorted = l->filter.following || l->filter.online || (rc == 0 && *l->beginning);
    return rc;
}

/* What the statements of all filtered lists bind. */
#define OF_FILTER                                                                                  \
    .site_id = session->site.id, .prefix = l->beginning,                                           \
    .ignored_profiles = session->actor->ignored_profiles, .limit = l->page.limit,                  \
    .offset = l->page.offset, .most = MOST_FOUND

static size_t add_found(mc__batch *batch, const listing *l, const mc_session *session)
{
    const mc_profile_filter *filter = &l->filter;

    if (filter->following)
        return mc__add_profiles_list_followed(
            batch, &(mc__profiles_list_followed_in){OF_FILTER, .top_first = filter->top,
                                                    .actor_id = session->profile_id,
                                                    .only_online = filter->online});
    if (filter->online)
        return mc__add_profiles_list_online(
            batch, &(mc__profiles_list_online_in){OF_FILTER, .top_first = filter->top});
    if (filter->top)
        return mc__add_profiles_list_named_top(batch, &(mc__profiles_list_named_top_in){OF_FILTER});
    return mc__add_profiles_list_named(batch, &(mc__profiles_list_named_in){OF_FILTER});
}

static void add_list(mc__batch *batch, listing *l, const mc_session *session)
{
    mc_int64s ignored = session->actor->ignored_profiles;
    int64_t site_id = session->site.id;

    if (l->is_sorted)
        l->rows = add_found(batch, l, session);
    else if (l->filter.top)
        l->rows = mc__add_profiles_list_top(batch,
                                            &(mc__profiles_list_top_in){.site_id = site_id,
                                                                        .ignored_profiles = ignored,
                                                                        .limit = l->page.limit,
                                                                        .offset = l->page.offset});
    else
        l->rows = mc__add_profiles_list(batch, &(mc__profiles_list_in){.site_id = site_id,
                                                                       .ignored_profiles = ignored,
                                                                       .limit = l->page.limit,
                                                                       .offset = l->page.offset});
}

static void add_total(mc__batch *batch, listing *l, const mc_session *session)
{
    if (l->is_sorted) /* the rows have the total */
        l->total = l->rows;
    else
        l->total = mc__add_profiles_total(
            batch, &(mc__profiles_total_in){.site_id = session->site.id,
                                            .ignored_profiles = session->actor->ignored_profiles});
}

static void add_followed(mc__batch *batch, listing *l, const mc_session *session)
{
    l->followed = mc__add_profiles_followed(
        batch, &(mc__profiles_followed_in){.site_id = session->site.id,
                                           .profile_id = session->profile_id});
}

/* Without rows, the total is 0 or the offset is past the last page; then any smaller total is
 * right.
 */
static int64_t read_total(const mc__batch *batch, const listing *l)
{
    const PGresult *rows = mc__batch_rows(batch, l->total);

    return PQntuples(rows) ? mc__row_int(rows, 0, PQfnumber(rows, "total")) : 0;
}

static int read_collection_meta(mc_session *session, mc_collection *collection, const listing *l,
                                const mc_permissions *permissions, const PGresult *followed)
{
    mc__arena *arena = mc__record_arena(collection);
    const char *href = mc__arena_strdup(arena, l->page.path ? l->page.path : PATH);
    mc_meta *meta = (mc_meta *)mc__collection_meta(arena, href, permissions);
    mc_flags *flags = mc__record_make(arena, &mc__flags_type);

    if (!meta || !flags ||
        (PQntuples(followed) &&
         mc__record_decode_row(flags, arena, &mc__flags_type, followed, 0) < 0))
        return mc__out_of_memory(session);
    meta->flags = flags;
    collection->meta = meta;
    return arena->failed ? mc__out_of_memory(session) : 0;
}

static int read_list(mc_collection **out, mc_session *session, const listing *l,
                     const mc__batch *batch, const mc_permissions *permissions)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_collection *collection;
    mc__arena *arena;
    mc_page *page;
    int64_t total = read_total(batch, l);
    int rc = mc__page_fits(session, &l->page, total);

    if (rc < 0)
        return rc;
    collection = record = mc__record_new(&mc__collection_type);
    if (!collection)
        return mc__out_of_memory(session);
    arena = mc__record_arena(collection);
    page = mc__page_make(arena, &l->page, total, PATH, PATH);
    if (!page)
        return mc__out_of_memory(session);
    collection->profiles = page;
    if (mc__profiles_read(&page->items, arena, mc__batch_rows(batch, l->rows)) < 0)
        return mc__out_of_memory(session);
    rc = read_collection_meta(session, collection, l, permissions,
                              mc__batch_rows(batch, l->followed));
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_profiles_list(mc_collection **out, mc_session *session, const mc_profile_filter *filter,
                     const mc_page_options *page)
{
    mc_batch(batch);
    listing l = {.beginning = ""};
    mc_permissions permissions;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    mc__profile_decide(&permissions, session, 0);
    if (!permissions.can_read)
        return mc__refuse(session, permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
    rc = mc__page_check_usual(&l.page, session, page);
    if (rc == 0)
        rc = read_filter(&l, session, filter);
    if (rc < 0)
        return rc;
    add_list(&batch, &l, session);
    add_total(&batch, &l, session);
    add_followed(&batch, &l, session);
    rc = mc__run(session, &batch);
    return rc < 0 ? rc : read_list(out, session, &l, &batch, &permissions);
}
