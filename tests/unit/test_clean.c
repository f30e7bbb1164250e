#include <criterion/criterion.h>

#include "markup/markup.h"
#include <microcosm/render.h>
#include "fail_alloc.h"

TestSuite(clean, .timeout = 120);

typedef int (*cleaner)(mc__text *, const char *, size_t, bool);

typedef struct pair {
    const char *given, *expected;
} pair;

static void expect(cleaner clean, bool shout, const char *given, const char *expected)
{
    mc_scratch_text(out);

    cr_expect_eq(clean(&out, given, strlen(given), shout), 0, "%s", given);
    cr_expect_str_eq(mc__text_string(&out), expected, "\"%s\" became \"%s\", not \"%s\"", given,
                     mc__text_string(&out), expected);
}

static void expect_all(cleaner clean, bool shout, const pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        expect(clean, shout, pairs[i].given, pairs[i].expected);
}

Test(clean, makes_one_line_of_a_sentence)
{
    static const pair pairs[] = {
        {"", ""},
        {"plain text", "plain text"},
        {"  not trimmed ", "  not trimmed "},
        {"tab\tnewline\nreturn\r", "tabnewlinereturn"},
        {"no-break\u00A0and\u2003wide\u3000and\u2028line", "no-break and wide andline"},
        {"bell\a escape\033 delete\x7F", "bell escape delete"},
        {"c1 \xC2\x85\xC2\x9F", "c1 "},
        {"zero\u200Bwidth, soft\u00ADhyphen, mark\uFEFF", "zerowidth, softhyphen, mark"},
        {"turned \u202Eround\u202C \u2066x\u2069", "turned round x"},
        {"private \uE000 and no character \uFFFE", "private  and no character "},
        {"žluťoučký кот 日本 ελ", "žluťoučký кот 日本 ελ"},
        {"combining e\u0301", "combining e\u0301"},
        {"🐈 and 🫨", "🐈 and 🫨"},
    };

    expect_all(mc__clean_sentence, false, pairs, MC_COUNT(pairs));
}

static const char *key_of(mc__text *out, const char *name)
{
    mc__text_clear(out);
    cr_expect_eq(mc__name_key(out, name), 0);
    return mc__text_string(out);
}

/* Names are found by keys, in texts in lower case: both must lead to one key. */
Test(clean, keys_of_names_do_not_depend_on_case)
{
    mc_scratch_text(name);
    mc_scratch_text(small);
    mc_scratch_text(key);
    mc_scratch_text(other);

    for (uint32_t c = '!'; c <= 0x10FFFF; c++) {
        if (mc__char_to_lower(c) == c || !mc__char_is_visible(c))
            continue;
        mc__text_clear(&name);
        mc__text_clear(&small);
        mc__text_utf8(&name, c);
        mc__text_lower(&small, name.data, name.length);
        cr_expect_str_eq(key_of(&key, mc__text_string(&name)),
                         key_of(&other, mc__text_string(&small)), "U+%04X", c);
    }
}

Test(clean, keys_of_names_begin_as_the_names_do)
{
    static const char *const names[][2] = {{"mira", "m"},  {"Zoë", "Zo"},        {"Zoë", "Zoë"},
                                           {"한글", "한"}, {"ﬁnn", "f"},         {"山田", "山"},
                                           {"Ольга", "О"}, {"a&amp;b", "a&amp;"}};
    mc_scratch_text(key);
    mc_scratch_text(beginning);

    for (size_t i = 0; i < MC_COUNT(names); i++) {
        key_of(&beginning, names[i][1]);
        cr_expect_eq(
            strncmp(key_of(&key, names[i][0]), mc__text_string(&beginning), beginning.length), 0,
            "%s", names[i][0]);
    }
    cr_expect_str_eq(key_of(&key, "a\u034F\uFE0F\u3164\u2800\u115F"), "a");
}

Test(clean, keeps_joiners_where_scripts_need_them)
{
    static const pair pairs[] = {
        {"می\u200Cخواهم", "می\u200Cخواهم"},
        {"👩\u200D👩\u200D👧", "👩\u200D👩\u200D👧"},
        {"क\u094D\u200Dष", "क\u094D\u200Dष"},
        {"a\u200Db \u200D.\u200C", "ab ."},
        {"é\u200Da", "éa"},
    };

    expect_all(mc__clean_sentence, false, pairs, MC_COUNT(pairs));
    expect(mc__clean_word, false, "می\u200Cخواهم", "می\u200Cخواهم");
}

