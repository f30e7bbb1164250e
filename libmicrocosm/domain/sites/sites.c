/* Reads sites: the one that a session has entered, and others. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/types.h"
#include "site_reading.h"
#include "types.h"

static const mc__field site_fields[] = {
    MC_FIELD(mc_site, id, "siteId"),
    MC_FIELD(mc_site, site_url, "siteURL"),
    MC_FIELD(mc_site, title, "title"),
    MC_FIELD(mc_site, description, "description"),
    MC_FIELD(mc_site, subdomain_key, "subdomainKey"),
    MC_FIELD(mc_site, domain, "domain"),
    MC_FIELD(mc_site, force_ssl, "forceSSL", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, owned_by, "ownedBy", .type = &mc__profile_type),
    MC_FIELD(mc_site, theme_id, "themeId"),
    MC_FIELD(mc_site, logo_url, "logoUrl"),
    MC_FIELD(mc_site, favicon_url, "faviconUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, background_color, "backgroundColor"),
    MC_FIELD(mc_site, background_url, "backgroundUrl", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, background_position, "backgroundPosition", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, link_color, "linkColor"),
    MC_FIELD(mc_site, ga_web_property_id, "gaWebPropertyId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, menu, "menu", .type = &mc__link_type),
    MC_FIELD(mc_site, auth0_domain, "auth0Domain", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, auth0_client_id, "auth0ClientId", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_site, search_language, "searchLanguage"),
    MC_FIELD(mc_site, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__site_type = MC_TYPE(mc_site, "site", site_fields);

static const mc__field site_summary_fields[] = {
    MC_FIELD(mc_site_summary, id, "siteId"),
    MC_FIELD(mc_site_summary, subdomain_key, "subdomainKey"),
    MC_FIELD(mc_site_summary, domain, "domain"),
    MC_FIELD(mc_site_summary, title, "title"),
    MC_FIELD(mc_site_summary, created, "created"),
    MC_FIELD(mc_site_summary, deleted, "deleted"),
};
const mc_type mc__site_summary_type = MC_TYPE(mc_site_summary, "site_summary", site_summary_fields);

static const mc__field site_list_fields[] = {
    MC_FIELD(mc_site_list, sites, "sites", .type = &mc__site_summary_type),
    MC_FIELD(mc_site_list, more, "more"),
};
const mc_type mc__site_list_type = MC_TYPE(mc_site_list, "site_list", site_list_fields);

void mc__menu_read(mc__arena *arena, mc_list *menu, const PGresult *rows)
{
    size_t capacity = 0;

    for (int row = 0; row < PQntuples(rows); row++) {
        mc__sites_menu_row from = mc__read_sites_menu(rows, row);
        mc_link *link = mc__record_make(arena, &mc__link_type);

        if (!link)
            return;
        link->href = mc__arena_strdup(arena, from.href);
        link->title = mc__arena_strdup(arena, from.title);
        link->text = mc__arena_strdup(arena, from.text);
        mc__list_add(arena, menu, &capacity, link);
    }
}

/* The columns are in the order of the list. */
static void add_stats(mc__arena *arena, mc_list *stats, const PGresult *rows, int row)
{
    static const char *const metrics[] = {"activeProfiles",     "onlineProfiles", "totalProfiles",
                                          "totalConversations", "totalEvents",    "totalComments"};
    size_t capacity = 0;

    for (size_t i = 0; i < MC_COUNT(metrics); i++) {
        mc_stat *stat = mc__record_make(arena, &mc__stat_type);

        if (!stat)
            return;
        stat->metric = metrics[i];
        stat->value = row < PQntuples(rows) ? mc__row_int(rows, row, (int)i) : 0;
        mc__list_add(arena, stats, &capacity, stat);
    }
}

static void add_links(mc__arena *arena, mc_list *links, int64_t site_id)
{
    size_t capacity = 0;

    mc__link_add(arena, links, &capacity, "self", mc__href(arena, "sites", site_id), NULL);
    mc__link_add(arena, links, &capacity, "microcosm", "/api/v1/microcosms", NULL);
    mc__link_add(arena, links, &capacity, "profile", "/api/v1/profiles", NULL);
    mc__link_add(arena, links, &capacity, "legal", "/api/v1/legal", NULL);
}

