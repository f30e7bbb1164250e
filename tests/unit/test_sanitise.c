/*
 * Hostile texts. The checker below shares only the parser with the tested code: it has its own
 * lists of what the result may contain, from docs/http/comments.md#sanitiser.
 */
#include <criterion/criterion.h>
#include <gumbo.h>

#include "markup/policy.h"
#include "markup/stages.h"

TestSuite(sanitise, .timeout = 120);

/* The judge. */

static bool is_listed(const char *list, const char *word)
{
    char padded[64];
    int length = snprintf(padded, sizeof(padded), " %s ", word);

    return length > 2 && length < (int)sizeof(padded) && strstr(list, padded);
}

static const char elements[] = " a abbr acronym area article aside b bdi bdo blockquote br caption "
                               "cite code col colgroup dd del details "
                               "dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hgroup hr i "
                               "img input ins kbd li map mark meter ol p pre "
                               "progress q rp rt ruby s samp section small span strike strong sub "
                               "summary sup table tbody td tfoot th "
                               "thead time tr tt u ul var wbr ";

/* Attributes of all elements, then those of single elements. */
static const char *const attributes[][2] = {
    {"*", " dir id lang title "},
    {"a", " href rel target "},
    {"area", " href rel target alt coords shape "},
    {"img", " src alt width height align usemap loading decoding "},
    {"input", " type checked disabled "},
    {"code", " class "},
    {"span", " class "},
    {"div", " align "},
    {"blockquote", " cite "},
    {"q", " cite "},
    {"del", " cite datetime "},
    {"ins", " cite datetime "},
    {"time", " datetime "},
    {"details", " open "},
    {"ol", " type "},
    {"ul", " type "},
    {"li", " type value "},
    {"map", " name "},
    {"meter", " value min max low high optimum "},
    {"progress", " value max "},
    {"table", " align valign width height summary "},
    {"caption", " align valign width height "},
    {"col", " align valign width height span "},
    {"colgroup", " align valign width height span "},
    {"thead", " align valign width height "},
    {"tbody", " align valign width height "},
    {"tfoot", " align valign width height "},
    {"tr", " align valign width height "},
    {"td", " align valign width height abbr colspan rowspan headers scope "},
    {"th", " align valign width height abbr colspan rowspan headers scope "},
};

static bool is_attribute(const char *element, const char *name)
{
    for (size_t i = 0; i < MC_COUNT(attributes); i++) {
        if ((strcmp(attributes[i][0], "*") == 0 || strcmp(attributes[i][0], element) == 0) &&
            is_listed(attributes[i][1], name))
            return true;
    }
    return false;
}

static bool begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

/* Browsers first remove control characters and spaces, and replace '\' by '/'. */
static bool is_safe_link(const char *url)
{
    for (const char *c = url; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == '\\' || *c == 0x7F)
            return false;
    }
    if (begins(url, "http://") || begins(url, "https://"))
        return !strchr("/?#:@", url[strcspn(url, ":") + 3]);
    if (begins(url, "mailto:"))
        return true;

    size_t head = strcspn(url, "/?#");
    return !memchr(url, ':', head) && !begins(url, "//");
}

typedef struct judged {
    const char *given, *html;
    size_t players;
    size_t links; /* open ones */
} judged;

static const char *value_of(const GumboElement *e, const char *name)
{
    for (unsigned i = 0; i < e->attributes.length; i++) {
        const GumboAttribute *a = e->attributes.data[i];

        if (strcmp(a->name, name) == 0)
            return a->value;
    }
    return "";
}

