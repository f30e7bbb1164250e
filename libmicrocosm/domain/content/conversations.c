/* Conversations: include/microcosm/conversations.h. What all items share is in the item_ files. */
#include "../access/actor.h"
#include "../base/call.h"
#include "item_facts.h"
#include "item_list.h"
#include "item_page.h"
#include "item_write.h"
#include "position.h"
#include "types.h"

static const mc__field conversation_edit_fields[] = {
    MC_FIELD(mc_conversation_edit, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_conversation_edit, title, "title",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_conversation_edit, edit_reason, "meta.editReason",
             .flags = MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_SENTENCE | MC_FIELD_CALM,
             .max_length = 150),
};
const mc_type mc__conversation_edit_type = MC_TYPE(
    mc_conversation_edit, "conversation_edit", conversation_edit_fields, .flags = MC_TYPE_INPUT);

int mc_conversation_get(mc_conversation **out, mc_session *session, int64_t conversation_id,
                        const mc_page_options *page)
{
    void *record = NULL;
    int rc = mc__item_get(&record, session, MC_ITEM_CONVERSATION, conversation_id, page);

    if (rc == 0)
        *out = record;
    return rc;
}

int mc_conversation_json(mc_buffer *out, mc_session *session, int64_t conversation_id,
                         const mc_page_options *page)
{
    return mc__item_json(out, session, MC_ITEM_CONVERSATION, conversation_id, page);
}

int mc_conversations_list(mc_collection **out, mc_session *session, const mc_page_options *page)
{
    return mc__items_list(out, session, MC_ITEM_CONVERSATION, page);
}

static int create(int64_t *conversation_id, mc_session *session, const mc_conversation_edit *edit)
{
    mc_batch(batch);
    size_t made;
    int rc = mc__may_create_in(session, edit->microcosm_id);

    if (rc < 0)
        return rc;
    mc__batch_add(&batch, MC_Q_ITEMS_LOCK_POST);
    mc__add_text(&batch, mc__arena_format(&session->scratch, "conversation %lld %s",
                                          (long long)session->viewer->profile_id, edit->title));
    made = mc__batch_add(&batch, MC_Q_ITEMS_CREATE_CONVERSATION);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, edit->microcosm_id);
    mc__add_text(&batch, edit->title);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, mc__audit_address(session));
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    rc = mc__write(session, &batch,
                   &(mc__news){.item_type = MC_ITEM_CONVERSATION,
                               .microcosm_id = edit->microcosm_id,
                               .is_new = true});
    if (rc < 0)
        return rc;
    *conversation_id = mc__row_int(mc__batch_rows(&batch, made), 0, 0);
    return 0;
}

int mc_conversation_create(int64_t *conversation_id, mc_session *session,
                           const mc_conversation_edit *given)
{
    mc_conversation_edit edit;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_copy(&session->problem, &session->scratch, &mc__conversation_edit_type,
                            &edit, MC_TO_CREATE, given);
    return rc < 0 ? rc : create(conversation_id, session, &edit);
}

int mc_conversation_create_body(int64_t *conversation_id, mc_session *session, mc_format format,
                                const char *body, size_t length)
{
    mc_conversation_edit edit;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__conversation_edit_type,
                            &edit, MC_TO_CREATE, format, body, length);
    return rc < 0 ? rc : create(conversation_id, session, &edit);
}

int mc_conversation_edit_save(mc_session *session, int64_t conversation_id,
                              const mc_conversation_edit *given)
{
    mc_conversation_edit edit;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, conversation_id);
    if (rc == 0)
        rc = mc__input_copy(&session->problem, &session->scratch, &mc__conversation_edit_type,
                            &edit, MC_TO_EDIT, given);
    return rc < 0 ? rc
                  : mc__item_edit(session, MC_ITEM_CONVERSATION, conversation_id, edit.title,
                                  edit.microcosm_id, edit.edit_reason);
}

int mc_conversation_edit_body(mc_session *session, int64_t conversation_id, mc_format format,
                              const char *body, size_t length)
{
    mc_conversation_edit edit;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, conversation_id);
    if (rc == 0)
        rc = mc__input_read(&session->problem, &session->scratch, &mc__conversation_edit_type,
                            &edit, MC_TO_EDIT, format, body, length);
    return rc < 0 ? rc
                  : mc__item_edit(session, MC_ITEM_CONVERSATION, conversation_id, edit.title,
                                  edit.microcosm_id, edit.edit_reason);
}

int mc_conversation_patch(mc_session *session, int64_t conversation_id, const mc_patch_op *ops,
                          size_t count)
{
    return mc__item_patch(session, MC_ITEM_CONVERSATION, conversation_id, ops, count);
}

int mc_conversation_patch_body(mc_session *session, int64_t conversation_id, const char *body,
                               size_t length)
{
    return mc__item_patch_body(session, MC_ITEM_CONVERSATION, conversation_id, body, length);
}

int mc_conversation_delete(mc_session *session, int64_t conversation_id)
{
    return mc__item_delete(session, MC_ITEM_CONVERSATION, conversation_id);
}

int mc_conversation_last_comment(mc_place **out, mc_session *session, int64_t conversation_id,
                                 int64_t limit)
{
    return mc__item_place(out, session, MC_ITEM_CONVERSATION, conversation_id, limit, false);
}

int mc_conversation_new_comment(mc_place **out, mc_session *session, int64_t conversation_id,
                                int64_t limit)
{
    return mc__item_place(out, session, MC_ITEM_CONVERSATION, conversation_id, limit, true);
}
