/* PATCH of flags: what may be asked, by whom. */
#ifndef MC_BASE_PATCH_H
#define MC_BASE_PATCH_H

#include "record/record.h"

#include <microcosm.h>

typedef struct mc__flag_changes {
    mc_choice sticky, open, deleted, moderated;
    const char *note; /* generated edit reason */
} mc__flag_changes;

/* The operations of a body, or of a caller's list. */
typedef struct mc__patch {
    mc__patch_op *ops;
    size_t count;
} mc__patch;
/* source: a body, or as given a list of mc_patch_op with its number as length. */
int mc__patch_take(mc__patch *out, mc_session *session, const mc__source *source);
/*
 * Judges operations on a thing, in the order of docs/http/conventions.md#patch: update right, kinds
 * of value, paths, who may. is_comment: only deleted and moderated are offered.
 */
int mc__patch_judge(mc__flag_changes *out, mc_session *session, const mc__patch *patch,
                    const mc_permissions *permissions, bool is_comment);

#endif
