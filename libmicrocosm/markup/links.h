/*
 * Where links may lead, and how they are written.
 */
#ifndef MC_MARKUP_LINKS_H
#define MC_MARKUP_LINKS_H

#include "slice.h"

#define MC__LINK_MAX 4096 /* bytes in a link; longer ones are no links */

/* The names by which links know the site itself. */
typedef struct mc__home {
    const char *host[2]; /* with the port, if any; not NUL-terminated */
    size_t length[2];
} mc__home;

void mc__home_init(mc__home *home, const char *site_url, const char *site_domain);

typedef enum mc__link_kind {
    MC__LINK_BAD, /* leads nowhere, or somewhere it must not */
    MC__LINK_RELATIVE,
    MC__LINK_ABSOLUTE, /* http and https to other sites */
    MC__LINK_MAIL
} mc__link_kind;

/*
 * Appends a link in the form it is published in: to the site itself by its path, to others without
 * known tracking parameters; what has no business in a link as percent codes. Appends nothing for
 * MC__LINK_BAD. Any byte may be in the url; entities must have been decoded.
 */
mc__link_kind mc__link_clean(mc__text *out, const mc__home *home, const char *url, size_t length);

/* Appends the player that belongs behind a link to that cleaned URL. False if there is none. */
bool mc__player(mc__text *out, const char *url, size_t length);

#endif
