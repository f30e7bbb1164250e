/* Handlers of files: so far pictures that are made when they are asked for. */
#include "handlers.h"

static void answer_picture(exchange *x,
                           int (*make)(mc_buffer *out, mc_session *session, int64_t id))
{
    exchange_succeeded(x, make(reply_begin_file(x->reply, "image/svg+xml"), x->session, x->ids[0]));
}

void handle_profile_picture(exchange *x)
{
    answer_picture(x, mc_profile_picture);
}

void handle_site_picture(exchange *x)
{
    answer_picture(x, mc_site_picture);
}
