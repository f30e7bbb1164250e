/* Handlers of users. */
#include "answers.h"
#include "handlers.h"

void handle_users_create(exchange *x)
{
    auto_record mc_profile_list *profiles = NULL;
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_users_create_body(&profiles, x->session, b.format, b.bytes, b.length);
    answer_record(x, rc, profiles);
}

void handle_users_batch(exchange *x)
{
    body b;

    if (exchange_lines(x, &b))
        answer_done(x, mc_users_batch_body(x->session, b.format, b.bytes, b.length));
}

void handle_user(exchange *x)
{
    auto_record mc_account *account = NULL;
    int rc = mc_user_find(&account, x->session, x->ids[0]);

    answer_record(x, rc, account);
}

/* Users are neither changed nor deleted by sites; who may know of them is told so. */
void handle_user_change(exchange *x)
{
    auto_record mc_permissions *permissions = NULL;
    mc_permission_query site = {.size = sizeof(site), .item_type = MC_ITEM_SITE};
    int rc = mc_permissions_get(&permissions, NULL, x->session, &site);

    if (!exchange_succeeded(x, rc))
        return;
    if (permissions->is_site_owner)
        reply_refuse(x->reply, 501, REASON_NONE, "users cannot be changed or deleted");
    else
        exchange_succeeded(x, MC_EFORBIDDEN);
}
