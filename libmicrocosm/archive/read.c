/* Reading folders and archives: see archive.h. */
#include "archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MOST 12
#define PATH_MOST 512
#define PIECE ((size_t)64 << 10)

typedef struct level {
    DIR *folder;
    size_t length; /* of the path up to it */
} level;

struct mc__archive {
    struct archive *archive; /* NULL: it is a folder */
    int fd;                  /* of the archive, or of the file that is read */
    int64_t size, done;
    level levels[DEPTH_MOST];
    int depth;
    char path[PATH_MOST];
};

static int fail_of(mc__problem *problem, const char *what)
{
    int code = errno == ENOENT || errno == ENOTDIR ? MC_ENOTFOUND : MC_ESYSTEM;
    char text[128] = "";

    return mc__fail(problem, code, "%s: %s", what, strerror_r(errno, text, sizeof(text)));
}

/* "cannot be read" and the library's reason. */
static int fail_of_archive(mc__problem *problem, struct archive *archive)
{
    const char *why = archive_error_string(archive);

    return mc__fail(problem, archive_errno(archive) == ENOMEM ? MC_ENOMEM : MC_EINVAL,
                    "the archive cannot be read: %s", why ? why : "it is damaged");
}

static int open_archive(mc__archive *a, mc__problem *problem, const char *path)
{
    struct stat info;

    a->fd = mc__open_regular(path);
    if (a->fd < 0 && errno == EINVAL)
        return mc__fail(problem, MC_EINVAL, "the path is of no folder and no regular file");
    if (a->fd < 0 || fstat(a->fd, &info) != 0)
        return fail_of(problem, "the archive cannot be opened");
    a->size = info.st_size;
    a->archive = archive_read_new();
    if (!a->archive)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    archive_read_support_filter_zstd(a->archive);
    archive_read_support_filter_gzip(a->archive);
    archive_read_support_format_tar(a->archive);
    if (archive_read_open_fd(a->archive, a->fd, PIECE) != ARCHIVE_OK)
        return fail_of_archive(problem, a->archive);
    return 0;
}

static bool enter(mc__archive *a, int at, const char *name)
{
    int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;

    if (!folder) {
        if (fd >= 0)
            close(fd);
        return false;
    }
    a->levels[a->depth++] = (level){folder, strlen(a->path)};
    return true;
}

int mc__archive_open(mc__archive **out, mc__problem *problem, const char *path)
{
    mc_auto(mc__archive_close) mc__archive *a = mc__calloc(1, sizeof(*a));
    struct stat info;
    int rc = 0;

    if (!a)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    a->fd = -1;
    if (stat(path, &info) != 0)
        return fail_of(problem, path);
    if (!S_ISDIR(info.st_mode)) {
        rc = open_archive(a, problem, path);
    } else {
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;

        if (!folder)
            rc = fail_of(problem, "the folder cannot be read");
        if (!folder && fd >= 0)
            close(fd);
        if (folder)
            a->levels[a->depth++] = (level){folder, 0};
    }
    if (rc == 0)
        *out = MC_TAKE(a);
    return rc;
}

void mc__archive_close(mc__archive *a)
{
    if (!a)
        return;
    if (a->archive)
        archive_read_free(a->archive);
    while (a->depth > 0)
        closedir(a->levels[--a->depth].folder);
    if (a->fd >= 0)
        close(a->fd);
    mc__free(a);
}

/* Below the folder: neither absolute nor with a part that goes up. */
static const char *fault_of_path(const char *path)
{
    if (*path == '/')
        return "has an absolute name";
    for (const char *part = path; *part;) {
        size_t length = strcspn(part, "/");

        if (length == 2 && part[0] == '.' && part[1] == '.')
            return "has a name that leads out of the archive";
        part += length + (part[length] == '/');
    }
    return NULL;
}

