/* Shared by the input files: an input struct under construction, and its faults. */
#ifndef MC_RECORD_INPUT_H
#define MC_RECORD_INPUT_H

#include "record.h"

typedef struct mc__input {
    mc__problem *problem;
    mc__arena *arena;
    const mc_type *type;
    void *input;
    mc__purpose purpose;
    const char *within; /* prefix for paths of a list's item, such as "choices[2]."; else "" */
} mc__input;

/* Most items of a list: those of the field, or MC_INPUT_LIST_MAX. */
static inline size_t mc__input_list_max(const mc__field *field)
{
    return field->max_length ? (size_t)field->max_length : MC_INPUT_LIST_MAX;
}

/* Adds a fault of field i. */
void mc__input_blame(mc__input *r, size_t i, const char *message);
/* Begins item n of the list in field i. NULL: out of memory, and the arena has failed. */
void *mc__input_begin_item(mc__input *out, mc__input *r, size_t i, size_t n);
/* Checks the fields' values and adds their faults; fails only when out of memory. */
int mc__input_check(mc__input *r);
/* Reads a JSON body. Adds the faults of fields; fails if the body as a whole is malformed. */
int mc__input_read_json(mc__input *r, const char *body, size_t length);
int mc__input_read_form(mc__input *r, const char *body, size_t length);

#endif
