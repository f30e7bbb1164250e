#include "range.h"
#include "base/text.h"

#include <string.h>
#include <strings.h>

/* Reads the digits at *text, if there are any. False if the number is too large. */
static bool take_number(const char **text, int64_t *out, bool *given)
{
    size_t digits = strspn(*text, "0123456789");

    *given = digits > 0;
    if (*given && !text_number(out, *text, digits))
        return false;
    *text += digits;
    return true;
}

range_kind range_read(const char *header, int64_t size, int64_t *offset, int64_t *length)
{
    int64_t first = 0, last = 0;
    bool has_first, has_last;

    *offset = 0;
    *length = size;
    if (!header || strncasecmp(header, "bytes=", 6) != 0)
        return RANGE_WHOLE;
    header += 6;
    if (!take_number(&header, &first, &has_first) || *header++ != '-' ||
        !take_number(&header, &last, &has_last) || *header || !(has_first || has_last) ||
        (has_first && has_last && last < first))
        return RANGE_WHOLE;
    if (!has_first) { /* the last so many bytes */
        if (last == 0)
            return RANGE_OUTSIDE;
        first = last < size ? size - last : 0;
        has_last = false;
    }
    if (first >= size)
        return RANGE_OUTSIDE;
    *offset = first;
    *length = (has_last && last < size ? last + 1 : size) - first;
    return RANGE_PART;
}

bool etag_matches(const char *header, const char *tag)
{
    return header && (strcmp(header, "*") == 0 || strstr(header, tag));
}
