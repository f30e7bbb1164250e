/* Creates, changes, moves and hides microcosms. */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/patch.h"
#include "../content/item_facts.h"
#include "../content/waiting.h"
#include "address.h"
#include "types.h"
#include "statements.h"

#define LOGO_MAX 2000

static const mc__field microcosm_edit_fields[] = {
    MC_FIELD(mc_microcosm_edit, title, "title", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE,
             .max_length = 50),
    MC_FIELD(mc_microcosm_edit, description, "description",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_BLOCK | MC_FIELD_CALM),
    MC_FIELD(mc_microcosm_edit, visibility, "visibility"),
    MC_FIELD(mc_microcosm_edit, parent_id, "parentId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_microcosm_edit, item_types, "itemTypes"),
    MC_FIELD(mc_microcosm_edit, logo_url, "logoUrl", .max_length = 2000),
    MC_FIELD(mc_microcosm_edit, remove_logo, "removeLogo"),
    MC_FIELD(mc_microcosm_edit, edit_reason, "meta.editReason",
             .flags = MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_SENTENCE, .max_length = 150),
};
const mc_type mc__microcosm_edit_type =
    MC_TYPE(mc_microcosm_edit, "microcosm_edit", microcosm_edit_fields, .flags = MC_TYPE_INPUT);

static bool is_at_fault(const mc_session *session, const char *field)
{
    const mc_failure *error = &session->problem.shown;

    for (size_t i = 0; i < error->fault_count; i++)
        if (strcmp(error->faults[i].field, field) == 0)
            return true;
    return false;
}

static int check_logo(mc_session *session, mc_microcosm_edit *edit)
{
    if (!edit->logo_url || is_at_fault(session, "logoUrl"))
        return 0;
    edit->logo_url = mc__logo_address(&session->scratch, edit->logo_url);
    if (!edit->logo_url)
        return mc__fault(&session->problem, "logoUrl", "%s", MC_PICTURE_FAULT);
    if (mc__utf8_length(edit->logo_url) > LOGO_MAX)
        return mc__fault(&session->problem, "logoUrl", "must have at most %d characters", LOGO_MAX);
    return 0;
}

static void settle_visibility(mc_microcosm_edit *edit)
{
    if (edit->visibility && strcmp(edit->visibility, "protected") != 0 &&
        strcmp(edit->visibility, "private") != 0)
        edit->visibility = "public";
}

/* rc: the result of reading the input, to whose faults this adds its own. */
static int check_input(mc_session *session, mc_microcosm_edit *edit, int rc)
{
    if (rc < 0 && !(rc == MC_EINVAL && session->problem.shown.fault_count))
        return rc;
    settle_visibility(edit);
    if (check_logo(session, edit) == MC_ENOMEM)
        return MC_ENOMEM;
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

/* Numbers of item types, each once; ignores unknown names. */
static mc_int64s find_item_types(mc__arena *arena, const mc_strings *names)
{
    int64_t *kinds = mc__arena_alloc(arena, MC_ITEM_TYPES * sizeof(*kinds));
    size_t count = 0;

    for (size_t i = 0; kinds && i < names->count; i++) {
        mc_item_type kind = mc_item_type_find(names->items[i]);
        bool is_new = kind != MC_ITEM_NONE;

        for (size_t j = 0; j < count; j++)
            is_new = is_new && kinds[j] != (int64_t)kind;
        if (is_new)
            kinds[count++] = kind;
    }
    return (mc_int64s){kinds, count};
}

/* Treats an unreadable or hidden parent as nonexistent. */
static int find_parent(mc__node **out, mc_session *session, int64_t parent_id)
{
    mc__node *node = mc__tree_find(session->tree, parent_id);

    if (!mc__is_readable(session, node))
        return mc__fault(&session->problem, "parentId", "is not a microcosm of this site");
    *out = node;
    return 0;
}

static int refuse_depth(mc_session *session)
{
    return mc__fault(&session->problem, "parentId", "is too deep: microcosms have %d levels",
                     MC__LEVELS_MAX);
}

/* levels: of what comes below the parent. */
static int check_depth(mc_session *session, const mc__node *parent, int64_t levels)
{
    return parent->level + levels > MC__LEVELS_MAX ? refuse_depth(session) : 0;
}

/* From a microcosm down to the deepest one below it. */
static int64_t count_levels(const mc__tree *tree, const mc__node *node)
{
    int64_t deepest = node->level;

    for (size_t i = 0; i < tree->count; i++)
        if (tree->nodes[i].level > deepest && mc__node_is_below(&tree->nodes[i], node))
            deepest = tree->nodes[i].level;
    return deepest - node->level + 1;
}

/* Locks the site's tree as the first statement of a batch, so that it can't change meanwhile. */
static void add_lock(mc_session *session, mc__batch *batch)
{
    mc__add_microcosms_lock(batch, &(mc__microcosms_lock_in){.site_id = session->site.id});
}

/* Locks the tree, and fails if what was judged has been closed, hidden or moved since. */
static void add_check(mc__batch *batch, mc_session *session, const mc__node *node,
                      bool may_be_closed, bool may_be_hidden, bool may_be_deleted)
{
    add_lock(session, batch);
    mc__add_permissions_check_microcosm(
        batch, &(mc__permissions_check_microcosm_in){.site_id = session->site.id,
                                                     .microcosm_id = node->id,
                                                     .judged_in = node->parent_id,
                                                     .may_be_closed = may_be_closed,
                                                     .may_be_hidden = may_be_hidden,
                                                     .may_be_deleted = may_be_deleted});
}

static int insert(int64_t *microcosm_id, mc_session *session, const mc_microcosm_edit *edit,
                  int64_t parent_id)
{
    static const char *const usual[] = {"microcosm", "conversation", "event"};
    mc_strings kinds =
        edit->item_types.items ? edit->item_types : (mc_strings){usual, MC_COUNT(usual)};
    mc_batch(batch);
    size_t made;
    int rc;

    add_lock(session, &batch);
    made = mc__add_microcosms_create(
        &batch,
        &(mc__microcosms_create_in){.site_id = session->site.id,
                                    .by_moderator = mc__moderates(session, parent_id),
                                    .parent_id = parent_id,
                                    .title = edit->title,
                                    .description = edit->description,
                                    .visibility = edit->visibility ? edit->visibility : "public",
                                    .item_types = find_item_types(&batch.arena, &kinds),
                                    .logo_url = edit->logo_url ? edit->logo_url : "",
                                    .actor_id = session->actor->profile_id,
                                    .address = mc__audit_address(session)});
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, made)) == 0)
        return refuse_depth(session); /* the only thing that can have changed since */
    *microcosm_id = mc__read_microcosms_create(mc__batch_rows(&batch, made), 0).change.item_id;
    mc__facts_changed(session);
    return 0;
}

