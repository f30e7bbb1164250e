/*
 * Cleans the plain fields (titles, names, keys, descriptions), which are kept and served escaped
 * for HTML (docs/http/conventions.md#text-cleaning). Calls scan.c, entity.c, unicode.c.
 *
 * The text is first reduced to what a reader would see: tags removed, entities decoded, what can't
 * be seen dropped. Only that is escaped, so cleaning the result again ends at the same place, and
 * no trick with tags inside tags can leave one over.
 */
#include "printable.h"
#include "scan.h"

/* First character of a script that is written with joiners; Latin, Greek and Cyrillic are below. */
#define FIRST_JOINED 0x590
#define ZERO_WIDTH_NON_JOINER 0x200C
#define ZERO_WIDTH_JOINER 0x200D

/*
 * Joiners have no shape of their own, but Persian, the Indic scripts and many emoji are misspelt
 * without them. Behind other characters they would only make two equal texts look alike. The
 * lower-case form must be beyond the border too (that of the Kelvin sign isn't), or a shout would
 * lose its joiner only when it is cleaned for the second time.
 */
static bool is_joined(uint32_t c, uint32_t previous)
{
    return (c == ZERO_WIDTH_NON_JOINER || c == ZERO_WIDTH_JOINER) && previous >= FIRST_JOINED &&
           mc__char_to_lower(previous) >= FIRST_JOINED;
}

static bool is_wanted(const mc__printable *filter, uint32_t c)
{
    if (mc__char_is_space(c))
        return filter->spaces == MC__SPACES_ALL || (filter->spaces == MC__SPACES_PLAIN && c == ' ');
    if (mc__char_is_printable(c))
        return true;
    return filter->spaces != MC__SPACES_NONE && is_joined(c, filter->previous);
}

void mc__printable_put(mc__printable *filter, mc__text *out, uint32_t c)
{
    if (!is_wanted(filter, c))
        return;

    mc__text_utf8(out, c);
    filter->previous = c;
}

/* Printable ASCII, which is wanted always: most texts are nothing else. */
static size_t plain_length(const char *text, size_t length)
{
    size_t i = 0;

    while (i < length && text[i] > ' ' && text[i] < 0x7F)
        i++;
    return i;
}

void mc__text_printable(mc__text *out, const char *text, size_t length, mc__spaces spaces)
{
    mc__printable filter = {.spaces = spaces};
    size_t at = 0;

    while (at < length) {
        size_t run = plain_length(text + at, length - at);

        if (run > 0) {
            mc__text_append(out, text + at, run);
            at += run;
            filter.previous = (unsigned char)text[at - 1];
        } else {
            mc__printable_put(&filter, out, mc__utf8_next(text, length, &at));
        }
    }
}

void mc__text_html_printable(mc__text *out, const char *text, size_t length)
{
    mc__printable filter = {.spaces = MC__SPACES_ALL};
    size_t at = 0;

    while (at < length) {
        size_t run = plain_length(text + at, length - at);

        if (run > 0) {
            mc__text_html(out, text + at, run);
            at += run;
            filter.previous = (unsigned char)text[at - 1];
        } else { /* nothing beyond ASCII needs an entity */
            mc__printable_put(&filter, out, mc__utf8_next(text, length, &at));
        }
    }
}

/* Where to go on behind a tag: behind its whole element, if that is a script or style. */
static size_t skip_tag(mc__scan *scan, const mc__tag *tag)
{
    static const char *const unseen[] = {"script", "style"};
    mc__tag closer;

    for (unsigned i = 0; i < MC_COUNT(unseen) && tag->kind == MC__TAG_OPEN; i++) {
        if (!mc__name_is(tag->name, tag->name_length, unseen[i]))
            continue;

        /* If it is never closed: swallowing the rest would be worse than showing it. */
        size_t at = mc__scan_closer(scan, tag->end, unseen[i], i);
        if (at != SIZE_MAX && mc__scan_tag(scan, at, &closer))
            return closer.end;
    }
    return tag->end;
}

/* The text that a reader would see. */
static void strip_tags(mc__text *out, const mc__text *marked_up, mc__spaces spaces)
{
    mc__scan scan = {.text = marked_up->data, .length = marked_up->length};
    mc__printable filter = {.spaces = spaces};
    mc__tag tag;
    uint32_t c;

    for (size_t at = 0; at < scan.length;) {
        size_t entity = 0;

        if (scan.text[at] == '<' && mc__scan_tag(&scan, at, &tag)) {
            at = skip_tag(&scan, &tag);
            continue;
        }
        if (scan.text[at] == '&')
            entity = mc__entity(scan.text + at, scan.length - at, &c);
        if (entity > 0)
            at += entity;
        else
            c = mc__utf8_next(scan.text, scan.length, &at);
        mc__printable_put(&filter, out, c);
    }
}

bool mc__text_is_shout(const char *text, size_t length)
{
    for (size_t at = 0; at < length;) {
        if (mc__char_is_lower(mc__utf8_next(text, length, &at)))
            return false;
    }
    return true;
}

static int check(const char *text, size_t length)
{
    if (length > MC__TEXT_MAX)
        return MC_ETOOLARGE;
    return mc__utf8_valid(text, length) ? 0 : MC_EINVAL;
}

static int clean(mc__text *out, const char *text, size_t length, bool shout, mc__spaces spaces)
{
    mc_scratch_text(printable);
    mc_scratch_text(seen);
    mc_scratch_text(calm);
    const mc__text *result = &seen;
    size_t length_before = out->length;
    int rc = check(text, length);

    if (rc < 0)
        return rc;

    /* Before looking for tags, as the first step may join the two halves of one. */
    mc__text_printable(&printable, text, length, spaces);
    strip_tags(&seen, &printable, spaces);
    if (shout && mc__text_is_shout(seen.data, seen.length)) {
        mc__text_lower(&calm, seen.data, seen.length);
        result = &calm;
    }
    if (printable.error || seen.error || calm.error)
        return MC_ENOMEM;

    mc__text_html(out, result->data, result->length);
    if (out->error)
        out->length = length_before;
    return out->error;
}

int mc__clean_sentence(mc__text *out, const char *text, size_t length, bool shout)
{
    return clean(out, text, length, shout, MC__SPACES_PLAIN);
}

int mc__clean_block(mc__text *out, const char *text, size_t length, bool shout)
{
    return clean(out, text, length, shout, MC__SPACES_ALL);
}

int mc__clean_word(mc__text *out, const char *text, size_t length, bool shout)
{
    return clean(out, text, length, shout, MC__SPACES_NONE);
}
