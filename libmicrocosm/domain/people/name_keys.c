/* See name_keys.h. */
#include "name_keys.h"

#include "../base/handles.h"
#include "../base/names.h"
#include "record/record.h"
#include "statements.h"

#define ROWS 500
#define EVERY_MS 10000
#define WAIT_MS 100 /* for a connection: other background work isn't to be delayed */

static int out_of_memory(mc__problem *problem)
{
    return mc__fail(problem, MC_ENOMEM, "out of memory");
}

static void log_doubles(mc_app *app, int64_t doubles)
{
    if (doubles > 0)
        mc__log_write(&app->log, MC_LOG_WARNING,
                      "%lld profiles have names that look like those of older profiles of their "
                      "site: they keep them, but can't be mentioned",
                      (long long)doubles);
}

/* Makes the keys of some profiles; *more: there may be others. */
static int fill_profiles(mc_app *app, mc__db *db, bool *more)
{
    int64_t sites[ROWS], profiles[ROWS];
    const char *keys[ROWS], *looks[ROWS], *orders[ROWS];
    mc_scratch_arena(arena);
    mc_batch(find);
    mc_batch(set);
    size_t count;
    int rc;

    mc__add_profiles_without_key(&find, &(mc__profiles_without_key_in){ROWS});
    rc = mc__db_run(db, &find, MC_READ);
    if (rc < 0)
        return rc;
    count = (size_t)PQntuples(mc__batch_rows(&find, 0));
    for (size_t i = 0; i < count; i++) {
        mc__profiles_without_key_row row =
            mc__read_profiles_without_key(mc__batch_rows(&find, 0), (int)i);
        mc__name_keys made;

        if (mc__name_keys_make(&made, &arena, row.profile_name) < 0)
            return out_of_memory(db->problem);
        sites[i] = row.site_id;
        profiles[i] = row.profile_id;
        keys[i] = made.key;
        looks[i] = made.look;
        orders[i] = made.order;
    }
    *more = count == ROWS;
    if (count == 0)
        return 0;
    mc__add_profiles_set_keys(&set, &(mc__profiles_set_keys_in){.site_ids = {sites, count},
                                                                .profile_ids = {profiles, count},
                                                                .keys = {keys, count},
                                                                .looks = {looks, count},
                                                                .orders = {orders, count}});
    rc = mc__db_run(db, &set, MC_WRITE_QUIETLY);
    if (rc == 0)
        log_doubles(app, mc__read_profiles_set_keys(mc__batch_rows(&set, 0), 0).doubles);
    return rc;
}

static int fill_reserved(mc__db *db, bool *more)
{
    const char *names[ROWS], *keys[ROWS];
    mc_scratch_arena(arena);
    mc_batch(find);
    mc_batch(set);
    size_t count;
    int rc;

    mc__add_profiles_reserved_without_key(&find, &(mc__profiles_reserved_without_key_in){ROWS});
    rc = mc__db_run(db, &find, MC_READ);
    if (rc < 0)
        return rc;
    count = (size_t)PQntuples(mc__batch_rows(&find, 0));
    for (size_t i = 0; i < count; i++) {
        mc__name_keys made;

        names[i] = mc__read_profiles_reserved_without_key(mc__batch_rows(&find, 0), (int)i).name;
        if (mc__name_keys_make(&made, &arena, names[i]) < 0)
            return out_of_memory(db->problem);
        keys[i] = made.key;
    }
    *more = *more || count == ROWS;
    if (count == 0)
        return 0;
    mc__add_profiles_set_reserved_keys(
        &set, &(mc__profiles_set_reserved_keys_in){.names = {names, count}, .keys = {keys, count}});
    return mc__db_run(db, &set, MC_WRITE_QUIETLY);
}

static int fill_some(mc_app *app, mc__db *db, bool *more)
{
    int rc = fill_profiles(app, db, more);

    return rc < 0 ? rc : fill_reserved(db, more);
}

int mc__name_keys_fill(mc_app *app, mc__problem *problem)
{
    mc__db db = {.pool = app->pool, .problem = problem, .site_id = 0};
    bool more = true;
    int rc = 0;

    while (rc == 0 && more) {
        rc = fill_some(app, &db, &more);
        if (rc == MC_ECONFLICT) { /* a name was taken meanwhile, and the next look sees it */
            mc__problem_clear(problem);
            rc = 0;
            more = true;
        }
    }
    return rc;
}

int64_t mc__name_keys_step(mc_app *app)
{
    int64_t now = mc__monotonic_ms(), due = atomic_load(&app->name_keys_due);
    mc__problem problem = {0};
    mc__db db = {.pool = app->pool, .problem = &problem, .site_id = 0, .wait_ms = WAIT_MS};
    bool more = false;

    if (now < due)
        return due - now;
    if (fill_some(app, &db, &more) < 0)
        more = false;
    mc__problem_release(&problem);
    atomic_store(&app->name_keys_due, mc__monotonic_ms() + (more ? 0 : EVERY_MS));
    return more ? 0 : EVERY_MS;
}
