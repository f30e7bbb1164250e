/* The kinds of work that follow writes. */
#include "queue.h"

const mc__queue_kind mc__queue_kinds[] = {
    {.name = NULL},
};
const size_t mc__queue_kind_count = MC_COUNT(mc__queue_kinds) - 1;
