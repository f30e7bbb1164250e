/* Tokens that browsers keep in cookies: include/microcosm/sign_in.h. */
#include "../base/call.h"
#include "actor.h"
#include "tokens.h"
#include "types.h"
#include "record/record.h"

#define CSRF_LENGTH ((size_t)2 * MC_SHA256_SIZE)

static const mc__field browser_session_fields[] = {
    MC_FIELD(mc_browser_session, csrf_token, "csrfToken"),
};
const mc_type mc__browser_session_type =
    MC_TYPE(mc_browser_session, "browser_session", browser_session_fields);

/* Follows from the token's text, which the database doesn't have. */
static int make_csrf(char out[CSRF_LENGTH + 1], mc_session *session)
{
    static const char what[] = "csrf";
    uint8_t mac[MC_SHA256_SIZE];

    if (!session->token)
        return mc__refuse(session, MC_ENOTFOUND);
    if (!mc__hmac_sha256(mac, session->token->folded, MC_SHA256_SIZE, what, sizeof(what) - 1))
        return mc__out_of_memory(session);
    mc__hex(out, mac, sizeof(mac));
    return 0;
}

int mc_browser_session_find(mc_browser_session **out, mc_session *session)
{
    mc_auto(mc_record_free) void *record = NULL;
    char csrf[CSRF_LENGTH + 1];
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = make_csrf(csrf, session);
    if (rc < 0)
        return rc;
    record = mc__record_new(&mc__browser_session_type);
    if (!record)
        return mc__out_of_memory(session);
    ((mc_browser_session *)record)->csrf_token = mc__arena_strdup(mc__record_arena(record), csrf);
    if (mc__record_arena(record)->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_browser_session_check(mc_session *session, const char *csrf_token)
{
    char csrf[CSRF_LENGTH + 1];
    int rc = mc__call_begin(session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = make_csrf(csrf, session);
    if (rc < 0)
        return rc;
    if (csrf_token && strlen(csrf_token) == CSRF_LENGTH &&
        mc__same_secret(csrf, csrf_token, CSRF_LENGTH))
        return 0;
    return mc__fail(&session->problem, MC_EFORBIDDEN,
                    "X-CSRF-Token must be the csrfToken of the session, since a cookie has shown "
                    "who you are");
}
