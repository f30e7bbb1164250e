/*
 * Finds what becomes a link without being marked as one: URLs, @names, #tags; and whose name is
 * behind an '@', for which it asks the caller once for each name. Calls clean.c.
 */
#include "stages.h"

#define TAG_MAX 100 /* bytes in a #tag */
#define KEYCAP 0x20E3
#define ENDS_MAX 4   /* where a name may end that punctuation follows */
#define HOST_MAX 100 /* bytes looked at before a name */

/* The character before `at`. */
static uint32_t character_before(const char *text, size_t at, uint32_t previous)
{
    size_t begin = at > 0 ? mc__step_back(text, at) : 0;

    return at > 0 ? mc__utf8_next(text, at, &begin) : previous;
}

static uint32_t character_at(const char *text, size_t length, size_t at)
{
    return mc__utf8_next(text, length, &at);
}

static bool begins_with(const char *text, size_t length, size_t at, const char *lower)
{
    return mc__slice_begins((mc__slice){text + at, length - at}, lower);
}

/* Whether a word may begin behind the character: in scripts without spaces, behind any letter. What
 * shows as nothing, and the frame of a key, are the ends of emoji. */
static bool may_begin_behind(uint32_t c)
{
    return !mc__char_is_word(c) || mc__char_is_spaceless(c) || !mc__char_is_visible(c) ||
           c == KEYCAP;
}

/* Punctuation beyond ASCII, of which some is in titles of pages: hyphens, dashes, dots. */
static bool ends_url(uint32_t c)
{
    bool is_in_titles =
        (c >= 0x2010 && c <= 0x2013) || (c >= 0x2030 && c <= 0x2038) || c == 0x30FB || c == 0xFF65;

    return mc__char_is_punctuation(c) && (c > 0xBF || c == 0xAB || c == 0xBB) && !is_in_titles;
}

/* Whether an end tag of BBCode, or of something like it, is at `at`. */
static bool is_end_tag(const char *text, size_t length, size_t at)
{
    size_t end = at + 2;

    if (length - at < 4 || text[at] != '[' || text[at + 1] != '/')
        return false;
    while (end < length && end - at < 16 && mc__char_is_letter((unsigned char)text[end]))
        end++;
    return end > at + 2 && end < length && text[end] == ']';
}

static bool begins_url(const char *text, size_t length, size_t at)
{
    return begins_with(text, length, at, "http://") || begins_with(text, length, at, "https://");
}

/* Whether the next of several URLs is behind the mark at `at`. */
static bool is_between_urls(const char *text, size_t length, size_t at)
{
    return text[at] != '\0' && strchr(",;|", text[at]) && begins_url(text, length, at + 1);
}

/* Up to white space, or what can't be in a URL either, such as the end of brackets around it. In
 * scripts without spaces the next URL may follow a word: neither is part of this one. */
static size_t find_url_end(const char *text, size_t length, size_t at)
{
    size_t word = length; /* where the letters without spaces before `at` begin */
    size_t depth = 0;

    while (at < length) {
        size_t next = at;
        uint32_t c = mc__utf8_next(text, length, &next);

        if (mc__char_is_space(c) || (c < 0x80 ? strchr("<>\"`", (int)c) != NULL : ends_url(c)) ||
            is_end_tag(text, length, at) || is_between_urls(text, length, at) ||
            (c == ']' && depth == 0) || (c >= 0xFDD0 && c <= 0xFDEF)) /* marks.h */
            break;
        depth = depth + (c == '[') - (c == ']');
        if (word < at && begins_url(text, length, at))
            return word;
        if (!mc__char_is_spaceless(c))
            word = length;
        else if (word > at)
            word = at;
        at = next;
    }
    return at;
}

/* Where the host's last part ends if it begins in ASCII, as no domain is written in two scripts:
 * what follows is text without a space. */
static size_t find_host_end(const char *text, size_t begin, size_t end)
{
    size_t part = end, host_end = begin;

    for (; host_end < end && !strchr("/?#", text[host_end]); host_end++) {
        if (text[host_end] == '.' || text[host_end] == ':')
            part = host_end + 1;
    }
    size_t at = part;
    while (at < host_end && (text[at] & 0x80) == 0)
        at++;
    bool is_mixed =
        at > part && at < host_end && mc__char_is_spaceless(character_at(text, end, at));
    return is_mixed ? at : end;
}

