/* Rendering takes time in proportion to the length of a text, whatever is in it. */
#include <criterion/criterion.h>

#include "markup/markup.h"

TestSuite(linear, .timeout = 1100);

/*
 * What is compared are the shortest times of several runs, in time of this thread: another program
 * on the machine can only make a run longer, and never all of them for ever.
 */
#define RUNS_MAX 20
#define RATIO_MAX 2.5      /* of the times of a text and one twice as long */
#define SECONDS_FREE 0.002 /* what is shorter says nothing */
#define SECONDS_MAX 0.25   /* for 64 KiB */
/* Under sanitizers texts are only rendered: their allocators take more time for each piece the more
 * memory was in use. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define IS_MEASURED false
#else
#define IS_MEASURED true
#endif

static int64_t find_member(void *data, const char *name)
{
    (void)data;
    return strcmp(name, "mira") == 0 ? 12 : 0;
}

static void repeat(mc__text *out, const char *piece, size_t length)
{
    size_t size = strlen(piece);

    while (out->length + size <= length)
        mc__text_append(out, piece, size);
}

static double seconds_for(const mc__text *text)
{
    mc__text html __attribute__((cleanup(mc__text_auto))) = MC_TEXT_INIT;
    mc__render_options options = {.lookup = find_member};
    struct timespec before, after;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    cr_assert_eq(mc__render(&html, &options, text->data, text->length), 0);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    cr_expect_leq(html.length, text->length * 32 + 4096);
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

static void take_shorter(double *shortest, const mc__text *text)
{
    double seconds = seconds_for(text);

    if (*shortest == 0 || seconds < *shortest)
        *shortest = seconds;
}

/* The large text is four times as long as the small one. */
static void expect_linear(const char *name, const mc__text *small, const mc__text *large)
{
    double first = 0, second = 0;

    for (int i = 0; i < RUNS_MAX; i++) {
        take_shorter(&first, small);
        take_shorter(&second, large);
        if (!IS_MEASURED || second <= first * RATIO_MAX * RATIO_MAX + SECONDS_FREE)
            return;
    }
    cr_expect_fail("%.40s: %zu bytes take %.4f s, %zu take %.4f s", name, small->length, first,
                   large->length, second);
}

/* head, then the piece again and again up to half the size, then the tail. */
typedef struct repeated {
    const char *head, *piece, *tail;
} repeated;

