#include "reply.h"

#include <stdio.h>
#include <string.h>

/* The escape of the character at text, or NULL if it needs none; *length: its length in bytes. */
static const char *escape_of(const char *text, size_t *length, char scratch[8])
{
    unsigned char c = (unsigned char)*text;

    *length = 1;
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    case 0xe2: /* U+2028 and U+2029 end a line in script */
        if ((unsigned char)text[1] != 0x80 || ((unsigned char)text[2] | 1) != 0xa9)
            return NULL;
        *length = 3;
        return (unsigned char)text[2] == 0xa8 ? "\\u2028" : "\\u2029";
    default:
        if (c >= ' ' && c != '<' && c != '>' && c != '&')
            return NULL;
        snprintf(scratch, 8, "\\u%04x", c);
        return scratch;
    }
}

int json_string(mc_buffer *out, const char *text)
{
    const char *run = text; /* characters without escape are copied together */
    char scratch[8];
    int rc = mc_buffer_append(out, "\"", 1);

    while (rc == 0 && *text) {
        size_t length;
        const char *escape = escape_of(text, &length, scratch);

        if (!escape) {
            text++;
            continue;
        }
        rc = mc_buffer_append(out, run, (size_t)(text - run));
        if (rc == 0)
            rc = mc_buffer_append(out, escape, strlen(escape));
        text += length;
        run = text;
    }
    if (rc == 0)
        rc = mc_buffer_append(out, run, (size_t)(text - run));
    return rc < 0 ? rc : mc_buffer_append(out, "\"", 1);
}
