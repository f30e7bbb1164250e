/*
 * Location and owner of a private PostgreSQL's files and socket. Calls cluster_child.c and core.
 *
 * Its home is the folder postgresql in the data folder. When this process runs as root, PostgreSQL
 * runs as another account, which must be able to reach that folder. Where it can't (/root is closed
 * to all others) home is a folder in /var/lib/microcosm, which the file postgresql.path in the data
 * folder names.
 *
 * In a folder that belongs to another account, root works by descriptor and follows no links, and
 * changes the owner only of what it has created.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cluster_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define HOME_NAME "postgresql"
#define LINK_NAME "postgresql.path"
#define ELSEWHERE "/var/lib/microcosm"
#define SOCKET_FILE "/" MC_SOCKET_NAME
#define SOCKET_FOLDER_MAX (sizeof(((struct sockaddr_un *)0)->sun_path) - sizeof(SOCKET_FILE))
#define HOME_MAX 900 /* PostgreSQL truncates paths to 1023 bytes */
#define ACCOUNT_BUFFER 16384

static int give(const mc__place *place, int fd)
{
    return place->account.other ? fchown(fd, place->account.uid, place->account.gid) : 0;
}

/* Changes the owner only of a file it has just created: an old one may be a hard link to any file.
 */
int mc__place_open_file(const mc__place *place, int folder, const char *name)
{
    int fd = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0 && errno == EEXIST)
        return openat(folder, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && give(place, fd) < 0)
        mc__fd_close(&fd);
    return fd;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(fd, bytes, length);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0) {
            bytes += written;
            length -= (size_t)written;
        }
    }
    return 0;
}

int mc__place_write_file(const mc__place *place, int folder, const char *name, const char *content)
{
    char fresh[64];
    mc_auto_fd int fd = -1;

    snprintf(fresh, sizeof(fresh), "%s.new", name);
    unlinkat(folder, fresh, 0);
    fd = mc__place_open_file(place, folder, fresh);
    if (fd < 0 || write_all(fd, content, strlen(content)) < 0 || fsync(fd) < 0)
        return -1;
    if (renameat(folder, fresh, folder, name) < 0)
        return -1;
    return fsync(folder);
}

ssize_t mc__place_read_file(int folder, const char *name, char *content, size_t size)
{
    mc_auto_fd int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    ssize_t length = fd < 0 ? -1 : read(fd, content, size - 1);

    content[length < 0 ? 0 : length] = '\0';
    return length;
}

/* Like mkdir -p. Parent folders are private for ordinary users, as XDG requires, and readable by
 * all for root. */
static int make_folders(const char *path)
{
    mode_t mode = geteuid() == 0 ? 0755 : 0700;
    mc_auto(mc__free) char *copy = mc__strdup(path);

    if (!copy || !*copy) {
        errno = copy ? ENOENT : ENOMEM;
        return -1;
    }
    for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            return -1;
        *slash = '/';
    }
    return mkdir(copy, 0700) < 0 && errno != EEXIST ? -1 : 0;
}

static bool account_of_name(mc__account *account, const char *name)
{
    char buffer[ACCOUNT_BUFFER];
    struct passwd entry, *found = NULL;

    if (getpwnam_r(name, &entry, buffer, sizeof(buffer), &found) != 0 || !found ||
        found->pw_uid == 0)
        return false;
    account->uid = found->pw_uid;
    account->gid = found->pw_gid;
    snprintf(account->name, sizeof(account->name), "%s", name);
    return true;
}

