/* Field tables of what is in microcosms: records of items, and the inputs of all that is here. */
#ifndef MC_CONTENT_TYPES_H
#define MC_CONTENT_TYPES_H

#include "record/record.h"

/* item_records.c */
extern const mc_type mc__last_comment_type, mc__conversation_type, mc__event_type,
    mc__poll_choice_type, mc__poll_type;

/* position.c */
extern const mc_type mc__position_type;

/* beside what reads them */
extern const mc_type mc__conversation_edit_type, mc__event_edit_type, mc__poll_edit_type,
    mc__poll_choice_edit_type, mc__comment_edit_type;

#endif
