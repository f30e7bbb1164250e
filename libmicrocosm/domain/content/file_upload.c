/*
 * Files as they come in: include/microcosm/files.h. Each is received into a temporary file; when
 * all have come they are announced to the database, stored, and then claimed by the actor. So there
 * is a row for all bytes in the store, and bytes for all that is claimed, whenever the process
 * dies.
 */
#include "../access/actor.h"
#include "../access/permissions.h"
#include "../base/call.h"
#include "files/store.h"
#include "files/type.h"
#include "file_names.h"
#include "file_pictures.h"
#include "file_records.h"
#include "file_storing.h"
#include "types.h"
#include "statements.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define PIECE ((size_t)64 << 10)
#define MOST_FILES 15

enum { REASON_QUOTA = 16, REASON_TOO_LARGE = 20, REASON_PICTURE = 21 };

/* One of the files that are uploaded together. */
typedef struct received {
    mc__spool spool;
    const char *name, *extension;
    mc__stored_file stored;
    mc__file_content content;
} received;

typedef struct uploading {
    mc_session *session;
    mc__file_store *store;
    received *files;
    size_t count;
    char *piece;
} uploading;

static void upload_release(uploading *u)
{
    for (size_t i = 0; i < u->count; i++)
        mc__spool_release(&u->files[i].spool);
    mc__free(u->files);
    mc__free(u->piece);
}

static int upload_begin(uploading *u, mc_session *session, size_t most)
{
    u->session = session;
    u->store = session->app->files;
    u->files = mc__calloc(most, sizeof(*u->files));
    u->piece = mc__malloc(PIECE);
    return u->files && u->piece ? 0 : mc__out_of_memory(session);
}

/* Whoever may enter the site may upload. */
static int check_actor(mc_session *session)
{
    mc_permissions permissions;

    mc__decide_resource(&permissions, session, MC_ITEM_SITE, session->site.id, 0, false);
    if (permissions.is_banned)
        return mc__refuse(session, MC_EBANNED);
    return mc__scope_allows(&session->limits, MC_SCOPE_WRITE) ? 0
                                                              : mc__refuse(session, MC_EFORBIDDEN);
}

/* A failure of a function of the host's, unless the library has said more about it. */
static int fail_of_host(mc_session *session, int64_t rc)
{
    int code = mc_error_find((int)rc) ? (int)rc : MC_ESYSTEM;

    return session->problem.shown.code == code
               ? code
               : mc__fail(&session->problem, code, "the file could not be received");
}

static int64_t read_descriptor(mc_session *session, int fd, void *out, size_t size)
{
    ssize_t n;

    do
        n = read(fd, out, size);
    while (n < 0 && errno == EINTR);
    return n < 0 ? mc__files_fail(&session->problem, "the file cannot be read") : n;
}

static int64_t read_function(mc_session *session, const mc_file_upload *from, void *out,
                             size_t size)
{
    int64_t n;

    session->is_asking = true;
    n = from->read(from->read_data, out, size);
    session->is_asking = false;
    if (n > (int64_t)size)
        return mc__fail(&session->problem, MC_ESYSTEM, "read() gave more than there is room for");
    return n < 0 ? fail_of_host(session, n) : n;
}

static bool goes_on(mc_session *session, const mc_file_upload *from, int64_t bytes)
{
    bool goes_on = true;

    if (from->progress) {
        session->is_asking = true;
        goes_on = from->progress(from->progress_data, bytes);
        session->is_asking = false;
    }
    return goes_on;
}

static int check_size(mc_session *session, int64_t size)
{
    int64_t most = session->app->file_size;

    if (size <= most)
        return 0;
    return mc__fail_because(&session->problem, MC_EINVAL, REASON_TOO_LARGE,
                            "a file has at most %lld bytes", (long long)most);
}

