#include "body.h"
#include "chunks.h"

/* Bytes per read. */
#define PIECE 16384

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Sends "100 Continue", which civetweb leaves to the handler and some clients wait for. */
static bool ask_for_it(const request *r, const wire *w)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int length = (int)sizeof(go_on) - 1;

    return !r->expects_continue || w->write(w->connection, go_on, sizeof(go_on) - 1) == length;
}

static int failure(const wire *w)
{
    return w->late() ? 408 : 400;
}

static int read_announced(mc_buffer *out, int64_t length, const wire *w)
{
    char piece[PIECE];

    while (length > 0) {
        int n = w->read(w->connection, piece, (size_t)least(sizeof(piece), length));

        if (n <= 0)
            return failure(w);
        if (mc_buffer_append(out, piece, (size_t)n) < 0)
            return 413;
        length -= n;
    }
    return 0;
}

/* Appends the data among some bytes of the body. */
static int take_data(mc_buffer *out, chunks *c, const char *bytes, size_t length, int64_t max)
{
    while (length > 0) {
        const char *data;
        size_t data_length;
        size_t taken = chunks_take(c, bytes, length, &data, &data_length);

        if (taken == 0)
            return 400;
        if (c->state == CHUNK_DATA && c->left > (size_t)max)
            return 413;
        if (mc_buffer_length(out) + data_length > (size_t)max ||
            mc_buffer_append(out, data, data_length) < 0)
            return 413;
        bytes += taken;
        length -= taken;
    }
    return 0;
}

static int read_chunked(mc_buffer *out, int64_t max, const wire *w)
{
    char piece[PIECE];
    chunks c = {.state = CHUNK_SIZE};
    size_t wanted;

    while ((wanted = chunks_wanted(&c)) > 0) {
        int n = w->read(w->connection, piece, wanted < sizeof(piece) ? wanted : sizeof(piece));
        int status;

        if (n <= 0)
            return failure(w);
        status = take_data(out, &c, piece, (size_t)n, max);
        if (status != 0)
            return status;
    }
    return 0;
}

int body_read(mc_buffer *out, const request *r, int64_t max, const wire *w)
{
    if (r->content_length == 0)
        return 0;
    if (r->content_length > max)
        return 413;
    if (!ask_for_it(r, w))
        return 408;
    return r->content_length < 0 ? read_chunked(out, max, w)
                                 : read_announced(out, r->content_length, w);
}