static void judge_player(judged *j, const GumboElement *e)
{
    static const char *const places[] = {"https://www.youtube-nocookie.com/embed/",
                                         "https://player.vimeo.com/video/"};
    const char *src = value_of(e, "src");
    size_t prefix = 0;

    for (size_t i = 0; i < MC_COUNT(places); i++) {
        if (begins(src, places[i]))
            prefix = strlen(places[i]);
    }
    cr_assert(prefix > 0, "\"%s\" gives a player of %s", j->given, src);
    cr_assert_eq(
        strspn(src + prefix, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_?="),
        strlen(src + prefix));
    for (unsigned i = 0; i < e->attributes.length; i++) {
        const GumboAttribute *a = e->attributes.data[i];

        cr_assert(is_listed(" src width height frameborder allowfullscreen ", a->name));
    }
    j->players++;
}

static void judge_link(judged *j, const char *element, const GumboElement *e,
                       const GumboAttribute *a)
{
    cr_assert(is_safe_link(a->value), "\"%s\" gives %s=\"%s\" in %s", j->given, a->name, a->value,
              j->html);
    if (strcmp(a->name, "href") != 0)
        return;

    bool absolute = begins(a->value, "http");
    cr_assert_str_eq(value_of(e, "rel"), absolute ? "nofollow noopener" : "", "<%s> in %s", element,
                     j->html);
    cr_assert_str_eq(value_of(e, "target"), absolute ? "_blank" : "", "<%s> in %s", element,
                     j->html);
}

static void judge_element(judged *j, const GumboElement *e)
{
    char name[40];

    if (e->tag == GUMBO_TAG_IFRAME) {
        judge_player(j, e);
        return;
    }
    cr_assert_eq(e->tag_namespace, GUMBO_NAMESPACE_HTML, "\"%s\" gives %s", j->given, j->html);
    snprintf(name, sizeof(name), "%s", gumbo_normalized_tagname(e->tag));
    cr_assert(is_listed(elements, name), "\"%s\" gives <%.*s> in %s", j->given,
              (int)e->original_tag.length, e->original_tag.data, j->html);
    if (e->tag == GUMBO_TAG_INPUT)
        cr_assert(strcmp(value_of(e, "type"), "checkbox") == 0 && *value_of(e, "disabled"), "%s",
                  j->html);
    for (unsigned i = 0; i < e->attributes.length; i++) {
        const GumboAttribute *a = e->attributes.data[i];

        cr_assert(is_attribute(name, a->name), "\"%s\" gives <%s %s> in %s", j->given, name,
                  a->name, j->html);
        if (is_listed(" href src cite ", a->name))
            judge_link(j, name, e, a);
        if (is_listed(" id name ", a->name))
            cr_assert(begins(a->value, "user-content-"), "%s", j->html);
        if (is_listed(" class ", a->name))
            cr_assert(begins(a->value, "language-") || is_listed(" spoiler ", a->value), "%s",
                      j->html);
    }
    cr_assert(e->tag != GUMBO_TAG_A || *value_of(e, "href"), "%s", j->html);
    cr_assert(e->tag != GUMBO_TAG_IMG || *value_of(e, "src"), "%s", j->html);
}

static void judge_node(judged *j, const GumboNode *node)
{
    bool is_text = node->type == GUMBO_NODE_TEXT || node->type == GUMBO_NODE_WHITESPACE;

    cr_assert(is_text || node->type == GUMBO_NODE_ELEMENT, "\"%s\" gives %s", j->given, j->html);
    if (is_text)
        return;
    judge_element(j, &node->v.element);
    j->links += node->v.element.tag == GUMBO_TAG_A;
    cr_assert_leq(j->links, 1, "\"%s\" gives a link in a link: %s", j->given, j->html);
    for (unsigned i = 0; i < node->v.element.children.length; i++)
        judge_node(j, node->v.element.children.data[i]);
    j->links -= node->v.element.tag == GUMBO_TAG_A;
}

/* For tables gumbo reads a member that it has not set; zeroed memory avoids that finding. */
static void *zeroed(void *data, size_t size)
{
    (void)data;
    return calloc(1, size);
}

static void judge(judged *j)
{
    GumboOptions options = kGumboDefaultOptions;

    options.allocator = zeroed;
    options.fragment_context = GUMBO_TAG_DIV;
    GumboOutput *output = gumbo_parse_with_options(&options, j->html, strlen(j->html));
    for (unsigned i = 0; i < output->root->v.element.children.length; i++)
        judge_node(j, output->root->v.element.children.data[i]);
    gumbo_destroy_output(&options, output);
}

/* Helpers. */

static void sanitise(mc__text *out, const char *html, size_t length)
{
    mc__sanitiser *s = mc__calloc(1, sizeof(*s));

    s->out = out;
    cr_assert_eq(mc__sanitise(s, html, length), 0);
    mc__arena_release(&s->arena);
    mc__free(s);
}

/* Renders as Markdown, and also tests the sanitiser alone with the text. */
static void expect_safe(const char *given)
{
    mc_scratch_text(rendered);
    mc_scratch_text(direct);
    mc_scratch_text(again);
    mc_scratch_text(once_more);

    cr_assert_eq(mc__render(&rendered, NULL, given, strlen(given)), 0, "%s", given);
    judged j = {.given = given, .html = mc__text_string(&rendered)};
    judge(&j);

    sanitise(&direct, given, strlen(given));
    judged k = {.given = given, .html = mc__text_string(&direct)};
    judge(&k);

    /* A result that parses differently each time could mislead browsers. The first pass may still
     * add a paragraph around text. */
    if (k.players > 0)
        return;
    sanitise(&again, direct.data, direct.length);
    sanitise(&once_more, again.data, again.length);
    cr_assert_str_eq(mc__text_string(&once_more), mc__text_string(&again), "%s", given);
}

static void expect(const char *given, const char *expected)
{
    mc_scratch_text(html);

    cr_assert_eq(mc__render(&html, NULL, given, strlen(given)), 0);
    cr_expect_str_eq(mc__text_string(&html), expected, "\"%s\" became \"%s\", not \"%s\"", given,
                     mc__text_string(&html), expected);
}

/* Hostile text. */

static const char *const hostile[] = {
    /* scripts, plain and in disguise */
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<script\n>alert(1)</script\n>",
    "<script/xss src=x></script>",
    "<<script>alert(1)//<</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script <b>alert(1)</script>",
    "<script>alert(1)",
    "</script><script>alert(1)</script>",
    "<ScRiPt>alert`1`</sCrIpT>",
    "a<script>b</script >c<script/>d",
    "<script type=\"text/plain\"><img src=x onerror=alert(1)></script>",
    /* events */
    "<img src=x onerror=alert(1)>",
    "<img src=x onerror=\"alert(1)\" >",
    "<IMG SRC=x ONERROR='alert(1)'>",
    "<img/src=x/onerror=alert(1)>",
    "<img src=\"x\"onerror=alert(1)>",
    "<img src='a'b='c'onerror=alert(1)>",
    "<img \"\"\"><script>alert(1)</script>\">",
    "<b onmouseover=alert(1)>x</b>",
    "<a href=x onclick\n=\nalert(1)>x</a>",
    "<details open ontoggle=alert(1)>x</details>",
    "<body onload=alert(1)>x",
    "<input autofocus onfocus=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee>",
    "<p on\x00\x65rror=1>",
    "<b/onclick=alert(1)//>x",
    "<img src=x:x onerror\x0B=alert(1)>",
    "<a id=\"x\" tabindex=1 onfocus=alert(1) href=/x>y</a>",
    /* schemes */
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](<java\tscript:alert(1)>)",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\"java\nscript:alert(1)\">x</a>",
    "<a href=\"&#106;&#97;&#118;&#97;script:alert(1)\">x</a>",
    "<a href=\"&#x6A&#x61&#x76&#x61script:alert(1)\">x</a>",
    "<a href=\"javascript&colon;alert(1)\">x</a>",
    "<a href=\"javascript&#58;alert(1)\">x</a>",
    "<a href=\"java&Tab;script&colon;alert(1)\">x</a>",
    "<a href=\"java&NewLine;script:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"\x01javascript:alert(1)\">x</a>",
    "<a href=\"\xC2\xA0javascript:alert(1)\">x</a>",
    "<a href=\"java\xE2\x80\x8Bscript:alert(1)\">x</a>",
    "<a href='vbscript:msgbox(1)'>x</a>",
    "<a href=data:text/html;base64,PHNjcmlwdD4=>x</a>",
    "[x](data:text/html,<script>alert(1)</script>)",
    "![x](data:image/svg+xml;base64,PHN2Zz4=)",
    "![x](javascript:alert(1))",
    "<img src=\"javascript:alert(1)\">",
    "<a href=\"feed:javascript:alert(1)\">x</a>",
    "<a href=\"view-source:javascript:alert(1)\">x</a>",
    "<a href=\"blob:https://x/y\">x</a>",
    "<a href=\"file:///etc/passwd\">x</a>",
    "<a href=\"ftp://x/\">x</a>",
    "<a href=\"//evil.example\">x</a>",
    "<a href=\"\\\\evil.example\">x</a>",
    "<a href=\"/\\evil.example\">x</a>",
    "<a href=\"///evil.example\">x</a>",
    "<a href=\"/\t/evil.example\">x</a>",
    "<a href=\"https:\\\\evil.example\">x</a>",
    "<a href=\"https:evil.example\">x</a>",
    "<a href=\"http://\">x</a>",
    "<a href=\":javascript:alert(1)\">x</a>",
    "<a href=\"javascript%3Aalert(1)\">x</a>",
    "<javascript:alert(1)>",
    "<blockquote cite=\"javascript:alert(1)\">x</blockquote>",
    "<q cite='data:x'>x</q><del cite=vbscript:x>y</del>",
    "<map name=m><area href=javascript:alert(1) shape=rect coords=1,1,2,2></map><img src=x "
    "usemap=#m>",
    "<form action=javascript:alert(1)><button>x</button></form>",
    "<button form=f formaction=javascript:alert(1)>x</button>",
    "<isindex action=javascript:alert(1) type=image>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<applet code=x></applet>",
    "<iframe src=javascript:alert(1)></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<frameset><frame src=javascript:alert(1)></frameset>",
    "<base href=//evil.example/><a href=x>y</a>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<table background=javascript:alert(1)><td background=x>y",
    "<img src=x srcset=\"javascript:alert(1) 1x\" lowsrc=javascript:alert(1) dynsrc=x "
    "longdesc=javascript:x>",
    "<img src=x align=\"expression(alert(1))\" width=\"1;x\" height=\"calc(1)\">",
    "<a xlink:href=javascript:alert(1) href=/x>y</a>",
    "[x]: javascript:alert(1)\n\n[x]",
    "[x](/y \"onmouseover=alert(1) \\\" x='\")",
    "![\"onerror=alert(1) x=\"](/y)",
    "[x](/\"onclick=alert(1)//)",
    "<http://x/\"onclick=alert(1)//>",
    "http://x/'onmouseover='alert(1)",
    "http://x/\"><script>alert(1)</script>",
    /* styles */
    "<style>@import '//evil.example';</style>x",
    "<div style=\"background:url(javascript:alert(1))\">x</div>",
    "<b style=\"x:expression(alert(1))\">x</b>",
    "<b class=admin data-x=1 role=button>x</b>",
    "<style><img src=\"</style><img src=x onerror=alert(1)>\">",
    /* other vocabularies */
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script xlink:href=data:,alert(1) /></svg>",
    "<svg><a xlink:href=javascript:alert(1)><text>x</text></a></svg>",
    "<svg><animate xlink:href=#x attributeName=href values=javascript:alert(1) /><a "
    "id=x><text>x</text></a></svg>",
    "<svg><set attributeName=onmouseover to=alert(1)>",
    "<svg><foreignObject><img src=x onerror=alert(1)></foreignObject></svg>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<svg><title><img src=x onerror=alert(1)></title></svg>",
    "<svg></p><style><a id=\"</style><img src=x onerror=alert(1)>\">",
    "<math><maction actiontype=statusline xlink:href=javascript:alert(1)>x</maction></math>",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=x "
    "onerror=alert(1)&gt;\">",
    "<math><annotation-xml encoding=\"text/html\"><img src=x "
    "onerror=alert(1)></annotation-xml></math>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    /* text that some parsers take for markup */
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<noembed><img title=\"</noembed><img src=x onerror=alert(1)>\">",
    "<noframes><p title=\"</noframes><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<template><p title=\"</template><img src=x onerror=alert(1)>\">",
    "<title><p title=\"</title><img src=x onerror=alert(1)>\">",
    "<textarea><p title=\"</textarea><img src=x onerror=alert(1)>\">",
    "<xmp><p title=\"</xmp><img src=x onerror=alert(1)>\">",
    "<plaintext><script>alert(1)</script>",
    "<listing>&lt;img src=x onerror=alert(1)&gt;</listing>",
    "<select><option><script>alert(1)</script></option></select>",
    "<select><template><img src=x onerror=alert(1)></template></select>",
    "<!-- --!><img src=x onerror=alert(1)> -->",
    "<!--><img src=x onerror=alert(1)>-->",
    "<!-- <script> --><script>alert(1)</script>",
    "<![CDATA[<img src=x onerror=alert(1)>]]>",
    "<?xml version=\"1.0\"?><script>alert(1)</script>",
    "<!DOCTYPE x [<!ENTITY y \"<script>\">]>&y;",
    "<![endif]--><script>alert(1)</script>",
    "<%<!--'%><script>alert(1);</script -->",
    /* trees that are rebuilt */
    "<table><b><tr><td><script>alert(1)</script></b></table>",
    "<table><a href=javascript:alert(1)>x<tr><a href=javascript:alert(2)>y",
    "<p><table><img src=x onerror=alert(1)><tr></table>",
    "<b><p><i></b><script>alert(1)</script></i>",
    "<a href=/x><table><a href=javascript:alert(1)>y</a></table></a>",
    "<a href=/x>x<a href=/y>y</a>z</a>",
    "<a href=/x><table><tr><td><a href=/y>z http://z.example",
    "[a <a href=/x>b</a> c](/y)",
    "<a href=/x>[a](/y) http://z.example @name</a>",
    "<li><ul></li><script>alert(1)</script>",
    "<pre>\n\n<b onclick=x>y</b></pre>",
    "<pre><listing>\n</pre><script>x</script>",
    "<h1><p><h2></h1>x",
    "<ruby><rt><img src=x onerror=y><rp><script>z</script></ruby>",
    "</p></div></body></html><script>alert(1)</script>",
    "<html><head><script>alert(1)</script></head><body onload=x>y</body></html>",
    "<nobr><nobr><b><nobr>x</b>",
    "<frameset>x</frameset><image src=x onerror=alert(1)>",
    "<col><colgroup><tr><td><caption><script>x</script>",
    /* Markdown as the carrier */
    "`<script>alert(1)</script>`",
    "```\n</code></pre><script>alert(1)</script>\n```",
    "    </code></pre><script>alert(1)</script>",
    "# <script>alert(1)</script>",
    "| <script> |\n|---|\n| </script><img src=x onerror=y> |",
    "> <script>\n\nalert(1)</script>",
    "<div>\n\n<script>\n\nalert(1)\n\n</script>\n\n</div>",
    "*<script>*alert(1)</script>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\\<script\\>alert(1)\\</script\\>",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "[url=javascript:alert(1)]x[/url]",
    "[url=\"onclick=alert(1)]x[/url]",
    "[url]javascript:alert(1)[/url]",
    "[url=http://x/\"onclick=\"alert(1)]x[/url]",
    "[img]javascript:alert(1)[/img]",
    "[img]http://x/\"onerror=\"alert(1)[/img]",
    "[email]x\"onclick=\"alert(1)[/email]",
    "[email=\"><script>alert(1)</script>]x[/email]",
    "[color=red;x:expression(alert(1))]x[/color]",
    "[quote]<script>[/quote]alert(1)</script>",
    "[attach]1](javascript:alert(1))[/attach]",
    "https://www.youtube.com/watch?v=\"onload=\"a&v=dQw4w9WgXcQ",
    "https://youtu.be/dQw4w9WgXc\"onload=alert(1)",
    "https://www.youtube.com/playlist?list=PL123456789\"><script>",
    "https://www.youtube.com.evil.example/watch?v=dQw4w9WgXcQ",
    "https://evil.example/?https://youtu.be/dQw4w9WgXcQ",
    "https://vimeo.com/123\"onload=x",
    /* names of the page's own elements, and misleading characters */
    "<a id=\"x y\" href=/x>y</a><p id=\"a:b\" title=\"<script>\">z</p>",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "<p lang=\"\\\"><script>\" dir=\"x\">y</p>",
    "<span title=\"&quot;&gt;&lt;script&gt;\">x</span>",
    "a&#x202E;b&#0;c&#7;d&#xFFFF;e",
    "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "\xEF\xBC\x9Cscript\xEF\xBC\x9E"
    "alert(1)",
    "<\xC2\xA0script>alert(1)</script>",
};

