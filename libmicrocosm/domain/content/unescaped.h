/* Plain fields are stored escaped for HTML; this reads them for other formats. */
#ifndef MC_CONTENT_UNESCAPED_H
#define MC_CONTENT_UNESCAPED_H

#include "core/core.h"

/* The byte that a text stands for at its beginning, and how many bytes say so. */
static inline char mc__unescaped(const char *text, size_t *length)
{
    static const struct {
        const char *escaped;
        char character;
    } all[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&#34;", '"'}, {"&#39;", '\''}};

    for (size_t i = 0; i < MC_COUNT(all); i++) {
        *length = strlen(all[i].escaped);
        if (strncmp(text, all[i].escaped, *length) == 0)
            return all[i].character;
    }
    *length = 1;
    return *text;
}

#endif