Test(clean, strips_tags_and_keeps_their_text)
{
    static const pair pairs[] = {
        {"<b>bold</b> <i class=\"x\">it</i>", "bold it"},
        {"a<br>b<br/>c", "abc"},
        {"<a href=\"x>y\" title='>'>t</a>", "t"},
        {"<B>loud</B>", "loud"},
        {"C++ <vector> <x-unknown y>z</x-unknown>",
         "C++ &lt;vector&gt; &lt;x-unknown y&gt;z&lt;/x-unknown&gt;"},
        {"a<!-- hidden <b> -->b<!---->c<!-->d", "abcd"},
        {"a<!DOCTYPE html>b<?php x ?>c<![CDATA[d]]>e", "ab&lt;?php x ?&gt;ce"},
        {"<script>alert(1)</script>x", "x"},
        {"<SCRIPT type=a>1 < 2</ScRiPt >x", "x"},
        {"<style>b{}</style>x<script></script>y", "xy"},
        {"<script>a</scripty>b</script>c", "c"},
        {"<p>a</p><p>b</p>", "ab"},
        {"</b>x</ b>", "x&lt;/ b&gt;"},
    };

    expect_all(mc__clean_sentence, false, pairs, MC_COUNT(pairs));
}

Test(clean, keeps_text_after_an_unclosed_tag)
{
    static const pair pairs[] = {
        {"1 < 2 and 3 > 2", "1 &lt; 2 and 3 &gt; 2"},
        {"I <3 you", "I &lt;3 you"},
        {"<", "&lt;"},
        {"a <b", "a &lt;b"},
        {"a <b c=\"d", "a &lt;b c=&#34;d"},
        {"a <b c=\"d>e", "a &lt;b c=&#34;d&gt;e"},
        {"a <b and <i>c</i>", "a &lt;b and c"},
        {"a <!-- b", "a &lt;!-- b"},
        {"<script>a", "a"},
        {"<style>a <b>c", "a c"},
        {"a </", "a &lt;/"},
        {"a <!", "a &lt;!"},
        {"a <!x", "a &lt;!x"},
    };

    expect_all(mc__clean_sentence, false, pairs, MC_COUNT(pairs));
}

Test(clean, keeps_what_people_write_in_titles)
{
    static const pair pairs[] = {
        {"C++ <vector>", "C++ &lt;vector&gt;"},
        {"List<String> und Map<K,V>", "List&lt;String&gt; und Map&lt;K,V&gt;"},
        {"<ich> & <du>", "&lt;ich&gt; &amp; &lt;du&gt;"},
        {"I <3 <b>you</b>", "I &lt;3 you"},
        {"1 < 2 > 0, a<b", "1 &lt; 2 &gt; 0, a&lt;b"},
        {"</vector> <vector", "&lt;/vector&gt; &lt;vector"},
        {"日本\u3000語", "日本 語"},
        {"10\u202F000\u00A0€", "10 000 €"},
        {"\u3164\u2800", ""},
        {"\uFE0F\u034F\u115F", ""},
        {"\u2000 \u3000", ""},
        {"👍\uFE0F", "👍\uFE0F"},
        {"می\u200Cخواهم", "می\u200Cخواهم"},
        {"&parag; &para;", "&amp;parag; ¶"},
        {"ΓΙΑΤΙ ΔΕΝ ΑΠΑΝΤΑ ΚΑΝΕΙΣ; ΣΑΣ", "γιατι δεν απαντα κανεις; σας"},
        {"東京でNHKのUSB", "東京でNHKのUSB"},
    };

    expect_all(mc__clean_sentence, true, pairs, MC_COUNT(pairs));
}

Test(clean, escapes_once)
{
    static const pair pairs[] = {
        {"a & b", "a &amp; b"},
        {"\"q\" 'a'", "&#34;q&#34; &#39;a&#39;"},
        {"a &amp; b &lt;i&gt; &#34; &#39; &quot; &apos;",
         "a &amp; b &lt;i&gt; &#34; &#39; &#34; &#39;"},
        {"caf&eacute; &copy; &Omega; &#x41;&#66;", "café © Ω AB"},
        {"&Zcaron; &lbrack; &CounterClockwiseContourIntegral;", "Ž [ ∳"},
        {"&amp;amp; &amp;lt;", "&amp;amp; &amp;lt;"},
        {"&unknown; &amp &;", "&amp;unknown; &amp;amp &amp;;"},
        {"&lt;script&gt;alert(1)&lt;/script&gt;", "&lt;script&gt;alert(1)&lt;/script&gt;"},
        {"&nbsp;|&#160;|&#9;|&#10;|&#0;|&#xD800;|", " | |||\uFFFD|\uFFFD|"},
        {"&#x202E;&shy;&zwj;a", "a"},
    };

    expect_all(mc__clean_sentence, false, pairs, MC_COUNT(pairs));
}

