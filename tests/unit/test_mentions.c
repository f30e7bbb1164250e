#include <criterion/criterion.h>

#include "markup/stages.h"
#include "fail_alloc.h"

TestSuite(mentions, .timeout = 120);

/* The members of this test's site. */
static int64_t find_member(void *data, const char *name)
{
    static const char *const members[] = {"mira",    "miranda", "tomas",   "__init__",    "jürgen",
                                          "o'brien", "a.b-c",   "foo_bar", "ελένη",       "mi_ra_",
                                          "x",       "日本",    "[mod]",   "\U0001F600x", "می"};

    if (data)
        ++*(int *)data;
    for (size_t i = 0; i < MC_COUNT(members); i++) {
        if (strcmp(members[i], name) == 0)
            return (int64_t)i + 1;
    }
    return 0;
}

static int render(mc__text *html, mc__rendered *rendered, const char *markdown)
{
    mc__render_options options = {.lookup = find_member, .rendered = rendered};

    return mc__render(html, &options, markdown, strlen(markdown));
}

typedef struct pair {
    const char *given, *expected;
} pair;

static void expect_all(const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        mc_scratch_text(html);

        cr_expect_eq(render(&html, NULL, pairs[i].given), 0);
        cr_expect_str_eq(mc__text_string(&html), pairs[i].expected,
                         "\"%s\" became \"%s\", not \"%s\"", pairs[i].given, mc__text_string(&html),
                         pairs[i].expected);
    }
}

#define MIRA "<a href=\"/profiles/1\">@mira</a>"

