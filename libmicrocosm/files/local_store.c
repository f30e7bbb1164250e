/*
 * Files on the local disk: FOLDER/ab/abcdef…, and in FOLDER/tmp what is on its way in. A file gets
 * its name when all of it is on the disk, so what has a name is whole.
 */
#include "store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)256 << 10)

typedef struct local_store {
    mc__file_store base;
    char *folder;
} local_store;

static char *join(const char *folder, const char *rest)
{
    size_t size = strlen(folder) + strlen(rest) + 2;
    char *path = mc__malloc(size);

    if (path)
        snprintf(path, size, "%s/%s", folder, rest);
    return path;
}

/* The folder of a name, which the path begins with. NULL: out of memory. */
static char *path_of(const mc__file_store *store, const char *name)
{
    char rest[MC_SHA256_TEXT_SIZE + 3];

    snprintf(rest, sizeof(rest), "%.2s/%s", name, name);
    return join(((const local_store *)store)->folder, rest);
}

static int out_of_memory(mc__problem *problem)
{
    return mc__fail(problem, MC_ENOMEM, "out of memory");
}

static int move_to(mc__problem *problem, mc__spool *spool, const char *path, const char *folder,
                   const char *above)
{
    int rc = mc__folder_make(problem, folder);

    if (rc < 0)
        return rc;
    if (fsync(spool->fd) != 0 || rename(spool->path, path) != 0)
        return mc__files_fail(problem, "a file cannot be stored");
    mc__free(spool->path);
    spool->path = NULL;
    rc = mc__folder_sync(problem, folder);
    return rc < 0 ? rc : mc__folder_sync(problem, above);
}

static int put(mc__file_store *store, mc__problem *problem, mc__spool *spool)
{
    const char *above = ((local_store *)store)->folder;
    char first[3] = {spool->name[0], spool->name[1], '\0'};
    mc_auto(mc__free) char *path = path_of(store, spool->name);
    mc_auto(mc__free) char *folder = join(above, first);

    if (!path || !folder)
        return out_of_memory(problem);
    return move_to(problem, spool, path, folder, above);
}

static int fail_at(mc__problem *problem)
{
    if (errno == ENOENT)
        return mc__fail(problem, MC_ENOTFOUND, "the file's bytes are gone");
    return mc__files_fail(problem, "a file cannot be read");
}

static int send(int fd, mc__problem *problem, int64_t offset, int64_t length, mc__sink *sink,
                void *data)
{
    mc_auto(mc__free) char *piece = mc__malloc(PIECE);
    int rc = 0;

    if (!piece)
        return out_of_memory(problem);
    while (rc == 0 && length != 0) {
        size_t size = length < 0 || length > (int64_t)PIECE ? PIECE : (size_t)length;
        ssize_t n = pread(fd, piece, size, offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fail_at(problem);
        if (n == 0)
            return length < 0 ? 0 : mc__fail(problem, MC_ENOTFOUND, "the file is cut short");
        rc = sink(data, piece, (size_t)n);
        offset += n;
        length -= length < 0 ? 0 : n;
    }
    return rc;
}

static int get(mc__file_store *store, mc__problem *problem, const char *name, int64_t offset,
               int64_t length, mc__sink *sink, void *data)
{
    mc_auto(mc__free) char *path = path_of(store, name);
    int fd, rc;

    if (!path)
        return out_of_memory(problem);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail_at(problem);
    rc = send(fd, problem, offset, length, sink, data);
    close(fd);
    return rc;
}

static int find(mc__file_store *store, mc__problem *problem, const char *name, int64_t *size)
{
    mc_auto(mc__free) char *path = path_of(store, name);
    struct stat found;

    if (!path)
        return out_of_memory(problem);
    if (stat(path, &found) != 0)
        return fail_at(problem);
    *size = found.st_size;
    return 0;
}

static int discard(mc__file_store *store, mc__problem *problem, const char *name)
{
    mc_auto(mc__free) char *path = path_of(store, name);

    if (!path)
        return out_of_memory(problem);
    if (unlink(path) != 0 && errno != ENOENT)
        return mc__files_fail(problem, "a file cannot be deleted");
    return 0;
}

static void local_free(mc__file_store *store)
{
    mc__free(((local_store *)store)->folder);
}

/* All that is left is in the folder of spools. */
static int sweep(mc__file_store *store, mc__problem *problem)
{
    (void)store;
    (void)problem;
    return 0;
}

static int check(mc__file_store *store, mc__problem *problem)
{
    int rc = mc__folder_check(problem, ((const local_store *)store)->folder);

    return rc < 0 ? rc : mc__folder_check(problem, store->spool_folder);
}

static const mc__store_kind kind = {put, get, find, discard, NULL, sweep, check, local_free};

int mc__local_store_new(mc__file_store **out, const char *folder)
{
    local_store *store = mc__calloc(1, sizeof(*store));

    if (!store)
        return MC_ENOMEM;
    store->base.kind = &kind;
    store->folder = mc__strdup(folder);
    store->base.spool_folder = join(folder, "tmp");
    if (!store->folder || !store->base.spool_folder) {
        mc__file_store_free(&store->base);
        return MC_ENOMEM;
    }
    *out = &store->base;
    return 0;
}

void mc__file_store_free(mc__file_store *store)
{
    if (!store)
        return;
    store->kind->free(store);
    mc__free(store->spool_folder);
    mc__free(store);
}

bool mc__is_store_name(const char *name)
{
    return name && strlen(name) == MC_SHA256_TEXT_SIZE - 1 &&
           strspn(name, "0123456789abcdef") == MC_SHA256_TEXT_SIZE - 1;
}
