/* Handlers of sites. */
#include "answers.h"
#include "handlers.h"

void handle_site(exchange *x)
{
    auto_record mc_site *site = NULL;
    int rc = mc_site_get(&site, x->session);

    answer_record(x, rc, site);
}

void handle_site_edit(exchange *x)
{
    reply_refuse(x->reply, 400, "a site is changed by its id, on the root site");
}
