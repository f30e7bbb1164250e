/*
 * Runs a program as another account, from a process that may have threads: between fork and exec
 * only async-signal-safe calls are made. Calls core only.
 *
 * There are always two forks. The first child leaves our session, so that Ctrl-C in a terminal
 * doesn't reach PostgreSQL before us, switches account and enters the folder. The second becomes
 * the program: a server is then nobody's child, and leaves the host no zombie and no SIGCHLD; a
 * program that is waited for is waited for by the first child, since the host may ignore SIGCHLD
 * or collect every child there is.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "cluster_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TAIL_LINES 5
#define TAIL_MAX 800
#define OUTPUT_MAX ((size_t)1 << 20)
#define FDS_MAX 65536

/* What the child was about when it stopped. */
enum step { STEP_DONE, STEP_FORK, STEP_ACCOUNT, STEP_FOLDER, STEP_OUTPUT, STEP_LOCK, STEP_PROGRAM };

struct report {
    int step;
    int number; /* errno, for STEP_DONE what wait() said */
};

/* All that a child needs, made ready before the fork. */
struct plan {
    const mc__child *child;
    const char *log; /* NULL: output goes to the pipe, and we wait for the end */
    int report;      /* pipes: the children's ends */
    int output;
};

void mc__fd_close(int *fd)
{
    int saved = errno;

    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = saved;
}

static _Noreturn void leave(const struct plan *plan, enum step step, int number)
{
    struct report report = {(int)step, number};
    ssize_t written =
        write(plan->report, &report, sizeof(report)); /* less than PIPE_BUF: whole or not at all */

    (void)written;
    _exit(step == STEP_DONE ? 0 : 127);
}