Test(sanitise, removes_hostile_html)
{
    cr_assert_geq(MC_COUNT(hostile), 60);
    for (size_t i = 0; i < MC_COUNT(hostile); i++)
        expect_safe(hostile[i]);
}

/* Two hostile texts together may achieve what neither does alone. */
Test(sanitise, removes_pairs_of_hostile_html)
{
    for (size_t i = 0; i < MC_COUNT(hostile); i++) {
        for (size_t k = i % 7; k < MC_COUNT(hostile); k += 7) {
            mc_scratch_text(both);

            mc__text_format(&both, "%s%s%s", hostile[i], k % 2 ? "" : "\n", hostile[k]);
            expect_safe(mc__text_string(&both));
        }
    }
}

Test(sanitise, removes_pieces_of_hostile_html)
{
    for (size_t i = 0; i < MC_COUNT(hostile); i++) {
        for (size_t begin = 0; begin < strlen(hostile[i]); begin += 3) {
            if (((unsigned char)hostile[i][begin] & 0x80) == 0)
                expect_safe(hostile[i] + begin);
        }
    }
}

/* Every attribute of HTML that anybody is likely to write, and some of SVG. */
static const char *const names[] = {
    "abbr",
    "accept",
    "accesskey",
    "action",
    "align",
    "alink",
    "allow",
    "alt",
    "archive",
    "as",
    "async",
    "autofocus",
    "autoplay",
    "background",
    "behavior",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "charset",
    "checked",
    "cite",
    "class",
    "classid",
    "clear",
    "codebase",
    "color",
    "cols",
    "colspan",
    "compact",
    "content",
    "contenteditable",
    "controls",
    "coords",
    "crossorigin",
    "data",
    "data-id",
    "datetime",
    "decoding",
    "default",
    "defer",
    "dir",
    "disabled",
    "download",
    "draggable",
    "dynsrc",
    "enctype",
    "face",
    "for",
    "form",
    "formaction",
    "frame",
    "headers",
    "height",
    "hidden",
    "high",
    "href",
    "hreflang",
    "hspace",
    "http-equiv",
    "id",
    "integrity",
    "is",
    "ismap",
    "itemprop",
    "kind",
    "label",
    "lang",
    "language",
    "list",
    "loading",
    "longdesc",
    "low",
    "lowsrc",
    "manifest",
    "max",
    "media",
    "method",
    "min",
    "multiple",
    "name",
    "nonce",
    "nowrap",
    "object",
    "onblur",
    "onclick",
    "onerror",
    "onfocus",
    "onload",
    "onmouseover",
    "ontoggle",
    "open",
    "optimum",
    "pattern",
    "ping",
    "placeholder",
    "poster",
    "profile",
    "rel",
    "required",
    "rev",
    "role",
    "rowspan",
    "rules",
    "sandbox",
    "scope",
    "scrolling",
    "seamless",
    "selected",
    "shape",
    "size",
    "sizes",
    "slot",
    "span",
    "spellcheck",
    "src",
    "srcdoc",
    "srclang",
    "srcset",
    "start",
    "style",
    "summary",
    "tabindex",
    "target",
    "text",
    "title",
    "translate",
    "type",
    "typemustmatch",
    "usemap",
    "valign",
    "value",
    "version",
    "vlink",
    "vspace",
    "width",
    "wrap",
    "xlink:href",
    "xml:base",
    "xmlns",
};

