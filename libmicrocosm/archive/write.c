/* Writing folders and archives: see archive.h. */
#include "archive.h"

#include <archive.h>
#include <archive_entry.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".tar.zst"
#define PARTIAL ".partial"

struct mc__archive_writer {
    struct archive *archive; /* NULL: it is a folder */
    char *path, *partial;
    int folder; /* descriptor, or -1 */
    int file;   /* of the archive, or of the file that is written */
};

static int fail_of(mc__problem *problem, const char *what)
{
    int code = errno == ENOSPC || errno == EDQUOT ? MC_ERESOURCES : MC_ESYSTEM;
    char text[128] = "";

    return mc__fail(problem, code, "%s: %s", what, strerror_r(errno, text, sizeof(text)));
}

static int fail_of_archive(mc__archive_writer *w, mc__problem *problem)
{
    int error = archive_errno(w->archive);
    const char *why = archive_error_string(w->archive);

    return mc__fail(problem, error == ENOSPC || error == EDQUOT ? MC_ERESOURCES : MC_ESYSTEM,
                    "the archive cannot be written: %s", why ? why : "unknown");
}

static int create_archive(mc__archive_writer *w, mc__problem *problem)
{
    size_t size = strlen(w->path) + sizeof(PARTIAL);

    w->partial = mc__malloc(size);
    if (!w->partial)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    snprintf(w->partial, size, "%s%s", w->path, PARTIAL);
    w->file = open(w->partial, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (w->file < 0)
        return fail_of(problem, w->partial);
    w->archive = archive_write_new();
    if (!w->archive)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    if (archive_write_add_filter_zstd(w->archive) != ARCHIVE_OK ||
        archive_write_set_format_pax_restricted(w->archive) != ARCHIVE_OK ||
        archive_write_open_fd(w->archive, w->file) != ARCHIVE_OK)
        return fail_of_archive(w, problem);
    return 0;
}

static bool is_empty(int folder)
{
    int copy = dup(folder);
    DIR *entries = copy >= 0 ? fdopendir(copy) : NULL;
    int count = 0;

    while (entries && count < 3 && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    else if (copy >= 0)
        close(copy);
    return entries && count <= 2; /* . and .. */
}

static int create_folder(mc__archive_writer *w, mc__problem *problem)
{
    if (mkdir(w->path, 0700) != 0 && errno != EEXIST)
        return fail_of(problem, w->path);
    w->folder = open(w->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (w->folder < 0)
        return fail_of(problem, w->path);
    if (!is_empty(w->folder))
        return mc__fail(problem, MC_ECONFLICT, "the folder is not empty");
    return 0;
}

/* Whoever names a file so would wonder about a folder. */
static bool is_another_archive(const char *path)
{
    static const char *const endings[] = {".tar", ".zst", ".gz", ".tgz", ".zip",
                                          ".xz",  ".bz2", ".7z", ".json"};
    const char *dot = strrchr(path, '.');

    for (size_t i = 0; dot && i < MC_COUNT(endings); i++)
        if (strcasecmp(dot, endings[i]) == 0)
            return true;
    return false;
}

int mc__archive_create(mc__archive_writer **out, mc__problem *problem, const char *path)
{
    mc_auto(mc__archive_free) mc__archive_writer *w = mc__calloc(1, sizeof(*w));
    size_t length = strlen(path), suffix = sizeof(SUFFIX) - 1;
    bool is_archive = length > suffix && strcmp(path + length - suffix, SUFFIX) == 0;
    int rc;

    if (!w)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    w->folder = w->file = -1;
    if (!is_archive && is_another_archive(path))
        return mc__fail(problem, MC_EINVAL,
                        "the name of an archive must end with " SUFFIX
                        "; that of a folder may end so only with a / behind it");
    w->path = mc__strdup(path);
    if (!w->path)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    rc = is_archive ? create_archive(w, problem) : create_folder(w, problem);
    if (rc == 0)
        *out = MC_TAKE(w);
    return rc;
}

void mc__archive_free(mc__archive_writer *w)
{
    if (!w)
        return;
    /* What it still holds is written, and deleted with the file below: after archive_write_fail()
     * nothing would be, but libarchive doesn't free its buffer then. */
    if (w->archive)
        archive_write_free(w->archive);
    if (w->file >= 0)
        close(w->file);
    if (w->folder >= 0)
        close(w->folder);
    if (w->partial)
        unlink(w->partial);
    mc__free(w->partial);
    mc__free(w->path);
    mc__free(w);
}

/* Makes the folders of a name, and the file. */
static int open_in_folder(mc__archive_writer *w, const char *path)
{
    char part[256];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        size_t length = (size_t)(slash - path);

        if (length >= sizeof(part)) {
            errno = ENAMETOOLONG;
            return -1;
        }
        memcpy(part, path, length);
        part[length] = '\0';
        if (mkdirat(w->folder, part, 0700) != 0 && errno != EEXIST)
            return -1;
    }
    return openat(w->folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

int mc__archive_begin(mc__archive_writer *w, mc__problem *problem, const char *path, int64_t size)
{
    struct archive_entry *entry;
    int rc;

    if (!w->archive) {
        w->file = open_in_folder(w, path);
        return w->file < 0 ? fail_of(problem, path) : 0;
    }
    entry = archive_entry_new();
    if (!entry)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    archive_entry_set_pathname(entry, path);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, size);
    archive_entry_set_mtime(entry, 0, 0);
    rc = archive_write_header(w->archive, entry);
    archive_entry_free(entry);
    return rc == ARCHIVE_OK ? 0 : fail_of_archive(w, problem);
}

int mc__archive_write(mc__archive_writer *w, mc__problem *problem, const void *bytes, size_t length)
{
    const char *at = bytes;

    while (length > 0) {
        ssize_t n =
            w->archive ? archive_write_data(w->archive, at, length) : write(w->file, at, length);

        if (n < 0 && !w->archive && errno == EINTR)
            continue;
        if (n <= 0)
            return w->archive ? fail_of_archive(w, problem)
                              : fail_of(problem, "the file cannot be written");
        at += n;
        length -= (size_t)n;
    }
    return 0;
}

int mc__archive_end(mc__archive_writer *w, mc__problem *problem)
{
    int rc;

    if (w->archive)
        return archive_write_finish_entry(w->archive) == ARCHIVE_OK ? 0
                                                                    : fail_of_archive(w, problem);
    rc = close(w->file);
    w->file = -1;
    return rc == 0 ? 0 : fail_of(problem, "the file cannot be written");
}

int mc__archive_finish(mc__archive_writer *w, mc__problem *problem)
{
    if (!w->archive)
        return fsync(w->folder) == 0 ? 0 : fail_of(problem, w->path);
    if (archive_write_close(w->archive) != ARCHIVE_OK)
        return fail_of_archive(w, problem);
    if (fsync(w->file) != 0 || rename(w->partial, w->path) != 0)
        return fail_of(problem, w->path);
    mc__free(w->partial);
    w->partial = NULL;
    return 0;
}
