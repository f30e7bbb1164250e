/*
 * Legal documents: ours, or those of the operator's folder. Each is made into HTML once, when the
 * app is made; what differs from site to site is put in when it is asked for.
 */
#ifndef MC_SITES_LEGAL_H
#define MC_SITES_LEGAL_H

#include "core/core.h"

#include <microcosm.h>

/* One of ours, as Markdown behind a line "Date: YYYY-MM-DD". */
typedef struct mc__legal_text {
    const char *name, *markdown;
} mc__legal_text;

extern const mc__legal_text mc__legal_texts[]; /* the one behind the last has no name */

struct mc__legal;

/* MC_EINVAL (the folder or a file in it can't be used), MC_ENOMEM. */
int mc__legal_new(struct mc__legal **out, mc__problem *problem, const mc_app_options *options);
void mc__legal_free(struct mc__legal *legal);
MC_DEFINE_AUTO(struct mc__legal *, mc__legal_free)

#endif
