/*
 * Finds PostgreSQL's programs and creates and configures a private PostgreSQL. Calls
 * cluster_place.c, cluster_child.c and core.
 *
 * Settings are in two files. settings.conf belongs to the library, which writes it at each start,
 * so that another version of the library can change it. data/postgresql.conf includes it and
 * belongs to the operator.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cluster_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define OLDEST_MAJOR 15
#define DEBIAN_FOLDER "/usr/lib/postgresql"
#define MIB ((int64_t)1 << 20)

struct search {
    mc__arena *arena;
    const mc__place *place;
    int wanted;        /* major version; 0: any that is not too old */
    int seen;          /* newest major version that was not wanted */
    const char *found; /* folder */
};

static bool has_program(mc__arena *arena, const char *folder, const char *name)
{
    return access(mc__arena_format(arena, "%s/%s", folder, name), X_OK) == 0;
}

/* The major version of "postgres (PostgreSQL) 15.20 (Debian ...)", or 0. */
static int major_of_text(const char *text)
{
    const char *bracket = strchr(text, ')');

    return bracket ? (int)strtol(bracket + 1, NULL, 10) : 0;
}

static int ask_major(const struct search *search, const char *folder)
{
    const char *const argv[] = {mc__arena_format(search->arena, "%s/postgres", folder), "-V", NULL};
    mc__child child = {.account = &search->place->account, .folder = "/", .argv = argv};
    mc__problem problem = {.arena = MC_ARENA_INIT};
    mc_scratch_text(output);
    int rc = mc__child_run(&child, &problem, &output);

    mc__problem_release(&problem);
    return rc == 0 ? major_of_text(mc__text_string(&output)) : 0;
}

/* Takes folder if it has the programs in a suitable version; major is 0 if its name doesn't say. */
static void consider(struct search *search, const char *folder, int major)
{
    bool fits;

    if (search->found || !has_program(search->arena, folder, "postgres") ||
        !has_program(search->arena, folder, "initdb"))
        return;
    if (major == 0)
        major = ask_major(search, folder);
    fits = search->wanted ? major == search->wanted : major >= OLDEST_MAJOR;
    if (fits)
        search->found = mc__arena_strdup(search->arena, folder);
    else if (major > search->seen)
        search->seen = major;
}

/* Newest first. */
static void consider_debian(struct search *search)
{
    DIR *versions = opendir(DEBIAN_FOLDER);
    const struct dirent *entry;
    int majors[32];
    size_t count = 0;

    while (versions && count < MC_COUNT(majors) && (entry = readdir(versions))) {
        int major = (int)strtol(entry->d_name, NULL, 10);
        size_t i = count;

        if (major <= 0)
            continue;
        for (; i > 0 && majors[i - 1] < major; i--)
            majors[i] = majors[i - 1];
        majors[i] = major;
        count++;
    }
    if (versions)
        closedir(versions);
    for (size_t i = 0; i < count; i++)
        consider(search, mc__arena_format(search->arena, DEBIAN_FOLDER "/%d/bin", majors[i]),
                 majors[i]);
}

static void consider_path(struct search *search)
{
    const char *path = getenv("PATH");

    while (path && *path && !search->found) {
        size_t length = strcspn(path, ":");

        if (path[0] == '/')
            consider(search, mc__arena_copy(search->arena, path, length), 0);
        path += length;
        path += *path == ':';
    }
}

/* Asks pg_config; last, because that starts a process. */
static void consider_pg_config(struct search *search)
{
    const char *const argv[] = {"/usr/bin/env", "pg_config", "--bindir", NULL};
    mc__child child = {.account = &search->place->account, .folder = "/", .argv = argv};
    mc__problem problem = {.arena = MC_ARENA_INIT};
    mc_scratch_text(output);

    if (!search->found && mc__child_run(&child, &problem, &output) == 0) {
        const char *line = mc__text_string(&output);

        consider(search, mc__arena_copy(search->arena, line, strcspn(line, "\n")), 0);
    }
    mc__problem_release(&problem);
}