/* What clings to a name is cut off, but nothing is cut in two at a joiner. */
Test(mentions, cut_where_another_script_begins)
{
    static const pair pairs[] = {
        {"@می\u200Cخواهم @क्\u200Dष", "<p>@می\u200Cخواهم @क्\u200Dष</p>\n"},
        {"@mira\u200Cها @miraजी @miraさん", "<p>" MIRA "ها " MIRA "जी " MIRA "さん</p>\n"},
        {"@o'brien's @o'brien’s @o'brien",
         "<p><a href=\"/profiles/6\">@o&#39;brien</a>&#39;s <a "
         "href=\"/profiles/6\">@o&#39;brien</a>’s <a href=\"/profiles/6\">@o&#39;brien</a></p>\n"},
        {"@mira@e.org e.org/@mira @mira&@mira |@mira|",
         "<p>@mira@e.org e.org/@mira " MIRA "&amp;" MIRA " |" MIRA "|</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(mentions, link_a_name_as_it_was_typed)
{
    static const pair pairs[] = {
        {"@mira", "<p>" MIRA "</p>\n"},
        {"hello @mira, and @TOMAS!",
         "<p>hello " MIRA ", and <a href=\"/profiles/3\">@TOMAS</a>!</p>\n"},
        {"+mira", "<p><a href=\"/profiles/1\">+mira</a></p>\n"},
        {"@mira and @miranda", "<p>" MIRA " and <a href=\"/profiles/2\">@miranda</a></p>\n"},
        {"(@mira) \"@mira\" [@mira] {@mira} '@mira'",
         "<p>(" MIRA ") &#34;" MIRA "&#34; [" MIRA "] {" MIRA "} &#39;" MIRA "&#39;</p>\n"},
        {"@mira. @mira: @mira? @mira! @mira- @mira... @mira?!",
         "<p>" MIRA ". " MIRA ": " MIRA "? " MIRA "! " MIRA "- " MIRA "... " MIRA "?!</p>\n"},
        {"“@mira” @mira… «@mira»", "<p>“" MIRA "” " MIRA "… «" MIRA "»</p>\n"},
        {"@mira's @mira’s @mira/@tomas @mira,@tomas",
         "<p>" MIRA "&#39;s " MIRA "’s " MIRA "/<a href=\"/profiles/3\">@tomas</a> " MIRA
         ",<a href=\"/profiles/3\">@tomas</a></p>\n"},
        {"@o'brien", "<p><a href=\"/profiles/6\">@o&#39;brien</a></p>\n"},
        {"@日\u200C本 @[mod]", "<p><a href=\"/profiles/12\">@日\u200C本</a> "
                               "<a href=\"/profiles/13\">@[mod]</a></p>\n"},
        {"@\U0001F600x @\u201Cmira\u201D @@mira",
         "<p><a href=\"/profiles/14\">@\U0001F600x</a> @“mira” @" MIRA "</p>\n"},
        {"@a.b-c.", "<p><a href=\"/profiles/7\">@a.b-c</a>.</p>\n"},
        {"@JÜRGEN @ΕΛΈΝΗ @日本 x",
         "<p><a href=\"/profiles/5\">@JÜRGEN</a> <a href=\"/profiles/9\">@ΕΛΈΝΗ</a> "
         "<a href=\"/profiles/12\">@日本</a> x</p>\n"},
        {"line\n@mira\n> @mira\n\n- @mira",
         "<p>line<br/>\n" MIRA "</p>\n\n<blockquote>\n<p>@mira"
         "</p>\n</blockquote>\n\n<ul>\n<li>" MIRA "</li>\n</ul>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(mentions, exclude_emphasis_from_names)
{
    static const pair pairs[] = {
        {"**@mira** *@mira* ~~@mira~~ _@mira_",
         "<p><strong>" MIRA "</strong> <em>" MIRA "</em> <del>" MIRA "</del> <em>" MIRA
         "</em></p>\n"},
        {"@__init__ x", "<p><a href=\"/profiles/4\">@__init__</a> x</p>\n"},
        {"@foo_bar @foo\\_bar",
         "<p><a href=\"/profiles/8\">@foo_bar</a> <a href=\"/profiles/8\">@foo_bar</a></p>\n"},
        {"[b]@mira[/b]", "<p><strong>" MIRA "</strong></p>\n"},
        {"&#64;mira &commat;mira", "<p>" MIRA " " MIRA "</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(mentions, do_not_change_other_text)
{
    static const pair pairs[] = {
        {"a@mira a_@mira 1@mira é@mira", "<p>a@mira a_@mira 1@mira é@mira</p>\n"},
        {"@nobody @mirax @mira_x", "<p>@nobody @mirax @mira_x</p>\n"},
        {"@ mira @@mira @", "<p>@ mira @" MIRA " @</p>\n"},
        {"`@mira`", "<p><code>@mira</code></p>\n"},
        {"    @mira", "<pre><code>@mira\n</code></pre>\n"},
        {"```\n@mira\n```", "<pre><code>@mira\n</code></pre>\n"},
        {"<pre>@mira</pre>", "<pre>@mira</pre>\n"},
        {"[to @mira](/x)", "<p><a href=\"/x\">to @mira</a></p>\n"},
        {"<a href=\"/x\">@mira</a>", "<p><a href=\"/x\">@mira</a></p>\n"},
        {"![@mira](/x)",
         "<p><img src=\"/x\" alt=\"@mira\" loading=\"lazy\" decoding=\"async\"/></p>\n"},
        {"http://x.org/@mira", "<p><a href=\"http://x.org/@mira\" rel=\"nofollow noopener\" "
                               "target=\"_blank\">http://x.org/@mira</a></p>\n"},
        {"1+x 1 +2", "<p>1+x 1 +2</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(mentions, look_at_the_character_before_across_tags)
{
    static const pair pairs[] = {
        {"a<b>@mira</b>", "<p>a<b>@mira</b></p>\n"},
        {"a <b>@mira</b>", "<p>a <b>" MIRA "</b></p>\n"},
        {"*a*@mira", "<p><em>a</em>@mira</p>\n"},
        {"`a`@mira", "<p><code>a</code>@mira</p>\n"},
    };

    expect_all(pairs, MC_COUNT(pairs));
}

Test(mentions, report_who_was_mentioned)
{
    mc_scratch_text(html);
    mc__rendered rendered = {.mentioned_count = 9};

    cr_assert_eq(render(&html, &rendered, "@tomas @mira @nobody @MIRA `@x` [@x](/y)"), 0);
    cr_assert_eq(rendered.mentioned_count, 2);
    cr_expect_eq(rendered.mentioned[0], 3);
    cr_expect_eq(rendered.mentioned[1], 1);
    cr_assert_eq(render(&html, &rendered, "none"), 0);
    cr_expect_eq(rendered.mentioned_count, 0);
}

Test(mentions, ask_once_for_each_name)
{
    mc_scratch_text(html);
    mc_scratch_text(given);
    int asked = 0;
    mc__render_options options = {.lookup = find_member, .lookup_data = &asked};

    for (int i = 0; i < 10; i++)
        mc__text_puts(&given, "@mira @MIRA @nobody ");
    cr_assert_eq(mc__render(&html, &options, given.data, given.length), 0);
    cr_expect_eq(asked, 2);

    asked = 0;
    for (int i = 0; i < 1000; i++)
        mc__text_format(&given, "@n%d ", i);
    cr_assert_eq(mc__render(&html, &options, given.data, given.length), 0);
    cr_expect_eq(asked, MC__MENTIONS_MAX);
}

static int64_t find_anybody(void *data, const char *name)
{
    int *people = data;

    return name[0] == 'n' ? ++*people : 0;
}

Test(mentions, are_of_20_people_at_most)
{
    mc_scratch_text(given);
    mc_scratch_text(html);
    int people = 0;
    mc__rendered rendered;
    mc__render_options options = {
        .lookup = find_anybody, .lookup_data = &people, .rendered = &rendered};

    for (int i = 0; i < 30; i++)
        mc__text_format(&given, "@n%d @somebody%d ", i, i);
    mc__text_puts(&given, "@n0");
    cr_assert_eq(mc__render(&html, &options, given.data, given.length), 0);
    cr_expect_eq(rendered.mentioned_count, 20);
    cr_expect_not_null(strstr(mc__text_string(&html), "<a href=\"/profiles/20\">"));
    cr_expect_null(strstr(mc__text_string(&html), "<a href=\"/profiles/21\">"));
    cr_expect_not_null(strstr(mc__text_string(&html), "<a href=\"/profiles/1\">@n0</a></p>"),
                       "one of them may be named again");
}

static void found_are(const char *markdown, const char *expected)
{
    mc_scratch_arena(arena);
    mc_scratch_text(joined);
    const char **names = NULL;
    size_t count = 99;

    cr_assert_eq(mc__mentions_find(&arena, markdown, strlen(markdown), &names, &count), 0);
    for (size_t i = 0; i < count; i++)
        mc__text_format(&joined, "%s%s", i ? " " : "", names[i]);
    cr_expect_str_eq(mc__text_string(&joined), expected, "%s gives %s", markdown,
                     mc__text_string(&joined));
}

Test(mentions, are_found_before_rendering)
{
    found_are("", "");
    found_are("nobody here", "");
    found_are("@Mira, @TOMAS and @mira!", "mira, mira tomas mira!");
    found_are("a@b `@c` [@d](/e) <!-- @f -->", "");
    found_are("@mira's &#64;Jürgen", "mira's mira jürgen");
    found_are("a & b + c", "");
    found_are("@__init__", "__init__");
}

Test(mentions, refuse_the_texts_that_rendering_refuses)
{
    mc_scratch_arena(arena);
    const char **names = NULL;
    size_t count = 0;

    cr_expect_eq(mc__mentions_find(&arena, "@\xFF", 2, &names, &count), MC_EINVAL);
    cr_expect_eq(mc__mentions_find(&arena, "@", MC__TEXT_MAX + 1, &names, &count), MC_ETOOLARGE);
    cr_expect_null(names);
}

static int find_something(void)
{
    mc_scratch_arena(arena);
    const char **names = NULL;
    size_t count = 0;

    return mc__mentions_find(&arena, "@a @b", 5, &names, &count);
}

Test(mentions, survive_each_allocation_that_fails)
{
    cr_expect_geq(fail_each(find_something), 5);
}

typedef struct word_case {
    const char *text, *expected; /* words found, with '|' between them */
} word_case;

Test(mentions, and_other_words_end_where_sentences_go_on)
{
    static const word_case cases[] = {
        {"see http://x.org/a. then", "http://x.org/a"},
        {"(http://x.org/a_(b)_c)", "http://x.org/a_(b)_c"},
        {"[http://x.org/a] <http://x.org/b>", "http://x.org/a|http://x.org/b"},
        {"http://x.org/?a=b&c=d#e!", "http://x.org/?a=b&c=d#e"},
        {"\"http://x.org\", 'https://y.org'", "http://x.org|https://y.org"},
        {"HTTPS://X.ORG xhttp://y http:// http://.", "HTTPS://X.ORG"},
        {"http://例え.jp/パス。 次", "http://例え.jp/パス"},
        {"www.x.org/y, (www.z.org) a/www.b.org ]www.c.org", "www.x.org/y|www.z.org"},
        {"#a #1 #1a x#b #c-d (#e #_", "#a|#1a|#c|#_"},
        {"#日本 #café", "#日本|#café"},
    };

    for (size_t i = 0; i < MC_COUNT(cases); i++) {
        mc_scratch_text(joined);
        size_t length = strlen(cases[i].text), at = 0;
        mc__word word;

        while (mc__word_find(cases[i].text, length, at, 0, &word)) {
            mc__text_format(&joined, "%s%.*s", at ? "|" : "", (int)(word.end - word.begin),
                            cases[i].text + word.begin);
            at = word.end;
        }
        cr_expect_str_eq(mc__text_string(&joined), cases[i].expected, "%s gives %s", cases[i].text,
                         mc__text_string(&joined));
    }
}
