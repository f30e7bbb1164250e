/* Handlers of signing in through other services, and of the settings for it. */
#include "answers.h"
#include "cookies.h"
#include "handlers.h"
#include "landing.h"
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILED "That didn't sign you in"
#define ANOTHER "<p><a href=\"/authorize\">Sign in again, or in another way</a></p>\n"
#define NO_REFERRER "Referrer-Policy: no-referrer\r\n"
#define COOKIE_NAME_SIZE 80

void handle_sign_in_choices(exchange *x)
{
    auto_record mc_sign_in_choice_list *list = NULL;
    int rc = mc_sign_in_choices_list(&list, x->session);

    answer_record(x, rc, list);
}

static void name_cookie(char out[COOKIE_NAME_SIZE], const exchange *x)
{
    snprintf(out, COOKIE_NAME_SIZE, "signin_%s", x->word);
}

/* Begins x->cookie. secret: "" takes the cookie away. more: other headers. */
static void set_cookie(exchange *x, const char *secret, const char *more)
{
    char name[COOKIE_NAME_SIZE];

    name_cookie(name, x);
    snprintf(x->cookie, sizeof(x->cookie), "%s", more);
    cookie_put(x->cookie, sizeof(x->cookie), x, name, secret, MC_SIGN_IN_SECONDS);
    x->reply->headers = x->cookie;
}

void handle_sign_in_begin(exchange *x)
{
    auto_record mc_sign_in_start *start = NULL;

    if (!page_succeeded(
            x, mc_sign_in_begin(&start, x->session, x->word, request_param(x->request, "state")),
            FAILED, ANOTHER))
        return;
    reply_redirect(x->reply, 302, start->url);
    set_cookie(x, start->secret, NO_REFERRER);
}

void handle_sign_in_end(exchange *x)
{
    auto_record mc_sign_in_code *code = NULL;
    mc_sign_in_return back = MC_SIGN_IN_RETURN_INIT;
    char name[COOKIE_NAME_SIZE], secret[COOKIE_SIZE];

    name_cookie(name, x);
    cookie_get(secret, x, name);
    back.secret = secret;
    back.state = request_param(x->request, "state");
    back.code = request_param(x->request, "code");
    back.issuer = request_param(x->request, "iss");
    back.error = request_param(x->request, "error");
    if (!page_succeeded(x, mc_sign_in_end(&code, x->session, x->word, &back), FAILED, ANOTHER))
        return;
    if (code->needs_factor) {
        page_ask_factor(x, 200, code->code, code->path, NULL);
        set_cookie(x, "", x->header);
        return;
    }
    set_cookie(x, "", NO_REFERRER);
    landing_send(x, code);
}

void handle_providers(exchange *x)
{
    auto_record mc_sign_in_provider_list *list = NULL;
    int rc = mc_site_providers_list(&list, x->session, x->ids[0]);

    answer_record(x, rc, list);
}

void handle_provider_set(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_site_provider_set_body(x->session, x->ids[0], x->word, b.format, b.bytes,
                                                 b.length));
}

void handle_provider_remove(exchange *x)
{
    answer_done(x, mc_site_provider_remove(x->session, x->ids[0], x->word));
}
