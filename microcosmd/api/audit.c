/* Handler of the audit. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

void handle_audit(exchange *x)
{
    auto_record mc_audit_page *page = NULL;
    mc_audit_filter filter = MC_AUDIT_FILTER_INIT;
    mc_page_options page_size;
    int rc;

    if (!read_number(x, "profileId", &filter.profile_id) ||
        !read_item_type(x, "itemType", &filter.item_type) ||
        !read_number(x, "itemId", &filter.item_id) || !read_page(x, &page_size))
        return;
    filter.limit = page_size.limit;
    filter.action = request_param(x->request, "action");
    filter.since = request_param(x->request, "since");
    filter.until = request_param(x->request, "until");
    filter.before = request_param(x->request, "before");
    rc = mc_audit_list(&page, x->session, &filter);
    answer_record(x, rc, page);
}
