/* Links of records, and the common end of all profile summaries. */
#include "links.h"

#include "handles.h"
#include "types.h"

static const char *make_href(mc__arena *arena, const char *collection, int64_t id,
                             const char *extension)
{
    static const char base[] = "/api/v1/";
    char digits[1 + MC_INT_TEXT_SIZE], *end = digits + sizeof(digits), *number;
    size_t length = strlen(collection), number_length, extension_length = strlen(extension);
    char *href, *at;

    number = mc__int_format(end, id);
    *--number = '/';
    number_length = (size_t)(end - number);
    href = at = mc__arena_text(arena, sizeof(base) - 1 + length + number_length + extension_length);
    if (!href)
        return "";
    at = (char *)memcpy(at, base, sizeof(base) - 1) + sizeof(base) - 1;
    at = (char *)memcpy(at, collection, length) + length;
    at = (char *)memcpy(at, number, number_length) + number_length;
    memcpy(at, extension, extension_length);
    return href;
}

const char *mc__href(mc__arena *arena, const char *collection, int64_t id)
{
    return make_href(arena, collection, id, "");
}

/* Clients add a host to addresses that contain "files". */
const char *mc__picture_href(mc__arena *arena, mc_item_type item_type, int64_t id)
{
    static const char *const folders[] = {[MC_ITEM_SITE] = "files/sites",
                                          [MC_ITEM_MICROCOSM] = "files/microcosms",
                                          [MC_ITEM_PROFILE] = "files/profiles"};

    return make_href(arena, folders[item_type], id, ".svg");
}

mc_link *mc__link_add(mc__arena *arena, mc_list *links, size_t *capacity, const char *rel,
                      const char *href, const char *title)
{
    mc_link *link = mc__record_make(arena, &mc__link_type);

    if (!link)
        return NULL;
    link->rel = rel;
    link->href = href;
    link->title = title ? title : "";
    return mc__list_add(arena, links, capacity, link) ? link : NULL;
}

mc_meta *mc__self_meta(mc__arena *arena, const char *href)
{
    mc_meta *meta = mc__record_make(arena, &mc__meta_type);
    size_t capacity = 0;

    if (meta)
        mc__link_add(arena, &meta->links, &capacity, "self", href, NULL);
    return meta;
}

void mc__profile_finish(mc__arena *arena, mc_profile *profile)
{
    mc_meta *meta;
    size_t capacity = 0;

    if (!profile)
        return;
    meta = (mc_meta *)profile->meta;
    if (!meta)
        meta = mc__record_make(arena, &mc__meta_type);
    if (!meta)
        return;
    profile->meta = meta;
    if (!*profile->avatar)
        profile->avatar = mc__picture_href(arena, MC_ITEM_PROFILE, profile->id);
    if (!meta->flags)
        meta->flags = mc__record_make(arena, &mc__flags_type);
    meta->links = (mc_list){NULL, 0};
    mc__link_add(arena, &meta->links, &capacity, "self", mc__href(arena, "profiles", profile->id),
                 NULL);
    mc__link_add(arena, &meta->links, &capacity, "site", mc__href(arena, "sites", profile->site_id),
                 NULL);
}

int mc__profiles_read(mc_list *out, mc__arena *arena, const PGresult *rows)
{
    int rc = mc__records_decode(out, arena, &mc__profile_type, rows);

    for (size_t i = 0; rc == 0 && i < out->count; i++)
        mc__profile_finish(arena, (mc_profile *)out->items[i]);
    return rc == 0 && arena->failed ? MC_ENOMEM : rc;
}

const char *mc__site_url(const mc_app *app, mc__arena *arena, int64_t site_id, const char *key,
                         const char *domain, bool force_ssl)
{
    if (*domain)
        return mc__arena_format(arena, "%s://%s", force_ssl ? "https" : "http", domain);
    return mc__arena_format(arena, "https://%s", mc__site_host(app, arena, site_id, key));
}

const char *mc__site_host(const mc_app *app, mc__arena *arena, int64_t site_id, const char *key)
{
    if (site_id == MC_ROOT_SITE)
        return app->base_domain;
    return mc__arena_format(arena, "%s.%s", key, app->base_domain);
}
