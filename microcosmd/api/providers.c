/* Handlers of signing in through other services, and of the settings for it. */
#include "answers.h"
#include "handlers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COOKIE "microcosm_signin"
#define COOKIE_HEADER_SIZE 4096

void handle_sign_in_choices(exchange *x)
{
    auto_record mc_sign_in_choice_list *list = NULL;
    int rc = mc_sign_in_choices_list(&list, x->session);

    answer_record(x, rc, list);
}

/* secret: "" takes the cookie away. */
static void set_cookie(exchange *x, const char *secret, const char *path, bool secure)
{
    snprintf(x->cookie, sizeof(x->cookie),
             "Set-Cookie: " COOKIE "=%s; Path=%s; Max-Age=%d; HttpOnly; SameSite=Lax%s\r\n"
             "Referrer-Policy: no-referrer\r\n",
             secret, path, *secret ? MC_SIGN_IN_SECONDS : 0, secure ? "; Secure" : "");
    x->reply->headers = x->cookie;
}

void handle_sign_in_begin(exchange *x)
{
    auto_record mc_sign_in_start *start = NULL;

    if (!exchange_succeeded(
            x, mc_sign_in_begin(&start, x->session, x->word, request_param(x->request, "state"))))
        return;
    reply_redirect(x->reply, 302, start->url);
    set_cookie(x, start->secret, start->cookie_path, start->secure);
}

/* Copies the cookie's value, "" if there is none. */
static void read_cookie(char *out, size_t size, const char *cookies)
{
    *out = '\0';
    while (cookies && *cookies) {
        size_t length = strcspn(cookies, ";");

        if (strncmp(cookies, COOKIE "=", sizeof(COOKIE)) == 0)
            snprintf(out, size, "%.*s", (int)(length - sizeof(COOKIE)), cookies + sizeof(COOKIE));
        cookies += length;
        cookies += strspn(cookies, "; ");
    }
}

void handle_sign_in_end(exchange *x)
{
    auto_record mc_sign_in_code *code = NULL;
    mc_sign_in_return back = MC_SIGN_IN_RETURN_INIT;
    char secret[COOKIE_HEADER_SIZE], path[EXCHANGE_PATH_SIZE];

    read_cookie(secret, sizeof(secret), x->request->cookies);
    back.secret = secret;
    back.state = request_param(x->request, "state");
    back.code = request_param(x->request, "code");
    back.issuer = request_param(x->request, "iss");
    back.error = request_param(x->request, "error");
    if (!exchange_succeeded(x, mc_sign_in_end(&code, x->session, x->word, &back)))
        return;
    snprintf(path, sizeof(path), "/api/v1/signedin/%s", x->word);
    reply_redirect(x->reply, 302, code->url);
    set_cookie(x, "", path, strncmp(code->url, "https:", 6) == 0);
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
