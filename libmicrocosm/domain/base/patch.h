/* PATCH of flags: what may be asked, by whom. */
#ifndef MC_BASE_PATCH_H
#define MC_BASE_PATCH_H

#include "record/record.h"

#include <microcosm.h>

typedef struct mc__flag_changes {
    mc_choice sticky, open, deleted, moderated;
    const char *note; /* generated edit reason */
} mc__flag_changes;

/* From the library's own struct to what mc__patch_read() makes. */
int mc__patch_copy(mc_session *session, mc__patch_op **out, const mc_patch_op *ops, size_t count);
/*
 * Judges operations on a thing in the contract's order (conventions.md 12): update right, kinds of
 * value, paths, who may. is_comment: only deleted and moderated are offered.
 */
int mc__patch_judge(mc__flag_changes *out, mc_session *session, const mc__patch_op *ops,
                    size_t count, const mc_permissions *permissions, bool is_comment);

#endif
