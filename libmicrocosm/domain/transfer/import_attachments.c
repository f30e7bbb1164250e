/* Imports attachments and avatars: reads their files once more, since the bytes don't go through
 * the database. */
#include "../base/call.h"
#include "../content/file_pictures.h"
#include "../content/file_storing.h"
#include "base64.h"
#include "files/type.h"
#include "import.h"
#include "statements.h"

#define FILE_MOST ((size_t)96 << 20)
#define HEAD ((size_t)64 << 10)

/* Whether a thing with that old id is here already. */
static int is_here(mc__importing *import, const char *old_id, bool *out)
{
    mc_batch(batch);
    int rc;

    mc__add_import_texts_is_here(&batch,
                                 &(mc__import_texts_is_here_in){.site_id = import->site_id,
                                                                .origin_id = import->origin_id,
                                                                .item_type = MC_ITEM_ATTACHMENT,
                                                                .old_id = old_id});
    rc = mc__read_on_site(import->session, import->site_id, &batch);
    *out = rc == 0 && mc__read_import_texts_is_here(mc__batch_rows(&batch, 0), 0).new_id != 0;
    return rc;
}

/* What an upload would make of it: its type, and of a picture nothing but the picture. */
static int look_at(mc__stored_file *file, mc_session *session, mc__spool *spool, const void *bytes,
                   size_t size)
{
    const mc__known_type *known;
    mc__picture picture = {0};
    int rc = mc__magic_find(session->app->magic, &session->problem, file->mime_type, bytes,
                            size < HEAD ? size : HEAD);

    known = rc == 0 ? mc__file_type_known(file->mime_type) : NULL;
    if (!known || !known->is_picture)
        return rc;
    rc = mc__picture_settle(&picture, session, spool, file->mime_type, 0, 0);
    file->width = picture.width;
    file->height = picture.height;
    return rc;
}

static int attach(mc__importing *import, int64_t old_id, bool is_avatar, int64_t file_id)
{
    mc_batch(batch);

    mc__add_import_texts_attach(&batch,
                                &(mc__import_texts_attach_in){.site_id = import->site_id,
                                                              .origin_id = import->origin_id,
                                                              .target = import->target,
                                                              .old_id = old_id,
                                                              .file_id = file_id,
                                                              .deleted_id = import->deleted_id,
                                                              .is_avatar = is_avatar});
    return mc__write_on_site(import->session, import->site_id, &batch);
}

/* Notes why a file isn't imported, and goes on, unless the fault isn't the file's. */
static int pass_over(mc__importing *import, int rc, int64_t old_id, bool is_avatar)
{
    mc__problem *problem = &import->session->problem;
    mc_scratch_arena(arena);
    const char *why = mc__arena_strdup(&arena, problem->shown.message);

    if (rc != MC_EINVAL && rc != MC_ECONFLICT)
        return rc;
    mc__problem_clear(problem);
    return mc__moving_note(&import->moving, "%s %lld isn't imported: %s",
                           is_avatar ? "the avatar of profile" : "attachment", (long long)old_id,
                           why);
}

static int store(mc__importing *import, int64_t old_id, bool is_avatar, const mc__cut *bytes,
                 size_t size)
{
    mc_session *session = import->session;
    mc__stored_file file = {0};
    mc_spool(spool);
    int rc = 0;

    if (size == 0)
        rc = mc__fail(&session->problem, MC_EINVAL, "it is empty");
    if ((int64_t)size > session->app->file_size)
        rc = mc__fail(&session->problem, MC_EINVAL, "it has %zu bytes, and files may have %lld",
                      size, (long long)session->app->file_size);
    if (rc == 0)
        rc = mc__spool_begin(&spool, &session->problem, session->app->files->spool_folder);
    if (rc == 0)
        rc = mc__spool_add(&spool, &session->problem, bytes->value, size);
    if (rc == 0) {
        mc__spool_end(&spool);
        rc = look_at(&file, session, &spool, bytes->value, size);
    }
    if (rc == 0)
        rc = mc__file_store_bytes(&file, session, &spool);
    if (rc < 0)
        return pass_over(import, rc, old_id, is_avatar);
    import->moving.counts[MC_MOVE_ATTACHMENTS]->moved += !is_avatar;
    return attach(import, old_id, is_avatar, file.file_id);
}

/* The id in what is left of a file without its bytes. */
static int load_id(mc__importing *import, int64_t *out, mc__move_kind kind, mc__text *rest)
{
    mc_batch(batch);
    int rc;

    mc__add_import_files_id_of(
        &batch, &(mc__import_files_id_of_in){mc__move_folder(kind), mc__text_string(rest)});
    rc = rest->error ? mc__out_of_memory(import->session)
                     : mc__read_of_no_site(import->session, &batch);
    if (rc == 0)
        *out = mc__read_import_files_id_of(mc__batch_rows(&batch, 0), 0).old_id;
    return rc;
}

static int take_file(mc__importing *import, mc__move_kind kind, mc__text *text)
{
    bool is_avatar = kind == MC_MOVE_PROFILES, is_known = false;
    mc_scratch_text(rest);
    mc__cut url;
    char old_text[32];
    int64_t old_id = 0;
    size_t size;
    int rc;

    if (!mc__import_cut(text, &url, &rest, is_avatar ? "avatar" : NULL, "contentUrl"))
        return 0;
    rc = load_id(import, &old_id, kind, &rest);
    snprintf(old_text, sizeof(old_text), "%s%lld", is_avatar ? "a" : "", (long long)old_id);
    if (rc == 0)
        rc = is_here(import, old_text, &is_known);
    if (rc < 0 || is_known || !mc__import_bytes(&url) ||
        !mc__base64_read(url.value, url.length, &size))
        return rc;
    return store(import, old_id, is_avatar, &url, size);
}

int mc__import_attachments(mc__importing *import)
{
    mc_auto(mc__archive_close) mc__archive *archive = NULL;
    mc__problem *problem = &import->session->problem;
    mc__archive_entry entry;
    int64_t done = 0;
    int rc = mc__archive_open(&archive, problem, import->path);

    while (rc == 0) {
        mc_scratch_text(text);
        mc__move_kind kind;

        rc = mc__archive_next(archive, problem, &entry);
        if (rc <= 0)
            break;
        rc = 0;
        kind = entry.fault ? MC_MOVE_KINDS : mc__import_kind(entry.path);
        if (kind != MC_MOVE_ATTACHMENTS && kind != MC_MOVE_PROFILES)
            continue;
        text.max = FILE_MOST;
        rc = mc__archive_read(archive, problem, &text);
        if (rc == 0)
            rc = take_file(import, kind, &text);
        done += kind == MC_MOVE_ATTACHMENTS;
        if (rc == 0)
            rc = mc__moving_tell(&import->moving, mc__move_folder(MC_MOVE_ATTACHMENTS), done,
                                 import->moving.counts[MC_MOVE_ATTACHMENTS]->count);
    }
    return rc;
}