/* Up to white space. */
static size_t find_name_end(const char *text, size_t length, size_t at)
{
    while (at < length) {
        size_t next = at;

        if (mc__char_is_space(mc__utf8_next(text, length, &next)))
            break;
        at = next;
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
        if (end - begin > 2 && memcmp(text + end - 2, "'s", 2) == 0)
            end -= 2;
        uint32_t c = character_before(text, end, 0);
        const char *bracket = c < 0x80 ? strchr(closing, (int)c) : NULL;

        if (bracket && unopened[bracket - closing] > 0)
            unopened[bracket - closing]--;
        else if (c < 0x80 ? !strchr(".,:;!?'*_~", (int)c) : !mc__char_is_punctuation(c))
            break;
        end = mc__step_back(text, end);
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

    size_t end = find_host_end(text, host, find_url_end(text, length, host));
    *word = (mc__word){MC__WORD_URL, at, trim_url(text, host, end), at};
    return word->end > host;
}

static bool find_url(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    return may_begin_behind(before) && (read_url(text, length, at, "http://", word) ||
                                        read_url(text, length, at, "https://", word));
}

static bool find_www(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    if (!may_begin_behind(before) || before == '/' || before == '>' || before == ']' ||
        !read_url(text, length, at, "www.", word))
        return false;

    word->kind = MC__WORD_WWW;
    return true;
}

/* '@', '#' and '+', and those of full width. */
static size_t mark_size(const char *text, size_t at)
{
    return (unsigned char)text[at] < 0x80 ? 1 : 3;
}

/* What may follow a name without being part of it. */
static bool is_after_name(uint32_t c)
{
    return c < 0x80 ? strchr(",.:;?!-)\"'>]}", (int)c) != NULL : mc__char_is_punctuation(c);
}

/* Whether the bracket at the end was opened in the name. */
static bool is_closed(const char *text, size_t begin, size_t end)
{
    static const char closing[] = ")]}>", opening[] = "([{<";
    const char *bracket = strchr(closing, text[end - 1]);

    return bracket &&
           count(text, begin, end, opening[bracket - closing]) >= count(text, begin, end, *bracket);
}

static size_t trim_name(const char *text, size_t begin, size_t end)
{
    while (end > begin && is_after_name(character_before(text, end, 0)) &&
           !is_closed(text, begin, end)) {
        end = mc__step_back(text, end);
    }
    return end;
}

/* The punctuation behind a name may belong to it, as in "Wow!". Writes where it might end then, the
 * farthest first, and returns how many such ends there are. */
static size_t find_ends(const char *text, size_t length, const mc__word *word,
                        size_t ends[ENDS_MAX])
{
    size_t left = length - word->name, count = 0;
    size_t bound = left > MC__MENTION_NAME_MAX ? word->name + MC__MENTION_NAME_MAX + 1 : length;
    size_t end = find_name_end(text, bound, word->end);

    if (end - word->name > MC__MENTION_NAME_MAX || trim_name(text, word->name, end) != word->end)
        return 0;
    while (end > word->end && count < ENDS_MAX) {
        ends[count++] = end;
        end = mc__step_back(text, end);
    }
    return count;
}

/* What a name hardly has in it: more likely another word follows. */
static bool is_between_names(uint32_t c)
{
    return c < 0x80 ? strchr("@+/,:;?!()[]{}<>\"'&|=*~^$%\\`", (int)c) != NULL
                    : mc__char_is_punctuation(c);
}

/* Scripts that put no space between a name and what clings to it, or another letter than a space:
 * from Hebrew to Mongolian, and those without spaces. */
static bool is_clinging(uint32_t c)
{
    return (c >= 0x590 && c < 0x1D00) || mc__char_is_spaceless(c);
}

/* Between "@mira" and the Japanese for Ms, or an emoji. */
static bool is_border(uint32_t before, uint32_t c)
{
    if (mc__char_is_word(c))
        return is_clinging(c) != is_clinging(before);
    return c >= 0x80 && mc__char_is_word(before) && mc__char_is_visible(c);
}

/* "e.org/@mira" is an address elsewhere. */
static bool is_in_path(const char *text, size_t at)
{
    size_t end = at > 0 && text[at - 1] == '/' ? at - 1 : 0, begin = end;

    while (begin > 0 && end - begin < HOST_MAX && !strchr(" \t\n/(\"'<", text[begin - 1]))
        begin--;
    return mc__slice_is_host((mc__slice){text + begin, end - begin});
}

/* So is "@mira@e.org". */
static bool is_before_host(const char *text, size_t at, size_t end)
{
    size_t host = at + 1;

    return text[at] == '@' &&
           mc__slice_is_host((mc__slice){text + host, trim_name(text, host, end) - host});
}

/* Where the name ends before the "'s" of what is its owner's; the word's end if there is none. */
static size_t find_owned(const char *text, const mc__word *word)
{
    static const char *const endings[] = {"'s", "’s"};

    for (size_t i = 0; i < MC_COUNT(endings); i++) {
        size_t size = strlen(endings[i]);

        if (word->end - word->name > size && memcmp(text + word->end - size, endings[i], size) == 0)
            return word->end - size;
    }
    return word->end;
}

bool mc__word_shorten(const char *text, mc__word *word)
{
    size_t at = word->name, border = word->end, owned = find_owned(text, word);
    uint32_t previous = 0;

    if (owned < word->end) {
        word->end = owned;
        return true;
    }

    while (at < word->end) {
        size_t next = at;
        uint32_t c = mc__utf8_next(text, word->end, &next);

        if (at > word->name && is_before_host(text, at, word->end))
            return false;
        if (at > word->name && is_between_names(c))
            break;
        if (border == word->end && at > word->name && is_border(previous, c))
            border = at;
        if (mc__char_is_visible(c)) /* but for joiners */
            previous = c;
        at = next;
    }
    size_t end = trim_name(text, word->name, at == word->end ? border : at);
    if (end == word->name || end == word->end)
        return false;
    word->end = end;
    return true;
}

static bool find_name(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    size_t begin = at + mark_size(text, at);
    size_t bound =
        length - begin > MC__MENTION_NAME_MAX ? begin + MC__MENTION_NAME_MAX + 1 : length;

    if (!may_begin_behind(before) || before == '\\' || begin >= length || is_in_path(text, at))
        return false;

    *word = (mc__word){MC__WORD_NAME, at, find_name_end(text, bound, begin), begin};
    if (word->end - begin > MC__MENTION_NAME_MAX)
        return mc__word_shorten(text, word);
    word->end = trim_name(text, begin, word->end);
    return word->end > begin &&
           (text[at] != '+' || mc__char_is_word(character_at(text, length, begin)));
}

static bool find_tag(const char *text, size_t length, size_t at, uint32_t before, mc__word *word)
{
    size_t begin = at + mark_size(text, at), end = begin;
    bool has_letter = false;

    if (before != 0 && !mc__char_is_space(before) &&
        !(before >= 0x80 && mc__char_is_punctuation(before)))
        return false;
    for (size_t next = end; next < length; end = next) {
        uint32_t c = mc__utf8_next(text, length, &next);

        bool is_mark = mc__char_is_word(c) && !mc__char_is_letter(c) && c != '_';
        if ((!mc__char_is_word(c) && !mc__char_is_joiner(c)) ||
            (end == begin && (is_mark || mc__char_is_joiner(c))))
            break;
        has_letter |= c == '_' || (mc__char_is_letter(c) && !mc__char_is_number(c));
    }
    while (end > begin && mc__char_is_joiner(character_before(text, end, 0)))
        end -= 3;
    *word = (mc__word){MC__WORD_TAG, at, end, begin};
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
        case '\xEF': /* U+FF03 and U+FF20, '#' and '@' of full width */
            if (length - at > 3 && memcmp(text + at, "\xEF\xBC\xA0", 3) == 0)
                find = find_name;
            else if (length - at > 3 && memcmp(text + at, "\xEF\xBC\x83", 3) == 0)
                find = find_tag;
            else
                continue;
            break;
        default:
            continue;
        }
        if (find(text, length, at, character_before(text, at, previous), word))
            return true;
    }
    return false;
}

