/*
 * Arenas: many small pieces of memory that are freed together. Calls alloc.c and, for digits,
 * text.c.
 *
 * Pieces are cut from chunks that double in size. The newest chunk is first in the list; a piece
 * too large to share a chunk gets its own, second in the list, so that the space left in the first
 * stays in use.
 */
#include "core.h"

#define ALIGNMENT ((size_t)16)
#define SMALLEST_CHUNK ((size_t)1024)
#define LARGEST_CHUNK ((size_t)32 * 1024)
#define LARGEST_SHARED (LARGEST_CHUNK / 4)

/* With the address sanitizer each piece is a chunk of its own, so that overruns are detected. */
#if defined(__SANITIZE_ADDRESS__)
#define ONE_CHUNK_PER_PIECE true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ONE_CHUNK_PER_PIECE true
#endif
#endif
#ifndef ONE_CHUNK_PER_PIECE
#define ONE_CHUNK_PER_PIECE false
#endif

typedef struct mc__chunk {
    struct mc__chunk *next;
    size_t size; /* of bytes */
    size_t used;
    _Alignas(16) unsigned char bytes[];
} mc__chunk;

_Static_assert(sizeof(mc__chunk) % ALIGNMENT == 0, "pieces would not be aligned");

static size_t aligned(size_t number, size_t alignment)
{
    return (number + alignment - 1) & ~(alignment - 1);
}

static mc__chunk *new_chunk(size_t size)
{
    mc__chunk *chunk = mc__malloc(sizeof(mc__chunk) + size);

    if (chunk)
        *chunk = (mc__chunk){.size = size};
    return chunk;
}

/* Twice the first chunk, and enough for a piece of that size. */
static size_t next_chunk_size(const mc__arena *arena, size_t piece)
{
    size_t total = SMALLEST_CHUNK;

    if (arena->chunks)
        total = 2 * (arena->chunks->size + sizeof(mc__chunk));
    while (total < piece + sizeof(mc__chunk))
        total *= 2;
    if (total > LARGEST_CHUNK)
        total = LARGEST_CHUNK;
    return total - sizeof(mc__chunk);
}

static mc__chunk *add_shared_chunk(mc__arena *arena, size_t piece)
{
    mc__chunk *chunk = new_chunk(next_chunk_size(arena, piece));

    if (!chunk)
        return NULL;

    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

static mc__chunk *add_own_chunk(mc__arena *arena, size_t piece)
{
    mc__chunk *chunk = new_chunk(piece);
    mc__chunk **link = arena->chunks ? &arena->chunks->next : &arena->chunks;

    if (!chunk)
        return NULL;

    chunk->next = *link;
    *link = chunk;
    return chunk;
}

static void *cut(mc__chunk *chunk, size_t size, size_t alignment)
{
    size_t start = aligned(chunk->used, alignment);

    if (start > chunk->size || chunk->size - start < size)
        return NULL;

    chunk->used = start + size;
    return chunk->bytes + start;
}

/* Allocates memory that is not zeroed. Texts need no alignment. */
static void *take(mc__arena *arena, size_t size, size_t alignment)
{
    void *piece = arena->chunks ? cut(arena->chunks, size, alignment) : NULL;
    mc__chunk *chunk;

    if (piece)
        return piece;

    if (size > PTRDIFF_MAX - sizeof(mc__chunk))
        chunk = NULL;
    else if (ONE_CHUNK_PER_PIECE || size > LARGEST_SHARED)
        chunk = add_own_chunk(arena, size);
    else
        chunk = add_shared_chunk(arena, size);

    if (!chunk) {
        arena->failed = true;
        return NULL;
    }
    return cut(chunk, size, alignment);
}

void *mc__arena_alloc(mc__arena *arena, size_t size)
{
    void *piece = take(arena, size ? size : 1, ALIGNMENT);

    return piece ? memset(piece, 0, size) : NULL;
}

char *mc__arena_text(mc__arena *arena, size_t length)
{
    char *text = length < SIZE_MAX ? take(arena, length + 1, 1) : NULL;

    if (text)
        text[length] = '\0';
    else
        arena->failed = true;
    return text;
}

char *mc__arena_copy(mc__arena *arena, const char *text, size_t length)
{
    char *copy = mc__arena_text(arena, length);

    if (!copy)
        return (char *)"";

    if (length)
        memcpy(copy, text, length);
    return copy;
}

char *mc__arena_strdup(mc__arena *arena, const char *text)
{
    return text ? mc__arena_copy(arena, text, strlen(text)) : mc__arena_copy(arena, "", 0);
}

char *mc__arena_int(mc__arena *arena, int64_t number)
{
    char digits[MC_INT_TEXT_SIZE], *end = digits + sizeof(digits);
    const char *start = mc__int_format(end, number);

    return mc__arena_copy(arena, start, (size_t)(end - start));
}

char *mc__arena_vformat(mc__arena *arena, const char *format, va_list args)
{
    va_list again;
    char *text = NULL;

    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);

    if (length >= 0)
        text = take(arena, (size_t)length + 1, 1);
    if (text)
        vsnprintf(text, (size_t)length + 1, format, again);
    else
        arena->failed = true;
    va_end(again);
    return text ? text : (char *)"";
}

char *mc__arena_format(mc__arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = mc__arena_vformat(arena, format, args);
    va_end(args);
    return text;
}

static void free_chunks(mc__chunk *chunk)
{
    while (chunk) {
        mc__chunk *next = chunk->next;

        mc__free(chunk);
        chunk = next;
    }
}

size_t mc__arena_size(const mc__arena *arena)
{
    size_t size = 0;

    for (const mc__chunk *chunk = arena->chunks; chunk; chunk = chunk->next)
        size += sizeof(mc__chunk) + chunk->size;
    return size;
}

void mc__arena_reset(mc__arena *arena)
{
    mc__chunk *first = arena->chunks;

    /* A session must not hold the memory of one huge text for the rest of its life. */
    if (ONE_CHUNK_PER_PIECE || !first || first->size > LARGEST_CHUNK) {
        mc__arena_release(arena);
        return;
    }

    free_chunks(first->next);
    first->next = NULL;
    first->used = 0;
    arena->failed = false;
}

void mc__arena_release(mc__arena *arena)
{
    free_chunks(arena->chunks);
    *arena = (mc__arena)MC_ARENA_INIT;
}
