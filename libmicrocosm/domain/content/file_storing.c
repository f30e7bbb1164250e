/*
 * See file_storing.h. Bytes are announced to the database before they are stored, so that there is
 * a row for all that is in the store, whenever the process dies.
 */
#include "file_storing.h"

#include "../base/call.h"
#include "statements.h"

#define TRIES 10

/* What the database knows of files belongs to all sites, and stays whatever becomes of the
 * session's transaction: so it is written outside of that. */
mc__db mc__files_db(mc_session *session)
{
    return (mc__db){.pool = session->app->pool, .problem = &session->problem};
}

/* The texts that the row points into end with the batch. */
static void take_row(mc__stored_file *file, const mc__files_announce_row *row)
{
    file->file_id = row->file_id;
    snprintf(file->mime_type, sizeof(file->mime_type), "%s", row->mime_type);
    file->width = row->width;
    file->height = row->height;
}

static int announce(mc__stored_file *file, mc_session *session, const mc__spool *spool,
                    bool *is_stored)
{
    mc__db db = mc__files_db(session);
    mc__files_announce_row row;
    mc_batch(batch);
    int rc;

    mc__add_files_announce(&batch, &(mc__files_announce_in){.sha256 = spool->name,
                                                            .sha1 = spool->sha1,
                                                            .byte_count = spool->size,
                                                            .mime_type = file->mime_type,
                                                            .width = file->width,
                                                            .height = file->height});
    /* Who meets another who announces the same bytes at this moment may find their SHA-1 taken, and
     * the row the next time. */
    for (int tries = 0;; tries++) {
        rc = mc__db_run(&db, &batch, MC_WRITE);
        if (rc != MC_ECONFLICT || tries == TRIES)
            break;
        mc__batch_clear(&batch);
        mc__problem_clear(&session->problem);
    }
    if (rc < 0)
        return rc;
    if (PQntuples(mc__batch_rows(&batch, 0)) == 0)
        return mc__fail(&session->problem, MC_ECONFLICT,
                        "there is a file with the same hash and other bytes");
    row = mc__read_files_announce(mc__batch_rows(&batch, 0), 0);
    take_row(file, &row);
    *is_stored = row.is_stored;
    return 0;
}

static int note_stored(mc_session *session, int64_t file_id)
{
    mc__db db = mc__files_db(session);
    mc_batch(batch);

    mc__add_files_stored(&batch, &(mc__files_stored_in){.file_id = file_id});
    return mc__db_run(&db, &batch, MC_WRITE);
}

/* Whether the store really has what the database says that it has: else it gets it again. */
static bool is_there(mc_session *session, const mc__spool *spool)
{
    mc__problem ignored = {0};
    int64_t size = -1;
    int rc = session->app->files->kind->stat(session->app->files, &ignored, spool->name, &size);

    mc__problem_release(&ignored);
    return rc == 0 && size == spool->size;
}

int mc__file_store_bytes(mc__stored_file *file, mc_session *session, mc__spool *spool)
{
    mc__file_store *store = session->app->files;
    bool is_stored = false;
    int rc = announce(file, session, spool, &is_stored);

    if (rc < 0 || (is_stored && is_there(session, spool)))
        return rc;
    rc = store->kind->put(store, &session->problem, spool);
    return rc < 0 ? rc : note_stored(session, file->file_id);
}