/* The policy's tables against the judge's, each element with each attribute; those that the
 * sanitiser adds itself are not the author's to write. */
Test(sanitise, allows_exactly_the_attributes_that_are_listed)
{
    size_t allowed = 0, kept = 0;

    for (int tag = 0; tag < GUMBO_TAG_UNKNOWN; tag++) {
        const char *element = gumbo_normalized_tagname((GumboTag)tag);
        bool is_kept = mc__element_flags((GumboTag)tag) & MC__KEPT;

        cr_expect_eq(is_kept, is_listed(elements, element), "<%s>", element);
        kept += is_kept;
        for (size_t i = 0; i < MC_COUNT(names); i++) {
            bool ours = is_listed(" rel target loading decoding disabled ", names[i]);
            bool expected = is_kept && !ours && is_attribute(element, names[i]);
            mc__value_kind kind = mc__attribute_kind((GumboTag)tag, mc__slice_of(names[i]));

            cr_expect_eq(kind != MC__VALUE_NONE, expected, "<%s %s>", element, names[i]);
            if (expected && is_listed(" href src cite ", names[i]))
                cr_expect(kind == MC__VALUE_LINK || kind == MC__VALUE_IMAGE ||
                              kind == MC__VALUE_CITE,
                          "<%s %s> takes any value", element, names[i]);
            allowed += expected;
        }
    }
    cr_expect_eq(mc__element_flags(GUMBO_TAG_UNKNOWN), 0);
    cr_expect_gt(kept, 70);
    cr_expect_gt(allowed, kept * 4);
    for (size_t i = 0; i < MC_COUNT(attributes); i++)
        for (const char *word = attributes[i][1]; *word;) {
            size_t length = strcspn(++word, " ");
            bool is_tried = false;

            for (size_t k = 0; k < MC_COUNT(names); k++)
                is_tried |= strlen(names[k]) == length && strncmp(names[k], word, length) == 0;
            cr_expect(is_tried || !length, "%s is not tried", word);
            word += length;
        }
}

