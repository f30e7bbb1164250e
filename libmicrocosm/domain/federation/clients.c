/* Client programs, and the codes that they exchange: include/microcosm/clients.h. */
#include "../access/actor.h"
#include "../access/codes.h"
#include "../access/second_factors.h"
#include "../access/sign_in.h"
#include "../access/tokens.h"
#include "../base/call.h"
#include "../base/operator_list.h"
#include "landing.h"
#include "types.h"
#include "statements.h"

#define NAME_MOST 100
#define SECRET_SIZE 65
#define TOKEN_DAYS 365

static const mc__field client_fields[] = {
    MC_FIELD(mc_client, id, "id"),
    MC_FIELD(mc_client, name, "name"),
    MC_FIELD(mc_client, created, "created"),
    MC_FIELD(mc_client, secret, "secret", .flags = MC_FIELD_OPTIONAL),
};
const mc_type mc__client_type = MC_TYPE(mc_client, "client", client_fields);

static const mc__field client_list_fields[] = {
    MC_FIELD(mc_client_list, clients, "clients", .type = &mc__client_type),
    MC_FIELD(mc_client_list, more, "more"),
};
const mc_type mc__client_list_type = MC_TYPE(mc_client_list, "client_list", client_list_fields);

static const mc__field code_exchange_fields[] = {
    MC_FIELD(mc_code_exchange, code, "code", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_code_exchange, client_secret, "clientSecret", .flags = MC_FIELD_REQUIRED),
    MC_FIELD(mc_code_exchange, state, "state"),
};
const mc_type mc__code_exchange_type =
    MC_TYPE(mc_code_exchange, "code_exchange", code_exchange_fields, .flags = MC_TYPE_INPUT);

/* Clients, for operators */

static int check_name(mc_session *session, const char *name)
{
    if (!name || !name[strspn(name, " ")] || !mc__utf8_valid(name, strlen(name)))
        return mc__fault(&session->problem, "name", "is required, in UTF-8");
    if (mc__utf8_length(name) > NAME_MOST)
        return mc__fault(&session->problem, "name", "must have at most %d characters", NAME_MOST);
    return 0;
}

static mc__bytes digest(uint8_t hash[MC_SHA256_SIZE], const char *text)
{
    mc__sha256(hash, text, strlen(text));
    return (mc__bytes){hash, MC_SHA256_SIZE};
}

static int read_client(mc_client **out, mc_session *session, const PGresult *rows,
                       const char *secret)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__client_type);
    mc_client *made = record;

    if (!record ||
        mc__record_decode_row(record, mc__record_arena(record), &mc__client_type, rows, 0) < 0)
        return mc__out_of_memory(session);
    made->secret = mc__arena_strdup(mc__record_arena(record), secret);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_client_create(mc_client **out, mc_session *session, const char *name)
{
    uint8_t hash[MC_SHA256_SIZE];
    char secret[SECRET_SIZE];
    mc_scratch_text(escaped);
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_NOTHING);

    if (rc == 0)
        rc = check_name(session, name);
    if (rc < 0)
        return rc;
    mc__text_html(&escaped, name, strlen(name));
    if (escaped.error)
        return mc__out_of_memory(session);
    mc__random_text(secret, sizeof(secret) - 1);
    mc__add_clients_create(&batch, &(mc__clients_create_in){.name = mc__text_string(&escaped),
                                                            .secret_hash = digest(hash, secret)});
    rc = mc__write_as_platform(session, &batch);
    return rc < 0 ? rc : read_client(out, session, mc__batch_rows(&batch, 0), secret);
}

int mc_clients_list(mc_client_list **out, mc_session *session, int64_t after, int64_t limit)
{
    mc_auto(mc_record_free) void *record = NULL;
    mc_client_list *list;
    mc_batch(batch);
    int rc = mc__operator_list_begin(out, session, after, &limit);

    if (rc < 0)
        return rc;
    mc__add_clients_list(&batch, &(mc__clients_list_in){.after = after, .limit = limit + 1});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    list = record = mc__record_new(&mc__client_list_type);
    if (!list)
        return mc__out_of_memory(session);
    rc = mc__operator_list_read(session, mc__record_arena(list), &list->clients, &list->more,
                                &mc__client_type, mc__batch_rows(&batch, 0), limit);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}

int mc_client_delete(mc_session *session, int64_t client_id)
{
    mc_batch(batch);
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc == 0)
        rc = mc__check_id(session, client_id);
    if (rc < 0)
        return rc;
    mc__add_clients_delete(&batch, &(mc__clients_delete_in){client_id});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    return PQntuples(mc__batch_rows(&batch, 0)) ? 0 : mc__refuse(session, MC_ENOTFOUND);
}

/* Codes */

static int code_of_token(mc_sign_in_code **out, mc_session *session, const char *token,
                         const char *path)
{
    uint8_t code_hash[MC_SHA256_SIZE], token_hash[MC_SHA256_SIZE];
    char code[MC_LANDING_CODE_SIZE];
    mc_batch(batch);
    int rc;

    mc__landing_code(code, code_hash);
    mc__add_clients_make_code(
        &batch, &(mc__clients_make_code_in){.code_hash = {code_hash, sizeof(code_hash)},
                                            .token_hash = digest(token_hash, token ? token : ""),
                                            .site_id = session->site.id,
                                            .seconds = MC_SIGN_IN_CODE_SECONDS,
                                            .address = mc__audit_address(session)});
    mc__add_clients_forget_codes(&batch);
    rc = mc__write_as_platform(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)) == 0)
        rc = mc__fail(&session->problem, MC_EUNAUTHENTICATED,
                      "the token is not that of a sign-in, or has ended");
    return rc < 0 ? rc : mc__landing_make(out, session, code, path, false);
}

