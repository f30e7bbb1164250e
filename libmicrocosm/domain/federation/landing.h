/* Where browsers go after a sign-in: to the path of the site that clients of Auth0 have for it, and
 * never anywhere else. */
#ifndef MC_FEDERATION_LANDING_H
#define MC_FEDERATION_LANDING_H

#include "../base/handles.h"

/* Sets *path to "/" if it is NULL or "". MC_EINVAL unless it is a path on the site. */
int mc__landing_check(mc_session *session, const char **path);
/* Makes a code for a user who has come, and stores it. path: checked. It needs a second factor of
 * who has one. */
int mc__landing_put(mc_sign_in_code **out, mc_session *session, int64_t user_id, const char *path);
/* A new code. */
#define MC_LANDING_CODE_SIZE 65
void mc__landing_code(char out[MC_LANDING_CODE_SIZE], uint8_t hash[MC_SHA256_SIZE]);
/* The record of a code that was stored. path: checked. needs_factor: it leads nowhere yet. */
int mc__landing_make(mc_sign_in_code **out, mc_session *session, const char *code, const char *path,
                     bool needs_factor);

#endif
