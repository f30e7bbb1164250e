/* Makes and lifts bans. */
#include "bans.h"

#include "../base/call.h"
#include "../base/names.h"
#include "actor.h"
#include "statements.h"
#include "types.h"

static const mc__field ban_edit_fields[] = {
    MC_FIELD(mc_ban_edit, user_id, "userId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_ban_edit, profile_id, "profileId", .flags = MC_FIELD_POSITIVE),
    MC_FIELD(mc_ban_edit, email, "email"),
    MC_FIELD(mc_ban_edit, display_reason, "displayReason", .flags = MC_FIELD_SENTENCE,
             .max_length = 250),
    MC_FIELD(mc_ban_edit, admin_reason, "adminReason", .flags = MC_FIELD_BLOCK, .max_length = 1000),
    MC_FIELD(mc_ban_edit, expires, "expires"),
};
const mc_type mc__ban_edit_type =
    MC_TYPE(mc_ban_edit, "ban_edit", ban_edit_fields, .flags = MC_TYPE_INPUT);

/* Whom a ban names: one of both. */
typedef struct target {
    int64_t user_id, profile_id;
    const char *pattern;
} target;

static bool names_user(const mc_ban_edit *edit)
{
    return edit->user_id || edit->profile_id;
}

static int find_user(target *out, mc_session *session, const mc_ban_edit *edit)
{
    mc__bans_find_row row;
    mc_batch(batch);
    int rc;

    mc__add_bans_find(&batch,
                      &(mc__bans_find_in){session->site.id, edit->profile_id, edit->user_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ENOTFOUND, "there is no such person on this site");
    row = mc__read_bans_find(mc__batch_rows(&batch, 0), 0);
    out->user_id = row.user_id;
    out->profile_id = row.profile_id;
    return 0;
}

/* Reads input, rights and whom the input names, in this order. */
static int begin(target *out, mc__ban_rights *rights, mc_ban_edit *edit, mc_session *session,
                 const mc__source *source)
{
    int rc = mc__input_take(&session->problem, &session->scratch, &mc__ban_edit_type, edit,
                            MC_TO_CREATE, source);

    *out = (target){0};
    if (rc == 0)
        rc = mc__ban_rights_check(rights, session);
    if (rc < 0)
        return rc;
    if (!edit->email == !names_user(edit))
        return mc__fault(&session->problem, edit->email ? "email" : "userId",
                         "either a user or e-mail addresses are banned");
    if (!edit->email)
        return find_user(out, session, edit);
    if (!rights->is_owner)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "only the site's owner bans e-mail addresses");
    return mc__email_pattern(session, &out->pattern, edit->email);
}

/* Whether the actor may shut this one out. */
static int check_target(mc_session *session, const target *whom, const mc__ban_rights *rights,
                        const char *field)
{
    const mc__node *root = mc__tree_root(session->tree);
    mc_permissions theirs;
    int rc;

    if (mc__owns_site(&session->site, whom->profile_id))
        return mc__fault(&session->problem, field, "who owns the site can't be banned");
    if (whom->profile_id == session->actor->profile_id)
        return mc__fault(&session->problem, field, "one can't ban oneself");
    if (rights->is_owner)
        return 0;
    rc = mc__decide_for(&theirs, session, whom->profile_id, root);
    if (rc == 0 && theirs.is_moderator)
        rc = mc__fail(&session->problem, MC_EFORBIDDEN,
                      "only the site's owner can ban who moderates the site");
    return rc;
}

/* A pattern may take in the owner's address, which it then doesn't shut out. */
static int check_address(mc_session *session, const char *pattern)
{
    mc_batch(batch);
    int rc;

    mc__add_bans_owns(&batch, &(mc__bans_owns_in){session->site.id, pattern});
    rc = mc__run(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) > 0)
        rc = mc__fault(&session->problem, "email", "who owns the site can't be banned");
    return rc;
}