/* Whether the account has an entry; without one it is used with the group of its folder. */
static bool account_of_uid(mc__account *account, uid_t uid, gid_t gid)
{
    char buffer[ACCOUNT_BUFFER];
    struct passwd entry, *found = NULL;

    account->uid = uid;
    account->gid = gid;
    snprintf(account->name, sizeof(account->name), "%ld", (long)uid);
    if (getpwuid_r(uid, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
        return false;
    account->gid = found->pw_gid;
    snprintf(account->name, sizeof(account->name), "%s", found->pw_name);
    return true;
}

/*
 * Chooses the owner of a new home in this folder. For root it is the folder's owner if initdb can
 * look that account up: a folder mounted into a container often belongs to a number without a name.
 */
static int choose_account(mc__account *account, mc__problem *problem, const struct stat *folder)
{
    account->other = geteuid() == 0;
    if (!account->other) {
        account_of_uid(account, geteuid(), getegid());
        return 0;
    }
    if (folder->st_uid != 0 && account_of_uid(account, folder->st_uid, folder->st_gid))
        return 0;
    if (account_of_name(account, "postgres") || account_of_name(account, "nobody"))
        return 0;
    return mc__fail(problem, MC_ESYSTEM,
                    "PostgreSQL does not run as root, and there is no account \"postgres\" or "
                    "\"nobody\" to run it as");
}

/* The state of the search for a home. */
struct search {
    mc__place *place;
    mc__problem *problem;
    const mc__log *log;
    const char *data; /* the data folder, without links */
    int fd;           /* of it */
    struct stat status;
    bool inside; /* home is in it */
    bool make;   /* make what is missing */
};

static bool can_enter(const mc__account *account, const char *folder)
{
    mc__problem problem = {.arena = MC_ARENA_INIT};
    mc_scratch_text(output);
    mc__child probe = {.account = account, .folder = folder};
    int rc = mc__child_run(&probe, &problem, &output);

    mc__problem_release(&problem);
    return rc == 0;
}

/*
 * Whether the account can reach a data folder that root made with mode 0700, as mktemp -d does,
 * once its group may enter it without listing it. Changes the folder so.
 */
static bool let_through(const struct search *search, const mc__account *account)
{
    const struct stat *status = &search->status;

    if (status->st_uid != 0 || status->st_gid != 0 || (status->st_mode & 07777) != 0700)
        return false;
    if (fchown(search->fd, (uid_t)-1, account->gid) == 0 && fchmod(search->fd, 0710) == 0 &&
        can_enter(account, search->data))
        return true;
    /* A parent folder is closed too: undo the change. */
    (void)!fchmod(search->fd, 0700);
    (void)!fchown(search->fd, (uid_t)-1, 0);
    return false;
}

/* Root follows no link here: the folder's owner may have placed one. */
static int open_folder(int at, const char *name)
{
    int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK;

    return openat(at, name, geteuid() == 0 ? flags | O_NOFOLLOW : flags);
}

/* Written under another name and then linked: of several processes one wins, with a complete file.
 */
static int write_link(const struct search *search, const char *home)
{
    mc_scratch_arena(scratch);
    const char *final = mc__arena_format(&scratch, "%s/" LINK_NAME, search->data);
    char *fresh = mc__arena_format(&scratch, "%s/" LINK_NAME ".XXXXXX", search->data);
    const char *line = mc__arena_format(&scratch, "%s\n", home);
    mc_auto_fd int fd = scratch.failed ? -1 : mkostemp(fresh, O_CLOEXEC);
    int rc = -1;

    if (fd < 0)
        return -1;
    if (write_all(fd, line, strlen(line)) == 0 && fsync(fd) == 0)
        rc = link(fresh, final);
    unlink(fresh);
    return rc;
}

/* Opens the home that the link file names. MC_ENOTFOUND: there is no such file. */
static int follow_link(struct search *search)
{
    mc__place *place = search->place;
    char line[HOME_MAX + 2];
    struct stat status;

    if (fstatat(search->fd, LINK_NAME, &status, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
        return MC_ENOTFOUND;
    if (mc__place_read_file(search->fd, LINK_NAME, line, sizeof(line)) < 2 || line[0] != '/' ||
        status.st_uid != geteuid())
        return mc__fail(search->problem, MC_ESYSTEM,
                        "%s/" LINK_NAME " is not readable, not ours or names no folder",
                        search->data);

    line[strcspn(line, "\n")] = '\0';
    place->home = mc__arena_strdup(&place->arena, line);
    place->fd = open_folder(AT_FDCWD, line);
    if (place->fd < 0)
        return mc__fail(search->problem, MC_ESYSTEM,
                        "%s/" LINK_NAME " says that the database is in %s: %s", search->data, line,
                        strerror(errno));
    return 0;
}

/* Makes home in /var/lib/microcosm, where the account can reach it. */
static int move_out(struct search *search, const mc__account *account)
{
    char home[] = ELSEWHERE "/XXXXXX";

    if (mkdir(ELSEWHERE, 0711) == 0)
        (void)!chmod(ELSEWHERE, 0711); /* independent of the umask */
    if (!mkdtemp(home) || chown(home, account->uid, account->gid) < 0)
        return mc__fail(search->problem, MC_ESYSTEM,
                        "the account %s, which PostgreSQL runs as, cannot enter %s; making %s "
                        "instead failed: %s",
                        account->name, search->data, home, strerror(errno));
    if (write_link(search, home) < 0) {
        int reason = errno;

        rmdir(home);
        if (reason == EEXIST) /* another process was faster: use its home */
            return follow_link(search);
        return mc__fail(search->problem, MC_ESYSTEM, "cannot write %s/" LINK_NAME ": %s",
                        search->data, strerror(reason));
    }
    mc__log_write(search->log, MC_LOG_WARNING,
                  "PostgreSQL's files are in %s and not in %s: it does not run as root but as the "
                  "account %s, which may not "
                  "enter that folder. %s/" LINK_NAME " says where they are",
                  home, search->data, account->name, search->data);
    return follow_link(search);
}

static int open_inside(struct search *search)
{
    mc__place *place = search->place;

    place->home = mc__arena_format(&place->arena, "%s/" HOME_NAME, search->data);
    place->fd = open_folder(search->fd, HOME_NAME);
    search->inside = place->fd >= 0;
    if (search->inside)
        return 0;
    if (errno == ENOENT)
        return MC_ENOTFOUND;
    return mc__fail(search->problem, MC_ESYSTEM, "cannot open the folder %s: %s", place->home,
                    strerror(errno));
}

static int make_home(struct search *search)
{
    mc__account account;
    int rc = choose_account(&account, search->problem, &search->status);

    if (rc < 0)
        return rc;
    if (account.other && !can_enter(&account, search->data) && !let_through(search, &account))
        return move_out(search, &account);
    if (mkdirat(search->fd, HOME_NAME, 0700) < 0 && errno != EEXIST)
        return mc__fail(search->problem, MC_ESYSTEM, "cannot make the folder %s/" HOME_NAME ": %s",
                        search->data, strerror(errno));
    return open_inside(search);
}

static int none_yet(const struct search *search, const char *folder)
{
    return mc__fail(search->problem, MC_ENOTFOUND, "there is no database in %s yet", folder);
}

static int open_home(struct search *search)
{
    int rc = open_inside(search);

    if (rc == MC_ENOTFOUND)
        rc = follow_link(search);
    if (rc != MC_ENOTFOUND)
        return rc;
    return search->make ? make_home(search) : none_yet(search, search->data);
}

/* An existing home determines the account. */
static int find_account(struct search *search, struct stat *home)
{
    mc__place *place = search->place;
    mc__account *account = &place->account;
    int rc;

    if (geteuid() == 0 && home->st_uid != 0) {
        account_of_uid(account, home->st_uid, home->st_gid);
        account->other = true;
        return 0;
    }
    rc = choose_account(account, search->problem, &search->status);
    if (rc < 0)
        return rc;
    /* It was created just now, or by a process that ended before it changed the owner. */
    if (search->inside && account->other && give(place, place->fd) == 0)
        home->st_uid = account->uid;
    if (home->st_uid == account->uid)
        return 0;
    return mc__fail(search->problem, MC_ESYSTEM, "%s belongs to user %ld and not to %s",
                    place->home, (long)home->st_uid, account->name);
}

/* Home is open to the account only: its mode protects the socket. */
static int take_home(struct search *search)
{
    mc__place *place = search->place;
    struct stat home;
    int rc;

    if (fstat(place->fd, &home) < 0)
        return mc__fail(search->problem, MC_ESYSTEM, "cannot look at %s: %s", place->home,
                        strerror(errno));
    rc = find_account(search, &home);
    if (rc < 0)
        return rc;
    if ((home.st_mode & 07777) != 0700 && fchmod(place->fd, 0700) < 0)
        return mc__fail(search->problem, MC_ESYSTEM, "cannot close %s to other accounts: %s",
                        place->home, strerror(errno));
    return 0;
}

/* libpq separates hosts by commas, and quotes or backslashes would need escaping everywhere. */
static bool is_usable(const char *folder)
{
    return strlen(folder) <= SOCKET_FOLDER_MAX && !strpbrk(folder, ",'\"\\\n");
}

/* Checks owner and mode: in a shared folder such as /tmp anybody may have created it. */
static bool is_private(const char *folder, const mc__account *account)
{
    struct stat status;

    return lstat(folder, &status) == 0 && S_ISDIR(status.st_mode) &&
           status.st_uid == account->uid && (status.st_mode & 077) == 0;
}

static int make_private(const char *folder, const mc__account *account)
{
    if (mkdir(folder, 0700) == 0)
        return account->other ? lchown(folder, account->uid, account->gid) : 0;
    if (errno != EEXIST)
        return -1;
    if (is_private(folder, account))
        return 0;
    errno = EPERM;
    return -1;
}

/* Makes a new folder in base; NULL if base can't be used. */
static const char *make_short(mc__arena *arena, const char *base, const mc__account *account)
{
    char *folder = mc__arena_format(arena, "%s/microcosm-XXXXXX", base);

    if (base[0] != '/' || arena->failed || !is_usable(folder) || !mkdtemp(folder))
        return NULL;
    if (account->other && lchown(folder, account->uid, account->gid) < 0) {
        rmdir(folder);
        return NULL;
    }
    return folder;
}

/* Prefers runtime folders: files in /tmp may be deleted, and a service may have a /tmp of its own.
 */
static const char *make_short_anywhere(mc__arena *arena, const mc__account *account)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    const char *own = mc__arena_format(arena, "/run/user/%ld", (long)account->uid);
    const char *bases[] = {"/run", runtime ? runtime : "", own, "/tmp"};

    for (size_t i = 0; i < MC_COUNT(bases); i++) {
        bool for_root = i == 0, for_people = i == 1 || i == 2;
        bool skip = account->other ? for_people : for_root;
        const char *folder = skip ? NULL : make_short(arena, bases[i], account);

        if (folder)
            return folder;
    }
    return NULL;
}

/* The target of the link home/run, or NULL. */
static const char *linked_socket(mc__place *place)
{
    char target[SOCKET_FOLDER_MAX + 2];
    ssize_t length = readlinkat(place->fd, "run", target, sizeof(target));

    if (length <= 0 || (size_t)length > SOCKET_FOLDER_MAX || target[0] != '/')
        return NULL;
    return mc__arena_copy(&place->arena, target, (size_t)length);
}

/* Removes the socket in home, whose path has become too long. cluster.c restarts a server that
 * still listens there. */
static void drop_inner_socket(const mc__place *place)
{
    unlinkat(place->fd, "run" SOCKET_FILE, 0);
    unlinkat(place->fd, "run" SOCKET_FILE ".lock", 0);
    unlinkat(place->fd, "run", AT_REMOVEDIR);
}

int mc__place_find_socket(mc__place *place, mc__problem *problem)
{
    const char *folder = linked_socket(place);
    const char *inside = mc__arena_format(&place->arena, "%s/run", place->home);

    place->socket = folder ? folder : inside;
    if (folder && make_private(folder, &place->account) == 0)
        return 0;
    if (folder)
        unlinkat(place->fd, "run", 0);
    if (is_usable(inside)) {
        place->socket = inside;
        return mc__place_mend_socket(place, problem);
    }

    folder = make_short_anywhere(&place->arena, &place->account);
    drop_inner_socket(place);
    if (!folder || symlinkat(folder, place->fd, "run") < 0)
        return mc__fail(problem, MC_ESYSTEM,
                        "%s does not do for a socket, and no other folder can be made for it: %s",
                        inside, strerror(errno));
    place->socket = folder;
    return 0;
}

int mc__place_mend_socket(const mc__place *place, mc__problem *problem)
{
    if (make_private(place->socket, &place->account) == 0)
        return 0;
    return mc__fail(problem, MC_ESYSTEM,
                    "PostgreSQL's socket needs the folder %s, belonging to the account %s and "
                    "closed to others: %s",
                    place->socket, place->account.name, strerror(errno));
}

void mc__place_drop_socket(const mc__place *place)
{
    if (strncmp(place->socket, place->home, strlen(place->home)) != 0)
        rmdir(place->socket);
}

static int open_data_folder(struct search *search, char path[PATH_MAX], const char *data_folder)
{
    if (!search->make && access(data_folder, F_OK) < 0 && errno == ENOENT)
        return none_yet(search, data_folder);
    if ((search->make && make_folders(data_folder) < 0) || !realpath(data_folder, path))
        return mc__fail(search->problem, MC_ESYSTEM, "cannot make the folder %s: %s", data_folder,
                        strerror(errno));
    search->data = path;
    search->fd = open_folder(AT_FDCWD, path);
    if (search->fd < 0 || fstat(search->fd, &search->status) < 0)
        return mc__fail(search->problem, MC_ESYSTEM, "cannot open the folder %s: %s", path,
                        strerror(errno));
    return 0;
}

static int open_all(struct search *search, const char *data_folder)
{
    mc__place *place = search->place;
    char path[PATH_MAX];
    int rc;

    rc = open_data_folder(search, path, data_folder);
    if (rc == 0)
        rc = open_home(search);
    if (rc == 0)
        rc = take_home(search);
    if (rc == 0 && strlen(place->home) > HOME_MAX)
        rc = mc__fail(search->problem, MC_ESYSTEM, "the path %s is too long for PostgreSQL",
                      place->home);
    search->data = NULL; /* it pointed to path, which goes out of scope */
    return rc;
}

int mc__place_open(mc__place *place, mc__problem *problem, const mc__log *log,
                   const char *data_folder, bool make)
{
    struct search search = {.place = place, .problem = problem, .log = log, .fd = -1, .make = make};
    int rc;

    *place = (mc__place){.fd = -1, .arena = MC_ARENA_INIT};
    rc = open_all(&search, data_folder);
    mc__fd_close(&search.fd);
    if (rc < 0)
        return rc;

    place->data = mc__arena_format(&place->arena, "%s/data", place->home);
    return place->arena.failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}

void mc__place_close(mc__place *place)
{
    mc__fd_close(&place->fd);
    mc__arena_release(&place->arena);
}
