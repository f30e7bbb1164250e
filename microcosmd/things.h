/*
 * Resources that are read, made, changed and removed alike: the library's functions for each, side
 * by side. A new one is an entry here and its rows in the table of routes.
 */
#ifndef MICROCOSMD_THINGS_H
#define MICROCOSMD_THINGS_H

#include <microcosm.h>

/* NULL: not offered. */
typedef struct thing {
    const char *path; /* of the collection */
    int (*json)(mc_buffer *out, mc_session *session, int64_t id, const mc_page_options *page);
    int (*list)(mc_collection **out, mc_session *session, const mc_page_options *page);
    int (*create)(int64_t *id, mc_session *session, mc_format format, const char *body,
                  size_t length);
    int (*edit)(mc_session *session, int64_t id, mc_format format, const char *body, size_t length);
    int (*patch)(mc_session *session, int64_t id, const char *body, size_t length);
    int (*remove)(mc_session *session, int64_t id);
    int (*last_comment)(mc_place **out, mc_session *session, int64_t id, int64_t limit);
    int (*new_comment)(mc_place **out, mc_session *session, int64_t id, int64_t limit);
} thing;

extern const thing microcosm_thing, conversation_thing, event_thing, poll_thing, comment_thing,
    profile_thing;

#endif
