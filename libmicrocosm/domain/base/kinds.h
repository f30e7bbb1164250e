/* The kinds of things: their names, the collections that they are in, and what they can do. */
#ifndef MC_BASE_KINDS_H
#define MC_BASE_KINDS_H

#include <microcosm.h>

/*
 * The kinds of items that live in a microcosm, each with a row in the file of its name
 * (content/item_kinds.h) and a line in what a change invalidates (invalidation.c).
 */
#define MC_ITEM_KINDS(X)                                                                           \
    X(CONVERSATION, conversation)                                                                  \
    X(EVENT, event)                                                                                \
    X(POLL, poll)

/* What a kind can do; the table item_types of the schema says the same to statements. */
enum {
    MC_IS_ITEM = 1 << 0,      /* lives in a microcosm as a row of items: content/item_kinds.h */
    MC_IN_MICROCOSM = 1 << 1, /* the rights on it are those of a microcosm */
    MC_HAS_COMMENTS = 1 << 2
};
bool mc__kind_can(mc_item_type item_type, unsigned what);

/* Collection of a kind in paths: "conversations"; "" for what is no kind. */
const char *mc__collection_of(mc_item_type item_type);

#endif