Test(clean, keeps_the_white_space_of_a_block)
{
    static const pair pairs[] = {
        {"a\n\tb\r\n c\u00A0d", "a\n\tb\r\n c\u00A0d"},
        {"<p>a</p>\n<p>b</p>", "a\nb"},
        {"bell\a", "bell"},
        {"<b\nclass=x\n>y</b>", "y"},
    };

    expect_all(mc__clean_block, false, pairs, MC_COUNT(pairs));
}

Test(clean, takes_all_white_space_from_a_word)
{
    static const pair pairs[] = {
        {" my key\t\n", "mykey"}, {"a b", "ab"},      {"<b>x</b> & y", "x&amp;y"},
        {"< b >x", "x"},          {"a&nbsp;b", "ab"},
    };

    expect_all(mc__clean_word, false, pairs, MC_COUNT(pairs));
}

Test(clean, lowers_the_case_of_all_capitals)
{
    static const pair pairs[] = {
        {"WHICH KNOT?", "which knot?"},
        {"WHICH KNOt?", "WHICH KNOt?"},
        {"ÀÉ ĐƯỜNG ĐI", "àé đường đi"},
        {"ΑΒΓ ПРИВЕТ ԱԲԳ", "αβγ привет աբգ"},
        {"\u01C4 İ \u212A LETTER", "\u01C6 i k letter"},
        {"ẞẞẞẞẞẞẞẞ", "ßßßßßßßß"},
        {"Ⅻ Ⓐ Ａ 𐐀 ＡＡＡＡＡＡＡ", "ⅻ ⓐ ａ 𐐨 ａａａａａａａ"},
        {"TOM &amp; JERRY", "tom &amp; jerry"},
        {"<b>LOUD WORDS</b>", "loud words"},
        {"日本 ABC", "日本 ABC"},
        {"東京でNHKのUSBを買った。", "東京でNHKのUSBを買った。"},
        {"OK", "OK"},
        {"BBC News", "BBC News"},
        {"NASA ESA JAXA ISRO agree", "NASA ESA JAXA ISRO agree"},
        {"1234567890 A", "1234567890 A"},
        {"سلام USB HDMI DVI مرحبا بالعالم", "سلام USB HDMI DVI مرحبا بالعالم"},
        {"THE USB CABLE", "the usb cable"},
        {"123 !", "123 !"},
        {"ß A", "ß A"},
    };

    expect_all(mc__clean_sentence, true, pairs, MC_COUNT(pairs));
    expect(mc__clean_block, true, "LOUD\nBLOCKS", "loud\nblocks");
    expect(mc__clean_word, true, "LOUD WORD", "loudword");
    expect(mc__clean_sentence, false, "WHICH KNOT?", "WHICH KNOT?");
}

Test(clean, leaves_nothing_of_what_shows_nothing)
{
    static const pair pairs[] = {
        {"\u3164", ""},
        {"\u2800", ""},
        {"\uFE0F", ""},
        {"\u034F", ""},
        {"\u115F", ""},
        {"\u1160 \uFFA0", ""},
        {"\u00A0\u3000", ""},
        {"\u200D\u200C", ""},
        {"&#x2800;", ""},
        {"<b>\u3164</b>", ""},
        {"\u2800.\u2800", "\u2800.\u2800"},
        {"\u2764\uFE0F", "\u2764\uFE0F"},
    };

    expect_all(mc__clean_sentence, true, pairs, MC_COUNT(pairs));
}

Test(clean, appends_and_leaves_the_text_alone_on_failure)
{
    mc_scratch_text(out);
    mc__text small __attribute__((cleanup(mc__text_auto))) = {.max = 4};
    static char large[MC__TEXT_MAX + 1];

    cr_expect_eq(mc__clean_sentence(&out, "a", 1, false), 0);
    cr_expect_eq(mc__clean_sentence(&out, "<b>", 3, false), 0);
    cr_expect_eq(mc__clean_sentence(&out, NULL, 0, true), 0);
    cr_expect_str_eq(mc__text_string(&out), "a");
    cr_expect_eq(mc__clean_sentence(&out, "\xFF", 1, false), MC_EINVAL);
    cr_expect_eq(mc__clean_sentence(&out, "a\0b", 3, false), MC_EINVAL);
    memset(large, 'a', sizeof(large));
    cr_expect_eq(mc__clean_sentence(&out, large, sizeof(large), false), MC_ETOOLARGE);
    cr_expect_str_eq(mc__text_string(&out), "a");

    cr_expect_eq(mc__clean_sentence(&small, "&", 1, false), MC_ETOOLARGE);
    cr_expect_eq(small.length, 0);
}

