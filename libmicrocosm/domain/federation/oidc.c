/* OpenID Connect (Core 1.0, Discovery 1.0): the authorization code flow with PKCE. */
#include "ask.h"
#include "documents.h"
#include "flow.h"
#include "jose/token.h"

#include "../access/provider_rules.h"
#include "../base/call.h"

#include <time.h>

#define SKEW_S 60

/* What a provider says of itself. */
typedef struct description {
    const char *authorize_url, *token_url, *user_url, *keys_url;
    bool is_secret_in_body, sends_issuer;
} description;

static bool is_listed(const mc__json *list, const char *wanted)
{
    for (size_t i = 0; i < mc__json_count(list); i++) {
        const char *one = mc__json_as_text(mc__json_at(list, i));

        if (one && strcmp(one, wanted) == 0)
            return true;
    }
    return false;
}

static int complain(mc__flow *flow, const char *what)
{
    return mc__fail(&flow->session->problem, MC_EREMOTE, "the provider's description: %s", what);
}

/* NULL: none, or not as sound as the issuer. */
static const char *endpoint(mc__flow *flow, const mc__json *json, const char *member)
{
    const char *url = mc__json_text(json, member);

    if (!url || !mc__provider_url_is_as_sound(url, flow->provider.issuer))
        return NULL;
    return mc__arena_strdup(&flow->session->scratch, url);
}

static int read_description(description *out, mc__flow *flow, const mc__json *json)
{
    const mc__json *methods = mc__json_member(json, "token_endpoint_auth_methods_supported");
    const char *issuer = mc__json_text(json, "issuer");

    if (!issuer || strcmp(issuer, flow->provider.issuer) != 0)
        return complain(flow, "it is of another issuer");
    out->authorize_url = endpoint(flow, json, "authorization_endpoint");
    out->token_url = endpoint(flow, json, "token_endpoint");
    out->user_url = endpoint(flow, json, "userinfo_endpoint");
    out->keys_url = endpoint(flow, json, "jwks_uri");
    if (!out->authorize_url || !out->token_url || !out->keys_url)
        return complain(flow, "an address is missing, or isn't https");
    out->is_secret_in_body =
        is_listed(methods, "client_secret_post") && !is_listed(methods, "client_secret_basic");
    out->sends_issuer = mc__json_true(json, "authorization_response_iss_parameter_supported");
    return 0;
}

static int describe(description *out, mc__flow *flow)
{
    mc_auto(mc__json_free) mc__json *json = NULL;
    const char *issuer = flow->provider.issuer, *text = "";
    size_t length = strlen(issuer);
    int rc;

    if (length && issuer[length - 1] == '/')
        length--;
    rc = mc__document_get(
        &text, flow->session,
        &(mc__question){.what = "the provider's description can't be had",
                        .url = mc__arena_format(&flow->session->scratch,
                                                "%.*s/.well-known/openid-configuration",
                                                (int)length, issuer),
                        .until_ms = flow->until_ms},
        false);
    if (rc < 0)
        return rc;
    rc = mc__json_read(&json, text, strlen(text));
    if (rc < 0)
        return rc == MC_EINVAL ? complain(flow, "it is no JSON object")
                               : mc__out_of_memory(flow->session);
    return read_description(out, flow, json);
}

static int begin(const char **url, mc__flow *flow)
{
    description d = {0};
    int rc = describe(&d, flow);

    if (rc == 0)
        *url = mc__flow_authorize(flow, d.authorize_url, true);
    return rc;
}

