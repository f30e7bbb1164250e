/*
 * microcosm-image: looks at one picture, or makes another of it, and ends. The library starts it
 * for pictures that anybody may have sent, so that what decoders can be made to do happens here,
 * where there is nothing to get: no files, no network, little memory and time. How it is called
 * is in files/image_protocol.h.
 */
#include "convert.h"
#include "sandbox.h"

#include <errno.h>
#include <limits.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool write_all(const void *bytes, size_t length)
{
    const char *next = bytes;

    while (length > 0) {
        ssize_t n = write(STDOUT_FILENO, next, length);

        if (n < 0 && errno != EINTR)
            return false;
        next += n > 0 ? n : 0;
        length -= n > 0 ? (size_t)n : 0;
    }
    return true;
}

static int reply(mc__image_status status, const void *bytes, size_t length)
{
    const mc__image_reply head = {MC_IMAGE_MAGIC, (uint32_t)status, length};

    return write_all(&head, sizeof(head)) && write_all(bytes, length) ? 0 : 1;
}

static int unable(const char *why)
{
    return reply(MC_IMAGE_UNABLE, why, strlen(why));
}

static int check(void)
{
    const char *leak = sandbox_leak();
    char text[128];

    if (!leak)
        return reply(MC_IMAGE_DONE, NULL, 0);
    snprintf(text, sizeof(text), "confined as it is, it could still %s", leak);
    return unable(text);
}

/* The library writes these numbers; whatever else stands there is no limit. */
static int side(const char *text)
{
    long number = strtol(text, NULL, 10);

    return number > 0 && number <= INT_MAX ? (int)number : 0;
}

static int work(char **args)
{
    converted out = {NULL, 0};
    mc__image_status status;

    if (strcmp(args[1], "look") == 0)
        status = convert_look(STDIN_FILENO, args[2]);
    else
        status = convert_make(&out, STDIN_FILENO, args[2], side(args[3]), side(args[4]));
    return reply(status, out.bytes, status == MC_IMAGE_DONE ? out.length : 0);
}

int main(int count, char **args)
{
    bool is_check = count == 2 && strcmp(args[1], "check") == 0;
    const char *problem;

    if (!is_check && count != 5)
        return 2;
    /* one pool of memory: each thread would set 64 MiB of addresses aside for its own */
    mallopt(M_ARENA_MAX, 1);
    if (!sandbox_limit())
        return unable("memory and time cannot be limited");
    problem = convert_start(is_check ? NULL : args[2]);
    if (problem)
        return unable(problem);
    if (!sandbox_enter())
        return unable("the kernel has no seccomp to confine it with");
    return is_check ? check() : work(args);
}