static int take(uploading *u, received *file, const mc_file_upload *from, const void *bytes,
                size_t length)
{
    mc_session *session = u->session;
    int rc = check_size(session, file->spool.size + (int64_t)length);

    if (rc == 0)
        rc = mc__spool_add(&file->spool, &session->problem, bytes, length);
    if (rc == 0 && !goes_on(session, from, file->spool.size))
        rc = mc__fail(&session->problem, MC_EBUSY, "the upload was ended");
    return rc;
}

static int take_stream(uploading *u, received *file, const mc_file_upload *from, int fd)
{
    int64_t n;
    int rc = 0;

    while (rc == 0) {
        n = from->read ? read_function(u->session, from, u->piece, PIECE)
                       : read_descriptor(u->session, fd, u->piece, PIECE);
        if (n <= 0)
            return (int)n;
        rc = take(u, file, from, u->piece, (size_t)n);
    }
    return rc;
}

/* The path is the host's, who knows it. */
static int fail_to_open(mc_session *session, const char *path)
{
    mc_scratch_text(what);

    if (errno == EINVAL)
        return mc__fail(&session->problem, MC_EINVAL, "%s is no regular file", path);
    mc__text_format(&what, "%s cannot be opened", path);
    return what.error ? mc__out_of_memory(session)
                      : mc__files_fail(&session->problem, mc__text_string(&what));
}

static int take_path(uploading *u, received *file, const mc_file_upload *from)
{
    int fd = mc__open_regular(from->path), rc;

    if (fd < 0)
        return fail_to_open(u->session, from->path);
    rc = take_stream(u, file, from, fd);
    close(fd);
    return rc;
}

static int take_source(uploading *u, received *file, const mc_file_upload *from)
{
    int sources = (from->path != NULL) + (from->bytes != NULL) + (from->descriptor >= 0) +
                  (from->read != NULL);

    if (sources != 1 || from->length < 0 || from->descriptor > INT32_MAX)
        return mc__fail(&u->session->problem, MC_EINVAL,
                        "a file has one source: path, bytes, descriptor or read");
    if (from->path)
        return take_path(u, file, from);
    if (from->bytes)
        return take(u, file, from, from->bytes, (size_t)from->length);
    return take_stream(u, file, from, (int)from->descriptor);
}

static int check_dimensions(mc_session *session, const mc_file_upload *from)
{
    if (from->max_width < 0)
        mc__fault(&session->problem, "maxWidth", "must not be negative");
    if (from->max_height < 0)
        mc__fault(&session->problem, "maxHeight", "must not be negative");
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}

/* What can't be shown would stay a broken picture in pages. */
static int check_claim(mc_session *session, const received *file, const mc_file_upload *from)
{
    if (!from->content_type || !mc__file_type_claims_picture(from->content_type, file->extension))
        return 0;
    return mc__fail_because(&session->problem, MC_EINVAL, REASON_PICTURE,
                            "the file is sent as a picture, but is none that can be read: its "
                            "bytes are %s",
                            file->stored.mime_type);
}

/* Tells the type by the bytes; a picture must be whole, has a size, and may become another one. */
static int look_at(uploading *u, received *file, const mc_file_upload *from)
{
    mc_session *session = u->session;
    int64_t length = mc__spool_read(&file->spool, &session->problem, u->piece, PIECE, 0);

    const mc__known_type *known;
    mc__picture picture = {0};
    int rc;

    if (length < 0)
        return (int)length;
    rc = mc__magic_find(session->app->magic, &session->problem, file->stored.mime_type, u->piece,
                        (size_t)length);
    known = rc == 0 ? mc__file_type_known(file->stored.mime_type) : NULL;
    if (!known || !known->is_picture)
        return rc < 0 ? rc : check_claim(session, file, from);
    rc = mc__picture_settle(&picture, session, &file->spool, file->stored.mime_type,
                            from->max_width, from->max_height);
    file->stored.width = picture.width;
    file->stored.height = picture.height;
    return rc;
}

