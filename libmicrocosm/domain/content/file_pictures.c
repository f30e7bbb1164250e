/*
 * See file_pictures.h. The work itself is done by another program (files/image.h). What comes back
 * from that is looked at as if somebody had uploaded it.
 */
#include "file_pictures.h"

#include "../base/call.h"
#include "../base/limiter.h"
#include "files/image.h"
#include "files/store.h"
#include "files/type.h"

static int enter(mc_session *session, mc__place *place, int64_t size)
{
    int rc = mc__limiter_enter(session->app->picturing, place, session->profile_id, (size_t)size);

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
        rc = enter(session, &place, spool->size);
    if (rc < 0)
        return rc;
    if (out->is_plain && fits(out, max_width, max_height))
        rc = mc__image_look(app->images, &session->problem, spool, mime_type);
    else
        rc = make_anew(out, session, spool, &wanted);
    mc__limiter_leave(app->picturing, &place);
    return rc;
}
