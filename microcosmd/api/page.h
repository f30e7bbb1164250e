/* Pages for people: one head and one style for all of them. They have no script, and their policy
 * lets a browser load nothing. */
#ifndef MICROCOSMD_PAGE_H
#define MICROCOSMD_PAGE_H

#include "exchange.h"

/* Where forms of a page lead to. Browsers apply that to redirects after a form, too. */
typedef enum page_forms { PAGE_NO_FORM, PAGE_FORM_HERE, PAGE_FORM_ANYWHERE } page_forms;

typedef struct page {
    exchange *x;
    mc_buffer *out;
} page;

/* page.css, and what names it in a policy */
extern const char page_style[], page_style_source[];

/* Begin the reply with a page. Titles are HTML. */

/* A wide one, whose heading is its title. */
page page_begin_wide(exchange *x, const char *title);
/* A small one, with the title of the site above its own. Clears the session's error. */
page page_begin(exchange *x, int status, const char *title, page_forms forms);
void page_end(page *p);

/* HTML as it is; the texts end with NULL. */
void page_put(page *p, const char *const *texts);
#define PAGE_PUT(p, ...) page_put(p, (const char *const[]){__VA_ARGS__, NULL})
/* Text that may have any characters. */
void page_put_text(page *p, const char *text);
/* The same inside of a query: all but letters, digits and "/" is escaped. */
void page_put_query(page *p, const char *text);

/* A field of a form with its label. Members may be NULL. */
typedef struct page_field {
    const char *name, *label, *hint; /* HTML; the name is also the id */
    const char *type;                /* NULL: text */
    const char *more;                /* attributes */
    const char *value, *problem;     /* texts */
    bool is_first;                   /* has the focus; so has one with a problem */
} page_field;

void page_put_field(page *p, const page_field *field);
/* That of the second factor. problem: NULL, or what is wrong. */
void page_put_factor(page *p, const char *problem);
/* A page that asks for it, to go on with a code that needs it (mc_sign_in_code_prove()). */
void page_ask_factor(exchange *x, int status, const char *code, const char *path,
                     const char *problem);
void page_put_hidden(page *p, const char *name, const char *value);
/* What is wrong, where it isn't one field's; NULL: nothing. */
void page_put_alert(page *p, const char *text);

/* The value of a field of a form; "" if there is none, it doesn't fit, or is no UTF-8. */
void page_form_value(char *out, size_t size, const body *form, const char *name);

/* A form with one more field, for functions that take bodies. MC_ENOMEM. */
int page_form_add(mc_buffer *out, const body *form, const char *name, const char *value);

/* What has gone wrong, for a page: texts that outlive the session's error. */
typedef struct page_problem {
    int code, reason, status;
    int64_t retry_s;
    bool is_fault; /* of the field that was asked for */
    char message[512];
} page_problem;

/* field: as the library calls it; its own fault counts rather than the whole. */
void page_problem_read(page_problem *out, exchange *x, int rc, const char *field);
/* Begins a page that says what is wrong. more: HTML behind it. */
void page_show_problem(exchange *x, const page_problem *problem, const char *title,
                       const char *more);
/* What exchange_succeeded() does, with such a page instead of an envelope for browsers. */
bool page_succeeded(exchange *x, int rc, const char *title, const char *more);
/* False, and refused: another site's page has sent the request. */
bool page_is_asked_for_here(exchange *x);

#endif