static const repeated pathological[] = {
    /* nesting */
    {"", ">", ""},
    {"", "> ", ""},
    {"", "- ", ""},
    {"", "- ", "\n"},
    {"", "- ", "\na"},
    {"", "1. ", ""},
    {"", ">- ", "\n"},
    {"", "> > > > > > > > > > > > > > > > > > > > a\n\n", ""},
    {"", "[", "]"},
    {"", "![", "](a)"},
    {"[x]: y\n\n", "[", "]"},
    {"", "<div>", ""},
    {"", "<div>\n\n", ""},
    {"", "x<b>", "</b>"},
    {"", "x<q>", ""},
    {"", "x<b>\n\n", ""},
    {"", "<table><td>", ""},
    {"<table>", "x<tr>", ""},
    {"<table>\n\n", "a\n\n", ""},
    {"<ul>", "<li>a", ""},
    {"<dl>", "<dt>a<dd>b", ""},
    {"", "[quote]", "[/quote]"},
    {"[quote][quote][quote][quote][quote]", "\na", ""},
    {"", "[b]", "[/b]"},
    /* emphasis */
    {"", "*", ""},
    {"", "_", ""},
    {"", "~", ""},
    {"", "*a ", ""},
    {"", "a* ", ""},
    {"", "a**b", ""},
    {"", "*a_ ", ""},
    {"", "*a **a ", " a** a*"},
    {"a**b", "c* ", ""},
    {"", "~a ~~b ", ""},
    {"", "***a *b __c ", ""},
    {"", "*a*\n", ""},
    /* code */
    {"", "`", ""},
    {"", "`a", ""},
    {"", "`a`", ""},
    {"", "`a``b```c````", ""},
    {"", "\\``", ""},
    {"", "`\n``\n```a`\n", ""},
    {"", "```\n", ""},
    {"", "    a\n", ""},
    /* links */
    {"", "[a](b)", ""},
    {"", "[a](b)\n", ""},
    {"", "[a](b", ""},
    {"", "[a](<b", ""},
    {"", "[a](b \"", ""},
    {"", "[a](b \"c\n", ""},
    {"", "[a](\n", ""},
    {"", "[a][b]\n", ""},
    {"[a]: /u\n\n", "[a]\n", ""},
    {"", "[a]: u\n", ""},
    {"", "[a]: b (\n", ""},
    {"", "[a]: b '\n", ""},
    {"", "[a\nb\n", ""},
    {"[a]: /", "u", "\n\n[a]"},
    {"", "*[", ""},
    {"", "<http://a", ""},
    {"", "http://a ", ""},
    {"http://a", "(a)", ""},
    {"", "http://", ""},
    {"", "@a/", ""},
    {"", "+a-", ""},
    {"", "#a ", ""},
    {"", "https://youtu.be/dQw4w9WgXcQ ", ""},
    /* HTML */
    {"", "<", ""},
    {"", "<a ", ""},
    {"", "<a b=\"", ""},
    {"", "<a b='\"", ""},
    {"", "x<!--", ""},
    {"", "x <!-- y--z\n", ""},
    {"", "x<?", ""},
    {"", "x<![CDATA[", ""},
    {"", "x<!A ", ""},
    {"<div>", "<script>", ""},
    {"<div>", "<div><script></div><style>", ""},
    {"x<b ", "title=b ", ">"},
    {"<!--", "x", ""},
    /* entities, tables, white space */
    {"", "&", ""},
    {"", "&lt;", ""},
    {"", "&aaaaaaaa", ""},
    {"", "&#1", ""},
    {"a|b\n-|-\n", "c|d\n", ""},
    {"", "|", ""},
    {"", "|a", "\n|---|---"},
    {"|a|b|c|d|e|f|g|h|i|j|k|l|m|n|o|p|\n|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|-|\n", "|\n", ""},
    {"", "a\n=\n", ""},
    {"", "- a\n+ b\n", ""},
    {"", "-\n\n", ""},
    {"", "\n", ""},
    {"", " ", ""},
    {"", "\t", ""},
    {"", "\\", ""},
    {"", "#", ""},
    {"# a", " #", " b"},
    {"", "a", ""},
    {"", "é", ""},
    /* BBCode */
    {"", "[quote]a", ""},
    {"", "[quote=\"", ""},
    {"", "[quote=a b=", ""},
    {"", "[code]", ""},
    {"", "[code]x[/code] ", ""},
    {"[code]\n", "[code]`\n", "[/code]"},
    {"", "[url]", ""},
    {"", "[url]    ", "[/url]"},
    {"", "[url=a]b[/url]", ""},
    {"", "[url=a]b\n\n", ""},
    {"", "[img]", "[/img]"},
    {"", "[list][*]", "[/list]"},
    {"[list]", "[*]a\n", "[/list]"},
    {"", "[*]a\n", ""},
    {"[b][i][u][s][sub][sup]", "a\n\n", "[/b][/i][/u][/s][/sub][/sup]"},
    {"", "[b]a\n\n", "[/b]"},
    {"", "[table][tr][td]", "[/td][/tr][/table]"},
    {"", "[spoiler]a[/spoiler] ", ""},
    {"", "[quote]```\n", ""},
    {"", "> [quote]a\n", "[/quote]"},
    {"", "[noparse]\n", "[/noparse]"},
    {"", "[hr]", ""},
    {"", "[", "/b]"},
    /* spoilers, footnotes, alerts, tasks, marks put away */
    {"", "||a", ""},
    {"", "||a|| ", ""},
    {"", "||", "a\n"},
    {"", ">!a", ""},
    {"", ">!a!<\n", ""},
    {"", "[^a]", ""},
    {"", "[^a]: b\n\n", "[^a]"},
    {"[^a] [^b]\n\n", "[^a]: b\n", ""},
    {"", "> [!NOTE]\n\n", ""},
    {"", "- [ ] a\n", ""},
    {"", "a\n    ```\n", ""},
    {"", "|a|b|\n|-|-|\n\n", ""},
    {"", "|a|b|\n|-|-|-|\n", ""},
    {"a|b\n-|-\n", "||||||||\n", ""},
    {"a|b\n-|-\n", "`\\|", ""},
    {"", "~a", ""},
    {"", "\\@a", ""},
    {"", "&notaa;", ""},
    {"", "@a\u3001", ""},
    {"", "\u898Bhttp://a\u3002", ""},
    {"", "A ", ""},
    /* names with punctuation, names of elements */
    {"", "@a!!!! ", ""},
    {"", "@a\u3002!?\u3002", ""},
    {"", "# a\n", ""},
    {"", "<b id=a>a</b>", ""},
    {"", "[a](#a)", ""},
    {"", "\u03A3 ", ""},
    /* BBCode: never closed, closed in turn, in lists and quotes */
    {"", "[url]    ", ""},
    {"", "[url] \t", "[/url]\n"},
    {"", "[img] ", "[/img]"},
    {"", "[b][i]", "[/b][/i]"},
    {"", "[b][/i][i][/b]", ""},
    {"", "[/quote]", ""},
    {"", "[quote][/b][b][/quote]", ""},
    {"", "[quote=a;1 post=2 name=b]", ""},
    {"", "[list=1][*]a[list][*]b[/list]", ""},
    {"", "[list]\n[*]", "[/list]\n"},
    {"", "- [quote]\n", "[/quote]"},
    {"", "> - [b]\n", ""},
    {"", "[table][tr][td]a[/td]", ""},
    {"", "[td]a", ""},
    {"", "[spoiler]", "[/spoiler]"},
    {"", "[spoiler=a]\n", "[/spoiler]"},
    {"", "[youtube]a[/youtube]", ""},
    {"", "[icode]`[/icode]", ""},
    {"", "[icode]", ""},
    {"", "[size=1][color=a]", "[/size][/color]"},
    {"", "[center]a\n", "[/center]\n"},
    {"", "[quote=\"]", ""},
    {"", "[url=\"a b", ""},
    {"", "[url=http://a", ""},
    {"", "[img=1x1]/a[/img]", ""},
    {"", "[attach]1[/attach] ", ""},
    {"", "[*][*]", ""},
    /* quotes, lists, fences */
    {"", "> a\n>> b\n", ""},
    {"", "- a\n  - b\n    - c\n", ""},
    {"", "1. a\n\n   > b\n", ""},
    {"", "> ```\n", ""},
    {"", "~~~ a\n", ""},
    {"", "- ```\n", ""},
    {"", "> > a\nb\n", ""},
    {"", "* * *\n", ""},
    {"", "    \t a\n", ""},
    {"", "> [!NOTE]\n", ""},
    {"", "> [!TIP]\n> > [!NOTE]\n", ""},
    /* tables */
    {"", "|a\n|-\n", ""},
    {"", "a|b\n-|-\n\n", ""},
    {"", "|`", ""},
    {"a|b\n-|-\n", "|\\", ""},
    {"", "> |a|b|\n> |-|-|\n", ""},
    {"a|b|c\n:-|-:|:-:\n", "[b]|[/b]\n", ""},
    {"a|b\n-|-\n", "``` | ", ""},
    /* footnotes */
    {"", "[^a][^b]: ", ""},
    {"", "text[^a]\n\n[^a]: b\n", ""},
    {"", "[^", "]"},
    {"", "[^a", ""},
    /* names, tags, URLs */
    {"", "@", ""},
    {"", "@@a ", ""},
    {"", "@(a", ")"},
    {"", "@mira, ", ""},
    {"", "@a\U0001F600", ""},
    {"", "+a+a", ""},
    {"", "#a#", ""},
    {"", "#\u200D", ""},
    {"", "\uFF20a\uFF03b", ""},
    {"", "@mira\u3055\u3093", ""},
    {"http://a/", ")", ""},
    {"http://a/", "(", ")"},
    {"http://a/", "\u3002", ""},
    {"http://a/?", "a&utm_a=b&", ""},
    {"", "www.", ""},
    {"", "www.a.b ", ""},
    {"", "http://a[/b]", ""},
    {"", "http://[", ""},
    {"", "hhttp://", ""},
    {"", "<http://a> ", ""},
    {"", "https://youtu.be/dQw4w9WgXcQ?list=", ""},
    {"", "a@b.c ", ""},
    {"", "mailto:", ""},
    /* emoji, other scripts */
    {"", "\U0001F468\u200D\U0001F469\u200D", ""},
    {"", "\U0001F3F4\U000E0067", ""},
    {"\U0001F3F4", "\U000E0067", ""},
    {"", "#\uFE0F\u20E3", ""},
    {"", "\u0645\u06CC\u200C", ""},
    {"", "a\u0301", ""},
    {"a", "\u0301", ""},
    {"", "\u6771\u4EAC*", ""},
    {"", "\u2028", ""},
    {"", "\xC2\x85\n", ""},
    /* entities */
    {"", "&amp;&", ""},
    {"", "&parag;&notit;", ""},
    {"", "&#x110000;", ""},
    {"", "&CounterClockwiseContourIntegral;", ""},
    {"", "&a;&b;&c;&d;", ""},
    {"&", "a", ";"},
    /* spoilers */
    {"", "||a||b", ""},
    {"", "|| ", ""},
    {"", ">!a !<\n", ""},
    {"", "!<", ""},
    {"", ">!a>!b!<", ""},
    {"", "||[b]a||[/b]", ""},
    /* HTML and its attributes */
    {"", "<b a=1 b=2 c=3 d=4>", ""},
    {"<b", " a='\"'", ">"},
    {"", "<img src=a alt=\"b\">", ""},
    {"", "<i title=a>b</i>", ""},
    {"", "<p id=a>b\n", ""},
    {"", "<details><summary>a</summary>\n\n", ""},
    {"", "<ul><li>", "</ul>"},
    {"", "<a href=a><div>", ""},
    {"", "<td><tr>", ""},
    {"", "<pre>\n\n", ""},
    {"", "<svg><a>", ""},
    {"", "<math><mi>", ""},
    {"", "<select><option>", ""},
    {"", "<template>", ""},
    {"", "x<script>", ""},
    {"", "x<script>", "</script>"},
    {"", "<style>a</style>", ""},
    {"", "x<object><style>", ""},
    {"", "</b>", ""},
    {"", "</p>", ""},
    {"", "<br>\n", ""},
    {"", "<ruby>a<rt>b<rp>", ""},
    {"", "<table><caption>", ""},
    {"", "<frameset>", ""},
    {"", "<!DOCTYPE a>", ""},
    {"", "<!-->", ""},
    {"", "x<a\nb", ""},
    {"", "<a b=", ""},
    {"", "<a b=c", ""},
    {"x<a", " b", ""},
    {"", "<b title='", ""},
    /* links and images of Markdown */
    {"", "![a](b)", ""},
    {"", "![", "]"},
    {"", "[![a](b)](c)", ""},
    {"", "[a](b)[c][d]", ""},
    {"", "[a]:b\n", ""},
    {"[a]: b\n\n", "[a][", "]"},
    {"[a]: b\n\n", "[a][]\n\n", ""},
    {"", "[\\", "]"},
    {"", "](", ""},
    {"", "[a](b 'c", ""},
    {"", "[`a](b`)", ""},
    {"[", "a ", "]: b"},
    {"", "[a]: <b", ""},
    /* the rest */
    {"", "\\\n", ""},
    {"", "a  \n", ""},
    {"", "a\\\n", ""},
    {"", "# ", ""},
    {"", "#\n", ""},
    {"", "===\n", ""},
    {"", "---\n", ""},
    {"", "a\n---\n", ""},
    {"", "*a**b***c", ""},
    {"", "_a*b_c*", ""},
    {"", "~~a~b", ""},
    {"", "**a\n\n", ""},
    {"", "`a\n\n", ""},
    {"", "\r", ""},
    {"", "\r\n", ""},
    {"", "\f\v", ""},
    {"", "Aa", ""},
    {"", "SHOUT ", ""},
    {"", "SHOUT @mira #A ", ""},
    /* archives */
    {"[list]", "\n        [*]a", ""},
    {"[table]", "\n\t[tr]\n\t\t[td]", ""},
    {"", "[b:1a2b3c4d]a", ""},
    {"", "[b:1a2b3c4d]", "[/b:1a2b3c4d]"},
    {"", "[code:1:1a2b3c4d]", ""},
    {"", "[url=a:1a2b3c4d", ""},
    {"", "[attachment=1]", ""},
    {"", "[attachment=1][/attachment", ""},
    {"", "[noparse]@a:.", ""},
    {"", "\u4E2D**\u300C", ""},
    {"", "\u300D*\u4E2D*\u300C", ""},
    {"", "*\u300D", ""},
    {"", "a||b ", ""},
    {"", "a||", ""},
    {"", "a\n-|-\n", ""},
    {"", "a\n|-|-|\n", ""},
    {"", "- a\n  |a|b|\n  |-|-|\n", ""},
};

