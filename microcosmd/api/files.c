/* Handlers of files: so far pictures that are made when they are asked for. */
#include "handlers.h"
#include "routes.h"

void handle_picture(exchange *x)
{
    mc_buffer *out = reply_begin_file(x->reply, "image/svg+xml");

    exchange_succeeded(x, x->route->resource->picture(out, x->session, x->ids[0]));
}
