/*
 * See file_pictures.h. The work itself is done by another program (files/image.h). What comes back
 * from that is looked at as if somebody had uploaded it.
 */
#include "file_pictures.h"

#include "../base/call.h"
#include "../base/limiter.h"
#include "file_access.h"
#include "files/image.h"
#include "files/store.h"
#include "files/type.h"

static const int64_t widths[] = {64, 128, 256, 512, 1024, 2048};

static int enter(mc_session *session, mc__place *place, int64_t owner, int64_t size)
{
    int rc = mc__limiter_enter(session->app->picturing, place, owner, (size_t)size);

    return rc < 0 ? mc__fail(&session->problem, rc, "too many pictures at once") : 0;
}

/* Whether new bytes are of the type that they were to be, and what they show. */
static int verify(mc__picture *out, mc_session *session, const mc__spool *made,
                  const char *mime_type)
{
    char head[1024], found[MC_MIME_SIZE];
    int64_t length = mc__spool_read(made, &session->problem, head, sizeof(head), 0);
    int rc = (int)length;

    if (length >= 0)
        rc = mc__magic_find(session->app->magic, &session->problem, found, head, (size_t)length);
    if (rc == 0 && strcmp(found, mime_type) != 0)
        rc = mc__fail(&session->problem, MC_ESYSTEM, "a new picture is of another type");
    return rc < 0 ? rc : mc__picture_measure(made, &session->problem, mime_type, out);
}

static int make(mc__picture *out, mc_session *session, mc__spool *made, const mc__spool *from,
                const mc__image_wanted *wanted)
{
    mc_app *app = session->app;
    int rc = mc__spool_begin(made, &session->problem, app->files->spool_folder);

    if (rc == 0)
        rc = mc__image_make(app->images, &session->problem, made, from, wanted);
    if (rc < 0)
        return rc;
    mc__spool_end(made);
    return verify(out, session, made, wanted->mime_type);
}

static int make_anew(mc__picture *out, mc_session *session, mc__spool *spool,
                     const mc__image_wanted *wanted)
{
    mc_spool(made);
    int rc = make(out, session, &made, spool, wanted);

    if (rc < 0)
        return rc;
    mc__spool_release(spool);
    *spool = made;
    made = (mc__spool)MC_SPOOL_INIT;
    return 0;
}

static bool fits(const mc__picture *picture, int64_t max_width, int64_t max_height)
{
    return (max_width == 0 || picture->width <= max_width) &&
           (max_height == 0 || picture->height <= max_height);
}

int mc__picture_settle(mc__picture *out, mc_session *session, mc__spool *spool,
                       const char *mime_type, int64_t max_width, int64_t max_height)
{
    mc_app *app = session->app;
    const mc__image_wanted wanted = {mime_type, max_width, max_height, app->file_size};
    mc__place place;
    int rc = mc__picture_measure(spool, &session->problem, mime_type, out);

    if (rc == 0)
        rc = enter(session, &place, session->profile_id, spool->size);
    if (rc < 0)
        return rc;
    if (out->is_plain && fits(out, max_width, max_height))
        rc = mc__image_look(app->images, &session->problem, spool, mime_type);
    else
        rc = make_anew(out, session, spool, &wanted);
    mc__limiter_leave(app->picturing, &place);
    return rc;
}

bool mc__is_thumbnail_width(int64_t width)
{
    for (size_t i = 0; i < MC_COUNT(widths); i++)
        if (widths[i] == width)
            return true;
    return false;
}

/* Takes bytes from the store. */
typedef struct fetching {
    mc_session *session;
    mc__spool *spool;
} fetching;

static int take(void *data, const void *bytes, size_t length)
{
    const fetching *f = data;

    return mc__spool_add(f->spool, &f->session->problem, bytes, length);
}

static int fetch(mc_session *session, mc__spool *spool, const char *name)
{
    mc__file_store *store = session->app->files;
    fetching f = {session, spool};
    int rc = mc__spool_begin(spool, &session->problem, store->spool_folder);

    if (rc == 0)
        rc = store->kind->get(store, &session->problem, name, 0, -1, take, &f);
    if (rc == 0)
        mc__spool_end(spool);
    return rc;
}

static int add(mc_session *session, int64_t file_id, int64_t width, int64_t thumbnail_id)
{
    mc__db db = mc__files_db(session);
    mc_batch(batch);

    mc__add_files_add_thumbnail(
        &batch, &(mc__files_add_thumbnail_in){
                    .file_id = file_id, .width = width, .thumbnail_id = thumbnail_id});
    return mc__db_run(&db, &batch, MC_WRITE);
}

static int make_thumbnail(mc__thumbnail *out, mc_session *session, const mc__files_get_row *picture,
                          int64_t width)
{
    const mc__image_wanted wanted = {picture->mime_type, width, 0, session->app->file_size};
    mc__picture shape;
    mc_spool(from);
    mc_spool(made);
    int rc = fetch(session, &from, picture->sha256);

    if (rc == 0)
        rc = make(&shape, session, &made, &from, &wanted);
    if (rc < 0)
        return rc;
    out->stored.width = shape.width;
    out->stored.height = shape.height;
    snprintf(out->stored.mime_type, sizeof(out->stored.mime_type), "%s", picture->mime_type);
    memcpy(out->sha256, made.name, sizeof(out->sha256));
    memcpy(out->sha1, made.sha1, sizeof(out->sha1));
    out->size = made.size;
    rc = mc__file_store_bytes(&out->stored, session, &made);
    return rc < 0 ? rc : add(session, picture->file_id, width, out->stored.file_id);
}

static bool take_row(mc__thumbnail *out, const mc__files_get_row *row)
{
    if (row->thumbnail_bytes == 0)
        return false;
    out->stored.width = row->thumbnail_width;
    out->stored.height = row->thumbnail_height;
    snprintf(out->stored.mime_type, sizeof(out->stored.mime_type), "%s", row->mime_type);
    snprintf(out->sha256, sizeof(out->sha256), "%s", row->thumbnail_sha256);
    snprintf(out->sha1, sizeof(out->sha1), "%s", row->thumbnail_sha1);
    out->size = row->thumbnail_bytes;
    return true;
}

/* Unless another has made it while this one waited. */
static int make_if_missing(mc__thumbnail *out, mc_session *session,
                           const mc__files_get_row *picture, int64_t width)
{
    mc__file_facts facts;
    mc_batch(batch);
    int rc = mc__file_ask(&facts, session, &batch, picture->sha1, width);

    if (rc < 0 || (facts.can_read && take_row(out, &facts.row)))
        return rc;
    return make_thumbnail(out, session, picture, width);
}

/* One at a time of each picture. */
int mc__picture_thumbnail(mc__thumbnail *out, mc_session *session, const mc__files_get_row *picture,
                          int64_t width)
{
    mc__place place;
    int rc;

    *out = (mc__thumbnail){0};
    if (take_row(out, picture))
        return 0;
    rc = enter(session, &place, -picture->file_id, picture->byte_count);
    if (rc < 0)
        return rc;
    rc = make_if_missing(out, session, picture, width);
    mc__limiter_leave(session->app->picturing, &place);
    return rc;
}
