/* Which user somebody is who has come through a provider. */
#ifndef MC_FEDERATION_ARRIVALS_H
#define MC_FEDERATION_ARRIVALS_H

#include "flow.h"

/* The user, with a profile on the site; made, or linked, as the provider's rules say. */
int mc__arrival_settle(int64_t *user_id, mc_session *session, const mc__provider *provider,
                       const mc__arrival *arrival);

#endif