static int no_programs(const struct search *search, mc__problem *problem, const char *chosen)
{
    const char *where = chosen ? chosen : "the usual places";

    if (search->wanted && search->seen)
        return mc__fail(
            problem, MC_ESYSTEM,
            "the database in %s was made by PostgreSQL %d, but in %s there is only PostgreSQL %d: "
            "install %d, or bring the database over with pg_upgrade",
            search->place->home, search->wanted, where, search->seen, search->wanted);
    if (search->wanted)
        return mc__fail(problem, MC_ESYSTEM,
                        "the database in %s needs PostgreSQL %d, which is not in %s",
                        search->place->home, search->wanted, where);
    return mc__fail(problem, MC_ESYSTEM,
                    "no PostgreSQL %d or later in %s; install it (Debian: postgresql), name the "
                    "folder of its programs "
                    "in MICROCOSM_PG_BIN, or use a connection string",
                    OLDEST_MAJOR, where);
}

/* 0: there is no database yet. -1: data/ isn't a database. */
static int major_of_data(const mc__place *place)
{
    char text[16];
    mc_auto_fd int data =
        openat(place->fd, "data", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    long major;

    if (data < 0 && errno == ENOENT)
        return 0;
    if (data < 0 || mc__place_read_file(data, "PG_VERSION", text, sizeof(text)) < 0)
        return -1;
    major = strtol(text, NULL, 10);
    return major > 0 && major < 1000 ? (int)major : -1;
}

int mc__setup_programs(const char **out, mc__arena *arena, mc__problem *problem,
                       const mc__place *place)
{
    struct search search = {.arena = arena, .place = place, .wanted = major_of_data(place)};
    const char *chosen = getenv("MICROCOSM_PG_BIN");

    if (search.wanted < 0)
        return mc__fail(problem, MC_ESYSTEM,
                        "%s holds no database: its file PG_VERSION is missing or not readable",
                        place->data);
    if (chosen && *chosen) {
        consider(&search, chosen, 0);
    } else {
        consider_debian(&search);
        consider_path(&search);
        consider_pg_config(&search);
    }
    if (!search.found)
        return no_programs(&search, problem, chosen && *chosen ? chosen : NULL);
    *out = search.found;
    return arena->failed ? mc__fail(problem, MC_ENOMEM, "out of memory") : 0;
}

static const char postgresql_conf[] =
    "# Settings of Microcosm's private PostgreSQL. Its own come first, from a file that is "
    "rewritten at each\n"
    "# start; what you add below wins. Port and socket are fixed on the command line.\n"
    "include '../settings.conf'\n";

/* Trusts local connections: the socket's folder is open to the account and root only. */
static const char pg_hba_conf[] =
    "# Only through the socket, which only the account that runs this PostgreSQL can reach.\n"
    "local all all trust\n"
    "local replication all trust\n";

static int run(const mc__place *place, mc__problem *problem, const char *const *argv,
               const char *lock)
{
    mc__child child = {
        .account = &place->account, .folder = place->home, .argv = argv, .lock = lock};
    mc_scratch_text(output);

    return mc__child_run(&child, problem, &output);
}

static int run_initdb(const mc__place *place, mc__problem *problem, const char *programs,
                      const char *lock)
{
    mc_scratch_arena(scratch);
    /* C.UTF-8 classifies the letters of all scripts, sorts the same on each machine, and needs no
     * installed locale. */
    const char *const argv[] = {mc__arena_format(&scratch, "%s/initdb", programs),
                                "--pgdata=data.new",
                                "--username=postgres",
                                "--auth=trust",
                                "--encoding=UTF8",
                                "--locale=C.UTF-8",
                                "--data-checksums",
                                "--no-instructions",
                                NULL};

    return run(place, problem, argv, lock);
}

static int write_configuration(const mc__place *place, mc__problem *problem)
{
    mc_auto_fd int fresh =
        openat(place->fd, "data.new", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fresh < 0 || mc__place_write_file(place, fresh, "pg_hba.conf", pg_hba_conf) < 0 ||
        mc__place_write_file(place, fresh, "postgresql.conf", postgresql_conf) < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot write the configuration in %s/data.new: %s",
                        place->home, strerror(errno));
    return 0;
}

int mc__setup_init(const mc__place *place, mc__problem *problem, const mc__log *log,
                   const char *programs, const char *lock)
{
    static const char *const sweep[] = {"/bin/rm", "-rf", "data.new", NULL};
    int rc;

    if (faccessat(place->fd, "data", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    mc__log_write(log, MC_LOG_INFO, "making a PostgreSQL database in %s, as the account %s",
                  place->home, place->account.name);

    rc = run(place, problem, sweep, lock); /* leftovers of an interrupted initdb */
    if (rc == 0)
        rc = run_initdb(place, problem, programs, lock);
    if (rc == 0)
        rc = write_configuration(place, problem);
    if (rc < 0)
        return rc;

    /* Only a complete database gets the final name. */
    if (renameat(place->fd, "data.new", place->fd, "data") < 0 || fsync(place->fd) < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot rename %s/data.new: %s", place->home,
                        strerror(errno));
    return 0;
}

static int64_t read_number(const char *path)
{
    char text[32];

    /* "max" and failure give 0: no limit */
    return mc__place_read_file(AT_FDCWD, path, text, sizeof(text)) > 0 ? strtoll(text, NULL, 10)
                                                                       : 0;
}

/* Bytes of memory of this machine or container. */
static int64_t memory(void)
{
    static const char *const limits[] = {"/sys/fs/cgroup/memory.max",
                                         "/sys/fs/cgroup/memory/memory.limit_in_bytes"};
    int64_t bytes = (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE);

    for (size_t i = 0; i < MC_COUNT(limits); i++) {
        int64_t limit = read_number(limits[i]);

        if (limit > 0 && limit < bytes)
            bytes = limit;
    }
    return bytes;
}

static int64_t clamp(int64_t number, int64_t least, int64_t most)
{
    return number < least ? least : number > most ? most : number;
}

static void put_memory(mc__text *text)
{
    int64_t mib = memory() / MIB;

    /* PostgreSQL may use half of the machine's memory, and a quarter of that is the recommended
     * size of shared_buffers. */
    mc__text_format(text, "shared_buffers = %lldMB\n", (long long)clamp(mib / 8, 64, 2048));
    mc__text_format(text, "effective_cache_size = %lldMB\n",
                    (long long)clamp(mib / 2, 128, 1 << 20));
}

static const char settings[] =
    "# Written by Microcosm at each start. Your own settings belong into data/postgresql.conf.\n"
    "\n"
    "cluster_name = 'microcosm'\n"
    "listen_addresses = ''\n"
    "port = 5432\n"
    "unix_socket_directories = '../run'\n"
    "unix_socket_permissions = 0700\n"
    "# several processes with a pool each\n"
    "max_connections = 100\n"
    "\n"
    "# /dev/shm may be closed, tiny (containers) or emptied when its owner logs out (systemd)\n"
    "dynamic_shared_memory_type = mmap\n"
    "min_dynamic_shared_memory = 16MB\n"
    "\n"
    "# small statements, many at once: compiling or spreading one over cores costs more than it "
    "gives\n"
    "jit = off\n"
    "max_parallel_workers_per_gather = 0\n"
    "random_page_cost = 1.1\n"
    "\n"
    "# few checkpoints, each after one of which writes whole pages to the log again\n"
    "max_wal_size = 2GB\n"
    "checkpoint_timeout = 15min\n"
    "\n"
    "# the default waits until a fifth of a table has changed, too long for large ones\n"
    "autovacuum_vacuum_scale_factor = 0.05\n"
    "autovacuum_vacuum_insert_scale_factor = 0.05\n"
    "autovacuum_analyze_scale_factor = 0.05\n"
    "\n"
    "timezone = 'UTC'\n"
    "datestyle = 'ISO, YMD'\n"
    "\n"
    "# Failed statements are reported to the client; they may quote personal data: not logged.\n"
    "log_timezone = 'UTC'\n"
    "lc_messages = 'C'\n"
    "log_line_prefix = '%m [%p] '\n"
    "log_min_messages = log\n"
    "log_checkpoints = off\n"
    "log_autovacuum_min_duration = -1\n"
    "\n"
    "# of the memory of this machine\n";

static bool is_written(const mc__place *place, const mc__text *text)
{
    char present[sizeof(settings) + 256];
    ssize_t length = mc__place_read_file(place->fd, "settings.conf", present, sizeof(present));

    return length >= 0 && (size_t)length == text->length &&
           memcmp(present, text->data, text->length) == 0;
}

int mc__setup_settings(const mc__place *place, mc__problem *problem)
{
    mc_scratch_text(text);

    mc__text_puts(&text, settings);
    put_memory(&text);
    if (text.error)
        return mc__fail(problem, text.error, "out of memory");
    if (!is_written(place, &text) &&
        mc__place_write_file(place, place->fd, "settings.conf", mc__text_string(&text)) < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot write %s/settings.conf: %s", place->home,
                        strerror(errno));
    return 0;
}