/* The same end to end, with values that must not get through anywhere. */
Test(sanitise, lets_no_element_through_with_any_bad_attribute)
{
    static const char *const values[] = {"javascript:alert(1)", "//evil.example/x",
                                         "&#106;avascript:x", "x"};

    for (int tag = 0; tag < GUMBO_TAG_UNKNOWN; tag++) {
        const char *element = gumbo_normalized_tagname((GumboTag)tag);
        mc_scratch_text(html);

        for (size_t v = 0; v < MC_COUNT(values); v++) {
            mc__text_clear(&html);
            mc__text_puts(&html,
                          is_listed(" td th tr tbody thead tfoot caption col colgroup ", element)
                              ? "<table>"
                              : "");
            for (size_t i = 0; i < MC_COUNT(names); i++)
                mc__text_format(&html, "<%s %s=\"%s\">y</%s>", element, names[i], values[v],
                                element);
            expect_safe(mc__text_string(&html));
        }
    }
}

/* Expected results. */

Test(sanitise, drops_invisible_elements_and_keeps_other_text)
{
    expect("<script>alert(1)</script>hi", "<p>hi</p>\n");
    expect("a <script>alert(1)</script>b <style>c</style>d", "<p>a b d</p>\n");
    expect("a <iframe src=x>b</iframe><object>c</object>d", "<p>a d</p>\n");
    expect("<font color=red>a</font> <marquee>b</marquee> <blink>c</blink>", "<p>a b c</p>\n");
    expect("<div>\n<script>\n\nalert(1)\n\n</script>\n\nb</div>", "<div>\n\n\n<p>b</p>\n</div>\n");
    expect("a <script> b\n\nc", "<p>a  b</p>\n\n<p>c</p>\n");
    expect("a <!-- b --> c", "<p>a  c</p>\n");
}

