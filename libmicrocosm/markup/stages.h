/*
 * The stages of rendering a text, which render.c runs one after the other; docs/rendering.md tells
 * what each does. Each file calls only those that it names at its top, and slice.c.
 */
#ifndef MC_MARKUP_STAGES_H
#define MC_MARKUP_STAGES_H

#include "links.h"
#include "markup.h"
#include "tokens.h"

/* What can be seen of a text, and whether it shouts (clean.c); for plain fields as well. */
/* Lets through, one by one, what is printable, and the white space asked for. */
typedef struct mc__printable {
    mc__spaces spaces;
    uint32_t previous; /* what was let through last */
} mc__printable;

void mc__printable_put(mc__printable *filter, mc__text *out, uint32_t c);

/* The same with all white space, escaped for HTML. */
void mc__text_html_printable(mc__text *out, const char *text, size_t length);

/*
 * A shout is a text of at least 8 letters that have case, all of them capitals, in which those are
 * nine of ten letters or more: abbreviations in Chinese are none. Nor is what looks like code.
 */
typedef struct mc__letters {
    size_t all, upper, lower;
    bool code;
} mc__letters;

/* Stops at the first one in lower case: that is enough to know. */
void mc__letters_count(mc__letters *letters, const char *text, size_t length);
bool mc__letters_shout(const mc__letters *letters);

/* What md4c is given (prepare.c): marks in the place of tokens. */
void mc__prepare(mc__text *out, const mc__tokens *tokens);

/* The same, bounded so that md4c takes linear time (limits.c). The text must have a NUL behind. */
void mc__limit(mc__text *out, const char *text, size_t length);

/* HTML to safe HTML (sanitise.c). State that lasts over all the pieces that one text is rendered
 * in. */
typedef struct mc__known_name {
    const char *name;
    int64_t profile_id;
} mc__known_name;

#define MC__IDS_MAX 200 /* names of elements in one text */

typedef struct mc__sanitiser {
    mc__text *out;
    const char *scope;         /* behind names of elements; NULL: nothing */
    uint32_t ids[MC__IDS_MAX]; /* hashes of those given */
    size_t ids_count;
    mc__home home;
    mc__mention_fn lookup; /* NULL: names stay text */
    void *lookup_data;
    mc__arena arena; /* of known names */
    mc__known_name known[MC__MENTIONS_MAX];
    size_t known_count;
    size_t players;
    mc__letters letters; /* of what is neither code nor a link, name or tag */
    bool is_calm;        /* those are to be in lower case */
    mc__rendered found;
} mc__sanitiser;

/* Appends to out what is allowed of the HTML. Returns 0, MC_ENOMEM, or MC_ETOOLARGE. */
int mc__sanitise(mc__sanitiser *s, const char *html, size_t length);

/* Markdown to HTML (markdown.c). Hands the HTML to the sanitiser, piece by piece. The HTML itself
 * is not safe. Returns 0, MC_ENOMEM, or MC_ETOOLARGE when it grew out of proportion. */
int mc__markdown(mc__sanitiser *s, const mc__tokens *tokens, const char *text, size_t length);

/* Words in text (words.c). Something in plain text that becomes a link. */
typedef enum mc__word_kind {
    MC__WORD_URL,
    MC__WORD_WWW,
    MC__WORD_NAME,
    MC__WORD_TAG
} mc__word_kind;

typedef struct mc__word {
    mc__word_kind kind;
    size_t begin, end; /* with the mark in front of a name or tag */
    size_t name;       /* behind that mark */
} mc__word;

/* Finds the next one from `at` on. previous: the character before the text, 0 if there is none. */
bool mc__word_find(const char *text, size_t length, size_t at, uint32_t previous, mc__word *word);

/* Whose name the word is, or 0; notes the mention. The word ends up as long as that
 * name, or as short as it may be. */
int64_t mc__mention_find(mc__sanitiser *s, const char *text, size_t length, mc__word *word);

/* More text may cling to a name, as in "@mira's": cuts it off, or returns false if there is none.
 */
bool mc__word_shorten(const char *text, mc__word *word);

#endif
