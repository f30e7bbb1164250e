/*
 * The kinds of items: content that lives in a microcosm and has comments. One row each; the engine
 * in the item_ files is written once on it. A new kind is its header, its field tables, its row
 * with its rules and statements in a file of its own, and a line in base/kinds.h.
 */
#ifndef MC_CONTENT_ITEM_KINDS_H
#define MC_CONTENT_ITEM_KINDS_H

#include "../base/handles.h"
#include "db/db.h"
#include "record/record.h"

/* What every kind's input begins with. */
typedef struct mc__item_input {
    size_t size;
    int64_t microcosm_id;
    const char *title, *edit_reason;
} mc__item_input;

/* Where the members that all items have stand in the kind's record. */
typedef struct mc__item_members {
    size_t title, id, microcosm_id, total_comments, total_views, breadcrumb, comments, meta;
    size_t last_comment; /* 0: it has none */
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
    MC_FIELD(input_, microcosm_id, "microcosmId", .flags = MC_FIELD_POSITIVE),                     \
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
    size_t page;      /* of the kind's page in mc_collection */
    bool is_attended; /* members say whether they come */
    /*
     * The kind's own rules; NULL where there are none. check adds its faults to those that are
     * noted already, for fields that have none yet, and gives what isn't given its default.
     * check_edit may read what is there.
     */
    int (*check)(mc_session *session, void *input, mc__purpose purpose);
    int (*check_edit)(mc_session *session, int64_t item_id, void *input);
    /* What a failure of its statements means; rc if there is no more to say. */
    int (*explain)(mc_session *session, int rc);
    /* Its own statements, in a batch of the engine's; their numbers are returned. */
    size_t (*add_get)(mc__batch *batch, int64_t site_id, int64_t item_id);
    size_t (*add_create)(mc__batch *batch, mc_session *session, const void *input);
    void (*add_edit)(mc__batch *batch, mc_session *session, int64_t item_id, const void *input);
    /* What a detail has beside the item's own row. */
    size_t (*add_details)(mc__batch *batch, int64_t site_id, int64_t item_id);
    int (*read_details)(void *record, mc__arena *arena, const PGresult *rows);
} mc__item_kind;

/* NULL: not the type of an item. */
const mc__item_kind *mc__item_kind_find(mc_item_type item_type);
const mc__item_kind *mc__item_kind_of(const void *record);
/* By number, from 0; NULL past the last. */
#define MC_ITEM_KINDS_MAX 8
const mc__item_kind *mc__item_kind_at(size_t number);

/* Each in the file of its name. */
extern const mc__item_kind mc__conversation_kind, mc__event_kind, mc__poll_kind;

#endif
