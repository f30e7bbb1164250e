/* The search for an access token, which can share a batch with other statements. */
#ifndef MC_ACCESS_TOKENS_H
#define MC_ACCESS_TOKENS_H

#include "../base/handles.h"
#include "cache/cache.h"
#include "networks.h"

/* Longest life of a token in days. */
#define MC__TOKEN_DAYS_MAX 3650

/* A token that counts, as the cache holds it. */
typedef struct mc__token_entry {
    mc__entry entry;
    int64_t user_id, token_id;
    mc__limits limits;
    const mc__network *networks; /* from where it may be used; none: from everywhere */
    size_t network_count;
    uint8_t folded[MC_SHA256_SIZE]; /* digest of its text in lower case */
} mc__token_entry;

typedef struct mc__token_search {
    bool has_begun, is_asked; /* is_asked: the database too, by statement `number` of a batch */
    size_t number;
    const char *token;
    mc__token_entry *found; /* from the cache, or NULL */
    uint8_t hash[MC_SHA256_SIZE];
} mc__token_search;

void mc__token_search_begin(mc__token_search *search, mc__batch *batch, mc_session *session,
                            const char *token);
/* The token, which becomes the caller's to release; NULL: it is unknown, or may not be used from
 * the session's address. The batch must have run unless it is empty. */
int mc__token_search_end(mc__token_entry **out, mc__token_search *search, mc_session *session,
                         const mc__batch *batch);
/* Of the search's own entry, whichever way it has gone. */
void mc__token_search_release(mc__token_search *search);

/* Makes the token that of the session, which takes it over; NULL: none. */
void mc__token_use(mc_session *session, mc__token_entry *token);
/* Makes a token with the scope "full". */
int mc__token_make(char token[MC_TOKEN_SIZE], int64_t *token_id, mc_session *session,
                   int64_t user_id, int64_t profile_id, int64_t days);
/* own_tokens.c: a token that was made just now, with its text. */
int mc__token_show(mc_token **out, mc_session *session, int64_t user_id, int64_t token_id,
                   const char *text);
/* Digest of a token's text without regard to case. NULL is allowed. */
void mc__token_fold(uint8_t out[MC_SHA256_SIZE], const char *token);
/* MC_EFORBIDDEN for tokens with a scope, which don't manage credentials. */
int mc__token_check_full(mc_session *session);

#endif
