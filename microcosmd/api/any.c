/* Handlers of the methods that most resources have; the route has the functions that they call. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"
#include "routes.h"

void handle_get(exchange *x)
{
    answer_page(x, x->route->resource, x->ids[0]);
}

void handle_list(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = x->route->resource->list(&collection, x->session, NULL, &page);
    answer_record(x, rc, collection);
}

void handle_create(exchange *x)
{
    const resource *r = x->route->resource;
    int64_t id = 0;
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = r->create(&id, x->session, b.format, b.bytes, b.length);
    answer_written(x, rc, r->path, id);
}

void handle_edit(exchange *x)
{
    const resource *r = x->route->resource;
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = r->edit(x->session, x->ids[0], b.format, b.bytes, b.length);
    answer_written(x, rc, r->path, x->ids[0]);
}

void handle_patch(exchange *x)
{
    body b;

    if (exchange_patch(x, &b))
        answer_done(x, x->route->resource->patch(x->session, x->ids[0], b.bytes, b.length));
}

void handle_delete(exchange *x)
{
    answer_done(x, x->route->resource->remove(x->session, x->ids[0]));
}
