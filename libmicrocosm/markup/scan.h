/*
 * Reading HTML as people write it, before any parser has seen it: where a tag begins and ends, and
 * what an entity stands for. Shared by clean.c, raw.c and others.
 */
#ifndef MC_MARKUP_SCAN_H
#define MC_MARKUP_SCAN_H

#include "slice.h"

/* What is searched for ahead, and of which it is remembered that there is none further on. */
enum mc__sought {
    MC__SOUGHT_DOUBLE_QUOTE,
    MC__SOUGHT_SINGLE_QUOTE,
    MC__SOUGHT_COMMENT_END,
    MC__SOUGHT_CLOSER, /* this and the following: the end tag of one element each */
    MC__SOUGHT_COUNT = MC__SOUGHT_CLOSER + 8
};

/*
 * A text being read. Searches that found nothing are remembered, so that reading any text, however
 * many tags it leaves open, takes time in proportion to its length.
 */
typedef struct mc__scan {
    const char *text;
    size_t length;
    size_t none_from[MC__SOUGHT_COUNT]; /* no such thing from there on; 0: not known */
} mc__scan;

typedef enum mc__tag_kind {
    MC__TAG_OPEN,
    MC__TAG_CLOSE,
    MC__TAG_OTHER /* comment, declaration */
} mc__tag_kind;

typedef struct mc__tag {
    mc__tag_kind kind;
    mc__slice name;    /* as written; none for MC__TAG_OTHER */
    size_t attributes; /* where they begin */
    size_t end;        /* just behind the '>' */
} mc__tag;

typedef struct mc__attribute {
    mc__slice name, value; /* as written, without quotes; text is NULL if there is no value */
} mc__attribute;

/*
 * Reads the tag at text[at], a '<'. False if none is complete there: then the '<' is text. Unlike
 * in browsers a second '<' ends the attempt, so that a stray one takes nothing with it.
 */
bool mc__scan_tag(mc__scan *scan, size_t at, mc__tag *tag);

/* Reads the attribute at *at, in a tag, and moves *at behind it. False if there is none left. */
bool mc__scan_attribute(const mc__scan *scan, const mc__tag *tag, size_t *at,
                        mc__attribute *attribute);

/*
 * Place where a tag </name begins, at `at` or later; SIZE_MAX if there is none. Slot, from 0 to 7,
 * is for remembering; a scan must be asked for the same name in the same slot.
 */
size_t mc__scan_closer(mc__scan *scan, size_t at, const char *name, unsigned slot);

/* Length of the entity at text[0], a '&', with its ';', and what it stands for: 0 if that is more
 * than one character. Length is 0 if it is none. */
size_t mc__entity(const char *text, size_t length, uint32_t *character);

#endif
