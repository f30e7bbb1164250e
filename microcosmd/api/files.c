/* Handlers of files: those that members upload, and pictures that are made when they are asked for.
 */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"
#include "http/multipart.h"
#include "http/transfer.h"
#include "http/range.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Files up to this size are sent together with their headers, in one write. */
#define SMALL ((int64_t)64 << 10)

static void answer_picture(exchange *x,
                           int (*make)(mc_buffer *out, mc_session *session, int64_t id))
{
    exchange_succeeded(x, make(reply_begin_file(x->reply, "image/svg+xml"), x->session, x->ids[0]));
}

void handle_profile_picture(exchange *x)
{
    answer_picture(x, mc_profile_picture);
}

void handle_microcosm_picture(exchange *x)
{
    answer_picture(x, mc_microcosm_picture);
}

void handle_site_picture(exchange *x)
{
    answer_picture(x, mc_site_picture);
}

/* A request whose files are on their way in. */
typedef struct arrival {
    exchange *x;
    bool has_begun;
    int64_t max_width, max_height;
    int status; /* the reply to a request that is no good; 0: the library says what is wrong */
    error_reason reason;
    const char *message;
    body_reader body;
    transfer transfer;
    multipart parts;
} arrival;

static int refuse(arrival *a, int status, error_reason reason, const char *message)
{
    a->status = status;
    a->reason = reason;
    a->message = message;
    return MC_EINVAL;
}

/* Of the body itself, or of what is in it. */
static int refuse_body(arrival *a)
{
    if (a->body.status == 408)
        return refuse(a, 408, REASON_NONE, "the files took too long to arrive");
    if (a->body.status == 413)
        return refuse(a, 400, REASON_TOO_LARGE,
                      "the files are larger than one request may bring (max-upload)");
    return refuse(a, 400, REASON_NONE,
                  a->parts.problem ? a->parts.problem : "the body is cut short or malformed");
}

static void set_deadline(arrival *a)
{
    a->x->call->wire->allow(transfer_left_ms(&a->transfer));
}

static int source(void *data, void *out, size_t size)
{
    arrival *a = data;
    int n;

    set_deadline(a);
    n = body_some(&a->body, out, size);
    a->transfer.bytes += n > 0 ? n : 0;
    return n;
}

static int begin(arrival *a)
{
    exchange *x = a->x;

    if (!multipart_begin(&a->parts, x->request->content_type, source, a))
        return refuse(a, 400, REASON_CONTENT_TYPE,
                      "the Content-Type must be multipart/form-data, with a boundary");
    a->transfer = transfer_begin(x->service->config);
    set_deadline(a);
    a->has_begun = true;
    return body_begin(&a->body, x->request, x->service->config->max_upload, x->call->wire) == 0
               ? 0
               : refuse_body(a);
}

static int64_t read_part(void *data, void *out, size_t size)
{
    arrival *a = data;
    int n = multipart_read(&a->parts, out, size);

    return n < 0 ? refuse_body(a) : n;
}

/* The next part that is a file; fields are passed over. */
static int next_file(void *data, mc_file_upload *upload)
{
    arrival *a = data;
    int rc = a->has_begun ? 0 : begin(a);
    int found;

    if (rc < 0)
        return rc;
    while ((found = multipart_next(&a->parts)) > 0 && !a->parts.file_name)
        ;
    if (found < 0)
        return refuse_body(a);
    if (found == 0) {
        a->x->call->body_taken = true;
        return 0;
    }
    if (!a->parts.content_type)
        return refuse(a, 400, REASON_CONTENT_TYPE, "each file needs a Content-Type");
    upload->file_name = a->parts.file_name;
    upload->content_type = a->parts.content_type;
    upload->read = read_part;
    upload->read_data = a;
    upload->max_width = a->max_width;
    upload->max_height = a->max_height;
    return 1;
}

/* Of files that aren't taken the rest is read all the same, up to what a request may have: most
 * clients hear no answer before they have sent all. */
static void drain(arrival *a)
{
    int n = 1;

    while (n > 0)
        n = source(a, a->parts.buffer, sizeof(a->parts.buffer));
    a->x->call->body_taken = n == 0;
}

static void answer_files(arrival *a)
{
    auto_record mc_file_list *list = NULL;
    exchange *x = a->x;
    int rc = mc_files_put(&list, x->session, next_file, a);

    if (a->has_begun && !x->call->body_taken && a->body.status == 0)
        drain(a);
    if (a->status)
        reply_refuse(x->reply, a->status, a->reason, a->message);
    else if (rc == 0 && list->files.count == 0)
        reply_nothing(x->reply, 200);
    else
        answer_record(x, rc, list);
}

