/* Counts attempts to sign in and the like, and refuses those that are too many. */
#ifndef MC_ACCESS_ATTEMPTS_H
#define MC_ACCESS_ATTEMPTS_H

#include "db/db.h"

#include <microcosm.h>

/* What is tried. Each has limits of its own (attempts.c). */
typedef enum mc__attempt_kind {
    MC_ATTEMPT_SIGN_IN, /* to show who one is */
    MC_ATTEMPT_MAIL,    /* to have a code sent */
    MC_ATTEMPT_FACTOR   /* to show a second factor */
} mc__attempt_kind;

/* What an attempt counts for: digests, of the last two only if the session's address is known. */
typedef struct mc__attempt {
    uint8_t account[MC_SHA256_SIZE], pair[MC_SHA256_SIZE];
    uint8_t address[MC_SHA256_SIZE], network[MC_SHA256_SIZE];
    bool has_address;
} mc__attempt;

/* Counts an attempt for an account, whether there is one or not. MC_ELIMIT: it is refused. */
int mc__attempt_count(mc__attempt *out, mc_session *session, mc__attempt_kind kind,
                      const char *canonical_email);
/* The same without counting it, for one that was counted as another kind. */
int mc__attempt_make(mc__attempt *out, mc_session *session, mc__attempt_kind kind,
                     const char *canonical_email);
/* Adds to a batch that the attempt to sign in was right. */
void mc__attempt_succeed(mc__batch *batch, const mc__attempt *attempt);
/* Adds to a batch that the attempts so far, of another kind, don't count any more. */
void mc__attempt_forget(mc__batch *batch, const mc__attempt *attempt);
/* Notes in the audit that it was wrong, whether there is such an account or not. */
int mc__attempt_fail(mc_session *session, const char *canonical_email);

#endif
