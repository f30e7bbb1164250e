/* The page that links in mails lead to, and the one click that ends them (RFC 8058). */
#include "handlers.h"
#include "page.h"

/* Nothing of the request is in these pages. */
static void show(exchange *x, const char *title, page_forms forms, const char *html)
{
    page p = page_begin(x, 200, title, forms);

    PAGE_PUT(&p, html);
    page_end(&p);
}

void handle_unsubscribe_page(exchange *x)
{
    show(x, "End mail like this?", PAGE_FORM_HERE,
         "<p>You get mail from this forum, and this ends mail like the one that has led you here. "
         "What you follow stays as it is.</p>\n<form method=\"post\">\n"
         "<button name=\"List-Unsubscribe\" value=\"One-Click\">No more mail like this</button>\n"
         "</form>\n");
}

void handle_unsubscribe(exchange *x)
{
    if (page_succeeded(x, mc_mail_unsubscribe(x->session, x->word), "This link doesn't count", ""))
        show(x, "Done", PAGE_NO_FORM, "<p role=\"status\">You get no more mail like this.</p>\n");
}
