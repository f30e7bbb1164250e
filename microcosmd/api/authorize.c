/* The page on which people sign in for clients of Auth0, and the exchange of their codes. */
#include "answers.h"
#include "handlers.h"
#include "landing.h"
#include "page.h"

#include <stdio.h>
#include <string.h>

#define FIELD_SIZE 1024

/* What the form has said. */
typedef struct given {
    char email[FIELD_SIZE], code[FIELD_SIZE], pending[FIELD_SIZE], factor[FIELD_SIZE];
} given;

static const char *state_of(const exchange *x)
{
    const char *state = request_param(x->request, "state");

    return state ? state : "";
}

static void put_form(page *p)
{
    PAGE_PUT(p, "<form method=\"post\" action=\"?state=");
    page_put_query(p, state_of(p->x));
    PAGE_PUT(p, "\">\n");
}

/* send: what a mail is asked for by it. It needs nothing but the address. */
static void put_mail_button(page *p, const char *send, const char *label)
{
    PAGE_PUT(p, "<button class=\"other\" formnovalidate formaction=\"?state=");
    page_put_query(p, state_of(p->x));
    PAGE_PUT(p, "&amp;send=", send, "\">", label, "</button>\n");
}

static void put_link_back(page *p, const char *label)
{
    PAGE_PUT(p, "<p><a href=\"/authorize?state=");
    page_put_query(p, state_of(p->x));
    PAGE_PUT(p, "\">", label, "</a></p>\n");
}

/* The other ways. Their titles are HTML. Without the database the page goes without them. */
static void put_providers(page *p)
{
    auto_record mc_sign_in_choice_list *list = NULL;

    if (mc_sign_in_choices_list(&list, p->x->session) < 0 || list->providers.count == 0)
        return;
    PAGE_PUT(p, "<h2>Or sign in with</h2>\n<ul class=\"ways\">\n");
    for (size_t i = 0; i < list->providers.count; i++) {
        const mc_sign_in_choice *choice = list->providers.items[i];

        PAGE_PUT(p, "<li><a href=\"", choice->href, "?state=");
        page_put_query(p, state_of(p->x));
        PAGE_PUT(p, "\">", choice->title, "</a></li>\n");
    }
    PAGE_PUT(p, "</ul>\n");
}

static bool is_about_password(const page_problem *problem)
{
    return problem && problem->code == MC_EUNAUTHENTICATED && problem->reason != REASON_FACTOR;
}

static void put_password_form(page *p, const char *email, const page_problem *problem)
{
    bool is_refused = is_about_password(problem);

    put_form(p);
    page_put_field(p,
                   &(page_field){.name = "Email",
                                 .label = "E-mail address",
                                 .type = "email",
                                 .more = "autocomplete=\"username\" required",
                                 .value = email,
                                 .problem = problem && problem->is_fault ? problem->message : NULL,
                                 .is_first = !is_refused});
    page_put_field(p, &(page_field){.name = "Password",
                                    .label = "Password",
                                    .type = "password",
                                    .more = "autocomplete=\"current-password\" required",
                                    .problem = is_refused ? problem->message : NULL});
    PAGE_PUT(p, "<button>Sign in</button>\n");
    if (p->x->service->config->smtp) {
        put_mail_button(p, "sign-in", "Mail me a code instead");
        put_mail_button(p, "password", "Mail me a link for a new password");
    }
    PAGE_PUT(p, "</form>\n");
}

static void show_start(exchange *x, const char *email, const page_problem *problem)
{
    page p = page_begin(x, problem ? problem->status : 200, "Sign in", PAGE_FORM_ANYWHERE);

    if (problem) {
        x->reply->retry_after = problem->retry_s;
        page_put_alert(&p,
                       problem->is_fault || is_about_password(problem) ? NULL : problem->message);
    }
    put_password_form(&p, email, problem);
    put_providers(&p);
    page_end(&p);
}

/* It says the same whether anybody has the address or not. */
static void show_sent(exchange *x, const given *g)
{
    page p = page_begin(x, 200, "Look at your mail", PAGE_NO_FORM);

    PAGE_PUT(&p, "<p role=\"status\">If somebody here has the address <strong>");
    page_put_text(&p, g->email);
    PAGE_PUT(&p, "</strong>, a mail with a link for a new password is on its way there. It counts "
                 "for 10 minutes.</p>\n");
    put_link_back(&p, "Back to signing in");
    page_end(&p);
}

