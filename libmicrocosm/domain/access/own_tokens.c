/* Access tokens as their owners see them: include/microcosm/tokens.h. */
#include "../base/call.h"
#include "../base/paging.h"
#include "../base/types.h"
#include "accounts.h"
#include "actor.h"
#include "meta.h"
#include "permissions.h"
#include "second_factors.h"
#include "tokens.h"
#include "types.h"
#include "statements.h"

#define PATH "/api/v1/tokens"

/* As many tokens as a list looks at, and as many as somebody may have made. */
#define LISTED_MOST 1000
#define MADE_MOST 100
#define USUAL_DAYS 365
#define MICROCOSMS_MOST 100
#define NETWORKS_MOST 20

static const mc__field token_edit_fields[] = {
    MC_FIELD(mc_token_edit, name, "name", .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE,
             .max_length = 100),
    MC_FIELD(mc_token_edit, scope, "scope", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_token_edit, days, "days"),
    MC_FIELD(mc_token_edit, microcosms, "microcosms"),
    MC_FIELD(mc_token_edit, networks, "networks"),
};
const mc_type mc__token_edit_type =
    MC_TYPE(mc_token_edit, "token_edit", token_edit_fields, .flags = MC_TYPE_INPUT);

static const mc__field access_token_fields[] = {
    MC_FIELD(mc_access_token, access_token, "accessToken"),
    MC_FIELD(mc_access_token, user, "user", .type = &mc__account_type),
    MC_FIELD(mc_access_token, client_id, "clientId"),
    MC_FIELD(mc_access_token, created, "created"),
    MC_FIELD(mc_access_token, expires, "expires"),
    MC_FIELD(mc_access_token, scope, "scope"),
};
const mc_type mc__access_token_type = MC_TYPE(mc_access_token, "access_token", access_token_fields);

static int begin(mc_session *session)
{
    int rc = mc__call_begin(session, MC_NEEDS_MEMBER);

    if (rc == 0 && session->actor->is_banned && !mc__acts_as_owner(session))
        rc = mc__refuse(session, MC_EBANNED);
    return rc < 0 ? rc : mc__token_check_full(session);
}

/* Reading */

static int read_list(mc_collection *list, mc_session *session, const mc_page_options *options,
                     int64_t total, const PGresult *rows)
{
    mc__arena *arena = mc__record_arena(list);
    mc_page *page = mc__page_make(arena, options, total, PATH, PATH);
    mc_permissions permissions;

    if (!page)
        return mc__out_of_memory(session);
    mc__decide_resource(&permissions, session, MC_ITEM_USER, session->actor->user_id,
                        session->profile_id, false);
    list->tokens = page;
    list->meta = mc__collection_meta(arena, PATH, &permissions);
    return mc__records_decode(&page->items, arena, &mc__token_type, rows) < 0
               ? mc__out_of_memory(session)
               : 0;
}

int mc_tokens_list_own(mc_collection **out, mc_session *session, const mc_page_options *options)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_page_options page;
    int64_t user_id, total;
    mc_batch(batch);
    int rc = begin(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc == 0)
        rc = mc__page_check_usual(&page, session, options);
    if (rc < 0)
        return rc;
    user_id = session->actor->user_id;
    mc__add_auth_own_total(&batch, &(mc__auth_own_total_in){user_id, LISTED_MOST});
    mc__add_auth_own_page(&batch, &(mc__auth_own_page_in){user_id, page.limit, page.offset});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    total = mc__read_auth_own_total(mc__batch_rows(&batch, 0), 0).total;
    rc = mc__page_fits(session, &page, total);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__collection_type);
    rc = record ? read_list(record, session, &page, total, mc__batch_rows(&batch, 1))
                : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

/* One of the actor's tokens. */
static int find(mc_token **out, mc_session *session, int64_t user_id, int64_t token_id)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_batch(batch);
    int rc;

    mc__add_auth_own_token(&batch, &(mc__auth_own_token_in){user_id, token_id});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    record = mc__record_new(&mc__token_type);
    if (!record || mc__record_decode_row(record, mc__record_arena(record), &mc__token_type,
                                         mc__batch_rows(&batch, 0), 0) < 0)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_own_token_find(mc_token **out, mc_session *session, int64_t token_id)
{
    int rc = begin(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc == 0)
        rc = mc__check_id(session, token_id);
    return rc < 0 ? rc : find(out, session, session->actor->user_id, token_id);
}

