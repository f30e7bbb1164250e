/* See page.h. */
#include "page.h"

#include "answers.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define ELSEWHERE "a page of another site has sent this: open this site itself"

static const char *const form_policies[] = {
    [PAGE_NO_FORM] = "; form-action 'none'",
    [PAGE_FORM_HERE] = "; form-action 'self'",
    [PAGE_FORM_ANYWHERE] = "",
};

void page_put(page *p, const char *const *texts)
{
    for (; *texts; texts++)
        if (mc_buffer_append(p->out, *texts, strlen(*texts)) < 0)
            p->x->reply->broken = MC_ENOMEM;
}

void page_put_text(page *p, const char *text)
{
    for (; *text; text++) {
        char one[8];

        snprintf(one, sizeof(one), strchr("&<>\"'", *text) ? "&#%d;" : "%c", *text);
        PAGE_PUT(p, one);
    }
}

void page_put_query(page *p, const char *text)
{
    for (; *text; text++) {
        bool is_plain = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
                        (*text >= '0' && *text <= '9') || *text == '/';
        char one[4];

        snprintf(one, sizeof(one), is_plain ? "%c" : "%%%02X", (unsigned char)*text);
        PAGE_PUT(p, one);
    }
}

static page begin(exchange *x, int status, page_forms forms)
{
    page p = {x, reply_begin_text(x->reply, status, "text/html; charset=utf-8")};

    snprintf(x->header, sizeof(x->header),
             "Content-Security-Policy: default-src 'none'; style-src %s%s; base-uri 'none'; "
             "frame-ancestors 'none'\r\nReferrer-Policy: same-origin\r\n",
             page_style_source, form_policies[forms]);
    x->reply->headers = x->header;
    x->reply->is_private = true;
    PAGE_PUT(&p,
             "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    return p;
}

page page_begin_wide(exchange *x, const char *title)
{
    page p = begin(x, 200, PAGE_NO_FORM);

    PAGE_PUT(&p, title, "</title>\n<style>", page_style, "</style>\n</head>\n<body>\n<main>\n<h1>",
             title, "</h1>\n");
    return p;
}

/* Without the database it goes without the title of the site. */
page page_begin(exchange *x, int status, const char *title, page_forms forms)
{
    auto_record mc_site *site = NULL;
    bool has_site = mc_site_get(&site, x->session) == 0;
    page p = begin(x, status, forms);

    PAGE_PUT(&p, title);
    if (has_site)
        PAGE_PUT(&p, " – ", site->title);
    PAGE_PUT(&p, "</title>\n<meta name=\"robots\" content=\"noindex\">\n<style>", page_style,
             "</style>\n</head>\n<body>\n<main class=\"small\">\n");
    if (has_site)
        PAGE_PUT(&p, "<p class=\"site\">", site->title, "</p>\n");
    PAGE_PUT(&p, "<h1>", title, "</h1>\n");
    return p;
}

void page_end(page *p)
{
    PAGE_PUT(p, "</main>\n</body>\n</html>\n");
}

void page_put_hidden(page *p, const char *name, const char *value)
{
    PAGE_PUT(p, "<input type=\"hidden\" name=\"", name, "\" value=\"");
    page_put_text(p, value);
    PAGE_PUT(p, "\">\n");
}

/* What tells about the field is named by it, for those who don't see the page. */
void page_put_field(page *p, const page_field *f)
{
    PAGE_PUT(p, "<label for=\"", f->name, "\">", f->label, "</label>\n");
    if (f->hint)
        PAGE_PUT(p, "<p class=\"hint\" id=\"", f->name, "-hint\">", f->hint, "</p>\n");
    if (f->problem) {
        PAGE_PUT(p, "<p class=\"problem\" id=\"", f->name, "-problem\" role=\"alert\">");
        page_put_text(p, f->problem);
        PAGE_PUT(p, "</p>\n");
    }
    PAGE_PUT(p, "<input id=\"", f->name, "\" name=\"", f->name, "\" type=\"",
             f->type ? f->type : "text", "\" ", f->more ? f->more : "");
    if (f->value && *f->value) {
        PAGE_PUT(p, " value=\"");
        page_put_text(p, f->value);
        PAGE_PUT(p, "\"");
    }
    if (f->hint || f->problem)
        PAGE_PUT(p, " aria-describedby=\"", f->problem ? f->name : "", f->problem ? "-problem" : "",
                 f->problem && f->hint ? " " : "", f->hint ? f->name : "", f->hint ? "-hint" : "",
                 "\"");
    PAGE_PUT(p, f->problem ? " aria-invalid=\"true\"" : "",
             f->problem || f->is_first ? " autofocus" : "", ">\n");
}

void page_put_factor(page *p, const char *problem)
{
    page_put_field(p, &(page_field){.name = "SecondFactor",
                                    .label = "Code of your second factor",
                                    .hint = "From the app that makes your codes, or a recovery "
                                            "code",
                                    .more = "autocomplete=\"one-time-code\" autocapitalize=\"off\" "
                                            "spellcheck=\"false\" required",
                                    .problem = problem,
                                    .is_first = true});
}

void page_ask_factor(exchange *x, int status, const char *code, const char *path,
                     const char *problem)
{
    page p = page_begin(x, status, "One more step", PAGE_FORM_ANYWHERE);

    PAGE_PUT(&p, "<form method=\"post\" action=\"/authorize?state=");
    page_put_query(&p, path);
    PAGE_PUT(&p, "\">\n");
    page_put_hidden(&p, "Pending", code);
    page_put_factor(&p, problem);
    PAGE_PUT(&p, "<button>Sign in</button>\n</form>\n");
    page_end(&p);
}

void page_put_alert(page *p, const char *text)
{
    if (!text)
        return;
    PAGE_PUT(p, "<p class=\"problem alert\" role=\"alert\">");
    page_put_text(p, text);
    PAGE_PUT(p, "</p>\n");
}

void page_form_value(char *out, size_t size, const body *form, const char *name)
{
    const char *at = form->bytes, *end = form->bytes + form->length;
    size_t prefix = strlen(name);

    *out = '\0';
    while (form->format == MC_FORMAT_FORM && at < end) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        size_t length = (size_t)((stop ? stop : end) - at);

        if (length > prefix && length - prefix <= size && strncmp(at, name, prefix) == 0 &&
            at[prefix] == '=' && !text_decode(out, at + prefix + 1, length - prefix - 1, true))
            *out = '\0';
        at += length + 1;
    }
}

