/* Handlers of sites, their menus and addresses. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

#include <stdio.h>
#include <string.h>

void handle_site(exchange *x)
{
    auto_record mc_site *site = NULL;
    int rc = mc_site_get(&site, x->session);

    answer_record(x, rc, site);
}

void handle_site_edit(exchange *x)
{
    reply_refuse(x->reply, 400, REASON_NONE, "a site is changed by its id, on the root site");
}

void handle_sites(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_site_filter filter = {.size = sizeof(filter)};
    const char *only = request_param(x->request, "filter");
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.owned = only && strcmp(only, "owned") == 0;
    rc = mc_sites_list_public(&collection, x->session, &filter, &page);
    answer_record(x, rc, collection);
}

void handle_site_found(exchange *x)
{
    auto_record mc_site *site = NULL;
    int rc = mc_site_find(&site, x->session, x->ids[0]);

    answer_record(x, rc, site);
}

void handle_site_status(exchange *x)
{
    auto_record mc_site_status *status = NULL;
    int rc = mc_site_status_get(&status, x->session, x->ids[0]);

    answer_record(x, rc, status);
}

/* On the host of a site, the menu is that site's. */
static int64_t whose_menu(const exchange *x)
{
    return x->ids[0] ? x->ids[0] : mc_session_site(x->session);
}

void handle_menu(exchange *x)
{
    auto_record mc_link_list *menu = NULL;
    int rc = mc_site_menu_get(&menu, x->session, whose_menu(x));

    answer_record(x, rc, menu);
}

void handle_menu_edit(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x,
                    mc_site_menu_set_body(x->session, whose_menu(x), b.format, b.bytes, b.length));
}

void handle_menu_delete(exchange *x)
{
    answer_done(x, mc_site_menu_clear(x->session, whose_menu(x)));
}

/* The host is the whole body, without an envelope, and a header too. */
void handle_host(exchange *x)
{
    auto_record mc_site_host *found = NULL;
    int rc = mc_site_host_find(&found, x->session, x->word);

    if (!exchange_succeeded(x, rc))
        return;
    reply_text(x->reply, 200, found->host);
    snprintf(x->header, sizeof(x->header), "X-Microcosm-Host: %s\r\n", found->host);
    x->reply->headers = x->header;
}

/* Without an envelope. */
void handle_reserved(exchange *x)
{
    auto_record mc_site_key *key = NULL;
    int rc = mc_site_key_find(&key, x->session, x->word);

    if (!exchange_succeeded(x, rc))
        return;
    if (mc_record_json(reply_begin_text(x->reply, 200, "application/json"), key) < 0)
        x->reply->broken = true;
    x->reply->is_api = true; /* browsers ask from pages of other hosts */
}
