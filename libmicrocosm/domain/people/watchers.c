/* What members follow: include/microcosm/watchers.h. */
#include <microcosm/watchers.h>

#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../content/attribute_things.h"
#include "../content/huddle_facts.h"
#include "profile_access.h"
#include "statements.h"
#include "types.h"
#include "update_types.h"

static const mc__field watcher_edit_fields[] = {
    MC_FIELD(mc_watcher_edit, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_watcher_edit, item_id, "itemId"),
    MC_FIELD(mc_watcher_edit, update_type_id, "updateTypeId"),
};
const mc_type mc__watcher_edit_type =
    MC_TYPE(mc_watcher_edit, "watcher_edit", watcher_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field watcher_switches_fields[] = {
    MC_FIELD(mc_watcher_switches, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_watcher_switches, item_id, "itemId"),
    MC_FIELD(mc_watcher_switches, send_email, "sendEmail"),
    MC_FIELD(mc_watcher_switches, send_sms, "sendSMS"),
};
const mc_type mc__watcher_switches_type = MC_TYPE(mc_watcher_switches, "watcher_switches",
                                                  watcher_switches_fields, .flags = MC_TYPE_INPUT);

/* The kinds that can be followed. */
static int find_kind(mc_item_type *out, mc_session *session, const char *name)
{
    *out = mc_item_type_find(name);
    if (*out == MC_ITEM_HUDDLE || mc__thing_path(*out))
        return 0;
    return mc__fault(&session->problem, "itemType", "must be a kind of thing that can be followed");
}

/* 0 if the actor may read the thing, and it is there. */
static int check_thing(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc__thing thing = {.item_type = item_type, .item_id = item_id};
    mc__huddle_facts huddle;
    mc_batch(batch);
    int rc;

    if (item_type == MC_ITEM_PROFILE && item_id == 0)
        return 0;
    if (item_id <= 0)
        return mc__fault(&session->problem, "itemId", "must be greater than 0");
    if (item_type == MC_ITEM_HUDDLE)
        return mc__huddle_load_facts(&huddle, session, item_id);
    rc = mc__thing_ask(&thing, session, &batch);
    if (rc == 0 && batch.count > 0)
        rc = mc__run(session, &batch);
    if (rc == 0)
        rc = mc__thing_judge(&thing, session, &batch);
    if (rc == 0 && !thing.exists)
        rc = mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

static int watch(bool *send_email, mc_session *session, const mc__source *source)
{
    mc_watcher_edit edit;
    mc_item_type item_type = MC_ITEM_NONE;
    int64_t update_type = MC_UPDATE_NEW_COMMENT;
    mc_batch(batch);
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__check_out(session, send_email);
    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__watcher_edit_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = find_kind(&item_type, session, edit.item_type);
    if (rc < 0)
        return rc;
    if (edit.update_type_id.given)
        update_type = edit.update_type_id.value;
    if (!mc__update_type_find(update_type))
        return mc__fault(&session->problem, "updateTypeId", "must be 1 to 9");
    rc = check_thing(session, item_type, edit.item_id);
    if (rc < 0)
        return rc;
    mc__add_watchers_watch(
        &batch,
        &(mc__watchers_watch_in){.site_id = session->site.id,
                                 .actor_id = session->profile_id,
                                 .item_type = item_type,
                                 .item_id = edit.item_id,
                                 .update_type_id = update_type,
                                 .default_email = mc__update_type_find(update_type)->send_email,
                                 .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc == 0)
        *send_email = mc__read_watchers_watch(mc__batch_rows(&batch, 0), 0).send_email;
    return rc;
}

int mc_watcher_create(bool *send_email, mc_session *session, const mc_watcher_edit *edit)
{
    mc__source source = {.given = edit};

    return watch(send_email, session, &source);
}

int mc_watcher_create_body(bool *send_email, mc_session *session, mc_format format,
                           const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return watch(send_email, session, &source);
}

static int set(mc_session *session, const mc__source *source)
{
    mc_watcher_switches switches;
    mc_item_type item_type = MC_ITEM_NONE;
    mc_batch(batch);
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__watcher_switches_type,
                            &switches, MC_TO_CREATE, source);
    if (rc == 0)
        rc = find_kind(&item_type, session, switches.item_type);
    if (rc < 0)
        return rc;
    mc__add_watchers_set(&batch, &(mc__watchers_set_in){.site_id = session->site.id,
                                                        .actor_id = session->profile_id,
                                                        .item_type = item_type,
                                                        .item_id = switches.item_id,
                                                        .send_email = switches.send_email == MC_YES,
                                                        .send_sms = switches.send_sms == MC_YES,
                                                        .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fault(&session->problem, "itemId", "is nothing that is followed");
    return rc;
}

int mc_watcher_set(mc_session *session, const mc_watcher_switches *switches)
{
    mc__source source = {.given = switches};

    return set(session, &source);
}

int mc_watcher_set_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return set(session, &source);
}

/* Runs a statement that gives a row if it has found the watcher. */
static int write_one(mc_session *session, mc__batch *batch)
{
    int rc = mc__write(session, batch);

    if (rc == 0 && PQntuples(mc__batch_rows(batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    return rc;
}

int mc_watcher_remove(mc_session *session, mc_item_type item_type, int64_t item_id)
{
    mc_batch(batch);
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = find_kind(&item_type, session, mc_item_type_name(item_type));
    if (rc < 0)
        return rc;
    mc__add_watchers_unwatch(&batch,
                             &(mc__watchers_unwatch_in){.site_id = session->site.id,
                                                        .actor_id = session->profile_id,
                                                        .item_type = item_type,
                                                        .item_id = item_id,
                                                        .address = mc__audit_address(session)});
    return write_one(session, &batch);
}

static int check_owner(mc_session *session, int64_t watcher_id)
{
    mc_permissions permissions;
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    mc__add_watchers_owner(&batch, &(mc__watchers_owner_in){session->site.id, watcher_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    mc__decide_resource(&permissions, session, MC_ITEM_WATCHER, watcher_id,
                        mc__read_watchers_owner(rows, 0).profile_id, false);
    return permissions.can_delete ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

int mc_watcher_delete(mc_session *session, int64_t watcher_id)
{
    mc_batch(batch);
    int rc = mc__profile_begin_own(session);

    if (rc == 0)
        rc = mc__check_id(session, watcher_id);
    if (rc == 0)
        rc = check_owner(session, watcher_id);
    if (rc < 0)
        return rc;
    mc__add_watchers_delete(&batch,
                            &(mc__watchers_delete_in){.site_id = session->site.id,
                                                      .actor_id = session->profile_id,
                                                      .watcher_id = watcher_id,
                                                      .address = mc__audit_address(session)});
    return write_one(session, &batch);
}
