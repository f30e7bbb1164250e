/* What is on the demo site: people, microcosms and what they say, as plain tables. demo.c brings
 * them in. */
#ifndef MICROCOSMD_DEMO_CONTENT_H
#define MICROCOSMD_DEMO_CONTENT_H

#include <stddef.h>

/* People and microcosms are named by their place in the tables below. */
enum demo_who { HANNEKE, STAN, PRIYA, KOFI, MIREILLE, TOMASZ, JO, LENA, DEMO_PEOPLE };

enum demo_where {
    NOTICEBOARD,
    GROWING,
    VEGETABLES,
    FRUIT,
    TROUBLES,
    SHEDS,
    SWAPS,
    KITCHEN,
    DEMO_MICROCOSMS,
    DEMO_ROOT = -1 /* the parent of those at the top */
};

typedef struct demo_person {
    const char *email, *name;
    const char *biography; /* NULL: none yet */
} demo_person;

typedef struct demo_microcosm {
    int parent;
    const char *title, *description;
} demo_microcosm;

typedef struct demo_comment {
    int by;
    size_t reply_to; /* which comment of the same item, from 1; 0 for none */
    const char *markdown;
} demo_comment;

/* Whatever has comments: a conversation, the event, the poll. */
typedef struct demo_talk {
    int where, by;
    const char *title;
    const demo_comment *comments; /* the last has no markdown */
} demo_talk;

extern const char demo_site_title[], demo_site_description[];
extern const demo_person demo_people[DEMO_PEOPLE]; /* the first is the owner */
extern const demo_microcosm demo_microcosms[DEMO_MICROCOSMS];
extern const demo_talk demo_conversations[];
extern const size_t demo_conversation_count;

extern const demo_talk demo_event, demo_poll;
extern const char demo_event_place[], demo_poll_question[];
extern const char *const demo_poll_choices[4];

#endif