static int receive(uploading *u, const mc_file_upload *given)
{
    mc_session *session = u->session;
    mc_file_upload from = MC_FILE_UPLOAD_INIT;
    received *file = &u->files[u->count];
    int rc = mc__struct_take(&session->problem, &from, sizeof(from), given, "file_upload");

    file->spool = (mc__spool)MC_SPOOL_INIT;
    u->count++;
    if (rc == 0)
        rc = check_dimensions(session, &from);
    if (rc == 0)
        rc = mc__spool_begin(&file->spool, &session->problem, u->store->spool_folder);
    if (rc == 0)
        rc = take_source(u, file, &from);
    if (rc < 0)
        return rc;
    if (file->spool.size == 0)
        return mc__fail(&session->problem, MC_EINVAL, "the file is empty");
    mc__spool_end(&file->spool);
    file->name = mc__file_name(&session->scratch, from.file_name ? from.file_name
                                                  : from.path    ? from.path
                                                                 : "");
    file->extension = mc__file_extension(file->name);
    return look_at(u, file, &from);
}

static int store(uploading *u, received *file)
{
    int rc = mc__file_store_bytes(&file->stored, u->session, &file->spool);

    file->content = (mc__file_content){.sha1 = file->spool.sha1,
                                       .sha256 = file->spool.name,
                                       .mime_type = file->stored.mime_type,
                                       .size = file->spool.size,
                                       .width = file->stored.width,
                                       .height = file->stored.height};
    return rc;
}

static int refuse_quota(mc_session *session)
{
    return mc__fail_because(&session->problem, MC_EFORBIDDEN, REASON_QUOTA,
                            "your files may have %lld bytes together",
                            (long long)session->app->profile_files);
}

/* What is refused must not be stored: it would stay until it is collected, however much it is. */
static int check_room(uploading *u)
{
    mc_session *session = u->session;
    mc__arena *arena = &session->scratch;
    const char **names = mc__arena_alloc(arena, u->count * sizeof(*names));
    int64_t *sizes = mc__arena_alloc(arena, u->count * sizeof(*sizes));
    mc_batch(batch);
    int rc;

    if (session->app->profile_files == 0)
        return 0;
    if (arena->failed)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < u->count; i++) {
        names[i] = u->files[i].spool.name;
        sizes[i] = u->files[i].spool.size;
    }
    mc__add_files_has_room(&batch, &(mc__files_has_room_in){.site_id = session->site.id,
                                                            .profile_id = session->profile_id,
                                                            .sha256s = {names, u->count},
                                                            .byte_counts = {sizes, u->count},
                                                            .most = session->app->profile_files});
    rc = mc__run(session, &batch);
    if (rc < 0)
        return rc;
    return mc__read_files_has_room(mc__batch_rows(&batch, 0), 0).has_room ? 0
                                                                          : refuse_quota(session);
}

static int claim(uploading *u, mc__batch *batch)
{
    mc_session *session = u->session;
    mc__arena *arena = &session->scratch;
    int64_t *ids = mc__arena_alloc(arena, u->count * sizeof(*ids));
    const char **names = mc__arena_alloc(arena, u->count * sizeof(*names));
    const char **extensions = mc__arena_alloc(arena, u->count * sizeof(*extensions));
    int rc;

    if (arena->failed)
        return mc__out_of_memory(session);
    for (size_t i = 0; i < u->count; i++) {
        ids[i] = u->files[i].stored.file_id;
        names[i] = u->files[i].name;
        extensions[i] = u->files[i].extension;
    }
    mc__add_comments_lock_profile(
        batch, &(mc__comments_lock_profile_in){session->site.id, session->profile_id});
    mc__add_files_claim(batch, &(mc__files_claim_in){.site_id = session->site.id,
                                                     .profile_id = session->profile_id,
                                                     .file_ids = {ids, u->count},
                                                     .file_names = {names, u->count},
                                                     .file_exts = {extensions, u->count},
                                                     .most = session->app->profile_files,
                                                     .address = mc__audit_address(session)});
    rc = mc__write(session, batch);
    if (rc == 0 && PQntuples(mc__batch_rows(batch, 1)) == 0)
        return refuse_quota(session);
    return rc;
}

