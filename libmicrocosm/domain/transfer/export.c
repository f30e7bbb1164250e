/*
 * Writes a site into files: mc_site_export() of include/microcosm/moving.h. All of it is read in
 * one transaction, so it is as of one moment, and some hundred things at a time.
 */
#include "../access/actor.h"
#include "../base/call.h"
#include "base64.h"
#include "files/store.h"
#include "moving.h"
#include "statements.h"

#define ROWS 200
#define PIECE ((size_t)48 << 10) /* of a file; a multiple of 3 */
#define PATH_SIZE 96

typedef struct exporting {
    mc__moving moving;
    mc_session *session;
    mc__archive_writer *writer;
    int64_t origin_id, shift, most;
    int64_t done;
} exporting;

static const mc__query queries[MC_MOVE_KINDS] = {
    [MC_MOVE_PROFILES] = MC_Q_EXPORTS_PROFILES,
    [MC_MOVE_FORUMS] = MC_Q_EXPORTS_FORUMS,
    [MC_MOVE_CONVERSATIONS] = MC_Q_EXPORTS_CONVERSATIONS,
    [MC_MOVE_COMMENTS] = MC_Q_EXPORTS_COMMENTS,
    [MC_MOVE_HUDDLES] = MC_Q_EXPORTS_HUDDLES,
    [MC_MOVE_MESSAGES] = MC_Q_EXPORTS_MESSAGES,
    [MC_MOVE_ATTACHMENTS] = MC_Q_EXPORTS_ATTACHMENTS,
    [MC_MOVE_FOLLOWS] = MC_Q_EXPORTS_FOLLOWS,
    [MC_MOVE_ROLES] = MC_Q_EXPORTS_ROLES,
};

static int run(exporting *e, mc__batch *batch)
{
    return mc__db_run(&e->session->db, batch, MC_READ);
}

/* "comments/1/234/567.json": no folder has more than a thousand of each. */
static void name_file(char out[PATH_SIZE], mc__move_kind kind, int64_t number)
{
    char digits[24], *to = out;
    int length = snprintf(digits, sizeof(digits), "%lld", (long long)number);

    to += snprintf(to, PATH_SIZE, "%s/", mc__move_folder(kind));
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            *to++ = '/';
        *to++ = digits[i];
    }
    snprintf(to, PATH_SIZE - (size_t)(to - out), ".json");
}

static int write_file(exporting *e, const char *path, const char *body)
{
    mc__problem *problem = &e->session->problem;
    size_t length = strlen(body);
    int rc = mc__archive_begin(e->writer, problem, path, (int64_t)length + 1);

    if (rc == 0)
        rc = mc__archive_write(e->writer, problem, body, length);
    if (rc == 0)
        rc = mc__archive_write(e->writer, problem, "\n", 1);
    return rc < 0 ? rc : mc__archive_end(e->writer, problem);
}

/* Bytes of a file on their way from the store. */
typedef struct encoding {
    exporting *e;
    char piece[PIECE];
    size_t length;
    int64_t left;
} encoding;

static int flush(encoding *c)
{
    mc_scratch_text(text);

    mc__base64_put(&text, c->piece, c->length);
    c->length = 0;
    if (text.error)
        return mc__out_of_memory(c->e->session);
    return mc__archive_write(c->e->writer, &c->e->session->problem, mc__text_string(&text),
                             text.length);
}

static int encode(void *data, const void *bytes, size_t length)
{
    encoding *c = data;
    const char *from = bytes;
    int rc = 0;

    if ((int64_t)length > c->left)
        return mc__fail(&c->e->session->problem, MC_ESYSTEM,
                        "a file has more bytes than it should");
    c->left -= (int64_t)length;
    while (rc == 0 && length > 0) {
        size_t part = PIECE - c->length < length ? PIECE - c->length : length;

        memcpy(c->piece + c->length, from, part);
        c->length += part;
        from += part;
        length -= part;
        if (c->length == PIECE)
            rc = flush(c);
    }
    return rc;
}

static int write_bytes(exporting *e, const char *name, int64_t size)
{
    mc__file_store *store = e->session->app->files;
    mc_auto(mc__free) char *memory = mc__malloc(sizeof(encoding));
    encoding *c = (encoding *)(void *)memory;
    int rc;

    if (!c)
        return mc__out_of_memory(e->session);
    c->e = e;
    c->length = 0;
    c->left = size;
    rc = store->kind->get(store, &e->session->problem, name, 0, -1, encode, c);
    if (rc == 0 && c->left)
        rc = mc__fail(&e->session->problem, MC_ESYSTEM, "a file has fewer bytes than it should");
    return rc == 0 && c->length ? flush(c) : rc;
}

/* Whether the store has the file; 0: no. */
static int has_bytes(exporting *e, const mc__exports_attachments_row *row)
{
    mc__file_store *store = e->session->app->files;
    int64_t size = -1;
    int rc = store->kind->stat(store, &e->session->problem, row->sha256, &size);

    if (rc == MC_ENOTFOUND || (rc == 0 && size != row->byte_count)) {
        mc__problem_clear(&e->session->problem);
        rc = mc__moving_note(&e->moving, "attachment %lld isn't exported: its bytes are missing",
                             (long long)row->number);
        return rc < 0 ? rc : 0;
    }
    return rc < 0 ? rc : 1;
}

