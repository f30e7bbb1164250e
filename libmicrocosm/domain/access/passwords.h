/* Looking at passwords, for signing in. */
#ifndef MC_ACCESS_PASSWORDS_H
#define MC_ACCESS_PASSWORDS_H

#include "db/db.h"

#include <microcosm.h>

/* A password that somebody has shown. */
typedef struct mc__password_try {
    int64_t user_id;  /* 0: there is no account with a password */
    const char *hash; /* NULL then */
    bool is_right, is_outdated;
} mc__password_try;

#define MC_PASSWORD_MOST 256 /* bytes */

/* Looks whether it is that of the account with an address, which takes as long if there is none. */
int mc__password_try_it(mc__password_try *out, mc_session *session, const char *canonical_email,
                        const char *password);
/* Adds to a batch the same password's hash at today's costs, if it is outdated. */
int mc__password_renew(mc__batch *batch, mc_session *session, const mc__password_try *tried,
                       const char *password);

/* Whether a password that was right still is: it may have been changed since it was tried. Costs a
 * hash only if another one is stored by now. */
int mc__password_is_still_right(bool *out, mc_session *session, const mc__password_try *tried,
                                const char *password);

#endif
