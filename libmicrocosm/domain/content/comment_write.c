/*
 * Creates, changes and deletes comments: include/microcosm/comments.h. A comment's parent is an
 * item (item_facts.c), a huddle or a profile.
 */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "../base/kinds.h"
#include "../base/limiter.h"
#include "../base/patch.h"
#include "../base/read_marks.h"
#include "../base/share.h"
#include "comment_facts.h"
#include "comment_text.h"
#include "huddle_facts.h"
#include "item_facts.h"
#include "types.h"
#include "unread.h"
#include "statements.h"

static const mc__field comment_edit_fields[] = {
    MC_FIELD(mc_comment_edit, item_type, "itemType", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_comment_edit, item_id, "itemId", .flags = MC_FIELD_REQUIRED | MC_FIELD_POSITIVE),
    MC_FIELD(mc_comment_edit, markdown, "markdown",
             .flags = MC_FIELD_REQUIRED | MC_FIELD_REQUIRED_TO_EDIT),
    MC_FIELD(mc_comment_edit, in_reply_to, "inReplyTo"),
};
const mc_type mc__comment_edit_type =
    MC_TYPE(mc_comment_edit, "comment_edit", comment_edit_fields, .flags = MC_TYPE_INPUT);

static int refuse_create(mc_session *session)
{
    return mc__refuse_because(session, MC_EFORBIDDEN, 10);
}

