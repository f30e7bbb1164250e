/* The page on which people sign in for clients of Auth0, and the exchange of their codes. */
#include "answers.h"
#include "handlers.h"

#include <stdio.h>
#include <string.h>

#define HEAD                                                                                       \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"                    \
    "<title>Sign in</title>\n</head>\n<body>\n"
#define FOOT "</body>\n</html>\n"
/* No form-action: browsers apply it to what a form is redirected to, which may be on the domain of
 * the site. */
#define HEADERS                                                                                    \
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; frame-ancestors 'none'\r\n"     \
    "Referrer-Policy: same-origin\r\n"

static void put(exchange *x, mc_buffer *out, const char *text)
{
    if (mc_buffer_append(out, text, strlen(text)) < 0)
        x->reply->broken = MC_ENOMEM;
}

static void put_html(exchange *x, mc_buffer *out, const char *text)
{
    for (; *text; text++) {
        char one[8];

        snprintf(one, sizeof(one), strchr("&<>\"'", *text) ? "&#%d;" : "%c", *text);
        put(x, out, one);
    }
}

/* For a query inside of HTML: all but letters and digits is escaped. */
static void put_encoded(exchange *x, mc_buffer *out, const char *text)
{
    for (; *text; text++) {
        bool plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                     (*text >= '0' && *text <= '9') || *text == '/';
        char one[4];

        snprintf(one, sizeof(one), plain ? "%c" : "%%%02X", (unsigned char)*text);
        put(x, out, one);
    }
}

static const char *state_of(const exchange *x)
{
    const char *state = request_param(x->request, "state");

    return state ? state : "";
}

/* The other ways. Their titles are HTML. Without the database the page goes without them. */
static void put_providers(exchange *x, mc_buffer *out)
{
    auto_record mc_sign_in_choice_list *list = NULL;

    if (mc_sign_in_choices_list(&list, x->session) < 0)
        return;
    for (size_t i = 0; i < list->providers.count; i++) {
        const mc_sign_in_choice *choice = list->providers.items[i];

        put(x, out, "<p><a href=\"");
        put(x, out, choice->href);
        put(x, out, "?state=");
        put_encoded(x, out, state_of(x));
        put(x, out, "\">");
        put(x, out, choice->title);
        put(x, out, "</a></p>\n");
    }
}

static void show_page(exchange *x, int status, const char *problem)
{
    mc_buffer *out = reply_begin_text(x->reply, status, "text/html; charset=utf-8");

    x->reply->is_private = true;
    x->reply->headers = HEADERS;
    put(x, out, HEAD);
    if (problem) {
        put(x, out, "<p role=\"alert\">");
        put_html(x, out, problem);
        put(x, out, "</p>\n");
    }
    put(x, out, "<form method=\"post\" action=\"?state=");
    put_encoded(x, out, state_of(x));
    put(x, out,
        "\">\n<p><label>E-mail <input name=\"Email\" type=\"email\" autocomplete=\"username\" "
        "required></label></p>\n"
        "<p><label>Password <input name=\"Password\" type=\"password\" "
        "autocomplete=\"current-password\" required></label></p>\n"
        "<p><label>Code of your second factor, if you have one <input name=\"SecondFactor\" "
        "autocomplete=\"one-time-code\"></label></p>\n"
        "<p><button>Sign in</button></p>\n</form>\n");
    put_providers(x, out);
    put(x, out, FOOT);
}

void handle_authorize_page(exchange *x)
{
    show_page(x, 200, NULL);
}

static void show_failure(exchange *x)
{
    const mc_failure *error = mc_session_error(x->session);
    int status = reply_status_of(error->code);
    int64_t retry_s = error->retry_s;
    char message[512]; /* the page asks for more, which clears the error */

    snprintf(message, sizeof(message), "%s", error->message);
    show_page(x, status ? status : 500, message);
    x->reply->retry_after = retry_s;
}

void handle_authorize(exchange *x)
{
    auto_record mc_sign_in_code *code = NULL;
    auto_record mc_token *token = NULL;
    body b;

    /* Another site that posted this form would sign its visitors in as somebody else. */
    if (x->request->is_from_elsewhere) {
        show_page(x, 403, "This form was sent from another site: sign in here.");
        return;
    }
    if (!exchange_body(x, &b))
        return;
    if (mc_account_sign_in_body(&token, x->session, b.format, b.bytes, b.length) < 0 ||
        mc_sign_in_code_create(&code, x->session, token->access_token, state_of(x)) < 0)
        show_failure(x);
    else
        reply_redirect(x->reply, 302, code->url);
}

void handle_code_exchange(exchange *x)
{
    auto_record mc_token *token = NULL;
    char json[MC_TOKEN_SIZE + 2];
    body b;

    if (!exchange_body(x, &b) ||
        !exchange_succeeded(
            x, mc_sign_in_code_exchange_body(&token, x->session, b.format, b.bytes, b.length)))
        return;
    snprintf(json, sizeof(json), "\"%s\"", token->access_token);
    answer_json(x, json);
}
