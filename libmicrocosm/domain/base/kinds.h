/* The kinds of resources: their names, collections and capabilities. */
#ifndef MC_BASE_KINDS_H
#define MC_BASE_KINDS_H

#include <microcosm.h>

/*
 * The kinds of items that belong to a microcosm, each with a row in the file of its name
 * (content/item_kinds.h). invalidation.c makes from this list what a change of each invalidates.
 */
#define MC_ITEM_KINDS(X)                                                                           \
    X(CONVERSATION, conversation)                                                                  \
    X(EVENT, event)                                                                                \
    X(POLL, poll)

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
