/* Handler of permissions. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

void handle_permission(exchange *x)
{
    auto_record mc_permissions *permissions = NULL;
    mc_permission_query about = {.size = sizeof(about)};
    const char *explanation;
    int rc;

    if (!read_item_type(x, "itemType", &about.item_type) ||
        !read_number(x, "itemId", &about.item_id) ||
        !read_number(x, "microcosmId", &about.microcosm_id))
        return;
    rc = mc_permissions_get(&permissions, param_is_true(x, "why") ? &explanation : NULL, x->session,
                            &about);
    answer_record(x, rc, permissions);
}
