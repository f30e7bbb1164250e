/* Undoes the escaping of cleaned fields (clean.c). */
#include "core/core.h"

#include <microcosm/render.h>

static const struct {
    const char *entity;
    size_t length;
    char character;
} escapes[] = {
    {"&amp;", 5, '&'}, {"&lt;", 4, '<'}, {"&gt;", 4, '>'}, {"&#34;", 5, '"'}, {"&#39;", 5, '\''}};

/* Appends what an entity stands for and returns where it ends; other text as it is. */
static const char *put_character(mc__text *out, const char *at)
{
    for (size_t i = 0; i < MC_COUNT(escapes); i++) {
        if (strncmp(at, escapes[i].entity, escapes[i].length) != 0)
            continue;
        mc__text_putc(out, escapes[i].character);
        return at + escapes[i].length;
    }
    mc__text_putc(out, *at);
    return at + 1;
}

int mc_plain_text(mc_buffer *out, const char *escaped)
{
    size_t before;

    if (!out || !escaped)
        return MC_EINVAL;
    before = out->length;
    for (const char *at = escaped; *at;) {
        size_t run = strcspn(at, "&");

        mc__text_append(out, at, run);
        at += run;
        if (*at)
            at = put_character(out, at);
    }
    return mc__text_settle(out, before);
}
