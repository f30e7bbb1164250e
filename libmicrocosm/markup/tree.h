/*
 * Parsing HTML with gumbo, in memory that is counted and given back at once.
 */
#ifndef MC_MARKUP_TREE_H
#define MC_MARKUP_TREE_H

#include "markup.h"

#include <gumbo.h>

typedef struct mc__tree {
    const GumboNode *root; /* an element whose children are the nodes of the text */
    struct mc__heap *heap;
} mc__tree;

/*
 * Parses the HTML as what stands inside a body. The tree refers to the HTML. Returns 0, MC_ENOMEM,
 * or MC_ETOOLARGE when the tree would take more than max_memory bytes.
 */
int mc__tree_parse(mc__tree *tree, const char *html, size_t length, size_t max_memory);

void mc__tree_release(mc__tree *tree);

#endif