static int check_expires(mc_time *out, mc_session *session, const char *expires)
{
    *out = (mc_time){MC_TIME_NONE};
    if (!expires || !*expires || mc__time_parse(out, expires))
        return 0;
    return mc__fault(&session->problem, "expires", "must be a time such as 2027-03-01T09:30:00Z");
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static int put(int64_t *ban_id, mc_session *session, const target *whom, const mc_ban_edit *edit,
               mc_time expires)
{
    const mc__bans_put_user_in of_user = {.site_id = session->site.id,
                                          .user_id = whom->user_id,
                                          .expires = expires,
                                          .display_reason = or_empty(edit->display_reason),
                                          .admin_reason = or_empty(edit->admin_reason),
                                          .actor_id = session->actor->profile_id,
                                          .address = mc__audit_address(session)};
    const mc__bans_put_email_in of_email = {.site_id = session->site.id,
                                            .email_pattern = whom->pattern,
                                            .expires = expires,
                                            .display_reason = of_user.display_reason,
                                            .admin_reason = of_user.admin_reason,
                                            .actor_id = of_user.actor_id,
                                            .address = of_user.address};
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    if (whom->pattern)
        mc__add_bans_put_email(&batch, &of_email);
    else
        mc__add_bans_put_user(&batch, &of_user);
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    if (PQntuples(rows) == 0)
        return mc__fault(&session->problem, "expires", "must be in the future");
    *ban_id = whom->pattern ? mc__read_bans_put_email(rows, 0).ban_id
                            : mc__read_bans_put_user(rows, 0).ban_id;
    return 0;
}

static int create_from(int64_t *ban_id, mc_session *session, const mc__source *source)
{
    mc__ban_rights rights;
    mc_ban_edit edit = {0};
    mc_time expires;
    target whom;
    int rc = mc__call_begin_for(ban_id, session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = begin(&whom, &rights, &edit, session, source);
    if (rc == 0)
        rc = check_expires(&expires, session, edit.expires);
    if (rc == 0)
        rc = whom.pattern
                 ? check_address(session, whom.pattern)
                 : check_target(session, &whom, &rights, edit.user_id ? "userId" : "profileId");
    return rc < 0 ? rc : put(ban_id, session, &whom, &edit, expires);
}

int mc_ban_create(int64_t *ban_id, mc_session *session, const mc_ban_edit *edit)
{
    return create_from(ban_id, session, &(mc__source){.given = edit});
}

int mc_ban_create_body(int64_t *ban_id, mc_session *session, mc_format format, const char *body,
                       size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(ban_id, session, &source);
}

static int remove_ban(mc_session *session, const mc__ban_rights *rights, int64_t ban_id,
                      const target *whom)
{
    mc_batch(batch);
    int rc;

    mc__add_bans_delete(&batch, &(mc__bans_delete_in){.site_id = session->site.id,
                                                      .ban_id = ban_id,
                                                      .user_id = whom->user_id,
                                                      .email_pattern = whom->pattern,
                                                      .sees_emails = rights->is_owner,
                                                      .actor_id = session->actor->profile_id,
                                                      .address = mc__audit_address(session)});
    rc = mc__write(session, &batch);
    mc__facts_changed(session);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_ban_delete(mc_session *session, int64_t ban_id)
{
    mc__ban_rights rights;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = mc__check_id(session, ban_id);
    if (rc == 0)
        rc = mc__ban_rights_check(&rights, session);
    return rc < 0 ? rc : remove_ban(session, &rights, ban_id, &(target){0});
}

static int lift_from(mc_session *session, const mc__source *source)
{
    mc__ban_rights rights;
    mc_ban_edit edit = {0};
    target whom;
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0)
        rc = begin(&whom, &rights, &edit, session, source);
    return rc < 0 ? rc : remove_ban(session, &rights, 0, &whom);
}

int mc_ban_lift(mc_session *session, const mc_ban_edit *edit)
{
    return lift_from(session, &(mc__source){.given = edit});
}

int mc_ban_lift_body(mc_session *session, mc_format format, const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return lift_from(session, &source);
}
