/*
 * Texts that could take rendering more than linear time, for check_linear.py.
 *
 *     linear_texts times LENGTH
 *         of each text and one four times as long, a line: INDEX NAME BYTES BYTES SECONDS SECONDS
 *
 *     linear_texts render INDEX LENGTH
 *         renders these two of one text, for callgrind to count
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "markup/markup.h"

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
    {"", "<o:", ""},
    {"", "<o:p", ""},
    {"", "<o:p>", ""},
    {"", "http://a]", ""},
    {"", "http://[a", "]"},
    {"", "$_", ""},
    {"", "a\n-|-\n", ""},
    {"", "a\n|-|-|\n", ""},
    {"", "- a\n  |a|b|\n  |-|-|\n", ""},
};

static const char *const bbcode_names[] = {
    "b",     "i",       "s",          "sub",   "ispoiler",   "url",   "iurl",
    "email", "color",   "attachment", "quote", "list",       "ul",    "ol",
    "li",    "*",       "center",     "align", "table",      "tr",    "td",
    "th",    "spoiler", "hr",         "img",   "attach",     "cite",  "youtube",
    "abbr",  "heading", "details",    "embed", "sourcecode", "video", "media",
    "code",  "php",     "pre",        "icode", "noparse",    "plain"};
/* White space of all kinds behind the tag, and tags that never end. */
static const char *const bbcode_ends[] = {"]", "]    ", "] \t\n", "=a]\n\n", "=\""};

static void repeat(mc__text *out, const char *piece, size_t length)
{
    size_t size = strlen(piece);

    while (out->length + size <= length)
        mc__text_append(out, piece, size);
}

static void build(mc__text *out, const repeated *r, size_t length)
{
    mc__text_puts(out, r->head);
    repeat(out, r->piece, *r->tail ? length / 2 : length);
    if (*r->tail)
        repeat(out, r->tail, length);
}

static void build_pathological(mc__text *out, size_t index, size_t length)
{
    build(out, &pathological[index], length);
}

/* Each tag never closed, or closed as often. */
static void build_bbcode(mc__text *out, size_t index, size_t length)
{
    size_t name = index / MC_COUNT(bbcode_ends), end = index % MC_COUNT(bbcode_ends);
    char piece[40], tail[40];
    repeated r = {"", piece, name % 2 == end % 2 ? tail : ""};

    snprintf(piece, sizeof(piece), "[%s%s", bbcode_names[name], bbcode_ends[end]);
    snprintf(tail, sizeof(tail), "[/%s]%s", bbcode_names[name], end > 1 ? "\n" : "");
    build(out, &r, length / 2);
}

/* The side of a square of about so many bytes, half of which is the text below. */
static size_t side_of(size_t length)
{
    size_t side = 1;

    while (side * side < length)
        side++;
    return side;
}

/* Lists whose nesting grows with each line, and tables as wide as long. */
static void build_square(mc__text *out, size_t index, size_t length)
{
    bool is_table = index == 1;
    size_t side = side_of(length);

    for (size_t line = 0; line < side; line++) {
        for (size_t k = 0; k < side; k++)
            mc__text_puts(out, is_table ? (line == 1 ? "|---" : "|a") : k < line ? "  " : "");
        mc__text_puts(out, is_table ? "\n" : "* a\n");
    }
    repeat(out, is_table ? "|\n" : "\n", out->length * 2);
}

static const struct group {
    size_t count;
    void (*build)(mc__text *out, size_t index, size_t length);
} groups[] = {
    {MC_COUNT(pathological), build_pathological},
    {MC_COUNT(bbcode_names) * MC_COUNT(bbcode_ends), build_bbcode},
    {2, build_square},
};

/* False if there is no such text. */
static bool build_text(mc__text *out, size_t index, size_t length)
{
    for (size_t i = 0; i < MC_COUNT(groups); i++) {
        if (index < groups[i].count) {
            groups[i].build(out, index, length);
            return true;
        }
        index -= groups[i].count;
    }
    return false;
}

static int64_t find_member(void *data, const char *name)
{
    (void)data;
    return strcmp(name, "mira") == 0 ? 12 : 0;
}

/* Ends the program if a text can't be rendered, or its HTML is out of all proportion. */
static double seconds_for(const mc__text *text)
{
    mc_scratch_text(html);
    mc__render_options options = {.lookup = find_member};
    struct timespec before, after;
    int rc;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &before);
    rc = mc__render(&html, &options, text->data, text->length);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &after);
    if (rc != 0 || html.length > text->length * 32 + 4096) {
        fprintf(stderr, "%.40s: %d, %zu bytes make %zu\n", text->data, rc, text->length,
                html.length);
        exit(1);
    }
    return (double)(after.tv_sec - before.tv_sec) + (double)(after.tv_nsec - before.tv_nsec) / 1e9;
}

/* The beginning of a text, on one line without spaces. */
static void print_name(const mc__text *text)
{
    for (size_t i = 0; i < text->length && i < 24; i++) {
        unsigned char c = (unsigned char)text->data[i];

        printf(c > ' ' && c < 127 ? "%c" : "\\x%02x", c);
    }
}

static bool tell_times(size_t index, size_t length)
{
    mc_scratch_text(small);
    mc_scratch_text(large);
    double first, again, second;

    if (!build_text(&small, index, length) || !build_text(&large, index, length * 4))
        return false;
    first = seconds_for(&small);
    again = seconds_for(&small); /* memory and caches are warm */
    second = seconds_for(&large);
    printf("%zu ", index);
    print_name(&small);
    printf(" %zu %zu %.6f %.6f\n", small.length, large.length, again < first ? again : first,
           second);
    return true;
}

static bool render_both(size_t index, size_t length)
{
    mc_scratch_text(small);
    mc_scratch_text(large);

    if (!build_text(&small, index, length) || !build_text(&large, index, length * 4))
        return false;
    seconds_for(&small);
    seconds_for(&large);
    return true;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "times") == 0) {
        size_t length = strtoul(argv[2], NULL, 10), index = 0;

        while (tell_times(index, length))
            index++;
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "render") == 0 &&
        render_both(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10)))
        return 0;
    fprintf(stderr, "usage: linear_texts times LENGTH | render INDEX LENGTH\n");
    return 2;
}
