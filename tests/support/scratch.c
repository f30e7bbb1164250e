#include "scratch.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MEMORY_FOLDER "/dev/shm"
#define DISK_FOLDER "/tmp"

/* Space for two servers with a dozen databases each; the same as in tests/http/harness.py. */
#define ROOM_NEEDED ((unsigned long long)1 << 30)

static const char *parent(void)
{
    struct statvfs space;

    if (access(MEMORY_FOLDER, W_OK) == 0 && statvfs(MEMORY_FOLDER, &space) == 0 &&
        !(space.f_flag & ST_NOEXEC) &&
        (unsigned long long)space.f_bavail * space.f_frsize >= ROOM_NEEDED)
        return MEMORY_FOLDER;
    return DISK_FOLDER;
}

char *test_folder_new(const char *prefix)
{
    char *folder = NULL;

    if (asprintf(&folder, "%s/%sXXXXXX", parent(), prefix) < 0)
        return NULL;
    if (mkdtemp(folder))
        return folder;
    free(folder);
    return NULL;
}

static int remove_one(const char *path, const struct stat *found, int type, struct FTW *walk)
{
    (void)found;
    (void)type;
    (void)walk;
    return remove(path);
}

void test_folder_remove(char *path)
{
    if (path)
        nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(path);
}
