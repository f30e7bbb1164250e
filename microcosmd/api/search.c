/* Handlers of searches. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

/* errorCode of a search that took too long, which the API v1 answers with 500. */
#define REASON_SEARCH 24

/* True if the reply is made. */
static bool took_too_long(exchange *x, int rc)
{
    const mc_failure *error = mc_session_error(x->session);

    if (rc == 0 || error->reason != REASON_SEARCH)
        return false;
    reply_failure(x->reply, 500, error);
    return true;
}

void handle_search(exchange *x)
{
    auto_record mc_search_result *result = NULL;
    mc_search_filter filter = MC_SEARCH_FILTER_INIT;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.parameters = x->request->query;
    rc = mc_search_find(&result, x->session, &filter, &page);
    if (!took_too_long(x, rc))
        answer_record(x, rc, result);
}

void handle_suggest(exchange *x)
{
    auto_record mc_suggestion_list *list = NULL;
    int rc = mc_search_suggest(&list, x->session, request_param(x->request, "q"));

    answer_record(x, rc, list);
}

void handle_trending(exchange *x)
{
    auto_record mc_collection *list = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_trending_list(&list, x->session, &page);
    answer_record(x, rc, list);
}

void handle_resolve(exchange *x)
{
    auto_record mc_resolved *resolved = NULL;
    int rc = mc_url_resolve(&resolved, x->session, request_param(x->request, "url"));

    answer_record(x, rc, resolved);
}
