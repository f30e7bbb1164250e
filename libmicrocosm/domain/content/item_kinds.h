/*
 * The kinds of items: content that belongs to a microcosm and has comments. Each kind is a row; the
 * item_ files implement all calls on these rows. A new kind needs its header, its field tables, its
 * statements in sql/content/items.sql, its rules and its row in a file of its own, the declaration
 * of that row below, and lines in base/kinds.c and base/kinds.h
 * (docs/architecture.md#add-a-kind-of-item).
 */
#ifndef MC_CONTENT_ITEM_KINDS_H
#define MC_CONTENT_ITEM_KINDS_H

#include "../base/handles.h"
#include "db/db.h"
#include "item_facts.h"
#include "record/record.h"

/* The first members of every kind's input. */
typedef struct mc__item_input {
    size_t size;
    int64_t microcosm_id;
    const char *title, *edit_reason;
} mc__item_input;

/* Offsets in the kind's record of the members that all items have. */
typedef struct mc__item_members {
    size_t title, id, microcosm_id, total_comments, total_views, breadcrumb, comments, meta;
    size_t last_comment; /* 0: the kind has no such member */
} mc__item_members;
#define MC_ITEM_MEMBERS(record_, ...)                                                              \
    {                                                                                              \
        offsetof(record_, title), offsetof(record_, id), offsetof(record_, microcosm_id),          \
            offsetof(record_, total_comments), offsetof(record_, total_views),                     \
            offsetof(record_, breadcrumb), offsetof(record_, comments), offsetof(record_, meta),   \
            __VA_ARGS__                                                                            \
    }

/* The fields of mc__item_input, for the kind's own field table. */
#define MC_ITEM_INPUT_FIELDS(input_)                                                               \
    MC_FIELD(input_, microcosm_id, "microcosmId",                                                  \
             .flags = MC_FIELD_REQUIRED | MC_FIELD_BY_RIGHTS | MC_FIELD_POSITIVE),                 \
        MC_FIELD(input_, title, "title",                                                           \
                 .flags = MC_FIELD_REQUIRED | MC_FIELD_SENTENCE | MC_FIELD_CALM,                   \
                 .max_length = 150),                                                               \
        MC_FIELD(input_, edit_reason, "meta.editReason",                                           \
                 .flags = MC_FIELD_REQUIRED_TO_EDIT | MC_FIELD_SENTENCE | MC_FIELD_CALM,           \
                 .max_length = 150)

typedef struct mc__item_kind {
    mc_item_type item_type;
    const mc_type *record, *input;
    mc__item_members members;
    size_t page;       /* offset of the kind's page in mc_collection */
    bool is_attended;  /* profiles can attend it, */
    size_t places;     /* as many as its input says there: mc_maybe_int64 */
    bool oldest_first; /* in the list of all of its kind; else by stickiness and activity */
    /*
     * The kind's own rules; NULL if there are none. check adds faults for fields that have none
     * yet, and sets defaults for missing members; it fails only if it can't tell.
     * find_faults adds those of an edit that only the database knows, when the edit has failed
     * already.
     */
    int (*check)(mc_session *session, void *input, mc__purpose purpose);
    int (*find_faults)(mc_session *session, int64_t item_id, const void *input);
    /* Turns the failure rc of its statements into a more specific one, or returns rc. item_id is 0
     * for a new item. */
    int (*explain)(mc_session *session, int64_t item_id, const void *input, int rc);
    /* Add the kind's statements to a batch and return their numbers. */
    size_t (*add_get)(mc__batch *batch, int64_t site_id, int64_t item_id);
    size_t (*add_create)(mc__batch *batch, mc_session *session, const void *input);
    void (*add_edit)(mc__batch *batch, mc_session *session, int64_t item_id, const void *input,
                     const mc__item_facts *item);
    /* Reads what a detail has in addition to the item's row. */
    size_t (*add_details)(mc__batch *batch, int64_t site_id, int64_t item_id);
    int (*read_details)(void *record, mc__arena *arena, const PGresult *rows);
    /* Takes out of a record, which may share its parts with others, what those may not know who
     * have not voted; and for how many milliseconds that is so, at most INT64_MAX. */
    int (*hide)(void *record, mc__arena *arena, bool has_voted);
    int64_t (*valid_ms)(const void *record);
} mc__item_kind;

/* NULL: not a kind of item. */
const mc__item_kind *mc__item_kind_find(mc_item_type item_type);
const mc__item_kind *mc__item_kind_of(const void *record);
/* By number, from 0; NULL past the last. */
#define MC_ITEM_KINDS_MAX 8
const mc__item_kind *mc__item_kind_at(size_t number);

/* Each is defined in conversations.c, events.c or polls.c. */
extern const mc__item_kind mc__conversation_kind, mc__event_kind, mc__poll_kind;

#endif