static int judge_on_item(mc_session *session, mc_item_type item_type, const mc__item_facts *item)
{
    if (!item->permissions.can_create || (!item->exists && !item->permissions.is_site_owner))
        return refuse_create(session);
    if (!item->exists || item->is_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    if (!item->is_open && !item->permissions.is_moderator)
        return mc__fail_because(&session->problem, MC_ECLOSED, 17, "the %s is closed",
                                mc_item_type_name(item_type));
    return 0;
}

static int judge_on_huddle(mc_session *session, int64_t huddle_id, const PGresult *rows)
{
    mc__huddle_facts huddle;

    mc__huddle_read_facts(&huddle, session, huddle_id, rows);
    return huddle.permissions.can_create ? 0 : refuse_create(session);
}

static int judge_on_profile(mc_session *session, int64_t profile_id, const PGresult *rows)
{
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, MC_ITEM_PROFILE, profile_id, profile_id, false);
    if (!permissions.can_create)
        return refuse_create(session);
    return PQntuples(rows) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

static void add_target(mc__batch *batch, mc_session *session, mc_item_type item_type,
                       int64_t item_id)
{
    int64_t site_id = session->site.id;

    if (item_type == MC_ITEM_HUDDLE)
        mc__huddle_ask(batch, session, item_id);
    else if (item_type == MC_ITEM_PROFILE)
        mc__add_comments_profile_target(
            batch, &(mc__comments_profile_target_in){.site_id = site_id, .profile_id = item_id});
    else
        mc__add_items_facts(
            batch,
            &(mc__items_facts_in){.site_id = site_id, .item_id = item_id, .item_type = item_type});
}

/* The facts that determine who may write to an item. A new comment doesn't change them, so they
 * stay valid when the item's own entry becomes invalid. */
typedef struct cached_target {
    mc__entry entry;
    int64_t microcosm_id, author;
    bool is_deleted, is_moderated, is_open;
} cached_target;

static mc__cache_key target_key(const mc_session *session, mc_item_type item_type, int64_t item_id)
{
    return (mc__cache_key){MC_CACHED_TARGET, session->site.id, {item_id, item_type}};
}

/* rows: of items.facts. */
static void cache_target(mc_session *session, mc_item_type item_type, int64_t item_id,
                         const PGresult *rows, uint64_t moment)
{
    mc__cache_key key = target_key(session, item_type, item_id);
    mc_auto_entry cached_target *target = NULL;
    mc__items_facts_row facts;

    if (!mc__kind_can(item_type, MC_IS_ITEM) || !PQntuples(rows) || !mc__may_share(session) ||
        !mc__cache_is_trusted(session->app->cache))
        return;
    target = mc__entry_new(sizeof(*target), moment);
    if (!target)
        return;
    facts = mc__read_items_facts(rows, 0);
    target->microcosm_id = facts.microcosm_id;
    target->author = facts.created_by;
    target->is_deleted = facts.is_deleted;
    target->is_moderated = facts.is_moderated;
    target->is_open = facts.is_open;
    mc__entry_depends_on(target, (mc__subject){MC_SUBJECT_TEXTS, session->site.id, item_id});
    mc__cache_put(session->app->cache, &key, target);
}

/* Looks in the cache; false if the database must be read. */
static bool find_target(mc__item_facts *out, mc_session *session, mc_item_type item_type,
                        int64_t item_id)
{
    mc__cache_key key = target_key(session, item_type, item_id);
    mc_auto_entry cached_target *target = NULL;

    if (!mc__kind_can(item_type, MC_IS_ITEM) || !mc__may_share(session))
        return false;
    target = mc__cache_find(session->app->cache, &key);
    if (!target) /* the item itself may be cached */
        return mc__item_find_facts(out, session, item_type, item_id);
    *out = (mc__item_facts){.microcosm_id = target->microcosm_id,
                            .author = target->author,
                            .is_deleted = target->is_deleted,
                            .is_moderated = target->is_moderated,
                            .is_open = target->is_open};
    mc__item_conclude(out, session, item_type, item_id);
    return true;
}

/* item: set if it is one. */
static int judge_target(mc__item_facts *item, mc_session *session, mc_item_type item_type,
                        int64_t item_id, const PGresult *rows)
{
    if (item_type == MC_ITEM_HUDDLE)
        return judge_on_huddle(session, item_id, rows);
    if (item_type == MC_ITEM_PROFILE)
        return judge_on_profile(session, item_id, rows);
    mc__item_read_facts(item, session, item_type, item_id, rows);
    return judge_on_item(session, item_type, item);
}

/* In a transaction that may write more, here or by the host. */
static bool is_one_of_many(const mc_session *session)
{
    return session->db.in_transaction || mc__db_is_on_host(&session->db);
}

/* A statement of its own locks the item first, so that the next one has a snapshot and a time from
 * after the lock. So times are in the order of positions, and of two equal posts at the same time
 * the second finds the first. */
static size_t add_insert_on_item(mc__batch *batch, mc_session *session, mc_item_type item_type,
                                 const mc_comment_edit *edit, const char *html,
                                 const mc__rendered *rendered, const mc__item_facts *item)
{
    mc_time read_at = mc__last_read(session, item_type, edit->item_id, 0, (mc_time){MC_TIME_NONE});

    mc__comments_create_on_item_in in = {
        .site_id = session->site.id,
        .item_id = edit->item_id,
        .item_type = item_type,
        .actor_id = session->actor->profile_id,
        .markdown = edit->markdown,
        .html = html,
        .renderer = MC__RENDERER,
        .in_reply_to = edit->in_reply_to,
        .mentioned = {rendered->mentioned, rendered->mentioned_count},
        .address = mc__audit_address(session),
        .read_at = read_at,
        .by_moderator = item->permissions.is_moderator,
        .judged_in = item->microcosm_id};

    mc__add_items_lock(batch, &(mc__items_lock_in){session->site.id, edit->item_id});
    /* both have the same parameters and columns */
    return mc__batch_add(batch,
                         is_one_of_many(session) ? MC_Q_COMMENTS_CREATE_ON_ITEM_UNSETTLED
                                                 : MC_Q_COMMENTS_CREATE_ON_ITEM,
                         &in);
}

static size_t add_insert_on_huddle(mc__batch *batch, mc_session *session,
                                   const mc_comment_edit *edit, const char *html)
{
    mc__comments_create_on_huddle_in in = {.site_id = session->site.id,
                                           .huddle_id = edit->item_id,
                                           .actor_id = session->actor->profile_id,
                                           .markdown = edit->markdown,
                                           .html = html,
                                           .renderer = MC__RENDERER,
                                           .in_reply_to = edit->in_reply_to,
                                           .address = mc__audit_address(session)};

    mc__add_huddles_lock(batch, &(mc__huddles_lock_in){session->site.id, edit->item_id});
    return mc__batch_add(batch,
                         is_one_of_many(session) ? MC_Q_COMMENTS_CREATE_ON_HUDDLE_UNSETTLED
                                                 : MC_Q_COMMENTS_CREATE_ON_HUDDLE,
                         &in);
}

static size_t add_insert_on_profile(mc__batch *batch, mc_session *session,
                                    const mc_comment_edit *edit, const char *html)
{
    mc__add_comments_lock_profile(batch,
                                  &(mc__comments_lock_profile_in){session->site.id, edit->item_id});
    return mc__add_comments_create_on_profile(
        batch, &(mc__comments_create_on_profile_in){.site_id = session->site.id,
                                                    .profile_id = edit->item_id,
                                                    .actor_id = session->actor->profile_id,
                                                    .markdown = edit->markdown,
                                                    .html = html,
                                                    .renderer = MC__RENDERER,
                                                    .in_reply_to = edit->in_reply_to,
                                                    .address = mc__audit_address(session)});
}

/* Comments of one item are written one after another, since each locks the item until it is on the
 * disk. Those of this process wait here, where waiting costs nothing: in PostgreSQL each would hold
 * a connection, and waking one process after another made 16 writers slower than one. */
static int write_in_turn(mc_session *session, mc__batch *batch, const mc_comment_edit *edit)
{
    bool waits = !is_one_of_many(session);
    mc__place place;
    int rc = waits ? mc__limiter_enter(session->app->posting, &place, edit->item_id, 1) : 0;

    if (rc < 0)
        return mc__fail(&session->problem, rc, "too many write to the same thing at once");
    rc = mc__write(session, batch);
    if (waits)
        mc__limiter_leave(session->app->posting, &place);
    return rc;
}

static int insert(int64_t *comment_id, mc_session *session, mc_item_type item_type,
                  const mc_comment_edit *edit, const char *html, const mc__rendered *rendered,
                  const mc__item_facts *item)
{
    mc_batch(batch);
    size_t made;
    int rc;

    if (item_type == MC_ITEM_HUDDLE)
        made = add_insert_on_huddle(&batch, session, edit, html);
    else if (item_type == MC_ITEM_PROFILE)
        made = add_insert_on_profile(&batch, session, edit, html);
    else
        made = add_insert_on_item(&batch, session, item_type, edit, html, rendered, item);
    rc = write_in_turn(session, &batch, edit);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, made)) == 0) /* hidden, or left, since it was checked */
        return item_type == MC_ITEM_HUDDLE ? refuse_create(session)
                                           : mc__refuse(session, MC_ENOTFOUND);
    /* the three statements return a change first */
    *comment_id =
        mc__read_items_create_conversation(mc__batch_rows(&batch, made), 0).change.item_id;
    if (mc__kind_can(item_type, MC_IS_ITEM))
        mc__mark_read(session, item_type, edit->item_id,
                      mc__read_comments_create_on_item(mc__batch_rows(&batch, made), 0).read_to);
    return 0;
}

