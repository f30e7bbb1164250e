/* See update_making.h. The rules are in sql/people/updates.sql. */
#include "update_making.h"

#include "../base/handles.h"
#include "../base/kinds.h"

#include <string.h>

/* Rows of updates that a statement of a job writes or deletes. */
#define ROWS 500

static bool is_created(const mc__queue_take_row *row)
{
    return strcmp(row->action, "create") == 0;
}

static void add_item(mc__batch *batch, const mc__queue_take_row *row)
{
    if (is_created(row))
        mc__add_updates_of_item(batch, &(mc__updates_of_item_in){row->site_id, row->item_id});
    else if (row->item_type == MC_ITEM_POLL && row->is_vote)
        mc__add_updates_of_vote(batch, &(mc__updates_of_vote_in){.site_id = row->site_id,
                                                                 .item_id = row->item_id,
                                                                 .profile_id = row->profile_id,
                                                                 .created = row->created});
}

/* Adds the statement for a change, if it is one that anybody is told of. */
static void add(mc__batch *batch, const mc__queue_take_row *row)
{
    if (mc__kind_can((mc_item_type)row->item_type, MC_IS_ITEM))
        add_item(batch, row);
    else if (row->item_type == MC_ITEM_COMMENT)
        mc__add_updates_of_comment(batch, &(mc__updates_of_comment_in){.site_id = row->site_id,
                                                                       .comment_id = row->item_id,
                                                                       .is_new = is_created(row),
                                                                       .details = row->details});
    else if (row->item_type == MC_ITEM_ATTENDEE)
        mc__add_updates_of_attendee(batch,
                                    &(mc__updates_of_attendee_in){.site_id = row->site_id,
                                                                  .item_id = row->parent_id,
                                                                  .profile_id = row->item_id});
}

int mc__updates_make(mc__queue_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);

    for (size_t i = 0; i < part->count; i++)
        add(&batch, &part->rows[i]);
    return batch.count > 0 ? mc__db_run(&db, &batch, MC_WRITE_QUIETLY) : 0;
}

int mc__updates_remind(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_updates_remind(&batch, &(mc__updates_remind_in){.limit = ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_updates_remind(mc__batch_rows(&batch, 0), 0).rows < ROWS;
    return rc;
}

int mc__updates_trim(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_updates_trim(&batch, &(mc__updates_trim_in){.limit = ROWS});
    rc = mc__db_run(&db, &batch, MC_WRITE_QUIETLY);
    part->is_done = rc == 0 && mc__read_updates_trim(mc__batch_rows(&batch, 0), 0).rows == 0;
    return rc;
}
