/* What all kinds of providers are asked: see flow.h. */
#include "../base/call.h"
#include "ask.h"
#include "flow.h"
#include "remote/fetch.h"

int mc__flow_refuse(mc__flow *flow, const char *why)
{
    return mc__fail(&flow->session->problem, MC_EFORBIDDEN,
                    "what the provider says proves nothing: %s", why);
}

const char *mc__flow_authorize(mc__flow *flow, const char *url, bool has_nonce)
{
    mc__arena *arena = &flow->session->scratch;
    mc_scratch_text(text);

    mc__text_puts(&text, url);
    mc__remote_add_parameter(&text, "response_type", "code");
    mc__remote_add_parameter(&text, "client_id", flow->provider.client_id);
    mc__remote_add_parameter(&text, "redirect_uri", flow->redirect_uri);
    mc__remote_add_parameter(&text, "scope", flow->provider.scopes);
    mc__remote_add_parameter(&text, "state", flow->secrets.state);
    if (has_nonce)
        mc__remote_add_parameter(&text, "nonce", flow->secrets.nonce);
    mc__remote_add_parameter(&text, "code_challenge", flow->secrets.challenge);
    mc__remote_add_parameter(&text, "code_challenge_method", "S256");
    arena->failed |= text.error != 0;
    return mc__arena_strdup(arena, mc__text_string(&text));
}

/* RFC 6749, 2.3.1: both are encoded as in forms before they are joined. */
static const char *basic(mc__flow *flow)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    mc_scratch_text(pair);
    mc_scratch_text(header);
    const uint8_t *in;

    mc__form_add(&pair, "", flow->provider.client_id);
    mc__text_putc(&pair, ':');
    mc__form_add(&header, "", flow->provider.client_secret);
    mc__text_puts(&pair, mc__text_string(&header) + 1);
    mc__text_clear(&header);
    mc__text_puts(&header, "Authorization: Basic ");
    in = (const uint8_t *)mc__text_string(&pair) + 1;
    for (size_t i = 0, length = pair.length - 1; i < length; i += 3) {
        uint32_t bits = (uint32_t)in[i] << 16;

        bits |= i + 1 < length ? (uint32_t)in[i + 1] << 8 : 0;
        bits |= i + 2 < length ? in[i + 2] : 0;
        mc__text_putc(&header, digits[bits >> 18 & 63]);
        mc__text_putc(&header, digits[bits >> 12 & 63]);
        mc__text_putc(&header, i + 1 < length ? digits[bits >> 6 & 63] : '=');
        mc__text_putc(&header, i + 2 < length ? digits[bits & 63] : '=');
    }
    flow->session->scratch.failed |= pair.error != 0 || header.error != 0;
    return mc__arena_strdup(&flow->session->scratch, mc__text_string(&header));
}

/* The reply to a code that is refused is an error in JSON (RFC 6749, 5.2), with some providers and
 * the status 200. */
static int read_token(mc__json **out, mc__flow *flow, const mc__question *question, int status,
                      mc__text *body)
{
    mc_auto(mc__json_free) mc__json *read = NULL;
    int rc = mc__json_read(&read, mc__text_string(body), body->length);

    if (rc == MC_ENOMEM)
        return mc__out_of_memory(flow->session);
    if (read && mc__json_text(read, "error"))
        return mc__fail(&flow->session->problem, MC_EFORBIDDEN,
                        "the provider refuses the code that it has given: begin again");
    if (status != 200)
        return mc__fail(&flow->session->problem, MC_EREMOTE, "%s: the status is %d", question->what,
                        status);
    if (!read)
        return mc__ask_fail(flow->session, question, "that is no JSON object");
    *out = MC_TAKE(read);
    return 0;
}

int mc__flow_token(mc__json **out, mc__flow *flow, const char *url, bool in_body)
{
    const mc__provider *p = &flow->provider;
    mc_scratch_text(form);
    mc_scratch_text(body);
    mc__question question = {.what = "the provider can't exchange the code",
                             .url = url,
                             .form = &form,
                             .until_ms = flow->until_ms};
    int status = 0, rc;

    mc__form_add(&form, "grant_type", "authorization_code");
    mc__form_add(&form, "code", flow->back->code);
    mc__form_add(&form, "redirect_uri", flow->redirect_uri);
    mc__form_add(&form, "code_verifier", flow->secrets.verifier);
    if (in_body || !*p->client_secret)
        mc__form_add(&form, "client_id", p->client_id);
    if (in_body && *p->client_secret)
        mc__form_add(&form, "client_secret", p->client_secret);
    if (!in_body && *p->client_secret)
        question.authorization = basic(flow);
    if (form.error || flow->session->scratch.failed)
        return mc__out_of_memory(flow->session);
    rc = mc__ask(&body, &status, flow->session, &question);
    return rc < 0 ? rc : read_token(out, flow, &question, status, &body);
}

const char *mc__flow_bearer(mc__flow *flow, const char *token)
{
    for (const char *c = token; c && *c; c++)
        if (*c <= ' ' || *c > '~')
            return NULL;
    return token && *token && strlen(token) <= 8192
               ? mc__arena_format(&flow->session->scratch, "Authorization: Bearer %s", token)
               : NULL;
}

int mc__flow_user(mc__json **out, mc__flow *flow, const char *url, const char *token)
{
    mc__question question = {.what = "the provider can't say who has come",
                             .url = url,
                             .authorization = mc__flow_bearer(flow, token),
                             .until_ms = flow->until_ms};

    if (flow->session->scratch.failed)
        return mc__out_of_memory(flow->session);
    if (!question.authorization)
        return mc__ask_fail(flow->session, &question, "it has given no access token");
    return mc__ask_json(out, flow->session, &question);
}
