/*
 * Finds what becomes a link without being marked as one: URLs, @names, #tags. Calls scan.c,
 * unicode.c.
 */
#include "stages.h"
#include "scan.h"

#define TAG_MAX 100 /* bytes in a #tag */

/* The character before `at`. */
static uint32_t character_before(const char *text, size_t at, uint32_t previous)
{
    size_t begin = at;

    if (at == 0)
        return previous;
    do
        begin--;
    while (begin > 0 && at - begin < 4 && ((unsigned char)text[begin] & 0xC0) == 0x80);
    return mc__utf8_next(text, at, &begin);
}

static uint32_t character_at(const char *text, size_t length, size_t at)
{
    return mc__utf8_next(text, length, &at);
}

static bool begins_with(const char *text, size_t length, size_t at, const char *lower)
{
    size_t size = strlen(lower);

    return length - at >= size && mc__name_is(text + at, size, lower);
}

/* Up to white space, or what can't be in a URL either. */
static size_t find_end(const char *text, size_t length, size_t at, const char *stops)
{
    while (at < length) {
        size_t next = at;

        if ((unsigned char)text[at] < 0x80) {
            if (mc__char_is_space((unsigned char)text[at]) || (*stops && strchr(stops, text[at])))
                break;
            at++;
        } else if (mc__char_is_space(mc__utf8_next(text, length, &next))) {
            break;
        } else {
            at = next;
        }
    }
    return at;
}

static size_t count(const char *text, size_t begin, size_t end, char c)
{
    size_t n = 0;

    for (size_t i = begin; i < end; i++)
        n += text[i] == c;
    return n;
}

/*
 * Takes off the end what belongs to the sentence rather than to the URL: punctuation, and closing
 * brackets that were not opened in it.
 */
static size_t trim_url(const char *text, size_t begin, size_t end)
{
    static const char closing[] = ")]}", opening[] = "([{";
    size_t unopened[3];

    for (size_t i = 0; i < 3; i++) {
        size_t opened = count(text, begin, end, opening[i]),
               closed = count(text, begin, end, closing[i]);
        unopened[i] = closed > opened ? closed - opened : 0;
    }
    while (end > begin) {
        uint32_t c = character_before(text, end, 0);
        const char *bracket = c < 0x80 ? strchr(closing, (int)c) : NULL;

        if (bracket && unopened[bracket - closing] > 0)
            unopened[bracket - closing]--;
        else if (c < 0x80 ? !strchr(".,:;!?'*_~", (int)c) : mc__char_is_word(c))
            break;
        do
            end--;
        while (((unsigned char)text[end] & 0xC0) == 0x80);
    }
    return end;
}

static bool read_url(const char *text, size_t length, size_t at, const char *scheme, mc__word *word)
{
    if (!begins_with(text, length, at, scheme))
        return false;

    size_t host = at + strlen(scheme);
    uint32_t first = host < length ? character_at(text, length, host) : 0;
    if (!mc__char_is_letter(first) && first != '[')
        return false;

    *word = (mc__word){MC__WORD_URL, at, find_end(text, length, host, "<>\"`")};
    word->end = trim_url(text, host, word->end);
    return word->end > host;
}

static bool find_url(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    return !mc__char_is_word(before) && (read_url(text, length, at, "http://", word) ||
                                         read_url(text, length, at, "https://", word));
}

static bool find_www(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    if (mc__char_is_word(before) || before == '/' || before == '>' || before == ']' ||
        !read_url(text, length, at, "www.", word))
        return false;

    word->kind = MC__WORD_WWW;
    return true;
}

/* What may follow a name without being part of it. */
static bool is_after_name(uint32_t c)
{
    return c < 0x80 ? strchr(",.:;?!-)\"'>]}", (int)c) != NULL
                    : c == 0x2019 || c == 0x201D || c == 0xBB || c == 0x2026;
}

static size_t trim_name(const char *text, size_t begin, size_t end)
{
    while (end > begin && is_after_name(character_before(text, end, 0))) {
        do
            end--;
        while (((unsigned char)text[end] & 0xC0) == 0x80);
    }
    return end;
}

bool mc__word_shorten(const char *text, mc__word *word)
{
    size_t at = word->begin + 1;

    while (at < word->end) {
        size_t next = at;
        uint32_t c = mc__utf8_next(text, word->end, &next);

        if (c == 0x2019 || (c < 0x80 && strchr("@+/,:;?!()[]{}<>\"'", (int)c)))
            break;
        at = next;
    }
    size_t end = trim_name(text, word->begin + 1, at);
    if (end == word->begin + 1 || end == word->end)
        return false;
    word->end = end;
    return true;
}

static bool find_name(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    size_t begin = at + 1;
    size_t bound =
        length - begin > MC__MENTION_NAME_MAX ? begin + MC__MENTION_NAME_MAX + 1 : length;

    if (mc__char_is_word(before) || begin >= length ||
        !mc__char_is_word(character_at(text, length, begin)))
        return false;

    *word = (mc__word){MC__WORD_NAME, at, find_end(text, bound, begin, "")};
    if (word->end - begin > MC__MENTION_NAME_MAX)
        return mc__word_shorten(text, word);
    word->end = trim_name(text, begin, word->end);
    return word->end > begin;
}

static bool find_tag(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    size_t begin = at + 1, end = begin;
    bool has_letter = false;

    if (before != 0 && !mc__char_is_space(before))
        return false;
    for (size_t next = end; end < length; end = next) {
        uint32_t c = mc__utf8_next(text, length, &next);

        if (!mc__char_is_word(c))
            break;
        has_letter |= c > '9';
    }
    *word = (mc__word){MC__WORD_TAG, at, end};
    return has_letter && end - begin <= TAG_MAX;
}

bool mc__word_find(const char *text, size_t length, size_t at, uint32_t previous, mc__word *word)
{
    for (; at < length; at++) {
        bool (*find)(const char *, size_t, size_t, uint32_t, mc__word *) = NULL;

        switch (text[at]) {
        case 'h':
        case 'H':
            find = find_url;
            break;
        case 'w':
        case 'W':
            find = find_www;
            break;
        case '@':
        case '+':
            find = find_name;
            break;
        case '#':
            find = find_tag;
            break;
        default:
            continue;
        }
        if (find(text, length, at, character_before(text, at, previous), word))
            return true;
    }
    return false;
}
