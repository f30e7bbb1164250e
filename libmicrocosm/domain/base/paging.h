/* Pages of lists and their links (docs/http/conventions.md#paging). */
#ifndef MC_BASE_PAGING_H
#define MC_BASE_PAGING_H

#include "record/record.h"

#include <microcosm.h>

/* Copies and checks limit and offset; options may be NULL. */
int mc__page_check(mc_page_options *out, mc_session *session, const mc_page_options *options);
/* MC_EINVAL if the offset is past the last page of that many things. */
int mc__page_fits(mc_session *session, const mc_page_options *options, int64_t total);
/* A page without items, its links made from options->path (or default_path) and options->query. */
mc_page *mc__page_make(mc__arena *arena, const mc_page_options *options, int64_t total,
                       const char *default_path, const char *list_type);
/* The same page with items that are written already: for JSON only. */
const mc_page *mc__page_rendered(mc__arena *arena, const mc_page *page, mc__raw items);

#endif
