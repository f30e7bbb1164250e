/*
 * The HTML that members may write (docs/http/comments.md#sanitiser), as two tables: elements, and
 * the attributes of each with the values allowed. What is in no table is not allowed.
 */
#ifndef MC_MARKUP_POLICY_H
#define MC_MARKUP_POLICY_H

#include "slice.h"

#include <gumbo.h>

enum {
    MC__KEPT = 1 << 0,   /* may appear; of other elements only the content stays */
    MC__VOID = 1 << 1,   /* has no content and no end tag */
    MC__BLOCK = 1 << 2,  /* stands beside paragraphs, not in them */
    MC__UNSEEN = 1 << 3, /* goes with its content */
    MC__NAME = 1 << 4    /* stays in capitals: keys, abbreviations, whom a quote is of */
};

/* What MC__... hold for an element; 0 for one that is unknown. */
unsigned mc__element_flags(GumboTag tag);

/* The element of that name, in any case; GUMBO_TAG_UNKNOWN if there is none. */
GumboTag mc__element_find(mc__slice name);

/* Whether the name, or the rest of a tag, is one of those that Word puts into what is copied from
 * it, such as "o:p". */
bool mc__element_is_office(mc__slice name);

/* Kinds of values. Links need rewriting, so their judge is links.c; the others are just checked. */
typedef enum mc__value_kind {
    MC__VALUE_NONE, /* the attribute is not allowed there */
    MC__VALUE_LINK,
    MC__VALUE_IMAGE,
    MC__VALUE_CITE,
    MC__VALUE_TEXT, /* anything; it is shown, not interpreted */
    MC__VALUE_TITLE,
    MC__VALUE_ID,
    MC__VALUE_NAME,
    MC__VALUE_NAMES,
    MC__VALUE_FRAGMENT,
    MC__VALUE_DIRECTION,
    MC__VALUE_LANGUAGE,
    MC__VALUE_INTEGER,
    MC__VALUE_NUMBER,
    MC__VALUE_SIZE,
    MC__VALUE_NUMBERS,
    MC__VALUE_ALIGN,
    MC__VALUE_SCOPE,
    MC__VALUE_SHAPE,
    MC__VALUE_LIST_TYPE,
    MC__VALUE_TIME,
    MC__VALUE_SWITCH,
    MC__VALUE_CLASS,
    MC__VALUE_INPUT_TYPE
} mc__value_kind;

/* The kind of value that an attribute takes on an element. The name may be in any case. */
mc__value_kind mc__attribute_kind(GumboTag tag, mc__slice name);

/* Whether a value, with entities decoded, is one of its kind; false for the kinds of links. */
bool mc__value_fits(mc__value_kind kind, const char *value);

#endif
