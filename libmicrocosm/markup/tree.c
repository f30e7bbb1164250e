/*
 * The only place that runs gumbo. Calls core only.
 *
 * gumbo 0.10 has three habits that a server can't live with:
 *  - it does not check what its allocator returns. So ours never returns NULL: it jumps back to
 *    mc__tree_parse(). gumbo holds nothing but memory, and all of that is in our arena.
 *  - gumbo_destroy_output() calls itself for every level of nesting. It is never called: the arena
 *    goes as a whole, and nothing is given back before.
 *  - its tree can take a hundred times the memory of the text. The arena has a maximum.
 */
#include "tree.h"

#include <setjmp.h>

typedef struct mc__heap {
    mc__arena arena;
    size_t left;    /* bytes that may still be taken */
    jmp_buf failed; /* left with the error code */
    GumboOptions options;
} mc__heap;

/* Zeroed: for tables gumbo looks at a member of a token that it has not set. */
static void *allocate(void *data, size_t size)
{
    mc__heap *heap = data;

    if (size > heap->left)
        longjmp(heap->failed, MC_ETOOLARGE);

    void *memory = mc__arena_alloc(&heap->arena, size);
    if (!memory)
        longjmp(heap->failed, MC_ENOMEM);
    heap->left -= size;
    return memory;
}

static void keep(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

/* Nothing of this function is used again after a jump but the heap, which is not in its frame. */
static int parse(mc__tree *tree, mc__heap *heap, const char *html, size_t length)
{
    int rc = setjmp(heap->failed);

    if (rc != 0)
        return rc;

    GumboOutput *output = gumbo_parse_with_options(&heap->options, html, length);
    tree->root = output->root;
    return 0;
}

int mc__tree_parse(mc__tree *tree, const char *html, size_t length, size_t max_memory)
{
    mc__heap *heap = mc__calloc(1, sizeof(*heap));

    if (!heap)
        return MC_ENOMEM;

    *tree = (mc__tree){.heap = heap};
    heap->left = max_memory;
    heap->options = kGumboDefaultOptions;
    heap->options.allocator = allocate;
    heap->options.deallocator = keep;
    heap->options.userdata = heap;
    heap->options.max_errors = 0;
    heap->options.fragment_context = GUMBO_TAG_BODY;

    int rc = parse(tree, heap, html, length);
    if (rc < 0)
        mc__tree_release(tree);
    return rc;
}

void mc__tree_release(mc__tree *tree)
{
    if (tree->heap)
        mc__arena_release(&tree->heap->arena);
    mc__free(tree->heap);
    *tree = (mc__tree){0};
}
