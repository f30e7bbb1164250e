/* What exports and imports share: the kinds of files, their report, who is told of the progress. */
#ifndef MC_TRANSFER_MOVING_H
#define MC_TRANSFER_MOVING_H

#include "archive/archive.h"
#include "record/record.h"

#include "../base/handles.h"

#include <microcosm.h>

#define MC_MOVE_PROBLEMS_MOST 100
#define MC_MOVE_SITE_FILE "site.json"

/* Kinds of files, in the order in which they are moved. */
typedef enum mc__move_kind {
    MC_MOVE_PROFILES,
    MC_MOVE_FORUMS,
    MC_MOVE_CONVERSATIONS,
    MC_MOVE_COMMENTS,
    MC_MOVE_HUDDLES,
    MC_MOVE_MESSAGES,
    MC_MOVE_ATTACHMENTS,
    MC_MOVE_FOLLOWS,
    MC_MOVE_ROLES,
    MC_MOVE_KINDS
} mc__move_kind;

/* The folder of a kind. */
const char *mc__move_folder(mc__move_kind kind);

/* A report that is being made, and its list of problems. */
typedef struct mc__moving {
    mc_session *session;
    mc_move_report *report;
    mc_move_count *counts[MC_MOVE_KINDS];
    const char **problems;
    mc_move_progress_fn progress;
    void *progress_data;
} mc__moving;

/* Makes the report, which the caller frees. MC_ESTATE if the session is in a transaction, or on a
 * connection of the host's. */
int mc__moving_begin(mc__moving *out, mc_session *session, mc_move_progress_fn progress,
                     void *progress_data);
int mc__moving_note(mc__moving *moving, const char *format, ...) MC_PRINTF(2, 3);
/* MC_EBUSY if whoever is told ends it. */
int mc__moving_tell(mc__moving *moving, const char *stage, int64_t done, int64_t total);

#endif
