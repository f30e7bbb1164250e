/* See huddle_records.h. */
#include "huddle_records.h"

#include "../base/handles.h"
#include "../base/links.h"
#include "../base/types.h"
#include "types.h"

static const mc__field huddle_fields[] = {
    MC_FIELD(mc_huddle, id, "id"),
    MC_FIELD(mc_huddle, title, "title"),
    MC_FIELD(mc_huddle, is_confidential, "isConfidential", .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_huddle, total_comments, "totalComments", .flags = MC_FIELD_SUMMARY_ONLY),
    MC_FIELD(mc_huddle, participants, "participants", .type = &mc__profile_type),
    MC_FIELD(mc_huddle, comments, "comments", .type = &mc__page_type,
             .flags = MC_FIELD_DETAIL_ONLY),
    MC_FIELD(mc_huddle, last_comment_id, "lastCommentId",
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_huddle, last_comment_created_by, "lastCommentCreatedBy", .type = &mc__profile_type,
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_huddle, last_comment_created, "lastCommentCreated",
             .flags = MC_FIELD_SUMMARY_ONLY | MC_FIELD_OPTIONAL),
    MC_FIELD(mc_huddle, meta, "meta", .type = &mc__meta_type),
};
const mc_type mc__huddle_type = MC_TYPE(mc_huddle, "huddle", huddle_fields);

static const mc__field participant_fields[] = {
    MC_FIELD(mc_participant, id, "id"),
    MC_FIELD(mc_participant, participant, "participant", .type = &mc__profile_type),
};
const mc_type mc__participant_type = MC_TYPE(mc_participant, "participant", participant_fields);

int mc__huddle_fill(mc__arena *arena, mc_huddle *huddle, const mc__columns *columns,
                    const PGresult *rows, int row)
{
    int rc = mc__record_decode(huddle, arena, columns, rows, row);
    mc_meta *meta = (mc_meta *)huddle->meta;
    size_t capacity = 0;

    if (rc < 0 || !meta)
        return MC_ENOMEM;
    if (!meta->flags)
        meta->flags = mc__record_make(arena, &mc__flags_type);
    mc__profile_finish(arena, (mc_profile *)meta->created_by);
    mc__profile_finish(arena, (mc_profile *)huddle->last_comment_created_by);
    mc__link_add(arena, &meta->links, &capacity, "self", mc__href(arena, "huddles", huddle->id),
                 NULL);
    return arena->failed ? MC_ENOMEM : 0;
}

static bool is_of(const PGresult *rows, int row, int column, int64_t huddle_id)
{
    return row < PQntuples(rows) && mc__row_int(rows, row, column) == huddle_id;
}

static int add_participants(mc__arena *arena, mc_huddle *huddle, const mc__columns *columns,
                            const PGresult *rows, int column)
{
    size_t capacity = 0;
    int row = 0;

    while (row < PQntuples(rows) && !is_of(rows, row, column, huddle->id))
        row++;
    for (; is_of(rows, row, column, huddle->id); row++) {
        mc_profile *profile = mc__record_make(arena, &mc__profile_type);

        if (!profile || mc__record_decode(profile, arena, columns, rows, row) < 0)
            return MC_ENOMEM;
        mc__profile_finish(arena, profile);
        if (!mc__list_add(arena, &huddle->participants, &capacity, profile))
            return MC_ENOMEM;
    }
    return arena->failed ? MC_ENOMEM : 0;
}

int mc__huddles_add_participants(mc_session *session, mc__arena *arena, const mc_list *huddles,
                                 const PGresult *rows)
{
    int column = PQfnumber(rows, "huddle_id"), rc;
    mc__columns columns;

    rc = mc__columns_make(&columns, &session->scratch, &mc__profile_type, rows);
    for (size_t i = 0; rc == 0 && i < huddles->count; i++)
        rc = add_participants(arena, (mc_huddle *)huddles->items[i], &columns, rows, column);
    return rc;
}
