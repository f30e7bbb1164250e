/*
 * The table of resources with the library's functions for each. A new resource needs a row here and
 * a row in the table of routes for each of its paths.
 */
#ifndef MICROCOSMD_RESOURCES_H
#define MICROCOSMD_RESOURCES_H

#include <microcosm.h>

/* NULL: not offered. */
typedef struct resource {
    mc_item_type type;
    const char *path; /* of the collection */
    int (*json)(mc_buffer *out, mc_session *session, int64_t id, const mc_page_options *page);
    int (*list)(mc_collection **out, mc_session *session, const mc_item_filter *filter,
                const mc_page_options *page);
    int (*create)(int64_t *id, mc_session *session, mc_format format, const char *body,
                  size_t length);
    int (*edit)(mc_session *session, int64_t id, mc_format format, const char *body, size_t length);
    int (*patch)(mc_session *session, int64_t id, const char *body, size_t length);
    int (*remove)(mc_session *session, int64_t id);
    int (*last_comment)(mc_position **out, mc_session *session, int64_t id, int64_t limit);
    int (*new_comment)(mc_position **out, mc_session *session, int64_t id, int64_t limit);
} resource;

extern const resource site_resource, microcosm_resource, conversation_resource, event_resource,
    poll_resource, huddle_resource, comment_resource, profile_resource;

/* The path of the collection of a type; NULL for a type that can't have comments. */
const char *resource_path(mc_item_type type);

#endif
