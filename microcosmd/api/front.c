/*
 * The page at "/" for people: what this is, and what to try. Clients of the API get the index
 * there. It has no script, and its policy lets a browser load nothing.
 */
#include "answers.h"
#include "handlers.h"

#include <stdio.h>
#include <string.h>

static const char style[] =
    ":root{color-scheme:light "
    "dark;--paper:#fbfaf7;--ink:#23211e;--soft:#6b665e;--line:#e4dfd6;--box:#fff;--mark:#1d6b52}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#191a19;--ink:#e9e6df;--soft:#a09a90;--line:#"
    "34352f;--box:#212321;--mark:#7cc8a8}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--paper);color:var(--ink);font:1.05rem/1.6 "
    "system-ui,sans-serif}\n"
    "main{max-width:44rem;margin:0 auto;padding:3.5rem 1.25rem}\n"
    "h1{margin:0 0 .4rem;font-size:2.3rem;line-height:1.15;letter-spacing:-.02em}\n"
    "h2{margin:2.4rem 0 .6rem;font-size:1.1rem}\n"
    "p{margin:.6rem 0}\n"
    ".lead{font-size:1.15rem;color:var(--soft)}\n"
    "a{color:var(--mark);text-underline-offset:.15em}\n"
    "ul{list-style:none;margin:.6rem 0;padding:0;border:1px solid "
    "var(--line);border-radius:.6rem;background:var(--box)}\n"
    "li{display:flex;flex-wrap:wrap;gap:0 1rem;justify-content:space-between;padding:.55rem "
    ".9rem}\n"
    "li+li{border-top:1px solid var(--line)}\n"
    "li code{color:var(--soft)}\n"
    "pre{margin:.6rem 0;padding:.8rem .9rem;overflow-x:auto;border:1px solid "
    "var(--line);border-radius:.6rem;background:var(--box)}\n"
    "code{font:.88rem/1.55 ui-monospace,monospace}\n"
    "footer{margin-top:3rem;padding-top:1rem;border-top:1px solid "
    "var(--line);color:var(--soft);font-size:.9rem}\n";

/* The hash is that of the style; a test compares them. */
#define POLICY                                                                                     \
    "Content-Security-Policy: default-src 'none'; style-src "                                      \
    "'sha256-gUax3LIwqTN8QqFkkFs/rXQTdue54lELOxVhoQCh8Aw='; base-uri 'none'; form-action 'none'; " \
    "frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n"

/* Texts of the library are HTML already, and the Host header was checked to be a name and a port.
 */
static void put(exchange *x, mc_buffer *out, const char *const *parts)
{
    for (; *parts; parts++)
        if (mc_buffer_append(out, *parts, strlen(*parts)) < 0)
            x->reply->broken = MC_ENOMEM;
}

#define PUT(...) put(x, out, (const char *const[]){__VA_ARGS__, NULL})

static const char top[] =
    "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>";

static mc_buffer *begin(exchange *x, const char *title, const char *lead)
{
    mc_buffer *out = reply_begin_text(x->reply, 200, "text/html; charset=utf-8");

    x->reply->headers = POLICY;
    PUT(top, title, "</title>\n<style>", style, "</style>\n</head>\n<body>\n<main>\n<h1>", title,
        "</h1>\n<p class=\"lead\">", lead, "</p>\n");
    return out;
}

static void end(exchange *x, mc_buffer *out)
{
    PUT("<footer>Microcosm ", mc_version(),
        ", a forum as a library, over HTTP.</footer>\n</main>\n</body>\n</html>\n");
}

static void show_links(exchange *x, mc_buffer *out)
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
    mc_buffer *out = begin(x, site->title, site->description);

    PUT("<p>This address serves the forum's API: programs read and write it as JSON. There is no "
        "client for people here yet, but every link below works in a browser.</p>\n");
    show_links(x, out);
    PUT("<h2>Sign in and write</h2>\n<p>On the machine that runs the forum, make a token, and "
        "begin "
        "a conversation with it:</p>\n<pre><code>token=$(microcosmd token create --site ",
        site->subdomain_key,
        " --email you@example.org)\n"
        "curl -L -H \"Authorization: Bearer $token\" \\\n"
        "     --json '{\"microcosmId\": 1, \"title\": \"Hello\"}' \\\n"
        "     http://",
        host, "/api/v1/conversations</code></pre>\n");
    end(x, out);
}

static void show_root(exchange *x)
{
    const char *base = x->service->config->base_domain;
    mc_buffer *out =
        begin(x, "Microcosm is running",
              "One program, any number of forums: each is a site with a host of its own.");

    PUT("<h2>A site</h2>\n<p>A site with the key <code>harbour</code> is at <code>harbour.", base,
        "</code>. On the machine that runs this, make one, and a token to sign in with:</p>\n"
        "<pre><code>microcosmd site create harbour --title \"Harbour talk\" --owner "
        "you@example.org\n"
        "microcosmd token create --site harbour --email you@example.org\n"
        "microcosmd site list</code></pre>\n"
        "<h2>Only looking?</h2>\n<p>Start it with <code>--demo</code>: it then has a site with "
        "people, conversations, events and polls, which is also shown here while it is the only "
        "one.</p>\n");
    end(x, out);
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
