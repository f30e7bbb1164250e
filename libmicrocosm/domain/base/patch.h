/* PATCH of flags: checks operations and rights. */
#ifndef MC_BASE_PATCH_H
#define MC_BASE_PATCH_H

#include "record/record.h"

#include <microcosm.h>

typedef struct mc__flag_changes {
    mc_choice sticky, open, deleted, moderated;
    const char *note; /* generated edit reason */
} mc__flag_changes;

/* The operations of a body, or of the caller's list. */
typedef struct mc__patch {
    mc__patch_op *ops;
    size_t count;
} mc__patch;
/* source: a body, or as given a list of mc_patch_op with its number as length. */
int mc__patch_take(mc__patch *out, mc_session *session, const mc__source *source);
/*
 * Checks operations on a resource in the order of docs/http/conventions.md#patch: the right to
 * update, types of values, paths, rights to the flags. is_comment: only deleted and moderated
 * exist.
 */
int mc__patch_judge(mc__flag_changes *out, mc_session *session, const mc__patch *patch,
                    const mc_permissions *permissions, bool is_comment);

#endif
