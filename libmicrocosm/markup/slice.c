/* Pieces of text. Calls core only. */
#include "slice.h"

#define DIGITS_MAX 19 /* of a number, as an int64_t may have */

/* Whether so many characters of both are the same, but for capitals. */
static bool is_same(const char *text, const char *lower, size_t length)
{
    size_t i = 0;

    while (i < length && (text[i] >= 'A' && text[i] <= 'Z' ? text[i] | 0x20 : text[i]) == lower[i])
        i++;
    return i == length;
}

bool mc__slice_is(mc__slice s, const char *lower)
{
    return strlen(lower) == s.length && is_same(s.text, lower, s.length);
}

bool mc__slice_find(mc__slice s, const char *words, size_t *number)
{
    for (size_t length; *words; words += length + (words[length] == ' '), (*number)++) {
        length = strcspn(words, " ");
        if (length == s.length && is_same(s.text, words, length))
            return true;
    }
    return false;
}

bool mc__slice_is_among(mc__slice s, const char *words)
{
    size_t number = 0;

    return mc__slice_find(s, words, &number);
}

bool mc__slice_begins(mc__slice s, const char *lower)
{
    size_t length = strlen(lower);

    return s.length >= length && is_same(s.text, lower, length);
}

bool mc__slice_has(mc__slice s, const char *characters)
{
    mc__slice rest = s;

    return mc__slice_cut(&rest, characters).length < s.length;
}

bool mc__slice_is_number(mc__slice s)
{
    size_t digits = 0;

    while (digits < s.length && mc__is_digit(s.text[digits]))
        digits++;
    return digits > 0 && digits == s.length && digits <= DIGITS_MAX;
}

bool mc__slice_is_address(mc__slice s)
{
    return mc__slice_begins(s, "http://") || mc__slice_begins(s, "https://") ||
           mc__slice_begins(s, "www.");
}

bool mc__slice_is_host(mc__slice s)
{
    bool has_dot = false;

    for (size_t i = 0; i < s.length; i++) {
        has_dot |= s.text[i] == '.' && i > 0 && i + 1 < s.length;
        if (!mc__is_letter(s.text[i]) && !mc__is_digit(s.text[i]) && !strchr(".-", s.text[i]))
            return false;
    }
    return has_dot;
}

mc__slice mc__slice_trim_end(mc__slice s, const char *characters)
{
    while (s.length > 0 && strchr(characters, s.text[s.length - 1]))
        s.length--;
    return s;
}

mc__slice mc__slice_trim(mc__slice s, const char *characters)
{
    while (s.length > 0 && strchr(characters, s.text[0]))
        s = mc__slice_behind(s, 1);
    return mc__slice_trim_end(s, characters);
}

mc__slice mc__slice_cut(mc__slice *rest, const char *stops)
{
    mc__slice head = {rest->text, 0};

    while (head.length < rest->length && !strchr(stops, rest->text[head.length]))
        head.length++;
    *rest = mc__slice_behind(*rest, head.length);
    return head;
}
