/*
 * Whose name is behind an '@': asks the caller for each name once. Calls words.c, clean.c,
 * unicode.c.
 */
#include "stages.h"

static int64_t find_known(const mc__sanitiser *s, const char *name, bool *is_known)
{
    for (size_t i = 0; i < s->known_count; i++) {
        if (strcmp(s->known[i].name, name) == 0) {
            *is_known = true;
            return s->known[i].profile_id;
        }
    }
    *is_known = false;
    return 0;
}

/* Asks for each name once, and for so many names at most. */
static int64_t find_profile(mc__sanitiser *s, const char *text, size_t length)
{
    mc__printable filter = {.spaces = MC__SPACES_NONE}; /* as names are kept, but for joiners */
    mc_scratch_text(plain);
    mc_scratch_text(name);
    bool is_known;

    for (size_t at = 0; at < length;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        if (!mc__char_is_joiner(c))
            mc__printable_put(&filter, &plain, c);
    }
    mc__text_lower(&name, plain.data, plain.length);
    if (name.error || plain.error) {
        s->out->error = MC_ENOMEM;
        return 0;
    }

    int64_t id = find_known(s, mc__text_string(&name), &is_known);
    if (is_known || s->known_count == MC__MENTIONS_MAX)
        return id;
    id = s->lookup(s->lookup_data, mc__text_string(&name));
    s->known[s->known_count++] =
        (mc__known_name){mc__arena_copy(&s->arena, name.data, name.length), id > 0 ? id : 0};
    if (s->arena.failed)
        s->out->error = MC_ENOMEM;
    return id > 0 ? id : 0;
}

/* False if it would be one more than may be mentioned. */
static bool note_mention(mc__rendered *found, int64_t profile_id)
{
    for (size_t i = 0; i < found->mentioned_count; i++) {
        if (found->mentioned[i] == profile_id)
            return true;
    }
    if (found->mentioned_count == MC__MENTIONED_MAX)
        return false;
    found->mentioned[found->mentioned_count++] = profile_id;
    return true;
}

int64_t mc__mention_find(mc__sanitiser *s, const char *text, size_t length, mc__word *word)
{
    size_t ends[MC__WORD_ENDS], count = mc__word_extend(text, length, word, ends);
    int64_t id = 0;

    for (size_t i = 0; i < count && id == 0; i++) {
        id = find_profile(s, text + word->name, ends[i] - word->name);
        if (id > 0)
            word->end = ends[i];
    }
    while (id == 0) {
        id = find_profile(s, text + word->name, word->end - word->name);
        if (id == 0 && !mc__word_shorten(text, word))
            break;
    }
    return id > 0 && note_mention(&s->found, id) ? id : 0;
}
