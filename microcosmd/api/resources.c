#include "resources.h"

const resource microcosm_resource = {
    .type = MC_ITEM_MICROCOSM,
    .path = "/api/v1/microcosms",
    .create = mc_microcosm_create_body,
    .edit = mc_microcosm_edit_body,
    .patch = mc_microcosm_patch_body,
    .remove = mc_microcosm_delete,
};

const resource conversation_resource = {
    .type = MC_ITEM_CONVERSATION,
    .path = "/api/v1/conversations",
    .json = mc_conversation_json,
    .list = mc_conversations_list,
    .create = mc_conversation_create_body,
    .edit = mc_conversation_edit_body,
    .patch = mc_conversation_patch_body,
    .remove = mc_conversation_delete,
    .last_comment = mc_conversation_last_comment,
    .new_comment = mc_conversation_new_comment,
};

const resource event_resource = {
    .type = MC_ITEM_EVENT,
    .path = "/api/v1/events",
    .json = mc_event_json,
    .list = mc_events_list,
    .create = mc_event_create_body,
    .edit = mc_event_edit_body,
    .patch = mc_event_patch_body,
    .remove = mc_event_delete,
    .last_comment = mc_event_last_comment,
    .new_comment = mc_event_new_comment,
};

const resource poll_resource = {
    .type = MC_ITEM_POLL,
    .path = "/api/v1/polls",
    .json = mc_poll_json,
    .list = mc_polls_list,
    .create = mc_poll_create_body,
    .edit = mc_poll_edit_body,
    .patch = mc_poll_patch_body,
    .remove = mc_poll_delete,
    .last_comment = mc_poll_last_comment,
    .new_comment = mc_poll_new_comment,
};

const resource comment_resource = {
    .type = MC_ITEM_COMMENT,
    .path = "/api/v1/comments",
    .create = mc_comment_create_body,
    .edit = mc_comment_edit_body,
    .patch = mc_comment_patch_body,
    .remove = mc_comment_delete,
};

const resource profile_resource = {
    .type = MC_ITEM_PROFILE,
    .path = "/api/v1/profiles",
    .edit = mc_profile_edit_body,
    .patch = mc_profile_patch_body,
};

const resource site_resource = {
    .type = MC_ITEM_SITE,
    .path = "/api/v1/sites",
    .create = mc_site_create_own_body,
    .edit = mc_site_edit_body,
};

const resource huddle_resource = {
    .type = MC_ITEM_HUDDLE,
    .path = "/api/v1/huddles",
    .json = mc_huddle_json,
    .create = mc_huddle_create_body,
    .remove = mc_huddle_leave,
    .last_comment = mc_huddle_last_comment,
    .new_comment = mc_huddle_new_comment,
};

static const resource *const commented[] = {
    &conversation_resource, &event_resource, &poll_resource, &huddle_resource, &profile_resource,
};

const char *resource_path(mc_item_type type)
{
    for (size_t i = 0; i < sizeof(commented) / sizeof(commented[0]); i++)
        if (commented[i]->type == type)
            return commented[i]->path;
    return NULL;
}
