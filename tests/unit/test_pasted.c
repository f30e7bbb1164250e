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
        {"&#xFDE0;mira &#xFDD0;1&#xFDD1;", "<p>@mira 1</p>\n"},
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
                                           "blockquote></blockquote>\n\n<p>x</p>\n\n"},
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
        {"[hr][/hr]", "<hr/>\n\n<p>[/hr]</p>\n"},
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
        {"<b id=\"a-1\">x</b>\n# a\n# a", "<p><b id=\"user-content-a-1\">x</b></p>\n\n<h1 "
                                          "id=\"user-content-a\">a</h1>\n\n<h1>a</h1>\n"},
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
