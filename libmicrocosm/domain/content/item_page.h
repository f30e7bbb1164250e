/* One item with a page of its comments. */
#ifndef MC_CONTENT_ITEM_PAGE_H
#define MC_CONTENT_ITEM_PAGE_H

#include <microcosm.h>

/* Implement the kinds' public functions. */
int mc__item_get(void **out, mc_session *session, mc_item_type item_type, int64_t item_id,
                 const mc_page_options *options);
int mc__item_json(mc_buffer *out, mc_session *session, mc_item_type item_type, int64_t item_id,
                  const mc_page_options *options);

#endif
