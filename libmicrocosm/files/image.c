/*
 * See image.h. The program is started with posix_spawn(), which runs none of the host's code in
 * the child and copies none of its memory, whatever threads there are. What it says is read from a
 * pipe; its exit status isn't needed, since the host may have taken that already. It reads a file,
 * so nothing has to be written to it, and neither side can wait for the other for ever.
 */
#include "image.h"

#include "config.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define NAME "microcosm-image"
#define PIECE 16384
/* Beyond the time that it gives itself. */
#define WAIT_MS ((MC_IMAGE_WALL_S + 5) * INT64_C(1000))
#define REASON_TOO_LARGE 20
#define REASON_MALFORMED 21
#define TEXT_MAX 256

struct mc__image_program {
    char *path;
};

/* A running program. */
typedef struct child {
    pid_t pid;
    int handle; /* pidfd: another process can never be meant; -1: it has ended already */
    int output;
} child;

static char *join(const char *folder, size_t length, const char *rest)
{
    size_t size = length + strlen(rest) + 2;
    char *path = mc__malloc(size);

    if (path)
        snprintf(path, size, "%.*s/%s", (int)length, folder, rest);
    return path;
}

/* In the folder of the library, or of the program that it is part of, as in a build; or where both
 * are installed, wherever that is now. */
static int find_beside(char **out)
{
    static const char here;
    static const char *const places[] = {NAME, MC_LIBEXEC_FROM_LIBRARY "/" NAME};
    char file[PATH_MAX];
    Dl_info library;

    if (dladdr(&here, &library) == 0 || !library.dli_fname || !realpath(library.dli_fname, file))
        return 0;
    for (size_t i = 0; i < MC_COUNT(places); i++) {
        char *path = join(file, (size_t)(strrchr(file, '/') - file), places[i]);

        if (!path)
            return MC_ENOMEM;
        if (access(path, X_OK) == 0) {
            *out = path;
            return 0;
        }
        mc__free(path);
    }
    return 0;
}

int mc__image_program_new(mc__image_program **out, const char *path)
{
    mc__image_program *program = mc__calloc(1, sizeof(*program));
    int rc = program ? 0 : MC_ENOMEM;

    if (rc == 0 && !path)
        rc = find_beside(&program->path);
    if (rc == 0 && !program->path) {
        program->path = mc__strdup(path ? path : MC_LIBEXEC "/" NAME);
        rc = program->path ? 0 : MC_ENOMEM;
    }
    if (rc < 0)
        mc__image_program_free(program);
    else
        *out = program;
    return rc;
}

void mc__image_program_free(mc__image_program *program)
{
    if (program)
        mc__free(program->path);
    mc__free(program);
}

/* Makes a descriptor one above those that the child gets. */
static int raise_descriptor(int fd)
{
    int raised;

    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    raised = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return raised;
}

/* Input and output as given, nothing else open, no signal ignored or blocked; in a session of its
 * own, so that Ctrl-C in a terminal lets it finish. Returns an errno. */
static int spawn(pid_t *pid, const char *path, const char *const *argv, int input, int output)
{
    static char locale[] = "LC_ALL=C";
    static char *const environment[] = {locale, NULL};
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t all, none;
    int failed;

    sigfillset(&all);
    sigemptyset(&none);
    failed = posix_spawnattr_init(&attributes);
    if (failed)
        return failed;
    failed = posix_spawn_file_actions_init(&actions);
    if (failed == 0) {
        posix_spawnattr_setsigdefault(&attributes, &all);
        posix_spawnattr_setsigmask(&attributes, &none);
        posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
                                                  POSIX_SPAWN_SETSID);
        failed = posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
        if (failed == 0)
            failed = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
        if (failed == 0)
            failed =
                posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        if (failed == 0)
            failed = posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
        if (failed == 0)
            failed = posix_spawn(pid, path, &actions, &attributes, (char *const *)(uintptr_t)argv,
                                 environment);
        posix_spawn_file_actions_destroy(&actions);
    }
    posix_spawnattr_destroy(&attributes);
    return failed;
}

static int fail_to_start(const mc__image_program *program, mc__problem *problem, int number)
{
    char text[TEXT_MAX];

    return mc__fail(problem, number == ENOMEM ? MC_ENOMEM : MC_ESYSTEM,
                    "the program for pictures, %s, cannot be started: %s", program->path,
                    strerror_r(number, text, sizeof(text)));
}

static int start(child *out, const mc__image_program *program, mc__problem *problem,
                 const char *const *argv, const char *input_path)
{
    int input = raise_descriptor(open(input_path, O_RDONLY | O_CLOEXEC)), ends[2] = {-1, -1};
    int failed = input < 0 || pipe2(ends, O_CLOEXEC) < 0 ? errno : 0;

    ends[0] = raise_descriptor(ends[0]);
    ends[1] = raise_descriptor(ends[1]);
    if (failed == 0 && (ends[0] < 0 || ends[1] < 0))
        failed = EMFILE;
    if (failed == 0)
        failed = spawn(&out->pid, program->path, argv, input, ends[1]);
    if (input >= 0)
        close(input);
    if (ends[1] >= 0)
        close(ends[1]);
    if (failed) {
        if (ends[0] >= 0)
            close(ends[0]);
        return fail_to_start(program, problem, failed);
    }
    out->output = ends[0];
    out->handle = pidfd_open(out->pid, 0);
    return 0;
}