/* A small random generator with a fixed seed, so that a failure can be repeated. */
static uint32_t chance(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void make_text(mc__text *out, uint32_t *state)
{
    static const char *const pieces[] = {
        "<",   ">",         "</", "b",  "script", "style",  "!--", "-->",    "&",      "amp;",
        "lt",  ";",         "#",  "39", "x3c",    "\"",     "'",   "=",      " ",      "\n",
        "\t",  "A",         "É",  "é",  "\u200D", "\u00A0", "İ",   "\u212A", "&lt;",   "&#60;",
        "<b>", "</script>", "ي",  "日", "🐈",      "/",      "?",   "\a",     "\u00AD", "&nbsp;",
    };

    for (uint32_t i = chance(state) % 24; i > 0; i--)
        mc__text_puts(out, pieces[chance(state) % MC_COUNT(pieces)]);
}

Test(clean, changes_nothing_the_second_time)
{
    static const cleaner cleaners[] = {mc__clean_sentence, mc__clean_block, mc__clean_word};
    uint32_t state = 2463534242;

    for (int round = 0; round < 60000; round++) {
        mc_scratch_text(given);
        mc_scratch_text(once);
        mc_scratch_text(twice);
        cleaner clean = cleaners[round % 3];
        bool shout = round & 4;

        make_text(&given, &state);
        cr_assert_eq(clean(&once, given.data, given.length, shout), 0);
        cr_assert_eq(clean(&twice, once.data, once.length, shout), 0);
        cr_assert_str_eq(mc__text_string(&twice), mc__text_string(&once), "from \"%s\"",
                         mc__text_string(&given));
        cr_assert_null(strpbrk(mc__text_string(&once), "<>\"'"));
    }
}

static int clean_something(void)
{
    mc_scratch_text(out);

    return mc__clean_block(&out, "<B>LOUD</B> & CAF&Eacute;", 25, true);
}

Test(clean, survives_each_allocation_that_fails)
{
    cr_expect_geq(fail_each(clean_something), 4);
}

Test(clean, takes_linear_time)
{
    static const char *const pieces[] = {
        "<",    "<a b=\"", "<!--", "<script>",        "&",        "</",   "<a b='\"",
        "<b <", "<!x",     "&#1",  "<script><style>", "</script", "<a =", "<a b"};

    for (size_t i = 0; i < MC_COUNT(pieces); i++) {
        mc_scratch_text(given);
        mc_scratch_text(out);

        while (given.length < MC__TEXT_MAX - 16)
            mc__text_puts(&given, pieces[i]);
        cr_expect_eq(mc__clean_block(&out, given.data, given.length, true), 0, "%s", pieces[i]);
    }
}

/* Back again. */

Test(clean, plain_text_is_what_was_written)
{
    static const char *const texts[] = {"Fish & chips", "\"Which\" knot's best?", "a < b > c",
                                        "&& <> \"' &&", "Z\xC3\xBCrich",          ""};

    for (size_t i = 0; i < MC_COUNT(texts); i++) {
        mc_scratch_text(cleaned);
        mc_buffer *plain = NULL;

        cr_assert_eq(mc__clean_sentence(&cleaned, texts[i], strlen(texts[i]), false), 0);
        cr_assert_eq(mc_buffer_new(&plain, 0), 0);
        cr_assert_eq(mc_plain_text(plain, mc__text_string(&cleaned)), 0);
        cr_expect_str_eq(mc_buffer_bytes(plain), texts[i]);
        mc_buffer_free(plain);
    }
}

Test(clean, plain_text_undoes_one_escape_only)
{
    mc_buffer *plain = NULL;

    cr_assert_eq(mc_buffer_new(&plain, 12), 0);
    cr_assert_eq(mc_plain_text(plain, "&amp;lt; &lt"), 0);
    cr_expect_str_eq(mc_buffer_bytes(plain), "&lt; &lt");
    cr_expect_eq(mc_plain_text(plain, "&amp;&amp;&amp;&amp;&amp;"), MC_ETOOLARGE);
    cr_expect_str_eq(mc_buffer_bytes(plain), "&lt; &lt");
    mc_buffer_free(plain);
}