void mc__site_finish(mc_session *session, mc__arena *arena, mc_site *site, const PGresult *stats,
                     int row)
{
    mc_meta *meta = (mc_meta *)site->meta;

    site->site_url = mc__site_url(session->app, arena, site->id, site->subdomain_key, site->domain,
                                  site->force_ssl);
    if (!*site->logo_url)
        site->logo_url = mc__picture_href(arena, MC_ITEM_SITE, site->theme_id);
    mc__profile_finish(arena, (mc_profile *)site->owned_by);
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    add_stats(arena, &meta->stats, stats, row);
    add_links(arena, &meta->links, site->id);
}

/* Reads a site, the session's or another. */
static int fetch(mc_site **out, mc_session *session, int64_t site_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    size_t row, menu, stats;
    mc__arena *arena;
    int rc;

    row = mc__add_sites_get(&batch, &(mc__sites_get_in){.site_id = site_id});
    menu = mc__add_sites_menu(&batch, &(mc__sites_menu_in){.site_id = site_id});
    stats = mc__add_sites_stats(&batch, &(mc__sites_stats_in){.site_id = site_id});
    rc = mc__read_on_site(session, site_id, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, row)) == 0)
        return mc__refuse(session, site_id == session->site.id ? MC_ENOSITE : MC_ENOTFOUND);
    record = mc__record_new(&mc__site_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    if (mc__record_decode_row(record, arena, &mc__site_type, mc__batch_rows(&batch, row), 0) < 0)
        return mc__out_of_memory(session);
    mc__menu_read(arena, &((mc_site *)record)->menu, mc__batch_rows(&batch, menu));
    mc__site_finish(session, arena, record, mc__batch_rows(&batch, stats), 0);
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_site_get(mc_site **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_permissions permissions;
    mc_site *site = NULL;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = fetch(&site, session, session->site.id);
    if (rc < 0)
        return rc;
    record = site;
    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    ((mc_meta *)site->meta)->permissions =
        mc__permissions_record(mc__record_arena(site), &permissions);
    if (mc__record_arena(site)->failed)
        return mc__out_of_memory(session);
    MC_TAKE(record);
    *out = site;
    return 0;
}

int mc__site_judge(mc__sites_owner_row *out, mc_permissions *permissions, mc_session *session,
                   int64_t site_id)
{
    mc_batch(batch);
    const PGresult *rows;
    int rc = mc__check_id(session, site_id);

    if (rc < 0)
        return rc;
    mc__add_sites_owner(
        &batch, &(mc__sites_owner_in){.site_id = site_id, .user_id = session->actor->user_id});
    rc = mc__read_on_site(session, site_id, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    *out = mc__read_sites_owner(rows, 0);
    mc__decide_site(permissions, session, site_id, out->owner_id != 0);
    return out->is_deleted && !permissions->is_owner ? mc__refuse(session, MC_ENOTFOUND) : 0;
}

int mc__site_judge_change(mc__sites_owner_row *out, mc_session *session, int64_t site_id)
{
    mc_permissions permissions;
    int rc = mc__site_judge(out, &permissions, session, site_id);

    if (rc == 0 && !permissions.can_update)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (rc == 0 && site_id == session->site.id)
        out->owner_id = session->profile_id; /* who has made it has the owner's rights there */
    return rc;
}

int mc__site_begin_change(mc_session *session, int64_t site_id)
{
    mc__sites_owner_row facts;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    return rc < 0 || session->profile_id ? rc : mc__site_judge_change(&facts, session, site_id);
}

int mc_site_find(mc_site **out, mc_session *session, int64_t site_id)
{
    mc__sites_owner_row facts;
    mc_permissions permissions;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__site_judge(&facts, &permissions, session, site_id);
    return rc < 0 ? rc : fetch(out, session, site_id);
}
