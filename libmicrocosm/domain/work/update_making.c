/* See update_making.h. The rules are in sql/work/updates.sql. */
#include "update_making.h"

#include "../base/handles.h"
#include "../base/kinds.h"
#include "mail.h"
#include "statements.h"

#include <string.h>

/* Rows of updates that a statement of a job writes or deletes. */
#define ROWS 500

static bool is_created(const mc__queue_take_row *row)
{
    return strcmp(row->action, "create") == 0;
}

static void of_item(mc__batch *batch, const mc__queue_take_row *row, bool sends_mail)
{
    if (is_created(row))
        mc__add_updates_of_item(batch, &(mc__updates_of_item_in){.site_id = row->site_id,
                                                                 .item_id = row->item_id,
                                                                 .sends_mail = sends_mail});
    else if (row->item_type == MC_ITEM_POLL && row->is_vote)
        mc__add_updates_of_vote(batch, &(mc__updates_of_vote_in){.site_id = row->site_id,
                                                                 .item_id = row->item_id,
                                                                 .profile_id = row->profile_id,
                                                                 .created = row->created,
                                                                 .sends_mail = sends_mail});
}

static void of_comment(mc__batch *batch, const mc__queue_take_row *row, bool sends_mail)
{
    mc__add_updates_of_comment(batch, &(mc__updates_of_comment_in){.site_id = row->site_id,
                                                                   .comment_id = row->item_id,
                                                                   .is_new = is_created(row),
                                                                   .details = row->details,
                                                                   .sends_mail = sends_mail});
}

static void of_attendee(mc__batch *batch, const mc__queue_take_row *row, bool sends_mail)
{
    mc__add_updates_of_attendee(batch, &(mc__updates_of_attendee_in){.site_id = row->site_id,
                                                                     .item_id = row->parent_id,
                                                                     .profile_id = row->item_id,
                                                                     .sends_mail = sends_mail});
}

static void of_profile(mc__batch *batch, const mc__queue_take_row *row, bool sends_mail)
{
    if (is_created(row) && sends_mail)
        mc__add_updates_of_profile(batch, &(mc__updates_of_profile_in){.site_id = row->site_id,
                                                                       .profile_id = row->item_id,
                                                                       .sends_mail = sends_mail});
}

/* Adds the statement for a change, if it is one that anybody is told of. */
static void add(mc__batch *batch, const mc__queue_take_row *row, bool sends_mail)
{
    if (mc__kind_can((mc_item_type)row->item_type, MC_IS_ITEM))
        of_item(batch, row, sends_mail);
    else if (row->item_type == MC_ITEM_COMMENT)
        of_comment(batch, row, sends_mail);
    else if (row->item_type == MC_ITEM_ATTENDEE)
        of_attendee(batch, row, sends_mail);
    else if (row->item_type == MC_ITEM_PROFILE)
        of_profile(batch, row, sends_mail);
}

int mc__updates_make(mc__queue_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    bool sends_mail = mc__mail_is_on(part->app);
    mc_batch(batch);

    for (size_t i = 0; i < part->count; i++)
        add(&batch, &part->rows[i], sends_mail);
    return batch.count > 0 ? mc__db_run(&db, &batch, MC_WRITE_QUIETLY) : 0;
}

int mc__updates_remind(mc__job_part *part)
{
    mc__db db = {.pool = part->app->pool, .problem = part->problem, .site_id = 0};
    mc_batch(batch);
    int rc;

    mc__add_updates_remind(
        &batch, &(mc__updates_remind_in){.limit = ROWS, .sends_mail = mc__mail_is_on(part->app)});
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
