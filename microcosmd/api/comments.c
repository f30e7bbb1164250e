/* Handlers of comments, and the redirects to the page that a comment is on. */
#include "answers.h"
#include "handlers.h"
#include "http/query.h"
#include "parameters.h"
#include "routes.h"

#include <stdio.h>
#include <string.h>

/* Redirects (307) to the page of an item, with a query. */
static void redirect_to_page(exchange *x, const mc_position *place, const query *q)
{
    const char *collection = resource_path(mc_item_type_find(place->item_type));
    mc_buffer *location = NULL;
    char path[64];
    int length = snprintf(path, sizeof(path), "%s/%lld", collection ? collection : "",
                          (long long)place->item_id);

    if (collection && mc_buffer_new(&location, 0) == 0 &&
        mc_buffer_append(location, path, (size_t)length) == 0 && query_write(q, location) == 0)
        reply_redirect(x->reply, 307, mc_buffer_bytes(location));
    else
        reply_refuse(x->reply, 500, REASON_NONE, "internal failure");
    mc_buffer_free(location);
}

/* Copies the request's parameters, except those that the redirect replaces. */
static void copy_params(query *q, const request *r)
{
    static const char *const replaced[] = {"access_token", "offset", "limit", "comment_id"};

    for (size_t i = 0; i < r->param_count; i++) {
        bool is_copied = true;

        for (size_t k = 0; k < sizeof(replaced) / sizeof(replaced[0]); k++)
            is_copied &= strcmp(r->params[i].key, replaced[k]) != 0;
        if (is_copied)
            query_add(q, r->params[i].key, r->params[i].value);
    }
}

typedef int find_comment(mc_position **out, mc_session *session, int64_t id, int64_t limit);

static void redirect_to_comment(exchange *x, find_comment *find)
{
    auto_record mc_position *place = NULL;
    mc_page_options page;
    query q = {.count = 0};

    if (!read_page_start(x, &page) ||
        !exchange_succeeded(x, find(&place, x->session, x->ids[0], page.limit)))
        return;
    copy_params(&q, x->request);
    if (place->comment_id > 0)
        query_add_number(&q, "comment_id", place->comment_id);
    if (place->offset > 0)
        query_add_number(&q, "offset", place->offset);
    if (page.limit != LIMIT_DEFAULT)
        query_add_number(&q, "limit", page.limit);
    redirect_to_page(x, place, &q);
}

void handle_last_comment(exchange *x)
{
    redirect_to_comment(x, x->route->resource->last_comment);
}

void handle_new_comment(exchange *x)
{
    redirect_to_comment(x, x->route->resource->new_comment);
}

void handle_comment_in_context(exchange *x)
{
    auto_record mc_position *place = NULL;
    mc_page_options page;
    query q = {.count = 0};

    if (!read_page_start(x, &page) ||
        !exchange_succeeded(x, mc_comment_position(&place, x->session, x->ids[0], page.limit)))
        return;
    query_add_number(&q, "comment_id", place->comment_id);
    if (place->offset > 0)
        query_add_number(&q, "offset", place->offset);
    /* A first page that is shorter than usual is the beginning of the usual one. */
    if (page.limit != LIMIT_DEFAULT && (place->offset > 0 || page.limit > LIMIT_DEFAULT))
        query_add_number(&q, "limit", page.limit);
    redirect_to_page(x, place, &q);
}

void handle_comment(exchange *x)
{
    auto_record mc_comment *comment = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_comment_get(&comment, x->session, x->ids[0], page.limit, page.offset);
    answer_record(x, rc, comment);
}
