/* Files as they are read: include/microcosm/files.h. file_upload.c takes them in. */
#include "../access/actor.h"
#include "../base/call.h"
#include "files/store.h"
#include "files/type.h"
#include "file_access.h"
#include "file_pictures.h"
#include "file_records.h"
#include "types.h"

#define LINK_SECONDS_MOST ((int64_t)7 * 86400) /* of S3 */

/* In neither form of JSON. */
#define FOR_PROGRAMS (MC_FIELD_DETAIL_ONLY | MC_FIELD_SUMMARY_ONLY)

static const mc__field file_fields[] = {
    MC_FIELD(mc_file, created, "created", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_file, file_name, "fileName"),
    MC_FIELD(mc_file, file_ext, "fileExt"),
    MC_FIELD(mc_file, file_size, "fileSize"),
    MC_FIELD(mc_file, file_hash, "fileHash"),
    MC_FIELD(mc_file, mime_type, "mimeType"),
    MC_FIELD(mc_file, width, "width", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_file, height, "height", .flags = MC_FIELD_OPTIONAL),
    MC_FIELD(mc_file, sha256, "sha256", .flags = FOR_PROGRAMS),
    MC_FIELD(mc_file, is_public, "isPublic", .flags = FOR_PROGRAMS),
    MC_FIELD(mc_file, is_inline, "isInline", .flags = FOR_PROGRAMS),
};
const mc_type mc__file_type = MC_TYPE(mc_file, "file", file_fields);

static const mc__field file_list_fields[] = {
    MC_FIELD(mc_file_list, files, "files", .type = &mc__file_type),
};
const mc_type mc__file_list_type =
    MC_TYPE(mc_file_list, "file_list", file_list_fields, .flags = MC_TYPE_BARE);

void mc__file_fill(mc_file *file, mc__arena *arena, const mc__file_content *content,
                   const char *name, const char *extension)
{
    const mc__known_type *known = mc__file_type_known(content->mime_type);

    if (known && known->extension)
        extension = known->extension;
    file->file_name = mc__arena_strdup(arena, name);
    file->file_ext = mc__arena_strdup(arena, extension);
    file->file_size = content->size;
    file->file_hash = mc__arena_strdup(arena, content->sha1);
    file->mime_type = mc__arena_strdup(arena, content->mime_type);
    file->width = content->width;
    file->height = content->height;
    file->sha256 = mc__arena_strdup(arena, content->sha256);
    file->is_inline = known && known->is_inline;
}

static bool is_sha1(const char *text)
{
    return text && strlen(text) == MC_SHA1_TEXT_SIZE - 1 &&
           strspn(text, "0123456789abcdef") == MC_SHA1_TEXT_SIZE - 1;
}

static int hand_out_file(mc_file **out, mc_session *session, const mc__file_facts *facts,
                         const mc__file_content *content)
{
    mc_auto(mc_record_free) void *record = mc__record_new(&mc__file_type);
    mc__arena *arena;
    mc_file *file = record;

    if (!record)
        return mc__out_of_memory(session);
    arena = mc__record_arena(record);
    mc__file_fill(file, arena, content, facts->row.file_name, facts->row.file_ext);
    file->created = facts->row.created;
    file->is_public = facts->is_public;
    if (arena->failed)
        return mc__out_of_memory(session);
    *out = MC_TAKE(record);
    return 0;
}

static mc__file_content content_of(const mc__files_get_row *row)
{
    return (mc__file_content){.sha1 = row->sha1,
                              .sha256 = row->sha256,
                              .mime_type = row->mime_type,
                              .size = row->byte_count,
                              .width = row->width,
                              .height = row->height};
}

static int ask(mc__file_facts *out, mc_session *session, mc__batch *batch, const char *file_hash,
               int64_t width)
{
    int rc = is_sha1(file_hash) ? mc__file_ask(out, session, batch, file_hash, width)
                                : mc__refuse(session, MC_ENOTFOUND);

    return rc < 0 || out->can_read ? rc : mc__refuse(session, MC_ENOTFOUND);
}

