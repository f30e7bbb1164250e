/*
 * The records that all topics share: links, flags, pages, profiles, comments and others. They refer
 * to each other, so their field tables are together in types.c.
 */
#ifndef MC_BASE_TYPES_H
#define MC_BASE_TYPES_H

#include "record/record.h"

#include <microcosm.h>

extern const mc_type mc__link_type, mc__flags_type, mc__permissions_type, mc__stat_type,
    mc__meta_type, mc__page_type, mc__entry_type, mc__collection_type, mc__link_list_type,
    mc__profile_type, mc__comment_type, mc__permission_reason_type;

/* names.c */
extern const mc_type mc__profile_edit_type;

#endif
