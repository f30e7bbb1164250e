/*
 * See sandbox.h. The only file that includes libseccomp. What isn't listed fails with EPERM, and
 * doesn't end the process: other versions of the C library and of the decoders may try what they
 * can do without.
 */
#include "sandbox.h"

#include "files/image_protocol.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_CLOSED 3

/* Of memory, threads, time, and descriptors that are open. */
static const int allowed[] = {
    SCMP_SYS(read),
    SCMP_SYS(readv),
    SCMP_SYS(pread64),
    SCMP_SYS(write),
    SCMP_SYS(writev),
    SCMP_SYS(lseek),
    SCMP_SYS(_llseek),
    SCMP_SYS(fstat),
    SCMP_SYS(fstat64),
    SCMP_SYS(close),
    SCMP_SYS(dup),
    SCMP_SYS(poll),
    SCMP_SYS(ppoll),
    SCMP_SYS(munmap),
    SCMP_SYS(mremap),
    SCMP_SYS(madvise),
    SCMP_SYS(brk),
    SCMP_SYS(futex),
    SCMP_SYS(futex_time64),
    SCMP_SYS(rseq),
    SCMP_SYS(set_robust_list),
    SCMP_SYS(rt_sigprocmask),
    SCMP_SYS(rt_sigaction),
    SCMP_SYS(rt_sigreturn),
    SCMP_SYS(sigaltstack),
    SCMP_SYS(getpid),
    SCMP_SYS(gettid),
    SCMP_SYS(sched_yield),
    SCMP_SYS(sched_getaffinity),
    SCMP_SYS(clock_gettime),
    SCMP_SYS(clock_gettime64),
    SCMP_SYS(clock_getres),
    SCMP_SYS(gettimeofday),
    SCMP_SYS(clock_nanosleep),
    SCMP_SYS(clock_nanosleep_time64),
    SCMP_SYS(nanosleep),
    SCMP_SYS(getrandom),
    SCMP_SYS(sysinfo),
    SCMP_SYS(getrusage),
    SCMP_SYS(restart_syscall),
    SCMP_SYS(exit),
    SCMP_SYS(exit_group),
};

/* Never above what the process was started with, which only root may raise. */
static bool limit(int resource, rlim_t most)
{
    struct rlimit both;

    if (getrlimit((__rlimit_resource_t)resource, &both) < 0)
        return false;
    if (both.rlim_max > most) /* RLIM_INFINITY is, too */
        both.rlim_max = most;
    both.rlim_cur = both.rlim_max;
    return setrlimit((__rlimit_resource_t)resource, &both) == 0;
}

bool sandbox_limit(void)
{
    alarm(MC_IMAGE_WALL_S);
    signal(SIGXFSZ, SIG_IGN); /* what a library says of its errors may go into a file */
    return close_range(FIRST_CLOSED, ~0U, 0) == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 &&
           limit(RLIMIT_CORE, 0) && limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_CPU, MC_IMAGE_CPU_S) &&
           limit(RLIMIT_AS, MC_IMAGE_MEMORY);
}

/* Those of which only some uses are harmless. */
static bool allow_some(scmp_filter_ctx filter)
{
    static const int maps[] = {SCMP_SYS(mmap), SCMP_SYS(mmap2), SCMP_SYS(mprotect)};

    for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) /* memory, but not for code */
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, maps[i], 1,
                             SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)) != 0)
            return false;
    /* threads; clone3, whose flags can't be seen here, is answered as by a kernel that has none */
    return seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(clone), 1,
                            SCMP_A0(SCMP_CMP_MASKED_EQ, CLONE_THREAD, CLONE_THREAD)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(prctl), 1,
                            SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME, 0)) == 0 &&
           /* what fstat() is in some versions of the C library */
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 1,
                            SCMP_A3(SCMP_CMP_EQ, AT_EMPTY_PATH, 0)) == 0 &&
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(fcntl), 1,
                            SCMP_A1(SCMP_CMP_EQ, F_GETFL, 0)) == 0 &&
           /* abort() */
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1,
                            SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0)) == 0;
}

static bool allow(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof(allowed) / sizeof(allowed[0]); i++)
        if (seccomp_rule_add(filter, SCMP_ACT_ALLOW, allowed[i], 0) != 0)
            return false;
    return allow_some(filter);
}

bool sandbox_enter(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    bool is_in = filter && allow(filter) &&
                 seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) == 0 &&
                 seccomp_load(filter) == 0;

    if (filter)
        seccomp_release(filter);
    return is_in;
}

static long run_program(void)
{
    char *const nothing[] = {NULL};

    return execve("/proc/self/exe", nothing, nothing);
}

static long open_file(void)
{
    return open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
}

static long write_file(void)
{
    return open("/tmp", O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
}

static long connect_out(void)
{
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
}

static long connect_here(void)
{
    int ends[2];

    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
}

static long make_process(void)
{
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
}

static long signal_parent(void)
{
    return kill(getppid(), 0);
}

static long trace(void)
{
    return ptrace(PTRACE_TRACEME, 0, NULL, NULL);
}

static long raise_limit(void)
{
    const struct rlimit none = {0, 0};

    return setrlimit(RLIMIT_CORE, &none);
}

static long make_code(void)
{
    return mmap(NULL, 1, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED
               ? -1
               : 0;
}

static const struct {
    const char *name;
    long (*attempt)(void);
} attempts[] = {
    {"open a file", open_file},
    {"make a file", write_file},
    {"open a socket", connect_out},
    {"make a pair of sockets", connect_here},
    {"run a program", run_program},
    {"signal another process", signal_parent},
    {"be traced", trace},
    {"change its limits", raise_limit},
    {"make another process", make_process},
    {"make memory for code", make_code},
};

const char *sandbox_leak(void)
{
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]); i++)
        if (attempts[i].attempt() >= 0 || errno != EPERM)
            return attempts[i].name;
    return NULL;
}