static void build(mc__text *out, const repeated *r, size_t length)
{
    mc__text_puts(out, r->head);
    repeat(out, r->piece, *r->tail ? length / 2 : length);
    if (*r->tail)
        repeat(out, r->tail, length);
}

static void expect_pattern_linear(const repeated *r, size_t length)
{
    mc_scratch_text(small);
    mc_scratch_text(large);

    build(&small, r, length);
    build(&large, r, length * 4);
    expect_linear(r->piece, &small, &large);
}

/* Under valgrind, where MC_TEST_SLOW=1 is set, times mean nothing and these texts take minutes; the
 * address sanitizer covers them. */
static void skip_when_slow(void)
{
    if (getenv("MC_TEST_SLOW"))
        cr_skip_test("times say nothing here");
}

/* Sanitizers make everything several times as slow. */
#define SMALL_LENGTH ((size_t)(IS_MEASURED ? 32 : 8) << 10)

/* MC_TEST_THOROUGH=1 in the environment takes the largest texts that are allowed. */
static size_t small_length(void)
{
    return getenv("MC_TEST_THOROUGH") ? MC__TEXT_MAX / 4 : SMALL_LENGTH;
}

Test(linear, texts_of_one_piece)
{
    skip_when_slow();
    for (size_t i = 0; i < MC_COUNT(pathological); i++)
        expect_pattern_linear(&pathological[i], small_length());
}

