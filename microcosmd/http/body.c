#include "body.h"

/* Bytes asked for at a time. */
#define PIECE 16384

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* civetweb leaves this to the handler; without it a client waits for a while before it goes on. */
static bool ask_for_it(const request *r, const wire *w)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    int length = (int)sizeof(go_on) - 1;

    return !r->expects_continue || w->write(w->connection, go_on, sizeof(go_on) - 1) == length;
}

int body_read(mc_buffer *out, const request *r, int64_t max, const wire *w)
{
    bool chunked = r->content_length < 0;
    int64_t total = 0;

    if (r->content_length == 0)
        return 0;
    if (r->content_length > max)
        return 413;
    if (!ask_for_it(r, w))
        return 408;
    while (chunked || total < r->content_length) {
        char piece[PIECE];
        int64_t wanted = chunked ? PIECE : least(PIECE, r->content_length - total);
        int n = w->read(w->connection, piece, (size_t)wanted);

        if (n == 0 && chunked)
            return 0;
        if (n <= 0)
            return w->late() ? 408 : 400;
        total += n;
        if (total > max)
            return 413;
        if (mc_buffer_append(out, piece, (size_t)n) < 0)
            return 413;
    }
    return 0;
}