int mc__token_show(mc_token **out, mc_session *session, int64_t user_id, int64_t token_id,
                   const char *text)
{
    mc_token *token = NULL;
    int rc = find(&token, session, user_id, token_id);

    if (rc < 0)
        return rc;
    token->access_token = mc__arena_strdup(mc__record_arena(token), text);
    if (mc__record_arena(token)->failed) {
        mc_record_free(token);
        return mc__out_of_memory(session);
    }
    *out = token;
    return 0;
}

/* Making */

static int check_scope(mc_scope *out, mc_session *session, const char *name)
{
    static const char *const names[] = {
        [MC_SCOPE_READ] = "read",
        [MC_SCOPE_WRITE] = "write",
        [MC_SCOPE_MODERATE] = "moderate",
        [MC_SCOPE_ADMIN] = "admin",
    };

    for (size_t i = MC_SCOPE_READ; i < MC_COUNT(names); i++)
        if (strcmp(name, names[i]) == 0) {
            *out = (mc_scope)i;
            return 0;
        }
    return mc__fault(&session->problem, "scope", "must be read, write, moderate or admin");
}

static int check_days(int64_t *out, mc_session *session, mc_maybe_int64 days)
{
    *out = days.given ? days.value : USUAL_DAYS;
    return *out >= 1 && *out <= MC__TOKEN_DAYS_MAX
               ? 0
               : mc__fault(&session->problem, "days", "must be 1 to %d", MC__TOKEN_DAYS_MAX);
}

/* Others than those that the actor may read are told to nobody. */
static int check_microcosms(mc_session *session, const mc_int64s *ids, mc_scope scope)
{
    if (ids->count && scope == MC_SCOPE_ADMIN)
        return mc__fault(&session->problem, "microcosms",
                         "must be empty with the scope admin, which is about the site");
    if (ids->count > MICROCOSMS_MOST)
        return mc__fault(&session->problem, "microcosms", "must be at most %d", MICROCOSMS_MOST);
    for (size_t i = 0; i < ids->count; i++)
        if (!mc__is_readable(session, mc__tree_find(session->tree, ids->items[i])))
            return mc__fault(&session->problem, "microcosms", "must be microcosms of this site");
    return 0;
}

static int check_networks(mc_strings *out, mc_session *session, const mc_strings *given)
{
    const char **texts = mc__arena_alloc(&session->scratch, (given->count + 1) * sizeof(*texts));

    if (!texts)
        return mc__out_of_memory(session);
    if (given->count > NETWORKS_MOST)
        return mc__fault(&session->problem, "networks", "must be at most %d", NETWORKS_MOST);
    for (size_t i = 0; i < given->count; i++) {
        mc__network network;

        if (!given->items[i] || !mc__network_parse(&network, given->items[i]))
            return mc__fault(&session->problem, "networks",
                             "must be networks such as 192.0.2.0/24 or 2001:db8::/32");
        texts[i] = mc__network_text(&session->scratch, &network);
    }
    *out = (mc_strings){texts, given->count};
    return session->scratch.failed ? mc__out_of_memory(session) : 0;
}

/* Checks all that can be wrong, and writes what to store. */
static int check(mc__auth_create_own_in *in, mc_session *session, const mc_token_edit *edit)
{
    mc_scope scope = MC_SCOPE_READ;
    int rc = check_scope(&scope, session, edit->scope);

    if (check_days(&in->days, session, edit->days) < 0)
        rc = MC_EINVAL;
    if (check_microcosms(session, &edit->microcosms, scope) < 0)
        rc = MC_EINVAL;
    if (rc == 0 || rc == MC_EINVAL) {
        int networks = check_networks(&in->networks, session, &edit->networks);

        rc = networks < 0 ? networks : rc;
    }
    in->name = edit->name;
    in->scope = scope;
    in->microcosm_ids = edit->microcosms;
    return rc;
}

static int create(mc_token **out, mc_session *session, mc__auth_create_own_in *in)
{
    char text[MC_TOKEN_SIZE];
    uint8_t hash[MC_SHA256_SIZE];
    int64_t user_id = session->actor->user_id;
    mc_batch(batch);
    int rc;

    mc__random_text(text, sizeof(text) - 1);
    mc__sha256(hash, text, strlen(text));
    in->token_hash = (mc__bytes){hash, sizeof(hash)};
    in->user_id = user_id;
    in->most = MADE_MOST;
    in->site_id = session->site.id;
    in->profile_id = session->profile_id;
    in->address = mc__audit_address(session);
    mc__add_auth_create_own(&batch, in);
    rc = mc__write(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ECONFLICT,
                        "you have %d tokens already: revoke one first", MADE_MOST);
    return mc__token_show(out, session, user_id,
                          mc__read_auth_create_own(mc__batch_rows(&batch, 0), 0).change.item_id,
                          text);
}

