/* Imports a forum's files: mc_site_import() of include/microcosm/moving.h. */
#include "import.h"
#include "../access/actor.h"
#include "../base/call.h"
#include "../base/names.h"
#include "../find/old_addresses.h"
#include "statements.h"

#define LOCK "SELECT pg_try_advisory_lock(hashtextextended('microcosm import ' || $1, 0))"

/* Holds a lock for as long as the import takes, on a connection of its own. */
static int lock(mc__conn **out, mc_session *session, const char *target)
{
    mc_auto(PQclear) PGresult *rows = NULL;
    int rc = mc__pool_connect(out, session->app->pool, &session->problem);

    if (rc < 0)
        return rc;
    rows = PQexecParams(mc__conn_pg(*out), LOCK, 1, NULL, &target, NULL, NULL, 0);
    if (PQresultStatus(rows) != PGRES_TUPLES_OK)
        return mc__db_fail(&session->problem, mc__conn_pg(*out), rows);
    if (!mc__row_bool(rows, 0, 0))
        return mc__fail(&session->problem, MC_EBUSY, "another import into the site is running");
    return 0;
}

/* Waits until the server has given the lock up, so that the next import finds it free. */
static void unlock(mc_session *session, mc__conn *conn)
{
    if (!conn)
        return;
    PQclear(PQexec(mc__conn_pg(conn), "SELECT pg_advisory_unlock_all()"));
    mc__pool_close(session->app->pool, conn);
}

static int take_options(mc__importing *import, const mc_import_options *options)
{
    mc__problem *problem = &import->session->problem;

    if (!options->site_key || !mc__is_site_key(options->site_key))
        mc__fault(problem, "siteKey", "must be 1 to 50 of the letters a to z and digits");
    if (options->product && !mc__product_is_known(options->product))
        mc__fault(problem, "product", "is unknown");
    if (options->owner_id < 0)
        mc__fault(problem, "ownerId", "must not be negative");
    if (options->title &&
        (!*options->title || !mc__utf8_valid(options->title, strlen(options->title))))
        mc__fault(problem, "title", "must be a text that isn't empty");
    if (problem->shown.fault_count)
        return MC_EINVAL;
    import->target = mc__arena_strdup(&import->arena, options->site_key);
    import->product = options->product;
    import->title = options->title;
    import->owner_old_id = options->owner_id;
    return import->arena.failed ? mc__out_of_memory(import->session) : 0;
}

