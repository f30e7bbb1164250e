/*
 * The elements that are open while Markdown is turned into HTML: those made from Markdown
 * ("made") and those that the author wrote as HTML ("raw").
 */
#ifndef MC_MARKUP_FLOW_H
#define MC_MARKUP_FLOW_H

#include "policy.h"

enum {
    MC__FLOW_MADE_MAX = 200, /* deeper ones lose their tags */
    MC__FLOW_RAW_MAX = 32,
    MC__FLOW_MAX = MC__FLOW_MADE_MAX + MC__FLOW_RAW_MAX
};

typedef struct mc__open_element {
    GumboTag tag;
    bool is_raw;
    size_t made;  /* index of one that is made */
    size_t owner; /* of one that a token began, its number and one more; 0: none did */
} mc__open_element;

/* What is written of the author's HTML: its text, and values of attributes, both with marks. */
typedef struct mc__flow_sink {
    void (*text)(void *data, const char *text, size_t length);
    void (*value)(void *data, const char *value, size_t length);
    void *data;
} mc__flow_sink;

typedef struct mc__flow {
    mc__text *out;
    mc__flow_sink sink;
    mc__open_element open[MC__FLOW_MAX];
    size_t depth;

    size_t made[MC__FLOW_MADE_MAX]; /* place in open of each element made, or that it is gone */
    size_t made_count;
    size_t skipped; /* elements that were not written, as there are too many */
    size_t raw_count;

    /* A script or the like that is still open: what follows goes if its end comes. */
    GumboTag unseen;
    size_t unseen_from;  /* length of out before it */
    size_t unseen_depth; /* elements open before it */
} mc__flow;

/*
 * Begins an element made from Markdown and writes "<name"; attributes and '>' are for the caller,
 * who must write none if this is false: then there are too many, or it may not stand here.
 */
bool mc__flow_begin(mc__flow *flow, GumboTag tag);

/* Ends the element begun last, and all that was opened in it since. */
void mc__flow_end(mc__flow *flow);

/* Reads HTML as written by the author: whole tags and text between them. */
void mc__flow_raw(mc__flow *flow, const char *html, size_t length);

/*
 * Begins an element for a token, as if the author had written it in HTML, and writes "<name"; the
 * caller goes on if this is true.
 */
bool mc__flow_open(mc__flow *flow, GumboTag tag, size_t owner);

/* Whether an element of that kind is open, or the owner's. */
bool mc__flow_is_open(const mc__flow *flow, GumboTag tag);
bool mc__flow_has(const mc__flow *flow, size_t owner);

/* Ends the owner's element, if it is open, and all in it. */
bool mc__flow_shut(mc__flow *flow, size_t owner);

/* Appends HTML that is not to be read for tags. Entities stay as they are: gumbo decodes them. */
void mc__flow_put(mc__text *out, const char *text, size_t length);

/* Closes what was opened in text and should not go on in the next block; blocks stay open. */
void mc__flow_end_block(mc__flow *flow);

/* Closes everything. */
void mc__flow_close(mc__flow *flow);

#endif
