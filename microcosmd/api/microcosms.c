/* Handlers of microcosms, besides those of any resource. */
#include "answers.h"
#include "handlers.h"

void handle_microcosm_root(exchange *x)
{
    answer_page(x, &microcosm_resource, 0);
}

void handle_microcosm_tree(exchange *x)
{
    auto_record mc_link_list *tree = NULL;
    int rc = mc_microcosms_tree(&tree, x->session);

    answer_record(x, rc, tree);
}
