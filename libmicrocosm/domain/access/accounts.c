/* Lists of users and tokens, for operators. */
#include "../base/call.h"
#include "../base/names.h"
#include "../base/operator_list.h"
#include "types.h"
#include "statements.h"

static const mc__field user_fields[] = {
    MC_FIELD(mc_user, id, "id"),
    MC_FIELD(mc_user, email, "email"),
    MC_FIELD(mc_user, created, "created"),
};
const mc_type mc__user_type = MC_TYPE(mc_user, "user", user_fields);

static const mc__field user_list_fields[] = {
    MC_FIELD(mc_user_list, users, "users", .type = &mc__user_type),
    MC_FIELD(mc_user_list, more, "more"),
};
const mc_type mc__user_list_type = MC_TYPE(mc_user_list, "user_list", user_list_fields);

static const mc__field token_fields[] = {
    MC_FIELD(mc_token, id, "id"),           MC_FIELD(mc_token, user_id, "userId"),
    MC_FIELD(mc_token, email, "email"),     MC_FIELD(mc_token, created, "created"),
    MC_FIELD(mc_token, expires, "expires"),
};
const mc_type mc__token_type = MC_TYPE(mc_token, "token", token_fields);

static const mc__field token_list_fields[] = {
    MC_FIELD(mc_token_list, tokens, "tokens", .type = &mc__token_type),
    MC_FIELD(mc_token_list, more, "more"),
};
const mc_type mc__token_list_type = MC_TYPE(mc_token_list, "token_list", token_list_fields);

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
