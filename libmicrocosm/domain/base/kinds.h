/* The kinds of resources: their names, collections and capabilities. */
#ifndef MC_BASE_KINDS_H
#define MC_BASE_KINDS_H

#include <microcosm.h>

/*
 * The kinds of items that belong to a microcosm, each with a row in the file of its name
 * (content/item_kinds.h). What a change of each invalidates, who is told of it, and that it is
 * found by its title follow from this list.
 */
#define MC_ITEM_KINDS(X)                                                                           \
    X(CONVERSATION, conversation)                                                                  \
    X(EVENT, event)                                                                                \
    X(POLL, poll)

/* For MC_ITEM_KINDS: their numbers, each with a comma. */
#define MC_ITEM_KIND_NUMBER(KIND, kind) MC_ITEM_##KIND,

/* The types of things with a title or name, by which they are found. */
#define MC_TITLED_TYPES                                                                            \
    MC_ITEM_KINDS(MC_ITEM_KIND_NUMBER) MC_ITEM_MICROCOSM, MC_ITEM_PROFILE, MC_ITEM_HUDDLE

/* Room for all numbers of mc_item_type, for arrays by number. kinds.c checks it. */
enum { MC_ITEM_TYPES = MC_ITEM_BAN + 1 };

/* Capabilities of a kind; the schema's table item_types has the same for statements. */
enum {
    MC_IS_ITEM = 1 << 0,      /* a row of items in a microcosm: content/item_kinds.h */
    MC_IN_MICROCOSM = 1 << 1, /* its rights come from its microcosm */
    MC_HAS_COMMENTS = 1 << 2
};
bool mc__kind_can(mc_item_type item_type, unsigned what);

/* The name of a kind's collection in paths, such as "conversations"; "" for an unknown kind. */
const char *mc__collection_of(mc_item_type item_type);

#endif
