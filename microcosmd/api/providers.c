/* Handlers of signing in through other services, and of the settings for it. */
#include "answers.h"
#include "handlers.h"
#include "page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FAILED "That didn't sign you in"
#define ANOTHER "<p><a href=\"/authorize\">Sign in again, or in another way</a></p>\n"
#define NO_REFERRER "Referrer-Policy: no-referrer\r\n"
#define COOKIE_NAME_SIZE 80
#define COOKIE_SIZE 4096

void handle_sign_in_choices(exchange *x)
{
    auto_record mc_sign_in_choice_list *list = NULL;
    int rc = mc_sign_in_choices_list(&list, x->session);

    answer_record(x, rc, list);
}

/* By the prefix browsers take it from this host alone, so no other site below the domain can have
 * its sign-in ended here. */
static void name_cookie(char out[COOKIE_NAME_SIZE], const exchange *x)
{
    snprintf(out, COOKIE_NAME_SIZE, "%smicrocosm_signin_%s",
             mc_session_is_secure(x->session) ? "__Host-" : "", x->word);
}

/* secret: "" takes the cookie away. more: other headers. */
static void set_cookie(exchange *x, const char *secret, const char *more)
{
    char name[COOKIE_NAME_SIZE];

    name_cookie(name, x);
    snprintf(x->cookie, sizeof(x->cookie),
             "Set-Cookie: %s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s\r\n%s", name, secret,
             *secret ? MC_SIGN_IN_SECONDS : 0, mc_session_is_secure(x->session) ? "; Secure" : "",
             more);
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

/* The value of a cookie, if it has that name; else out stays as it is. */
static void read_cookie(char *out, size_t size, const char *cookies, const char *name)
{
    size_t prefix = strlen(name);

    while (cookies && *cookies) {
        size_t length = strcspn(cookies, ";");

        if (length > prefix && strncmp(cookies, name, prefix) == 0 && cookies[prefix] == '=')
            snprintf(out, size, "%.*s", (int)(length - prefix - 1), cookies + prefix + 1);
        cookies += length;
        cookies += strspn(cookies, "; ");
    }
}

/* Where there is HTTPS, one without the prefix counts for nothing. */
static void read_secret(char *out, size_t size, const exchange *x)
{
    char name[COOKIE_NAME_SIZE];

    name_cookie(name, x);
    *out = '\0';
    read_cookie(out, size, x->request->cookies, name);
}

void handle_sign_in_end(exchange *x)
{
    auto_record mc_sign_in_code *code = NULL;
    mc_sign_in_return back = MC_SIGN_IN_RETURN_INIT;
    char secret[COOKIE_SIZE];

    read_secret(secret, sizeof(secret), x);
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
    reply_redirect(x->reply, 302, code->url);
    set_cookie(x, "", NO_REFERRER);
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
