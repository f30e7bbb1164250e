/**
 * Searching a site. A search finds what its actor may read: microcosms, profiles, conversations,
 * events, polls, the huddles that it takes part in, and comments. What is written is found about a
 * second later. The language of queries is described in docs/http/search.md.
 */
#ifndef MICROCOSM_SEARCH_H
#define MICROCOSM_SEARCH_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What to search for. Begin with MC_SEARCH_FILTER_INIT. */
typedef struct mc_search_filter {
    size_t size; /**< Set by the initialiser. */
    /** Words to find, "exact phrases", -words that must not be there, alternatives with OR, #tags,
     * and options such as type:event; at most 1,000 characters. NULL: as in parameters. */
    const char *q;
    /** Options as in the query of an address, such as "type=event&type=poll&since=-7"; unknown ones
     * are ignored. NULL: none. */
    const char *parameters;
} mc_search_filter;

#define MC_SEARCH_FILTER_INIT                                                                      \
    {                                                                                              \
        sizeof(mc_search_filter), NULL, NULL                                                       \
    }

/** What a search was understood to ask for. Members that weren't set are empty. */
typedef struct mc_search_query {
    const mc_type *type;
    const char *q;            /**< As it was given. */
    mc_choice in_title;       /**< Only titles are looked at. */
    mc_strings hashtags;      /**< Each with its "#". */
    mc_int64s forum_ids;      /**< Microcosms, with those below them. */
    mc_strings item_types;    /**< Kinds of things, such as "event". */
    mc_int64s ids;            /**< Only these things, and comments on them. */
    int64_t author_id;        /**< Only what this profile has written. */
    mc_strings emails;        /**< Profiles of these addresses; for site owners only. */
    mc_choice following;      /**< Only what the actor follows. */
    const char *since;        /**< Last activity after that; as it was given, as the next three. */
    const char *until;        /**< Last activity before that. */
    const char *event_after;  /**< Only events that start after that. */
    const char *event_before; /**< Only events that start before that. */
    mc_choice attendee;       /**< Only events that the actor attends. */
    mc_strings has;           /**< "attachment": only what has files. */
    const char *sort;         /**< "date", "oldest", "newest", or "": by relevance. */
    const char *author;       /**< Only what the profile of that name has written. */
    const char *ignored;      /**< Options that were not understood, with their values. */
    const char *searched;     /**< What was used, as a text that can be searched for. */
} mc_search_query;

/** A thing that was found. */
typedef struct mc_search_hit {
    const mc_type *type;
    const char *item_type;        /**< Its kind, such as "comment". */
    const void *item;             /**< Summary of that kind. */
    const char *parent_item_type; /**< Of a comment: the kind of what it is on; else "". */
    const void *parent_item;      /**< Its summary; else NULL. */
    bool unread;                  /**< The actor hasn't read it; false for guests. */
    double rank;                  /**< 0 to 1: how well its title fits; 0 for a comment. */
    mc_time last_modified;        /**< Its last activity: a comment on it, or when it was made. */
    const char *highlight;        /**< Safe HTML: text of it with the words found in <b>. */
} mc_search_hit;

/** Result of a search. */
typedef struct mc_search_result {
    const mc_type *type;
    const mc_search_query *query; /**< What was asked. */
    int64_t time_taken_ms;        /**< Milliseconds. */
    /** mc_search_hit. NULL if nothing was asked: neither words nor kinds, author, forum or address.
     */
    const mc_page *results;
} mc_search_result;

/**
 * Search the site. At most 1,000 things are found; a total of 1,000 means that many or more.
 * Nothing that the actor may not read is found, counted or shown in part.
 * @param filter NULL: nothing is asked
 * @return 0, MC_EINVAL (page, or q is too long or no valid text), MC_EBUSY (it took too long), ...
 */
MC_API int mc_search_find(mc_search_result **out, mc_session *session,
                          const mc_search_filter *filter, const mc_page_options *page);

/** A thing whose title begins as somebody types. */
typedef struct mc_suggestion {
    const mc_type *type;
    const char *item_type; /**< Its kind, such as "conversation". */
    int64_t item_id;       /**< Its id. */
    const char *title;     /**< Its title or name, HTML-escaped. */
    const char *href;      /**< Path such as "/api/v1/conversations/61". */
} mc_suggestion;

/** Suggestions, the best first. */
typedef struct mc_suggestion_list {
    const mc_type *type;
    mc_list suggestions; /**< mc_suggestion */
} mc_suggestion_list;

/**
 * Up to ten things of the site that the actor may read and that have words in their titles which
 * begin as those in q do; without any, those with similar titles.
 * @param q 2 to 150 characters; with fewer nothing is suggested
 * @return 0, MC_EINVAL (q is too long or no valid text), MC_EBUSY (it took too long), ...
 */
MC_API int mc_search_suggest(mc_suggestion_list **out, mc_session *session, const char *q);

/**
 * A page of what is talked about: mc_collection.items has mc_entry with conversations, events and
 * polls that the actor may read, each with its unread flag. Looks at the 250 with the newest
 * activity of the last month. Those with many comments of the last two weeks come first, the less
 * so the longer they rest and the older they are.
 * @return 0, MC_EINVAL (page), ...
 */
MC_API int mc_trending_list(mc_collection **out, mc_session *session, const mc_page_options *page);

#ifdef __cplusplus
}
#endif
#endif
