/* The search for an access token, which can share a batch with other statements. */
#ifndef MC_ACCESS_TOKENS_H
#define MC_ACCESS_TOKENS_H

#include "db/db.h"

#include <microcosm.h>

typedef struct mc__token_search {
    bool has_begun, is_asked; /* is_asked: the database too, by statement `number` of a batch */
    size_t number;
    int64_t user_id; /* from the cache, or 0 */
    uint8_t hash[MC_SHA256_SIZE];
} mc__token_search;

void mc__token_search_begin(mc__token_search *search, mc__batch *batch, mc_session *session,
                            const char *token);
/* Returns the user, or 0. The batch must have run unless it is empty. */
int64_t mc__token_search_end(const mc__token_search *search, mc_session *session,
                             const mc__batch *batch);

#endif
