/* The list of all items of a kind. */
#ifndef MC_CONTENT_ITEM_LIST_H
#define MC_CONTENT_ITEM_LIST_H

#include <microcosm.h>

/* Implements the kinds' public functions. */
int mc__items_list(mc_collection **out, mc_session *session, mc_item_type item_type,
                   const mc_item_filter *filter, const mc_page_options *options);

#endif
