/* Handlers of profiles, and of the client's own profile. */
#include "answers.h"
#include "handlers.h"
#include "parameters.h"

void handle_whoami(exchange *x)
{
    auto_record mc_profile *profile = NULL;
    int rc = mc_profile_self(&profile, x->session);

    answer_record(x, rc, profile);
}

/* With a page of comments for who asks for one, as links to comments do. */
void handle_profile(exchange *x)
{
    static const char *const of_page[] = {"comment_id", "limit", "offset"};
    auto_record mc_profile *profile = NULL;
    bool with_page = false;
    mc_page_options page;
    int rc;

    for (size_t i = 0; i < sizeof(of_page) / sizeof(of_page[0]); i++)
        with_page |= request_param(x->request, of_page[i]) != NULL;
    if (with_page && !read_page(x, &page))
        return;
    rc = with_page ? mc_profile_get_page(&profile, x->session, x->ids[0], &page)
                   : mc_profile_get(&profile, x->session, x->ids[0]);
    answer_record(x, rc, profile);
}

void handle_profiles(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_profile_filter filter = {.size = sizeof(filter)};
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    filter.name_starts_with = request_param(x->request, "q");
    filter.top = param_is_true(x, "top");
    filter.following = param_is_true(x, "following");
    filter.online = param_is_true(x, "online");
    rc = mc_profiles_list(&collection, x->session, &filter, &page);
    answer_record(x, rc, collection);
}

/* Always refused: the first visit has made the client's profile already. */
void handle_profile_create(exchange *x)
{
    reply_refuse(x->reply, 400, REASON_NONE, "a profile is made by the first visit");
}

void handle_profile_delete(exchange *x)
{
    reply_refuse(x->reply, 501, REASON_NONE, "profiles cannot be deleted");
}

void handle_profile_options(exchange *x)
{
    auto_record mc_profile_options *options = NULL;
    int rc = mc_profile_options_get(&options, x->session);

    answer_record(x, rc, options);
}

void handle_profile_options_edit(exchange *x)
{
    body b;
    int rc;

    if (!exchange_body(x, &b))
        return;
    rc = mc_profile_options_body(x->session, b.format, b.bytes, b.length);
    if (exchange_succeeded(x, rc))
        reply_redirect(x->reply, 302, "/api/v1/profiles/options");
}

void handle_mark_read(exchange *x)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_profile_mark_read_body(x->session, b.format, b.bytes, b.length));
}

void handle_ignored(exchange *x)
{
    auto_record mc_collection *collection = NULL;
    mc_page_options page;
    int rc;

    if (!read_page(x, &page))
        return;
    rc = mc_ignores_list(&collection, x->session, &page);
    answer_record(x, rc, collection);
}

static void change_ignored(exchange *x, bool ignored)
{
    body b;

    if (exchange_body(x, &b))
        answer_done(x, mc_ignore_body(x->session, ignored, b.format, b.bytes, b.length));
}

void handle_ignore(exchange *x)
{
    change_ignored(x, true);
}

void handle_stop_ignoring(exchange *x)
{
    change_ignored(x, false);
}