Test(sanitise, keeps_harmless_html)
{
    expect("<div id=\"a-1\" title=\"Tom's [boat], no. 1\" lang=\"de\" dir=\"rtl\">x</div>",
           "<div id=\"user-content-a-1\" title=\"Tom&#39;s [boat], no. 1\" lang=\"de\" "
           "dir=\"rtl\">x</div>\n");
    expect(
        "<img src=/x.png width=10 height=50% alt='a \"b\"' align=left usemap=#m>",
        "<p><img src=\"/x.png\" width=\"10\" height=\"50%\" alt=\"a &#34;b&#34;\" align=\"left\" "
        "usemap=\"#user-content-m\" loading=\"lazy\" decoding=\"async\"/></p>\n");
    expect("<details open><summary>s</summary>t</details>",
           "<details open=\"\"><summary>s</summary>t</details>\n");
    expect(
        "<table summary=s><tr><td colspan=2 align=center valign=top>x<th scope=row headers='a "
        "b'>y</table>",
        "<table summary=\"s\"><tbody><tr><td colspan=\"2\" align=\"center\" valign=\"top\">x</td>"
        "<th scope=\"row\" headers=\"user-content-a "
        "user-content-b\">y</th></tr></tbody></table>\n");
    expect("<del datetime=2027-03-01T09:30:00Z cite=/x>y</del><time datetime=2027-03-01>z</time>",
           "<p><del datetime=\"2027-03-01T09:30:00Z\" cite=\"/x\">y</del>"
           "<time datetime=\"2027-03-01\">z</time></p>\n");
    expect(
        "<meter value=0.5 min=0 max=1 low=.1 high=.9 optimum=1>x</meter><progress value=1 "
        "max=2>y</progress>",
        "<p><meter value=\"0.5\" min=\"0\" max=\"1\" low=\".1\" high=\".9\" optimum=\"1\">x</meter>"
        "<progress value=\"1\" max=\"2\">y</progress></p>\n");
    expect("<ruby>漢<rp>(<rt>kan<rp>)</ruby>",
           "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby></p>\n");
    expect("H<sub>2</sub>O <mark>x</mark> <samp>y</samp> <tt>z</tt>",
           "<p>H<sub>2</sub>O <mark>x</mark> <samp>y</samp> <tt>z</tt></p>\n");
}

Test(sanitise, drops_values_that_do_not_fit)
{
    expect("<p title=\"a<b\">x</p>", "<p>x</p>\n");
    expect("<p id=\"a b\" dir=\"up\" lang=\"d_e\">x</p>", "<p>x</p>\n");
    expect("<img src=x width=1e9 height=-1 align=no>",
           "<p><img src=\"x\" loading=\"lazy\" decoding=\"async\"/></p>\n");
    expect("<img src=x width=100000>",
           "<p><img src=\"x\" loading=\"lazy\" decoding=\"async\"/></p>\n");
    expect("<ol type=z><li value=x>a</ol>", "<ol><li>a</li></ol>\n");
    expect("<td colspan=2>x</td>", "<p>x</p>\n");
}

Test(sanitise, unwraps_links_and_drops_images_that_lead_nowhere)
{
    expect("<a>x</a> <a name=y>y</a> <a href>z</a>", "<p>x y z</p>\n");
    expect("<a href=javascript:x>y</a>", "<p>y</p>\n");
    expect("a<img>b<img src=\"\">c<img src=mailto:x@y.z>d", "<p>abcd</p>\n");
}

Test(sanitise, closes_open_elements)
{
    expect("a <b>b\n\nc", "<p>a <b>b</b></p>\n\n<p>c</p>\n");
    expect("a <b>b <i>c</b> d</i> e", "<p>a <b>b <i>c</i></b> d e</p>\n");
    expect("a</div></p></blockquote> b", "<p>a b</p>\n");
    expect("> <div>a\n\nb", "<blockquote>\n<div>a\n</div></blockquote>\n\n<p>b</p>\n");
    expect("- <b>a\n- c", "<ul>\n<li><b>a</b></li>\n<li>c</li>\n</ul>\n");
    expect("<p>a<p>b", "<p>a</p><p>b\n</p>\n");
    expect("a <div>b</div> c", "<p>a </p><div>b</div> <p>c</p>\n");
    expect("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>\n");
}

Test(sanitise, shows_a_character_that_begins_no_tag)
{
    expect("a < b > c", "<p>a &lt; b &gt; c</p>\n");
    expect("<div>1 < 2 <3</div>", "<div>1 &lt; 2 &lt;3</div>\n");
    expect("<div>a <b c=\"d</div>", "<div>a &lt;b c=&#34;d</div>\n");
}

static void link_becomes(const char *url, const char *expected)
{
    mc_scratch_text(out);
    mc__home home;

    mc__home_init(&home, "https://key.example.com:8443", "forum.example.net");
    mc__link_kind kind = mc__link_clean(&out, &home, url, strlen(url));
    cr_expect_str_eq(kind == MC__LINK_BAD ? "(bad)" : mc__text_string(&out), expected,
                     "%s became %s", url, mc__text_string(&out));
    cr_expect(kind != MC__LINK_BAD || out.length == 0);
}

