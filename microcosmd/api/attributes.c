/* Handlers of attributes, for the things of all routes that have them. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"
#include "routes.h"

static mc_item_type type_of(const exchange *x)
{
    return x->route->resource->type;
}

void handle_attributes(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_attributes_list(&collection, x->session, type_of(x), x->ids[0], &page);
    answer_record(x, rc, collection);
}

void handle_attributes_edit(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_attributes_set_many_body(x->session, type_of(x), x->ids[0], b.format,
                                                   b.bytes, b.length));
}

void handle_attributes_delete(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_attributes_delete_many_body(x->session, type_of(x), x->ids[0], b.format,
                                                      b.bytes, b.length));
}

void handle_attribute(exchange *x)
{
    auto_record mc_attribute *attribute = NULL;
    int rc = mc_attribute_get(&attribute, x->session, type_of(x), x->ids[0], x->word);

    answer_record(x, rc, attribute);
}

void handle_attribute_edit(exchange *x)
{
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_attribute_body(x->session, type_of(x), x->ids[0], x->word, b.format, b.bytes, b.length);
    route_write_path(x);
    if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 302, x->path);
}

void handle_attribute_delete(exchange *x)
{
    answer_done(x, mc_attribute_delete(x->session, type_of(x), x->ids[0], x->word));
}
