/* What the files of input share: an input struct that is being made, and its faults. */
#ifndef MC_RECORD_INPUT_H
#define MC_RECORD_INPUT_H

#include "record.h"

typedef struct mc__input {
    mc__problem *problem;
    mc__arena *arena;
    const mc_type *type;
    void *input;
    mc__purpose purpose;
    const char *within; /* of what list it is an item, as "choices[2]."; else "" */
    uint64_t faulty;    /* bit i: field i is at fault already, so don't say that it is missing too;
                           a test sees that no type has more than 64 fields */
} mc__input;

/* Notes a fault of field i. */
void mc__input_blame(mc__input *r, size_t i, const char *message);
/* The input that is item n of field i, a list. NULL: no memory, which the arena remembers. */
void *mc__input_begin_item(mc__input *out, mc__input *r, size_t i, size_t n);
/* Notes what is wrong with the fields' values; fails only for want of memory. */
int mc__input_check(mc__input *r);
/* From a body. What is wrong with single fields is noted; fails for what is no such body at all. */
int mc__input_read_json(mc__input *r, const char *body, size_t length);
int mc__input_read_form(mc__input *r, const char *body, size_t length);

#endif
