/* Facts about the actor that decide about what they may do and see. */
#ifndef MC_ACCESS_VIEWER_H
#define MC_ACCESS_VIEWER_H

#include <microcosm.h>

typedef struct mc__attribute {
    const char *key, *text; /* text NULL unless it is one */
    bool is_number, is_boolean, boolean;
    double number;
} mc__attribute;

/* All zero for a guest. */
typedef struct mc__actor {
    int64_t profile_id, user_id;
    const char *profile_name, *email, *gender; /* as stored; gender NULL if there is none */
    mc_time created, last_active, all_read_at, huddles_read_at;
    int64_t item_count, comment_count;
    bool is_banned;     /* on the site's ban list */
    mc_int64s role_ids; /* put into these by name; ascending */
    mc_int64s ignored_profiles, ignored_microcosms, ignored_items, ignored_comments;
    mc__attribute *attributes;
    size_t attribute_count;
} mc__actor;

#endif
