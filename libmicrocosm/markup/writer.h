/*
 * The HTML being made of Markdown: blocks on lines of their own, paragraphs and line breaks that
 * are only written when something comes to stand in them, and the elements of text that go on from
 * one paragraph to the next, as those of BBCode do.
 */
#ifndef MC_MARKUP_WRITER_H
#define MC_MARKUP_WRITER_H

#include "flow.h"
#include "tokens.h"

#include <md4c.h>

enum { MC__SPANS_MAX = 24, MC__ACTIVE_MAX = 8 };

typedef enum mc__paragraph {
    MC__PARAGRAPH_NONE,
    MC__PARAGRAPH_DUE, /* to be begun by the first text */
    MC__PARAGRAPH_OPEN,
    MC__PARAGRAPH_BARE /* without tags, as in the items of a list without blank lines */
} mc__paragraph;

typedef struct mc__writer mc__writer;
typedef void (*mc__put_token)(mc__writer *w, size_t token);

struct mc__writer {
    mc__text html;
    mc__flow flow;
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
    mc__put_token put;  /* what a token means */
    mc__put_token open; /* again, the element of one, which goes on behind a block */
};

/* The rest of it must be zero. */
void mc__writer_init(mc__writer *w, const mc__tokens *tokens, mc__put_token put,
                     mc__put_token open);

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

/* What the author wrote, with marks in it, as text. */
void mc__writer_text(mc__writer *w, const char *text, size_t length);

/* The same as it was written, where tokens mean nothing. */
typedef enum mc__source {
    MC__SOURCE_CODE,      /* to be escaped for HTML */
    MC__SOURCE_ATTRIBUTE, /* the same; a backslash that escaped something is gone */
    MC__SOURCE_HTML
} mc__source;

void mc__marked_source(mc__text *out, const mc__tokens *tokens, const char *text, size_t length,
                       mc__source source);

/* Elements of tokens (elements.c). */
void mc__element_put(mc__writer *w, size_t token);
void mc__element_open(mc__writer *w, size_t token);

#endif