int page_form_add(mc_buffer *out, const body *form, const char *name, const char *value)
{
    const char *const parts[] = {form->length ? "&" : "", name, "=", value};
    int rc = mc_buffer_append(out, form->bytes, form->length);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]) && rc == 0; i++)
        rc = mc_buffer_append(out, parts[i], strlen(parts[i]));
    return rc;
}

void page_problem_read(page_problem *out, exchange *x, int rc, const char *field)
{
    mc_failure error;
    const char *message;

    *out = (page_problem){.code = rc, .status = exchange_judge(&error, x, rc)};
    message = error.message;
    for (size_t i = 0; field && i < error.fault_count && !out->is_fault; i++)
        if (strcmp(error.faults[i].field, field) == 0) {
            out->is_fault = true;
            message = error.faults[i].message;
        }
    out->reason = error.reason;
    out->retry_s = error.retry_s;
    snprintf(out->message, sizeof(out->message), "%s%s", out->is_fault ? "it " : "", message);
}

void page_show_problem(exchange *x, const page_problem *problem, const char *title,
                       const char *more)
{
    page p = page_begin(x, problem->status, title, PAGE_NO_FORM);

    x->reply->retry_after = problem->retry_s;
    page_put_alert(&p, problem->message);
    PAGE_PUT(&p, more);
    page_end(&p);
}

bool page_succeeded(exchange *x, int rc, const char *title, const char *more)
{
    page_problem problem;

    if (rc >= 0 || !x->request->wants_html)
        return exchange_succeeded(x, rc);
    page_problem_read(&problem, x, rc, NULL);
    page_show_problem(x, &problem, title, more);
    return false;
}

bool page_is_asked_for_here(exchange *x)
{
    page_problem problem = {.status = 403, .message = ELSEWHERE};

    if (!x->request->is_from_elsewhere)
        return true;
    if (x->request->wants_html)
        page_show_problem(x, &problem, "This doesn't count", "");
    else
        reply_refuse(x->reply, 403, REASON_NONE, ELSEWHERE);
    return false;
}
