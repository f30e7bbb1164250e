/*
 * The HTML being made of Markdown: blocks on lines of their own, paragraphs and line breaks that
 * are only written when something comes to stand in them, and the elements of text that go on from
 * one paragraph to the next, as those of BBCode do.
 */
#ifndef MC_MARKUP_WRITER_H
#define MC_MARKUP_WRITER_H

#include "policy.h"
#include "tokens.h"

#include <md4c.h>

enum {
    MC__FLOW_MADE_MAX = 200, /* deeper ones lose their tags */
    MC__FLOW_RAW_MAX = 32,
    MC__SPANS_MAX = 24,
    MC__ACTIVE_MAX = 8
};

/* An element that is open: made from Markdown, written by the author as HTML ("raw"), or begun by
 * a token as if it were. */
typedef struct mc__open_element {
    GumboTag tag;
    size_t made;  /* which of those that are made; 0: none */
    size_t owner; /* of one that a token began, its number and one more; 0: none did */
} mc__open_element;

typedef enum mc__paragraph {
    MC__PARAGRAPH_NONE,
    MC__PARAGRAPH_DUE, /* to be begun by the first text */
    MC__PARAGRAPH_OPEN,
    MC__PARAGRAPH_BARE /* without tags, as in the items of a list without blank lines */
} mc__paragraph;

typedef struct mc__writer mc__writer;

/* Zero at first, but for tokens, open_again and unseen. */
struct mc__writer {
    mc__text html;
    const mc__tokens *tokens;
    size_t fresh;   /* length of html just behind a tag that needs no line break */
    bool owes_line; /* between the last piece and the next block */
    mc__paragraph paragraph;
    bool has_text;     /* in this block */
    bool break_due;    /* a line break, if more text comes */
    const char *first; /* HTML that the next text begins with; NULL: nothing */
    bool is_heading;
    size_t heading; /* where what is in it begins */
    size_t spans;   /* of md4c's that are open, written or not */
    MD_SPANTYPE span_types[MC__SPANS_MAX];
    size_t active[MC__ACTIVE_MAX]; /* tokens whose elements all text goes into */
    size_t active_count;
    void (*open_again)(mc__writer *w, size_t token); /* one of those, behind a block */

    mc__open_element open[MC__FLOW_MADE_MAX + MC__FLOW_RAW_MAX];
    size_t depth, made_count, raw_count; /* made_count: written or not */
    /* A script or the like that is still open: what follows goes if its end comes. */
    GumboTag unseen;     /* GUMBO_TAG_UNKNOWN: none */
    size_t unseen_from;  /* length of html before it */
    size_t unseen_depth; /* elements open before it */
};

void mc__writer_begin_line(mc__writer *w);
void mc__writer_stay_fresh(mc__writer *w);
void mc__writer_trim_line_ends(mc__writer *w);
void mc__writer_begin(mc__writer *w, GumboTag tag); /* the whole start tag */
void mc__writer_begin_block(mc__writer *w, GumboTag tag, bool ends_line);

/* To be called before anything in text. */
void mc__writer_begin_text(mc__writer *w);
void mc__writer_break(mc__writer *w);

void mc__writer_begin_paragraph(mc__writer *w);
void mc__writer_end_paragraph(mc__writer *w);

/* Headings get a name to be linked to, made of their words. */
void mc__writer_begin_heading(mc__writer *w, GumboTag tag);
void mc__writer_end_heading(mc__writer *w);

/* A span of Markdown. False: there are too many, or it may not stand there. */
bool mc__writer_begin_span(mc__writer *w, MD_SPANTYPE type, GumboTag tag);
void mc__writer_end_span(mc__writer *w, MD_SPANTYPE type);
void mc__writer_end_spans(mc__writer *w);

/*
 * Elements (flow.c). Begins one made from Markdown and writes "<name"; attributes and '>' are for
 * the caller, who must write none if this is false: then there are too many, or it may not stand
 * here.
 */
bool mc__flow_begin(mc__writer *w, GumboTag tag);

/* Ends the element begun last, and all that was opened in it since. */
void mc__flow_end(mc__writer *w);

/*
 * Begins an element that the author wrote, or a token as if it were, and writes "<name"; the caller
 * goes on if this is true.
 */
bool mc__flow_open(mc__writer *w, GumboTag tag, size_t owner);

/* An end tag of the author's, which reaches no element outside of the Markdown around it. */
void mc__flow_close_raw(mc__writer *w, GumboTag tag);

/* An element of which nothing is shown begins, and ends: then what was written since goes. */
void mc__flow_begin_unseen(mc__writer *w, GumboTag tag);
void mc__flow_end_unseen(mc__writer *w, GumboTag tag);

/* Whether an element of that kind is open, or the owner's. */
bool mc__flow_is_open(const mc__writer *w, GumboTag tag);
bool mc__flow_has(const mc__writer *w, size_t owner);

/* Ends the owner's element, if it is open, and all in it. */
bool mc__flow_shut(mc__writer *w, size_t owner);

/* Appends HTML that is not to be read for tags. Entities stay as they are: gumbo decodes them. */
void mc__flow_put(mc__text *out, const char *text, size_t length);

/* Closes what was opened in text and should not go on in the next block; blocks stay open. */
void mc__flow_end_block(mc__writer *w);

/* Closes everything. */
void mc__flow_close(mc__writer *w);

/* Elements of tokens (elements.c). */
void mc__element_put(mc__writer *w, size_t token);
void mc__element_open(mc__writer *w, size_t token);

/* What the author wrote (raw.c). How something with marks in it is written. */
typedef enum mc__source {
    MC__SOURCE_TEXT,      /* tokens are elements */
    MC__SOURCE_HTML,      /* the same in the author's HTML, of which entities stay as they are */
    MC__SOURCE_CODE,      /* as the author wrote it */
    MC__SOURCE_ATTRIBUTE, /* the same; a backslash that escaped something is gone */
} mc__source;

/* Text, or text in the author's HTML. */
void mc__raw_text(mc__writer *w, const char *text, size_t length, mc__source source);

/* As the author wrote it. */
void mc__marked_source(mc__text *out, const mc__tokens *tokens, const char *text, size_t length,
                       mc__source source);

/* HTML as written by the author: whole tags and text between them. */
void mc__raw_html(mc__writer *w, const char *html, size_t length);

#endif
