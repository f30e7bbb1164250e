/* See update_types.h. */
#include "update_types.h"

#include "core/core.h"

static const mc__update_type types[MC_UPDATE_TYPES] = {
    [MC_UPDATE_NEW_COMMENT] = {"new_comment", "Somebody comments on something you follow", false},
    [MC_UPDATE_REPLY] = {"reply_to_comment", "Somebody replies to a comment of yours", false},
    [MC_UPDATE_MENTIONED] = {"mentioned", "Somebody mentions you in a comment", false},
    [MC_UPDATE_HUDDLE_COMMENT] = {"new_comment_in_huddle", "Somebody writes in a huddle you follow",
                                  false},
    [MC_UPDATE_NEW_ATTENDEE] = {"new_attendee", "Somebody will come to an event you follow", false},
    [MC_UPDATE_NEW_VOTE] = {"new_vote", "Somebody votes in a poll you follow", false},
    [MC_UPDATE_EVENT_REMINDER] = {"event_reminder", "An event to which you will come is near",
                                  false},
    [MC_UPDATE_NEW_ITEM] = {"new_item", "Something new is in a microcosm you follow", false},
    [MC_UPDATE_NEW_USER] = {"new_user", "Somebody is new on the site", true},
};

const mc__update_type *mc__update_type_find(int64_t update_type_id)
{
    return update_type_id > 0 && update_type_id < MC_UPDATE_TYPES ? &types[update_type_id] : NULL;
}
