/* A thing that a request's body refers to: {"itemType":"profile","itemId":44}. */
#ifndef MC_PEOPLE_POINTER_H
#define MC_PEOPLE_POINTER_H

#include <microcosm.h>

typedef struct mc__pointer {
    mc_item_type item_type; /* MC_ITEM_NONE for an unknown name */
    int64_t item_id;
} mc__pointer;

int mc__pointer_take(mc__pointer *out, mc_session *session, mc_format format, const char *body,
                     size_t length);

#endif
