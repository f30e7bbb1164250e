/* The language of searches: q and options to what the statements bind. */
#ifndef MC_FIND_SEARCH_QUERY_H
#define MC_FIND_SEARCH_QUERY_H

#include "record/record.h"

#include <microcosm.h>

#define MC_SEARCH_TERMS_MAX 64
#define MC_SEARCH_VALUES_MAX 32 /* of one option, and kinds of things */

/* Texts that grow up to a limit. */
typedef struct mc__search_texts {
    const char *items[MC_SEARCH_TERMS_MAX];
    size_t count;
} mc__search_texts;

typedef struct mc__search_ids {
    int64_t items[MC_SEARCH_VALUES_MAX];
    size_t count;
} mc__search_ids;

typedef enum mc__search_order {
    MC_SEARCH_BY_RELEVANCE,
    MC_SEARCH_BY_DATE,
    MC_SEARCH_OLDEST,
    MC_SEARCH_NEWEST
} mc__search_order;

/* A search as it was understood. Texts are in the arena of its query. */
typedef struct mc__search {
    mc_session *session;
    mc__arena *arena;
    mc_search_query *query; /* for the reply */
    mc__search_texts terms, tags, emails, has;
    int64_t groups[MC_SEARCH_TERMS_MAX], kinds[MC_SEARCH_TERMS_MAX]; /* of the terms */
    bool has_words; /* some term that must be found */
    mc__text title; /* the text without options */
    mc__search_ids item_types, ids, forums;
    mc_time since, until, event_after, event_before;
    mc__search_order order;
    mc__text ignored;
    size_t next_group;
    bool may_join; /* OR came last */
} mc__search;

#define mc_search_made(name) mc__search name __attribute__((cleanup(mc__search_release))) = {0}
void mc__search_release(mc__search *search);
/* Reads it all and fills the query but for forum_ids and searched. 0, MC_EINVAL or MC_ENOMEM. */
int mc__search_read(mc__search *out, mc_session *session, mc_search_query *query, mc__arena *arena,
                    const mc_search_filter *filter);
/* Fills "searched", once it is known which forums there are. */
void mc__search_describe(mc__search *search);
bool mc__search_names_type(const mc__search *search, mc_item_type item_type);

#endif