/* An actor that may create no microcosms gets no information about parents; others get all faults
 * at once. */
static int create(int64_t *microcosm_id, mc_session *session, mc_microcosm_edit *edit, int rc)
{
    mc__node *parent = mc__tree_root(session->tree);
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    rc = check_input(session, edit, rc);
    if ((rc == 0 || rc == MC_EINVAL) && permissions.can_create && edit->parent_id.value > 0) {
        int found = find_parent(&parent, session, edit->parent_id.value);

        rc = found < 0 ? found : rc;
    }
    if (rc < 0)
        return rc;
    if (!permissions.can_create || !parent)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = mc__may_create_in(session, parent->id);
    if (rc == 0)
        rc = check_depth(session, parent, 1);
    return rc < 0 ? rc : insert(microcosm_id, session, edit, parent->id);
}

static int create_from(int64_t *microcosm_id, mc_session *session, const mc__source *source)
{
    mc_microcosm_edit edit = {0};
    int rc = mc__call_begin_for(microcosm_id, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    rc = mc__input_take(&session->problem, &session->scratch, &mc__microcosm_edit_type, &edit,
                        MC_TO_CREATE, source);
    return create(microcosm_id, session, &edit, rc);
}

int mc_microcosm_create(int64_t *microcosm_id, mc_session *session, const mc_microcosm_edit *edit)
{
    return create_from(microcosm_id, session, &(mc__source){.given = edit});
}

int mc_microcosm_create_body(int64_t *microcosm_id, mc_session *session, mc_format format,
                             const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(microcosm_id, session, &source);
}

/* Whether it may be moved below another microcosm. The statement checks again, under the lock. */
static int check_move(mc_session *session, const mc__node *node, int64_t parent_id)
{
    mc__node *parent = NULL;
    int rc;

    if (!node->parent_id)
        return mc__fault(&session->problem, "parentId", "cannot be given to the root");
    if (node->placed_by_moderator && !mc__decide_microcosm(session, node)->is_moderator)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "a moderator has put it here, and only moderators move it");
    rc = mc__may_take_from(session, node->parent);
    if (rc < 0)
        return rc;
    rc = find_parent(&parent, session, parent_id);
    if (rc < 0)
        return rc;
    if (mc__node_is_below(parent, node))
        return mc__fault(&session->problem, "parentId",
                         "must not be the microcosm itself or below it");
    rc = mc__may_create_in(session, parent_id);
    return rc < 0 ? rc : check_depth(session, parent, count_levels(session->tree, node));
}