/* Adds a fault to those that rc stands for. */
static int check_item_type(mc_session *session, const mc_comment_edit *edit, int rc)
{
    if ((rc == 0 || rc == MC_EINVAL) && edit->item_type &&
        !mc__kind_can(mc_item_type_find(edit->item_type), MC_HAS_COMMENTS))
        return mc__fault(&session->problem, "itemType",
                         "must be conversation, event, poll, huddle or profile");
    return rc;
}

/* The names that its text mentions. */
typedef struct mentioned {
    const char **names;
    size_t count;
} mentioned;

/* may_be_cached: the target's facts. */
static int judge_and_create(int64_t *comment_id, mc_session *session, const mc_comment_edit *edit,
                            const mentioned *found, bool may_be_cached)
{
    mc_item_type item_type = mc_item_type_find(edit->item_type);
    mc__rendered rendered = {0};
    const char *html = "";
    mc__item_facts item = {0};
    uint64_t moment;
    mc_batch(batch);
    int rc;

    /* Without names, the cache may have all facts. The statement that inserts the comment checks
     * the item again, under its lock. */
    if (may_be_cached && found->count == 0 &&
        find_target(&item, session, item_type, edit->item_id)) {
        rc = judge_on_item(session, item_type, &item);
    } else {
        add_target(&batch, session, item_type, edit->item_id);
        mc__comment_ask_names(&batch, session, found->names, found->count);
        moment = mc__cache_moment(session->app->cache);
        rc = mc__run(session, &batch);
        if (rc == 0) {
            cache_target(session, item_type, edit->item_id, mc__batch_rows(&batch, 0), moment);
            rc = judge_target(&item, session, item_type, edit->item_id, mc__batch_rows(&batch, 0));
        }
    }
    if (rc == 0)
        rc = mc__comment_render(session, 0, edit->markdown,
                                found->count ? mc__batch_rows(&batch, 1) : NULL, &html, &rendered);
    return rc < 0 ? rc : insert(comment_id, session, item_type, edit, html, &rendered, &item);
}

