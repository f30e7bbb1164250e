/* Field tables of this folder: records of items, and inputs. */
#ifndef MC_CONTENT_TYPES_H
#define MC_CONTENT_TYPES_H

#include "record/record.h"

/* item_records.c */
extern const mc_type mc__last_comment_type, mc__conversation_type, mc__event_type,
    mc__poll_choice_type, mc__poll_type;

/* huddle_records.c */
extern const mc_type mc__huddle_type, mc__participant_type;

/* position.c */
extern const mc_type mc__position_type;

/* in the files that read these inputs */
extern const mc_type mc__conversation_edit_type, mc__event_edit_type, mc__poll_edit_type,
    mc__poll_choice_edit_type, mc__comment_edit_type, mc__huddle_edit_type,
    mc__huddle_participant_edit_type, mc__huddle_participants_edit_type;

/* attributes.c */
extern const mc_type mc__attribute_type, mc__attribute_edit_type, mc__attributes_edit_type;

/* files.c and attachments.c */
extern const mc_type mc__file_type, mc__file_list_type, mc__attachment_type,
    mc__attachment_edit_type;

/* calendars.c */
extern const mc_type mc__calendar_link_type;

/* attendees.c and votes.c */
extern const mc_type mc__attendee_type, mc__attendee_edit_type, mc__attendees_edit_type,
    mc__poll_vote_type, mc__poll_vote_edit_type;

#endif
