/* The pages that links in mails with codes lead to. Looking at one changes nothing: programs that
 * look at mail follow links, too. */
#include "answers.h"
#include "session_cookie.h"
#include "handlers.h"

#include <string.h>

/* Nothing of the request is in these pages. */
#define HEAD                                                                                       \
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"                      \
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"                    \
    "<title>Your account</title>\n</head>\n<body>\n"
#define FOOT "</body>\n</html>\n"

/* What a code is good for, as links name it. */
typedef struct purpose {
    const char *name;
    const char *question, *answer;
    /* token: of who has signed in by it */
    int (*use)(mc_token **token, mc_session *session, const char *form, size_t length);
} purpose;

static int use_for_password(mc_token **token, mc_session *session, const char *form, size_t length)
{
    (void)token;
    return mc_password_reset_body(session, MC_FORMAT_FORM, form, length);
}

static int use_for_email(mc_token **token, mc_session *session, const char *form, size_t length)
{
    (void)token;
    return mc_email_confirm_body(session, MC_FORMAT_FORM, form, length);
}

static int use_for_sign_in(mc_token **token, mc_session *session, const char *form, size_t length)
{
    return mc_account_sign_in_body(token, session, MC_FORMAT_FORM, form, length);
}

static const purpose purposes[] = {
    {"password-",
     HEAD "<form method=\"post\">\n<p><label>A new password, of 10 characters or more\n"
          "<input type=\"password\" name=\"Password\" minlength=\"10\" "
          "autocomplete=\"new-password\" required></label>\n"
          "<button>Set it</button></p>\n</form>\n" FOOT,
     HEAD
     "<p>This is your password now. Wherever you were signed in, you aren't any more.</p>\n" FOOT,
     use_for_password},
    {"sign-in-", HEAD "<form method=\"post\">\n<p><button>Sign in</button></p>\n</form>\n" FOOT,
     NULL, use_for_sign_in},
    {"email-",
     HEAD "<form method=\"post\">\n<p>The mail was sent to your address?\n"
          "<button>Yes, it is mine</button></p>\n</form>\n" FOOT,
     HEAD "<p>Your address is confirmed.</p>\n" FOOT, use_for_email},
};

static void show(exchange *x, const char *page)
{
    mc_buffer *out = reply_begin_text(x->reply, 200, "text/html; charset=utf-8");

    x->reply->is_private = true;
    x->reply->headers = "Content-Security-Policy: default-src 'none'; form-action 'self'; base-uri "
                        "'none'; frame-ancestors 'none'\r\nReferrer-Policy: same-origin\r\n";
    if (mc_buffer_append(out, page, strlen(page)) < 0)
        x->reply->broken = MC_ENOMEM;
}

/* NULL, and answered: there is none. */
static const purpose *find_purpose(exchange *x)
{
    for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
        if (strncmp(x->word, purposes[i].name, strlen(purposes[i].name)) == 0)
            return &purposes[i];
    reply_refuse(x->reply, 404, REASON_NONE, "There is no such page.");
    return NULL;
}

void handle_code_page(exchange *x)
{
    const purpose *found = find_purpose(x);

    if (found)
        show(x, found->question);
}

static void free_buffer(mc_buffer **buffer)
{
    mc_buffer_free(*buffer);
}

/* The form, and the code of the path as a field of it. */
static int use(mc_token **token, exchange *x, const purpose *of, const body *form)
{
    __attribute__((cleanup(free_buffer))) mc_buffer *all = NULL;
    const char *field = form->length ? "&Code=" : "Code=", *code = x->word + strlen(of->name);

    if (mc_buffer_new(&all, 0) < 0 || mc_buffer_append(all, form->bytes, form->length) < 0 ||
        mc_buffer_append(all, field, strlen(field)) < 0 ||
        mc_buffer_append(all, code, strlen(code)) < 0)
        return MC_ENOMEM;
    return of->use(token, x->session, mc_buffer_bytes(all), mc_buffer_length(all));
}

/* Where people sign in by a client that was made for Auth0, it gets the token; else the browser
 * does.
 */
static void let_in(exchange *x, const mc_token *token)
{
    auto_record mc_site *site = NULL;
    auto_record mc_sign_in_code *code = NULL;

    if (!exchange_succeeded(x, mc_site_get(&site, x->session)))
        return;
    if (!*site->auth0_domain) {
        reply_redirect(x->reply, 302, "/");
        session_cookie_set(x, token->access_token);
    } else if (exchange_succeeded(
                   x, mc_sign_in_code_create(&code, x->session, token->access_token, "/"))) {
        reply_redirect(x->reply, 302, code->url);
    }
}

void handle_code_use(exchange *x)
{
    auto_record mc_token *token = NULL;
    const purpose *found = find_purpose(x);
    body form;

    if (!found || !session_is_asked_for_here(x) || !exchange_body(x, &form))
        return;
    if (form.format != MC_FORMAT_FORM) {
        reply_refuse(x->reply, 400, REASON_CONTENT_TYPE, "the body must be a form");
    } else if (exchange_succeeded(x, use(&token, x, found, &form))) {
        if (token)
            let_in(x, token);
        else
            show(x, found->answer);
    }
}
