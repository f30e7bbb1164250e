/* The pages that links in mails with codes lead to. Looking at one changes nothing: programs that
 * look at mail follow links, too. */
#include "answers.h"
#include "handlers.h"
#include "landing.h"
#include "page.h"
#include "session_cookie.h"

#include <stdio.h>
#include <string.h>

#define FAILED "This link doesn't count"
#define ANOTHER "<p><a href=\"/authorize\">Sign in, or ask for another mail</a></p>\n"

/* What a code is good for, as links name it. */
typedef struct purpose {
    const char *name, *title;
    const char *before, *after; /* HTML around whose account it is */
    const char *button;         /* HTML */
    const char *answer;         /* HTML, or NULL: it leads on */
    bool asks_for_password;
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
    {"password-", "A new password", "<p>This sets the password of ", ".</p>\n", "Set the password",
     "<p role=\"status\">This is your password now. Wherever you were signed in, you aren't any "
     "more.</p>\n<p><a href=\"/authorize\">Sign in</a></p>\n",
     true, use_for_password},
    {"sign-in-", "Sign in", "<p>You are about to sign in as ",
     ".</p>\n<p>Go on only if this is your own address, and you have asked for the mail. If "
     "somebody "
     "else has sent you the link, you would write in their account.</p>\n",
     "Sign in", NULL, false, use_for_sign_in},
    {"email-", "Your address", "<p>Was the mail with this link sent to you, as ", "?</p>\n",
     "Yes, it is mine", "<p role=\"status\">Your address is confirmed.</p>\n", false,
     use_for_email},
};

/* NULL, and answered: there is none. */
static const purpose *find_purpose(exchange *x)
{
    for (size_t i = 0; i < sizeof(purposes) / sizeof(purposes[0]); i++)
        if (strncmp(x->word, purposes[i].name, strlen(purposes[i].name)) == 0)
            return &purposes[i];
    if (x->request->wants_html)
        page_show_problem(
            x, &(page_problem){.status = 404, .message = "it was cut short, or is another one's"},
            FAILED, ANOTHER);
    else
        reply_refuse(x->reply, 404, REASON_NONE, "There is no such page.");
    return NULL;
}

/* NULL, and answered: it doesn't count. */
static mc_mail_code *find_code(exchange *x, const purpose *of)
{
    mc_mail_code *found = NULL;
    char name[16];

    snprintf(name, sizeof(name), "%.*s", (int)strlen(of->name) - 1, of->name);
    page_succeeded(x, mc_mail_code_find(&found, x->session, name, x->word + strlen(of->name)),
                   FAILED, ANOTHER);
    return found;
}

/* Whoever looks at the page may have been sent another one's link. */
static void put_account(page *p, const purpose *of, const mc_mail_code *code)
{
    auto_record mc_site *site = NULL;
    const char *host = NULL;

    PAGE_PUT(p, of->before, "<strong>");
    page_put_text(p, code->email);
    PAGE_PUT(p, "</strong>");
    if (mc_site_get(&site, p->x->session) == 0)
        host = strstr(site->site_url, "://");
    if (host) {
        PAGE_PUT(p, " on <strong>");
        page_put_text(p, host + 3);
        PAGE_PUT(p, "</strong>");
    }
    PAGE_PUT(p, of->after);
    if (code->is_new)
        PAGE_PUT(p, "<p>Nobody here has this address yet: you will be new.</p>\n");
}

/* problem: NULL, or what was wrong with what was sent. */
static void ask(exchange *x, const purpose *of, const page_problem *problem)
{
    auto_record mc_mail_code *code = find_code(x, of);
    page p;

    if (!code)
        return;
    p = page_begin(x, problem ? problem->status : 200, of->title, PAGE_FORM_HERE);
    if (problem)
        x->reply->retry_after = problem->retry_s;
    put_account(&p, of, code);
    PAGE_PUT(&p, "<form method=\"post\">\n");
    if (of->asks_for_password)
        page_put_field(&p, &(page_field){.name = "Password",
                                         .label = "New password",
                                         .hint = "10 characters or more",
                                         .type = "password",
                                         .more = "minlength=\"10\" autocomplete=\"new-password\" "
                                                 "required",
                                         .problem = problem ? problem->message : NULL,
                                         .is_first = true});
    else if (problem)
        page_put_factor(&p, problem->message);
    PAGE_PUT(&p, "<button>", of->button, "</button>\n</form>\n");
    page_end(&p);
}

void handle_code_page(exchange *x)
{
    const purpose *found = find_purpose(x);

    if (found)
        ask(x, found, NULL);
}

static void free_buffer(mc_buffer **buffer)
{
    mc_buffer_free(*buffer);
}

/* The form, and the code of the path as a field of it. */
static int use(mc_token **token, exchange *x, const purpose *of, const body *form)
{
    __attribute__((cleanup(free_buffer))) mc_buffer *all = NULL;

    if (mc_buffer_new(&all, 0) < 0 ||
        page_form_add(all, form, "Code", x->word + strlen(of->name)) < 0)
        return MC_ENOMEM;
    return of->use(token, x->session, mc_buffer_bytes(all), mc_buffer_length(all));
}

/* Where people sign in by a client that was made for Auth0, it gets the token; else the browser
 * does. */
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
        landing_send(x, code);
    }
}

static void answer(exchange *x, const purpose *of, const mc_token *token)
{
    page p;

    if (token) {
        let_in(x, token);
        return;
    }
    p = page_begin(x, 200, of->title, PAGE_NO_FORM);
    PAGE_PUT(&p, of->answer);
    page_end(&p);
}

/* What can be mended is asked for again. */
static void refuse(exchange *x, const purpose *of, int rc)
{
    page_problem problem;

    if (!x->request->wants_html) {
        exchange_succeeded(x, rc);
        return;
    }
    page_problem_read(&problem, x, rc, of->asks_for_password ? "password" : NULL);
    if (problem.is_fault || problem.reason == REASON_FACTOR)
        ask(x, of, &problem);
    else
        page_show_problem(x, &problem, FAILED, ANOTHER);
}

void handle_code_use(exchange *x)
{
    auto_record mc_token *token = NULL;
    const purpose *found = find_purpose(x);
    body form;
    int rc;

    if (!found || !page_is_asked_for_here(x) || !exchange_body(x, &form))
        return;
    if (form.format != MC_FORMAT_FORM) {
        reply_refuse(x->reply, 400, REASON_CONTENT_TYPE, "the body must be a form");
        return;
    }
    rc = use(&token, x, found, &form);
    if (rc < 0)
        refuse(x, found, rc);
    else
        answer(x, found, token);
}