static int update(mc_session *session, const mc__node *node, const mc_microcosm_edit *edit,
                  int64_t parent_id)
{
    mc_int64s item_types = {NULL, 0}; /* unchanged */
    bool by_moderator = mc__decide_microcosm(session, node)->is_moderator;
    mc_batch(batch);
    size_t changed;
    int rc;

    add_check(&batch, session, node, by_moderator, by_moderator, false);
    if (edit->item_types.items)
        item_types = find_item_types(&batch.arena, &edit->item_types);
    changed = mc__add_microcosms_edit(
        &batch,
        &(mc__microcosms_edit_in){.site_id = session->site.id,
                                  .microcosm_id = node->id,
                                  .title = edit->title,
                                  .description = edit->description,
                                  .visibility = edit->visibility,
                                  .item_types = item_types,
                                  .logo_url = edit->remove_logo ? "" : edit->logo_url,
                                  .actor_id = session->actor->profile_id,
                                  .edit_reason = edit->edit_reason,
                                  .address = mc__audit_address(session),
                                  .parent_id = parent_id,
                                  .by_moderator = by_moderator,
                                  .creates_as_moderator = mc__moderates(session, parent_id)});
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, changed)) == 0) /* another session was faster */
        return parent_id ? mc__fault(&session->problem, "parentId",
                                     "must not be the microcosm itself, below it or too deep")
                         : mc__refuse(session, MC_ENOTFOUND);
    mc__facts_changed(session);
    return 0;
}

/* Moderators may change a hidden microcosm; a deleted one must be brought back first. */
static int judge_edit(mc_session *session, const mc__node *node)
{
    const mc_permissions *permissions = mc__decide_microcosm(session, node);

    if (node->is_deleted || !mc__may_see(session, node))
        return mc__refuse(session, MC_ENOTFOUND);
    if (permissions->is_moderator)
        return 0;
    if (!permissions->can_update)
        return mc__refuse(session, MC_EFORBIDDEN);
    for (const mc__node *above = node; above; above = above->parent)
        if (!above->is_open)
            return mc__fail_because(&session->problem, MC_ECLOSED, 17, "the microcosm is closed");
    return 0;
}

/* Where the microcosm is to be moved; 0: it stays. */
static int64_t find_target(const mc_session *session, const mc__node *node,
                           const mc_microcosm_edit *edit)
{
    int64_t root = node->parent_id ? mc__tree_root(session->tree)->id : 0,
            target = edit->parent_id.value ? edit->parent_id.value : root;

    return edit->parent_id.given && target != node->parent_id ? target : 0;
}

static int judge_and_edit(mc_session *session, int64_t microcosm_id, mc_microcosm_edit *edit)
{
    mc__node *node = mc__tree_find(session->tree, microcosm_id);
    int64_t parent_id;
    int rc;

    if (!node) /* PUT checks existence first (docs/http/conventions.md#statuses-and-errors) */
        return mc__refuse(session, MC_ENOTFOUND);
    rc = judge_edit(session, node);
    if (rc < 0)
        return rc;
    parent_id = find_target(session, node, edit);
    if (parent_id)
        rc = check_move(session, node, parent_id);
    return rc < 0 ? rc : update(session, node, edit, parent_id);
}

/* After mc__judge_again(): in the tree as it is now. */
static int load_again(mc_session *session, int tries)
{
    return tries ? mc__facts_load(session) : 0;
}