static int create(int64_t *comment_id, mc_session *session, const mc_comment_edit *edit)
{
    mentioned found = {0};
    int tries = 0;
    int rc = mc__comment_names(session, edit->markdown, &found.names, &found.count);

    if (rc < 0)
        return rc;
    do
        rc = judge_and_create(comment_id, session, edit, &found, tries == 0);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int create_from(int64_t *comment_id, mc_session *session, const mc__source *source)
{
    mc_comment_edit edit = {0};
    int rc = mc__call_begin_for(comment_id, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__comment_edit_type, &edit,
                            MC_TO_CREATE, source);
    rc = check_item_type(session, &edit, rc);
    return rc < 0 ? rc : create(comment_id, session, &edit);
}

int mc_comment_create(int64_t *comment_id, mc_session *session, const mc_comment_edit *edit)
{
    return create_from(comment_id, session, &(mc__source){.given = edit});
}

int mc_comment_create_body(int64_t *comment_id, mc_session *session, mc_format format,
                           const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(comment_id, session, &source);
}

/* A hidden comment must be shown again first. */
static int judge_edit(mc_session *session, const mc__comment_facts *comment)
{
    if (!comment->permissions.can_read)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!comment->is_visible || comment->parent_hidden)
        return mc__refuse(session, MC_ENOTFOUND);
    if (comment->permissions.is_moderator)
        return 0;
    if (!comment->permissions.can_update)
        return mc__refuse(session, MC_EFORBIDDEN);
    return comment->is_open
               ? 0
               : mc__fail_because(&session->problem, MC_ECLOSED, 17, "the %s is closed",
                                  mc_item_type_name(comment->item_type));
}

static int save_edit(mc_session *session, int64_t comment_id, const mc_comment_edit *edit,
                     const mc__comment_facts *comment, const char *html,
                     const mc__rendered *rendered)
{
    mc_batch(batch);

    mc__comment_add_check(&batch, session, comment_id, comment, false);
    mc__add_comments_edit(&batch, &(mc__comments_edit_in){
                                      .site_id = session->site.id,
                                      .comment_id = comment_id,
                                      .actor_id = session->actor->profile_id,
                                      .markdown = edit->markdown,
                                      .html = html,
                                      .renderer = MC__RENDERER,
                                      .mentioned = {rendered->mentioned, rendered->mentioned_count},
                                      .address = mc__audit_address(session)});
    return mc__write(session, &batch);
}

static int judge_and_edit(mc_session *session, int64_t comment_id, const mc_comment_edit *edit,
                          const mentioned *found)
{
    mc__rendered rendered = {0};
    const char *html = "";
    mc__comment_facts comment;
    mc_batch(batch);
    int rc;

    mc__comment_ask(session, &batch, comment_id);
    mc__comment_ask_names(&batch, session, found->names, found->count);
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    mc__comment_read_facts(&comment, session, comment_id, mc__batch_rows(&batch, 0), 0);
    /* nobody learns which ids are in foreign huddles */
    if (!comment.exists || (comment.item_type == MC_ITEM_HUDDLE && !comment.permissions.can_read))
        return mc__refuse(session, MC_ENOTFOUND);
    rc = judge_edit(session, &comment);
    if (rc == 0)
        rc = mc__comment_render(session, comment_id, edit->markdown,
                                found->count ? mc__batch_rows(&batch, 1) : NULL, &html, &rendered);
    return rc < 0 ? rc : save_edit(session, comment_id, edit, &comment, html, &rendered);
}

static int edit_comment(mc_session *session, int64_t comment_id, const mc_comment_edit *edit)
{
    mentioned found = {0};
    int tries = 0, rc;

    if (edit->item_type && mc_item_type_find(edit->item_type) == MC_ITEM_NONE)
        return mc__fault(&session->problem, "itemType", "is not known");
    rc = mc__comment_names(session, edit->markdown, &found.names, &found.count);
    if (rc < 0)
        return rc;
    do
        rc = judge_and_edit(session, comment_id, edit, &found);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}

