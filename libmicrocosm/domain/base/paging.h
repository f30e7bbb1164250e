/* Pages of lists and their links (docs/http/conventions.md#paging). */
#ifndef MC_BASE_PAGING_H
#define MC_BASE_PAGING_H

#include "record/record.h"

#include <microcosm.h>

/* Copies and checks limit and offset; options may be NULL. */
int mc__page_check(mc_page_options *out, mc_session *session, const mc_page_options *options);
/* The same for a list without other orders than its own. */
int mc__page_check_usual(mc_page_options *out, mc_session *session, const mc_page_options *options);
/* The same for lists of which a page may end early: the offset may be inside a page, and the caller
 * uses mc__page_refuse_offset() unless a page ends there. */
int mc__page_check_limit(mc_page_options *out, mc_session *session, const mc_page_options *options);
int mc__page_refuse_offset(mc_session *session);
/* MC_EINVAL if the offset is past the last page of that many items. */
int mc__page_fits(mc_session *session, const mc_page_options *options, int64_t total);
/* A page without items, its links made from options->path (or default_path) and options->query. */
mc_page *mc__page_make(mc__arena *arena, const mc_page_options *options, int64_t total,
                       const char *default_path, const char *list_type);
/* The same for a page that goes on to the item at offset + shown only. */
mc_page *mc__page_make_short(mc__arena *arena, const mc_page_options *options, int64_t shown,
                             int64_t total, const char *default_path, const char *list_type);
/* The same page with items that are JSON already; only for writing as JSON. */
const mc_page *mc__page_rendered(mc__arena *arena, const mc_page *page, mc__raw items);

#endif
