/*
 * Codes by mail: one table and one way for all that they are good for. Asking for one is in
 * domain/work/code_mail.c, which makes it while it makes the mail: so its text is in the mail only,
 * and asking costs the same whether anybody has the address or not.
 *
 * A mail has two codes for the same: that of its link has 40 letters and digits and says by itself
 * whose it is; the other is short enough to be typed, together with the address, and attempts at it
 * are counted.
 */
#ifndef MC_ACCESS_CODES_H
#define MC_ACCESS_CODES_H

#include "attempts.h"

typedef enum mc__code_purpose {
    MC_CODE_SIGN_IN = 1,
    MC_CODE_PASSWORD = 2,
    MC_CODE_EMAIL = 3
} mc__code_purpose;

/* Changes of how somebody signs in, of which they are told by mail in the same way; numbers go on
 * from those above. */
typedef enum mc__notice {
    MC_NOTICE_PASSWORD = 4,
    MC_NOTICE_FACTOR_ON = 5,
    MC_NOTICE_FACTOR_OFF = 6,
    MC_NOTICE_RECOVERY_CODES = 7,
    MC_NOTICE_SERVICE = 8
} mc__notice;

#define MC_CODE_MINUTES 10
#define MC_CODE_LINK_LENGTH 40
#define MC_CODE_TYPED_LENGTH 10

/* A code that counts. */
typedef struct mc__code {
    int64_t code_id, user_id;      /* user_id 0: there is no user with the address yet */
    const char *email, *canonical; /* the user's */
    mc__attempt attempt;
    bool is_counted; /* attempt was made: the code was typed */
} mc__code;

/* A code as it was before somebody has typed it: case, spaces and hyphens don't matter. Cut if it
 * is longer than what out has space for. */
void mc__code_normal(char *out, size_t size, const char *code);
/* Letters and digits that nobody mixes up, and a NUL; 5 bits each. */
void mc__code_random(char *out, size_t length);
/* Digest of a code that somebody has typed. */
void mc__code_hash_typed(uint8_t out[MC_SHA256_SIZE], const char *code);

/* email: NULL or "" for the code of a link. MC_EUNAUTHENTICATED, whatever is wrong with it. */
int mc__code_find(mc__code *out, mc_session *session, mc__code_purpose purpose, const char *email,
                  const char *code);
/* Adds to a batch that it is used, once: else the batch fails. */
void mc__code_use(mc__batch *batch, const mc_session *session, const mc__code *code);
/* Adds to a batch that a user is told of a change, if mail is sent here and the user has shown that
 * the address is theirs. about: title of the service, as HTML; else "". */
void mc__notice_add(mc__batch *batch, const mc_session *session, int64_t user_id, mc__notice notice,
                    const char *about);
/* The error for a code, instead of that of a batch which has failed because it was used. */
int mc__code_refuse_late(mc_session *session, int rc);

#endif