static int create_from(mc_token **out, mc_session *session, const mc__source *source)
{
    mc_token_edit edit = {0};
    mc__auth_create_own_in in = {0};
    int rc = begin(session);

    if (rc == 0)
        rc = mc__check_out(session, out);
    if (rc == 0)
        rc = mc__factor_step_up(session);
    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__token_edit_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = check(&in, session, &edit);
    return rc < 0 ? rc : create(out, session, &in);
}

int mc_own_token_create(mc_token **out, mc_session *session, const mc_token_edit *edit)
{
    return create_from(out, session, &(mc__source){.given = edit});
}

int mc_own_token_create_body(mc_token **out, mc_session *session, mc_format format,
                             const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return create_from(out, session, &source);
}

/* Revoking */

/* token_id: 0 for all. */
static int revoke(mc_session *session, int64_t token_id)
{
    mc_batch(batch);
    int rc;

    if (!token_id)
        mc__add_codes_end_sign_ins(&batch, &(mc__codes_end_sign_ins_in){session->actor->user_id});
    mc__add_auth_revoke_own(&batch,
                            &(mc__auth_revoke_own_in){.user_id = session->actor->user_id,
                                                      .token_id = token_id,
                                                      .site_id = session->site.id,
                                                      .actor_id = session->profile_id,
                                                      .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0 || !token_id)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

int mc_own_token_revoke(mc_session *session, int64_t token_id)
{
    int rc = begin(session);

    if (rc == 0)
        rc = mc__check_id(session, token_id);
    return rc < 0 ? rc : revoke(session, token_id);
}

int mc_own_tokens_revoke(mc_session *session)
{
    int rc = begin(session);

    return rc < 0 ? rc : revoke(session, 0);
}

/* The token of the visit */

static bool is_token_of_visit(const mc_session *session, const char *token)
{
    uint8_t folded[MC_SHA256_SIZE];

    if (!session->token || !token)
        return false;
    mc__token_fold(folded, token);
    return memcmp(folded, session->token->folded, sizeof(folded)) == 0;
}

static mc_access_token *make_access_token(mc_session *session, const char *text,
                                          const mc__batch *batch)
{
    mc_access_token *made = mc__record_new(&mc__access_token_type);
    mc__auth_visit_token_row row = mc__read_auth_visit_token(mc__batch_rows(batch, 0), 0);
    mc__arena *arena;

    if (!made)
        return NULL;
    arena = mc__record_arena(made);
    made->access_token = mc__arena_strdup(arena, text);
    made->created = row.created;
    made->expires = row.expires;
    made->scope = mc__arena_strdup(arena, row.scope);
    made->user = mc__account_make(arena, session->token->user_id, mc__batch_rows(batch, 1));
    if (!arena->failed)
        return made;
    mc_record_free(made);
    return NULL;
}

int mc_access_token_find(mc_access_token **out, mc_session *session, const char *token)
{
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!is_token_of_visit(session, token))
        return mc__refuse(session, MC_ENOTFOUND);
    mc__add_auth_visit_token(&batch, &(mc__auth_visit_token_in){session->token->token_id});
    mc__add_users_account(&batch,
                          &(mc__users_account_in){session->site.id, session->token->user_id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0 || PQntuples(mc__batch_rows(&batch, 1)) == 0)
        return mc__refuse(session, MC_ENOTFOUND);
    *out = make_access_token(session, token, &batch);
    return *out ? 0 : mc__out_of_memory(session);
}

int mc_access_token_revoke(mc_session *session, const char *token)
{
    mc__limits limits;
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc < 0)
        return rc;
    if (!is_token_of_visit(session, token))
        return mc__fault(&session->problem, "token", "must be the token that is shown");
    mc__add_auth_revoke_token_id(
        &batch, &(mc__auth_revoke_token_id_in){.token_id = session->token->token_id,
                                               .site_id = session->site.id,
                                               .actor_id = session->profile_id,
                                               .address = mc__audit_address(session)});
    limits = session->limits;
    session->limits = (mc__limits){0}; /* this is all that a token writes that may only read */
    rc = mc__write_as_platform(session, &batch);
    session->limits = limits;
    return rc;
}
