/* See arrivals.h. */
#include "arrivals.h"

#include "../access/codes.h"
#include "../access/users.h"
#include "../base/call.h"
#include "../base/names.h"
#include "statements.h"

#include <strings.h>

static int find_identity(int64_t *user_id, mc_session *session, const mc__provider *provider,
                         const char *subject)
{
    mc_batch(batch);
    int rc;

    mc__add_providers_identity(&batch, &(mc__providers_identity_in){provider->issuer, subject});
    rc = mc__read_of_no_site(session, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)))
        *user_id = mc__read_providers_identity(mc__batch_rows(&batch, 0), 0).user_id;
    return rc;
}

/*
 * The user with an address, or 0. Addresses that differ in dots or after a "+" are one user's
 * elsewhere, but may be two people's at a provider: nobody gets a user by such a one.
 */
static int find_user(int64_t *user_id, mc_session *session, const char *email)
{
    const char *canonical = "";
    mc__providers_user_with_row row;
    mc_batch(batch);
    int rc = mc__email_canonical(session, &canonical, email);

    if (rc < 0)
        return rc;
    mc__add_providers_user_with(&batch, &(mc__providers_user_with_in){canonical});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    row = mc__read_providers_user_with(mc__batch_rows(&batch, 0), 0);
    if (strcasecmp(row.email, email) != 0)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "somebody here has an address like yours, in another spelling: sign in as "
                        "before");
    *user_id = row.user_id;
    return 0;
}

static int check_email(mc_session *session, const mc__arrival *arrival)
{
    int rc;

    if (!*arrival->email)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "the provider doesn't tell your e-mail address, which is needed the first "
                        "time");
    if (!arrival->is_verified)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "the provider has not verified your e-mail address: do so there first");
    rc = mc__email_check(arrival->email);
    if (rc == MC_ENOMEM)
        return mc__out_of_memory(session);
    if (rc < 0)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "the provider's e-mail address for you is none");
    return mc__user_check_email(session, arrival->email);
}

/* Who comes for the first time. */
static int receive(int64_t *user_id, mc_session *session, const mc__provider *provider,
                   const mc__arrival *arrival)
{
    int rc = check_email(session, arrival);

    if (rc == 0)
        rc = find_user(user_id, session, arrival->email);
    if (rc < 0)
        return rc;
    if (*user_id && !provider->links)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "somebody here has your e-mail address already: sign in as before");
    if (!*user_id && !provider->registers)
        return mc__fail(&session->problem, MC_EFORBIDDEN,
                        "nobody here has your e-mail address, and this provider brings no new "
                        "people");
    if (*user_id)
        return 0;
    rc = mc__user_admit(user_id, session, arrival->email);
    /* Somebody else may have come meanwhile, with another spelling. */
    return rc < 0 ? rc : find_user(user_id, session, arrival->email);
}

static int link_to(mc_session *session, const mc__provider *provider, const mc__arrival *arrival,
                   int64_t user_id, int64_t profile_id)
{
    mc_batch(batch);

    mc__add_providers_link(&batch, &(mc__providers_link_in){.issuer = provider->issuer,
                                                            .subject = arrival->subject,
                                                            .user_id = user_id,
                                                            .site_id = session->site.id,
                                                            .profile_id = profile_id,
                                                            .address = mc__audit_address(session)});
    mc__notice_add(&batch, session, user_id, MC_NOTICE_SERVICE, provider->title);
    return mc__write_as_platform(session, &batch);
}

int mc__arrival_settle(int64_t *user_id, mc_session *session, const mc__provider *provider,
                       const mc__arrival *arrival)
{
    int64_t profile_id = 0;
    bool is_new;
    bool is_told = *arrival->subject != '\0';
    int rc = is_told ? find_identity(user_id, session, provider, arrival->subject) : 0;

    is_new = *user_id == 0;
    if (rc == 0 && is_new)
        rc = receive(user_id, session, provider, arrival);
    if (rc == 0)
        rc = mc__profile_find_or_make(&profile_id, session, *user_id, arrival->name);
    if (rc == 0 && is_new && is_told)
        rc = link_to(session, provider, arrival, *user_id, profile_id);
    return rc;
}
