/*
 * What entities stand for. Calls core only.
 */
#include "scan.h"

typedef struct name {
    char name[32];
    uint32_t character; /* 0: more than one */
} name;

/* In the order of strcmp(), for bsearch(). */
static const name names[] = {
#include "entity_names.h"
};

#define REPLACEMENT 0xFFFD

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
    return strcmp(key, ((const name *)entry)->name);
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
    const name *entry = bsearch(key, names, MC_COUNT(names), sizeof(names[0]), compare_names);
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