static int next_of_archive(mc__archive *a, mc__problem *problem, mc__archive_entry *out)
{
    struct archive_entry *entry;
    const char *path;
    int rc;

    do {
        rc = archive_read_next_header(a->archive, &entry);
        if (rc == ARCHIVE_EOF)
            return 0;
        if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
            return fail_of_archive(problem, a->archive);
    } while (archive_entry_filetype(entry) == AE_IFDIR);
    path = archive_entry_pathname(entry);
    if (!path || !mc__utf8_valid(path, strlen(path)))
        return mc__fail(problem, MC_EINVAL, "the archive has a file without a valid name");
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    *out = (mc__archive_entry){path, archive_entry_size(entry), fault_of_path(path)};
    if (archive_entry_hardlink(entry) || archive_entry_symlink(entry))
        out->fault = "is a link";
    else if (archive_entry_filetype(entry) != AE_IFREG)
        out->fault = "is no regular file";
    return 1;
}

/* Opens what a folder has; 1: it is a file, or something else that is told of, 0: it was a folder.
 */
static int look_at(mc__archive *a, mc__problem *problem, const char *name, mc__archive_entry *out)
{
    const level *top = &a->levels[a->depth - 1];
    int written = snprintf(a->path + top->length, sizeof(a->path) - top->length, "%s%s",
                           top->length ? "/" : "", name);
    struct stat info;

    if (written < 0 || (size_t)written >= sizeof(a->path) - top->length)
        return mc__fail(problem, MC_EINVAL, "a name in the folder is too long");
    if (fstatat(dirfd(top->folder), name, &info, AT_SYMLINK_NOFOLLOW) != 0)
        return fail_of(problem, a->path);
    if (S_ISDIR(info.st_mode)) {
        if (a->depth == DEPTH_MOST)
            return mc__fail(problem, MC_EINVAL, "%s is too deep in folders", a->path);
        return enter(a, dirfd(top->folder), name) ? 0 : fail_of(problem, a->path);
    }
    *out = (mc__archive_entry){a->path, info.st_size, NULL};
    if (!mc__utf8_valid(a->path, strlen(a->path)))
        return mc__fail(problem, MC_EINVAL, "the folder has a file without a valid name");
    if (S_ISLNK(info.st_mode))
        out->fault = "is a link";
    else if (!S_ISREG(info.st_mode))
        out->fault = "is no regular file";
    if (out->fault)
        return 1;
    a->fd = openat(dirfd(top->folder), name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return a->fd >= 0 ? 1 : fail_of(problem, a->path);
}

static int next_of_folder(mc__archive *a, mc__problem *problem, mc__archive_entry *out)
{
    if (a->fd >= 0)
        close(a->fd);
    a->fd = -1;
    while (a->depth > 0) {
        struct dirent *found = readdir(a->levels[a->depth - 1].folder);
        int rc;

        if (!found) {
            closedir(a->levels[--a->depth].folder);
            continue;
        }
        if (strcmp(found->d_name, ".") == 0 || strcmp(found->d_name, "..") == 0)
            continue;
        rc = look_at(a, problem, found->d_name, out);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int mc__archive_next(mc__archive *a, mc__problem *problem, mc__archive_entry *out)
{
    return a->archive ? next_of_archive(a, problem, out) : next_of_folder(a, problem, out);
}

static int64_t read_some(mc__archive *a, mc__problem *problem, void *piece, size_t size)
{
    ssize_t n;

    if (a->archive) {
        n = archive_read_data(a->archive, piece, size);
        return n < 0 ? fail_of_archive(problem, a->archive) : n;
    }
    do
        n = read(a->fd, piece, size);
    while (n < 0 && errno == EINTR);
    return n < 0 ? fail_of(problem, a->path) : n;
}

int mc__archive_read(mc__archive *a, mc__problem *problem, mc__text *out)
{
    mc_auto(mc__free) char *piece = mc__malloc(PIECE);
    int64_t n = 1;

    if (!piece)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    while (n > 0) {
        n = read_some(a, problem, piece, PIECE);
        if (n < 0)
            return (int)n;
        mc__text_append(out, piece, (size_t)n);
        a->done += n;
        if (out->error == MC_ETOOLARGE)
            return mc__fail(problem, MC_ETOOLARGE, "a file is larger than %zu bytes", out->max);
        if (out->error)
            return mc__fail(problem, MC_ENOMEM, "out of memory");
    }
    return 0;
}

int64_t mc__archive_position(const mc__archive *a)
{
    return a->archive ? archive_filter_bytes(a->archive, -1) : a->done;
}

int64_t mc__archive_size(const mc__archive *a)
{
    return a->size;
}