static int edit_saved(mc_session *session, int64_t microcosm_id, mc_microcosm_edit *edit, int rc)
{
    int tries = 0;

    rc = check_input(session, edit, rc);
    if (rc < 0)
        return rc;
    do {
        rc = load_again(session, tries);
        if (rc == 0)
            rc = judge_and_edit(session, microcosm_id, edit);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int edit_from(mc_session *session, int64_t microcosm_id, const mc__source *source)
{
    mc_microcosm_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, microcosm_id);
    if (rc < 0)
        return rc;
    rc = mc__input_take(&session->problem, &session->scratch, &mc__microcosm_edit_type, &edit,
                        MC_TO_EDIT, source);
    return edit_saved(session, microcosm_id, &edit, rc);
}

int mc_microcosm_edit_save(mc_session *session, int64_t microcosm_id, const mc_microcosm_edit *edit)
{
    return edit_from(session, microcosm_id, &(mc__source){.given = edit});
}

int mc_microcosm_edit_body(mc_session *session, int64_t microcosm_id, mc_format format,
                           const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return edit_from(session, microcosm_id, &source);
}

/* Only the site's owner is told that there is no such microcosm. */
static int refuse_unknown(mc_session *session, int64_t microcosm_id)
{
    mc_permissions permissions;

    mc__decide_item(&permissions, session, MC_ITEM_MICROCOSM, microcosm_id, 0, 0);
    return mc__refuse(session, permissions.is_site_owner ? MC_ENOTFOUND : MC_EFORBIDDEN);
}

static int set_flags(mc_session *session, const mc__node *node, const mc__flag_changes *flags,
                     const char *action, const char *audit)
{
    bool by_moderator = mc__decide_microcosm(session, node)->is_moderator;
    /* whoever waits for a place in an event comes when it is opened or shown again */
    bool promotes = flags->open == MC_YES || flags->deleted == MC_NO || flags->moderated == MC_NO;
    mc__judged_waiting judged = {0};
    mc_batch(batch);
    size_t flagged;
    int rc = promotes ? mc__judge_waiting_below(&judged, session, node->id) : 0;

    if (rc < 0)
        return rc;
    add_check(&batch, session, node, true, by_moderator, by_moderator);
    flagged = mc__add_microcosms_set_flags(
        &batch, &(mc__microcosms_set_flags_in){.site_id = session->site.id,
                                               .microcosm_id = node->id,
                                               .sticky = flags->sticky,
                                               .open = flags->open,
                                               .deleted = flags->deleted,
                                               .moderated = flags->moderated,
                                               .actor_id = session->actor->profile_id,
                                               .edit_reason = flags->note,
                                               .action = action,
                                               .audit_action = audit,
                                               .address = mc__audit_address(session)});
    if (promotes)
        mc__add_promote_below(&batch, session, node->id, &judged);
    if (session->scratch.failed)
        return mc__out_of_memory(session);
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, flagged)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    mc__facts_changed(session);
    return 0;
}

static int judge_and_patch(mc_session *session, int64_t microcosm_id, const mc__patch *patch)
{
    mc__node *node = mc__tree_find(session->tree, microcosm_id);
    mc__flag_changes flags;
    int rc;

    if (!node)
        return refuse_unknown(session, microcosm_id);
    rc = mc__patch_judge(&flags, session, patch, mc__decide_microcosm(session, node), false);
    if (rc < 0)
        return rc;
    if (!mc__may_see(session, node))
        return mc__refuse(session, MC_ENOTFOUND);
    if (!node->parent_id && (flags.deleted == MC_YES || flags.moderated == MC_YES))
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "a site cannot be without its root microcosm");
    return set_flags(session, node, &flags, "update", "U");
}

static int patch_from(mc_session *session, int64_t microcosm_id, const mc__source *source)
{
    mc__patch patch;
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_take(&patch, session, source);
    if (rc == 0)
        rc = mc__check_id(session, microcosm_id);
    if (rc < 0)
        return rc;
    do {
        rc = load_again(session, tries);
        if (rc == 0)
            rc = judge_and_patch(session, microcosm_id, &patch);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}

int mc_microcosm_patch(mc_session *session, int64_t microcosm_id, const mc_patch_op *ops,
                       size_t count)
{
    return patch_from(session, microcosm_id, &(mc__source){.given = ops, .length = count});
}

int mc_microcosm_patch_body(mc_session *session, int64_t microcosm_id, const char *body,
                            size_t length)
{
    mc__source source = mc__source_of(MC_FORMAT_JSON, body, length);

    return patch_from(session, microcosm_id, &source);
}

static int judge_and_delete(mc_session *session, int64_t microcosm_id)
{
    mc__node *node = mc__tree_find(session->tree, microcosm_id);
    mc__flag_changes flags = {.deleted = MC_YES};
    const mc_permissions *permissions;

    if (!node)
        return refuse_unknown(session, microcosm_id);
    permissions = mc__decide_microcosm(session, node);
    if (!permissions->can_delete && !permissions->is_moderator)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!node->parent_id)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "a site cannot be without its root microcosm");
    if (node->is_deleted || !mc__may_see(session, node))
        return mc__refuse(session, MC_ENOTFOUND);
    return set_flags(session, node, &flags, "delete", "D");
}

int mc_microcosm_delete(mc_session *session, int64_t microcosm_id)
{
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, microcosm_id);
    if (rc < 0)
        return rc;
    do {
        rc = load_again(session, tries);
        if (rc == 0)
            rc = judge_and_delete(session, microcosm_id);
    } while (mc__judge_again(session, rc, &tries));
    return rc;
}
