/* See render_again.h. Pages show the same meanwhile: comment_record.c renders on sight. */
#include "render_again.h"

#include "../base/handles.h"
#include "../base/links.h"
#include "comment_text.h"
#include "record/record.h"
#include "statements.h"

#define ROWS 200
#define LOOK_EVERY_MS 60000 /* another process may be at it, or the database away */
/* The longest time for one step, and the pause behind it: other background work waits for it. */
#define STEP_MS 100
#define PAUSE_MS 100
#define WAIT_MS 100 /* for a connection */

typedef struct rendered_again {
    int64_t sites[ROWS], comments[ROWS], revisions[ROWS];
    const char *html[ROWS];
    size_t count;
    int64_t last_site, last_comment;
    bool is_done;
} rendered_again;

static int add(rendered_again *out, mc_app *app, mc__arena *arena,
               const mc__comments_next_rendered_row *row)
{
    const char *html = mc__comment_render_again(
        arena, &(mc__outdated_comment){
                   .comment_id = row->comment_id,
                   .markdown = row->markdown,
                   .html = row->html,
                   .site_url = mc__site_url(app, arena, row->site_id, row->subdomain_key,
                                            row->domain, row->force_ssl),
                   .site_host = mc__site_host(app, arena, row->site_id, row->subdomain_key)});

    if (!html || arena->failed)
        return MC_ENOMEM;
    out->sites[out->count] = row->site_id;
    out->comments[out->count] = row->comment_id;
    out->revisions[out->count] = row->revisions;
    out->html[out->count++] = html;
    return 0;
}

static int write_again(mc__db *db, const rendered_again *made)
{
    mc_batch(batch);

    mc__add_comments_render_again(
        &batch, &(mc__comments_render_again_in){.renderer = MC__RENDERER,
                                                .site_ids = {made->sites, made->count},
                                                .comment_ids = {made->comments, made->count},
                                                .revisions = {made->revisions, made->count},
                                                .htmls = {made->html, made->count},
                                                .last_site_id = made->last_site,
                                                .last_comment_id = made->last_comment,
                                                .is_done = made->is_done});
    return mc__db_run(db, &batch, MC_WRITE_QUIETLY);
}

/* Goes on by so many comments, or until the time is over. *is_done: none are left. */
static int go_on(mc_app *app, mc__db *db, int64_t end, bool *is_done)
{
    mc_scratch_arena(arena);
    mc_batch(batch);
    rendered_again made = {0};
    const PGresult *rows;
    int rc;

    mc__add_comments_next_rendered(
        &batch, &(mc__comments_next_rendered_in){.renderer = MC__RENDERER, .limit = ROWS});
    rc = mc__db_run(db, &batch, MC_READ);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    made.is_done = *is_done = PQntuples(rows) == 0;
    if (*is_done)
        return 0;
    for (int i = 0; i < PQntuples(rows) && (i == 0 || mc__monotonic_ms() < end); i++) {
        mc__comments_next_rendered_row row = mc__read_comments_next_rendered(rows, i);

        if (row.markdown && add(&made, app, &arena, &row) < 0)
            return mc__fail(db->problem, MC_ENOMEM, "out of memory");
        made.last_site = row.site_id;
        made.last_comment = row.comment_id;
        made.is_done = i + 1 == PQntuples(rows) && i + 1 < ROWS;
    }
    *is_done = made.is_done;
    return write_again(db, &made);
}

int64_t mc__render_again_step(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), due = atomic_load(&app->render_due), wait = PAUSE_MS;
    mc__problem problem = {0};
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = WAIT_MS};
    bool is_done = false;
    int rc = 0;

    if (now < due)
        return due - now;
    while (rc == 0 && !is_done && mc__monotonic_ms() < now + STEP_MS)
        rc = go_on(app, &db, now + STEP_MS, &is_done);
    mc__problem_release(&problem);
    if (rc < 0 || is_done)
        wait = LOOK_EVERY_MS;
    atomic_store(&app->render_due, mc__monotonic_ms() + wait);
    return wait;
}
