#include "body.h"

#include <string.h>

static size_t least(size_t a, int64_t b)
{
    return (int64_t)a < b ? a : (size_t)b;
}

/* Sends "100 Continue", which civetweb leaves to the handler and some clients wait for. */
static bool ask_for_it(const request *r, const wire *w)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int length = (int)sizeof(go_on) - 1;

    return !r->expects_continue || w->write(w->connection, go_on, sizeof(go_on) - 1) == length;
}

int body_begin(body_reader *b, const request *r, int64_t max, const wire *w)
{
    b->wire = w;
    b->left = r->content_length;
    b->room = max;
    b->chunks = (chunks){.state = CHUNK_SIZE};
    b->at = b->end = 0;
    b->status = 0;
    if (r->content_length > max)
        return b->status = 413;
    if (r->content_length != 0 && !ask_for_it(r, w))
        return b->status = 408;
    return 0;
}

static int fail(body_reader *b, int status)
{
    b->status = status;
    return -1;
}

static int read_wire(body_reader *b, void *out, size_t size)
{
    int n = b->wire->read(b->wire->connection, out, size);

    return n > 0 ? n : fail(b, b->wire->late() ? 408 : 400);
}

static int read_announced(body_reader *b, void *out, size_t size)
{
    int n;

    if (b->left == 0)
        return 0;
    n = read_wire(b, out, least(size, b->left));
    if (n > 0)
        b->left -= n;
    return n;
}

/* Takes what has been read already, up to the next data; 0: there is none. */
static int take_data(body_reader *b, void *out, size_t size)
{
    while (b->at < b->end) {
        const char *data;
        size_t length;
        size_t taken = chunks_take(&b->chunks, b->piece + b->at,
                                   least(size, (int64_t)(b->end - b->at)), &data, &length);

        if (taken == 0)
            return fail(b, 400);
        b->at += taken;
        if ((b->chunks.state == CHUNK_DATA && b->chunks.left > (size_t)b->room) ||
            length > (size_t)b->room)
            return fail(b, 413);
        b->room -= (int64_t)length;
        if (length > 0) {
            memcpy(out, data, length);
            return (int)length;
        }
    }
    return 0;
}

static int read_chunked(body_reader *b, void *out, size_t size)
{
    for (;;) {
        int n = take_data(b, out, size);
        size_t wanted = chunks_wanted(&b->chunks);

        if (n != 0 || wanted == 0)
            return n;
        n = read_wire(b, b->piece, least(sizeof(b->piece), (int64_t)wanted));
        if (n < 0)
            return n;
        b->at = 0;
        b->end = (size_t)n;
    }
}

int body_some(body_reader *b, void *out, size_t size)
{
    if (b->status != 0)
        return -1;
    return b->left < 0 ? read_chunked(b, out, size) : read_announced(b, out, size);
}

int body_read(mc_buffer *out, const request *r, int64_t max, const wire *w)
{
    char piece[BODY_PIECE];
    body_reader b;
    int status = body_begin(&b, r, max, w);
    int n;

    if (status != 0)
        return status;
    while ((n = body_some(&b, piece, sizeof(piece))) > 0)
        if (mc_buffer_append(out, piece, (size_t)n) < 0)
            return 413;
    return n < 0 ? b.status : 0;
}
