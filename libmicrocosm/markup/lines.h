/*
 * What each line of Markdown is, by CommonMark's rules of blocks: which quotes and items it stands
 * in, whether it is code. What is code for good, md4c says; this decides where BBCode and tables
 * are looked for.
 */
#ifndef MC_MARKUP_LINES_H
#define MC_MARKUP_LINES_H

#include "slice.h"

enum { MC__CONTAINERS_MAX = 20 };

typedef enum mc__line_kind {
    MC__LINE_BLANK,
    MC__LINE_TEXT,
    MC__LINE_CODE,
    MC__LINE_HTML
} mc__line_kind;

typedef struct mc__line {
    mc__line_kind kind;
    size_t begin, end;  /* end: behind the line end */
    size_t indent;      /* before the beginning: of a footnote's text, or of a tag of BBCode */
    size_t prefix;      /* behind the marks of quotes and items */
    size_t content;     /* behind those, and tags of BBCode there */
    size_t tail;        /* tags of BBCode behind the end of a fence; 0: none */
    bool continues;     /* goes on with the paragraph of the line before */
    bool has_item;      /* the mark of an item stands on it */
    bool is_false_mark; /* would be a fence, were it not indented so deep in a paragraph, or
                           underline a heading, were it not what mail has before a name */
} mc__line;

typedef struct mc__container {
    bool is_item, is_note;
    size_t indent; /* columns that the lines of an item, or of a footnote's text, are indented */
} mc__container;

typedef struct mc__lines {
    const char *text;
    size_t length, at;
    mc__container containers[MC__CONTAINERS_MAX];
    size_t depth;
    bool in_paragraph, in_html;
    size_t tags; /* blocks of BBCode that are open, as tokens.c counts them */
    char fence;  /* '`' or '~' while in fenced code */
    size_t fence_length;
} mc__lines;

/* The next line, or false at the end. */
bool mc__lines_next(mc__lines *lines, mc__line *line);

/* Length of the label of a footnote that text begins with, as in [^label]; 0 if there is none. */
size_t mc__note_label(const char *text, size_t length);

/* Bytes of the mark of an item of a list at text[at], or 0. */
size_t mc__item_mark(const char *text, size_t at, size_t end);

/* How many '-', '*' or '_' are from `at` to the end of the line, if there is nothing else; or 0. */
size_t mc__rule_length(const char *text, size_t at, size_t end);

/* Number of columns if the line is the ruler under a table's head, else 0. */
size_t mc__table_ruler(const char *line, size_t length);

/* Number of cells in a row. */
size_t mc__table_cells(const char *row, size_t length);

/* Appends a ruler with dashes enough: GitHub takes one for a column, md4c wants three characters.
 */
void mc__table_put_ruler(mc__text *out, const char *line, size_t length);

/* Goes on at a later place, as if a line began there. */
void mc__lines_jump(mc__lines *lines, size_t at);

#endif
