/*
 * For check_fetch.py. Each line of the input is a request: words KEY=VALUE with tabs between them.
 * Prints for each the result, the reply's status, its Content-Type, bytes kept, bytes given to the
 * sink, the reason of a failure, and the begin of the body, with tabs between them.
 */
#include "remote/fetch.h"

#include <dlfcn.h>
#include <netdb.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define LINE_SIZE 200000
#define HEADERS_MOST 8
#define SHOWN 200

/* Of this name the first address is one that the tests allow, and each later one is another: what
 * a name server does that wants to get past a check that comes before the request. */
#define REBINDING "rebinding.test"

typedef struct asked {
    mc__fetch fetch;
    const char *headers[HEADERS_MOST + 1];
    size_t header_count;
    const char *allowed;
    int64_t sunk;
    int64_t sink_most; /* the sink fails beyond it */
} asked;

static int sink(void *data, const void *bytes, size_t length)
{
    asked *a = data;

    (void)bytes;
    a->sunk += (int64_t)length;
    return a->sink_most && a->sunk > a->sink_most ? MC_EBUSY : 0;
}

/* The letter x, as often as it is asked for; the body fails at a length that ends in 7. */
static int64_t source(void *data, void *out, size_t size, int64_t offset)
{
    const asked *a = data;

    (void)offset;
    memset(out, 'x', size);
    return a->fetch.body_length % 10 == 7 ? MC_ESTATE : (int64_t)size;
}

static const struct {
    const char *name;
    size_t offset;
} numbers[] = {
    {"wait", offsetof(mc__fetch, wait_ms)},
    {"connect", offsetof(mc__fetch, connect_ms)},
    {"idle", offsetof(mc__fetch, idle_ms)},
    {"most", offsetof(mc__fetch, most_bytes)},
};

static void take_word(asked *a, char *word, mc__connections *connections)
{
    char *value = strchr(word, '=');

    if (!value)
        return;
    *value++ = '\0';
    if (strcmp(word, "url") == 0)
        a->fetch.url = value;
    else if (strcmp(word, "method") == 0)
        a->fetch.method = value;
    else if (strcmp(word, "header") == 0 && a->header_count < HEADERS_MOST)
        a->headers[a->header_count++] = value;
    else if (strcmp(word, "allow") == 0)
        a->allowed = value;
    else if (strcmp(word, "trusted") == 0)
        a->fetch.is_trusted = true;
    else if (strcmp(word, "kept") == 0)
        a->fetch.connections = connections;
    else if (strcmp(word, "redirects") == 0)
        a->fetch.redirects = (int)strtol(value, NULL, 10);
    else if (strcmp(word, "body") == 0) {
        a->fetch.body = value;
        a->fetch.body_length = (int64_t)strlen(value);
    } else if (strcmp(word, "source") == 0) {
        a->fetch.source = source;
        a->fetch.source_data = a;
        a->fetch.body_length = strtoll(value, NULL, 10);
    } else if (strcmp(word, "sink") == 0) {
        a->fetch.sink = sink;
        a->fetch.sink_data = a;
        a->sink_most = strtoll(value, NULL, 10);
    }
    for (size_t i = 0; i < MC_COUNT(numbers); i++)
        if (strcmp(word, numbers[i].name) == 0)
            *(int64_t *)((char *)&a->fetch + numbers[i].offset) = strtoll(value, NULL, 10);
}

static void show(const asked *a, int rc, mc__reply *reply)
{
    const char *type = mc__reply_header(reply, "content-type");
    const char *body = mc__text_string(&reply->body);

    printf("%d\t%d\t%s\t%zu\t%lld\t%s\t", rc, reply->status, type ? type : "-", reply->body.length,
           (long long)a->sunk, reply->reason);
    for (size_t i = 0; i < SHOWN && body[i]; i++)
        putchar(strchr("\t\r\n", body[i]) ? ' ' : body[i]);
    putchar('\n');
    fflush(stdout);
}

static void answer(char *line, mc__connections *connections)
{
    asked a = {.fetch = {.wait_ms = 120000, .most_bytes = 1 << 20}};
    mc__problem problem = {0};
    mc__guard *guard = NULL;
    char *rest = line, *word;
    mc_reply(reply);
    int rc;

    while ((word = strsep(&rest, "\t")))
        take_word(&a, word, connections);
    a.fetch.headers = a.headers;
    rc = mc__guard_new(&guard, &problem, a.allowed);
    a.fetch.guard = guard;
    if (rc == 0)
        rc = mc__remote_send(&reply, &a.fetch);
    show(&a, rc, &reply);
    mc__guard_free(guard);
    mc__problem_release(&problem);
}

/* In the place of libc's, for libcurl too. */
int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                struct addrinfo **out)
{
    typedef int look_up(const char *, const char *, const struct addrinfo *, struct addrinfo **);
    static atomic_int count;
    look_up *real;

    *(void **)&real = dlsym(RTLD_NEXT, "getaddrinfo");

    if (name && strcmp(name, REBINDING) == 0)
        name = atomic_fetch_add(&count, 1) == 0 ? "127.0.0.2" : "127.0.0.1";
    return real(name, service, hints, out);
}

int main(void)
{
    mc__connections *connections = mc__connections_new(2);
    char *line = malloc(LINE_SIZE);

    while (connections && line && fgets(line, LINE_SIZE, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        answer(line, connections);
    }
    mc__connections_free(connections);
    free(line);
    return 0;
}
