/* The facts about an actor that determine its rights. */
#ifndef MC_ACCESS_ACTOR_FACTS_H
#define MC_ACCESS_ACTOR_FACTS_H

#include "../base/handles.h"

typedef struct mc__attribute {
    const char *key, *text; /* text: NULL unless the value is a text */
    bool is_number, is_boolean, boolean;
    double number;
} mc__attribute;

/* All zero for a guest. */
typedef struct mc__actor {
    int64_t profile_id, user_id;
    const char *profile_name, *email, *gender; /* as stored; gender NULL if there is none */
    mc_time created;
    mc_time now;     /* by the database's clock, when these facts were read */
    int64_t read_ms; /* the same by the monotonic clock */
    mc_time all_read_at, huddles_read_at;
    bool have_counts; /* some role asked for them when these facts were read */
    int64_t item_count, comment_count;
    bool is_banned;         /* on the site's ban list, */
    const char *ban_reason; /* with what the actor is told about it, or "" */
    int64_t ban_ends_ms;    /* no later than the ban, or a day from now; monotonic */
    mc_int64s role_ids;     /* roles that list the profile explicitly; ascending */
    mc_int64s ignored_profiles, ignored_microcosms, ignored_items, ignored_comments;
    mc__attribute *attributes;
    size_t attribute_count;
    mc__limits limits; /* of the token by which the session acts */
} mc__actor;

/* The time by the database's clock, which may differ from this machine's; of no use for guests. */
static inline mc_time mc__database_now(const mc__actor *actor)
{
    return (mc_time){actor->now.us + (mc__monotonic_ms() - actor->read_ms) * 1000};
}

#endif