Test(sanitise, rewrites_links)
{
    static const char *const links[][2] = {
        {"/conversations/1", "/conversations/1"},
        {"#part", "#part"},
        {"?q=1", "?q=1"},
        {"page.html", "page.html"},
        {" /trimmed\n", "/trimmed"},
        {"mailto:a@example.org", "mailto:a@example.org"},
        {"MAILTO:a@example.org?subject=x y", "mailto:a@example.org?subject=x%20y"},
        {"mailto:", "(bad)"},
        {"HTTP://Example.org/A b", "http://Example.org/A%20b"},
        {"https://example.org", "https://example.org"},
        {"http:/example.org", "(bad)"},
        {"http://", "(bad)"},
        {"http://@x", "(bad)"},
        {"//example.org/x", "https://example.org/x"},
        {"www.example.org/x", "http://www.example.org/x"},
        {"www.example.org:8080", "http://www.example.org:8080"},
        {"a\\b:c", "(bad)"},
        {"https://例え.jp/パス", "https://例え.jp/パス"},
        {"/a\"b<c>`{|}^", "/a%22b%3Cc%3E%60%7B%7C%7D%5E"},
        {"/x\xE2\x80\xAEy", "/x%E2%80%AEy"},
        {"", "(bad)"},
        {"   ", "(bad)"},
        {":x", "(bad)"},
        {"x:y", "(bad)"},
        {"/x:y", "/x:y"},
        {"./x:y", "./x:y"},
        {"a\tb", "(bad)"},
        {"https://key.example.com:8443/microcosms/1?offset=25#c", "/microcosms/1?offset=25#c"},
        {"http://KEY.example.com:8443", "/"},
        {"https://key.example.com:8443?x", "/?x"},
        {"https://key.example.com/x", "https://key.example.com/x"},
        {"https://key.example.com:8443//evil.example",
         "https://key.example.com:8443//evil.example"},
        {"https://key.example.com:8443/\\evil.example",
         "https://key.example.com:8443/%5Cevil.example"},
        {"https://key.example.com:8443@evil.example/",
         "https://key.example.com:8443@evil.example/"},
        {"https://key.example.com:8443.evil.example/",
         "https://key.example.com:8443.evil.example/"},
        {"https://forum.example.net/x", "/x"},
        {"//forum.example.net/x", "/x"},
    };

    for (size_t i = 0; i < MC_COUNT(links); i++)
        link_becomes(links[i][0], links[i][1]);
}

Test(sanitise, removes_tracking_from_links)
{
    static const char *const links[][2] = {
        {"https://x.org/?utm_source=a&utm_medium=b", "https://x.org/"},
        {"https://x.org/?a=1&utm_source=b&c=2#d", "https://x.org/?a=1&c=2#d"},
        {"https://x.org/"
         "?UTM_Source=a&gclid=b&fbclid=c&igshid=d&mc_cid=e&mc_eid=f&yclid=g&ref=h&stm_x=i",
         "https://x.org/"},
        {"https://x.org/?gclidx=1&refer=2&xutm_a=3", "https://x.org/?gclidx=1&refer=2&xutm_a=3"},
        {"https://x.org/utm_source=a", "https://x.org/utm_source=a"},
        {"https://x.org/#?utm_source=a", "https://x.org/#?utm_source=a"},
        {"https://x.org/?", "https://x.org/?"},
        {"https://x.org/?si=1", "https://x.org/?si=1"},
        {"https://youtu.be/dQw4w9WgXcQ?si=1&t=2", "https://youtu.be/dQw4w9WgXcQ?t=2"},
        {"https://www.youtube.com/watch?v=x&si=1", "https://www.youtube.com/watch?v=x"},
        {"/x?utm_source=a", "/x?utm_source=a"},
        {"https://open.spotify.com/track/1?si=2", "https://open.spotify.com/track/1"},
        {"https://x.org/?msclkid=1&ttclid=2&srsltid=3&gad_source=4&_hsenc=5&mtm_x=6&pk_kwd=7&a",
         "https://x.org/?a"},
    };

    for (size_t i = 0; i < MC_COUNT(links); i++)
        link_becomes(links[i][0], links[i][1]);
}

Test(sanitise, removes_what_credits_others_from_links_to_shops)
{
    static const char *const links[][2] = {
        {"https://www.amazon.co.uk/dp/B01?tag=x-21&psc=1&linkCode=ll1&linkId=2&camp=3&creative=4"
         "&keywords=knots%20x",
         "https://www.amazon.co.uk/dp/B01?keywords=knots%20x&psc=1"},
        {"https://amazon.de/dp/B01?TAG=x-21", "https://amazon.de/dp/B01"},
        {"https://notamazon.de/dp/B01?tag=x-21", "https://notamazon.de/dp/B01?tag=x-21"},
        {"https://amazon.de.evil.example/?tag=x", "https://amazon.de.evil.example/?tag=x"},
        {"https://www.amazon.com/s?b=2&a=1&b=1&", "https://www.amazon.com/s?&a=1&b=2&b=1"},
        {"https://www.ebay.co.uk/sch/i.html?z=1&mkevt=1&mkcid=1&mkrid=2&campid=3&toolid=4&_nkw=bow",
         "https://www.ebay.co.uk/sch/i.html?_nkw=bow&z=1"},
        {"https://www.ebay.co.uk/itm/A-brass-bell/123456789012?hash=x&campid=3#y",
         "https://www.ebay.co.uk/itm/123456789012"},
        {"https://www.benl.ebay.be:443/itm/123456789/",
         "https://www.benl.ebay.be:443/itm/123456789"},
        {"https://www.ebay.de/itm/12345678?campid=1", "https://www.ebay.de/itm/12345678"},
        {"https://www.ebay.de/usr/123456789012", "https://www.ebay.de/usr/123456789012"},
        {"http://cgi.ebay.com/ws/eBayISAPI.dll?ViewItem&item=1234567890123456789",
         "http://cgi.ebay.com/itm/1234567890123456789"},
        {"https://rover.ebay.com/rover/1?pub=5&campid=6&mpre=x",
         "https://rover.ebay.com/rover/1?mpre=x"},
        {"https://shop.example/itm/123456789012?campid=6",
         "https://shop.example/itm/123456789012?campid=6"},
    };

    for (size_t i = 0; i < MC_COUNT(links); i++)
        link_becomes(links[i][0], links[i][1]);
}

