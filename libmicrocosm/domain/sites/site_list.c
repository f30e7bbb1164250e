/* Lists of sites. */
#include "../access/actor.h"
#include "../access/meta.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/operator_list.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "site_reading.h"
#include "types.h"
#include "statements.h"

#define PATH "/api/v1/sites"

typedef struct listing {
    mc_page_options page;
    int64_t owner_user_id; /* 0: of anybody */
    mc__batch *batch;
    size_t total, rows, menus, stats; /* statements of the batch */
} listing;

static int load(listing *l, mc_session *session)
{
    int64_t owner = l->owner_user_id, limit = l->page.limit, offset = l->page.offset;

    l->total =
        mc__add_sites_public_total(l->batch, &(mc__sites_public_total_in){.owner_user_id = owner});
    l->rows = mc__add_sites_public(l->batch, &(mc__sites_public_in){owner, limit, offset});
    l->menus =
        mc__add_sites_public_menus(l->batch, &(mc__sites_public_menus_in){owner, limit, offset});
    l->stats =
        mc__add_sites_public_stats(l->batch, &(mc__sites_public_stats_in){owner, limit, offset});
    return mc__read_on_site(session, 0, l->batch);
}

/* The rows of all menus are in the order of the sites. */
static void take_menu(mc__arena *arena, mc_site *site, const PGresult *rows, int *row)
{
    size_t capacity = 0;

    for (; *row < PQntuples(rows); ++*row) {
        mc__sites_public_menus_row from = mc__read_sites_public_menus(rows, *row);
        mc_link *link;

        if (from.site_id != site->id)
            return;
        link = mc__record_make(arena, &mc__link_type);
        if (!link)
            return;
        link->href = mc__arena_strdup(arena, from.href);
        link->title = mc__arena_strdup(arena, from.title);
        link->text = mc__arena_strdup(arena, from.text);
        mc__list_add(arena, &site->menu, &capacity, link);
    }
}

/* Every site has figures, and both lists have the same order. */
static void skip_figures(const PGresult *rows, int64_t site_id, int *row)
{
    int column = PQfnumber(rows, "site_id");

    while (*row < PQntuples(rows) && mc__row_int(rows, *row, column) < site_id)
        ++*row;
}

static int read_sites(mc_session *session, mc__arena *arena, mc_list *sites, const listing *l)
{
    const PGresult *rows = mc__batch_rows(l->batch, l->rows);
    const PGresult *menus = mc__batch_rows(l->batch, l->menus);
    const PGresult *stats = mc__batch_rows(l->batch, l->stats);
    size_t count = (size_t)PQntuples(rows);
    const void **items = mc__list_make(arena, sites, count);
    int menu = 0, figures = 0;
    mc__columns columns;

    if (!items || mc__columns_make(&columns, &session->scratch, &mc__site_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc_site *site = mc__record_make(arena, &mc__site_type);

        if (!site || mc__record_decode(site, arena, &columns, rows, (int)i) < 0)
            return mc__out_of_memory(session);
        take_menu(arena, site, menus, &menu);
        skip_figures(stats, site->id, &figures);
        mc__site_finish(session, arena, site, stats, figures);
        items[i] = site;
    }
    return 0;
}

static int read_list(mc_collection **out, mc_session *session, const listing *l)
{
    mc_auto(mc_record_free) void *record = NULL;
    int64_t total = mc__read_sites_public_total(mc__batch_rows(l->batch, l->total), 0).total;
    mc_collection *collection;
    const mc_meta *meta;
    mc_page *page;
    mc__arena *arena;
    int rc = mc__page_fits(session, &l->page, total);

    if (rc < 0)
        return rc;
    collection = record = mc__record_new(&mc__collection_type);
    if (!collection)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    page = mc__page_make(arena, &l->page, total, PATH, PATH);
    meta = mc__self_meta(arena, mc__arena_strdup(arena, l->page.path ? l->page.path : PATH));
    if (!page || !meta)
        return mc__out_of_memory(session);
    collection->sites = page;
    collection->meta = meta;
    rc = read_sites(session, arena, &page->items, l);
    if (rc == 0 && arena->failed)
        rc = mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_sites_list_public(mc_collection **out, mc_session *session, const mc_site_filter *given,
                         const mc_page_options *page)
{
    mc_site_filter filter = MC_SITE_FILTER_INIT;
    mc_batch(batch);
    listing l = {.batch = &batch};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &filter, sizeof(filter), given, "site_filter");
    if (rc == 0 && filter.owned && !session->profile_id)
        rc = mc__refuse(session, MC_EFORBIDDEN);
    if (rc == 0)
        rc = mc__page_check_usual(&l.page, session, page);
    if (rc < 0)
        return rc;
    l.owner_user_id = filter.owned ? session->actor->user_id : 0;
    rc = load(&l, session);
    return rc < 0 ? rc : read_list(out, session, &l);
}

int mc_sites_list(mc_site_list **out, mc_session *session, int64_t after, int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_site_list *list;
    mc_batch(batch);
    int rc = mc__operator_list_begin(out, session, after, &limit);

    if (rc < 0)
        return rc;
    mc__add_sites_list(&batch, &(mc__sites_list_in){.after = after, .limit = limit + 1});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    list = record = mc__record_new(&mc__site_list_type);
    if (!list)
        return mc__out_of_memory(session);
    rc = mc__operator_list_read(session, mc__record_arena(list), &list->sites, &list->more,
                                &mc__site_summary_type, mc__batch_rows(&batch, 0), limit);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
