/*
 * The stages of rendering, in the order in which render.c runs them. Each takes text and appends
 * text; what goes wrong shows in the error of the text written to.
 */
#ifndef MC_MARKUP_STAGES_H
#define MC_MARKUP_STAGES_H

#include "markup.h"
#include "links.h"

/* Which parts are code (verbatim.c). Cuts Markdown into parts that are code (fenced, indented or
 * between backticks) and others. It is a good guess, made without the whole of Markdown's rules:
 * enough to decide what to translate, not enough to rely on for safety. */
#define MC__TICKS_MAX 16 /* longest run of backticks that is taken for a mark */

typedef struct mc__verbatim {
    const char *text;
    size_t length, at;
    size_t line_end; /* of the line that `at` is in, or of one before */
    bool at_line_start, after_blank, in_list;
    char fence; /* '`' or '~' while in a fenced block */
    size_t fence_length;
    size_t block_end;                 /* where the paragraph ends that `at` is in; 0: not known */
    bool unpaired[MC__TICKS_MAX + 1]; /* no such run follows in this paragraph */
} mc__verbatim;

typedef struct mc__part {
    size_t begin, end;
    bool is_code;
} mc__part;

void mc__verbatim_init(mc__verbatim *v, const char *text, size_t length);
/* The next part, or false at the end. Together they are the whole text. */
bool mc__verbatim_next(mc__verbatim *v, mc__part *part);

/* BBCode to Markdown (bbcode.c) */
void mc__bbcode(mc__text *out, const char *text, size_t length);

/* Markdown that md4c can be given (prepare.c). Keeps emphasis out of bare links and names,
 * completes short table rulers, and bounds what would take md4c more than linear time. */
void mc__prepare(mc__text *out, const char *text, size_t length);

/* HTML to safe HTML (sanitise.c). State that lasts over all the pieces that one text is rendered
 * in. */
typedef struct mc__known_name {
    const char *name;
    int64_t profile_id;
} mc__known_name;

typedef struct mc__sanitiser {
    mc__text *out;
    mc__home home;
    mc__mention_fn lookup; /* NULL: names stay text */
    void *lookup_data;
    mc__arena arena; /* of known names */
    mc__known_name known[MC__MENTIONS_MAX];
    size_t known_count;
    size_t players;
    mc__rendered found;
} mc__sanitiser;

/* Appends to out what is allowed of the HTML. Returns 0, MC_ENOMEM, or MC_ETOOLARGE. */
int mc__sanitise(mc__sanitiser *s, const char *html, size_t length);

/* Markdown to HTML (markdown.c). Hands the HTML to the sanitiser, piece by piece. The HTML itself
 * is not safe. Returns 0, MC_ENOMEM, or MC_ETOOLARGE when it grew out of proportion. */
int mc__markdown(mc__sanitiser *s, const char *text, size_t length);

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
} mc__word;

/* Finds the next one from `at` on. previous: the character before the text, 0 if there is none. */
bool mc__word_find(const char *text, size_t length, size_t at, uint32_t previous, mc__word *word);

/* More text may cling to a name, as in "@mira's": cuts it off, or returns false if there is none.
 */
bool mc__word_shorten(const char *text, mc__word *word);

#endif
