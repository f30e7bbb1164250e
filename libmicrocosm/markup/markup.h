/*
 * Text in, text out: cleaning of plain fields, Markdown to safe HTML, mentions. Knows no database
 * and no forum; depends on core, md4c and gumbo.
 *
 * Everything here is a pure function of its arguments, bounded in input, nesting, output and time,
 * and may be called from any number of threads.
 */
#ifndef MC_MARKUP_H
#define MC_MARKUP_H

#include "core/core.h"

/*
 * Plain fields. docs/http/conventions.md#text-cleaning: unprintable characters and tags go, what is
 * left is escaped for HTML. Cleaning what is clean changes nothing. The result is appended to out.
 *
 *   sentence  the only white space is U+0020
 *   block     all white space stays
 *   word      no white space
 *
 * Spaces of other kinds than U+0020, such as the ideographic one, become U+0020; of a text that
 * shows nothing, nothing is left.
 *
 * shout: a text all of whose letters are capitals is a shout, and is lower-cased. Returns 0, or
 * MC_EINVAL (no valid UTF-8, or NUL in it), MC_ETOOLARGE, MC_ENOMEM; then out is as it was.
 */
#define MC__TEXT_MAX ((size_t)1 << 20) /* longest text taken, here and below */
int mc__clean_sentence(mc__text *out, const char *text, size_t length, bool shout);
int mc__clean_block(mc__text *out, const char *text, size_t length, bool shout);
int mc__clean_word(mc__text *out, const char *text, size_t length, bool shout);

/* What is printable of a text, and the white space asked for. Appended to out, not escaped. */
typedef enum mc__spaces {
    MC__SPACES_NONE,
    MC__SPACES_PLAIN, /* U+0020 only */
    MC__SPACES_ALL
} mc__spaces;

void mc__text_printable(mc__text *out, const char *text, size_t length, mc__spaces spaces);

/* Markdown to HTML. docs/http/comments.md#markdown. The HTML is safe to put into a page
 * as it is. */

/*
 * Id of the profile of that name, or 0. The name is in lower case, with a NUL behind it, and is
 * the text as people read it: names kept escaped must be compared with the name escaped.
 */
typedef int64_t (*mc__mention_fn)(void *data, const char *name);

#define MC__MENTIONS_MAX 100     /* different names looked up in one text; further ones stay text */
#define MC__MENTIONED_MAX 20     /* people linked by name in one text; further ones stay text */
#define MC__MENTION_NAME_MAX 150 /* bytes in a name; what is longer is no name */

/*
 * Version of the renderer, which is stored with the HTML. To be raised whenever the HTML of any
 * text changes: then all that is stored is made anew (domain/content/render_again.h).
 */
#define MC__RENDERER 8

/* What rendering found out beside the HTML. */
typedef struct mc__rendered {
    /* Different profiles linked by name, in order of appearance. */
    int64_t mentioned[MC__MENTIONED_MAX];
    size_t mentioned_count;
    bool blank; /* nothing to see: no text, image, rule or player */
} mc__rendered;

typedef struct mc__render_options {
    const char *site_url;    /* such as https://key.example.org: links there become relative */
    const char *site_domain; /* own domain of the site, the same; both may be NULL */
    mc__mention_fn lookup;   /* NULL: names stay text */
    void *lookup_data;
    const char *scope; /* written behind names of elements, to tell the texts of a page apart, as it
                          is; NULL: nothing */
    mc__rendered *rendered; /* written on success; may be NULL */
} mc__render_options;

/*
 * Appends the HTML of a text of at most MC__TEXT_MAX bytes. What the author meant is never
 * refused: beyond the bounds of nesting and size it becomes plain text. Returns as mc__clean_ do.
 */
int mc__render(mc__text *html, const mc__render_options *options, const char *markdown,
               size_t length);

/*
 * The different names that rendering would look up, lower-cased, so that one query can fetch all:
 * find, fetch, then render with a lookup in what was fetched. Names and array belong to the arena.
 */
int mc__mentions_find(mc__arena *arena, const char *markdown, size_t length, const char ***names,
                      size_t *count);

#endif
