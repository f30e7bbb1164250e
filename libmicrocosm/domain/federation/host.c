/* Providers of the host that send browsers to a service of its own: include/microcosm/auth.h. */
#include "../access/providers.h"
#include "../base/handles.h"
#include "flow.h"

static mc_auth_flow told(const mc__flow *flow)
{
    return (mc_auth_flow){.size = sizeof(mc_auth_flow),
                          .site_id = flow->session->site.id,
                          .site_key = flow->session->site.key,
                          .redirect_uri = flow->redirect_uri,
                          .state = flow->secrets.state,
                          .nonce = flow->secrets.nonce,
                          .challenge = flow->secrets.challenge,
                          .verifier = "",
                          .code = "",
                          .issuer = ""};
}

static int begin(const char **url, mc__flow *flow)
{
    const mc_auth_flow sent = told(flow);

    return mc__auth_flow_begin(url, flow->session, flow->host, &sent);
}

/* The address is what the host knows people by; it vouches for it. */
static int end(mc__arrival *out, mc__flow *flow)
{
    mc_auth_flow sent = told(flow);

    sent.verifier = flow->secrets.verifier;
    sent.code = flow->back->code;
    if (flow->back->issuer)
        sent.issuer = flow->back->issuer;
    out->is_verified = true;
    return mc__auth_flow_end(&out->email, &out->name, flow->session, flow->host, &sent);
}

const mc__provider_kind mc__host_kind = {.name = "host", .begin = begin, .end = end};