int mc_sign_in_code_create(mc_sign_in_code **out, mc_session *session, const char *token,
                           const char *path)
{
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__landing_check(session, &path);
    return rc < 0 ? rc : code_of_token(out, session, token, path);
}

static int begin_from(mc_sign_in_code **out, mc_session *session, const mc__source *source,
                      const char *path)
{
    mc_auto(mc_record_free) void *made = NULL;
    mc_token *token = NULL;
    int64_t pending = 0;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__landing_check(session, &path);
    if (rc == 0)
        rc = mc__sign_in(&token, &pending, session, source);
    if (rc < 0)
        return rc;
    made = token;
    return pending ? mc__landing_put(out, session, pending, path)
                   : code_of_token(out, session, token->access_token, path);
}

int mc_sign_in_code_begin(mc_sign_in_code **out, mc_session *session, const mc_sign_in_edit *edit,
                          const char *path)
{
    return begin_from(out, session, &(mc__source){.given = edit}, path);
}

int mc_sign_in_code_begin_body(mc_sign_in_code **out, mc_session *session, mc_format format,
                               const char *body, size_t length, const char *path)
{
    mc__source source = mc__source_of(format, body, length);

    return begin_from(out, session, &source, path);
}

static int find_pending(int64_t *user_id, mc__attempt *attempt, mc_session *session,
                        const uint8_t hash[MC_SHA256_SIZE])
{
    mc__clients_pending_row row;
    mc_batch(batch);
    int rc;

    mc__add_clients_pending(&batch,
                            &(mc__clients_pending_in){{hash, MC_SHA256_SIZE}, session->site.id});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_EUNAUTHENTICATED,
                        "that was too long ago, or was done already: sign in again");
    row = mc__read_clients_pending(mc__batch_rows(&batch, 0), 0);
    *user_id = row.user_id;
    return mc__attempt_make(attempt, session, MC_ATTEMPT_SIGN_IN, row.canonical_email);
}

int mc_sign_in_code_prove(mc_sign_in_code **out, mc_session *session, const char *code,
                          const char *factor, const char *path)
{
    uint8_t old_hash[MC_SHA256_SIZE], new_hash[MC_SHA256_SIZE];
    char text[MC_LANDING_CODE_SIZE];
    mc__attempt attempt = {0};
    int64_t user_id = 0;
    bool is_shown = false;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__landing_check(session, &path);
    if (rc < 0)
        return rc;
    digest(old_hash, code ? code : "");
    rc = find_pending(&user_id, &attempt, session, old_hash);
    if (rc == 0)
        rc = mc__factor_require(&is_shown, session, &batch, user_id, factor);
    if (rc < 0)
        return rc;
    mc__attempt_succeed(&batch, &attempt);
    mc__landing_code(text, new_hash);
    mc__add_clients_prove(&batch, &(mc__clients_prove_in){.code_hash = {old_hash, sizeof(old_hash)},
                                                          .site_id = session->site.id,
                                                          .new_hash = {new_hash, sizeof(new_hash)},
                                                          .seconds = MC_SIGN_IN_CODE_SECONDS});
    rc = mc__code_refuse_late(session, mc__write_as_platform(session, &batch));
    return rc < 0 ? rc : mc__landing_make(out, session, text, path, false);
}

static int check_client(mc_session *session, const char *secret)
{
    uint8_t hash[MC_SHA256_SIZE];
    mc_batch(batch);
    int rc;

    mc__add_clients_of_secret(&batch, &(mc__clients_of_secret_in){digest(hash, secret)});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)))
        return rc;
    return mc__fail(&session->problem, MC_EFORBIDDEN,
                    "the client's secret is wrong: ask the operator for one");
}

static int exchange(mc_token **out, mc_session *session, const char *code)
{
    uint8_t code_hash[MC_SHA256_SIZE], token_hash[MC_SHA256_SIZE];
    mc__clients_exchange_row row;
    char text[MC_TOKEN_SIZE];
    mc_batch(batch);
    int rc;

    mc__random_text(text, sizeof(text) - 1);
    mc__add_clients_exchange(&batch,
                             &(mc__clients_exchange_in){.code_hash = digest(code_hash, code),
                                                        .site_id = session->site.id,
                                                        .token_hash = digest(token_hash, text),
                                                        .days = TOKEN_DAYS,
                                                        .address = mc__audit_address(session)});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_EUNAUTHENTICATED,
                        "the code is wrong, used or too old: sign in again");
    row = mc__read_clients_exchange(mc__batch_rows(&batch, 0), 0);
    return mc__token_show(out, session, row.user_id, row.change.item_id, text);
}

static int exchange_from(mc_token **out, mc_session *session, const mc__source *source)
{
    mc_code_exchange edit = {0};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = mc__input_take(&session->problem, &session->scratch, &mc__code_exchange_type, &edit,
                            MC_TO_CREATE, source);
    if (rc == 0)
        rc = check_client(session, edit.client_secret);
    return rc < 0 ? rc : exchange(out, session, edit.code);
}

int mc_sign_in_code_exchange(mc_token **out, mc_session *session, const mc_code_exchange *given)
{
    return exchange_from(out, session, &(mc__source){.given = given});
}

int mc_sign_in_code_exchange_body(mc_token **out, mc_session *session, mc_format format,
                                  const char *body, size_t length)
{
    mc__source source = mc__source_of(format, body, length);

    return exchange_from(out, session, &source);
}
