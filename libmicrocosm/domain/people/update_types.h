/* The types of updates (docs/http/updates.md#types). */
#ifndef MC_PEOPLE_UPDATE_TYPES_H
#define MC_PEOPLE_UPDATE_TYPES_H

#include <microcosm.h>

/* Numbers of the public interface. */
enum {
    MC_UPDATE_NEW_COMMENT = 1,
    MC_UPDATE_REPLY,
    MC_UPDATE_MENTIONED,
    MC_UPDATE_HUDDLE_COMMENT,
    MC_UPDATE_NEW_ATTENDEE,
    MC_UPDATE_NEW_VOTE,
    MC_UPDATE_EVENT_REMINDER,
    MC_UPDATE_NEW_ITEM,
    MC_UPDATE_NEW_USER,
    MC_UPDATE_TYPES
};

typedef struct mc__update_type {
    const char *name, *description;
    bool send_email; /* unless the profile has said otherwise */
} mc__update_type;

/* NULL for a number that is none. */
const mc__update_type *mc__update_type_find(int64_t update_type_id);

#endif