static int64_t find_known(const mc__sanitiser *s, const char *name, bool *is_known)
{
    for (size_t i = 0; i < s->known_count; i++) {
        if (strcmp(s->known[i].name, name) == 0) {
            *is_known = true;
            return s->known[i].profile_id;
        }
    }
    *is_known = false;
    return 0;
}

/* Asks for each name once, and for MC__MENTIONS_MAX at most. */
static int64_t find_profile(mc__sanitiser *s, const char *text, size_t length)
{
    mc__printable filter = {.spaces = MC__SPACES_NONE}; /* as names are kept, but for joiners */
    mc_scratch_text(plain);
    mc_scratch_text(name);
    bool is_known;

    for (size_t at = 0; at < length;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        if (!mc__char_is_joiner(c))
            mc__printable_put(&filter, &plain, c);
    }
    mc__text_lower(&name, plain.data, plain.length);
    if (name.error || plain.error) {
        s->out->error = MC_ENOMEM;
        return 0;
    }

    int64_t id = find_known(s, mc__text_string(&name), &is_known);
    if (is_known || s->known_count == MC__MENTIONS_MAX)
        return id;
    id = s->lookup(s->lookup_data, mc__text_string(&name));
    s->known[s->known_count++] =
        (mc__known_name){mc__arena_copy(&s->arena, name.data, name.length), id > 0 ? id : 0};
    if (s->arena.failed)
        s->out->error = MC_ENOMEM;
    return id > 0 ? id : 0;
}

/* False if it would be one more than may be mentioned. */
static bool note_mention(mc__rendered *found, int64_t profile_id)
{
    for (size_t i = 0; i < found->mentioned_count; i++) {
        if (found->mentioned[i] == profile_id)
            return true;
    }
    if (found->mentioned_count == MC__MENTIONED_MAX)
        return false;
    found->mentioned[found->mentioned_count++] = profile_id;
    return true;
}

int64_t mc__mention_find(mc__sanitiser *s, const char *text, size_t length, mc__word *word)
{
    size_t ends[ENDS_MAX], count = find_ends(text, length, word, ends);
    int64_t id = 0;

    for (size_t i = 0; i < count && id == 0; i++) {
        id = find_profile(s, text + word->name, ends[i] - word->name);
        if (id > 0)
            word->end = ends[i];
    }
    while (id == 0) {
        id = find_profile(s, text + word->name, word->end - word->name);
        if (id == 0 && !mc__word_shorten(text, word))
            break;
    }
    return id > 0 && note_mention(&s->found, id) ? id : 0;
}
