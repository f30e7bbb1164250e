/*
 * Cleans the plain fields (titles, names, keys, descriptions), which are kept and served escaped
 * for HTML (docs/http/conventions.md#text-cleaning). Calls scan.c, policy.c.
 *
 * The text is first reduced to what a reader would see: tags removed, entities decoded, what can't
 * be seen dropped. Only that is escaped, so cleaning the result again ends at the same place, and
 * no trick with tags inside tags can leave one over.
 */
#include "policy.h"
#include "stages.h"
#include "scan.h"

#include <microcosm/render.h>

/* First character of a script that is written with joiners; Latin, Greek and Cyrillic are below. */
#define FIRST_JOINED 0x590
#define BLACK_FLAG 0x1F3F4
#define FIRST_TAG 0xE0020
#define LAST_TAG 0xE007F

/*
 * Joiners have no shape of their own, but Persian, the Indic scripts and many emoji are misspelt
 * without them. Behind other characters they would only make two equal texts look alike. The
 * lower-case form must be beyond the border too (that of the Kelvin sign isn't), or a shout would
 * lose its joiner only when it is cleaned for the second time.
 */
static bool is_joined(uint32_t c, uint32_t previous)
{
    if (c >= FIRST_TAG &&
        c <= LAST_TAG) /* flags of regions: a black flag, and tags that spell it */
        return previous == BLACK_FLAG || (previous >= FIRST_TAG && previous < LAST_TAG);
    return mc__char_is_joiner(c) && previous >= FIRST_JOINED &&
           mc__char_to_lower(previous) >= FIRST_JOINED;
}

static bool is_wanted(const mc__printable *filter, uint32_t c)
{
    if (mc__char_is_space(c))
        return filter->spaces == MC__SPACES_ALL || (filter->spaces == MC__SPACES_PLAIN && c == ' ');
    if (mc__char_is_printable(c))
        return true;
    return is_joined(c, filter->previous);
}

void mc__printable_put(mc__printable *filter, mc__text *out, uint32_t c)
{
    if (filter->spaces == MC__SPACES_PLAIN && c > 0x85 && mc__char_is_space(c) && c != 0x2028 &&
        c != 0x2029) /* line ends are none */
        c = ' ';
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

/* Nothing beyond ASCII needs to be escaped. */
static void put_printable(mc__text *out, const char *text, size_t length, mc__spaces spaces,
                          bool escapes)
{
    mc__printable filter = {.spaces = spaces};
    size_t at = 0;

    while (at < length) {
        size_t run = plain_length(text + at, length - at);

        if (run > 0) {
            escapes ? mc__text_html(out, text + at, run) : mc__text_append(out, text + at, run);
            at += run;
            filter.previous = (unsigned char)text[at - 1];
        } else {
            mc__printable_put(&filter, out, mc__utf8_next(text, length, &at));
        }
    }
}

void mc__text_printable(mc__text *out, const char *text, size_t length, mc__spaces spaces)
{
    put_printable(out, text, length, spaces, false);
}

void mc__text_html_printable(mc__text *out, const char *text, size_t length)
{
    put_printable(out, text, length, MC__SPACES_ALL, true);
}

/* Where to go on behind a tag: behind its whole element, if that is a script or style. */
static size_t skip_tag(mc__scan *scan, const mc__tag *tag)
{
    static const char *const unseen[] = {"script", "style"};
    mc__tag closer;

    for (unsigned i = 0; i < MC_COUNT(unseen) && tag->kind == MC__TAG_OPEN; i++) {
        if (!mc__slice_is(tag->name, unseen[i]))
            continue;

        /* If it is never closed: swallowing the rest would be worse than showing it. */
        size_t at = mc__scan_closer(scan, tag->end, unseen[i], i);
        if (at != SIZE_MAX && mc__scan_tag(scan, at, &closer))
            return closer.end;
    }
    return tag->end;
}

/* "C++ <vector>" has no tag in it, nor has "a<b && c>d". */
static bool is_html(const mc__scan *scan, const mc__tag *tag)
{
    static const char switches[] = "async autoplay checked controls defer disabled hidden loop "
                                   "multiple muted nowrap open readonly required selected";
    size_t at = tag->attributes;
    mc__attribute a;

    if (tag->kind == MC__TAG_OTHER || mc__element_is_office(tag->name))
        return true;
    if (mc__element_find(tag->name) == GUMBO_TAG_UNKNOWN)
        return false;
    while (mc__scan_attribute(scan, tag, &at, &a)) {
        if (!a.value.text && !mc__slice_is_among(a.name, switches))
            return false;
    }
    return true;
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

        if (scan.text[at] == '<' && mc__scan_tag(&scan, at, &tag) && is_html(&scan, &tag)) {
            at = skip_tag(&scan, &tag);
            continue;
        }
        if (scan.text[at] == '&')
            entity = mc__entity(scan.text + at, scan.length - at, &c);
        if (entity > 0 && c > 0)
            at += entity;
        else
            c = mc__utf8_next(scan.text, scan.length, &at);
        mc__printable_put(&filter, out, c);
    }
}

void mc__letters_count(mc__letters *letters, const char *text, size_t length)
{
    for (size_t at = 0; at < length && letters->lower == 0;) {
        uint32_t c = mc__utf8_next(text, length, &at);

        letters->code |= c < 0x80 && strchr("=_{}", (int)c);
        letters->code |= c == ';' && at > 1 && (text[at - 2] & 0x80) == 0; /* in Greek it asks */
        if (!mc__char_is_letter(c) || mc__char_is_number(c))
            continue;
        letters->all++;
        if (mc__char_is_lower(c))
            letters->lower++;
        else if (mc__char_to_lower(c) != c)
            letters->upper++;
    }
}

bool mc__letters_shout(const mc__letters *letters)
{
    return letters->lower == 0 && !letters->code && letters->upper >= 8 &&
           letters->upper * 10 >= letters->all * 9;
}

static bool is_shout(const mc__text *text)
{
    mc__letters letters = {0};

    mc__letters_count(&letters, text->data, text->length);
    return mc__letters_shout(&letters);
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
    if (shout && is_shout(&seen)) {
        mc__text_lower(&calm, seen.data, seen.length);
        result = &calm;
    }
    if (printable.error || seen.error || calm.error)
        return MC_ENOMEM;

    if (mc__text_is_visible(result->data, result->length))
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

int mc_plain_text(mc_buffer *out, const char *escaped)
{
    size_t before;

    if (!out || !escaped)
        return MC_EINVAL;
    before = out->length;
    mc__text_unescape(out, escaped);
    return mc__text_settle(out, before);
}
