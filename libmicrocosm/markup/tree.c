/*
 * The only place that runs gumbo. Calls core only.
 *
 * gumbo 0.10 has three habits that a server can't live with:
 *  - it does not check what its allocator returns. So ours never returns NULL: it jumps back to
 *    mc__tree_parse(). gumbo holds nothing but memory, and all of that is in our heap.
 *  - gumbo_destroy_output() calls itself for every level of nesting. It is never called: the heap
 *    goes as a whole.
 *  - its tree can take a hundred times the memory of the text. The heap has a maximum.
 */
#include "tree.h"

#include <setjmp.h>

#define CHUNK_SIZE ((size_t)64 << 10)
#define ENTITY_MEMORY_MAX ((size_t)1 << 20)
#define STEP ((size_t)16)          /* size of header and alignment, and difference of small sizes */
#define SMALL_CLASSES ((size_t)32) /* sizes 16, 32, ... 512 */
#define CLASSES (SMALL_CLASSES + (size_t)24) /* and then 1024, 2048, ... */

/* Stands before each block; a block given back waits in the list of its class. */
typedef union block {
    struct {
        size_t class_index;
        union block *next;
    } is;
    _Alignas(16) char header[STEP];
} block;

typedef struct chunk {
    struct chunk *next;
    size_t unused_; /* keeps what follows aligned */
} chunk;

typedef struct mc__heap {
    chunk *chunks;
    char *free_from, *free_to; /* rest of the newest chunk */
    size_t size, max;
    block *given_back[CLASSES];
    jmp_buf failed; /* left with the error code */
    GumboOptions options;
} mc__heap;

static size_t class_of(size_t size)
{
    size_t class_index = SMALL_CLASSES;

    if (size <= SMALL_CLASSES * STEP)
        return size ? (size - 1) / STEP : 0;
    for (size_t limit = SMALL_CLASSES * STEP * 2; limit < size; limit *= 2)
        class_index++;
    return class_index;
}

static size_t size_of(size_t class_index)
{
    if (class_index < SMALL_CLASSES)
        return (class_index + 1) * STEP;
    return SMALL_CLASSES * STEP * 2 << (class_index - SMALL_CLASSES);
}

static void add_chunk(mc__heap *heap, size_t least)
{
    size_t size = sizeof(chunk) + (least > CHUNK_SIZE ? least : CHUNK_SIZE);

    if (size > heap->max - heap->size)
        longjmp(heap->failed, MC_ETOOLARGE);

    chunk *added = mc__malloc(size);
    if (!added)
        longjmp(heap->failed, MC_ENOMEM);

    added->next = heap->chunks;
    heap->chunks = added;
    heap->size += size;
    heap->free_from = (char *)(added + 1);
    heap->free_to = (char *)added + size;
}

/* Zeroed: for tables gumbo looks at a member of a token that it has not set. */
static void *allocate(void *data, size_t size)
{
    mc__heap *heap = data;

    if (size > heap->max)
        longjmp(heap->failed, MC_ETOOLARGE);

    size_t class_index = class_of(size);
    block *taken = heap->given_back[class_index];
    if (taken) {
        heap->given_back[class_index] = taken->is.next;
        return memset(taken + 1, 0, size);
    }

    size_t needed = sizeof(block) + size_of(class_index);
    if (needed > (size_t)(heap->free_to - heap->free_from))
        add_chunk(heap, needed);
    taken = (block *)(void *)heap->free_from;
    heap->free_from += needed;
    taken->is.class_index = class_index;
    return memset(taken + 1, 0, size);
}

static void give_back(void *data, void *memory)
{
    mc__heap *heap = data;

    if (!memory)
        return;

    block *given = (block *)memory - 1;
    given->is.next = heap->given_back[given->is.class_index];
    heap->given_back[given->is.class_index] = given;
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
    heap->max = max_memory;
    heap->options = kGumboDefaultOptions;
    heap->options.allocator = allocate;
    heap->options.deallocator = give_back;
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
    chunk *next;

    if (!tree->heap)
        return;
    for (chunk *c = tree->heap->chunks; c; c = next) {
        next = c->next;
        mc__free(c);
    }
    mc__free(tree->heap);
    *tree = (mc__tree){0};
}

int mc__tree_knows_entity(const char *entity, size_t length, bool *known)
{
    mc__tree tree = {0};
    int rc = mc__tree_parse(&tree, entity, length, ENTITY_MEMORY_MAX);

    if (rc < 0)
        return rc;

    const GumboVector *children = &tree.root->v.element.children;
    const GumboNode *text = children->length > 0 ? children->data[0] : NULL;
    *known = text && text->type != GUMBO_NODE_ELEMENT && !strchr(text->v.text.text, ';');
    mc__tree_release(&tree);
    return 0;
}