/* anew: those that are kept don't have the key. */
static int read_token(mc__json **claims, const char **reason, mc__flow *flow, const description *d,
                      const char *token, bool anew)
{
    mc_session *session = flow->session;
    mc__key_set *keys = mc__arena_alloc(&session->scratch, sizeof(*keys));
    const char *text = "";
    int rc = mc__document_get(&text, session,
                              &(mc__question){.what = "the provider's keys can't be had",
                                              .url = d->keys_url,
                                              .until_ms = flow->until_ms},
                              anew);

    if (rc < 0)
        return rc;
    if (!keys)
        return mc__out_of_memory(session);
    rc = mc__key_set_read(keys, &session->scratch, text, strlen(text));
    if (rc == MC_EINVAL)
        return mc__fail(&session->problem, MC_EREMOTE, "the provider's keys: there are none");
    if (rc == 0)
        rc = mc__signed_token_read(claims, reason, &session->scratch, keys, token);
    return rc;
}

static int check_token(mc__json **claims, mc__flow *flow, const description *d, const char *token)
{
    const char *reason = "";
    int rc = read_token(claims, &reason, flow, d, token, false);

    if (rc == MC_ENOTFOUND) /* keys change: ask for the new ones, once */
        rc = read_token(claims, &reason, flow, d, token, true);
    if (rc == MC_ENOTFOUND)
        return mc__flow_refuse(flow, "its token is signed with none of its keys");
    if (rc == MC_EFORBIDDEN && *reason)
        return mc__flow_refuse(flow,
                               mc__arena_format(&flow->session->scratch, "its token: %s", reason));
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(flow->session);
    if (rc < 0)
        return rc;
    reason = mc__claims_check(*claims, &(mc__token_demand){.issuer = flow->provider.issuer,
                                                           .audience = flow->provider.client_id,
                                                           .nonce = flow->secrets.nonce,
                                                           .now = time(NULL),
                                                           .skew = SKEW_S});
    return reason ? mc__flow_refuse(
                        flow, mc__arena_format(&flow->session->scratch, "its token: %s", reason))
                  : 0;
}

static void read_person(mc__arrival *out, mc__arena *arena, const mc__json *json)
{
    static const char *const names[] = {"preferred_username", "nickname", "name"};

    out->email = mc__arena_strdup(arena, mc__json_text(json, "email"));
    out->is_verified = mc__json_true(json, "email_verified");
    for (size_t i = 0; i < MC_COUNT(names) && !*out->name; i++)
        out->name = mc__arena_strdup(arena, mc__json_text(json, names[i]));
}

/* What isn't in the token is at an address of the provider's. */
static int ask_person(mc__arrival *out, mc__flow *flow, const description *d, const mc__json *reply)
{
    mc_auto(mc__json_free) mc__json *user = NULL;
    const char *subject;
    int rc = mc__flow_user(&user, flow, d->user_url, mc__json_text(reply, "access_token"));

    if (rc < 0)
        return rc;
    subject = mc__json_text(user, "sub");
    if (!subject || strcmp(subject, out->subject) != 0)
        return mc__flow_refuse(flow, "its token and its answer are about different people");
    read_person(out, &flow->session->scratch, user);
    return 0;
}

static int end(mc__arrival *out, mc__flow *flow)
{
    mc_auto(mc__json_free) mc__json *reply = NULL;
    mc_auto(mc__json_free) mc__json *claims = NULL;
    description d = {0};
    const char *token;
    int rc = describe(&d, flow);

    if (rc == 0 && d.sends_issuer && !flow->back->issuer)
        rc = mc__flow_refuse(flow, "it doesn't say that it is the one (iss)");
    if (rc == 0)
        rc = mc__flow_token(&reply, flow, d.token_url, d.is_secret_in_body);
    if (rc < 0)
        return rc;
    token = mc__json_text(reply, "id_token");
    rc = token ? check_token(&claims, flow, &d, token) : mc__flow_refuse(flow, "it has no token");
    if (rc < 0)
        return rc;
    out->subject = mc__arena_strdup(&flow->session->scratch, mc__json_text(claims, "sub"));
    read_person(out, &flow->session->scratch, claims);
    if (!*out->email && d.user_url)
        rc = ask_person(out, flow, &d, reply);
    return rc;
}

const mc__provider_kind mc__oidc_kind = {.name = "oidc", .begin = begin, .end = end};
