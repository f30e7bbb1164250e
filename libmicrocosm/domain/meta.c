/* Small pieces that all records share: links, breadcrumbs, profile summaries. */
#include "domain.h"

#include <strings.h>

static const struct {
    mc_item_type item_type;
    const char *name, *collection;
} kinds[] = {
    {MC_ITEM_SITE, "site", "sites"},
    {MC_ITEM_MICROCOSM, "microcosm", "microcosms"},
    {MC_ITEM_PROFILE, "profile", "profiles"},
    {MC_ITEM_COMMENT, "comment", "comments"},
    {MC_ITEM_HUDDLE, "huddle", "huddles"},
    {MC_ITEM_CONVERSATION, "conversation", "conversations"},
    {MC_ITEM_POLL, "poll", "polls"},
    {MC_ITEM_ARTICLE, "article", "articles"},
    {MC_ITEM_EVENT, "event", "events"},
    {MC_ITEM_QUESTION, "question", "questions"},
    {MC_ITEM_CLASSIFIED, "classified", "classifieds"},
    {MC_ITEM_ALBUM, "album", "albums"},
    {MC_ITEM_ATTENDEE, "attendee", "attendees"},
    {MC_ITEM_USER, "user", "users"},
    {MC_ITEM_ATTRIBUTE, "attribute", "attributes"},
    {MC_ITEM_UPDATE, "update", "updates"},
    {MC_ITEM_ROLE, "role", "roles"},
    {MC_ITEM_UPDATE_TYPE, "update_type", "update_types"},
    {MC_ITEM_WATCHER, "watcher", "watchers"},
    {MC_ITEM_AUTH, "auth", "auth"},
    {MC_ITEM_ATTACHMENT, "attachment", "attachments"},
};

const char *mc_item_type_name(mc_item_type item_type)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (kinds[i].item_type == item_type)
            return kinds[i].name;
    return NULL;
}

mc_item_type mc_item_type_find(const char *name)
{
    for (size_t i = 0; name && i < MC_COUNT(kinds); i++)
        if (strcasecmp(kinds[i].name, name) == 0)
            return kinds[i].item_type;
    return MC_ITEM_NONE;
}

const char *mc__collection_of(mc_item_type item_type)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (kinds[i].item_type == item_type)
            return kinds[i].collection;
    return "";
}

const char *mc__href(mc__arena *arena, const char *collection, int64_t id)
{
    static const char base[] = "/api/v1/";
    char digits[1 + MC_INT_TEXT_SIZE], *end = digits + sizeof(digits), *number;
    size_t length = strlen(collection), number_length;
    char *href, *at;

    number = mc__int_format(end, id);
    *--number = '/';
    number_length = (size_t)(end - number);
    href = at = mc__arena_text(arena, sizeof(base) - 1 + length + number_length);
    if (!href)
        return "";
    at = (char *)memcpy(at, base, sizeof(base) - 1) + sizeof(base) - 1;
    at = (char *)memcpy(at, collection, length) + length;
    memcpy(at, number, number_length);
    return href;
}

const char *mc__microcosm_href(mc__arena *arena, const mc__node *node)
{
    return node->parent_id ? mc__href(arena, "microcosms", node->id) : "/api/v1/microcosms";
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

/* The root goes without saying. What may be read can stand below what may not. */
static bool is_in_breadcrumb(mc_session *session, const mc__node *node)
{
    return node->parent_id && (!session || mc__decide_microcosm(session, node)->can_read);
}

void mc__breadcrumb(mc_session *session, mc__arena *arena, mc_list *out, const mc__node *node,
                    bool with_itself)
{
    const mc__node *first = with_itself ? node : node ? node->parent : NULL, *at;
    const void **items;
    size_t count = 0;

    for (at = first; at; at = at->parent)
        count += is_in_breadcrumb(session, at);
    items = mc__list_make(arena, out, count);
    if (!items)
        return;
    for (at = first; at; at = at->parent) {
        mc_link *link;

        if (!is_in_breadcrumb(session, at))
            continue;
        link = mc__record_make(arena, &mc__link_type);
        if (!link) {
            out->count = 0;
            return;
        }
        link->rel = "microcosm ancestor";
        link->href = mc__href(arena, "microcosms", at->id);
        link->title = mc__arena_strdup(arena, at->title);
        link->id = at->id;
        link->level = at->level;
        items[--count] = link;
    }
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
    if (!meta->flags)
        meta->flags = mc__record_make(arena, &mc__flags_type);
    meta->links = (mc_list){NULL, 0};
    mc__link_add(arena, &meta->links, &capacity, "self", mc__href(arena, "profiles", profile->id),
                 NULL);
    mc__link_add(arena, &meta->links, &capacity, "site", mc__href(arena, "sites", profile->site_id),
                 NULL);
}

void mc__tells_of_profile(const mc_session *session, void *entry, const mc_profile *profile)
{
    if (profile)
        mc__entry_tells_of(entry, (mc__subject){MC_OF_PROFILE, session->site.id, profile->id});
}
