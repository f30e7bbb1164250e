/* Lists for operators: by id, some at a time. */
#ifndef MC_BASE_OPERATOR_LIST_H
#define MC_BASE_OPERATOR_LIST_H

#include "call.h"
#include "record/record.h"

/* Begins a call that needs neither site nor actor, checks its parameters and puts in the default.
 */
int mc__operator_list_begin(const void *out, mc_session *session, int64_t after, int64_t *limit);
/* Makes records of at most limit rows; *more: whether there was one row more. */
int mc__operator_list_read(mc_session *session, mc__arena *arena, mc_list *out, bool *more,
                           const mc_type *type, const PGresult *rows, int64_t limit);

#endif