int mc_file_get(mc_file **out, mc_session *session, const char *file_hash)
{
    mc__file_facts facts;
    mc__file_content content;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = ask(&facts, session, &batch, file_hash, 0);
    if (rc < 0)
        return rc;
    content = content_of(&facts.row);
    return hand_out_file(out, session, &facts, &content);
}

static bool is_wider(const mc__files_get_row *row, int64_t width)
{
    const mc__known_type *known = mc__file_type_known(row->mime_type);

    return known && known->is_picture && row->width > width;
}

static int check_width(mc_session *session, int64_t width)
{
    if (mc__is_thumbnail_width(width))
        return 0;
    return mc__fault(&session->problem, "width", "must be 64, 128, 256, 512, 1024 or 2048");
}

int mc_file_thumbnail(mc_file **out, mc_session *session, const char *file_hash, int64_t width)
{
    mc__file_facts facts;
    mc__file_content content;
    mc__thumbnail thumbnail;
    mc_batch(batch);
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0)
        rc = check_width(session, width);
    if (rc == 0)
        rc = ask(&facts, session, &batch, file_hash, width);
    if (rc < 0)
        return rc;
    content = content_of(&facts.row);
    if (is_wider(&facts.row, width)) {
        rc = mc__picture_thumbnail(&thumbnail, session, &facts.row, width);
        content = (mc__file_content){.sha1 = thumbnail.sha1,
                                     .sha256 = thumbnail.sha256,
                                     .mime_type = thumbnail.stored.mime_type,
                                     .size = thumbnail.size,
                                     .width = thumbnail.stored.width,
                                     .height = thumbnail.stored.height};
    }
    return rc < 0 ? rc : hand_out_file(out, session, &facts, &content);
}

/* Hands bytes to the host, whose function must not use the session. */
typedef struct handing {
    mc_session *session;
    mc_file_write_fn write;
    void *data;
} handing;

static int hand_out(void *data, const void *bytes, size_t length)
{
    handing *h = data;
    int rc;

    h->session->is_asking = true;
    rc = h->write(h->data, bytes, length);
    h->session->is_asking = false;
    return rc < 0 ? mc__fail(&h->session->problem, rc, "the file could not be handed over") : 0;
}

/* Plain text has no coding of its own that browsers would know. */
static const char *served_type(const mc_file *file)
{
    return strcmp(file->mime_type, "text/plain") == 0 ? "text/plain; charset=utf-8"
                                                      : file->mime_type;
}

int mc_file_link(mc_buffer *out, mc_session *session, const mc_file *file, int64_t seconds)
{
    mc__file_store *store;
    size_t before;
    int rc = mc__call_begin_for(out, session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!file || !mc__is_store_name(file->sha256) || seconds < 1 || seconds > LINK_SECONDS_MOST)
        return mc__fail(&session->problem, MC_EINVAL,
                        "there is no file, or its address can't last so long");
    store = session->app->files;
    if (!store->kind->link)
        return mc__fail(&session->problem, MC_EUNSUPPORTED, "files are not in S3");
    before = out->length;
    rc = store->kind->link(store, &session->problem, out, file->sha256,
                           &(mc__store_link){.seconds = seconds,
                                             .content_type = served_type(file),
                                             .is_download = !file->is_inline});
    if (mc__text_settle(out, before) < 0)
        return mc__refuse(session, out->error);
    return rc;
}

int mc_file_read(mc_session *session, const mc_file *file, int64_t offset, int64_t length,
                 mc_file_write_fn write, void *data)
{
    handing h = {session, write, data};
    mc__file_store *store;
    int rc = mc__call_begin(session, MC_NEEDS_NOTHING);

    if (rc < 0)
        return rc;
    if (!file || !write || !mc__is_store_name(file->sha256))
        return mc__fail(&session->problem, MC_EINVAL,
                        "there is no file, or no function to take it");
    if (length < 0)
        length = file->file_size - offset;
    if (offset < 0 || length < 0 || length > file->file_size - offset)
        return mc__fail(&session->problem, MC_EINVAL, "the file has only %lld bytes",
                        (long long)file->file_size);
    store = session->app->files;
    return store->kind->get(store, &session->problem, file->sha256, offset, length, hand_out, &h);
}
