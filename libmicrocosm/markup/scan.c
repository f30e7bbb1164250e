/*
 * Finds tags and entities in text that may be anything. Calls slice.c.
 */
#include "scan.h"

#define NOWHERE SIZE_MAX
#define REPLACEMENT 0xFFFD

static bool is_white(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Whether it is known that nothing more of it follows. */
static bool is_hopeless(const mc__scan *scan, enum mc__sought sought, size_t from)
{
    return from >= scan->length || (scan->none_from[sought] && from >= scan->none_from[sought]);
}

/* Where that is; remembers it if that is nowhere. */
static size_t found(mc__scan *scan, enum mc__sought sought, size_t from, const char *place)
{
    if (!place && (!scan->none_from[sought] || from < scan->none_from[sought]))
        scan->none_from[sought] = from;
    return place ? (size_t)(place - scan->text) : NOWHERE;
}

static size_t find(mc__scan *scan, enum mc__sought sought, size_t from, const char *what)
{
    if (is_hopeless(scan, sought, from))
        return NOWHERE;
    return found(scan, sought, from,
                 memmem(scan->text + from, scan->length - from, what, strlen(what)));
}

static const char *next_closer(const mc__scan *scan, size_t from, const char *name)
{
    size_t length = strlen(name);

    while (from < scan->length) {
        const char *place = memmem(scan->text + from, scan->length - from, "</", 2);
        if (!place)
            return NULL;

        size_t at = (size_t)(place - scan->text);
        size_t left = scan->length - at - 2;
        if (left >= length && mc__slice_is((mc__slice){place + 2, length}, name) &&
            (left == length || !mc__is_letter(place[2 + length])))
            return place;
        from = at + 2;
    }
    return NULL;
}

size_t mc__scan_closer(mc__scan *scan, size_t at, const char *name, unsigned slot)
{
    enum mc__sought sought = MC__SOUGHT_CLOSER + slot;

    if (is_hopeless(scan, sought, at))
        return NOWHERE;
    return found(scan, sought, at, next_closer(scan, at, name));
}

static size_t skip_blanks(const mc__scan *scan, size_t at)
{
    while (at < scan->length && is_white(scan->text[at]))
        at++;
    return at;
}

/* First place from `at` on where one of these characters stands, or white space if asked for. */
static size_t skip_until(const mc__scan *scan, size_t at, const char *stops)
{
    while (at < scan->length && !is_white(scan->text[at]) && !strchr(stops, scan->text[at]))
        at++;
    return at;
}

/* Behind the value that begins at `at`, or NOWHERE if its quote is never closed. */
static size_t skip_value(mc__scan *scan, size_t at)
{
    if (at >= scan->length)
        return NOWHERE;

    char c = scan->text[at];
    if (c != '"' && c != '\'')
        return skip_until(scan, at, "<>");

    size_t end = c == '"' ? find(scan, MC__SOUGHT_DOUBLE_QUOTE, at + 1, "\"")
                          : find(scan, MC__SOUGHT_SINGLE_QUOTE, at + 1, "'");
    return end == NOWHERE ? NOWHERE : end + 1;
}

static size_t skip_attribute(mc__scan *scan, size_t at)
{
    size_t end = skip_until(scan, at + 1, "<>/=");
    size_t next = skip_blanks(scan, end);

    if (next >= scan->length || scan->text[next] != '=')
        return end;
    return skip_value(scan, skip_blanks(scan, next + 1));
}

/* Behind the '>' that ends the attributes at `at`, or NOWHERE. */
static size_t skip_attributes(mc__scan *scan, size_t at)
{
    while (at < scan->length) {
        char c = scan->text[at];

        if (c == '>')
            return at + 1;
        if (c == '<')
            return NOWHERE;
        at = is_white(c) || c == '/' ? at + 1 : skip_attribute(scan, at);
    }
    return NOWHERE;
}

static bool scan_named(mc__scan *scan, size_t name_at, mc__tag *tag)
{
    size_t name_end = skip_until(scan, name_at, "<>/");

    tag->name = (mc__slice){scan->text + name_at, name_end - name_at};
    tag->attributes = name_end;
    tag->end = skip_attributes(scan, name_end);
    return tag->end != NOWHERE;
}

/* <!...>; but <?...> is what programs have, as PHP, and text. */
static bool scan_other(mc__scan *scan, size_t at, mc__tag *tag)
{
    size_t left = scan->length - at;
    size_t end;

    *tag = (mc__tag){.kind = MC__TAG_OTHER};
    if (left >= 4 && memcmp(scan->text + at, "<!--", 4) == 0) {
        end = find(scan, MC__SOUGHT_COMMENT_END, at + 2, "-->"); /* <!--> is a whole comment */
        tag->end = end == NOWHERE ? NOWHERE : end + 3;
        return end != NOWHERE;
    }
    if (left < 3 || !(mc__is_letter(scan->text[at + 2]) || scan->text[at + 2] == '['))
        return false;
    for (end = at + 2; end < scan->length && scan->text[end] != '<'; end++) {
        if (scan->text[end] == '>') {
            tag->end = end + 1;
            return true;
        }
    }
    return false;
}

bool mc__scan_tag(mc__scan *scan, size_t at, mc__tag *tag)
{
    if (scan->length - at < 3)
        return false;

    char c = scan->text[at + 1];
    if (c == '!')
        return scan_other(scan, at, tag);

    tag->kind = c == '/' ? MC__TAG_CLOSE : MC__TAG_OPEN;
    size_t name_at = at + 1 + (tag->kind == MC__TAG_CLOSE);
    return mc__is_letter(scan->text[name_at]) && scan_named(scan, name_at, tag);
}

static mc__slice unquote(mc__slice s)
{
    bool is_quoted = s.text[0] == '"' || s.text[0] == '\'';

    return is_quoted ? (mc__slice){s.text + 1, s.length - 2} : s;
}

/* The tag is known to be complete, so every quote in it has its end. */
bool mc__scan_attribute(const mc__scan *scan, const mc__tag *tag, size_t *at,
                        mc__attribute *attribute)
{
    mc__scan inside = {.text = scan->text, .length = tag->end - 1};
    size_t begin = *at;

    while (begin < inside.length && (is_white(inside.text[begin]) || inside.text[begin] == '/'))
        begin++;
    if (begin >= inside.length)
        return false;

    size_t name_end = skip_until(&inside, begin + 1, "<>/=");
    *attribute = (mc__attribute){.name = {inside.text + begin, name_end - begin}};

    size_t equals = skip_blanks(&inside, name_end);
    size_t value = skip_blanks(&inside, equals + 1);
    *at = name_end;
    if (equals < inside.length && inside.text[equals] == '=') {
        *at = inside.length;
        if (value < inside.length) {
            *at = skip_value(&inside, value);
            attribute->value = unquote((mc__slice){inside.text + value, *at - value});
        }
    }
    return true;
}

typedef struct entity {
    char name[32];
    uint32_t character; /* 0: more than one */
} entity;

/* In the order of strcmp(), for bsearch(). */
static const entity names[] = {
#include "entity_names.h"
};

static int digit_of(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : 16;
}

static bool is_character(uint32_t c)
{
    return c > 0 && c <= 0x10FFFF && !(c >= 0xD800 && c <= 0xDFFF);
}

/* &#...; and &#x...; */
static size_t read_number(const char *text, size_t length, uint32_t *character)
{
    bool hexadecimal = length > 2 && (text[2] == 'x' || text[2] == 'X');
    int base = hexadecimal ? 16 : 10;
    size_t first = 2 + hexadecimal, at = first;
    uint32_t number = 0;

    for (; at < length && at - first < 7 && digit_of(text[at]) < base; at++)
        number = number * (uint32_t)base + (uint32_t)digit_of(text[at]);
    if (at == first || at >= length || text[at] != ';')
        return 0;

    *character = is_character(number) ? number : REPLACEMENT;
    return at + 1;
}

static int compare_names(const void *key, const void *entry)
{
    return strcmp(key, ((const entity *)entry)->name);
}

static size_t read_name(const char *text, size_t length, uint32_t *character)
{
    char key[sizeof(names[0].name)];
    size_t at = 1;

    for (; at < length && at < sizeof(key) && text[at] != ';'; at++)
        key[at - 1] = text[at];
    if (at >= length || text[at] != ';')
        return 0;

    key[at - 1] = '\0';
    const entity *entry = bsearch(key, names, MC_COUNT(names), sizeof(names[0]), compare_names);
    if (!entry)
        return 0;
    *character = entry->character;
    return at + 1;
}

size_t mc__entity(const char *text, size_t length, uint32_t *character)
{
    if (length < 3)
        return 0;
    return text[1] == '#' ? read_number(text, length, character)
                          : read_name(text, length, character);
}
