/**
 * What the actor may do, and why. Every read and write makes the same decision.
 */
#ifndef MICROCOSM_PERMISSIONS_H
#define MICROCOSM_PERMISSIONS_H

#include <microcosm/common.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The thing that permissions are asked for; 0 and MC_ITEM_NONE where not given. */
typedef struct mc_permission_query {
    size_t size;            /**< Set by the initialiser. */
    mc_item_type item_type; /**< Kind of the thing. */
    int64_t item_id;        /**< Its id. */
    int64_t microcosm_id;   /**< What the thing is in, or would be in. */
} mc_permission_query;

#define MC_PERMISSION_QUERY_INIT                                                                   \
    {                                                                                              \
        sizeof(mc_permission_query), MC_ITEM_NONE, 0, 0                                            \
    }

/**
 * What the session's actor may do (docs/http/permissions.md#the-algorithm).
 *
 * @param[out] out          freed with mc_record_free()
 * @param[out] explanation  if not NULL: the reasons, in English, a line for each, which begins with
 *                          what it decides ("create, read: ..."); owned by the session, valid until
 *                          its next call. mc_permissions.why has the same
 * @return 0, MC_EINVAL (negative id), MC_ESTATE (no site entered), MC_EUNAVAILABLE, ...
 */
MC_API int mc_permissions_get(mc_permissions **out, const char **explanation, mc_session *session,
                              const mc_permission_query *query);

#ifdef __cplusplus
}
#endif
#endif
