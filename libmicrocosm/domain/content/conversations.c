/* Conversations: include/microcosm/conversations.h. The item_ files have what all items share. */
#include "../access/actor_facts.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "item_facts.h"
#include "item_kinds.h"
#include "statements.h"
#include "types.h"

static const mc__field conversation_edit_fields[] = {
    MC_ITEM_INPUT_FIELDS(mc_conversation_edit),
};
const mc_type mc__conversation_edit_type = MC_TYPE(
    mc_conversation_edit, "conversation_edit", conversation_edit_fields, .flags = MC_TYPE_INPUT);

static size_t add_get(mc__batch *batch, int64_t site_id, int64_t item_id)
{
    return mc__add_items_get_conversation(batch,
                                          &(mc__items_get_conversation_in){site_id, item_id});
}

static size_t add_create(mc__batch *batch, mc_session *session, const void *input)
{
    const mc_conversation_edit *edit = input;
    mc__items_create_conversation_in in = {.site_id = session->site.id,
                                           .microcosm_id = edit->microcosm_id,
                                           .title = edit->title,
                                           .actor_id = session->actor->profile_id,
                                           .by_moderator =
                                               mc__moderates(session, edit->microcosm_id),
                                           .address = mc__audit_address(session)};

    return mc__add_items_create_conversation(batch, &in);
}

const mc__item_kind mc__conversation_kind = {
    .item_type = MC_ITEM_CONVERSATION,
    .record = &mc__conversation_type,
    .input = &mc__conversation_edit_type,
    .members = MC_ITEM_MEMBERS(mc_conversation, offsetof(mc_conversation, last_comment)),
    .page = offsetof(mc_collection, conversations),
    .add_get = add_get,
    .add_create = add_create,
};
