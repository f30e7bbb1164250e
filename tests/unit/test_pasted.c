/* What people really paste, by kinds of what once came out wrong. */
#include <criterion/criterion.h>

#include "markup/stages.h"

TestSuite(pasted, .timeout = 120);

#define AWAY " rel=\"nofollow noopener\" target=\"_blank\""
#define LAZY " loading=\"lazy\" decoding=\"async\""

static int64_t find_member(void *data, const char *name)
{
    (void)data;
    return strcmp(name, "mira") == 0 ? 12 : 0;
}

typedef struct pair {
    const char *given, *expected;
} pair;

static void expect_all(const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mc_scratch_text(html);
        mc__render_options options = {.lookup = find_member};

        cr_expect_eq(mc__render(&html, &options, pairs[i].given, strlen(pairs[i].given)), 0);
        cr_expect_str_eq(mc__text_string(&html), pairs[i].expected,
                         "\"%s\" became \"%s\", not \"%s\"", pairs[i].given, mc__text_string(&html),
                         pairs[i].expected);
    }
}

Test(pasted, marks_never_leak)
{
    static const pair pairs[] = {
        {"<p>see https://en.wikipedia.org/wiki/New_York_City</p>",
         "<p>see <a href=\"https://en.wikipedia.org/wiki/New_York_City\"" AWAY
         ">https://en.wikipedia.org/wiki/New_York_City</a></p>\n"},
        {"<div title=\"@mira_x_y\">a_b_c http://e.org/a_b*c*</div>",
         "<div>a_b_c <a href=\"http://e.org/a_b*c\"" AWAY ">http://e.org/a_b*c</a>*</div>\n"},
        {"`https://e.org/a_b_c @foo_bar_x ~x~`",
         "<p><code>https://e.org/a_b_c @foo_bar_x ~x~</code></p>\n"},
        {"[x](https://e.org/a_b_c \"t @a_b_c\") ![a_b_c @x_y_z](/p_q_r)",
         "<p><a href=\"https://e.org/a_b_c\"" AWAY
         ">x</a> <img src=\"/p_q_r\" alt=\"a_b_c @x_y_z\"" LAZY "/></p>\n"},
        {"- a\n\n  ```\n  https://e.org/a_b_c\n  ```",
         "<ul>\n<li><p>a</p>\n\n<pre><code>https://e.org/a_b_c\n</code></pre></li>\n</ul>\n"},
        {"<pre>\nhttps://e.org/a_b_c\n</pre>", "<pre>https://e.org/a_b_c\n</pre>\n"},
        {"<https://e.org/a_b_c~d> and https://e.org/a_b_c~d",
         "<p><a href=\"https://e.org/a_b_c~d\"" AWAY
         ">https://e.org/a_b_c~d</a> and <a href=\"https://e.org/a_b_c~d\"" AWAY
         ">https://e.org/a_b_c~d</a></p>\n"},
        {"[a]: https://e.org/x_y_z\n\n[a] @no_bo_dy",
         "<p><a href=\"https://e.org/x_y_z\"" AWAY ">a</a> @no_bo_dy</p>\n"},
        {"\\@mira \\#tag `\\@mira \\#x` [\\#x](/a\\#b \"c\\#d\")",
         "<p>@mira #tag <code>\\@mira \\#x</code> <a href=\"/a#b\">#x</a></p>\n"},
        {"&#xFDE0;mira &#xFDD0;1&#xFDD1;", "<p>mira 1</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, single_tildes_are_text)
{
    static const pair pairs[] = {
        {"(~10 kg) and (~20 kg)", "<p>(~10 kg) and (~20 kg)</p>\n"},
        {"~~gone~~ and ~not~", "<p><del>gone</del> and ~not~</p>\n"},
        {"a~b~c ~~a~b~~", "<p>a~b~c <del>a~b</del></p>\n"},
        {"\\~x\\~ ~~~x", "<p>~x~ ~~~x</p>\n"},
        {"~ ~~ ~", "<p>~ ~~ ~</p>\n"},
        {"[~1](/~user/) https://e.org/~a/~b",
         "<p><a href=\"/~user/\">~1</a> <a href=\"https://e.org/~a/~b\"" AWAY
         ">https://e.org/~a/~b</a></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, fences_are_where_they_are)
{
    static const pair pairs[] = {
        {"Para\n    ```\n    x\n\nafter", "<p>Para<br/>\n```<br/>\nx</p>\n\n<p>after</p>\n"},
        {"1. item\n    ```\n    x\n    ```\nafter",
         "<ol>\n<li>item\n<pre><code>x\n</code></pre></li>\n</ol>\n\n<p>after</p>\n"},
        {"```\nx\n```\t\nafter", "<pre><code>x\n</code></pre>\n\n<p>after</p>\n"},
        {"~~~\nx\n~~~ \t \nafter", "<pre><code>x\n</code></pre>\n\n<p>after</p>\n"},
        {"1. ```\n   x\n   ```\n\n[b]y[/b]",
         "<ol>\n<li><pre><code>x\n</code></pre></li>\n</ol>\n\n<p><strong>y</strong></p>\n"},
        {"- ```\n  [b]x[/b]\n  ```\n- [b]y[/b]",
         "<ul>\n<li><pre><code>[b]x[/b]\n</code></pre></li>\n<li><strong>y</strong></li>\n</ul>\n"},
        {"> ```\n> [b]x[/b]\n\n[b]y[/b]", "<blockquote>\n<pre><code>[b]x[/b]\n</code></pre>\n</"
                                          "blockquote>\n\n<p><strong>y</strong></p>\n"},
        {"Para\n    ~~~\n[b]x[/b]", "<p>Para<br/>\n~~~<br/>\n<strong>x</strong></p>\n"},
        {"```\n\tall:\n\t\tcc\n```", "<pre><code>\tall:\n\t\tcc\n</code></pre>\n"},
        {"\tfoo\tbaz\t\tbim", "<pre><code>foo\tbaz\t\tbim\n</code></pre>\n"},
        {"\t\tdeep\n\tflat", "<pre><code>\tdeep\nflat\n</code></pre>\n"},
        {"- a\n\n\t\t\tcode",
         "<ul>\n<li><p>a</p>\n\n<pre><code>  \tcode\n</code></pre></li>\n</ul>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, shouting)
{
    static const pair pairs[] = {
        {"東京でNHKのUSBを買った。", "<p>東京でNHKのUSBを買った。</p>\n"},
        {"`SELECT * FROM T;`", "<p><code>SELECT * FROM T;</code></p>\n"},
        {"THIS IS WHAT I MEAN, `FOO_BAR` HTTP://E.ORG/ABC @MIRA #TAG",
         "<p>this is what i mean, <code>FOO_BAR</code> <a href=\"http://E.ORG/ABC\"" AWAY
         ">HTTP://E.ORG/ABC</a> <a href=\"/profiles/12\">@MIRA</a> <a "
         "href=\"/search/?q=%23TAG\">#TAG</a></p>\n"},
        {"OK", "<p>OK</p>\n"},
        {"日本でUSBとHDMIを買いましたがとても高かったです",
         "<p>日本でUSBとHDMIを買いましたがとても高かったです</p>\n"},
        {"ÀÉÎÕÜ ÀÉÎÕÜ", "<p>àéîõü àéîõü</p>\n"},
        {"[CLICK HERE NOW](/ABC) <MAILTO:FOO@E.ORG>",
         "<p><a href=\"/ABC\">click here now</a> <a "
         "href=\"mailto:FOO@E.ORG\">MAILTO:FOO@E.ORG</a></p>\n"},
        {"    SELECT * FROM TABLES", "<pre><code>SELECT * FROM TABLES\n</code></pre>\n"},
        {"WHY? 10 OF THEM", "<p>why? 10 of them</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, words_in_scripts_without_spaces)
{
    static const pair pairs[] = {
        {"@mira，ok", "<p><a href=\"/profiles/12\">@mira</a>，ok</p>\n"},
        {"（@mira）", "<p>（<a href=\"/profiles/12\">@mira</a>）</p>\n"},
        {"@mira—x", "<p><a href=\"/profiles/12\">@mira</a>—x</p>\n"},
        {"你好@mira。", "<p>你好<a href=\"/profiles/12\">@mira</a>。</p>\n"},
        {"「@mira」と@mira、@miraさん",
         "<p>「<a href=\"/profiles/12\">@mira</a>」と<a href=\"/profiles/12\">@mira</a>、<a "
         "href=\"/profiles/12\">@mira</a>さん</p>\n"},
        {"https://e.org/a。好",
         "<p><a href=\"https://e.org/a\"" AWAY ">https://e.org/a</a>。好</p>\n"},
        {"见https://e.org/x，好",
         "<p>见<a href=\"https://e.org/x\"" AWAY ">https://e.org/x</a>，好</p>\n"},
        {"见www.e.org/a。",
         "<p>见<a href=\"http://www.e.org/a\"" AWAY ">http://www.e.org/a</a>。</p>\n"},
        {"＠mira ＃tag",
         "<p><a href=\"/profiles/12\">＠mira</a> <a href=\"/search/?q=%23tag\">＃tag</a></p>\n"},
        {"“https://e.org/a” «https://e.org/b»",
         "<p>“<a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>” «<a href=\"https://e.org/b\"" AWAY ">https://e.org/b</a>»</p>\n"},
        {"https://e.org/好/x https://e.org/a–b",
         "<p><a href=\"https://e.org/好/x\"" AWAY
         ">https://e.org/好/x</a> <a href=\"https://e.org/a–b\"" AWAY
         ">https://e.org/a–b</a></p>\n"},
        {"好、#日本語 x@mira", "<p>好、<a href=\"/search/?q=%23日本語\">#日本語</a> x@mira</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, ends_of_URLs)
{
    static const pair pairs[] = {
        {"see https://e.org/wiki/♥ ok",
         "<p>see <a href=\"https://e.org/wiki/♥\"" AWAY ">https://e.org/wiki/♥</a> ok</p>\n"},
        {"https://e.org/a's https://e.org/b’s",
         "<p><a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>&#39;s <a href=\"https://e.org/b\"" AWAY
         ">https://e.org/b</a>’s</p>\n"},
        {"[foo]http://e.org/a.jpg[/foo]",
         "<p>[foo]<a href=\"http://e.org/a.jpg\"" AWAY ">http://e.org/a.jpg</a>[/foo]</p>\n"},
        {"[center]http://e.org/a.jpg[/center]",
         "<div align=\"center\">\n<p><a href=\"http://e.org/a.jpg\"" AWAY
         ">http://e.org/a.jpg</a></p>\n</div>\n"},
        {"https://e.org/a). (https://e.org/a_(b))",
         "<p><a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>). (<a href=\"https://e.org/a_(b)\"" AWAY
         ">https://e.org/a_(b)</a>)</p>\n"},
        {"\"https://e.org/a\", 'https://e.org/b'.",
         "<p>&#34;<a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>&#34;, &#39;<a href=\"https://e.org/b\"" AWAY
         ">https://e.org/b</a>&#39;.</p>\n"},
        {"https://e.org/a?! https://e.org/a… https://e.org/a;",
         "<p><a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>?! <a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>… <a href=\"https://e.org/a\"" AWAY ">https://e.org/a</a>;</p>\n"},
        {"https://e.org/😀/b https://e.org/x?a[]=1&b[c]=2",
         "<p><a href=\"https://e.org/😀/b\"" AWAY
         ">https://e.org/😀/b</a> <a href=\"https://e.org/x?a[]=1&amp;b[c]=2\"" AWAY
         ">https://e.org/x?a[]=1&amp;b[c]=2</a></p>\n"},
        {"**https://e.org/a** *https://e.org/b*. ~~https://e.org/c~~",
         "<p><strong><a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a></strong> <em><a href=\"https://e.org/b\"" AWAY
         ">https://e.org/b</a></em>. <del><a href=\"https://e.org/c\"" AWAY
         ">https://e.org/c</a></del></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, emoji)
{
    static const pair pairs[] = {
        {"🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F x",
         "<p>🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F x</p>\n"},
        {"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F",
         "<p>🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F</p>\n"},
        {"#\uFE0F\u20E3 1\uFE0F\u20E3 *\uFE0F\u20E3",
         "<p>#\uFE0F\u20E3 1\uFE0F\u20E3 *\uFE0F\u20E3</p>\n"},
        {"#１２３ #१२३ #12 #a1", "<p>#１２３ #१२३ #12 <a href=\"/search/?q=%23a1\">#a1</a></p>\n"},
        {"👩\u200D👩\u200D👧 ❤\uFE0F 🏳\uFE0F\u200D🌈",
         "<p>👩\u200D👩\u200D👧 ❤\uFE0F 🏳\uFE0F\u200D🌈</p>\n"},
        {"#می\u200Cخواهم", "<p><a href=\"/search/?q=%23می\u200Cخواهم\">#می\u200Cخواهم</a></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, tables)
{
    static const pair pairs[] = {
        {"a\n|a|b|\n|-|-|\n|1|3|",
         "<p>a</p>\n\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td>3</td>\n</tr>\n</tbody>\n</table>\n"},
        {"|a|b|c|\n|-|-|-|\n|1||3|\n||2|\n|1|||",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n<th>c</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td></td>\n<td>3</td>\n</tr>\n\n<tr>\n<td></"
         "td>\n<td>2</td>\n<td></td>\n</tr>\n\n<tr>\n<td>1</td>\n<td></td>\n<td></td>\n</tr>\n</"
         "tbody>\n</table>\n"},
        {"|a|b|\n|-|-|\n|`x\\|y`|z\\|z|", "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</"
                                          "tr>\n</thead>\n\n<tbody>\n<tr>\n<td><code>x|y</code></"
                                          "td>\n<td>z|z</td>\n</tr>\n</tbody>\n</table>\n"},
        {"|a|b|\n|-|-|-|\n|1|2|", "<p>|a|b|<br/>\n|-|-|-|<br/>\n|1|2|</p>\n"},
        {"|a|b|c|\n|-|-|\n|1|2|", "<p>|a|b|c|<br/>\n|-|-|<br/>\n|1|2|</p>\n"},
        {"> |a|b|\n> |-|-|\n> |1|2|", "<blockquote>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</"
                                      "th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td>2</"
                                      "td>\n</tr>\n</tbody>\n</table>\n</blockquote>\n"},
        {"a | b\n- | -\n1 | 2",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</"
         "td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
        {"|a|b|\n|-|-|\n|-|:-|",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>-</"
         "td>\n<td>:-</td>\n</tr>\n</tbody>\n</table>\n"},
        {"- x\n\n  |a|b|\n  |-|-|\n  |1|[b]2[/b]|",
         "<ul>\n<li><p>x</p>\n\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td><strong>2</strong></td>\n</tr>\n</tbody>\n</"
         "table></li>\n</ul>\n"},
        {"|a|\n|-|\n|1|", "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</"
                          "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n"},
        {"text\n--\n|-|-|", "<h2 id=\"user-content-text\">text</h2>\n\n<p>|-|-|</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, BBCode_beside_blocks)
{
    static const pair pairs[] = {
        {"[url=http://e.org]\n[img]http://e.org/a.jpg[/img]\n[/url]",
         "<p><a href=\"http://e.org\"" AWAY "><img src=\"http://e.org/a.jpg\" alt=\"\"" LAZY
         "/></a></p>\n"},
        {"[quote]```\na\n```[/quote] after",
         "<blockquote>\n<pre><code>a\n</code></pre>\n</blockquote>\n\n<p>after</p>\n"},
        {"[b]\n- a\n- b\n[/b]",
         "<ul>\n<li><strong>a</strong></li>\n<li><strong>b</strong></li>\n</ul>\n"},
        {"1. item\n\n    [b]bold[/b]",
         "<ol>\n<li><p>item</p>\n\n<p><strong>bold</strong></p></li>\n</ol>\n"},
        {"\\[b]x[/b]", "<p>[b]x[/b]</p>\n"},
        {"[list]\n[*]a\n[*]b\n[/list] after",
         "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n\n<p>after</p>\n"},
        {"[b]p1\n\np2[/b] x", "<p><strong>p1</strong></p>\n\n<p><strong>p2</strong> x</p>\n"},
        {"[b]a[quote]b[/quote]c[/b]", "<p><strong>a</strong></p>\n\n<blockquote>\n<p><strong>b</"
                                      "strong></p>\n</blockquote>\n\n<p><strong>c</strong></p>\n"},
        {"> [quote]a\n> b[/quote]\n> c", "<blockquote>\n<blockquote>\n<p>a<br/>\nb</p>\n</"
                                         "blockquote>\n\n<p>c</p>\n</blockquote>\n"},
        {"- [quote]a[/quote] b\n- c", "<ul>\n<li><blockquote>\n<p>a</p>\n</blockquote>\n\n<p>b</"
                                      "p></li>\n<li><p>c</p></li>\n</ul>\n"},
        {"`[quote]` is a [quote]tag[/quote]",
         "<p><code>[quote]</code> is a</p>\n\n<blockquote>\n<p>tag</p>\n</blockquote>\n"},
        {"[center]# Head[/center]",
         "<div align=\"center\">\n<h1 id=\"user-content-head\">Head</h1>\n</div>\n"},
        {"[b]crossed [i]over[/b] here[/i]",
         "<p><strong>crossed <em>over</em></strong><em> here</em></p>\n"},
        {"|a|b|\n|-|-|\n|[b]x[/b]|[quote]y[/quote]|",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td><strong>x</strong></td>\n<td>\n<blockquote>\ny</"
         "blockquote>\n</td>\n</tr>\n</tbody>\n</table>\n"},
        {"[list]\n[*]- x\n[*]```\ncode\n```\n[/list]",
         "<ul>\n<li><ul>\n<li>x</li>\n</ul></li>\n<li><pre><code>code\n</code></pre></li>\n</"
         "ul>\n"},
        {"*em [quote]q[/quote] more*",
         "<p>*em</p>\n\n<blockquote>\n<p>q</p>\n</blockquote>\n\n<p>more*</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, BBCode_in_HTML)
{
    static const pair pairs[] = {
        {"<center>[b]x[/b]</center>", "<p><strong>x</strong></p>\n"},
        {"<div>\n[b]x[/b] a_b_c [img]/a.png[/img]\n</div>",
         "<div>\n<strong>x</strong> a_b_c <img src=\"/a.png\" alt=\"\"" LAZY "/>\n</div>\n"},
        {"[code]|\n-|-\n[/code]apple", "<pre><code>|\n-|-\n</code></pre>\n\n<p>apple</p>\n"},
        {"[code]a|b\n-|-\n[/code]|x", "<pre><code>a|b\n-|-\n</code></pre>\n\n<p>|x</p>\n"},
        {"[noparse]|\n-|-\n[/noparse]\u00e9t\u00e9", "<p>|<br/>\n-|-<br/>\nété</p>\n"},
        {"[quote]<div>a</div>[/quote]", "<blockquote>\n<div>a</div></blockquote>\n\n"},
        {"<div>[quote]a[/quote]</div>", "<div>\n<blockquote>\na</blockquote>\n</div>\n"},
        {"<div title=\"[b]x[/b] @a_b~c\">y</div>", "<div>y</div>\n"},
        {"<pre>\n[b]x[/b]\n</pre>", "<pre>[b]x[/b]\n</pre>\n"},
        {"x <b title=\"a~b [i]y[/i]\">[i]z[/i]</b>", "<p>x <b><em>z</em></b></p>\n"},
        {"<div>\n[b]x\n\ny[/b]\n</div>",
         "<div>\n<strong>x\n</strong>\n\n<p><strong>y</strong></p>\n\n</div>\n"},
        {"<script>[b]x[/b]</script>y", "<p>y</p>\n"},
        {"<!-- [b] -->x[/b]", "<p>x</p>\n"},
        {"<p>see https://en.wikipedia.org/wiki/New_York_City &amp; &lt;</p>",
         "<p>see <a href=\"https://en.wikipedia.org/wiki/New_York_City\"" AWAY
         ">https://en.wikipedia.org/wiki/New_York_City</a> &amp; &lt;</p>\n"},
        {"<div>[list]\n[*]a\n[*]b\n[/list]</div>",
         "<div>\n<ul>\n\n\n<li>a</li>\n<li>b</li>\n</ul>\n</div>\n"},
        {"<td>[b]x</td>[/b]", "<p><strong>x</strong></p>\n"},
        {"x <code>[b]y[/b]</code> [b]z[/b]", "<p>x <code>[b]y[/b]</code> <strong>z</strong></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, more_BBCode_beside_blocks)
{
    static const pair pairs[] = {
        {"[quote]\n\n# x\n[/quote]",
         "<blockquote>\n<h1 id=\"user-content-x\">x</h1>\n</blockquote>\n"},
        {"[b]\n\ntext\n\n[/b]", "<p><strong>text</strong></p>\n"},
        {"[i][url=http://e.org]x[/i][/url] y",
         "<p><em><a href=\"http://e.org\"" AWAY ">x</a></em> y</p>\n"},
        {"[quote][list][*]a[/list][/quote]",
         "<blockquote>\n<ul>\n<li>a</li>\n</ul>\n</blockquote>\n"},
        {"[list][*][b]a[/b] [i]c[/i][*]d[/list]",
         "<ul>\n<li><strong>a</strong> <em>c</em></li>\n<li>d</li>\n</ul>\n"},
        {"[url]\nhttp://e.org\n[/url]",
         "<p><a href=\"http://e.org\"" AWAY ">http://e.org</a></p>\n"},
        {"[img]\nhttp://e.org/a.png\n[/img]",
         "<p><img src=\"http://e.org/a.png\" alt=\"\"" LAZY "/></p>\n"},
        {"[B]x[/b] [IMG]/a.png[/IMG]",
         "<p><strong>x</strong> <img src=\"/a.png\" alt=\"\"" LAZY "/></p>\n"},
        {"[quote]> md\n> quote[/quote] x", "<blockquote>\n<blockquote>\n<p>md<br/>\nquote</p>\n</"
                                           "blockquote>\n</blockquote>\n\n<p>x</p>\n"},
        {"[list]\n[*]a\n\n[*]b\n[/list]", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
        {"[list][/list] x", "<ul>\n</ul>\n\n<p>x</p>\n"},
        {"[code]```\n[/code]\n[b]x[/b]",
         "<pre><code>```\n</code></pre>\n\n<p><strong>x</strong></p>\n"},
        {"[quote]a[/quote][quote]b[/quote]",
         "<blockquote>\n<p>a</p>\n</blockquote>\n\n<blockquote>\n<p>b</p>\n</blockquote>\n"},
        {"[b]bold[/b]:\n[list]\n[*] a\n[*] b\n[/list]\nend",
         "<p><strong>bold</strong>:</p>\n\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n\n<p>end</p>\n"},
        {"1. [b]x[/b]\n2. [quote]y[/quote]",
         "<ol>\n<li><p><strong>x</strong></p></li>\n<li><blockquote>\n<p>y</p>\n</blockquote></"
         "li>\n</ol>\n"},
        {"    [b]x[/b]", "<pre><code>[b]x[/b]\n</code></pre>\n"},
        {"[quote name=\"Tom\" post=\"12\"]x[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/12\">Tom</a></cite></p>\n<p>x</p>\n</blockquote>\n"},
        {"[quote='Tom']x[/quote]",
         "<blockquote>\n<p><cite>Tom</cite></p>\n<p>x</p>\n</blockquote>\n"},
        {"[quote=Tom, Dick and Harry]x[/quote]",
         "<blockquote>\n<p><cite>Tom, Dick and Harry</cite></p>\n<p>x</p>\n</blockquote>\n"},
        {"[youtube=425,350]dQw4w9WgXcQ[/youtube] [vimeo]123[/vimeo]",
         "<p><a href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\"" AWAY
         ">https://www.youtube.com/watch?v=dQw4w9WgXcQ</a><br/>\n<iframe width=\"560\" "
         "height=\"315\" src=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ\" "
         "frameborder=\"0\" allowfullscreen=\"allowfullscreen\"></iframe> <a "
         "href=\"https://vimeo.com/123\"" AWAY
         ">https://vimeo.com/123</a><br/>\n<iframe width=\"500\" height=\"281\" "
         "src=\"https://player.vimeo.com/video/123\" frameborder=\"0\" "
         "allowfullscreen=\"allowfullscreen\"></iframe></p>\n"},
        {"[align=center]x[/align]", "<div align=\"center\">\n<p>x</p>\n</div>\n"},
        {"[code lang=\"c\"]\nint x;\n[/code]",
         "<pre><code class=\"language-c\">int x;\n</code></pre>\n"},
        {"[hr][/hr]", "<hr/>\n"},
        {"|a|b|\n|-|-|\n|1|2|\nbar",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</"
         "td>\n<td>2</td>\n</tr>\n\n<tr>\n<td>bar</td>\n<td></td>\n</tr>\n</tbody>\n</table>\n"},
        {"|a|b|\n|-|-|\n|1|2|\n> bar",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</"
         "td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n\n<blockquote>\n<p>bar</p>\n</blockquote>\n"},
        {"- |a|b|\n  |-|-|\n  |1||",
         "<ul>\n<li><table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td></td>\n</tr>\n</tbody>\n</table></li>\n</ul>\n"},
        {"|:-|-:|:-:|", "<p>|:-|-:|:-:|</p>\n"},
        {"a|b|c\n:-|-:|:-:\n1|2|3|4",
         "<table>\n<thead>\n<tr>\n<th align=\"left\">a</th>\n<th align=\"right\">b</th>\n<th "
         "align=\"center\">c</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td "
         "align=\"left\">1</td>\n<td align=\"right\">2</td>\n<td "
         "align=\"center\">3</td>\n</tr>\n</tbody>\n</table>\n"},
        {"text\na|b\n-|-\n1|2\n\nmore", "<p>text</p>\n\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</"
                                        "th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td>2</"
                                        "td>\n</tr>\n</tbody>\n</table>\n\n<p>more</p>\n"},
        {"> text\n> |a|\n> |-|\n> |1|",
         "<blockquote>\n<p>text</p>\n\n<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n</blockquote>\n"},
        {"# h\n|a|\n|-|\n|1|",
         "<h1 "
         "id=\"user-content-h\">h</h1>\n\n<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n"},
        {"[table][tr][th]a[/th][/tr][tr][td][list][*]x[/list][/td][/tr][/table]",
         "<table>\n<tbody><tr>\n<th>a</th>\n</tr>\n\n<tr>\n<td><ul>\n<li>x</li>\n</ul>\n</td>\n</"
         "tr>\n</tbody></table>\n"},
        {"[center][img]/a.png[/img][/center]",
         "<div align=\"center\">\n<p><img src=\"/a.png\" alt=\"\"" LAZY "/></p>\n</div>\n"},
        {"a [hr] b", "<p>a</p>\n\n<hr/>\n\n<p>b</p>\n"},
        {"[spoiler][quote]x[/quote][/spoiler]",
         "<details>\n<summary>Spoiler</summary>\n<blockquote>\n<p>x</p>\n</blockquote>\n</"
         "details>\n"},
        {"[list]\n[*]a [quote]q[/quote] b\n[*]c\n[/list]",
         "<ul>\n<li>a\n<blockquote>\n<p>q</p>\n</blockquote>\nb</li>\n<li>c</li>\n</ul>\n"},
        {"[url=http://e.org][b]x[/url][/b] z",
         "<p><a href=\"http://e.org\"" AWAY "><strong>x</strong></a> z</p>\n"},
        {"[size=4][b]T[/b][/size]\n\ntext", "<p><strong>T</strong></p>\n\n<p>text</p>\n"},
        {"[quote]\n[quote]\na\n[/quote]\nb\n[/quote]\nc",
         "<blockquote>\n<blockquote>\n<p>a</p>\n</blockquote>\n\n<p>b</p>\n</blockquote>\n\n<p>c</"
         "p>\n"},
        {"[b]a\n```\ncode\n```\nb[/b]", "<p><strong>a</strong></p>\n\n<pre><code>code\n</code></"
                                        "pre>\n\n<p><strong>b</strong></p>\n"},
        {"[indent]x[/indent] [user=1]Tom[/user]", "<p>x Tom</p>\n"},
        {"<center>[b]x[/b]</center>", "<p><strong>x</strong></p>\n"},
        {"- a\n  - b\n\n        code\n    - c",
         "<ul>\n<li>a\n<ul>\n<li><p>b</p>\n\n<pre><code>code\n</code></pre>\n\n<ul>\n<li>c</li>\n</"
         "ul></li>\n</ul></li>\n</ul>\n"},
        {"a\n        ```\nb", "<p>a<br/>\n```<br/>\nb</p>\n"},
        {"1. a\n\n   ```\n   x\n   ```\n2. b",
         "<ol>\n<li><p>a</p>\n\n<pre><code>x\n</code></pre></li>\n<li><p>b</p></li>\n</ol>\n"},
        {"-   ```\n    x\n    ```\n    y",
         "<ul>\n<li><pre><code>x\n</code></pre>\ny</li>\n</ul>\n"},
        {"```\n[b]\n    ```\nx\n```\n[b]y[/b]",
         "<pre><code>[b]\n    ```\nx\n</code></pre>\n\n<p><strong>y</strong></p>\n"},
        {"[quote]a\n\n```\nx\n[/quote]\n```\nb[/quote]",
         "<blockquote>\n<p>a</p>\n\n<pre><code>x\n[/quote]\n</code></pre>\n\n<p>b</p>\n</"
         "blockquote>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, BBCode_of_archives)
{
    static const pair pairs[] = {
        {"[code]\n[b]x[/b] @mira #tag https://e.org\n  *y*\n[/code]",
         "<pre><code>[b]x[/b] @mira #tag https://e.org\n  *y*\n</code></pre>\n"},
        {"[code=php]\n<?php echo \"[quote]\"; ?>\n[/code]\nafter",
         "<pre><code class=\"language-php\">&lt;?php echo &#34;[quote]&#34;; "
         "?&gt;\n</code></pre>\n\n<p>after</p>\n"},
        {"a [code]x*y*[/code] b", "<p>a <code>x*y*</code> b</p>\n"},
        {"> [code]\n> a\n>   b\n> [/code]\n> c",
         "<blockquote>\n<pre><code>a\n  b\n</code></pre>\n\n<p>c</p>\n</blockquote>\n"},
        {"[code]unclosed", "<p>[code]unclosed</p>\n"},
        {"[quote=\"Tom\" post=123]q[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/123\">Tom</a></cite></p>\n<p>q</p>\n</blockquote>\n"},
        {"[quote=Tom;123]q[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/123\">Tom</a></cite></p>\n<p>q</p>\n</blockquote>\n"},
        {"[quote=\"Tom, post: 123, member: 4\"]q[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/123\">Tom</a></cite></p>\n<p>q</p>\n</blockquote>\n"},
        {"[quote author=Tom Smith link=topic=12.msg34#msg34 date=1234]q[/quote]",
         "<blockquote>\n<p><cite><a href=\"/comments/34\">Tom "
         "Smith</a></cite></p>\n<p>q</p>\n</blockquote>\n"},
        {"[quote=\"Tom\" pid=\"123\" dateline=\"1\"]q[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/123\">Tom</a></cite></p>\n<p>q</p>\n</blockquote>\n"},
        {"[quote=Tom post_id=123 time=1 user_id=2]q[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/123\">Tom</a></cite></p>\n<p>q</p>\n</blockquote>\n"},
        {"[quote=\"a]b\"]x[/quote]",
         "<blockquote>\n<p><cite>a]b</cite></p>\n<p>x</p>\n</blockquote>\n"},
        {"[quote]a[quote=Tom]b[/quote]c[/quote]",
         "<blockquote>\n<p>a</p>\n\n<blockquote>\n<p><cite>Tom</cite></p>\n<p>b</p>\n</"
         "blockquote>\n\n<p>c</p>\n</blockquote>\n"},
        {"[list=1][*]a\n[list][*]x[*]y[/list]\n[*]b[/list]",
         "<ol>\n<li>a\n<ul>\n<li>x</li>\n<li>y</li>\n</ul></li>\n<li>b</li>\n</ol>\n"},
        {"[list=a][*]a\n\nb[*]c[/list]",
         "<ol type=\"a\">\n<li><p>a</p>\n\n<p>b</p></li>\n<li>c</li>\n</ol>\n"},
        {"[ul][li]a[/li][li]b[/li][/ul]", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"},
        {"[ol]\n[li]a\n[ul][li]x[/li][/ul][/li]\n[/ol]",
         "<ol>\n<li>a\n<ul>\n<li>x</li>\n</ul></li>\n</ol>\n"},
        {"[size=3]a[/size] [font=Arial]b[/font] H[sub]2[/sub]O x[sup]2[/sup]",
         "<p>a b H<sub>2</sub>O x<sup>2</sup></p>\n"},
        {"[center]mid[/center] [right]r[/right] [left]l[/left]",
         "<div align=\"center\">\n<p>mid</p>\n</div>\n\n<div "
         "align=\"right\">\n<p>r</p>\n</div>\n\n<div align=\"left\">\n<p>l</p>\n</div>\n"},
        {"[table]\n[tr][td]a[/td][td]b[/td][/tr]\n[tr][td]c[/td][td]d[/td][/tr]\n[/table]",
         "<table>\n<tbody><tr>\n<td>a</td>\n\n<td>b</td>\n</tr>\n\n<tr>\n<td>c</td>\n\n<td>d</"
         "td>\n</tr>\n</tbody></table>\n"},
        {"a\n[hr]\nb", "<p>a</p>\n\n<hr/>\n\n<p>b</p>\n"},
        {"[spoiler]secret\nmore[/spoiler] text [spoiler]x[/spoiler] y",
         "<details>\n<summary>Spoiler</summary>\n<p>secret<br/>\nmore</p>\n</details>\n\n<p>text "
         "<span class=\"spoiler\">x</span> y</p>\n"},
        {"[spoiler=End]secret[/spoiler]",
         "<details>\n<summary>End</summary>\n<p>secret</p>\n</details>\n"},
        {"[youtube]dQw4w9WgXcQ[/youtube]",
         "<p><a href=\"https://www.youtube.com/watch?v=dQw4w9WgXcQ\"" AWAY
         ">https://www.youtube.com/watch?v=dQw4w9WgXcQ</a><br/>\n<iframe width=\"560\" "
         "height=\"315\" src=\"https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ\" "
         "frameborder=\"0\" allowfullscreen=\"allowfullscreen\"></iframe></p>\n"},
        {"[media=vimeo]1234[/media]",
         "<p><a href=\"https://vimeo.com/1234\"" AWAY
         ">https://vimeo.com/1234</a><br/>\n<iframe width=\"500\" height=\"281\" "
         "src=\"https://player.vimeo.com/video/1234\" frameborder=\"0\" "
         "allowfullscreen=\"allowfullscreen\"></iframe></p>\n"},
        {"[video]https://e.org/v[/video]",
         "<p><a href=\"https://e.org/v\"" AWAY ">https://e.org/v</a></p>\n"},
        {"[img=100x50]http://e.org/a.png[/img] [img width=10 height=20]/b.png[/img]",
         "<p><img src=\"http://e.org/a.png\" alt=\"\" width=\"100\" height=\"50\"" LAZY
         "/> <img src=\"/b.png\" alt=\"\" width=\"10\" height=\"20\"" LAZY "/></p>\n"},
        {"[attach=full]12[/attach]", "<p><a href=\"/attachments/12\">/attachments/12</a></p>\n"},
        {"[noparse][b]x[/b] *y*[/noparse]", "<p>[b]x[/b] *y*</p>\n"},
        {"[ispoiler]a[/ispoiler] [kbd]Q[/kbd] [icode]*x*[/icode]",
         "<p><span class=\"spoiler\">a</span> <kbd>Q</kbd> <code>*x*</code></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, Markdown_that_people_expect)
{
    static const pair pairs[] = {
        {"a[^1] b[^x] a[^1]\n\n[^1]: one\n[^x]: two",
         "<p>a<sup id=\"user-content-fnref-1\"><a href=\"#user-content-fn-1\">1</a></sup> b<sup "
         "id=\"user-content-fnref-2\"><a href=\"#user-content-fn-2\">2</a></sup> a<sup><a "
         "href=\"#user-content-fn-1\">1</a></sup></p>\n\n<p><sup id=\"user-content-fn-1\"><a "
         "href=\"#user-content-fnref-1\">1</a></sup> one</p>\n\n<p><sup "
         "id=\"user-content-fn-2\"><a href=\"#user-content-fnref-2\">2</a></sup> two</p>\n"},
        {"a[^1]\n\nb", "<p>a[^1]</p>\n\n<p>b</p>\n"},
        {"a\n[^1]: x", "<p>a</p>\n\n<p>[^1]: x</p>\n"},
        {"`[^1]` [^1]\n\n[^1]: *one*",
         "<p><code>[^1]</code> <sup id=\"user-content-fnref-1\"><a "
         "href=\"#user-content-fn-1\">1</a></sup></p>\n\n<p><sup id=\"user-content-fn-1\"><a "
         "href=\"#user-content-fnref-1\">1</a></sup> <em>one</em></p>\n"},
        {"- [ ] todo\n- [x] done",
         "<ul>\n<li><input type=\"checkbox\" disabled=\"disabled\"/> todo</li>\n<li><input "
         "type=\"checkbox\" checked=\"\" disabled=\"disabled\"/> done</li>\n</ul>\n"},
        {"1. [X] a\n2. b", "<ol>\n<li><input type=\"checkbox\" checked=\"\" "
                           "disabled=\"disabled\"/> a</li>\n<li>b</li>\n</ol>\n"},
        {"||hidden|| a || b || c", "<p><span class=\"spoiler\">hidden</span> a || b || c</p>\n"},
        {"a >!x!< b\n\n>!start!< y", "<p>a <span class=\"spoiler\">x</span> b</p>\n\n<p><span "
                                     "class=\"spoiler\">start</span> y</p>\n"},
        {">! a\n> b", "<blockquote>\n<p>! a<br/>\nb</p>\n</blockquote>\n"},
        {"> [!NOTE]\n> text",
         "<blockquote>\n<p><strong>Note</strong><br/>\ntext</p>\n</blockquote>\n"},
        {"> [!Warning]\n> - a", "<blockquote>\n<p><strong>Warning</strong></p>\n\n<ul>\n<li>a</"
                                "li>\n</ul>\n</blockquote>\n"},
        {"> [!OTHER]\n> text", "<blockquote>\n<p>[!OTHER]<br/>\ntext</p>\n</blockquote>\n"},
        {"[!NOTE]", "<p>[!NOTE]</p>\n"},
        {"<kbd>Ctrl</kbd>+<kbd>C</kbd>", "<p><kbd>Ctrl</kbd>+<kbd>C</kbd></p>\n"},
        {"```c++\nx\n```", "<pre><code class=\"language-c++\">x\n</code></pre>\n"},
        {"``` js title=x\nx\n```", "<pre><code class=\"language-js\">x\n</code></pre>\n"},
        {"```\"><b>\nx\n```", "<pre><code>x\n</code></pre>\n"},
        {"![a](/b.png)", "<p><img src=\"/b.png\" alt=\"a\"" LAZY "/></p>\n"},
        {"<h2 id=\"top\">x</h2>\n\n<a href=\"#top\">y</a> [z](#user-content-top)",
         "<h2 id=\"user-content-top\">x</h2>\n\n<p><a href=\"#user-content-top\">y</a> <a "
         "href=\"#user-content-top\">z</a></p>\n"},
        {"> @mira\n\n@mira", "<blockquote>\n<p>@mira</p>\n</blockquote>\n\n<p><a "
                             "href=\"/profiles/12\">@mira</a></p>\n"},
        {"# Head `x` *y*\n# Größe, & <b>more</b>!\nTwo\n---\n## Two\n[up](#two)",
         "<h1 id=\"user-content-head-x-y\">Head <code>x</code> <em>y</em></h1>\n\n<h1 "
         "id=\"user-content-größe-more\">Größe, &amp; <b>more</b>!</h1>\n\n<h2 "
         "id=\"user-content-two\">Two</h2>\n\n<h2 id=\"user-content-two-1\">Two</h2>\n\n<p><a "
         "href=\"#user-content-two\">up</a></p>\n"},
        {"# !?", "<h1>!?</h1>\n"},
        /* an element has a name that no other has */
        {"# a\n# a\n# a",
         "<h1 id=\"user-content-a\">a</h1>\n\n<h1 id=\"user-content-a-1\">a</h1>\n\n"
         "<h1 id=\"user-content-a-2\">a</h1>\n"},
        {"<i id=\"x\">1</i> <i id=\"x\">2</i> <i id=\"user-content-x\">3</i>",
         "<p><i id=\"user-content-x\">1</i> <i id=\"user-content-x-1\">2</i> <i "
         "id=\"user-content-x-2\">3</i></p>\n"},
        {"<b id=\"a-1\">x</b>\n# a\n# a",
         "<p><b id=\"user-content-a-1\">x</b></p>\n\n<h1 "
         "id=\"user-content-a\">a</h1>\n\n<h1 id=\"user-content-a-2\">a</h1>\n"},
        {"<b id=\"fn-1\">x</b>[^1]\n\n[^1]: y",
         "<p><b id=\"user-content-fn-1\">x</b><sup id=\"user-content-fnref-1\"><a "
         "href=\"#user-content-fn-1\">1</a></sup></p>\n\n<p><sup id=\"user-content-fn-1-1\"><a "
         "href=\"#user-content-fnref-1\">1</a></sup> y</p>\n"},
        {"<map id=\"m\" name=\"m\"></map><img src=\"/a.png\" usemap=\"#m\">",
         "<p><map id=\"user-content-m\" name=\"user-content-m\"></map><img src=\"/a.png\" "
         "usemap=\"#user-content-m\"" LAZY "/></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, characters)
{
    static const pair pairs[] = {
        {"a\xC2\x85"
         "b",
         "<p>a<br/>\nb</p>\n"},
        {"a\u2028b c", "<p>a<br/>\nb<br/>\nc</p>\n"},
        {"&parag; &para; &notin; &notit; &copy;", "<p>&amp;parag; ¶ ∉ &amp;notit; ©</p>\n"},
        {"&nope; &ampx; &check;", "<p>&amp;nope; &amp;ampx; ✓</p>\n"},
        {"`&parag;` [x](/a&parag;b)",
         "<p><code>&amp;parag;</code> <a href=\"/a&amp;parag;b\">x</a></p>\n"},
        {"\u3164\u2800 x", "<p>\u3164\u2800 x</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, marks_tildes_and_fences_in_many_places)
{
    static const pair pairs[] = {
        {"<p>Siehe https://de.wikipedia.org/wiki/Straße_(Begriffsklärung)_2 und **nicht** "
         "`a_b`</p>",
         "<p>Siehe <a href=\"https://de.wikipedia.org/wiki/Straße_(Begriffsklärung)_2\"" AWAY
         ">https://de.wikipedia.org/wiki/Straße_(Begriffsklärung)_2</a> und **nicht** `a_b`</p>\n"},
        {"<b>https://e.org/a*b*c_d_e</b>",
         "<p><b><a href=\"https://e.org/a*b*c_d_e\"" AWAY ">https://e.org/a*b*c_d_e</a></b></p>\n"},
        {"<img src=\"https://e.org/__init__.py/a_b_c.png\" alt=\"snake_case_name\">",
         "<p><img src=\"https://e.org/__init__.py/a_b_c.png\" alt=\"snake_case_name\"" LAZY
         "/></p>\n"},
        {"<div>\n@__mira__ and https://e.org/foo__bar__baz\n</div>",
         "<div>\n@__mira__ and <a href=\"https://e.org/foo__bar__baz\"" AWAY
         ">https://e.org/foo__bar__baz</a>\n</div>\n"},
        {"Download: https://e.org/~user/file~1~.txt und https://e.org/a_b_.",
         "<p>Download: <a href=\"https://e.org/~user/file~1~.txt\"" AWAY
         ">https://e.org/~user/file~1~.txt</a> und <a href=\"https://e.org/a_b\"" AWAY
         ">https://e.org/a_b</a>_.</p>\n"},
        {"| file | url |\n|--|--|\n| a_b_c | https://e.org/x_y_z |",
         "<table>\n<thead>\n<tr>\n<th>file</th>\n<th>url</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>a_b_c</td>\n<td><a href=\"https://e.org/x_y_z\"" AWAY
         ">https://e.org/x_y_z</a></td>\n</tr>\n</tbody>\n</table>\n"},
        {"    $ wget https://e.org/a_b_c.tar.gz\n    echo __FILE__",
         "<pre><code>$ wget https://e.org/a_b_c.tar.gz\necho __FILE__\n</code></pre>\n"},
        {"`https://e.org/a_b_c` and ``@a_b_``",
         "<p><code>https://e.org/a_b_c</code> and <code>@a_b_</code></p>\n"},
        {"[a_b_c](https://e.org/a_b_c_) ![x_y_z](https://e.org/x_y_z_.png \"t_i_t\")",
         "<p><a href=\"https://e.org/a_b_c_\"" AWAY
         ">a_b_c</a> <img src=\"https://e.org/x_y_z_.png\" alt=\"x_y_z\" title=\"t_i_t\"" LAZY
         "/></p>\n"},
        {"<https://e.org/a_b_c_d> und <pre>https://e.org/a_b_c *x*</pre>",
         "<p><a href=\"https://e.org/a_b_c_d\"" AWAY
         ">https://e.org/a_b_c_d</a> und </p><pre>https://e.org/a_b_c <em>x</em></pre>\n"},
        {"- https://e.org/a_b_c\n  1. https://e.org/d*e*f",
         "<ul>\n<li><a href=\"https://e.org/a_b_c\"" AWAY
         ">https://e.org/a_b_c</a>\n<ol>\n<li><a href=\"https://e.org/d*e*f\"" AWAY
         ">https://e.org/d*e*f</a></li>\n</ol></li>\n</ul>\n"},
        {"> https://e.org/a_b_c\\_d", "<blockquote>\n<p><a href=\"https://e.org/a_b_c_d\"" AWAY
                                      ">https://e.org/a_b_c_d</a></p>\n</blockquote>\n"},
        {"<a href=\"https://e.org/a_b_c\" title=\"@a_b_c\">my_nice_link</a>",
         "<p><a href=\"https://e.org/a_b_c\"" AWAY ">my_nice_link</a></p>\n"},
        {"~5 km und ~6 km, ~~weg~~ ~bleibt~", "<p>~5 km und ~6 km, <del>weg</del> ~bleibt~</p>\n"},
        {"a~b~c H~2~O ~~~~ x", "<p>a~b~c H~2~O ~~~~ x</p>\n"},
        {"~~~~\ncode\n~~~~", "<pre><code>code\n</code></pre>\n"},
        {"~~ nicht ~~ und~~doch~~weg", "<p>~~ nicht ~~ und<del>doch</del>weg</p>\n"},
        {"環境は~50度〜~60度です。~~削除~~された",
         "<p>環境は~50度〜~60度です。<del>削除</del>された</p>\n"},
        {"ca. ~~10~~ ~12 € (~~alt~~)", "<p>ca. <del>10</del> ~12 € (<del>alt</del>)</p>\n"},
        {"~~a ~b~ c~~", "<p><del>a ~b~ c</del></p>\n"},
        {"~~`code`~~ ~~**fett**~~",
         "<p><del><code>code</code></del> <del><strong>fett</strong></del></p>\n"},
        {"\\~~nein~~ und ~~ja\\~~", "<p>~~nein~~ und ~~ja~~</p>\n"},
        {"~/bin und ~/src sind im ~ Ordner", "<p>~/bin und ~/src sind im ~ Ordner</p>\n"},
        {"(~100) -- (~200) -- ~~(300)~~", "<p>(~100) -- (~200) -- <del>(300)</del></p>\n"},
        {"Ok:\n    ```\n    not code\nrest **bold**",
         "<p>Ok:<br/>\n```<br/>\nnot code<br/>\nrest <strong>bold</strong></p>\n"},
        {"```\t\nx\n```\t\nafter **b**",
         "<pre><code>x\n</code></pre>\n\n<p>after <strong>b</strong></p>\n"},
        {"1. ```\n   code [b]\n   ```\n2. [b]fett[/b]",
         "<ol>\n<li><pre><code>code "
         "[b]\n</code></pre></li>\n<li><strong>fett</strong></li>\n</ol>\n"},
        {"- ```py\n  \ttab\n  ```\nafter [i]x[/i]",
         "<ul>\n<li><pre><code class=\"language-py\">\ttab\n</code></pre></li>\n</ul>\n\n<p>after "
         "<em>x</em></p>\n"},
        {"```make\nall:\n\tcc -o $@ $<\n\t\techo hi\n```",
         "<pre><code class=\"language-make\">all:\n\tcc -o $@ $&lt;\n\t\techo hi\n</code></pre>\n"},
        {"\tall:\n\t\tcc", "<pre><code>all:\n\tcc\n</code></pre>\n"},
        {"> ```\n> \tx\n> ```\n> after",
         "<blockquote>\n<pre><code>\tx\n</code></pre>\n\n<p>after</p>\n</blockquote>\n"},
        {"~~~\n[b]x[/b]\n```\n~~~\n[b]y[/b]",
         "<pre><code>[b]x[/b]\n```\n</code></pre>\n\n<p><strong>y</strong></p>\n"},
        {"10) ```sh\n    ls\n    ```\n\n    [b]z[/b]",
         "<ol>\n<li value=\"10\"><pre><code "
         "class=\"language-sh\">ls\n</code></pre>\n\n<p><strong>z</strong></p></li>\n</ol>\n"},
        {"```\nunclosed [b]x[/b]", "<pre><code>unclosed [b]x[/b]\n</code></pre>\n"},
        {"text\n```\nfence right after\n```\ntext",
         "<p>text</p>\n\n<pre><code>fence right after\n</code></pre>\n\n<p>text</p>\n"},
        {"`````\n```\n`````\nok", "<pre><code>```\n</code></pre>\n\n<p>ok</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, words_of_many_languages)
{
    static const pair pairs[] = {
        {"WHY IS NOBODY ANSWERING MY POST ABOUT https://E.org/Path_Q AND @mira ?",
         "<p>why is nobody answering my post about <a href=\"https://E.org/Path_Q\"" AWAY
         ">https://E.org/Path_Q</a> and <a href=\"/profiles/12\">@mira</a> ?</p>\n"},
        {"昨日NHKでUSB-CとHDMIの話。", "<p>昨日NHKでUSB-CとHDMIの話。</p>\n"},
        {"SELECT * FROM USERS;", "<p>SELECT * FROM USERS;</p>\n"},
        {"ПОЧЕМУ НИКТО НЕ ОТВЕЧАЕТ МНЕ", "<p>почему никто не отвечает мне</p>\n"},
        {"ΓΙΑΤΙ ΔΕΝ ΑΠΑΝΤΑ ΚΑΝΕΙΣ", "<p>γιατι δεν απαντα κανεις</p>\n"},
        {"HELP!!! `DROP TABLE X` DOES NOT WORK",
         "<p>help!!! <code>DROP TABLE X</code> does not work</p>\n"},
        {"한국 KBS MBC SBS JTBC 방송", "<p>한국 KBS MBC SBS JTBC 방송</p>\n"},
        {"[MY BIG LINK](https://e.org/BIG) IS HERE NOW",
         "<p><a href=\"https://e.org/BIG\"" AWAY ">my big link</a> is here now</p>\n"},
        {"ÄRGER ÜBERALL MIT STRASSE", "<p>ärger überall mit strasse</p>\n"},
        {"IMPORTANT: SEE #BigTag AND #OTHERTAG NOW",
         "<p>important: see <a href=\"/search/?q=%23BigTag\">#BigTag</a> and <a "
         "href=\"/search/?q=%23OTHERTAG\">#OTHERTAG</a> now</p>\n"},
        {"OK LOL", "<p>OK LOL</p>\n"},
        {"ASAP FYI BTW RTFM", "<p>asap fyi btw rtfm</p>\n"},
        {"谢谢@mira，明天见！", "<p>谢谢<a href=\"/profiles/12\">@mira</a>，明天见！</p>\n"},
        {"「@mira」さん、@miraさん", "<p>「<a href=\"/profiles/12\">@mira</a>」さん、<a "
                                     "href=\"/profiles/12\">@mira</a>さん</p>\n"},
        {"你好@mira。再见", "<p>你好<a href=\"/profiles/12\">@mira</a>。再见</p>\n"},
        {"(@mira) [@mira] {@mira} \"@mira\" «@mira» “@mira” ‘@mira’",
         "<p>(<a href=\"/profiles/12\">@mira</a>) [<a href=\"/profiles/12\">@mira</a>] {<a "
         "href=\"/profiles/12\">@mira</a>} &#34;<a href=\"/profiles/12\">@mira</a>&#34; «<a "
         "href=\"/profiles/12\">@mira</a>» “<a href=\"/profiles/12\">@mira</a>” ‘<a "
         "href=\"/profiles/12\">@mira</a>’</p>\n"},
        {"@mira—danke, @mira–ok, @mira… @mira!? ¡@mira! ¿@mira?",
         "<p><a href=\"/profiles/12\">@mira</a>—danke, <a href=\"/profiles/12\">@mira</a>–ok, <a "
         "href=\"/profiles/12\">@mira</a>… <a href=\"/profiles/12\">@mira</a>!? ¡<a "
         "href=\"/profiles/12\">@mira</a>! ¿<a href=\"/profiles/12\">@mira</a>?</p>\n"},
        {"＠mira、＠ｍｉｒａ", "<p><a href=\"/profiles/12\">＠mira</a>、＠ｍｉｒａ</p>\n"},
        {"مرحبا @mira، كيف حالك؟ @mira؟", "<p>مرحبا <a href=\"/profiles/12\">@mira</a>، كيف حالك؟ "
                                          "<a href=\"/profiles/12\">@mira</a>؟</p>\n"},
        {"@mira's @mira’s @mira‘s @mira/@mira @mira:@mira",
         "<p><a href=\"/profiles/12\">@mira</a>&#39;s <a href=\"/profiles/12\">@mira</a>’s <a "
         "href=\"/profiles/12\">@mira</a>‘s <a href=\"/profiles/12\">@mira</a>/<a "
         "href=\"/profiles/12\">@mira</a> <a href=\"/profiles/12\">@mira</a>:<a "
         "href=\"/profiles/12\">@mira</a></p>\n"},
        {"foo@mira.org mira@example.org x@mira", "<p>foo@mira.org mira@example.org x@mira</p>\n"},
        {"+mira +@mira c++ +1",
         "<p><a href=\"/profiles/12\">+mira</a> +<a href=\"/profiles/12\">@mira</a> c++ +1</p>\n"},
        {"看https://e.org/a。好 看(https://e.org/b)，好 https://e.org/c、d",
         "<p>看<a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>。好 看(<a href=\"https://e.org/b\"" AWAY
         ">https://e.org/b</a>)，好 <a href=\"https://e.org/c\"" AWAY
         ">https://e.org/c</a>、d</p>\n"},
        {"参照：https://ja.wikipedia.org/wiki/日本語 です",
         "<p>参照：<a href=\"https://ja.wikipedia.org/wiki/日本語\"" AWAY
         ">https://ja.wikipedia.org/wiki/日本語</a> です</p>\n"},
        {"https://e.org/wiki/♥ https://e.org/wiki/😀 https://e.org/x😀y",
         "<p><a href=\"https://e.org/wiki/♥\"" AWAY
         ">https://e.org/wiki/♥</a> <a href=\"https://e.org/wiki/😀\"" AWAY
         ">https://e.org/wiki/😀</a> <a href=\"https://e.org/x😀y\"" AWAY
         ">https://e.org/x😀y</a></p>\n"},
        {"\"https://e.org/a\", 'https://e.org/b', (https://e.org/c_(d)), https://e.org/e?f=(g)!",
         "<p>&#34;<a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>&#34;, &#39;<a href=\"https://e.org/b\"" AWAY
         ">https://e.org/b</a>&#39;, (<a href=\"https://e.org/c_(d)\"" AWAY
         ">https://e.org/c_(d)</a>), <a href=\"https://e.org/e?f=(g)\"" AWAY
         ">https://e.org/e?f=(g)</a>!</p>\n"},
        {"https://e.org/a’s https://e.org/a's https://e.org/a.) https://e.org/a?! "
         "https://e.org/a...",
         "<p><a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>’s <a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>&#39;s <a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>.) <a href=\"https://e.org/a\"" AWAY
         ">https://e.org/a</a>?! <a href=\"https://e.org/a\"" AWAY ">https://e.org/a</a>...</p>\n"},
        {"[center]https://e.org/a.jpg[/center] [foo]https://e.org/b[/foo]",
         "<div align=\"center\">\n<p><a href=\"https://e.org/a.jpg\"" AWAY
         ">https://e.org/a.jpg</a></p>\n</div>\n\n<p>[foo]<a href=\"https://e.org/b\"" AWAY
         ">https://e.org/b</a>[/foo]</p>\n"},
        {"https://e.org/a;b,c:d https://e.org/a#b! https://e.org/a?b=c&d=e&amp;f",
         "<p><a href=\"https://e.org/a;b,c:d\"" AWAY
         ">https://e.org/a;b,c:d</a> <a href=\"https://e.org/a#b\"" AWAY
         ">https://e.org/a#b</a>! <a href=\"https://e.org/a?b=c&amp;d=e&amp;f\"" AWAY
         ">https://e.org/a?b=c&amp;d=e&amp;f</a></p>\n"},
        {"http://localhost:8080/x https://[::1]/x https://xn--bcher-kva.example/ "
         "https://bücher.example/ä",
         "<p><a href=\"http://localhost:8080/x\"" AWAY
         ">http://localhost:8080/x</a> <a href=\"https://[::1]/x\"" AWAY
         ">https://[::1]/x</a> <a href=\"https://xn--bcher-kva.example/\"" AWAY
         ">https://xn--bcher-kva.example/</a> <a href=\"https://bücher.example/ä\"" AWAY
         ">https://bücher.example/ä</a></p>\n"},
        {"WWW.E.ORG/x www.e.org. www.e.org) xwww.e.org",
         "<p><a href=\"http://WWW.E.ORG/x\"" AWAY
         ">http://WWW.E.ORG/x</a> <a href=\"http://www.e.org\"" AWAY
         ">http://www.e.org</a>. <a href=\"http://www.e.org\"" AWAY
         ">http://www.e.org</a>) xwww.e.org</p>\n"},
        {"🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F "
         "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F 👩\u200D💻 "
         "👨\u200D👩\u200D👧 🇩🇪 #\uFE0F⃣ *\uFE0F⃣ 1\uFE0F⃣ ☺\uFE0F",
         "<p>🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F "
         "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F 👩\u200D💻 "
         "👨\u200D👩\u200D👧 🇩🇪 #\uFE0F⃣ *\uFE0F⃣ 1\uFE0F⃣ ☺\uFE0F</p>\n"},
        {"#１２３ #123 #日本 #C# #c++ #a-b #a_b #ä #ⅷ #１a",
         "<p>#１２３ #123 <a href=\"/search/?q=%23日本\">#日本</a> <a "
         "href=\"/search/?q=%23C\">#C</a># <a href=\"/search/?q=%23c\">#c</a>++ <a "
         "href=\"/search/?q=%23a\">#a</a>-b <a href=\"/search/?q=%23a_b\">#a_b</a> <a "
         "href=\"/search/?q=%23ä\">#ä</a> #ⅷ <a href=\"/search/?q=%23１a\">#１a</a></p>\n"},
        {"(#tag) \"#tag\" x#tag ##tag # tag #tag, #tag. \\#tag",
         "<p>(#tag) &#34;#tag&#34; x#tag ##tag # tag <a href=\"/search/?q=%23tag\">#tag</a>, <a "
         "href=\"/search/?q=%23tag\">#tag</a>. #tag</p>\n"},
        {"＃タグ 見て#タグ 。#タグ", "<p><a href=\"/search/?q=%23タグ\">＃タグ</a> 見て#タグ 。<a "
                                     "href=\"/search/?q=%23タグ\">#タグ</a></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, tables_and_archives_of_other_forums)
{
    static const pair pairs[] = {
        {"|a|b|c|\n|-|-|-|\n|1||3|\n|||\n|x|\n|1|2|3|4|",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n<th>c</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td></td>\n<td>3</td>\n</tr>\n\n<tr>\n<td></"
         "td>\n<td></td>\n<td></td>\n</tr>\n\n<tr>\n<td>x</td>\n<td></td>\n<td></td>\n</"
         "tr>\n\n<tr>\n<td>1</td>\n<td>2</td>\n<td>3</td>\n</tr>\n</tbody>\n</table>\n"},
        {"Preise:\n| Ware | € |\n|:--|--:|\n| Äpfel \\| Birnen | 3 |\n| `a\\|b` | **4** |\ndanach "
         "Text",
         "<p>Preise:</p>\n\n<table>\n<thead>\n<tr>\n<th align=\"left\">Ware</th>\n<th "
         "align=\"right\">€</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td align=\"left\">Äpfel | "
         "Birnen</td>\n<td align=\"right\">3</td>\n</tr>\n\n<tr>\n<td "
         "align=\"left\"><code>a|b</code></td>\n<td "
         "align=\"right\"><strong>4</strong></td>\n</tr>\n\n<tr>\n<td align=\"left\">danach "
         "Text</td>\n<td align=\"right\"></td>\n</tr>\n</tbody>\n</table>\n"},
        {"|a|b|\n|-|\n|1|2|", "<p>|a|b|<br/>\n|-|<br/>\n|1|2|</p>\n"},
        {"> |a|b|\n> |-|-|\n> |1||", "<blockquote>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</"
                                     "th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td></"
                                     "td>\n</tr>\n</tbody>\n</table>\n</blockquote>\n"},
        {"- Liste\n  | a | b |\n  |---|---|\n  | 1 | `x\\|y` |",
         "<ul>\n<li>Liste\n\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</"
         "thead>\n\n<tbody>\n<tr>\n<td>1</td>\n<td><code>x|y</code></td>\n</tr>\n</tbody>\n</"
         "table></li>\n</ul>\n"},
        {"a | b\n- | -\n1 | 2",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td>1</"
         "td>\n<td>2</td>\n</tr>\n</tbody>\n</table>\n"},
        {"| 名前 | 値 |\n| :-: | - |\n| 日本 | https://e.org/a_b |",
         "<table>\n<thead>\n<tr>\n<th "
         "align=\"center\">名前</th>\n<th>値</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td "
         "align=\"center\">日本</td>\n<td><a href=\"https://e.org/a_b\"" AWAY
         ">https://e.org/a_b</a></td>\n</tr>\n</tbody>\n</table>\n"},
        {"|a|\n|-|\n|||hidden|||",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td></td>\n</"
         "tr>\n</tbody>\n</table>\n"},
        {"| a |\n| - |\n| ~~x~~ ||y|| |",
         "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n\n<tbody>\n<tr>\n<td><del>x</del></"
         "td>\n</tr>\n</tbody>\n</table>\n"},
        {"[url=https://e.org/]\n[img]https://e.org/a.jpg[/img]\n[/url]",
         "<p><a href=\"https://e.org/\"" AWAY "><img src=\"https://e.org/a.jpg\" alt=\"\"" LAZY
         "/></a></p>\n"},
        {"[quote]```\ncode [b]\n```[/quote]",
         "<blockquote>\n<pre><code>code [b]\n</code></pre>\n</blockquote>\n"},
        {"[b]\n- a\n- b\n[/b]",
         "<ul>\n<li><strong>a</strong></li>\n<li><strong>b</strong></li>\n</ul>\n"},
        {"1. item\n\n    [b]bold[/b] und [i]x[/i]\n2. [quote]q[/quote]",
         "<ol>\n<li><p>item</p>\n\n<p><strong>bold</strong> und "
         "<em>x</em></p></li>\n<li><blockquote>\n<p>q</p>\n</blockquote></li>\n</ol>\n"},
        {"\\[b]nein\\[/b] [b\\]x[/b]", "<p>[b]nein[/b] [b]x[/b]</p>\n"},
        {"[list]\n[*]eins\n[*]zwei\n[list=a][*]zwei a[*]zwei b[/list]\n[*]drei\n[/list]",
         "<ul>\n<li>eins</li>\n<li>zwei\n<ol type=\"a\">\n<li>zwei a</li>\n<li>zwei "
         "b</li>\n</ol></li>\n<li>drei</li>\n</ul>\n"},
        {"[ul][li]a[/li][li]b[/li][/ul] [ol][li]c[/li][/ol]",
         "<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n\n<ol>\n<li>c</li>\n</ol>\n"},
        {"[quote=\"Tom\" post=123]hi[/quote]\n[quote=Tom;456]hi[/quote]\n[quote=\"Tom, post: 789, "
         "member: 5\"]hi[/quote]\n[quote name=\"Tom\" post_id=12 "
         "time=1234567890]hi[/quote]\n[quote author=Tom link=topic=12.msg34#msg34 "
         "date=1234]hi[/quote]\n[quote='Tom' pid='99' dateline='1234']hi[/quote]",
         "<blockquote>\n<p><cite><a "
         "href=\"/comments/123\">Tom</a></cite></p>\n<p>hi</p>\n</"
         "blockquote>\n\n<blockquote>\n<p><cite><a "
         "href=\"/comments/456\">Tom</a></cite></p>\n<p>hi</p>\n</"
         "blockquote>\n\n<blockquote>\n<p><cite><a "
         "href=\"/comments/789\">Tom</a></cite></p>\n<p>hi</p>\n</"
         "blockquote>\n\n<blockquote>\n<p><cite><a "
         "href=\"/comments/12\">Tom</a></cite></p>\n<p>hi</p>\n</"
         "blockquote>\n\n<blockquote>\n<p><cite><a "
         "href=\"/comments/34\">Tom</a></cite></p>\n<p>hi</p>\n</"
         "blockquote>\n\n<blockquote>\n<p><cite><a "
         "href=\"/comments/99\">Tom</a></cite></p>\n<p>hi</p>\n</blockquote>\n"},
        {"[code=php]<?php echo \"[b]@mira[/b] *x*\"; #tag ?>[/code]",
         "<pre><code class=\"language-php\">&lt;?php echo &#34;[b]@mira[/b] *x*&#34;; #tag "
         "?&gt;\n</code></pre>\n"},
        {"text [code]inline *x* [b]y[/b][/code] more",
         "<p>text <code>inline *x* [b]y[/b]</code> more</p>\n"},
        {"[code]\n\ttab\n   three\n\n  [/notclosing] &amp; <b>\n[/code]",
         "<pre><code>\ttab\n   three\n\n  [/notclosing] &amp;amp; &lt;b&gt;\n</code></pre>\n"},
        {"[size=200]groß[/size] [font=Arial]x[/font] [color=#ff0000]rot[/color] [sub]2[/sub] "
         "[sup]3[/sup] [hr]",
         "<p>groß x rot <sub>2</sub> <sup>3</sup></p>\n\n<hr/>\n"},
        {"[table][tr][th]a[/th][td]b[/td][/tr][tr][td]c[/td][td]d[/td][/tr][/table]",
         "<table>\n<tbody><tr>\n<th>a</th>\n\n<td>b</td>\n</tr>\n\n<tr>\n<td>c</td>\n\n<td>d</"
         "td>\n</tr>\n</tbody></table>\n"},
        {"[spoiler]ganz geheim[/spoiler] [spoiler=Ende]\nDer Gärtner\n[/spoiler]",
         "<p><span class=\"spoiler\">ganz "
         "geheim</span></p>\n\n<details>\n<summary>Ende</summary>\n<p>Der "
         "Gärtner</p>\n</details>\n"},
        {"[youtube]abcdefghijk[/youtube] [youtube]https://youtu.be/abcdefghijk[/youtube] "
         "[media=youtube]abcdefghijk[/media]",
         "<p><a href=\"https://www.youtube.com/watch?v=abcdefghijk\"" AWAY
         ">https://www.youtube.com/watch?v=abcdefghijk</a><br/>\n<iframe width=\"560\" "
         "height=\"315\" src=\"https://www.youtube-nocookie.com/embed/abcdefghijk\" "
         "frameborder=\"0\" allowfullscreen=\"allowfullscreen\"></iframe> <a "
         "href=\"https://youtu.be/abcdefghijk\"" AWAY
         ">https://youtu.be/abcdefghijk</a><br/>\n<iframe width=\"560\" height=\"315\" "
         "src=\"https://www.youtube-nocookie.com/embed/abcdefghijk\" frameborder=\"0\" "
         "allowfullscreen=\"allowfullscreen\"></iframe> <a "
         "href=\"https://www.youtube.com/watch?v=abcdefghijk\"" AWAY
         ">https://www.youtube.com/watch?v=abcdefghijk</a><br/>\n<iframe width=\"560\" "
         "height=\"315\" src=\"https://www.youtube-nocookie.com/embed/abcdefghijk\" "
         "frameborder=\"0\" allowfullscreen=\"allowfullscreen\"></iframe></p>\n"},
        {"[img=100x50]https://e.org/a.png[/img] [img width=10 height=20]https://e.org/b.png[/img] "
         "[attach]12[/attach] [attachment=0]x.jpg[/attachment]",
         "<p><img src=\"https://e.org/a.png\" alt=\"\" width=\"100\" height=\"50\"" LAZY
         "/> <img src=\"https://e.org/b.png\" alt=\"\" width=\"10\" height=\"20\"" LAZY
         "/> <a href=\"/attachments/12\">/attachments/12</a> x.jpg</p>\n"},
        {"[noparse][b]*x* @mira #tag https://e.org/a_b[/b][/noparse]",
         "<p>[b]*x* @mira #tag https://e.org/a_b[/b]</p>\n"},
        {"[url]https://e.org/a_b_c[/url] [url=\"https://e.org/x\"]t[/url] [email]a@e.org[/email] "
         "[url=javascript:alert(1)]x[/url]",
         "<p><a href=\"https://e.org/a_b_c\"" AWAY
         ">https://e.org/a_b_c</a> <a href=\"https://e.org/x\"" AWAY
         ">t</a> <a href=\"mailto:a@e.org\">a@e.org</a> x</p>\n"},
        {"[B]x[/B] [I]y[/i] [u]z [s]w[/u] v[/s]",
         "<p><strong>x</strong> <em>y</em> <em>z <del>w</del></em><del> v</del></p>\n"},
        {"[quote][quote=A]innen[/quote]außen[/quote]\n\n[center][b]Titel[/b]\n\nAbsatz[/center]",
         "<blockquote>\n<blockquote>\n<p><cite>A</cite></p>\n<p>innen</p>\n</"
         "blockquote>\n\n<p>außen</p>\n</blockquote>\n\n<div "
         "align=\"center\">\n<p><strong>Titel</strong></p>\n\n<p>Absatz</p>\n</div>\n"},
        {"[left]l[/left][right]r[/right][indent]i[/indent][h1]x[/h1]",
         "<div align=\"left\">\n<p>l</p>\n</div>\n\n<div "
         "align=\"right\">\n<p>r</p>\n</div>\n\n<p>i[h1]x[/h1]</p>\n"},
        {"[quote=Müller & Söhne]x[/quote] [quote=\"a]b\"]y[/quote]",
         "<blockquote>\n<p><cite>Müller &amp; "
         "Söhne</cite></p>\n<p>x</p>\n</blockquote>\n\n<blockquote>\n<p><cite>a]b</cite></"
         "p>\n<p>y</p>\n</blockquote>\n"},
        {"[b][/b] [url][/url] [img][/img] [quote][/quote] x",
         "<p> [img][/img]</p>\n\n<blockquote>\n</blockquote>\n\n<p>x</p>\n"},
        {"[LIST=1]\n[*] a\n[*] b\n\nmehr b\n[/LIST]\nEnde",
         "<ol>\n<li>a</li>\n<li><p>b</p>\n\n<p>mehr b</p></li>\n</ol>\n\n<p>Ende</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, markdown_as_people_write_it)
{
    static const pair pairs[] = {
        {"Text[^note] und[^2] nochmal[^note].\n\n[^note]: Die Fußnote mit **fett**.\n[^2]: "
         "Zweite\n    zweite Zeile",
         "<p>Text<sup id=\"user-content-fnref-1\"><a href=\"#user-content-fn-1\">1</a></sup> "
         "und<sup id=\"user-content-fnref-2\"><a href=\"#user-content-fn-2\">2</a></sup> "
         "nochmal<sup><a href=\"#user-content-fn-1\">1</a></sup>.</p>\n\n<p><sup "
         "id=\"user-content-fn-1\"><a href=\"#user-content-fnref-1\">1</a></sup> Die Fußnote mit "
         "<strong>fett</strong>.</p>\n\n<p><sup id=\"user-content-fn-2\"><a "
         "href=\"#user-content-fnref-2\">2</a></sup> Zweite<br/>\nzweite Zeile</p>\n"},
        {"[^x] ohne Text und `[^1]`", "<p>[^x] ohne Text und <code>[^1]</code></p>\n"},
        {"- [ ] offen\n- [x] fertig\n- [X] groß\n- [] nein\n1. [ ] nummeriert",
         "<ul>\n<li><input type=\"checkbox\" disabled=\"disabled\"/> offen</li>\n<li><input "
         "type=\"checkbox\" checked=\"\" disabled=\"disabled\"/> fertig</li>\n<li><input "
         "type=\"checkbox\" checked=\"\" disabled=\"disabled\"/> groß</li>\n<li>[] "
         "nein</li>\n</ul>\n\n<ol>\n<li><input type=\"checkbox\" disabled=\"disabled\"/> "
         "nummeriert</li>\n</ol>\n"},
        {"```Python 3\nx\n```\n~~~c# title=\"x\"\ny\n~~~",
         "<pre><code class=\"language-Python\">x\n</code></pre>\n\n<pre><code "
         "class=\"language-c#\">y\n</code></pre>\n"},
        {"||geheim|| und >!auch geheim!< || nicht || ||a||b||c||",
         "<p><span class=\"spoiler\">geheim</span> und <span class=\"spoiler\">auch geheim</span> "
         "|| nicht || <span class=\"spoiler\">a</span>b<span class=\"spoiler\">c</span></p>\n"},
        {">!Spoiler am Anfang!< danach",
         "<p><span class=\"spoiler\">Spoiler am Anfang</span> danach</p>\n"},
        {"> [!NOTE]\n> Hinweis\n\n> [!wichtig]\n> kein\n\n> [!CAUTION] gleich\n> Text",
         "<blockquote>\n<p><strong>Note</strong><br/>\nHinweis</p>\n</"
         "blockquote>\n\n<blockquote>\n<p>[!wichtig]<br/>\nkein</p>\n</"
         "blockquote>\n\n<blockquote>\n<p>[!CAUTION] gleich<br/>\nText</p>\n</blockquote>\n"},
        {"# Überschrift mit `code` & <b>fett</b>\n## 日本語の見出し\n### Überschrift mit `code` & "
         "fett",
         "<h1 id=\"user-content-überschrift-mit-code-fett\">Überschrift mit <code>code</code> "
         "&amp; <b>fett</b></h1>\n\n<h2 "
         "id=\"user-content-日本語の見出し\">日本語の見出し</h2>\n\n<h3 "
         "id=\"user-content-überschrift-mit-code-fett-1\">Überschrift mit <code>code</code> &amp; "
         "fett</h3>\n"},
        {"<kbd>Strg</kbd>+<kbd>C</kbd> <mark>x</mark> <ins>i</ins> <sub>2</sub>",
         "<p><kbd>Strg</kbd>+<kbd>C</kbd> <mark>x</mark> <ins>i</ins> <sub>2</sub></p>\n"},
        {"<a id=\"anker\" name=\"n\" href=\"#anker\">x</a> <h2 id=\"x y\">z</h2> <p id=\"p\">",
         "<p><a id=\"user-content-anker\" href=\"#user-content-anker\">x</a> </p><h2>z</h2> \n"},
        {"\\@mira \\#tag \\+mira @\\mira &#64;mira &#35;tag",
         "<p>@mira #tag +mira @\\mira <a href=\"/profiles/12\">@mira</a> <a "
         "href=\"/search/?q=%23tag\">#tag</a></p>\n"},
        {"> @mira hat geschrieben\n\n[quote=@mira]@mira[/quote] @mira",
         "<blockquote>\n<p>@mira hat "
         "geschrieben</p>\n</blockquote>\n\n<blockquote>\n<p><cite>@mira</cite></p>\n<p>@mira</"
         "p>\n</blockquote>\n\n<p><a href=\"/profiles/12\">@mira</a></p>\n"},
        {"![Bild](https://e.org/a.png \"T\") ![](b.png)",
         "<p><img src=\"https://e.org/a.png\" alt=\"Bild\" title=\"T\"" LAZY
         "/> <img src=\"b.png\" alt=\"\"" LAZY "/></p>\n"},
        {"<details><summary>Mehr</summary>\n\n**Inhalt**\n\n</details>",
         "<details><summary>Mehr</summary>\n\n<p><strong>Inhalt</strong></p>\n\n</details>\n"},
        {"&parag; &para; &para &copy &copyright; &notit; &not; &amp; &lt;b&gt; &#0; &#x85; &nbsp;x "
         "&hearts; &ngE; &CounterClockwiseContourIntegral;",
         "<p>&amp;parag; ¶ &amp;para &amp;copy &amp;copyright; &amp;notit; ¬ &amp; &lt;b&gt; � … "
         "\u00A0x ♥ ≧̸ ∳</p>\n"},
        {"\u3164", "\n"},
        {"\u2800\u2800", "\n"},
        {"\uFE0F\u034F\u115F", "\n"},
        {"C++ <vector> und <T> und List<String> a<b>c",
         "<p>C++ &lt;vector&gt; und &lt;T&gt; und List&lt;String&gt; a<b>c</b></p>\n"},
        {"<foo>text</foo> <3 <- -> <=> <> </> <!-- weg --> <?php x ?>",
         "<p>&lt;foo&gt;text&lt;/foo&gt; &lt;3 &lt;- -&gt; &lt;=&gt; &lt;&gt; &lt;/&gt;  &lt;?php "
         "x ?&gt;</p>\n"},
        {"a<br>b<br/>c <hr> <wbr>", "<p>a<br/>b<br/>c </p><hr/> <p><wbr/></p>\n"},
        {"*a*b *日本*語 **「太字」**です __init__ snake_case_x 2*3*4 **太字。**次",
         "<p><em>a</em>b <em>日本</em>語 <strong>「太字」</strong>です <strong>init</strong> "
         "snake_case_x "
         "2<em>3</em>4 <strong>太字。</strong>次</p>\n"},
        {"***a** b* *a **b*** _a_b_ __a__b", "<p><em><strong>a</strong> b</em> <em>a "
                                             "<strong>b</strong></em> <em>a_b</em> __a__b</p>\n"},
        {"[a](<b c>) [a](b \"t\") [a][b] [a] [b]\n\n[b]: https://e.org 'title'",
         "<p><a href=\"b%20c\">a</a> <a href=\"b\" title=\"t\">a</a> <a href=\"https://e.org\"" AWAY
         " title=\"title\">a</a> [a] <a href=\"https://e.org\"" AWAY
         " title=\"title\">b</a></p>\n"},
        {"1986\\. Ein Jahr\n1986. Ein Jahr", "<p>1986. Ein Jahr<br/>\n1986. Ein Jahr</p>\n"},
        {"- a\n\n- b\n    - c\n\n      d\n* e\n+ f",
         "<ul>\n<li><p>a</p></li>\n<li><p>b</p>\n\n<ul>\n<li><p>c</p>\n\n<p>d</p></li>\n</ul></"
         "li>\n</ul>\n\n<ul>\n<li>e</li>\n</ul>\n\n<ul>\n<li>f</li>\n</ul>\n"},
        {"Setext\n===\n", "<h1 id=\"user-content-setext\">Setext</h1>\n"},
        {"***\n___", "<hr/>\n\n<hr/>\n"},
        {"    code\n\n  kein code\n\ttab code",
         "<pre><code>code\n</code></pre>\n\n<p>kein code<br/>\ntab code</p>\n"},
        {"<https://e.org> <a@e.org> <nope> <mailto:x@e.org>",
         "<p><a href=\"https://e.org\"" AWAY
         ">https://e.org</a> <a href=\"mailto:a@e.org\">a@e.org</a> &lt;nope&gt; <a "
         "href=\"mailto:x@e.org\">mailto:x@e.org</a></p>\n"},
        {"\\* \\_ \\` \\[ \\] \\( \\) \\\\ \\! \\| \\~", "<p>* _ ` [ ] ( ) \\ ! | ~</p>\n"},
        {"Hard  \nbreak\\\nhere", "<p>Hard<br/>\nbreak<br/>\nhere</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(pasted, emoji_and_odd_marks)
{
    static const pair pairs[] = {
        {"🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F Wales! "
         "#🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F",
         "<p>🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F Wales! "
         "#🏴\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F</p>\n"},
        {"👍🏽👋🏿 👩🏽\u200D🚀 🧑\u200D🤝\u200D🧑 🏳\uFE0F\u200D🌈 "
         "🏳\uFE0F\u200D⚧\uFE0F ❤\uFE0F\u200D🔥",
         "<p>👍🏽👋🏿 👩🏽\u200D🚀 🧑\u200D🤝\u200D🧑 🏳\uFE0F\u200D🌈 "
         "🏳\uFE0F\u200D⚧\uFE0F ❤\uFE0F\u200D🔥</p>\n"},
        {"☎︎ vs ☎\uFE0F, ▶︎ ▶\uFE0F", "<p>☎︎ vs ☎\uFE0F, ▶︎ ▶\uFE0F</p>\n"},
        {"#\uFE0F⃣1\uFE0F⃣2\uFE0F⃣ und #\uFE0F⃣tag", "<p>#\uFE0F⃣1\uFE0F⃣2\uFE0F⃣ und #\uFE0F⃣tag</p>\n"},
        {"#🎉 #party🎉 #été #Straße #中文标签，好 #한국어 #हिन्दी #ไทย",
         "<p>#🎉 <a href=\"/search/?q=%23party\">#party</a>🎉 <a href=\"/search/?q=%23été\">#été</a> "
         "<a href=\"/search/?q=%23Straße\">#Straße</a> <a "
         "href=\"/search/?q=%23中文标签\">#中文标签</a>，好 <a "
         "href=\"/search/?q=%23한국어\">#한국어</a> <a href=\"/search/?q=%23हिन्दी\">#हिन्दी</a> <a "
         "href=\"/search/?q=%23ไทย\">#ไทย</a></p>\n"},
        {"**👍** *👩\u200D💻* ~~😀~~ "
         "`🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F` "
         "[🇯🇵](https://e.org/🇯🇵)",
         "<p><strong>👍</strong> <em>👩\u200D💻</em> <del>😀</del> "
         "<code>🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F</code> <a "
         "href=\"https://e.org/🇯🇵\"" AWAY ">🇯🇵</a></p>\n"},
        {"# 🎉 Party 🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F",
         "<h1 id=\"user-content-party\">🎉 Party "
         "🏴\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F</h1>\n"},
        {"@mira👍 @mira❤\uFE0F 👍@mira ❤\uFE0F@mira",
         "<p><a href=\"/profiles/12\">@mira</a>👍 <a href=\"/profiles/12\">@mira</a>❤\uFE0F 👍<a "
         "href=\"/profiles/12\">@mira</a> ❤\uFE0F<a href=\"/profiles/12\">@mira</a></p>\n"},
        {"#𝟙𝟚𝟛 #٣٤ #๑๒ #Ⅻ #½ #①", "<p>#𝟙𝟚𝟛 #٣٤ #๑๒ #Ⅻ #½ #①</p>\n"},
        {"[b]😀[/b] [quote=😀]👨\u200D👩\u200D👧\u200D👦[/quote] ||🤫||",
         "<p><strong>😀</strong></p>\n\n<blockquote>\n<p><cite>😀</cite></"
         "p>\n<p>👨\u200D👩\u200D👧\u200D👦</p>\n</blockquote>\n\n<p><span "
         "class=\"spoiler\">🤫</span></p>\n"},
        {"🏴 \uFE0F ⃣ \u200D x", "<p>🏴 \uFE0F ⃣  x</p>\n"},
        {"<b>🇩🇪</b>🇩🇪https://e.org🇩🇪",
         "<p><b>🇩🇪</b>🇩🇪<a href=\"https://e.org🇩🇪\"" AWAY ">https://e.org🇩🇪</a></p>\n"},
        {"5\\*3 = 15, C:\\Users\\mira, \\alpha, a\\\nb",
         "<p>5*3 = 15, C:\\Users\\mira, \\alpha, a<br/>\nb</p>\n"},
        {"*[a*](b) **[c**](d) `a``b` ``a`b``", "<p>*<a href=\"b\">a*</a> **<a href=\"d\">c**</a> "
                                               "<code>a``b</code> <code>a`b</code></p>\n"},
        {"* a\n * b\n  * c", "<ul>\n<li>a</li>\n<li>b</li>\n<li>c</li>\n</ul>\n"},
        {"1) a\n2) b\n\n3) c",
         "<ol>\n<li><p>a</p></li>\n<li><p>b</p></li>\n<li><p>c</p></li>\n</ol>\n"},
        {"> a\nb\n> c", "<blockquote>\n<p>a<br/>\nb<br/>\nc</p>\n</blockquote>\n"},
        {"[link](https://e.org/a(b)c) [l2](<https://e.org/a b>) ![a *b* c](/x \"y \\\"z\\\"\")",
         "<p><a href=\"https://e.org/a(b)c\"" AWAY ">link</a> <a href=\"https://e.org/a%20b\"" AWAY
         ">l2</a> <img src=\"/x\" alt=\"a b c\"" LAZY "/></p>\n"},
        {"| not | table\n- a | b", "<p>| not | table</p>\n\n<ul>\n<li>a | b</li>\n</ul>\n"},
        {"a  b   c\td", "<p>a  b   c\td</p>\n"},
        {"<!-- c1 --> x <!-- c2\ny -->", " <p>x &lt;!-- c2</p>\n\n<p>y --&gt;</p>\n"},
        {"&#x1F600; &#128512; &#xD83D;&#xDE00; &#1114112; &#x41; &lang; &nbsp;",
         "<p>😀 😀 �� � A ⟨ \u00A0</p>\n"},
        {"http://a.b?c=[d]&e=(f)|g", "<p><a href=\"http://a.b?c=[d]&amp;e=(f)%7Cg\"" AWAY
                                     ">http://a.b?c=[d]&amp;e=(f)|g</a></p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

/* Reads the file of that name beside the tests. */
static char *read_examples(const char *name)
{
    const char *folder = getenv("MICROCOSM_TEST_MARKUP");
    mc_scratch_text(path);
    mc__text text = MC_TEXT_INIT;
    char piece[4096];
    size_t size;

    cr_assert_not_null(folder, "MICROCOSM_TEST_MARKUP names the folder of the examples");
    mc__text_format(&path, "%s/%s", folder, name);
    FILE *file = fopen(mc__text_string(&path), "r");
    cr_assert_not_null(file, "%s", mc__text_string(&path));
    while ((size = fread(piece, 1, sizeof(piece), file)) > 0)
        mc__text_append(&text, piece, size);
    fclose(file);
    cr_assert_not_null(mc__text_string(&text));
    return text.data;
}

/* Ends the string where the mark stands, and returns what is behind it; NULL if it isn't there. */
static char *cut(char *text, const char *mark)
{
    char *place = text ? strstr(text, mark) : NULL;

    if (place)
        *place = '\0';
    return place ? place + strlen(mark) : NULL;
}

/* What all links to other places, and all images, have is not repeated in the examples. */
static void leave_out(char *html, const char *what)
{
    for (char *place; (place = strstr(html, what));)
        memmove(place, place + strlen(what), strlen(place + strlen(what)) + 1);
}

/* Texts as the archives of forums hold them, in their kinds: tests/markup/forums.txt. */
Test(pasted, examples_of_forums)
{
    char *all = read_examples("forums.txt"), *given = cut(all, "\n====\n");
    size_t count = 0;

    while (given && *given) {
        mc_scratch_text(html);
        mc__render_options options = {.site_url = "https://key.example.com", .lookup = find_member};
        char *expected = cut(given, "\n----\n"), *next = cut(expected, "\n====\n");

        cr_assert_not_null(expected, "%s", given);
        cr_expect_eq(mc__render(&html, &options, given, strlen(given)), 0);
        char *got = strdup(mc__text_string(&html));
        leave_out(got, AWAY);
        leave_out(got, LAZY);
        cr_expect_str_eq(got, expected, "\"%s\" became \"%s\", not \"%s\"", given, got, expected);
        free(got);
        given = next;
        count++;
    }
    cr_expect_geq(count, 100);
    mc__free(all);
}
