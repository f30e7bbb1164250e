/* The list of all items of a kind. */
#ifndef MC_CONTENT_ITEM_LIST_H
#define MC_CONTENT_ITEM_LIST_H

#include <microcosm.h>

/* Implements the kinds' public functions. */
int mc__items_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                   const mc_item_filter *filter, const mc_page_options *options);

/* A list of one microcosm, whether or not the actor ignores it: MC_EFORBIDDEN or MC_ENOTFOUND
 * unless the actor may read in it. */
int mc__list_one_microcosm(mc_int64s *out, mc_session *session, int64_t microcosm_id);

#endif
