/* OAuth 2 without OpenID Connect (RFC 6749, 7636): who has come is in JSON of the provider's own
 * form, at an address of its API. */
#include "ask.h"
#include "flow.h"

#include "../base/call.h"

#define SUBJECT_MOST 255

static int begin(const char **url, mc__flow *flow)
{
    *url = mc__flow_authorize(flow, flow->provider.authorize_url, false);
    return 0;
}

/* A text, or a number as many have it. */
static const char *text_or_number(mc__arena *arena, const mc__json *json, const char *key)
{
    const char *text = mc__json_text(json, key);
    int64_t number;

    if (text)
        return mc__arena_strdup(arena, text);
    return mc__json_int(&number, json, key) ? mc__arena_int(arena, number) : "";
}

/* The list of addresses: the one that is primary and verified. */
static int find_email(mc__arrival *out, mc__flow *flow, const char *token)
{
    mc__question question = {.what = "the provider can't say which addresses there are",
                             .url = flow->provider.emails_url,
                             .authorization = mc__flow_bearer(flow, token),
                             .until_ms = flow->until_ms};
    mc_auto(mc__json_free) mc__json *read = NULL;
    mc_scratch_text(body);
    mc_scratch_text(object);
    const mc__json *list;
    int status = 0;
    int rc = mc__ask(&body, &status, flow->session, &question);

    if (rc < 0)
        return rc;
    if (status != 200)
        return mc__ask_fail(flow->session, &question, "it refuses");
    /* An array, in an object, as all others are. */
    mc__text_puts(&object, "{\"list\":");
    mc__text_append(&object, body.data, body.length);
    mc__text_putc(&object, '}');
    rc = object.error ? MC_ENOMEM : mc__json_read(&read, object.data, object.length);
    if (rc < 0)
        return rc == MC_EINVAL ? mc__ask_fail(flow->session, &question, "that is no JSON array")
                               : mc__out_of_memory(flow->session);
    list = mc__json_member(read, "list");
    for (size_t i = 0; i < mc__json_count(list); i++) {
        const mc__json *one = mc__json_at(list, i);
        const char *email = mc__json_text(one, "email");

        if (email && mc__json_true(one, "primary") && mc__json_true(one, "verified")) {
            out->email = mc__arena_strdup(&flow->session->scratch, email);
            out->is_verified = true;
        }
    }
    return 0;
}

static int read_user(mc__arrival *out, mc__flow *flow, const mc__json *user)
{
    const mc__provider *p = &flow->provider;
    mc__arena *arena = &flow->session->scratch;

    out->subject = text_or_number(arena, user, p->subject_key);
    if (!*out->subject || strlen(out->subject) > SUBJECT_MOST)
        return mc__flow_refuse(flow, "it doesn't say who has come");
    out->email = mc__arena_strdup(arena, mc__json_text(user, p->email_key));
    out->is_verified = *p->verified_key && mc__json_true(user, p->verified_key);
    out->name = mc__arena_strdup(arena, mc__json_text(user, p->name_key));
    return 0;
}

static int end(mc__arrival *out, mc__flow *flow)
{
    mc_auto(mc__json_free) mc__json *token = NULL;
    mc_auto(mc__json_free) mc__json *user = NULL;
    const char *access_token;
    int rc = mc__flow_token(&token, flow, flow->provider.token_url, true);

    if (rc < 0)
        return rc;
    access_token = mc__json_text(token, "access_token");
    rc = mc__flow_user(&user, flow, flow->provider.user_url, access_token);
    if (rc == 0)
        rc = read_user(out, flow, user);
    if (rc == 0 && *flow->provider.emails_url) {
        out->email = "";
        out->is_verified = false;
        rc = find_email(out, flow, access_token);
    }
    return rc;
}

const mc__provider_kind mc__oauth2_kind = {.name = "oauth2", .begin = begin, .end = end};
