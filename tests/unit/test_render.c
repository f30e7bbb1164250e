#include <criterion/criterion.h>

#include <microcosm/render.h>

#include "markup/stages.h"
#include "blank_html.h"
#include "fail_alloc.h"

TestSuite(render, .timeout = 120);

#define AWAY " rel=\"nofollow noopener\" target=\"_blank\""

static int64_t find_member(void *data, const char *name)
{
    (void)data;
    if (strcmp(name, "mira") == 0)
        return 12;
    return strcmp(name, "tomas") == 0 ? 15 : 0;
}

typedef struct pair {
    const char *given, *expected;
} pair;

static void expect_all(const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mc_scratch_text(html);
        mc__render_options options = {.site_url = "https://key.example.com", .lookup = find_member};

        cr_expect_eq(mc__render(&html, &options, pairs[i].given, strlen(pairs[i].given)), 0);
        cr_expect_str_eq(mc__text_string(&html), pairs[i].expected,
                         "\"%s\" became \"%s\", not \"%s\"", pairs[i].given, mc__text_string(&html),
                         pairs[i].expected);
    }
}

/* The rules of docs/http/comments.md#markdown, and more. */
Test(render, does_what_the_docs_say)
{
    static const pair pairs[] = {
        {"plain *em* **strong** ~~del~~ `code`",
         "<p>plain <em>em</em> <strong>strong</strong> <del>del</del> <code>code</code></p>\n"},
        {"line one\nline two", "<p>line one<br/>\nline two</p>\n"},
        {"para\n\npara2", "<p>para</p>\n\n<p>para2</p>\n"},
        {"# Head\n## Two",
         "<h1 id=\"user-content-head\">Head</h1>\n\n<h2 id=\"user-content-two\">Two</h2>\n"},
        {"> quote\nmore", "<blockquote>\n<p>quote<br/>\nmore</p>\n</blockquote>\n"},
        {"* a\n* b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
        {"```\n\"<x>\"\n```", "<pre><code>&#34;&lt;x&gt;&#34;\n</code></pre>\n"},
        {"a | b\n---|---\n1 | 2",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n"
         "<tbody>\n<tr>\n<td>1</td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
        {"snake_case_word", "<p>snake_case_word</p>\n"},
        {"see https://example.org/x. (http://example.com/y)",
         "<p>see <a href=\"https://example.org/x\"" AWAY ">https://example.org/x</a>. "
         "(<a href=\"http://example.com/y\"" AWAY ">http://example.com/y</a>)</p>\n"},
        {"www.example.org/foo",
         "<p><a href=\"http://www.example.org/foo\"" AWAY ">http://www.example.org/foo</a></p>\n"},
        {"[rel](/conversations/1)", "<p><a href=\"/conversations/1\">rel</a></p>\n"},
        {"[js](javascript:alert(1))", "<p>js</p>\n"},
        {"![alt](/api/v1/files/abc.png \"t\")",
         "<p><img src=\"/api/v1/files/abc.png\" alt=\"alt\" title=\"t\" loading=\"lazy\" "
         "decoding=\"async\"/></p>\n"},
        {"<script>alert(1)</script>hi", "<p>hi</p>\n"},
        {"<b onclick=\"x()\">bold</b> <i>it</i>", "<p><b>bold</b> <i>it</i></p>\n"},
        {"x@example.org", "<p>x@example.org</p>\n"},
        {"<a@example.org>", "<p><a href=\"mailto:a@example.org\">a@example.org</a></p>\n"},
        {"ALL CAPS HERE", "<p>all caps here</p>\n"},
        {"\"q\" 'a' & < >", "<p>&#34;q&#34; &#39;a&#39; &amp; &lt; &gt;</p>\n"},
        {"hello @mira, and @TOMAS!", "<p>hello <a href=\"/profiles/12\">@mira</a>, and "
                                     "<a href=\"/profiles/15\">@TOMAS</a>!</p>\n"},
        {"[quote]q\nr[/quote]\nreply",
         "<blockquote>\n<p>q<br/>\nr</p>\n</blockquote>\n\n<p>reply</p>\n"},
        {"[url=http://example.org/v]text[/url]",
         "<p><a href=\"http://example.org/v\"" AWAY ">text</a></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(render, knows_common_markdown)
{
    static const pair pairs[] = {
        {"a\n- b\n- c", "<p>a</p>\n\n<ul>\n<li>b</li>\n<li>c</li>\n</ul>\n"},
        {"a\n```\nb\n```\nc", "<p>a</p>\n\n<pre><code>b\n</code></pre>\n\n<p>c</p>\n"},
        {"~~~ c++\nint *a; // @mira\n~~~",
         "<pre><code class=\"language-c++\">int *a; // @mira\n</code></pre>\n"},
        {"```\nopen", "<pre><code>open\n</code></pre>\n"},
        {"Head\n====\n\nTwo\n---",
         "<h1 id=\"user-content-head\">Head</h1>\n\n<h2 id=\"user-content-two\">Two</h2>\n"},
        {"#no head", "<p><a href=\"/search/?q=%23no\">#no</a> head</p>\n"},
        {"3. a\n4. b", "<ol>\n<li value=\"3\">a</li>\n<li>b</li>\n</ol>\n"},
        {"- a\n  - b\n- c", "<ul>\n<li>a\n<ul>\n<li>b</li>\n</ul></li>\n<li>c</li>\n</ul>\n"},
        {"- a\n\n- b", "<ul>\n<li><p>a</p></li>\n<li><p>b</p></li>\n</ul>\n"},
        {"a\n\n***\n\nb", "<p>a</p>\n\n<hr/>\n\n<p>b</p>\n"},
        {"[a]\n\n[a]: /b \"c\"", "<p><a href=\"/b\" title=\"c\">a</a></p>\n"},
        {"a|b\n:-|-:\n`x`|[y](/z)",
         "<table>\n<thead>\n<tr>\n<th align=\"left\">a</th>\n<th align=\"right\">b</th>\n"
         "</tr>\n</thead>\n\n<tbody>\n<tr>\n<td align=\"left\"><code>x</code></td>\n"
         "<td align=\"right\"><a href=\"/z\">y</a></td>\n</tr>\n</tbody>\n</table>\n"},
        {"\\*a\\* \\<b\\> &copy; &check; &nope; &#33;", "<p>*a* &lt;b&gt; © ✓ &amp;nope; !</p>\n"},
        {"*a **b** c* ***d***",
         "<p><em>a <strong>b</strong> c</em> <em><strong>d</strong></em></p>\n"},
        {"![*a* `b` <i>](c)",
         "<p><img src=\"c\" alt=\"a b \" loading=\"lazy\" decoding=\"async\"/></p>\n"},
        {"> a\n\n> b\n>\n> c", "<blockquote>\n<p>a</p>\n</blockquote>\n\n"
                               "<blockquote>\n<p>b</p>\n\n<p>c</p>\n</blockquote>\n"},
        {"<div>\n*raw*\n\n*made*\n\n</div>", "<div>\n*raw*\n\n<p><em>made</em></p>\n\n</div>\n"},
        {"<pre>\n\na  b</pre>", "<pre>\n\na  b</pre>\n"},
        {"a  \nb\\\nc", "<p>a<br/>\nb<br/>\nc</p>\n"},
        {"a\r\nb\rc\n\r\nd", "<p>a<br/>\nb<br/>\nc</p>\n\n<p>d</p>\n"},
        {"a\fb\vc\ad\x7F \u200B\u202Ee", "<p>a b cd e</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

/* md4c 0.4.8 reports only the start or the end of such emphasis. */
Test(render, handles_emphasis_that_begins_or_ends_in_a_link)
{
    static const pair pairs[] = {
        {"[a](*b)c*\n\nd", "<p><a href=\"*b\">a</a>c</p>\n\n<p>d</p>\n"},
        {"*[a](b*)c\n\nd", "<p><em><a href=\"b*\">a</a>c</em></p>\n\n<p>d</p>\n"},
        {"> **[a](b**)c\n\nd", "<blockquote>\n<p><strong><a "
                               "href=\"b**\">a</a>c</strong></p>\n</blockquote>\n\n<p>d</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(render, links_plain_addresses)
{
    static const pair pairs[] = {
        {"http://x.org/_a_/*b*~c~",
         "<p><a href=\"http://x.org/_a_/*b*~c\"" AWAY ">http://x.org/_a_/*b*~c</a>~</p>\n"},
        {"**http://x.org/a** *http://y.org*",
         "<p><strong><a href=\"http://x.org/a\"" AWAY ">http://x.org/a</a></strong> "
         "<em><a href=\"http://y.org\"" AWAY ">http://y.org</a></em></p>\n"},
        {"<http://x.org/a_b_>",
         "<p><a href=\"http://x.org/a_b_\"" AWAY ">http://x.org/a_b_</a></p>\n"},
        {"[http://x.org](/y) `http://x.org`",
         "<p><a href=\"/y\">http://x.org</a> <code>http://x.org</code></p>\n"},
        {"[a](www.x.org) <a href=\"http://x.org/a_b_c\">b</a>",
         "<p><a href=\"http://www.x.org\"" AWAY ">a</a> <a href=\"http://x.org/a_b_c\"" AWAY
         ">b</a></p>\n"},
        {"http://x.org/?a=1&utm_source=b",
         "<p><a href=\"http://x.org/?a=1\"" AWAY ">http://x.org/?a=1&amp;utm_source=b</a></p>\n"},
        {"https://key.example.com/events/1 ftp://x.org",
         "<p><a href=\"/events/1\">https://key.example.com/events/1</a> ftp://x.org</p>\n"},
        {"#a_b `#c` [#d](/e) f#g", "<p><a href=\"/search/?q=%23a_b\">#a_b</a> <code>#c</code> "
                                   "<a href=\"/e\">#d</a> f#g</p>\n"},
        {"a\n#b\n*x*#c (#d",
         "<p>a<br/>\n<a href=\"/search/?q=%23b\">#b</a><br/>\n<em>x</em>#c (#d</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(render, knows_when_nothing_is_visible)
{
    static const char *const blank[] = {"",
                                        "\n\n",
                                        "<script>x</script>",
                                        "<!-- x -->",
                                        "<b> </b>",
                                        "&nbsp;",
                                        "[](/x)",
                                        "[a]: /b",
                                        "<div>\n\n</div>",
                                        "<br>",
                                        "\u200B",
                                        "\u3164",
                                        "\u2800\uFE0F",
                                        "[b] [/b]",
                                        "&#7;",
                                        "![](javascript:x)",
                                        "-"};
    static const char *const seen[] = {
        "a", "![](/x)", "***", "`a`", "https://youtu.be/dQw4w9WgXcQ", "&#33;", "<script>x"};

    for (size_t i = 0; i < MC_COUNT(blank) + MC_COUNT(seen); i++) {
        mc_scratch_text(html);
        mc__rendered rendered;
        mc__render_options options = {.rendered = &rendered};
        bool is_blank = i < MC_COUNT(blank);
        const char *given = is_blank ? blank[i] : seen[i - MC_COUNT(blank)];

        cr_assert_eq(mc__render(&html, &options, given, strlen(given)), 0);
        cr_expect_eq(rendered.blank, is_blank, "%s gives %s", given, mc__text_string(&html));
        cr_expect_eq(html_is_blank(mc__text_string(&html)), is_blank, "%s gives %s", given,
                     mc__text_string(&html));
    }
}

/* The public function. */

Test(render, appends_to_a_buffer)
{
    mc_buffer *html = NULL;
    mc_render_options options = MC_RENDER_OPTIONS_INIT;

    options.site_domain = "forum.example.net";
    options.mention = find_member;
    cr_assert_eq(mc_buffer_new(&html, 0), 0);
    cr_expect_eq(mc_render(html, "*a*", 3, NULL), 0);
    cr_expect_eq(mc_render(html, "@mira http://forum.example.net/x", 32, &options), 0);
    cr_expect_str_eq(mc_buffer_bytes(html),
                     "<p><em>a</em></p>\n<p><a href=\"/profiles/12\">@mira</a> "
                     "<a href=\"/x\">http://forum.example.net/x</a></p>\n");
    mc_buffer_free(html);
}

Test(render, refuses_invalid_input)
{
    mc_buffer *html = NULL;
    mc_buffer *small = NULL;
    static char large[MC_RENDER_MAX + 1];

    memset(large, 'a', sizeof(large));
    cr_assert_eq(mc_buffer_new(&html, 0), 0);
    cr_assert_eq(mc_buffer_new(&small, 10), 0);
    cr_expect_eq(mc_render(html, "a", 1, NULL), 0);
    cr_expect_eq(mc_render(html, "a\xC3", 2, NULL), MC_EINVAL);
    cr_expect_eq(mc_render(html, "a\0b", 3, NULL), MC_EINVAL);
    cr_expect_eq(mc_render(html, large, sizeof(large), NULL), MC_ETOOLARGE);
    cr_expect_str_eq(mc_buffer_bytes(html), "<p>a</p>\n");
    cr_expect_eq(mc_render(small, "several words", 13, NULL), MC_ETOOLARGE);
    cr_expect_eq(mc_buffer_length(small), 0);
    cr_expect_eq(mc_render(html, large, MC_RENDER_MAX, NULL), 0);
    mc_buffer_free(html);
    mc_buffer_free(small);
}

/* Long texts are parsed in pieces, with the same result. */
Test(render, takes_no_notice_of_length)
{
    mc_scratch_text(given);
    mc_scratch_text(html);
    mc_scratch_text(expected);

    for (int i = 0; i < 30000; i++) {
        mc__text_format(&given, "%s*%d*", i ? "\n\n" : "", i);
        mc__text_format(&expected, "%s<p><em>%d</em></p>\n", i ? "\n" : "", i);
    }
    cr_assert_eq(mc__render(&html, NULL, given.data, given.length), 0);
    cr_assert_str_eq(mc__text_string(&html), mc__text_string(&expected));

    mc__text_clear(&html);
    cr_assert_eq(mc__render(&html, NULL, NULL, 0), 0);
    cr_expect_eq(html.length, 0);
}

Test(render, takes_options_of_older_and_newer_callers)
{
    struct {
        mc_render_options options;
        char later[8];
    } newer = {.options = MC_RENDER_OPTIONS_INIT};
    mc_render_options same, older = {.size = offsetof(mc_render_options, mention)};
    mc_buffer *html = NULL;

    cr_assert_eq(mc_buffer_new(&html, 0), 0);
    memset(&same, 0xFF, sizeof(same));
    mc_render_options_init(&same, sizeof(same));
    cr_expect_eq(same.size, newer.options.size);
    cr_expect(!same.site_url && !same.site_domain && !same.mention && !same.mention_data);

    older.mention = (mc_mention_fn)(uintptr_t)1; /* not covered, so it must not be called */
    cr_expect_eq(mc_render(html, "@mira", 5, &older), 0);

    newer.options.size = sizeof(newer);
    cr_expect_eq(mc_render(html, "a", 1, &newer.options), 0);
    newer.later[3] = 1;
    cr_expect_eq(mc_render(html, "a", 1, &newer.options), MC_EINVAL);
    newer.options.size = 0;
    cr_expect_eq(mc_render(html, "a", 1, &newer.options), MC_EINVAL);
    mc_buffer_free(html);
}

static int render_something(void)
{
    mc_scratch_text(html);
    mc__render_options options = {.lookup = find_member};
    static const char given[] =
        "# A @mira\n\n[quote][b]a[/b][/quote] [b](http://c?d) <i title=e>f</i>\n\n"
        "|a|b|\n|-|-|\n|c|https://youtu.be/dQw4w9WgXcQ|\n\n#tag <script>g</script>";
    int rc = mc__render(&html, &options, given, sizeof(given) - 1);

    cr_expect(rc == 0 || html.length == 0);
    return rc;
}

Test(render, survives_each_allocation_that_fails)
{
    cr_expect_geq(fail_each(render_something), 20);
}

/* Too much. */

static void repeat(mc__text *out, const char *piece, size_t length)
{
    size_t size = strlen(piece);

    while (out->length + size <= length)
        mc__text_append(out, piece, size);
}

Test(render, shows_too_deep_nesting_as_text)
{
    static const pair pairs[] = {
        {">>>>>>>>>>>>>>>>>>>>>a", "&gt;a</p>\n</blockquote>"},
        {"- - - - - - - - - - - - - - - - - - - - - a", "- a</li>"},
        {"1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. 1. a", "1. a</li>"},
    };

    for (size_t i = 0; i < MC_COUNT(pairs); i++) {
        mc_scratch_text(html);

        cr_assert_eq(mc__render(&html, NULL, pairs[i].given, strlen(pairs[i].given)), 0);
        cr_expect_not_null(strstr(mc__text_string(&html), pairs[i].expected), "%s",
                           mc__text_string(&html));
    }
}

Test(render, keeps_rules_and_tables_of_ordinary_size)
{
    static const pair pairs[] = {
        {"- - - - - - - - - - - - - - - - - - - - - - - - -", "<hr/>\n"},
        {"a|b\n-|-", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n</table>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(render, shows_disproportionate_growth_as_text)
{
    mc_scratch_text(given);
    mc_scratch_text(html);

    mc__text_puts(&given, "[a]: /");
    repeat(&given, "u", 4000);
    mc__text_puts(&given, "\n\n");
    repeat(&given, "[a] ", 60000);
    cr_assert_eq(mc__render(&html, NULL, given.data, given.length), 0);
    cr_expect_lt(html.length, given.length * 2);
    cr_expect_eq(strncmp(mc__text_string(&html), "<p>[a]: /uuu", 12), 0);
}

/* What is stored with the HTML must change with the HTML: the sum is that of all these together. */
Test(render, has_a_version_of_what_it_makes)
{
    static const char *const texts[] = {
        "plain **b** *i* ~~s~~ `c`\nnext\n\n- a\n- [x] b\n\n1. c\n\n> q\n\n---\n# Head\n## Head",
        "|a|b|\n|-|-:|\n|1||\n\n```c\n\tx\n```\n\n    "
        "y\n\n<details><summary>s</summary>t</details>",
        "[b]b[/b] [quote=\"Tom\" post=1]q[/quote] [list=1][*]a[*]b[/list] [code]@x[/code] "
        "[spoiler]s[/spoiler]",
        "https://e.org/a_b_c. www.e.org/x?utm_source=a @mira, #tag ||h|| text[^1]\n\n[^1]: note",
        "> [!TIP]\n> x\n\n![i](/a.png) [l](https://e.org) https://youtu.be/abcdefghijk",
        "https://e.org/?ttclid=1&b=2 https://www.amazon.com/x?tag=t&b&a",
        "THIS IS A SHOUT OF MANY LETTERS",
        "東京でNHKのUSBを買った。 &parag; &para;",
        "vector<int> **@mira**さん https://e.orgの e.org/@mira [url=e.org]x[/url] *️⃣",
        "[see https://e.org]x <o:p></o:p> $_$ $_$ [ins]x[/ins]",
    };
    uint64_t sum = 1469598103934665603u;

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        mc_scratch_text(html);
        mc__render_options options = {.lookup = find_member, .scope = "7"};

        cr_assert_eq(mc__render(&html, &options, texts[i], strlen(texts[i])), 0);
        for (const char *c = mc__text_string(&html); *c; c++)
            sum = (sum ^ (unsigned char)*c) * 1099511628211u;
    }
    cr_expect(MC__RENDERER == 8 && sum == 0xa7b923701f41ddf8u,
              "the HTML is another: raise MC__RENDERER, and write 0x%llx here",
              (unsigned long long)sum);
}
