/* How members want to be told: include/microcosm/updates.h. */
#include <microcosm/updates.h>

#include "../access/actor.h"
#include "../base/call.h"
#include "../base/types.h"
#include "profile_access.h"
#include "statements.h"
#include "types.h"
#include "update_types.h"

static const mc__field update_preference_fields[] = {
    MC_FIELD(mc_update_preference, profile_id, "profileId"),
    MC_FIELD(mc_update_preference, id, "id"),
    MC_FIELD(mc_update_preference, description, "description"),
    MC_FIELD(mc_update_preference, send_email, "sendEmail"),
    MC_FIELD(mc_update_preference, send_sms, "sendSMS"),
    MC_FIELD(mc_update_preference, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__update_preference_type =
    MC_TYPE(mc_update_preference, "update_preference", update_preference_fields);

static const mc__field update_preference_list_fields[] = {
    MC_FIELD(mc_update_preference_list, preferences, "preferences",
             .type = &mc__update_preference_type),
};
const mc_type mc__update_preference_list_type =
    MC_TYPE(mc_update_preference_list, "update_preference_list", update_preference_list_fields,
            .flags = MC_TYPE_BARE);

static const mc__field update_preference_edit_fields[] = {
    MC_FIELD(mc_update_preference_edit, send_email, "sendEmail"),
    MC_FIELD(mc_update_preference_edit, send_sms, "sendSMS"),
};
const mc_type mc__update_preference_edit_type =
    MC_TYPE(mc_update_preference_edit, "update_preference_edit", update_preference_edit_fields,
            .flags = MC_TYPE_INPUT);

/* Runs watchers.preferences for the types from first to last. */
static int load(mc__batch *batch, mc_session *session, int64_t first, int64_t last)
{
    int64_t ids[MC_UPDATE_TYPES], defaults[MC_UPDATE_TYPES];
    size_t count = 0;

    for (int64_t i = first; i <= last; i++) {
        ids[count] = i;
        defaults[count++] = mc__update_type_find(i)->send_email;
    }
    mc__add_watchers_preferences(batch,
                                 &(mc__watchers_preferences_in){.site_id = session->site.id,
                                                                .actor_id = session->profile_id,
                                                                .update_type_ids = {ids, count},
                                                                .defaults = {defaults, count}});
    return mc__run(session, batch);
}

static void fill(mc_update_preference *out, mc__arena *arena, const mc_session *session,
                 const PGresult *rows, int number)
{
    mc__watchers_preferences_row row = mc__read_watchers_preferences(rows, number);

    out->profile_id = session->profile_id;
    out->id = row.update_type_id;
    out->description = mc__update_type_find(row.update_type_id)->description;
    out->send_email = row.send_email;
    out->send_sms = row.send_sms;
    out->meta = mc__record_make(arena, &mc__meta_type);
}

int mc_update_preferences_list(mc_update_preference_list **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_update_preference_list *list;
    mc__arena *arena;
    const void **items;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = load(&batch, session, 1, MC_UPDATE_TYPES - 1);
    if (rc < 0)
        return rc;
    record = list = mc__record_new(&mc__update_preference_list_type);
    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    items = mc__list_make(arena, &list->preferences, MC_UPDATE_TYPES - 1);
    for (int i = 0; items && i < MC_UPDATE_TYPES - 1; i++) {
        mc_update_preference *one = mc__record_make(arena, &mc__update_preference_type);

        if (one)
            fill(one, arena, session, mc__batch_rows(&batch, 0), i);
        items[i] = one;
    }
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_update_preference_get(mc_update_preference **out, mc_session *session,
                             int64_t update_type_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0 && !mc__update_type_find(update_type_id))
        rc = mc__refuse(session, MC_ENOTFOUND);
    if (rc == 0)
        rc = load(&batch, session, update_type_id, update_type_id);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__update_preference_type);
    if (!record)
        return mc__out_of_memory(session);
    fill(record, mc__record_arena(record), session, mc__batch_rows(&batch, 0), 0);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static int set(mc_session *session, int64_t update_type_id, const mc__source *source)
{
    mc_update_preference_edit edit;
    const mc__update_type *type;
    mc_batch(batch);
    int rc = mc__profile_begin_own(session);

    if (rc < 0)
        return rc;
    type = mc__update_type_find(update_type_id);
    rc = type ? mc__input_take(&session->problem, &session->scratch,
                               &mc__update_preference_edit_type, &edit, MC_TO_EDIT, source)
              : mc__refuse(session, MC_ENOTFOUND);
    if (rc < 0)
        return rc;
    mc__add_watchers_set_preference(
        &batch, &(mc__watchers_set_preference_in){.site_id = session->site.id,
                                                  .actor_id = session->profile_id,
                                                  .update_type_id = update_type_id,
                                                  .default_email = type->send_email,
                                                  .send_email = edit.send_email,
                                                  .send_sms = edit.send_sms,
                                                  .address = mc__audit_address(session)});
    return mc__write(session, &batch);
}

int mc_update_preference_set(mc_session *session, int64_t update_type_id,
                             const mc_update_preference_edit *edit)
{
    mc__source source = {.given = edit};

    return set(session, update_type_id, &source);
}

int mc_update_preference_set_body(mc_session *session, int64_t update_type_id, mc_format format,
                                  const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set(session, update_type_id, &source);
}
