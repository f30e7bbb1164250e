/* Sites: reads the site that a session has entered, and creates sites with all their parts. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../access/users.h"
#include "../base/call.h"
#include "../base/links.h"
#include "../base/names.h"
#include "../base/operator_list.h"
#include "../base/types.h"
#include "types.h"
#include "statements.h"

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
    MC_FIELD(mc_site, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__site_type = MC_TYPE(mc_site, "site", site_fields);

static const mc__field site_summary_fields[] = {
    MC_FIELD(mc_site_summary, id, "siteId"),
    MC_FIELD(mc_site_summary, subdomain_key, "subdomainKey"),
    MC_FIELD(mc_site_summary, domain, "domain"),
    MC_FIELD(mc_site_summary, title, "title"),
    MC_FIELD(mc_site_summary, created, "created"),
};
const mc_type mc__site_summary_type = MC_TYPE(mc_site_summary, "site_summary", site_summary_fields);

static const mc__field site_list_fields[] = {
    MC_FIELD(mc_site_list, sites, "sites", .type = &mc__site_summary_type),
    MC_FIELD(mc_site_list, more, "more"),
};
const mc_type mc__site_list_type = MC_TYPE(mc_site_list, "site_list", site_list_fields);

static const mc__field site_edit_fields[] = {
    MC_FIELD(mc_site_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE,
             .max_length = 50),
    MC_FIELD(mc_site_edit, description, "description", .flags = MC_FIELD_BLOCK | MC_FIELD_CALM),
    MC_FIELD(mc_site_edit, subdomain_key, "subdomainKey", .flags = MC_FIELD_REQUIRED,
             .max_length = 50),
};
const mc_type mc__site_edit_type =
    MC_TYPE(mc_site_edit, "site_edit", site_edit_fields, .flags = MC_TYPE_INPUT);

static int read_menu(mc_session *session, mc__arena *arena, mc_list *menu, const PGresult *rows)
{
    size_t count = (size_t)PQntuples(rows);
    const void **links = mc__list_make(arena, menu, count);
    mc__columns columns;

    if (!links || mc__columns_make(&columns, &session->scratch, &mc__link_type, rows) < 0)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < count; i++) {
        mc_link *link = mc__record_make(arena, &mc__link_type);

        if (!link || mc__record_decode(link, arena, &columns, rows, (int)i) < 0)
            return mc__out_of_memory(session);
        links[i] = link;
    }
    return 0;
}

/* The columns are in the order of the list. */
static void add_stats(mc__arena *arena, mc_list *stats, const PGresult *rows)
{
    static const char *const metrics[] = {"activeProfiles",     "onlineProfiles", "totalProfiles",
                                          "totalConversations", "totalEvents",    "totalComments"};
    size_t capacity = 0;

    for (size_t i = 0; i < MC_COUNT(metrics); i++) {
        mc_stat *stat = mc__record_make(arena, &mc__stat_type);

        if (!stat)
            return;
        stat->metric = metrics[i];
        stat->value = PQntuples(rows) ? mc__row_int(rows, 0, (int)i) : 0;
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

static int read_site(mc_session *session, mc_site *site, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(site);
    mc__columns columns;

    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOSITE);
    if (mc__columns_make(&columns, &session->scratch, &mc__site_type, rows) < 0 ||
        mc__record_decode(site, arena, &columns, rows, 0) < 0)
        return mc__out_of_memory(session);
    site->site_url = mc__arena_strdup(arena, session->site.url);
    mc__profile_finish(arena, (mc_profile *)site->owned_by);
    return 0;
}

/* The columns have filled meta's flags and creation; adds the rest. */
static void finish_meta(mc_session *session, mc__arena *arena, mc_meta *meta, const PGresult *stats)
{
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    add_stats(arena, &meta->stats, stats);
    add_links(arena, &meta->links, session->site.id);
    meta->permissions = mc__permissions_record(arena, &permissions);
}

int mc_site_get(mc_site **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    size_t row, menu, stats;
    mc_site *site;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    row = mc__add_sites_get(&batch, &(mc__sites_get_in){.site_id = session->site.id});
    menu = mc__add_sites_menu(&batch, &(mc__sites_menu_in){.site_id = session->site.id});
    stats = mc__add_sites_stats(&batch, &(mc__sites_stats_in){.site_id = session->site.id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;

    site = record = mc__record_new(&mc__site_type);
    if (!site)
        return mc__out_of_memory(session);
    rc = read_site(session, site, mc__batch_rows(&batch, row));
    if (rc == 0)
        rc = read_menu(session, mc__record_arena(site), &site->menu, mc__batch_rows(&batch, menu));
    if (rc < 0)
        return rc;
    finish_meta(session, mc__record_arena(site), (mc_meta *)site->meta,
                mc__batch_rows(&batch, stats));
    if (mc__record_arena(site)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_sites_list(mc_site_list **out, mc_session *session, int64_t after, int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_site_list *list;
    mc_batch(batch);
    int rc = mc__operator_list_begin(session, after, &limit);

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

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\v\f")] == '\0';
}

/* Adds its faults to those that the field table has found. */
static int check_edit(mc_site_edit *out, mc_session *session, const mc_site_edit *edit,
                      const char *owner_email)
{
    mc__problem *problem = &session->problem;
    const char *canonical;
    int rc = mc__input_take(problem, &session->scratch, &mc__site_edit_type, out, MC_TO_CREATE,
                            &(mc__source){.given = edit});

    if (rc < 0 && !problem->shown.fault_count)
        return rc;
    if (out->description && is_blank(out->description))
        rc = mc__fault(problem, "description", "must not be empty");
    if (out->subdomain_key && *out->subdomain_key) {
        if (!mc__is_site_key(out->subdomain_key))
            rc = mc__fault(problem, "subdomainKey",
                           "must be 1 to 50 of the letters a to z and digits");
        else if (strcmp(out->subdomain_key, "root") == 0)
            rc = mc__fault(problem, "subdomainKey", "is reserved");
    }
    /* may add a fault; the earlier code stays */
    return mc__email_canonical(session, &canonical, owner_email) < 0 ? problem->shown.code : rc;
}

static int make_site(int64_t *site_id, mc_session *session, const mc_site_edit *edit,
                     int64_t user_id, const char *owner_email)
{
    const char *name = mc__default_name(&session->scratch, false, user_id, owner_email, 0);
    mc__name_keys keys;
    mc_batch(batch);
    int rc;

    if (session->scratch.failed || mc__name_keys_make(&keys, &session->scratch, name) < 0)
        return mc__out_of_memory(session);
    mc__add_sites_create(
        &batch,
        &(mc__sites_create_in){.subdomain_key = edit->subdomain_key,
                               .title = edit->title,
                               .description = edit->description ? edit->description : edit->title,
                               .owner_id = user_id,
                               .owner_name = name,
                               .owner_key = keys.key,
                               .owner_order = keys.order,
                               .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ECONFLICT, "the key is in use");
    *site_id = mc__read_sites_create(mc__batch_rows(&batch, 0), 0).change.site_id;
    return 0;
}

int mc_site_create(int64_t *site_id, mc_session *session, const mc_site_edit *edit,
                   const char *owner_email)
{
    mc_site_edit checked;
    int64_t user_id = 0;
    int rc = mc__call_begin_for(site_id, session, MC_NEEDS_NOTHING);

    if (rc == 0)
        rc = check_edit(&checked, session, edit, owner_email);
    /* In a transaction of its own: if the site fails, a user without a profile remains, which is
     * harmless. */
    if (rc == 0)
        rc = mc__user_find_or_make(&user_id, session, owner_email);
    if (rc == 0)
        rc = make_site(site_id, session, &checked, user_id, owner_email);
    return rc;
}
