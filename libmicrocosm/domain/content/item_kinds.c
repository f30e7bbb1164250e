/* The kinds of items, of which base/kinds.h has the list. */
#include "item_kinds.h"

#include "../base/kinds.h"

#define ROW(KIND, kind) &mc__##kind##_kind,

static const mc__item_kind *const kinds[] = {MC_ITEM_KINDS(ROW)};
_Static_assert(MC_COUNT(kinds) <= MC_ITEM_KINDS_MAX, "room for all of them");

const mc__item_kind *mc__item_kind_at(size_t number)
{
    return number < MC_COUNT(kinds) ? kinds[number] : NULL;
}

const mc__item_kind *mc__item_kind_find(mc_item_type item_type)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (kinds[i]->item_type == item_type)
            return kinds[i];
    return NULL;
}

const mc__item_kind *mc__item_kind_of(const void *record)
{
    for (size_t i = 0; i < MC_COUNT(kinds); i++)
        if (kinds[i]->record == mc_record_type(record))
            return kinds[i];
    return NULL;
}