static void *make_file(mc__arena *arena, const received *file, const PGresult *rows)
{
    mc_file *out = mc__record_make(arena, &mc__file_type);

    for (int row = 0; out && row < PQntuples(rows); row++) {
        mc__files_claim_row claimed = mc__read_files_claim(rows, row);

        if (claimed.file_id != file->stored.file_id)
            continue;
        mc__file_fill(out, arena, &file->content, claimed.file_name, claimed.file_ext);
        out->created = claimed.created;
    }
    return out;
}

/* Stores what has come, and makes it the actor's. */
static int finish(mc_file_list *list, uploading *u)
{
    mc__arena *arena = mc__record_arena(list);
    const void **items = mc__list_make(arena, &list->files, u->count);
    mc_batch(batch);
    int rc = items ? 0 : mc__out_of_memory(u->session);

    if (rc == 0 && u->count)
        rc = check_room(u);
    for (size_t i = 0; rc == 0 && i < u->count; i++)
        rc = store(u, &u->files[i]);
    if (rc == 0 && u->count)
        rc = claim(u, &batch);
    for (size_t i = 0; rc == 0 && i < u->count; i++)
        items[i] = make_file(arena, &u->files[i], mc__batch_rows(&batch, 1));
    return rc == 0 && arena->failed ? mc__out_of_memory(u->session) : rc;
}

static int receive_all(uploading *u, mc_file_next_fn next, void *data)
{
    mc_session *session = u->session;
    int rc = 0;

    while (rc == 0) {
        mc_file_upload given = MC_FILE_UPLOAD_INIT;

        session->is_asking = true;
        rc = next(data, &given);
        session->is_asking = false;
        if (rc < 0)
            return fail_of_host(session, rc);
        if (rc == 0)
            return 0;
        if (u->count == MOST_FILES)
            return mc__fail(&session->problem, MC_EINVAL, "at most %d files come together",
                            MOST_FILES);
        rc = receive(u, &given);
    }
    return rc;
}

static int put(void **out, mc_session *session, size_t most, mc_file_next_fn next, void *data,
               const mc_file_upload *one)
{
    __attribute__((cleanup(upload_release))) uploading u = {0};
    mc_auto(mc_record_free) void *list = NULL;
    int rc = check_actor(session);

    if (rc == 0)
        rc = upload_begin(&u, session, most);
    if (rc < 0)
        return rc;
    rc = next ? receive_all(&u, next, data) : receive(&u, one);
    if (rc < 0)
        return rc;
    list = mc__record_new(&mc__file_list_type);
    rc = list ? finish(list, &u) : mc__out_of_memory(session);
    if (rc == 0)
        *out = MC_TAKE(list);
    return rc;
}

int mc_files_put(mc_file_list **out, mc_session *session, mc_file_next_fn next, void *data)
{
    void *list = NULL;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0 && !next)
        rc = mc__fail(&session->problem, MC_EINVAL, "there is no function that gives files");
    if (rc == 0)
        rc = put(&list, session, MOST_FILES, next, data, NULL);
    if (rc == 0)
        *out = list;
    return rc;
}

/* The list's only file as a record of its own. */
static int copy_one(mc_file **out, mc_session *session, const mc_file *file)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__file_type);
    mc__arena *arena;

    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    mc__file_fill(record, arena,
                  &(mc__file_content){.sha1 = file->file_hash,
                                      .sha256 = file->sha256,
                                      .mime_type = file->mime_type,
                                      .size = file->file_size,
                                      .width = file->width,
                                      .height = file->height},
                  file->file_name, file->file_ext);
    ((mc_file *)record)->created = file->created;
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

int mc_file_put(mc_file **out, mc_session *session, const mc_file_upload *upload)
{
    mc_auto(mc_record_free) void *list = NULL;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_MEMBER);

    if (rc == 0 && !upload)
        rc = mc__fail(&session->problem, MC_EINVAL, "there is no file_upload");
    if (rc == 0)
        rc = put(&list, session, 1, NULL, NULL, upload);
    return rc < 0 ? rc : copy_one(out, session, ((mc_file_list *)list)->files.items[0]);
}
