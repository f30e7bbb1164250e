/* Field tables of items. */
#include "../base/types.h"
#include "types.h"

static const mc__field last_comment_fields[] = {
    MC_FIELD(mc_last_comment, id, "id"),
    MC_FIELD(mc_last_comment, created, "created"),
    MC_FIELD(mc_last_comment, created_by, "createdBy", .type = &mc__profile_type),
};
const mc_type mc__last_comment_type = MC_TYPE(mc_last_comment, "last_comment", last_comment_fields);

static const mc__field conversation_fields[] = {
    MC_FIELD(mc_conversation, id, "id"),
    MC_FIELD(mc_conversation, title, "title"),
    MC_FIELD(mc_conversation, microcosm_id, "microcosmId"),
    MC_FIELD(mc_conversation, breadcrumb, "breadcrumb", .type = &mc__link_type),
    MC_FIELD(mc_conversation, comments, "comments", .type = &mc__page_type,
             .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_conversation, total_comments, "totalComments", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_conversation, total_views, "totalViews", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_conversation, last_comment, "lastComment", .type = &mc__last_comment_type,
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_conversation, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__conversation_type = MC_TYPE(mc_conversation, "conversation", conversation_fields);

static const mc__field event_fields[] = {
    MC_FIELD(mc_event, id, "id"),
    MC_FIELD(mc_event, title, "title"),
    MC_FIELD(mc_event, microcosm_id, "microcosmId"),
    MC_FIELD(mc_event, breadcrumb, "breadcrumb", .type = &mc__link_type),
    MC_FIELD(mc_event, when, "when", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, tz, "tz"),
    MC_FIELD(mc_event, when_tz, "whentz", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, duration, "duration", .flags = MC_FIELD_OPTIONAL,
             .with_time = offsetof(mc_event, when)),
    MC_FIELD(mc_event, where, "where", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, lat, "lat", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, lon, "lon", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, north, "north", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, east, "east", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, south, "south", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, west, "west", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, status, "status"),
    MC_FIELD(mc_event, rsvp_limit, "rsvpLimit"),
    MC_FIELD(mc_event, rsvp_attend, "rsvpAttend", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, rsvp_spaces, "rsvpSpaces", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, comments, "comments", .type = &mc__page_type, .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_event, total_comments, "totalComments", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_event, total_views, "totalViews", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_event, last_comment, "lastComment", .type = &mc__last_comment_type,
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_event, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__event_type = MC_TYPE(mc_event, "event", event_fields);

static const mc__field poll_choice_fields[] = {
    MC_FIELD(mc_poll_choice, id, "id"),
    MC_FIELD(mc_poll_choice, choice, "choice"),
    MC_FIELD(mc_poll_choice, order, "order"),
    MC_FIELD(mc_poll_choice, votes, "votes"),
    MC_FIELD(mc_poll_choice, voter_count, "voterCount"),
};
const mc_type mc__poll_choice_type = MC_TYPE(mc_poll_choice, "poll_choice", poll_choice_fields);

static const mc__field poll_fields[] = {
    MC_FIELD(mc_poll, id, "id"),
    MC_FIELD(mc_poll, title, "title"),
    MC_FIELD(mc_poll, microcosm_id, "microcosmId"),
    MC_FIELD(mc_poll, breadcrumb, "breadcrumb", .type = &mc__link_type),
    MC_FIELD(mc_poll, question, "question"),
    MC_FIELD(mc_poll, multi, "multi"),
    MC_FIELD(mc_poll, poll_open, "pollOpen"),
    MC_FIELD(mc_poll, choices, "choices", .type = &mc__poll_choice_type,
             .flags = MC_FIELD_DETAIL_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_poll, voter_count, "voterCount", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_poll, poll_closes, "pollCloses", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_poll, hide_results, "hideResults", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_poll, results_hidden, "resultsHidden",
             .flags = MC_FIELD_DETAIL_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_poll, comments, "comments", .type = &mc__page_type, .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_poll, total_comments, "totalComments", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_poll, total_views, "totalViews", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_poll, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__poll_type = MC_TYPE(mc_poll, "poll", poll_fields);
