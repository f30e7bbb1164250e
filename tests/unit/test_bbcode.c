#include <criterion/criterion.h>

#include "markup/stages.h"
#include "fail_alloc.h"

TestSuite(bbcode, .timeout = 120);

#define AWAY " rel=\"nofollow noopener\" target=\"_blank\""

typedef struct pair {
    const char *given, *expected;
} pair;

static void expect_all(const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mc_scratch_text(html);

        cr_expect_eq(mc__render(&html, NULL, pairs[i].given, strlen(pairs[i].given)), 0);
        cr_expect_str_eq(mc__text_string(&html), pairs[i].expected,
                         "\"%s\" became \"%s\", not \"%s\"", pairs[i].given, mc__text_string(&html),
                         pairs[i].expected);
    }
}

Test(bbcode, marks_text)
{
    static const pair pairs[] = {
        {"[b]bold[/b] [i]it[/i] [u]under[/u] [s]gone[/s]",
         "<p><strong>bold</strong> <em>it</em> <em>under</em> <del>gone</del></p>\n"},
        {"[B]Bold[/b]", "<p><strong>Bold</strong></p>\n"},
        {"a[b]!b[/b]c", "<p>a<strong>!b</strong>c</p>\n"},
        {"[b] spaced [/b]", "<p><strong> spaced </strong></p>\n"},
        {"[b]\nline\n[/b]", "<p><strong>line</strong></p>\n"},
        {"[b][i]both[/i][/b]", "<p><strong><em>both</em></strong></p>\n"},
        {"[b]crossed [i]over[/b] here[/i]",
         "<p><strong>crossed <em>over</em></strong><em> here</em></p>\n"},
        {"[b]*x* `y`[/b]", "<p><strong><em>x</em> <code>y</code></strong></p>\n"},
        {"[color=red]x[/color] [COLOR=#00ff00]y[/COLOR]", "<p>x y</p>\n"},
        {"[cite] Tom:[/cite]said", "<p><em>Tom</em> said</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(bbcode, leaves_alone_what_has_no_partner)
{
    static const pair pairs[] = {
        {"x[i] = y[b]", "<p>x[i] = y[b]</p>\n"},
        {"[b]open", "<p>[b]open</p>\n"},
        {"closed[/b]", "<p>closed[/b]</p>\n"},
        {"[quote]open", "<p>[quote]open</p>\n"},
        {"[b", "<p>[b</p>\n"},
        {"[b x]y[/b]", "<p>[b x]y[/b]</p>\n"},
        {"[]x[/]", "<p>[]x[/]</p>\n"},
        {"[img]no good[/img]", "<p>[img]no good[/img]</p>\n"},
        {"[attach]x[/attach]", "<p>[attach]x[/attach]</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(bbcode, leaves_code_alone)
{
    static const pair pairs[] = {
        {"`[b]x[/b]` [b]y[/b]", "<p><code>[b]x[/b]</code> <strong>y</strong></p>\n"},
        {"`` [b]`x[/b] ``", "<p><code>[b]`x[/b]</code></p>\n"},
        {"```\n[b]x[/b]\n```", "<pre><code>[b]x[/b]\n</code></pre>\n"},
        {"~~~\n[quote]\n~~~\n\n[/quote]", "<pre><code>[quote]\n</code></pre>\n\n<p>[/quote]</p>\n"},
        {"a\n\n    [b]x[/b]\n\nb", "<p>a</p>\n\n<pre><code>[b]x[/b]\n</code></pre>\n\n<p>b</p>\n"},
        {"> ```\n> [b]x[/b]\n> ```",
         "<blockquote>\n<pre><code>[b]x[/b]\n</code></pre>\n</blockquote>\n"},
        {"\\`[b]x[/b]\\`", "<p>`<strong>x</strong>`</p>\n"},
        {"`[b]x", "<p>`[b]x</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(bbcode, makes_links_and_images)
{
    static const pair pairs[] = {
        {"[url=http://example.org/v]text[/url]",
         "<p><a href=\"http://example.org/v\"" AWAY ">text</a></p>\n"},
        {"[url=\"http://example.org/v\"]a ] b[/url]",
         "<p><a href=\"http://example.org/v\"" AWAY ">a ] b</a></p>\n"},
        {"[url='/x']*t*[/url]", "<p><a href=\"/x\"><em>t</em></a></p>\n"},
        {"[url]http://example.org/a_b_c*d*[/url]", "<p><a href=\"http://example.org/a_b_c*d*\"" AWAY
                                                   ">http://example.org/a_b_c*d*</a></p>\n"},
        {"[url] www.example.org [/url]",
         "<p><a href=\"http://www.example.org\"" AWAY ">www.example.org</a></p>\n"},
        {"[url]example[/url]", "<p>example</p>\n"},
        {"[email]a_b@example.org[/email]",
         "<p><a href=\"mailto:a_b@example.org\">a_b@example.org</a></p>\n"},
        {"[email=a@example.org]write[/email]",
         "<p><a href=\"mailto:a@example.org\">write</a></p>\n"},
        {"[img]http://example.org/a_b_.png?c&copy=d[/img]",
         "<p><img src=\"http://example.org/a_b_.png?c&amp;copy=d\" alt=\"\" loading=\"lazy\" "
         "decoding=\"async\"/></p>\n"},
        {"[img]/x.png[/img]\n*y*", "<p><img src=\"/x.png\" alt=\"\" loading=\"lazy\" "
                                   "decoding=\"async\"/><br/>\n<em>y</em></p>\n"},
        {"[attach]12[/attach]", "<p><a href=\"/attachments/12\">/attachments/12</a></p>\n"},
        {"[url=http://example.org][img]/x.png[/img][/url]",
         "<p><a href=\"http://example.org\"" AWAY
         "><img src=\"/x.png\" alt=\"\" loading=\"lazy\" decoding=\"async\"/></a></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(bbcode, makes_lists)
{
    static const pair pairs[] = {
        {"[list]\n[*]a\n[*] b\n[/list]", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
        {"[list=1][*]a[*]b[/list]", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
        {"[*]a\n[*]b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
        {"a [*] b", "<p>a [*] b</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(bbcode, quotes)
{
    static const pair pairs[] = {
        {"[quote]q\nr[/quote]\nreply",
         "<blockquote>\n<p>q<br/>\nr</p>\n</blockquote>\n\n<p>reply</p>\n"},
        {"a\n[quote=Tom]q[/quote]b",
         "<p>a</p>\n\n<blockquote>\n<p><cite>Tom</cite></p>\n<p>q</p>\n</blockquote>\n\n"
         "<p>b</p>\n"},
        {"[quote]a\n\nb[/quote]", "<blockquote>\n<p>a</p>\n\n<p>b</p>\n</blockquote>\n"},
        {"[quote]\n- a\n- b\n[/quote]",
         "<blockquote>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n</blockquote>\n"},
        {"[quote]a [quote]b[/quote] c[/quote] d",
         "<blockquote>\n<p>a</p>\n\n<blockquote>\n<p>b</p>\n</blockquote>\n\n<p>c</p>\n</"
         "blockquote>\n\n<p>d</p>\n"},
        {"[quote][b]a[/b][/quote]", "<blockquote>\n<p><strong>a</strong></p>\n</blockquote>\n"},
        {"[quote][/quote]a", "<blockquote>\n</blockquote>\n\n<p>a</p>\n"},
        {"[img][quote][/img] a [/quote] b", "<p><img src=\"[quote]\" alt=\"\" loading=\"lazy\" "
                                            "decoding=\"async\"/> a [/quote] b</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(bbcode, does_not_nest_for_ever)
{
    mc_scratch_text(given);
    mc_scratch_text(html);
    size_t quotes = 0;

    for (int i = 0; i < 1000; i++)
        mc__text_puts(&given, "[quote]a\n");
    for (int i = 0; i < 1000; i++)
        mc__text_puts(&given, "[/quote]");
    cr_assert_eq(mc__render(&html, NULL, given.data, given.length), 0);
    for (const char *at = mc__text_string(&html); (at = strstr(at, "<blockquote>")); at++)
        quotes++;
    cr_expect_eq(quotes, 32);
    cr_expect_not_null(strstr(mc__text_string(&html), "<p>a</p>\n\n<p>a</p>"));
}

static int render_something(void)
{
    mc_scratch_text(html);
    static const char given[] =
        "[quote=\"Tom\" post=12][b]a[/b] [url=x]y[/url][/quote] `b`\n"
        "[list][*]c[*]d[/list] [code]e[/code] [youtube]dQw4w9WgXcQ[/youtube]";

    return mc__render(&html, NULL, given, sizeof(given) - 1);
}

Test(bbcode, survives_each_allocation_that_fails)
{
    cr_expect_geq(fail_each(render_something), 10);
}