/* problem: NULL, or what was wrong with the code. */
static void show_code(exchange *x, const given *g, const page_problem *problem)
{
    page p =
        page_begin(x, problem ? problem->status : 200, "Look at your mail", PAGE_FORM_ANYWHERE);

    if (problem)
        x->reply->retry_after = problem->retry_s;
    PAGE_PUT(&p, "<p role=\"status\">A mail with a code is on its way to <strong>");
    page_put_text(&p, g->email);
    PAGE_PUT(&p, "</strong>. It counts for 10 minutes.</p>\n");
    put_form(&p);
    page_put_hidden(&p, "Email", g->email);
    page_put_field(&p, &(page_field){.name = "Code",
                                     .label = "Code from the mail",
                                     .more = "autocomplete=\"one-time-code\" "
                                             "autocapitalize=\"characters\" "
                                             "spellcheck=\"false\" required",
                                     .problem = problem ? problem->message : NULL,
                                     .is_first = true});
    PAGE_PUT(&p, "<button>Sign in</button>\n</form>\n");
    put_link_back(&p, "Begin again");
    page_end(&p);
}

void handle_authorize_page(exchange *x)
{
    show_start(x, "", NULL);
}

static void free_buffer(mc_buffer **buffer)
{
    mc_buffer_free(*buffer);
}

static void send_code(exchange *x, const body *form, const given *g, const char *purpose)
{
    __attribute__((cleanup(free_buffer))) mc_buffer *all = NULL;
    char asked[16];
    page_problem problem;
    int rc = MC_ENOMEM;

    snprintf(asked, sizeof(asked), "%s", strcmp(purpose, "password") == 0 ? "password" : "sign-in");
    if (mc_buffer_new(&all, 0) == 0 && page_form_add(all, form, "Purpose", asked) == 0)
        rc = mc_code_send_body(x->session, form->format, mc_buffer_bytes(all),
                               mc_buffer_length(all));
    if (rc < 0) {
        page_problem_read(&problem, x, rc, "email");
        show_start(x, g->email, &problem);
    } else if (*asked == 'p') {
        show_sent(x, g);
    } else {
        show_code(x, g, NULL);
    }
}

static void sign_in(exchange *x, const body *form, const given *g)
{
    auto_record mc_sign_in_code *code = NULL;
    page_problem problem;
    int rc = mc_sign_in_code_begin_body(&code, x->session, form->format, form->bytes, form->length,
                                        state_of(x));

    if (rc == 0 && code->needs_factor) {
        page_ask_factor(x, 401, code->code, code->path, NULL);
        return;
    }
    if (rc == 0) {
        landing_send(x, code);
        return;
    }
    page_problem_read(&problem, x, rc, "email");
    if (*g->code)
        show_code(x, g, &problem);
    else
        show_start(x, g->email, &problem);
}

/* Who has come through another service, and has a second factor here. */
static void prove(exchange *x, const given *g)
{
    auto_record mc_sign_in_code *code = NULL;
    page_problem problem;
    int rc = mc_sign_in_code_prove(&code, x->session, g->pending, g->factor, state_of(x));

    if (rc == 0) {
        landing_send(x, code);
        return;
    }
    page_problem_read(&problem, x, rc, NULL);
    if (problem.reason == REASON_FACTOR || problem.code == MC_ELIMIT) {
        page_ask_factor(x, problem.status, g->pending, state_of(x), problem.message);
        x->reply->retry_after = problem.retry_s;
    } else {
        problem.code = 0; /* it isn't the password */
        show_start(x, "", &problem);
    }
}

void handle_authorize(exchange *x)
{
    const char *purpose = request_param(x->request, "send");
    given g;
    body form;

    /* Another site that posted this form would sign its visitors in as somebody else. */
    if (x->request->is_from_elsewhere) {
        show_start(
            x, "",
            &(page_problem){.status = 403,
                            .message = "this form was sent from another site: sign in here"});
        return;
    }
    if (!exchange_body(x, &form))
        return;
    page_form_value(g.email, sizeof(g.email), &form, "Email");
    page_form_value(g.code, sizeof(g.code), &form, "Code");
    page_form_value(g.pending, sizeof(g.pending), &form, "Pending");
    page_form_value(g.factor, sizeof(g.factor), &form, "SecondFactor");
    if (*g.pending)
        prove(x, &g);
    else if (purpose && form.format == MC_FORMAT_FORM)
        send_code(x, &form, &g, purpose);
    else
        sign_in(x, &form, &g);
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
