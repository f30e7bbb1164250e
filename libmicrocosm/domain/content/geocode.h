/* The service that finds places. */
#ifndef MC_CONTENT_GEOCODE_H
#define MC_CONTENT_GEOCODE_H

#include "core/core.h"

typedef struct mc__geocoder mc__geocoder;

/* url: of the operator's, or NULL. 0, MC_EINVAL if it is no address, with the reason in problem. */
int mc__geocoder_new(mc__geocoder **out, mc__problem *problem, const char *url, int64_t wait_ms);
void mc__geocoder_free(mc__geocoder *geocoder); /* NULL is allowed */

#endif
