/* What names and contents of files say, before the database reads them. */
#include "import.h"

mc__move_kind mc__import_kind(const char *path)
{
    size_t length = strlen(path);

    if (length < 6 || strcmp(path + length - 5, ".json") != 0)
        return MC_MOVE_KINDS;
    for (int kind = 0; kind < MC_MOVE_KINDS; kind++) {
        size_t folder = strlen(mc__move_folder((mc__move_kind)kind));

        if (strncmp(path, mc__move_folder((mc__move_kind)kind), folder) == 0 && path[folder] == '/')
            return strcmp(path + folder + 1, "index.json") == 0 ? MC_MOVE_KINDS
                                                                : (mc__move_kind)kind;
    }
    return MC_MOVE_KINDS;
}

/* The end of the string that begins at a quote; NULL: it has none. */
static char *end_of_string(char *at, const char *end)
{
    for (at++; at < end; at++) {
        if (*at == '\\')
            at++;
        else if (*at == '"')
            return at;
    }
    return NULL;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

/* Where the value of a member of an object begins, whose brace is at `at`; NULL: it has none. */
static char *find_member(char *at, char *end, const char *member)
{
    size_t length = strlen(member);
    int depth = 0;

    for (; at < end; at++) {
        char *from = at, *next;

        if (*at == '{' || *at == '[')
            depth++;
        else if ((*at == '}' || *at == ']') && --depth == 0)
            return NULL;
        if (*at != '"')
            continue;
        at = end_of_string(at, end);
        if (!at)
            return NULL;
        for (next = at + 1; next < end && is_space(*next); next++)
            ;
        if (depth != 1 || next == end || *next != ':' || (size_t)(at - from - 1) != length ||
            memcmp(from + 1, member, length) != 0)
            continue;
        for (next++; next < end && is_space(*next); next++)
            ;
        return next < end ? next : NULL;
    }
    return NULL;
}

bool mc__import_cut(mc__text *text, mc__cut *out, mc__text *rest, const char *within,
                    const char *member)
{
    char *end = text->data + text->length, *at = text->data, *close;

    while (at < end && is_space(*at))
        at++;
    if (within)
        at = find_member(at, end, within);
    at = at && at < end && *at == '{' ? find_member(at, end, member) : NULL;
    close = at && *at == '"' ? end_of_string(at, end) : NULL;
    if (!close)
        return false;
    *out = (mc__cut){at + 1, (size_t)(close - at - 1)};
    mc__text_append(rest, text->data, (size_t)(at + 1 - text->data));
    mc__text_append(rest, close, (size_t)(end - close));
    return true;
}

bool mc__import_bytes(mc__cut *url)
{
    static const char mark[] = ";base64,";
    char *comma;

    if (url->length < 5 || strncmp(url->value, "data:", 5) != 0)
        return false;
    comma = memchr(url->value, ',', url->length);
    if (!comma || comma - url->value < (long)sizeof(mark) - 1 ||
        memcmp(comma - (sizeof(mark) - 2), mark, sizeof(mark) - 1) != 0)
        return false;
    url->length -= (size_t)(comma + 1 - url->value);
    url->value = comma + 1;
    return true;
}
