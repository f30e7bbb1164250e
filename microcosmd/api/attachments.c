/* Handlers of attachments, for the things of all routes that have them. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"
#include "routes.h"

static mc_item_type type_of(const exchange *x)
{
    return x->route->resource->type;
}

void handle_attachments(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_attachments_list(&collection, x->session, type_of(x), x->ids[0], &page);
    answer_record(x, rc, collection);
}

void handle_attach(exchange *x)
{
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_attachment_body(x->session, type_of(x), x->ids[0], b.format, b.bytes, b.length);
    route_write_path(x);
    if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 302, x->path);
}

void handle_detach(exchange *x)
{
    char hash[FILE_HASH_LENGTH + 1];

    if (read_file_hash(hash, x))
        answer_done(x, mc_attachment_delete(x->session, type_of(x), x->ids[0], hash));
}
