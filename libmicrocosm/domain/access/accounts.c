/* One user, for itself and the owner of a site; lists of users and tokens, for operators. */
#include "../base/call.h"
#include "../base/links.h"
#include "../base/names.h"
#include "../base/operator_list.h"
#include "../base/types.h"
#include "accounts.h"
#include "actor.h"
#include "permissions.h"
#include "types.h"
#include "statements.h"

static const mc__field user_fields[] = {
    MC_FIELD(mc_user, id, "id"),
    MC_FIELD(mc_user, email, "email"),
    MC_FIELD(mc_user, created, "created"),
    MC_FIELD(mc_user, confirmed, "confirmed"),
};
const mc_type mc__user_type = MC_TYPE(mc_user, "user", user_fields);

static const mc__field user_list_fields[] = {
    MC_FIELD(mc_user_list, users, "users", .type = &mc__user_type),
    MC_FIELD(mc_user_list, more, "more"),
};
const mc_type mc__user_list_type = MC_TYPE(mc_user_list, "user_list", user_list_fields);

static const mc__field token_fields[] = {
    MC_FIELD(mc_token, id, "id"),
    MC_FIELD(mc_token, user_id, "userId"),
    MC_FIELD(mc_token, email, "email", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_token, created, "created"),
    MC_FIELD(mc_token, expires, "expires"),
    MC_FIELD(mc_token, name, "name"),
    MC_FIELD(mc_token, scope, "scope"),
    MC_FIELD(mc_token, microcosms, "microcosms", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_token, networks, "networks", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_token, last_used, "lastUsed", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_token, access_token, "accessToken", .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__token_type = MC_TYPE(mc_token, "token", token_fields);

static const mc__field token_list_fields[] = {
    MC_FIELD(mc_token_list, tokens, "tokens", .type = &mc__token_type),
    MC_FIELD(mc_token_list, more, "more"),
};
const mc_type mc__token_list_type = MC_TYPE(mc_token_list, "token_list", token_list_fields);

static const mc__field known_text_fields[] = {
    MC_FIELD(mc_known_text, text, "String"),
    MC_FIELD(mc_known_text, is_known, "Valid"),
};
const mc_type mc__known_text_type = MC_TYPE(mc_known_text, "known_text", known_text_fields);

static const mc__field known_number_fields[] = {
    MC_FIELD(mc_known_number, number, "Int64"),
    MC_FIELD(mc_known_number, is_known, "Valid"),
};
const mc_type mc__known_number_type = MC_TYPE(mc_known_number, "known_number", known_number_fields);

static const mc__field account_fields[] = {
    MC_FIELD(mc_account, id, "userId"),
    MC_FIELD(mc_account, email, "email"),
    MC_FIELD(mc_account, gender, "gender", .type = &mc__known_text_type),
    MC_FIELD(mc_account, created, "created"),
    MC_FIELD(mc_account, state, "state", .type = &mc__known_text_type),
    MC_FIELD(mc_account, dob_day, "dobDay", .type = &mc__known_number_type),
    MC_FIELD(mc_account, dob_month, "dobMonth", .type = &mc__known_number_type),
    MC_FIELD(mc_account, dob_year, "dobYear", .type = &mc__known_number_type),
    MC_FIELD(mc_account, canonical_email, "canonicalEmail"),
    MC_FIELD(mc_account, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__account_type = MC_TYPE(mc_account, "account", account_fields);

static const mc_known_text *known_text(mc__arena *arena, const char *text)
{
    mc_known_text *known = mc__record_make(arena, &mc__known_text_type);

    if (known && text) {
        known->text = mc__arena_strdup(arena, text);
        known->is_known = true;
    }
    return known;
}

static void fill_account(mc_account *account, mc__arena *arena, int64_t user_id,
                         const mc__users_account_row *row)
{
    account->id = user_id;
    account->email = mc__arena_strdup(arena, row->email);
    account->gender = known_text(arena, row->gender);
    account->created = row->created;
    account->state = known_text(arena, NULL);
    account->dob_day = mc__record_make(arena, &mc__known_number_type);
    account->dob_month = mc__record_make(arena, &mc__known_number_type);
    account->dob_year = mc__record_make(arena, &mc__known_number_type);
    account->canonical_email = mc__arena_strdup(arena, row->canonical_email);
    account->meta = mc__self_meta(arena, mc__href(arena, "users", user_id));
}

const mc_account *mc__account_make(mc__arena *arena, int64_t user_id, const PGresult *rows)
{
    mc_account *account = mc__record_make(arena, &mc__account_type);
    mc__users_account_row row = mc__read_users_account(rows, 0);

    if (account)
        fill_account(account, arena, user_id, &row);
    return account;
}

/* Only the site's owner learns which users there are. */
static int read_account(mc__users_account_row *row, mc_session *session, int64_t user_id,
                        mc__batch *batch)
{
    int64_t owner = user_id == session->actor->user_id ? session->actor->profile_id : 0;
    mc_permissions permissions;
    int rc;

    mc__decide_resource(&permissions, session, MC_ITEM_USER, user_id, owner, false);
    if (!permissions.can_read)
        return mc__refuse(session, permissions.is_banned ? MC_EBANNED : MC_EFORBIDDEN);
    mc__add_users_account(batch, &(mc__users_account_in){session->site.id, user_id});
    rc = mc__run(session, batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    *row = mc__read_users_account(mc__batch_rows(batch, 0), 0);
    return row->profile_id ? 0 : mc__refuse(session, MC_EFORBIDDEN);
}

int mc_user_find(mc_account **out, mc_session *session, int64_t user_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc__users_account_row row = {0};
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__check_id(session, user_id);
    if (rc == 0)
        rc = read_account(&row, session, user_id, &batch);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__account_type);
    if (!record)
        return mc__out_of_memory(session);
    fill_account(record, mc__record_arena(record), user_id, &row);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_users_list(mc_user_list **out, mc_session *session, int64_t after, int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_user_list *list;
    mc_batch(batch);
    int rc = mc__operator_list_begin(out, session, after, &limit);

    if (rc < 0)
        return rc;
    mc__add_users_list(&batch, &(mc__users_list_in){.after = after, .limit = limit + 1});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    list = record = mc__record_new(&mc__user_list_type);
    if (!list)
        return mc__out_of_memory(session);
    rc = mc__operator_list_read(session, mc__record_arena(list), &list->users, &list->more,
                                &mc__user_type, mc__batch_rows(&batch, 0), limit);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_tokens_list(mc_token_list **out, mc_session *session, const char *email, int64_t after,
                   int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    const char *canonical = NULL;
    mc_token_list *list;
    mc_batch(batch);
    int rc = mc__operator_list_begin(out, session, after, &limit);

    if (rc == 0 && email)
        rc = mc__email_canonical(session, &canonical, email);
    if (rc < 0)
        return rc;
    mc__add_auth_list_tokens(&batch, &(mc__auth_list_tokens_in){.canonical_email = canonical,
                                                                .after = after,
                                                                .limit = limit + 1});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    list = record = mc__record_new(&mc__token_list_type);
    if (!list)
        return mc__out_of_memory(session);
    rc = mc__operator_list_read(session, mc__record_arena(list), &list->tokens, &list->more,
                                &mc__token_type, mc__batch_rows(&batch, 0), limit);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