/* What site.json says, where no option says something else. */
static int describe(mc__importing *import)
{
    mc_session *session = import->session;
    mc__import_files_described_row row;
    mc_batch(batch);
    int rc;

    mc__add_import_files_described(
        &batch, &(mc__import_files_described_in){import->site_file ? import->site_file : "{}"});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    row = mc__read_import_files_described(mc__batch_rows(&batch, 0), 0);
    if (*row.problem)
        return mc__fault(&session->problem, MC_MOVE_SITE_FILE, "%s", row.problem);
    if (!import->product)
        import->product =
            mc__arena_strdup(&import->arena, *row.product ? row.product : "vbulletin");
    import->former_product = mc__arena_strdup(&import->arena, row.former_product);
    if (!import->title)
        import->title = mc__arena_strdup(&import->arena, row.title);
    if (!import->owner_old_id)
        import->owner_old_id = row.owner;
    if (!mc__product_is_known(import->product))
        mc__fault(&session->problem, MC_MOVE_SITE_FILE, "names an unknown product");
    if (!*import->title)
        mc__fault(&session->problem, "title", "is required");
    import->is_foreign = strcmp(import->product, "microcosm") != 0;
    if (import->arena.failed)
        return mc__out_of_memory(session);
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

/* Finds the site, and what has been imported into it. */
static int find_site(mc__importing *import)
{
    mc_session *session = import->session;
    mc_batch(batch);
    int rc;

    mc__add_import_files_site(&batch, &(mc__import_files_site_in){import->target});
    rc = mc__read_on_site(session, 0, &batch);
    if (rc < 0 || PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return rc;
    import->site_id = mc__read_import_files_site(mc__batch_rows(&batch, 0), 0).site_id;
    import->root_id = mc__read_import_files_site(mc__batch_rows(&batch, 0), 0).root_id;
    mc__batch_clear(&batch);
    batch.count = 0;
    mc__add_import_files_find_origin(&batch, &(mc__import_files_find_origin_in){
                                                 import->site_id, import->product, import->title});
    rc = mc__read_on_site(session, import->site_id, &batch);
    if (rc == 0 && PQntuples(mc__batch_rows(&batch, 0)))
        import->origin_id =
            mc__read_import_files_find_origin(mc__batch_rows(&batch, 0), 0).origin_id;
    return rc;
}

/* The address of who is to own a new site. */
static int load_owner(mc__importing *import, const char **email)
{
    mc_session *session = import->session;
    mc_batch(batch);
    int rc;

    mc__add_import_files_profile(
        &batch, &(mc__import_files_profile_in){import->target, import->owner_old_id});
    rc = mc__read_of_no_site(session, &batch);
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fault(&session->problem, "ownerId", "is of no profile in the files");
    *email = mc__import_email(import, &import->arena, import->owner_old_id,
                              mc__read_import_files_profile(mc__batch_rows(&batch, 0), 0).email);
    return import->arena.failed ? mc__out_of_memory(session) : 0;
}

/* The first characters of a text that may be longer. */
static const char *shorten(mc__arena *arena, const char *text, size_t most)
{
    size_t length = strlen(text), at = 0;

    while (at < length && most-- > 0)
        mc__utf8_next(text, length, &at);
    return mc__arena_copy(arena, text, at);
}

static int note_origin(mc__importing *import, bool made_site)
{
    mc__imports_origin_row row;
    mc_batch(batch);
    int rc;

    mc__add_imports_origin(&batch,
                           &(mc__imports_origin_in){.site_id = import->site_id,
                                                    .product = import->product,
                                                    .title = import->title,
                                                    .made_site = made_site,
                                                    .former_product = import->former_product});
    rc = mc__write_on_site(import->session, import->site_id, &batch);
    if (rc < 0)
        return rc;
    row = mc__read_imports_origin(mc__batch_rows(&batch, 0), 0);
    import->origin_id = row.origin_id;
    import->is_new = row.made_site;
    import->is_finished = row.is_finished;
    return 0;
}

/* The site and its origin in one transaction: so a site without one was there before. */
static int make_site(mc__importing *import, const char *email)
{
    mc_session *session = import->session;
    mc_site_edit edit = MC_SITE_EDIT_INIT;
    int rc = mc_session_begin(session);

    edit.title = shorten(&import->arena, import->title, 50);
    edit.subdomain_key = import->target;
    if (rc == 0 && import->arena.failed)
        rc = mc__out_of_memory(session);
    if (rc == 0)
        rc = mc_site_create(&import->site_id, session, &edit, email);
    if (rc == 0)
        rc = note_origin(import, true);
    if (rc == 0)
        return mc_session_commit(session);
    mc__db_leave(&session->db);
    mc__invalidate_pending(session);
    return rc;
}

static int prepare(mc__importing *import)
{
    const char *email = "";
    int rc;

    if (import->site_id)
        return note_origin(import, false);
    rc = load_owner(import, &email);
    if (rc == 0)
        rc = make_site(import, email);
    return rc < 0 ? rc : find_site(import);
}

static int check(mc__importing *import)
{
    const char *email;
    int rc = describe(import);

    if (rc == 0)
        rc = find_site(import);
    if (rc == 0 && !import->site_id)
        rc = load_owner(import, &email);
    return rc < 0 ? rc : mc__import_check(import);
}

static int run(mc__importing *import, bool is_dry)
{
    int rc = mc__import_forget(import), forgotten;
    mc__problem *problem = &import->session->problem, told;

    if (rc == 0)
        rc = mc__import_read(import);
    if (rc == 0)
        rc = mc__import_analyze(import);
    if (rc == 0)
        rc = check(import);
    if (rc == 0 && !is_dry)
        rc = prepare(import);
    if (rc == 0 && !is_dry)
        rc = mc__import_steps(import);
    import->moving.report->site_id = import->site_id;
    if (rc < 0 && rc != MC_EINVAL && rc != MC_EBUSY)
        return rc; /* the next run forgets what this one has read */
    if (rc == 0)
        return mc__import_forget(import);
    told = *problem; /* stays what is told of */
    *problem = (mc__problem){0};
    forgotten = mc__import_forget(import);
    mc__problem_release(problem);
    *problem = told;
    return forgotten < 0 ? forgotten : rc;
}

int mc_site_import(mc_move_report **out, mc_session *session, const char *path,
                   const mc_import_options *given)
{
    mc_import_options options = MC_IMPORT_OPTIONS_INIT;
    mc_auto(mc_record_free) void *record = NULL;
    mc__importing import = {.session = session, .path = path};
    mc__conn *conn = NULL;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_NOTHING);

    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &options, sizeof(options), given, "import_options");
    if (rc == 0 && (!path || !*path))
        rc = mc__fault(&session->problem, "path", "is required");
    if (rc == 0)
        rc = take_options(&import, &options);
    if (rc == 0)
        rc = mc__moving_begin(&import.moving, session, options.progress, options.progress_data);
    record = import.moving.report;
    if (rc == 0)
        rc = lock(&conn, session, import.target);
    if (rc == 0)
        rc = run(&import, options.dry_run == MC_YES);
    unlock(session, conn);
    mc__arena_release(&import.arena);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