void handle_files_put(exchange *x)
{
    arrival *a = malloc(sizeof(*a));

    if (!a) {
        x->reply->broken = MC_ENOMEM;
        return;
    }
    a->x = x;
    a->has_begun = false;
    a->status = 0;
    a->max_width = a->max_height = 0;
    if (read_number(x, "maxWidth", &a->max_width) && read_number(x, "maxHeight", &a->max_height))
        answer_files(a);
    free(a);
}

static int append(void *out, const void *bytes, size_t length)
{
    return mc_buffer_append(out, bytes, length);
}

typedef struct sink {
    bool (*write)(void *to, const void *bytes, size_t length);
    void *to;
} sink;

static int send_piece(void *data, const void *bytes, size_t length)
{
    const sink *s = data;

    return s->write(s->to, bytes, length) ? 0 : MC_EBUSY; /* the client has gone, or is too slow */
}

static bool send_file(void *data, bool (*write)(void *to, const void *bytes, size_t length),
                      void *to)
{
    exchange *x = data;
    sink s = {write, to};
    int rc = mc_file_read(x->session, x->file, x->file_offset, x->file_length, send_piece, &s);

    if (rc < 0 && rc != MC_EBUSY)
        log_line(x->service->log, MC_LOG_ERROR, "file %s: %s", x->file->file_hash,
                 mc_session_error(x->session)->message);
    return rc == 0;
}

/* Plain text has no coding of its own that browsers would know. */
static const char *content_type(const mc_file *file)
{
    return strcmp(file->mime_type, "text/plain") == 0 ? "text/plain; charset=utf-8"
                                                      : file->mime_type;
}

static void answer_file(exchange *x, const char *tag)
{
    const mc_file *file = x->file;
    const request *r = x->request;
    bool may_be_part = !r->if_range || strcmp(r->if_range, tag) == 0;
    range_kind kind = range_read(may_be_part ? r->range : NULL, file->file_size, &x->file_offset,
                                 &x->file_length);
    char headers[192], range[80] = "";
    mc_buffer *out;

    if (kind == RANGE_PART)
        snprintf(range, sizeof(range), "Content-Range: bytes %lld-%lld/%lld\r\n",
                 (long long)x->file_offset, (long long)(x->file_offset + x->file_length - 1),
                 (long long)file->file_size);
    else if (kind == RANGE_OUTSIDE)
        snprintf(range, sizeof(range), "Content-Range: bytes */%lld\r\n",
                 (long long)file->file_size);
    snprintf(headers, sizeof(headers), "ETag: %s\r\nAccept-Ranges: bytes\r\n%s%s", tag,
             file->is_inline ? "" : "Content-Disposition: attachment\r\n", range);
    if (kind == RANGE_OUTSIDE) {
        reply_begin_stored(x->reply, 416, NULL, false, headers);
        return;
    }
    out = reply_begin_stored(x->reply, kind == RANGE_PART ? 206 : 200, content_type(file),
                             file->is_public, headers);
    if (x->file_length > SMALL)
        reply_send_from(x->reply, (size_t)x->file_length, send_file, x);
    else
        exchange_succeeded(
            x, mc_file_read(x->session, file, x->file_offset, x->file_length, append, out));
}

/* The address in S3 is the client's for some time, whatever becomes of its rights. */
static void redirect_to_store(exchange *x)
{
    mc_buffer *address = NULL;
    int rc = mc_buffer_new(&address, 0);

    if (rc == 0)
        rc = mc_file_link(address, x->session, x->file, x->service->config->s3_redirect);
    if (rc == MC_ENOMEM)
        x->reply->broken = rc;
    else if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 307, mc_buffer_bytes(address));
    mc_buffer_free(address);
}

void handle_file(exchange *x)
{
    char hash[FILE_HASH_LENGTH + 1], tag[FILE_HASH_LENGTH + 3], headers[FILE_HASH_LENGTH + 16];
    int64_t width = 0; /* 0: as it is */

    if (!read_file_hash(hash, x) || !read_number(x, "width", &width))
        return;
    if (!exchange_succeeded(x, width ? mc_file_thumbnail(&x->file, x->session, hash, width)
                                     : mc_file_get(&x->file, x->session, hash)))
        return;
    snprintf(tag, sizeof(tag), "\"%s\"", x->file->file_hash);
    snprintf(headers, sizeof(headers), "ETag: %s\r\n", tag);
    if (etag_matches(x->request->if_none_match, tag))
        reply_begin_stored(x->reply, 304, content_type(x->file), x->file->is_public, headers);
    else if (x->service->config->s3_redirect)
        redirect_to_store(x);
    else
        answer_file(x, tag);
}