static int edit_from(mc_session *session, int64_t comment_id, const mc__source *source)
{
    mc_comment_edit edit = {0};
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, comment_id);
    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__comment_edit_type, &edit,
                            MC_TO_EDIT, source);
    return rc < 0 ? rc : edit_comment(session, comment_id, &edit);
}

int mc_comment_edit_save(mc_session *session, int64_t comment_id, const mc_comment_edit *edit)
{
    return edit_from(session, comment_id, &(mc__source){.given = edit});
}

int mc_comment_edit_body(mc_session *session, int64_t comment_id, mc_format format,
                         const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return edit_from(session, comment_id, &source);
}

/* Locks the item first and finds its newest comment last, in one trip and transaction. */
static int set_flags(mc_session *session, int64_t comment_id, const mc__flag_changes *flags,
                     const mc__comment_facts *comment, const char *action, const char *audit)
{
    mc__comments_set_flags_in in = {.site_id = session->site.id,
                                    .comment_id = comment_id,
                                    .deleted = flags->deleted,
                                    .moderated = flags->moderated,
                                    .actor_id = session->actor->profile_id,
                                    .judged_in = comment->microcosm_id,
                                    .action = action,
                                    .audit_action = audit,
                                    .address = mc__audit_address(session)};
    mc_batch(batch);

    mc__add_comments_lock_item(&batch, &(mc__comments_lock_item_in){.site_id = session->site.id,
                                                                    .comment_id = comment_id});
    if (is_one_of_many(session)) { /* both have the same parameters and columns */
        mc__batch_add(&batch, MC_Q_COMMENTS_SET_FLAGS_UNSETTLED, &in);
    } else {
        mc__add_comments_set_flags(&batch, &in);
        mc__add_comments_refresh_newest(
            &batch, &(mc__comments_refresh_newest_in){.site_id = session->site.id,
                                                      .comment_id = comment_id});
    }
    return mc__write(session, &batch);
}

static int judge_and_patch(mc_session *session, int64_t comment_id, const mc__patch *patch)
{
    mc__flag_changes flags;
    mc__comment_facts comment;
    int rc = mc__comment_load_facts(&comment, session, comment_id);

    if (rc < 0)
        return rc;
    /* Huddles and profiles have no moderators. */
    if (comment.item_type == MC_ITEM_HUDDLE || !comment.exists)
        return mc__refuse(session, MC_EFORBIDDEN);
    rc = mc__patch_judge(&flags, session, patch, &comment.permissions, true);
    if (rc < 0)
        return rc;
    if (!comment.is_shown)
        return mc__refuse(session, MC_ENOTFOUND);
    return set_flags(session, comment_id, &flags, &comment, "update", "U");
}

static int patch_from(mc_session *session, int64_t comment_id, const mc__source *source)
{
    mc__patch patch;
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__patch_take(&patch, session, source);
    if (rc < 0)
        return rc;
    do
        rc = judge_and_patch(session, comment_id, &patch);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}

int mc_comment_patch(mc_session *session, int64_t comment_id, const mc_patch_op *ops, size_t count)
{
    return patch_from(session, comment_id, &(mc__source){.given = ops, .length = count});
}

int mc_comment_patch_body(mc_session *session, int64_t comment_id, const char *body, size_t length)
{
    mc__source source = mc__source_of(MC_FORMAT_JSON, body, length);

    return patch_from(session, comment_id, &source);
}

static int judge_and_delete(mc_session *session, int64_t comment_id)
{
    mc__flag_changes flags = {.deleted = MC_YES};
    mc__comment_facts comment;
    int rc = mc__comment_load_facts(&comment, session, comment_id);

    if (rc < 0)
        return rc;
    if (!comment.permissions.can_delete &&
        !(comment.permissions.is_moderator && comment.item_type != MC_ITEM_HUDDLE &&
          comment.item_type != MC_ITEM_PROFILE))
        return mc__refuse(session, MC_EFORBIDDEN);
    if (!comment.exists)
        return mc__refuse(session, MC_EFORBIDDEN);
    if (comment.is_deleted)
        return 0;
    return set_flags(session, comment_id, &flags, &comment, "delete", "D");
}

int mc_comment_delete(mc_session *session, int64_t comment_id)
{
    int tries = 0;
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    do
        rc = judge_and_delete(session, comment_id);
    while (mc__judge_again(session, rc, &tries));
    return rc;
}
