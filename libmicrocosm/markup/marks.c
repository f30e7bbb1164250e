/*
 * Marks of our own in text. Calls core only.
 */
#include "marks.h"

enum { FIRST = 0xFDD0, TOKEN = FIRST, TOKEN_END, AWAY };

static const char away[] = "_*~|`<>-:[]=@&";
static const char escaped[] = MC__ESCAPED;

enum { NOTHING = AWAY + sizeof(away) - 1, ESCAPED };

uint32_t mc__mark_escaped(char c)
{
    return (uint32_t)(ESCAPED + (strchr(escaped, c) - escaped));
}

void mc__mark_put_away(mc__text *out, char c)
{
    const char *place = c ? strchr(away, c) : NULL;

    if (place)
        mc__text_utf8(out, (uint32_t)(AWAY + (place - away)));
    else
        mc__text_putc(out, c);
}

void mc__mark_put_escaped(mc__text *out, char c)
{
    mc__text_utf8(out, mc__mark_escaped(c));
}

void mc__mark_put_nothing(mc__text *out)
{
    mc__text_utf8(out, NOTHING);
}

void mc__mark_put_token(mc__text *out, size_t token)
{
    mc__text_putc(out, ',');
    mc__text_utf8(out, TOKEN);
    mc__text_format(out, "%zu", token);
    mc__text_utf8(out, TOKEN_END);
    mc__text_putc(out, ',');
}

static size_t find_place(const char *text, size_t length, size_t at)
{
    while (at + MC__MARK_SIZE <= length) {
        const char *place = memchr(text + at, 0xEF, length - at);
        if (!place)
            break;

        at = (size_t)(place - text);
        if (at + MC__MARK_SIZE <= length && (unsigned char)place[1] == 0xB7 &&
            (unsigned char)place[2] >= 0x90 && (unsigned char)place[2] <= 0xAF)
            return at;
        at++;
    }
    return length;
}

bool mc__mark_find(const char *text, size_t length, size_t at, mc__mark *mark)
{
    size_t begin = find_place(text, length, at);

    if (begin == length)
        return false;

    int c = FIRST + (unsigned char)text[begin + 2] - 0x90;
    *mark = (mc__mark){.begin = begin, .end = begin + MC__MARK_SIZE};
    if (c >= ESCAPED) {
        mark->kind = MC__MARK_ESCAPED;
        mark->character = escaped[(size_t)(c - ESCAPED) % (sizeof(escaped) - 1)];
    } else if (c >= AWAY) {
        mark->character = away[c - AWAY]; /* 0: NOTHING */
    } else {
        mark->kind = MC__MARK_TOKEN;
        mark->begin -= begin > at && text[begin - 1] == ',';
        for (; mark->end < length && text[mark->end] >= '0' && text[mark->end] <= '9'; mark->end++)
            mark->token = mark->token * 10 + (size_t)(text[mark->end] - '0');
        mark->end += mark->end + MC__MARK_SIZE <= length ? MC__MARK_SIZE : 0;
        mark->end += mark->end < length && text[mark->end] == ',';
    }
    return true;
}
