/* Addresses that people give for pictures and links of a site. */
#ifndef MC_SITES_ADDRESS_H
#define MC_SITES_ADDRESS_H

#include "core/core.h"

#define MC_ADDRESS_MAX 2000
#define MC_PICTURE_FAULT "must be an http or https address, or a path that begins with /"

/* The normalised address of a picture; "" stays "". NULL if it can't be used for one. */
const char *mc__picture_address(mc__arena *arena, const char *url);
/* The same of a logo: "" also for a picture of our own, as clients send back what they have read.
 */
const char *mc__logo_address(mc__arena *arena, const char *url);
/* The normalised address of a link, without white space around it: http, https, mailto, or relative
 * to the site. NULL for all else, such as javascript. */
const char *mc__link_address(mc__arena *arena, const char *given);

#endif
