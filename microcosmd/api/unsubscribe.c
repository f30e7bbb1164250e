/* The page that links in mails lead to, and the one click that ends them (RFC 8058). */
#include "handlers.h"

#include <string.h>

/* Nothing of the request is in these pages. */
#define HEAD                                                                                       \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"                    \
    "<title>Mail</title>\n</head>\n<body>\n"
#define FOOT "</body>\n</html>\n"

static const char question[] = HEAD
    "<form method=\"post\">\n<p>You get mail from this forum, and this link ends mail like "
    "it.</p>\n"
    "<p><button name=\"List-Unsubscribe\" value=\"One-Click\">No more mail like this</button></p>\n"
    "</form>\n" FOOT;
static const char answer[] = HEAD "<p>You get no more mail like this.</p>\n" FOOT;

static void show(exchange *x, const char *page)
{
    mc_buffer *out = reply_begin_text(x->reply, 200, "text/html; charset=utf-8");

    x->reply->is_private = true;
    x->reply->headers = "Content-Security-Policy: default-src 'none'; form-action 'self'; base-uri "
                        "'none'; frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n";
    if (mc_buffer_append(out, page, strlen(page)) < 0)
        x->reply->broken = MC_ENOMEM;
}

void handle_unsubscribe_page(exchange *x)
{
    show(x, question);
}

void handle_unsubscribe(exchange *x)
{
    if (exchange_succeeded(x, mc_mail_unsubscribe(x->session, x->word)))
        show(x, answer);
}