Test(sanitise, keeps_all_of_a_long_query_to_a_shop)
{
    mc_scratch_text(sent);
    mc_scratch_text(cleaned);
    mc__home home = {0};

    mc__text_puts(&sent, "https://amazon.com/?tag=t");
    for (int i = 0; i < 150; i++)
        mc__text_format(&sent, "&p%d=%d", i % 7, i);
    cr_assert_eq(mc__link_clean(&cleaned, &home, mc__text_string(&sent), sent.length),
                 MC__LINK_ABSOLUTE);
    cr_expect_eq(cleaned.length, sent.length - strlen("tag=t&"));
    for (int i = 0; i < 150; i++) {
        char parameter[16];

        snprintf(parameter, sizeof(parameter), "p%d=%d", i % 7, i);
        cr_expect(strstr(mc__text_string(&cleaned), parameter), "%s", parameter);
    }
}

static void player_of(const char *url, const char *expected)
{
    mc_scratch_text(out);
    bool found = mc__player(&out, url, strlen(url));
    const char *src = strstr(mc__text_string(&out), "src=\"");

    cr_expect_eq(found, *expected != '\0', "%s", url);
    if (src)
        cr_expect(begins(src + 5, expected) && src[5 + strlen(expected)] == '"', "%s gives %s", url,
                  src);
}

Test(sanitise, finds_the_player_of_a_video)
{
    static const char *const links[][2] = {
        {"https://www.youtube.com/watch?v=dQw4w9WgXcQ",
         "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"},
        {"http://youtube.com/watch?a=b&v=dQw4w9WgXcQ&t=1",
         "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"},
        {"https://m.youtube.com/shorts/dQw4w9WgXcQ",
         "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"},
        {"https://youtu.be/dQw4w9WgXcQ?t=10", "https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ"},
        {"https://www.youtube.com/playlist?list=PL1234567890",
         "https://www.youtube-nocookie.com/embed/videoseries?list=PL1234567890"},
        {"https://www.youtube.com/watch?v=short", ""},
        {"https://www.youtube.com/watch?v=dQw4w9WgXcQtoolong", ""},
        {"https://www.youtube.com/@someone", ""},
        {"https://youtu.be/", ""},
        {"https://vimeo.com/123456", "https://player.vimeo.com/video/123456"},
        {"https://www.vimeo.com/123456/abc?x", "https://player.vimeo.com/video/123456"},
        {"https://vimeo.com/about", ""},
        {"https://vimeo.com/123abc", ""},
        {"https://example.org/watch?v=dQw4w9WgXcQ", ""},
        {"/watch?v=dQw4w9WgXcQ", ""},
        {"x", ""},
    };

    for (size_t i = 0; i < MC_COUNT(links); i++)
        player_of(links[i][0], links[i][1]);
}

/* Ids have a length; the longest and shortest, and one beyond each. */
Test(sanitise, makes_players_of_ids_of_the_right_length_only)
{
    static const struct {
        const char *link, *player;
        size_t shortest, longest;
    } kinds[] = {
        {"https://youtu.be/", "https://www.youtube-nocookie.com/embed/", 11, 11},
        {"https://www.youtube.com/watch?v=", "https://www.youtube-nocookie.com/embed/", 11, 11},
        {"https://www.youtube.com/embed/", "https://www.youtube-nocookie.com/embed/", 11, 11},
        {"https://www.youtube.com/live/", "https://www.youtube-nocookie.com/embed/", 11, 11},
        {"https://www.youtube.com/playlist?list=",
         "https://www.youtube-nocookie.com/embed/videoseries?list=", 10, 64},
        {"https://vimeo.com/", "https://player.vimeo.com/video/", 1, 15},
    };
    static const char digits[] = "12345678901234567890123456789012345678901234567890"
                                 "12345678901234567890";

    for (size_t i = 0; i < MC_COUNT(kinds); i++) {
        for (size_t length = 0; length <= 66; length++) {
            bool fits = length >= kinds[i].shortest && length <= kinds[i].longest;
            mc_scratch_text(link);
            mc_scratch_text(player);

            mc__text_format(&link, "%s%.*s", kinds[i].link, (int)length, digits);
            if (fits)
                mc__text_format(&player, "%s%.*s", kinds[i].player, (int)length, digits);
            player_of(mc__text_string(&link), mc__text_string(&player));
        }
    }
}

Test(sanitise, puts_twenty_players_into_a_text_and_no_more)
{
    for (int links = 19; links <= 22; links++) {
        mc_scratch_text(text);
        mc_scratch_text(out);
        int players = 0;

        for (int i = 0; i < links; i++)
            mc__text_format(&text, "[v%d](https://vimeo.com/%d) https://youtube.com/@x\n\n", i,
                            i + 1);
        cr_assert_eq(mc__render(&out, NULL, mc__text_string(&text), text.length), 0);
        for (const char *at = mc__text_string(&out); (at = strstr(at, "<iframe")); at++)
            players++;
        cr_expect_eq(players, links < 20 ? links : 20, "%d players of %d", players, links);
    }
}

Test(sanitise, adds_the_player_after_the_link)
{
    expect("[v](https://vimeo.com/12) x",
           "<p><a href=\"https://vimeo.com/12\" rel=\"nofollow noopener\" "
           "target=\"_blank\">v</a><br/>\n"
           "<iframe width=\"500\" height=\"281\" src=\"https://player.vimeo.com/video/12\" "
           "frameborder=\"0\" "
           "allowfullscreen=\"allowfullscreen\"></iframe> x</p>\n");
}
