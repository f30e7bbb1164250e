/* The table of kinds. */
#include "kinds.h"

#include "core/core.h"

#include <strings.h>

#define ITEM (MC_IS_ITEM | MC_IN_MICROCOSM | MC_HAS_COMMENTS)

static const struct {
    mc_item_type item_type;
    const char *name, *collection;
    unsigned can;
} kinds[] = {
    {MC_ITEM_SITE, "site", "sites", 0},
    {MC_ITEM_MICROCOSM, "microcosm", "microcosms", MC_IN_MICROCOSM},
    {MC_ITEM_PROFILE, "profile", "profiles", MC_HAS_COMMENTS},
    {MC_ITEM_COMMENT, "comment", "comments", 0},
    {MC_ITEM_HUDDLE, "huddle", "huddles", MC_HAS_COMMENTS},
    {MC_ITEM_CONVERSATION, "conversation", "conversations", ITEM},
    {MC_ITEM_POLL, "poll", "polls", ITEM},
    {MC_ITEM_ARTICLE, "article", "articles", 0},
    {MC_ITEM_EVENT, "event", "events", ITEM},
    {MC_ITEM_QUESTION, "question", "questions", 0},
    {MC_ITEM_CLASSIFIED, "classified", "classifieds", 0},
    {MC_ITEM_ALBUM, "album", "albums", 0},
    {MC_ITEM_ATTENDEE, "attendee", "attendees", MC_IN_MICROCOSM},
    {MC_ITEM_USER, "user", "users", 0},
    {MC_ITEM_ATTRIBUTE, "attribute", "attributes", 0},
    {MC_ITEM_UPDATE, "update", "updates", 0},
    {MC_ITEM_ROLE, "role", "roles", 0},
    {MC_ITEM_UPDATE_TYPE, "update_type", "update_types", 0},
    {MC_ITEM_WATCHER, "watcher", "watchers", 0},
    {MC_ITEM_AUTH, "auth", "auth", 0},
    {MC_ITEM_ATTACHMENT, "attachment", "attachments", 0},
    {MC_ITEM_BAN, "ban", "bans", 0},
};
_Static_assert(MC_COUNT(kinds) == MC_ITEM_TYPES - 1, "a row for each number from 1 on");

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

bool mc__kind_can(mc_item_type item_type, unsigned what)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (kinds[i].item_type == item_type)
            return (kinds[i].can & what) == what;
    return false;
}
