/*
 * By what names are compared and sorted. Calls unicode.c, utf8proc.
 *
 * Names are folded as NFKC_Casefold of Unicode does: compatible and composed forms, case, and what
 * shows as nothing make no difference. The key then replaces each character by what it looks like
 * (UTS #39), so that names that look alike have the same key. Some capitals look like something
 * else than their small letters, "I" like "l": a second key, the look, has what the name looks like
 * as it is written. Both stay decomposed: the beginning of a key is the key of a beginning, and
 * accents sort behind their letters.
 */
#include "core.h"

#include "confusables.h"

#include <utf8proc.h>

#define DOT_ABOVE 0x307

static const char *look_of(const confusable *table, size_t count, uint32_t c)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (table[middle].character == c)
            return table[middle].looks_like;
        if (table[middle].character < c)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* Decomposed, in memory of the arena. folding: UTF8PROC_CASEFOLD, or 0. */
static utf8proc_int32_t *decompose(mc__arena *arena, size_t *count, const mc__text *name,
                                   int folding)
{
    const utf8proc_option_t options =
        (utf8proc_option_t)(UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT |
                            UTF8PROC_IGNORE | folding);
    const utf8proc_uint8_t *text = (const utf8proc_uint8_t *)name->data;
    utf8proc_ssize_t length = (utf8proc_ssize_t)name->length;
    utf8proc_ssize_t needed = utf8proc_decompose(text, length, NULL, 0, options);
    utf8proc_int32_t *folded;

    *count = needed > 0 ? (size_t)needed : 0;
    folded = mc__arena_alloc(arena, (*count + 1) * sizeof(*folded));
    if (folded && *count > 0)
        utf8proc_decompose(text, length, folded, needed, options);
    return folded;
}

static int put_folded(mc__text *out, const mc__text *name, bool by_look)
{
    mc_scratch_arena(arena);
    utf8proc_int32_t *folded;
    uint32_t previous = 0;
    size_t count;

    folded = name->error ? NULL : decompose(&arena, &count, name, UTF8PROC_CASEFOLD);
    if (!folded)
        return MC_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = (uint32_t)folded[i];
        const char *look = by_look ? look_of(confusables, MC_COUNT(confusables), c) : NULL;

        /* the dot of a Turkish capital I is the one that small letters have anyway */
        if (!mc__char_is_visible(c) || (c == DOT_ABOVE && (previous == 'i' || previous == 'j')))
            continue;
        previous = c;
        if (look)
            mc__text_puts(out, look);
        else
            mc__text_utf8(out, c);
    }
    return out->error;
}

int mc__name_key(mc__text *out, const char *html)
{
    mc_scratch_text(name);

    mc__text_unescape(&name, html);
    return put_folded(out, &name, true);
}

int mc__name_order(mc__text *out, const char *html)
{
    mc_scratch_text(name);

    mc__text_unescape(&name, html);
    return put_folded(out, &name, false);
}

int mc__name_look(mc__text *out, const char *html)
{
    mc_scratch_arena(arena);
    mc_scratch_text(name);
    mc_scratch_text(seen);
    utf8proc_int32_t *whole;
    size_t count;

    mc__text_unescape(&name, html);
    whole = name.error ? NULL : decompose(&arena, &count, &name, 0);
    if (!whole)
        return MC_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const char *look = look_of(capitals, MC_COUNT(capitals), (uint32_t)whole[i]);

        if (look)
            mc__text_puts(&seen, look);
        else
            mc__text_utf8(&seen, (uint32_t)whole[i]);
    }
    return put_folded(out, &seen, true);
}