/* Ignored and blocked signals would stay so in the program. */
static void reset_signals(void)
{
    struct sigaction action = {.sa_handler = SIG_DFL};
    sigset_t none;

    for (int number = 1; number < NSIG; number++)
        sigaction(number, &action, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* The host's files and sockets must not live on in a server that outlives it. */
static void close_on_exec_from(int first)
{
    struct rlimit limit = {.rlim_cur = FDS_MAX};

#ifdef CLOSE_RANGE_CLOEXEC
    if (close_range((unsigned)first, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
        return;
#endif
    getrlimit(RLIMIT_NOFILE, &limit);
    for (int fd = first; fd < FDS_MAX && (rlim_t)fd < limit.rlim_cur; fd++)
        fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/*
 * By system calls of our own, since the C library's functions of these names switch all threads of
 * the process, and after a fork wait for ever for those that are not there any more.
 */
static bool switch_account(const mc__account *account)
{
    gid_t gid = account->gid;
    uid_t uid = account->uid;

#ifdef SYS_setresuid32 /* where user numbers had 16 bits once */
    return syscall(SYS_setgroups32, 1, &gid) == 0 && syscall(SYS_setresgid32, gid, gid, gid) == 0 &&
           syscall(SYS_setresuid32, uid, uid, uid) == 0;
#else
    return syscall(SYS_setgroups, 1, &gid) == 0 && syscall(SYS_setresgid, gid, gid, gid) == 0 &&
           syscall(SYS_setresuid, uid, uid, uid) == 0;
#endif
}

static void enter(const struct plan *plan)
{
    const mc__account *account = plan->child->account;

    reset_signals();
    setsid();
    umask(077);
    if (account->other && !switch_account(account))
        leave(plan, STEP_ACCOUNT, errno);
    if (chdir(plan->child->folder) < 0)
        leave(plan, STEP_FOLDER, errno);
}

static void redirect(const struct plan *plan)
{
    int input = open("/dev/null", O_RDONLY);
    int output = plan->log ? open(plan->log, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600)
                           : plan->output;

    if (input < 0 || output < 0)
        leave(plan, STEP_OUTPUT, errno);
    if (dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        leave(plan, STEP_OUTPUT, errno);
}

/*
 * Opened here, not before the fork: a copy that some other thread's fork had taken along would
 * keep the lock after the program's end.
 */
static void lock(const struct plan *plan)
{
    int fd = open(plan->child->lock, O_RDWR | O_CREAT | O_NOFOLLOW, 0600);

    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
        leave(plan, STEP_LOCK, errno);
}

static _Noreturn void become_program(const struct plan *plan)
{
    /* As little as possible of ours: settings of libpq and secrets in our environment are no
     * business of the server's. */
    char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
         locale[] = "LC_ALL=C";
    char *const environment[] = {path, locale, NULL};
    const char *const *argv = plan->child->argv;

    execve(argv[0], (char *const *)(uintptr_t)argv, environment);
    leave(plan, STEP_PROGRAM, errno);
}

static _Noreturn void be_child(const struct plan *plan)
{
    pid_t program;
    int status = 0;

    enter(plan);
    if (!plan->child->argv)
        leave(plan, STEP_DONE, 0);
    redirect(plan);
    close_on_exec_from(STDERR_FILENO + 1);
    if (plan->child->lock)
        lock(plan);

    program = _Fork();
    if (program < 0)
        leave(plan, STEP_FORK, errno);
    if (program == 0)
        become_program(plan);
    if (plan->log)
        _exit(0);
    while (waitpid(program, &status, 0) < 0 && errno == EINTR)
        ;
    leave(plan, STEP_DONE, status);
}

/* Above the standard files, which redirect() replaces and a daemon may have closed. */
static int make_pipe(int ends[2])
{
    int low[2];

    if (pipe2(low, O_CLOEXEC) < 0)
        return -1;
    for (int i = 0; i < 2; i++) {
        ends[i] = fcntl(low[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        close(low[i]);
    }
    return ends[0] < 0 || ends[1] < 0 ? -1 : 0;
}

static ssize_t read_some(int fd, void *bytes, size_t size)
{
    ssize_t got;

    do
        got = read(fd, bytes, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static void read_output(int fd, mc__text *output)
{
    char bytes[4096];
    ssize_t got;

    while ((got = read_some(fd, bytes, sizeof(bytes))) > 0) {
        if (output->length < OUTPUT_MAX)
            mc__text_append(output, bytes, (size_t)got);
    }
}

/* No signal handler of the host's may run in the child: it would find half a process. */
static pid_t fork_quietly(const struct plan *plan)
{
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before);
    pid = _Fork();
    if (pid == 0)
        be_child(plan);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

const char *mc__child_tail(mc__arena *arena, const char *output, size_t length)
{
    size_t begin;
    int lines = 0;
    char *tail;

    while (length > 0 && output[length - 1] == '\n')
        length--;
    for (begin = length; begin > 0 && length - begin < TAIL_MAX; begin--) {
        if (output[begin - 1] == '\n' && ++lines == TAIL_LINES)
            break;
    }
    tail = mc__arena_copy(arena, output + begin, length - begin);
    for (char *c = tail; *c; c++) {
        if (*c == '\n' || *c == '\t')
            *c = ' ';
    }
    return *tail ? tail : "it said nothing";
}

static int program_failed(const mc__child *child, mc__problem *problem, int status,
                          const mc__text *output)
{
    mc_scratch_arena(scratch);
    const char *tail = output ? mc__child_tail(&scratch, output->data, output->length) : "";

    if (WIFSIGNALED(status))
        return mc__fail(problem, MC_ESYSTEM, "%s was ended by signal %d: %s", child->argv[0],
                        WTERMSIG(status), tail);
    return mc__fail(problem, MC_ESYSTEM, "%s failed with exit status %d: %s", child->argv[0],
                    WEXITSTATUS(status), tail);
}

static int explain(const mc__child *child, mc__problem *problem, const struct report *report,
                   const char *log)
{
    const char *reason = strerror(report->number);

    switch (report->step) {
    case STEP_ACCOUNT:
        return mc__fail(
            problem, MC_ESYSTEM,
            "PostgreSQL does not run as root, and switching to the account %s failed: %s",
            child->account->name, reason);
    case STEP_FOLDER:
        return mc__fail(problem, MC_ESYSTEM,
                        "the account %s, which PostgreSQL runs as, cannot enter %s: %s",
                        child->account->name, child->folder, reason);
    case STEP_OUTPUT:
        return mc__fail(problem, MC_ESYSTEM, "cannot write %s: %s", log ? log : "to a pipe",
                        reason);
    case STEP_LOCK:
        if (report->number == EWOULDBLOCK)
            return mc__fail(problem, MC_EBUSY, "%s is locked by another process", child->lock);
        return mc__fail(problem, MC_ESYSTEM, "cannot lock %s: %s", child->lock, reason);
    case STEP_PROGRAM:
        return mc__fail(problem, MC_ESYSTEM, "cannot run %s as the account %s: %s", child->argv[0],
                        child->account->name, reason);
    default:
        return mc__fail(problem, MC_ESYSTEM, "cannot start another process: %s", reason);
    }
}

/* No report at all from a server means that it runs: exec closed the pipe. */
static int judge(const struct plan *plan, mc__problem *problem, int pipe, const mc__text *output)
{
    struct report report;
    ssize_t got = read_some(pipe, &report, sizeof(report));

    if (got == 0 && plan->log)
        return 0;
    if (got != (ssize_t)sizeof(report))
        return mc__fail(problem, MC_ESYSTEM,
                        "a process that was to run PostgreSQL's programs disappeared");
    if (report.step != STEP_DONE)
        return explain(plan->child, problem, &report, plan->log);
    if (report.number != 0)
        return program_failed(plan->child, problem, report.number, output);
    return 0;
}

/* With a log its output goes there and it is left running; without, its output is read and its end
 * awaited. */
static int launch(const mc__child *child, mc__problem *problem, const char *log, mc__text *output)
{
    mc_auto_fd int report_in = -1, report_out = -1, output_in = -1, output_out = -1;
    int ends[2] = {-1, -1};
    int failed;

    failed = make_pipe(ends);
    report_in = ends[0];
    report_out = ends[1];
    if (failed == 0 && !log) {
        ends[0] = ends[1] = -1;
        failed = make_pipe(ends);
        output_in = ends[0];
        output_out = ends[1];
    }
    if (failed < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot make a pipe: %s", strerror(errno));

    struct plan plan = {.child = child, .log = log, .report = report_out, .output = output_out};
    pid_t pid = fork_quietly(&plan);
    if (pid < 0)
        return mc__fail(problem, MC_ESYSTEM, "cannot start another process: %s", strerror(errno));

    mc__fd_close(&report_out);
    mc__fd_close(&output_out);
    if (output)
        read_output(output_in, output);
    int rc = judge(&plan, problem, report_in, output);
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
        ; /* ECHILD is fine: the host collected it */
    return rc;
}

int mc__child_run(const mc__child *child, mc__problem *problem, mc__text *output)
{
    return launch(child, problem, NULL, output);
}

int mc__child_start(const mc__child *child, mc__problem *problem, const char *log)
{
    return launch(child, problem, log, NULL);
}
