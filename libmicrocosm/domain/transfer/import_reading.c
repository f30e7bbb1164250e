/* Reads the files of an import into the database, where they wait until all of them are there. */
#include "../base/call.h"
#include "base64.h"
#include "import.h"
#include "statements.h"

#define FILES_AT_ONCE 200
#define BYTES_AT_ONCE ((size_t)4 << 20)
#define FILE_MOST ((size_t)96 << 20)
#define FAULTS_MOST 100
#define ROWS_FORGOTTEN 5000

/* Files on their way to the database. */
typedef struct reading {
    mc__importing *import;
    mc__archive *archive;
    mc__arena arena; /* of those that wait */
    const char *kinds[FILES_AT_ONCE], *bodies[FILES_AT_ONCE], *paths[FILES_AT_ONCE];
    size_t count, bytes;
    int64_t files;
} reading;

int mc__import_forget(mc__importing *import)
{
    int64_t gone = 1;
    int rc = 0;

    while (rc == 0 && gone > 0) {
        mc_batch(batch);

        mc__add_import_files_forget_files(
            &batch, &(mc__import_files_forget_files_in){import->target, ROWS_FORGOTTEN});
        rc = mc__write_as_platform(import->session, &batch);
        if (rc == 0)
            gone = mc__read_import_files_forget_files(mc__batch_rows(&batch, 0), 0).gone;
    }
    return rc;
}

int mc__import_analyze(mc__importing *import)
{
    mc_batch(batch);

    mc__add_import_files_analyze(&batch);
    return mc__write_as_platform(import->session, &batch);
}

/* Adds a fault, unless there are many. */
static void blame(mc__importing *import, const char *path, const char *message)
{
    mc__problem *problem = &import->session->problem;

    if (problem->shown.fault_count < FAULTS_MOST)
        mc__fault(problem, path, "%s", message);
}

static int flush(reading *r)
{
    mc_session *session = r->import->session;
    const PGresult *rows;
    mc_batch(batch);
    int rc;

    if (r->count == 0)
        return 0;
    if (r->arena.failed)
        return mc__out_of_memory(session);
    mc__add_import_files_add_files(
        &batch, &(mc__import_files_add_files_in){.target = r->import->target,
                                                 .kinds = {r->kinds, r->count},
                                                 .bodies = {r->bodies, r->count}});
    rc = mc__write_as_platform(session, &batch);
    if (rc < 0)
        return rc;
    rows = mc__batch_rows(&batch, 0);
    for (int i = 0; i < PQntuples(rows); i++) {
        mc__import_files_add_files_row row = mc__read_import_files_add_files(rows, i);

        blame(r->import, r->paths[row.number - 1], row.problem);
    }
    mc__arena_reset(&r->arena);
    r->count = r->bytes = 0;
    return mc__moving_tell(&r->import->moving, "reading", mc__archive_position(r->archive),
                           mc__archive_size(r->archive));
}

/* What comes instead of the bytes of an attachment or avatar. */
static bool take_out(reading *r, mc__move_kind kind, const char *path, mc__text *text,
                     mc__text *rest)
{
    bool is_avatar = kind == MC_MOVE_PROFILES;
    mc__cut url;
    size_t size;

    if (kind != MC_MOVE_ATTACHMENTS && !is_avatar)
        return false;
    if (!mc__import_cut(text, &url, rest, is_avatar ? "avatar" : NULL, "contentUrl")) {
        if (!is_avatar)
            blame(r->import, path, "contentUrl is missing");
        return false;
    }
    if (!mc__import_bytes(&url) || !mc__base64_read(url.value, url.length, &size))
        blame(r->import, path, "contentUrl is no data: URL with base64");
    return true;
}

static int add_file(reading *r, mc__move_kind kind, const char *path, mc__text *text)
{
    mc_scratch_text(rest);
    const mc__text *body = take_out(r, kind, path, text, &rest) ? &rest : text;

    if (rest.error)
        return mc__out_of_memory(r->import->session);
    if (!mc__utf8_valid(body->data, body->length)) {
        blame(r->import, path, "is no valid UTF-8");
        return 0;
    }
    r->kinds[r->count] = mc__move_folder(kind);
    r->paths[r->count] = mc__arena_strdup(&r->arena, path);
    r->bodies[r->count++] = mc__arena_copy(&r->arena, body->data, body->length);
    r->bytes += body->length;
    r->import->moving.counts[kind]->count++;
    return r->count == FILES_AT_ONCE || r->bytes >= BYTES_AT_ONCE ? flush(r) : 0;
}

static int take_file(reading *r, const mc__archive_entry *entry)
{
    mc__importing *import = r->import;
    mc_session *session = import->session;
    mc__move_kind kind = mc__import_kind(entry->path);
    bool is_site = strcmp(entry->path, MC_MOVE_SITE_FILE) == 0;
    mc_scratch_text(text);
    int rc;

    if (entry->fault) {
        blame(import, entry->path, entry->fault);
        return 0;
    }
    if (kind == MC_MOVE_KINDS && !is_site)
        return 0;
    text.max = FILE_MOST;
    rc = mc__archive_read(r->archive, &session->problem, &text);
    if (rc == MC_ETOOLARGE) {
        blame(import, entry->path, "is too large");
        return 0;
    }
    if (rc < 0)
        return rc;
    if (text.length == 0) {
        blame(import, entry->path, "is empty");
        return 0;
    }
    if (!is_site)
        return add_file(r, kind, entry->path, &text);
    if (!mc__utf8_valid(text.data, text.length))
        blame(import, entry->path, "is no valid UTF-8");
    else
        import->site_file = mc__arena_copy(&import->arena, text.data, text.length);
    return import->arena.failed ? mc__out_of_memory(session) : 0;
}

static int read_all(reading *r)
{
    mc__importing *import = r->import;
    mc__problem *problem = &import->session->problem;
    mc__archive_entry entry;
    int rc = 1;

    while (rc > 0 && problem->shown.fault_count < FAULTS_MOST) {
        rc = mc__archive_next(r->archive, problem, &entry);
        if (rc <= 0)
            break;
        rc = take_file(r, &entry);
        r->files++;
        if (rc == 0 && r->files % FILES_AT_ONCE == 0)
            rc = mc__moving_tell(&import->moving, "reading", mc__archive_position(r->archive),
                                 mc__archive_size(r->archive));
        rc = rc < 0 ? rc : 1;
    }
    return rc < 0 ? rc : flush(r);
}

int mc__import_read(mc__importing *import)
{
    mc_auto(mc__archive_close) mc__archive *archive = NULL;
    mc_session *session = import->session;
    reading *r;
    int rc = mc__archive_open(&archive, &session->problem, import->path);

    if (rc < 0)
        return rc;
    r = mc__calloc(1, sizeof(*r));
    if (!r)
        return mc__out_of_memory(session);
    r->import = import;
    r->archive = archive;
    rc = read_all(r);
    mc__arena_release(&r->arena);
    mc__free(r);
    if (rc < 0)
        return rc;
    return session->problem.shown.fault_count ? MC_EINVAL : 0;
}
