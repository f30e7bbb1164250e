/* Handlers of short links, which lead away from here. */
#include "answers.h"
#include "handlers.h"

void handle_out(exchange *x)
{
    auto_record mc_short_link *link = NULL;
    int rc = mc_short_link_follow(&link, x->session, x->word);

    if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 307, link->url);
}
