/* What a function of the queue (domain/work/queue.h) is given. */
#ifndef MC_BASE_QUEUE_PART_H
#define MC_BASE_QUEUE_PART_H

#include "core/core.h"
#include "statements.h"

#include <microcosm.h>

/* Rows that a function does together, in the order in which they were put. */
typedef struct mc__queue_part {
    mc_app *app;
    mc__problem *problem; /* why it has failed, for the operator */
    const mc__queue_take_row *rows;
    size_t count;
    bool is_kept; /* set by it: it will say later what became of them */
} mc__queue_part;

/* 0, or an error code: then all of its rows have failed. */
typedef int mc__queue_work(mc__queue_part *part);

#endif