/* It has said all that it will, or is too slow. */
static void end(child *c)
{
    siginfo_t ended;

    close(c->output);
    if (c->handle < 0)
        return;
    pidfd_send_signal(c->handle, SIGKILL, NULL, 0);
    while (waitid(P_PIDFD, (id_t)c->handle, &ended, WEXITED) < 0 && errno == EINTR)
        ; /* ECHILD is fine: the host collected it */
    close(c->handle);
}

/* Reads what there is, at most size bytes. 0: no more comes, or not in time. */
static size_t read_some(const child *c, void *out, size_t size, int64_t until)
{
    for (;;) {
        int64_t left = until - mc__monotonic_ms();
        struct pollfd wait = {.fd = c->output, .events = POLLIN};
        int ready = left > 0 ? poll(&wait, 1, (int)left) : 0;
        ssize_t n = ready > 0 ? read(c->output, out, size) : ready;

        if (n >= 0 || errno != EINTR)
            return n > 0 ? (size_t)n : 0;
    }
}

/* Whether so many bytes came. */
static bool read_all(const child *c, void *out, size_t size, int64_t until)
{
    size_t done = 0, n = 1;

    for (; done < size && n > 0; done += n)
        n = read_some(c, (char *)out + done, size - done, until);
    return done == size;
}

static int malformed(mc__problem *problem, const char *message)
{
    return mc__fail_because(problem, MC_EINVAL, REASON_MALFORMED, "%s", message);
}

static int fail_silently(mc__problem *problem)
{
    return malformed(problem,
                     "the picture is malformed, or takes too much memory or time to be read");
}

static int unable(const child *c, const mc__image_program *program, mc__problem *problem,
                  uint64_t length, int64_t until)
{
    char text[TEXT_MAX] = "";
    size_t size = length < sizeof(text) ? (size_t)length : sizeof(text) - 1;

    if (!read_all(c, text, size, until))
        return fail_silently(problem);
    return mc__fail(problem, MC_ESYSTEM, "the program for pictures, %s, cannot work: %s",
                    program->path, text);
}

static int take(const child *c, mc__problem *problem, mc__spool *to, int64_t max_bytes,
                uint64_t length, int64_t until)
{
    char piece[PIECE];
    int rc = 0;

    if (!to || length == 0)
        return to || length ? fail_silently(problem) : 0;
    if (length > (uint64_t)max_bytes)
        return mc__fail_because(problem, MC_EINVAL, REASON_TOO_LARGE,
                                "a file has at most %lld bytes", (long long)max_bytes);
    while (rc == 0 && length > 0) {
        size_t n =
            read_some(c, piece, length < sizeof(piece) ? (size_t)length : sizeof(piece), until);

        if (n == 0)
            return fail_silently(problem);
        rc = mc__spool_add(to, problem, piece, n);
        length -= n;
    }
    return rc;
}

static int read_reply(const child *c, const mc__image_program *program, mc__problem *problem,
                      mc__spool *to, int64_t max_bytes)
{
    int64_t until = mc__monotonic_ms() + WAIT_MS;
    mc__image_reply reply;

    if (!read_all(c, &reply, sizeof(reply), until) ||
        memcmp(reply.magic, MC_IMAGE_MAGIC, sizeof(reply.magic)) != 0)
        return fail_silently(problem);
    switch (reply.status) {
    case MC_IMAGE_DONE:
        return take(c, problem, to, max_bytes, reply.length, until);
    case MC_IMAGE_TOO_LARGE:
        return mc__fail_because(problem, MC_EINVAL, REASON_MALFORMED,
                                "a picture has at most %lld pixels, in all its frames together",
                                (long long)MC_PIXELS_MAX);
    case MC_IMAGE_UNABLE:
        return unable(c, program, problem, reply.length, until);
    default:
        return fail_silently(problem);
    }
}

static int run(const mc__image_program *program, mc__problem *problem, const char *const *argv,
               const char *input, mc__spool *to, int64_t max_bytes)
{
    child c;
    int rc = start(&c, program, problem, argv, input);

    if (rc < 0)
        return rc;
    rc = read_reply(&c, program, problem, to, max_bytes);
    end(&c);
    return rc;
}

int mc__image_check(const mc__image_program *program, mc__problem *problem)
{
    static const char *const argv[] = {NAME, "check", NULL};
    int rc = run(program, problem, argv, "/dev/null", NULL, 0);

    if (rc == MC_EINVAL)
        return mc__fail(problem, MC_ESYSTEM, "the program for pictures, %s, fails", program->path);
    return rc;
}

int mc__image_look(const mc__image_program *program, mc__problem *problem, const mc__spool *from,
                   const char *mime_type)
{
    const char *const argv[] = {NAME, "look", mime_type, "0", "0", NULL};

    return run(program, problem, argv, from->path, NULL, 0);
}

/* What libvips takes for a length at most. */
static int64_t side(int64_t most)
{
    return most > 0 && most < 10000000 ? most : 0;
}

int mc__image_make(const mc__image_program *program, mc__problem *problem, mc__spool *to,
                   const mc__spool *from, const mc__image_wanted *wanted)
{
    char width[24], height[24];
    const char *const argv[] = {NAME, "make", wanted->mime_type, width, height, NULL};

    snprintf(width, sizeof(width), "%lld", (long long)side(wanted->max_width));
    snprintf(height, sizeof(height), "%lld", (long long)side(wanted->max_height));
    return run(program, problem, argv, from->path, to, wanted->max_bytes);
}
