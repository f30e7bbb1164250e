/* The kinds of items by name. */
#include "kinds.h"

#include "core/core.h"

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
