/*
 * What is found in Markdown before md4c reads it: the tags of BBCode, spoilers, footnotes, and
 * places where md4c needs help. Each is a token: a piece of the text, in whose place md4c is given
 * a mark (marks.h) with the token's number, or something else; elements.c makes HTML of those.
 */
#ifndef MC_MARKUP_TOKENS_H
#define MC_MARKUP_TOKENS_H

#include "lines.h"
#include "slice.h"

#include <gumbo.h>

#define MC__NO_TOKEN UINT32_MAX
#define MC__TAG_NAMES_MAX 96

typedef enum mc__token_shape {
    MC__TOKEN_NONE,    /* text */
    MC__TOKEN_DROP,    /* a tag that shows nothing, in text */
    MC__TOKEN_SPAN,    /* begins or ends an element in text */
    MC__TOKEN_BLOCK,   /* begins or ends an element of paragraphs */
    MC__TOKEN_ITEM,    /* begins an item of a list, and ends the one before */
    MC__TOKEN_WHOLE,   /* stands for all from one tag to the other, in text */
    MC__TOKEN_LISTING, /* the same, in a block of its own */
    /* Not for elements, but for md4c. */
    MC__TOKEN_AWAY,   /* one character that is put away */
    MC__TOKEN_GUARD,  /* nothing, so that what follows doesn't begin the line */
    MC__TOKEN_PIPE,   /* "\|" in a row of a table */
    MC__TOKEN_CELL,   /* an empty cell: a space goes in */
    MC__TOKEN_RULER,  /* dashes under the head of a table, too few */
    MC__TOKEN_BULLET, /* "[*]" outside of lists: as in Markdown */
    MC__TOKEN_CUT,    /* left out: white space behind a fence, needless end tags, indents */
    MC__TOKEN_BREAK,  /* a table begins: a blank line goes in */
} mc__token_shape;

typedef enum mc__token_role {
    MC__ROLE_PLAIN, /* just the element in its rule */
    MC__ROLE_LINK,
    MC__ROLE_EMAIL,
    MC__ROLE_IMAGE,
    MC__ROLE_VIDEO,
    MC__ROLE_ATTACHMENT,
    MC__ROLE_CITE,
    MC__ROLE_CODE,
    MC__ROLE_LITERAL,
    MC__ROLE_QUOTE,
    MC__ROLE_LIST,
    MC__ROLE_ITEM,
    MC__ROLE_CELL,
    MC__ROLE_ALIGN,
    MC__ROLE_SPOILER,
    MC__ROLE_RULE,
    MC__ROLE_NOTE, /* where a footnote is referred to */
    MC__ROLE_NOTE_TEXT,
    MC__ROLE_ALERT
} mc__token_role;

typedef struct mc__tag_rule {
    const char *names; /* which spaces separate */
    mc__token_shape shape;
    mc__token_role role;
    GumboTag element;
    const char *attribute; /* that all have; of code, the language; of videos, their site */
} mc__tag_rule;

/* A text may hold very many, so they are small. */
typedef struct mc__token {
    const mc__tag_rule *rule; /* NULL if it is no tag */
    mc__token_shape shape : 8;
    uint8_t name; /* number of its name among those of all tags */
    bool closes : 1;
    bool is_tight : 1;    /* paragraphs in it are not marked as such */
    bool begins_line : 1; /* nothing but the marks of quotes and items stands before it */
    bool is_in_row : 1;   /* of a table or in HTML, so that nothing can begin a line */
    bool has_item : 1;    /* and one of an item does */
    bool is_first : 1;    /* of the references to a footnote */
    /* Places in the text. */
    uint32_t begin, end;
    uint32_t line, prefix;         /* where its line begins, and where its marks end */
    uint32_t attributes;           /* what is behind the name; 0: nothing */
    uint32_t content, content_end; /* of those that stand for the whole; behind the opening tag */
    uint32_t partner;              /* the other tag; MC__NO_TOKEN if there is none */
    uint32_t previous;             /* while looking for partners: the next outer open tag */
} mc__token;

typedef struct mc__tokens {
    const char *text;
    size_t length;
    mc__token *items;
    size_t count, capacity;
    bool failed;
} mc__tokens;

/* Finds them. Returns 0 or MC_ENOMEM. */
int mc__tokens_find(mc__tokens *tokens, const char *text, size_t length);
void mc__tokens_release(mc__tokens *tokens);

/* Decides what depends on other tokens (settle.c). */
void mc__tokens_settle(mc__tokens *tokens);

/* Length of the tag of BBCode that text begins with, if it is one for blocks; else 0. */
size_t mc__token_block_tag(const char *text, size_t length);

/* The value of an attribute in a tag, as in [quote name=value]; of that without name: "". Text is
 * NULL if there is none. */
mc__slice mc__token_attribute(const char *text, const mc__token *token, const char *name);

static inline mc__slice mc__token_content(const char *text, const mc__token *token)
{
    return (mc__slice){text + token->content, token->content_end - token->content};
}

/* BBCode (bbcode.c). Reads the tag at text[at], a '['. False if there is none. */
bool mc__bbcode_read(const char *text, size_t end, size_t at, mc__token *token);

/* Whether what is between the tags is something that they can stand for. */
bool mc__bbcode_fits(const char *text, const mc__token *token);

/* Whether a link begins with the name of a host, and needs "http://" before it: "e.org/x", but not
 * "index.php?x". */
bool mc__bbcode_names_host(mc__slice target);

#endif
