/* Handlers of microcosms, besides those of any resource. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

/* id 0: the root. */
static void answer_microcosm(exchange *x, int64_t id)
{
    mc_microcosm_filter filter = MC_MICROCOSM_FILTER_INIT;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.polls = param_is_true(x, "polls");
    rc = mc_microcosm_json(reply_begin(x->reply, 200), x->session, id, &filter, &page);
    if (exchange_succeeded(x, rc))
        reply_end(x->reply);
}

void handle_microcosm(exchange *x)
{
    answer_microcosm(x, x->ids[0]);
}

void handle_microcosm_root(exchange *x)
{
    answer_microcosm(x, 0);
}

void handle_microcosm_tree(exchange *x)
{
    auto_record mc_link_list *tree = NULL;
    int rc = mc_microcosms_tree(&tree, x->session);

    answer_record(x, rc, tree);
}
