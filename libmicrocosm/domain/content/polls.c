/* Polls: include/microcosm/polls.h. What all items share is in the item_ files. */
#include "../access/actor.h"
#include "../base/call.h"
#include "item_facts.h"
#include "item_page.h"
#include "types.h"
#include "markup/markup.h"

#define CHOICES_MAX 100
#define CHOICE_LENGTH_MAX 150

static const mc__field poll_edit_fields[] = {
    MC_FIELD(mc_poll_edit, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_poll_edit, title, "title",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 150),
    MC_FIELD(mc_poll_edit, question, "question",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM, .max_length = 512),
    MC_FIELD(mc_poll_edit, choices, "choices", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_poll_edit, multi, "multi"),
    MC_FIELD(mc_poll_edit, poll_open, "pollOpen"),
    MC_FIELD(mc_poll_edit, poll_closes, "pollCloses"),
};
const mc_type mc__poll_edit_type =
    MC_TYPE(mc_poll_edit, "poll_edit", poll_edit_fields, .flags = MC_TYPE_INPUT);

int mc_poll_get(mc_poll **out, mc_session *session, int64_t poll_id, const mc_page_options *page)
{
    void *record = NULL;
    int rc = mc__item_get(&record, session, MC_ITEM_POLL, poll_id, page);

    if (rc == 0)
        *out = record;
    return rc;
}

int mc_poll_json(mc_buffer *out, mc_session *session, int64_t poll_id, const mc_page_options *page)
{
    return mc__item_json(out, session, MC_ITEM_POLL, poll_id, page);
}

static int clean_choices(mc_session *session, mc_strings *choices)
{
    const char **cleaned =
        mc__arena_alloc(&session->scratch, (choices->count + 1) * sizeof(*cleaned));

    if (!cleaned)
        return mc__out_of_memory(session);
    if (choices->count < 1 || choices->count > CHOICES_MAX)
        return mc__fault(&session->problem, "choices", "must be 1 to %d", CHOICES_MAX);
    for (size_t i = 0; i < choices->count; i++) {
        mc_scratch_text(text);
        int rc = mc__clean_sentence(&text, choices->items[i], strlen(choices->items[i]), true);

        if (rc == MC_ENOMEM)
            return mc__out_of_memory(session);
        cleaned[i] = mc__arena_copy(&session->scratch, mc__text_string(&text), text.length);
        if (session->scratch.failed) /* then it is "" */
            return mc__out_of_memory(session);
        if (rc < 0 || cleaned[i][strspn(cleaned[i], " ")] == '\0' ||
            mc__utf8_length(cleaned[i]) > CHOICE_LENGTH_MAX)
            return mc__fault(&session->problem, "choices", "each must have 1 to %d characters",
                             CHOICE_LENGTH_MAX);
    }
    choices->items = cleaned;
    return 0;
}

static int check(mc_session *session, mc_poll_edit *edit)
{
    mc_time closes;
    int rc = clean_choices(session, &edit->choices);

    if (!edit->poll_closes || !*edit->poll_closes)
        edit->poll_closes = NULL;
    else if (!mc__time_parse(&closes, edit->poll_closes) || closes.us <= mc__now().us)
        rc = mc__fault(&session->problem, "pollCloses",
                       "must be a time in the future as in RFC 3339");
    return rc;
}

int mc_poll_create(int64_t *poll_id, mc_session *session, const mc_poll_edit *given)
{
    mc_poll_edit edit;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_copy(&session->problem, &session->scratch, &mc__poll_edit_type, &edit,
                            MC_TO_CREATE, given);
    if (rc == 0)
        rc = check(session, &edit);
    if (rc == 0)
        rc = mc__may_create_in(session, edit.microcosm_id);
    if (rc < 0)
        return rc;
    mc__batch_add(&batch, MC_Q_ITEMS_CREATE_POLL);
    mc__add_int(&batch, session->site.id);
    mc__add_int(&batch, edit.microcosm_id);
    mc__add_text(&batch, edit.title);
    mc__add_int(&batch, session->viewer->profile_id);
    mc__add_text(&batch, mc__audit_address(session));
    mc__add_text(&batch, edit.question);
    mc__add_texts(&batch, edit.choices.items, edit.choices.count);
    mc__add_bool(&batch, edit.multi == MC_YES);
    mc__add_bool(&batch, edit.poll_open != MC_NO);
    mc__add_text(&batch, edit.poll_closes);
    rc = mc__write(
        session, &batch,
        &(mc__news){.item_type = MC_ITEM_POLL, .microcosm_id = edit.microcosm_id, .is_new = true});
    if (rc < 0)
        return rc;
    *poll_id = mc__row_int(mc__batch_rows(&batch, 0), 0, 0);
    return 0;
}
