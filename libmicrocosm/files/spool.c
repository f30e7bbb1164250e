/* See spool.h. */
#include "spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX "upload-"
#define NAME_LENGTH 20
#define TRIES 10

int mc__files_fail(mc__problem *problem, const char *what)
{
    int code = errno == ENOSPC || errno == EDQUOT ? MC_ERESOURCES : MC_ESYSTEM;
    char text[128];

    return mc__fail(problem, code, "%s: %s", what, strerror_r(errno, text, sizeof(text)));
}

static bool make_folder(const char *folder)
{
    return mkdir(folder, 0700) == 0 || errno == EEXIST;
}

int mc__folder_make(mc__problem *problem, const char *folder)
{
    mc_auto(mc__free) char *path = mc__strdup(folder);

    if (!path)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    for (char *slash = path; *path && (slash = strchr(slash + 1, '/'));) {
        *slash = '\0';
        if (!make_folder(path))
            return mc__files_fail(problem, "the folder of files cannot be made");
        *slash = '/';
    }
    return make_folder(path) ? 0 : mc__files_fail(problem, "the folder of files cannot be made");
}

/* Makes something in a folder, and takes it away again. Sets errno. */
static bool can_make_in(mc__text *path, const char *folder)
{
    char name[NAME_LENGTH + 1];

    mc__random_text(name, NAME_LENGTH);
    mc__text_format(path, "%s/." PREFIX "%s", folder, name);
    if (path->error) {
        errno = ENOMEM;
        return false;
    }
    return mkdir(mc__text_string(path), 0700) == 0 && rmdir(mc__text_string(path)) == 0;
}

/* Cuts a path down to the nearest folder above that is there. False, with errno: something on the
 * way is no folder, or can't be looked at. */
static bool find_above(char *path)
{
    struct stat found;

    while (stat(path, &found) != 0) {
        char *slash = strrchr(path, '/');

        /* a link to nothing can't be made either */
        if (errno != ENOENT || lstat(path, &found) == 0)
            return false;
        if (!slash)
            memcpy(path, ".", sizeof("."));
        else
            slash[slash == path] = '\0';
    }
    errno = ENOTDIR;
    return S_ISDIR(found.st_mode);
}

int mc__folder_check(mc__problem *problem, const char *folder)
{
    size_t size = strlen(folder) + 1;
    mc_auto(mc__free) char *above = mc__malloc(size + 1); /* for "." at least */
    mc_scratch_text(probe);
    mc_scratch_text(what);

    if (!above)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    memcpy(above, folder, size);
    if (find_above(above) && can_make_in(&probe, above))
        return 0;
    if (errno == ENOMEM)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    mc__text_format(&what, "the folder %s for uploaded files cannot be %s", folder,
                    strcmp(above, folder) == 0 ? "written" : "made");
    return mc__files_fail(problem, mc__text_string(&what));
}

int mc__folder_sync(mc__problem *problem, const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;
    int rc = synced ? 0 : mc__files_fail(problem, "a folder of files cannot be written");

    if (fd >= 0)
        close(fd);
    return rc;
}

/* Whether the file is still there, and this process has the only lock on it: between its making and
 * its locking another process may have taken it for one that was left. */
static bool is_held(int fd)
{
    struct stat found;

    return flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &found) == 0 && found.st_nlink > 0;
}

static int open_new(mc__spool *spool)
{
    char name[NAME_LENGTH + 1];
    size_t size = strlen(spool->folder) + sizeof("/" PREFIX) + NAME_LENGTH;

    mc__free(spool->path);
    spool->path = mc__malloc(size);
    if (!spool->path)
        return -1;
    mc__random_text(name, NAME_LENGTH);
    snprintf(spool->path, size, "%s/" PREFIX "%s", spool->folder, name);
    return open(spool->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
}

int mc__spool_begin(mc__spool *out, mc__problem *problem, const char *folder)
{
    int rc = mc__folder_make(problem, folder);

    *out = (mc__spool)MC_SPOOL_INIT;
    if (rc < 0)
        return rc;
    out->folder = mc__strdup(folder);
    out->hasher = mc__hasher_new();
    if (!out->folder || !out->hasher)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    for (int i = 0; i < TRIES; i++) {
        out->fd = open_new(out);
        if (out->fd < 0)
            break;
        if (is_held(out->fd))
            return 0;
        close(out->fd);
    }
    mc__free(out->path);
    out->path = NULL;
    out->fd = -1;
    return mc__files_fail(problem, "a temporary file cannot be made");
}

int mc__spool_add(mc__spool *spool, mc__problem *problem, const void *bytes, size_t length)
{
    const char *next = bytes;
    size_t left = length;

    while (left > 0) {
        ssize_t n = write(spool->fd, next, left);

        if (n < 0 && errno != EINTR)
            return mc__files_fail(problem, "a file cannot be written");
        if (n > 0) {
            next += n;
            left -= (size_t)n;
        }
    }
    mc__hasher_add(spool->hasher, bytes, length);
    spool->size += (int64_t)length;
    return 0;
}

void mc__spool_end(mc__spool *spool)
{
    uint8_t sha1[MC_SHA1_SIZE];

    mc__hasher_end(spool->hasher, spool->sha256, sha1);
    mc__hex(spool->name, spool->sha256, sizeof(spool->sha256));
    mc__hex(spool->sha1, sha1, sizeof(sha1));
}

int64_t mc__spool_read(const mc__spool *spool, mc__problem *problem, void *out, size_t size,
                       int64_t offset)
{
    size_t done = 0;

    while (done < size) {
        ssize_t n = pread(spool->fd, (char *)out + done, size - done, offset + (int64_t)done);

        if (n == 0)
            break;
        if (n < 0 && errno != EINTR)
            return mc__files_fail(problem, "a file cannot be read");
        done += n > 0 ? (size_t)n : 0;
    }
    return (int64_t)done;
}

void mc__spool_release(mc__spool *spool)
{
    if (spool->path)
        unlink(spool->path);
    if (spool->fd >= 0)
        close(spool->fd);
    mc__free(spool->path);
    mc__free(spool->folder);
    mc__hasher_free(spool->hasher);
    *spool = (mc__spool)MC_SPOOL_INIT;
}

static bool sweep_one(int folder, const char *name)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool swept = fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0 && unlinkat(folder, name, 0) == 0;

    if (fd >= 0)
        close(fd);
    return swept;
}

int mc__spool_sweep(const char *folder)
{
    DIR *open_folder = opendir(folder);
    const struct dirent *entry;
    int count = 0;

    if (!open_folder)
        return 0;
    while ((entry = readdir(open_folder)))
        if (strncmp(entry->d_name, PREFIX, strlen(PREFIX)) == 0)
            count += sweep_one(dirfd(open_folder), entry->d_name);
    closedir(open_folder);
    return count;
}
