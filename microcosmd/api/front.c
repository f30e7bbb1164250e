/*
 * The page at "/" for people: what this is, and what to try. Clients of the API get the index
 * there. Texts of the library are HTML already, and the Host header was checked to be a name and a
 * port.
 */
#include "answers.h"
#include "handlers.h"
#include "page.h"

#define PUT(...) PAGE_PUT(p, __VA_ARGS__)

static page begin(exchange *x, const char *title, const char *lead)
{
    page made = page_begin_wide(x, title), *p = &made;

    PUT("<p class=\"lead\">", lead, "</p>\n");
    return made;
}

static void end(page *p)
{
    PUT("<footer>Microcosm ", mc_version(), ", a forum as a library, over HTTP.</footer>\n");
    page_end(p);
}

static void show_links(page *p)
{
    static const char *const links[][2] = {{"/api/v1/microcosms", "The forum and what is in it"},
                                           {"/api/v1/conversations", "Newest conversations"},
                                           {"/api/v1/events", "Events"},
                                           {"/api/v1/profiles", "People"},
                                           {"/api/v1/site", "The site itself"},
                                           {"/api/v1", "Index of the API"}};

    PUT("<h2>Read</h2>\n<ul>\n");
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
        PUT("<li><a href=\"", links[i][0], "\">", links[i][1], "</a> <code>GET ", links[i][0],
            "</code></li>\n");
    PUT("</ul>\n");
}

static void show_site(exchange *x, const mc_site *site)
{
    const char *host = x->request->host;
    page made = begin(x, site->title, site->description), *p = &made;

    PUT("<p>This address serves the forum's API: programs read and write it as JSON. There is no "
        "client for people here yet, but every link below works in a browser.</p>\n");
    show_links(p);
    PUT("<h2>Sign in and write</h2>\n<p>On the machine that runs the forum, make a token, and "
        "begin "
        "a conversation with it:</p>\n<pre><code>token=$(microcosmd token create --site ",
        site->subdomain_key,
        " --email you@example.org)\n"
        "curl -L -H \"Authorization: Bearer $token\" \\\n"
        "     --json '{\"microcosmId\": 1, \"title\": \"Hello\"}' \\\n"
        "     http://",
        host, "/api/v1/conversations</code></pre>\n");
    end(p);
}

static void show_root(exchange *x)
{
    const char *base = x->service->config->base_domain;
    page made = begin(x, "Microcosm is running",
                      "One program, any number of forums: each is a site with a host of its own."),
         *p = &made;

    PUT("<h2>A site</h2>\n<p>A site with the key <code>harbour</code> is at <code>harbour.", base,
        "</code>. On the machine that runs this, make one, and a token to sign in with:</p>\n"
        "<pre><code>microcosmd site create harbour --title \"Harbour talk\" --owner "
        "you@example.org\n"
        "microcosmd token create --site harbour --email you@example.org\n"
        "microcosmd site list</code></pre>\n"
        "<h2>Only looking?</h2>\n<p>Start it with <code>--demo</code>: it then has a site with "
        "people, conversations, events and polls, which is also shown here while it is the only "
        "one.</p>\n");
    end(p);
}

void handle_root(exchange *x)
{
    auto_record mc_site *site = NULL;
    bool is_root = mc_session_is_root_site(x->session);

    if (x->request->wants_html && is_root) {
        show_root(x);
    } else if (x->request->wants_html) {
        if (exchange_succeeded(x, mc_site_get(&site, x->session)))
            show_site(x, site);
    } else if (is_root) {
        reply_not_found(x->reply, REASON_NONE, "this address is not served on this host");
    } else {
        answer_json(x, "{\"links\":[{\"rel\":\"api\",\"href\":\"/api\"}]}");
        x->reply->is_guest = false; /* it depends on Accept, so proxies may not keep it for all */
    }
}