static int write_attachment(exporting *e, const char *path, const mc__exports_attachments_row *row)
{
    mc__problem *problem = &e->session->problem;
    mc_scratch_text(head);
    int rc = has_bytes(e, row);

    if (rc <= 0)
        return rc;
    mc__text_append(&head, row->body, strlen(row->body) - 1); /* without the last brace */
    mc__text_format(&head, ",\"contentUrl\":\"data:%s;base64,", row->mime_type);
    if (head.error)
        return mc__out_of_memory(e->session);
    rc = mc__archive_begin(e->writer, problem, path,
                           (int64_t)head.length + mc__base64_length(row->byte_count) + 3);
    if (rc == 0)
        rc = mc__archive_write(e->writer, problem, mc__text_string(&head), head.length);
    if (rc == 0)
        rc = write_bytes(e, row->sha256, row->byte_count);
    if (rc == 0)
        rc = mc__archive_write(e->writer, problem, "\"}\n", 3);
    return rc < 0 ? rc : mc__archive_end(e->writer, problem);
}

static int write_row(exporting *e, mc__move_kind kind, const PGresult *rows, int i)
{
    const char *body = mc__row_text(rows, i, 1);
    char path[PATH_SIZE];

    name_file(path, kind, mc__row_int(rows, i, 0));
    if (!*body)
        return 0;
    e->moving.counts[kind]->count++;
    e->moving.counts[kind]->moved++;
    e->done++;
    if (kind == MC_MOVE_ATTACHMENTS) {
        mc__exports_attachments_row row = mc__read_exports_attachments(rows, i);

        return write_attachment(e, path, &row);
    }
    return write_file(e, path, body);
}

/* All of a kind, some at a time. Behind those that came from elsewhere are the others. */
static int write_kind(exporting *e, mc__move_kind kind)
{
    int64_t after = 0;
    bool is_over = false;
    int rc = 0;

    while (rc == 0 && !is_over) {
        /* the statements have the same parameters */
        mc__exports_profiles_in in = {e->session->site.id, e->origin_id, e->shift, after, ROWS};
        const PGresult *rows;
        mc_batch(batch);

        mc__batch_add(&batch, queries[kind], &in);
        rc = run(e, &batch);
        if (rc < 0)
            return rc;
        rows = mc__batch_rows(&batch, 0);
        for (int i = 0; rc == 0 && i < PQntuples(rows); i++)
            rc = write_row(e, kind, rows, i);
        is_over = PQntuples(rows) == 0 && after >= e->shift;
        after = PQntuples(rows) ? mc__row_int(rows, PQntuples(rows) - 1, 0) : e->shift;
        if (rc == 0)
            rc = mc__moving_tell(&e->moving, mc__move_folder(kind), e->done,
                                 e->most > e->done ? e->most : e->done);
    }
    return rc;
}

static int load_origin(exporting *e)
{
    mc_batch(batch);
    mc__exports_origin_row row;
    int rc;

    mc__add_exports_origin(&batch, &(mc__exports_origin_in){e->session->site.id});
    rc = run(e, &batch);
    if (rc < 0)
        return rc;
    row = mc__read_exports_origin(mc__batch_rows(&batch, 0), 0);
    e->origin_id = row.origin_id;
    e->shift = row.shift;
    e->most = row.most;
    return 0;
}

static int write_site(exporting *e)
{
    mc_batch(batch);
    int rc;

    mc__add_exports_site(&batch,
                         &(mc__exports_site_in){e->session->site.id, e->origin_id, e->shift});
    rc = run(e, &batch);
    if (rc < 0)
        return rc;
    return write_file(e, MC_MOVE_SITE_FILE,
                      mc__read_exports_site(mc__batch_rows(&batch, 0), 0).body);
}

static int write_all(exporting *e)
{
    int rc = load_origin(e);

    for (int kind = 0; rc == 0 && kind < MC_MOVE_KINDS; kind++)
        rc = write_kind(e, (mc__move_kind)kind);
    if (rc == 0)
        rc = write_site(e);
    return rc < 0 ? rc : mc__archive_finish(e->writer, &e->session->problem);
}

int mc_site_export(mc_move_report **out, mc_session *session, const char *path,
                   const mc_export_options *given)
{
    mc_auto(mc__archive_free) mc__archive_writer *writer = NULL;
    mc_auto(mc_record_free) void *record = NULL;
    mc_export_options options = MC_EXPORT_OPTIONS_INIT;
    exporting e = {.session = session};
    int rc = mc__call_begin_for(out, session, MC_NEEDS_SITE);

    if (rc == 0 && given)
        rc = mc__struct_take(&session->problem, &options, sizeof(options), given, "export_options");
    if (rc == 0 && (!path || !*path))
        rc = mc__fault(&session->problem, "path", "is required");
    if (rc == 0)
        rc = mc__moving_begin(&e.moving, session, options.progress, options.progress_data);
    record = e.moving.report;
    if (rc == 0)
        rc = mc__archive_create(&writer, &session->problem, path);
    e.writer = writer;
    if (rc == 0)
        rc = mc__db_begin_reading(&session->db);
    if (rc < 0)
        return rc;
    e.moving.report->site_id = session->site.id;
    rc = write_all(&e);
    mc__db_leave(&session->db);
    if (rc == 0)
        *out = MC_TAKE(record);
    return rc;
}
