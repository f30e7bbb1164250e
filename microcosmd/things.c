#include "things.h"

const thing microcosm_thing = {
    .path = "/api/v1/microcosms",
    .json = mc_microcosm_json,
    .create = mc_microcosm_create_body,
    .edit = mc_microcosm_edit_body,
    .patch = mc_microcosm_patch_body,
    .remove = mc_microcosm_delete,
};

const thing conversation_thing = {
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

const thing event_thing = {
    .path = "/api/v1/events",
    .json = mc_event_json,
};

const thing poll_thing = {
    .path = "/api/v1/polls",
    .json = mc_poll_json,
};

const thing comment_thing = {
    .path = "/api/v1/comments",
    .create = mc_comment_create_body,
    .edit = mc_comment_edit_body,
    .patch = mc_comment_patch_body,
    .remove = mc_comment_delete,
};

const thing profile_thing = {
    .path = "/api/v1/profiles",
    .edit = mc_profile_edit_body,
    .patch = mc_profile_patch_body,
};
