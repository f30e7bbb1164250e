#include "json_check.h"

#include <string.h>

static bool wrong(mc__json_check *c, const char *problem)
{
    c->problem = problem;
    return false;
}

/* The next byte, or NUL at the end (a NUL in the text is nowhere valid either). */
static char next(const mc__json_check *c)
{
    return c->at < c->length ? c->text[c->at] : '\0';
}

static bool take(mc__json_check *c, char wanted)
{
    if (next(c) != wanted)
        return false;
    c->at++;
    return true;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* What may follow a backslash, besides u. */
static bool is_escaped(char c)
{
    return c != '\0' && strchr("\"\\/bfnrt", c);
}

static void skip_space(mc__json_check *c)
{
    while (c->at < c->length && is_space(c->text[c->at]))
        c->at++;
}

static bool take_digits(mc__json_check *c)
{
    size_t start = c->at;

    while (next(c) >= '0' && next(c) <= '9')
        c->at++;
    return c->at > start;
}

static bool check_number(mc__json_check *c)
{
    take(c, '-');
    if (take(c, '0')) {
        if (next(c) >= '0' && next(c) <= '9')
            return wrong(c, "a number must not begin with 0");
    } else if (!take_digits(c)) {
        return wrong(c, "a value is expected");
    }
    if (take(c, '.') && !take_digits(c))
        return wrong(c, "a digit is expected");
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+'))
            take(c, '-');
        if (!take_digits(c))
            return wrong(c, "a digit is expected");
    }
    if (next(c) == 'x' || next(c) == 'X')
        return wrong(c, "numbers are decimal");
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits of a \u escape; -1 if they aren't. */
static int take_unit(mc__json_check *c)
{
    int unit = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(next(c));

        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
        c->at++;
    }
    return unit;
}

static bool check_unit(mc__json_check *c, bool is_key)
{
    int unit = take_unit(c);

    if (unit < 0)
        return wrong(c, "four hexadecimal digits are expected");
    if (unit == 0 && is_key)
        return wrong(c, "a key must not contain NUL");
    if (unit < 0xd800 || unit > 0xdfff)
        return true;
    if (unit > 0xdbff || !take(c, '\\') || !take(c, 'u'))
        return wrong(c, "half of a surrogate pair is no character");
    unit = take_unit(c);
    return (unit >= 0xdc00 && unit <= 0xdfff) ||
           wrong(c, "half of a surrogate pair is no character");
}

static bool check_string(mc__json_check *c, bool is_key)
{
    c->at++; /* the quote */
    while (c->at < c->length) {
        unsigned char byte = (unsigned char)c->text[c->at];

        if (byte < ' ')
            return wrong(c, "a control character in a text must be escaped");
        c->at++;
        if (byte == '"')
            return true;
        if (byte != '\\')
            continue;
        if (take(c, 'u')) {
            if (!check_unit(c, is_key))
                return false;
        } else if (c->at >= c->length || !is_escaped(c->text[c->at])) {
            return wrong(c, "there is no such escape");
        } else {
            c->at++;
        }
    }
    return wrong(c, "the text does not end");
}

static bool check_word(mc__json_check *c)
{
    static const char *const words[] = {"true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t length = strlen(words[i]);

        if (c->length - c->at >= length && memcmp(c->text + c->at, words[i], length) == 0) {
            c->at += length;
            return true;
        }
    }
    return wrong(c, c->at == c->length ? "it ends too early" : "a value is expected");
}

static bool check_member(mc__json_check *c)
{
    if (next(c) != '"')
        return wrong(c, "a key in double quotes is expected");
    if (!check_string(c, true))
        return false;
    skip_space(c);
    if (!take(c, ':'))
        return wrong(c, "a colon is expected");
    return mc__json_check_value(c);
}

static bool check_container(mc__json_check *c, char end)
{
    c->at++; /* the bracket */
    if (++c->depth > c->depth_max)
        return wrong(c, "it is nested too deeply");
    skip_space(c);
    if (!take(c, end)) {
        do {
            skip_space(c);
            if (!(end == '}' ? check_member(c) : mc__json_check_value(c)))
                return false;
            skip_space(c);
        } while (take(c, ','));
        if (!take(c, end))
            return wrong(c, "a comma or the closing bracket is expected");
    }
    c->depth--;
    return true;
}

/* Recursion ends at depth_max. */
bool mc__json_check_value(mc__json_check *c)
{
    char first;

    skip_space(c);
    first = next(c);
    if (first == '{')
        return check_container(c, '}');
    if (first == '[')
        return check_container(c, ']');
    if (first == '"')
        return check_string(c, false);
    if (first == '-' || (first >= '0' && first <= '9'))
        return check_number(c);
    return check_word(c);
}

/* Whether a text that ends at this place is a key: only keys have a colon behind them. */
static bool colon_follows(const mc__json_check *c, size_t at)
{
    while (at < c->at && is_space(c->text[at]))
        at++;
    return at < c->at && c->text[at] == ':';
}

static size_t string_end(const char *text, size_t at)
{
    for (at++; text[at] != '"'; at++)
        at += text[at] == '\\';
    return at + 1;
}

void mc__json_lower_keys(const mc__json_check *c, char *out)
{
    memcpy(out, c->text, c->at);
    for (size_t at = 0; at < c->at;) {
        size_t end;

        if (out[at] != '"') {
            at++;
            continue;
        }
        end = string_end(out, at);
        for (; colon_follows(c, end) && at < end; at++) {
            if (out[at] == '\\')
                at++; /* the letter of an escape isn't one of the key */
            else if (out[at] >= 'A' && out[at] <= 'Z')
                out[at] |= 0x20;
        }
        at = end;
    }
}
