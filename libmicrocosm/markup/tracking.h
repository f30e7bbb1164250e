/* What links carry to follow people, or to credit those who recommend something for money. */
#ifndef MC_MARKUP_TRACKING_H
#define MC_MARKUP_TRACKING_H

#include "slice.h"

/* Appends a part of a link, what has no business there as percent codes. */
void mc__link_encode(mc__text *out, mc__slice part);
/* Whether it is a host of YouTube's. */
bool mc__is_video_host(mc__slice host);
/* Appends the query with its '?', without tracking; that of shops in the order of the names. */
void mc__put_query(mc__text *out, mc__slice host, mc__slice query);
/* Appends the plain path of a thing in a shop whose links have one, in place of path and query. */
bool mc__put_shop_item(mc__text *out, mc__slice host, mc__slice path, mc__slice query);

#endif