Test(linear, short_texts_take_a_moment)
{
    if (!getenv("MC_TEST_THOROUGH"))
        cr_skip_test("a time says something only where nothing else runs");
    for (size_t i = 0; i < MC_COUNT(pathological); i++) {
        mc_scratch_text(text);
        double seconds = 0;

        build(&text, &pathological[i], (size_t)64 << 10);
        for (int run = 0; run < 5; run++)
            take_shorter(&seconds, &text);
        cr_expect_lt(seconds, SECONDS_MAX, "%.40s", pathological[i].piece);
    }
}

/* Each tag of BBCode: never closed, and closed as often; with white space of all kinds behind. */
Test(linear, tags_of_BBCode)
{
    static const char *const names[] = {
        "b",     "i",       "s",          "sub",   "ispoiler",   "url",   "iurl",
        "email", "color",   "attachment", "quote", "list",       "ul",    "ol",
        "li",    "*",       "center",     "align", "table",      "tr",    "td",
        "th",    "spoiler", "hr",         "img",   "attach",     "cite",  "youtube",
        "abbr",  "heading", "details",    "embed", "sourcecode", "video", "media",
        "code",  "php",     "pre",        "icode", "noparse",    "plain"};
    static const char *const ends[] = {"]", "]    ", "] \t\n", "=a]\n\n", "=\""};

    skip_when_slow();
    for (size_t i = 0; i < MC_COUNT(names); i++) {
        for (size_t k = 0; k < MC_COUNT(ends); k++) {
            char piece[40], tail[40];
            repeated r = {"", piece, i % 2 == k % 2 ? tail : ""};

            snprintf(piece, sizeof(piece), "[%s%s", names[i], ends[k]);
            snprintf(tail, sizeof(tail), "[/%s]%s", names[i], k > 1 ? "\n" : "");
            expect_pattern_linear(&r, small_length() / 2);
        }
    }
}

/* Lists whose nesting grows with each line, and tables as wide as long, need other texts. */
Test(linear, lists_and_tables_that_grow)
{
    skip_when_slow();
    for (int kind = 0; kind < 2; kind++) {
        mc__text texts[2] = {MC_TEXT_INIT, MC_TEXT_INIT};

        for (size_t i = 0; i < 2; i++) {
            size_t side = i ? 360 : 180;

            for (size_t line = 0; line < side; line++) {
                for (size_t k = 0; k < side; k++)
                    mc__text_puts(&texts[i], kind == 1  ? (line == 1 ? "|---" : "|a")
                                             : k < line ? "  "
                                                        : "");
                mc__text_puts(&texts[i], kind == 1 ? "\n" : "* a\n");
            }
            repeat(&texts[i], kind == 1 ? "|\n" : "\n", texts[i].length * 2);
        }
        expect_linear(kind == 1 ? "table" : "list", &texts[0], &texts[1]);
        mc__text_release(&texts[0]);
        mc__text_release(&texts[1]);
    }
}
