/* The layer between a connection and a request: heads, bodies, deadlines and the listening socket.
 */
#include "http/body.h"
#include "http/chunks.h"
#include "http/connection.h"
#include "http/listener.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Bodies. */

/* A connection that delivers some pieces and then ends. */
typedef struct supply {
    const char *pieces[4];
    size_t next;
    int end; /* result of reading after the last piece */
    char written[64];
} supply;

static int read_supply(void *connection, void *out, size_t length)
{
    supply *s = connection;
    const char *piece = s->pieces[s->next];
    size_t n;

    if (!piece)
        return s->end;
    n = strlen(piece);
    cr_assert_leq(n, length, "never asks for more than announced");
    memcpy(out, piece, n);
    s->next++;
    return (int)n;
}

static int write_supply(void *connection, const void *bytes, size_t length)
{
    supply *s = connection;

    strncat(s->written, bytes, length);
    return (int)length;
}

static bool is_late;

static bool late(void)
{
    return is_late;
}

static int read_body(char *out, supply *s, int64_t length, bool expects, int64_t max)
{
    static request r;
    wire w = {s, read_supply, write_supply, late, NULL};
    mc_buffer *buffer = NULL;
    int status;

    request_clear(&r);
    r.content_length = length;
    r.expects_continue = expects;
    cr_assert_eq(mc_buffer_new(&buffer, 0), 0);
    status = body_read(buffer, &r, max, &w);
    strcpy(out, mc_buffer_bytes(buffer));
    mc_buffer_free(buffer);
    return status;
}

Test(daemon_body, is_read_in_pieces)
{
    supply s = {{"abc", "de"}, 0, 0, ""};
    char out[64];

    cr_expect_eq(read_body(out, &s, 5, false, 100), 0);
    cr_expect_str_eq(out, "abcde");
    cr_expect_str_eq(s.written, "");
}

Test(daemon_body, is_asked_for_when_the_client_waits)
{
    supply s = {{"abc"}, 0, 0, ""};
    char out[64];

    cr_expect_eq(read_body(out, &s, 3, true, 100), 0);
    cr_expect_str_eq(s.written, "HTTP/1.1 100 Continue\r\n\r\n");
}

Test(daemon_body, is_bounded)
{
    supply announced = {{"abc"}, 0, 0, ""},
           chunked = {{"5\r\n", "abcde\r\n1\r\n", "f\r\n0\r\n\r\n"}, 0, 0, ""};
    char out[64];

    cr_expect_eq(read_body(out, &announced, 6, true, 5), 413);
    cr_expect_eq(announced.next, 0, "it is not even read");
    cr_expect_str_eq(announced.written, "", "nor asked for");
    cr_expect_eq(read_body(out, &chunked, -1, false, 5), 413);
}

Test(daemon_body, may_be_as_long_as_the_limit)
{
    supply announced = {{"abcde"}, 0, 0, ""},
           chunked = {{"5\r\n", "abcde\r\n", "0\r\n\r\n"}, 0, 0, ""};
    char out[64];

    cr_expect_eq(read_body(out, &announced, 5, false, 5), 0);
    cr_expect_eq(read_body(out, &chunked, -1, false, 5), 0);
}

Test(daemon_body, must_not_be_cut_short)
{
    supply ended = {{"abc"}, 0, 0, ""}, broken = {{"abc"}, 0, -1, ""}, slow = {{"abc"}, 0, -1, ""};
    char out[64];

    cr_expect_eq(read_body(out, &ended, 5, false, 100), 400);
    cr_expect_eq(read_body(out, &broken, -1, false, 100), 400);
    is_late = true;
    cr_expect_eq(read_body(out, &slow, 5, false, 100), 408);
}

/* A text that arrives in pieces of any length up to what is asked for. */
typedef struct stream {
    const char *text;
    size_t length, at, piece;
} stream;

static int read_stream(void *connection, void *out, size_t length)
{
    stream *s = connection;
    size_t n = s->length - s->at;

    n = n < length ? n : length;
    n = n < s->piece ? n : s->piece;
    memcpy(out, s->text + s->at, n);
    s->at += n;
    return (int)n;
}

/* Reads a chunked body, and whether what follows it is left for the next request. */
static int read_chunks(mc_buffer *out, const char *text, size_t length, size_t piece, size_t *at)
{
    static request r;
    stream s = {text, length, 0, piece};
    wire w = {&s, read_stream, write_supply, late, NULL};
    int status;

    request_clear(&r);
    r.content_length = -1;
    mc_buffer_clear(out);
    status = body_read(out, &r, 100, &w);
    *at = s.at;
    return status;
}

Test(daemon_chunks, are_read_in_pieces_of_any_length_and_no_further)
{
    static const char *const bodies[][2] = {
        {"0\r\n\r\n", ""},
        {"000\r\n\r\n", ""},
        {"5\r\nabcde\r\n0\r\n\r\n", "abcde"},
        {"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", "abcde"},
        {"1\r\na\r\n1\r\nb\r\n1\r\nc\r\n00\r\n\r\n", "abc"},
        {"a\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
        {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
        {"00000005\r\nabcde\r\n0\r\n\r\n", "abcde"},
        {"4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"},
    };
    mc_buffer *out = NULL;

    cr_assert_eq(mc_buffer_new(&out, 0), 0);
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        for (size_t piece = 1; piece < 40; piece++) {
            char text[100];
            size_t length = strlen(bodies[i][0]), at;

            snprintf(text, sizeof(text), "%sGET / HTTP/1.1\r\n", bodies[i][0]);
            cr_expect_eq(read_chunks(out, text, strlen(text), piece, &at), 0, "%zu", i);
            cr_expect_str_eq(mc_buffer_bytes(out), bodies[i][1]);
            cr_expect_eq(at, length, "%zu with pieces of %zu: %zu", i, piece, at);
        }
    mc_buffer_free(out);
}

Test(daemon_chunks, are_refused_in_any_other_form)
{
#define FORM(text, status)                                                                         \
    {                                                                                              \
        text, sizeof(text) - 1, status                                                             \
    }
    static const struct {
        const char *text;
        size_t length;
        int status;
    } forms[] = {
        FORM("", 400),
        FORM("\r\n", 400),
        FORM("\r\n\r\n", 400),
        FORM("2\r5\r\nab\r\n0\r\n\r\n", 400),
        FORM("2\r5ab\r\n0\r\n\r\n", 400),
        FORM("2\r\nab\r\n0\r5\r\n", 400),
        FORM("2\r", 400),
        FORM("2\n5\nab\n0\n\n", 400),
        FORM("2\nab\r\n0\r\n\r\n", 400),
        FORM("2\r\r\nab\r\n0\r\n\r\n", 400),
        FORM("2\n\r\nab\r\n0\r\n\r\n", 400),
        FORM("0x2\r\nab\r\n0\r\n\r\n", 400),
        FORM("x2\r\nab\r\n0\r\n\r\n", 400),
        FORM("+2\r\nab\r\n0\r\n\r\n", 400),
        FORM("-2\r\nab\r\n0\r\n\r\n", 400),
        FORM(" 2\r\nab\r\n0\r\n\r\n", 400),
        FORM("2 \r\nab\r\n0\r\n\r\n", 400),
        FORM("\t2\r\nab\r\n0\r\n\r\n", 400),
        FORM("2\t\r\nab\r\n0\r\n\r\n", 400),
        FORM("2;\r\nab\r\n0\r\n\r\n", 400),
        FORM("2;a=b\r\nab\r\n0\r\n\r\n", 400),
        FORM("2;\nab\r\n0\r\n\r\n", 400),
        FORM("2 ;a\r\nab\r\n0\r\n\r\n", 400),
        FORM("2,2\r\nab\r\n0\r\n\r\n", 400),
        FORM("2.0\r\nab\r\n0\r\n\r\n", 400),
        FORM("2\0\r\nab\r\n0\r\n\r\n", 400),
        FORM("\0002\r\nab\r\n0\r\n\r\n", 400),
        FORM("g\r\nab\r\n0\r\n\r\n", 400),
        FORM("\xd9\xa2\r\nab\r\n0\r\n\r\n", 400),
        FORM("2\r\nabc\r\n0\r\n\r\n", 400),
        FORM("2\r\na\r\n0\r\n\r\n", 400),
        FORM("2\r\nab0\r\n\r\n", 400),
        FORM("2\r\nab\n0\r\n\r\n", 400),
        FORM("2\r\nab\r0\r\n\r\n", 400),
        FORM("2\r\nab\r\n", 400),
        FORM("2\r\nab\r\n0", 400),
        FORM("2\r\nab\r\n0\r\n", 400),
        FORM("2\r\nab\r\n0\r\n\r", 400),
        FORM("2\r\nab\r\n0\n\n", 400),
        FORM("2\r\nab\r\n0\r\n\n", 400),
        FORM("2\r\nab\r\n0\r\n\rx", 400),
        FORM("2\r\nab\r\n0\r\nA: b\r\n\r\n", 400),
        FORM("2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n", 400),
        FORM("2\r\nab\r\n0;a\r\n\r\n", 400),
        FORM("2\r\nab\r\n-0\r\n\r\n", 400),
        FORM("10000000\r\nab\r\n0\r\n\r\n", 400),
        FORM("ffffffff\r\nab\r\n0\r\n\r\n", 400),
        FORM("100000002\r\nab\r\n0\r\n\r\n", 400),
        FORM("7fffffffffffffff\r\nab\r\n0\r\n\r\n", 400),
        FORM("8000000000000000\r\nab\r\n0\r\n\r\n", 400),
        FORM("ffffffffffffffff\r\nab\r\n0\r\n\r\n", 400),
        FORM("10000000000000002\r\nab\r\n0\r\n\r\n", 400),
        FORM("00000000000000002\r\nab\r\n0\r\n\r\n", 400),
        FORM("65\r\nab\r\n0\r\n\r\n", 413),
        FORM("fffffff\r\nab\r\n0\r\n\r\n", 413),
    };
#undef FORM
    mc_buffer *out = NULL;
    size_t at;

    cr_assert_eq(mc_buffer_new(&out, 0), 0);
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
        for (size_t piece = 1; piece < 40; piece++)
            cr_expect_eq(read_chunks(out, forms[i].text, forms[i].length, piece, &at),
                         forms[i].status, "form %zu in pieces of %zu: %s", i, piece, forms[i].text);
    mc_buffer_free(out);
}

/* A connection as civetweb sees it: it polls and receives until there is a request. */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int ours[2], others[2];

static void make_sockets(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ours), 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, others), 0);
}

TestSuite(daemon_connection, .init = make_sockets, .timeout = 120);

static void say(const char *text)
{
    cr_assert_eq(write(ours[1], text, strlen(text)), (ssize_t)strlen(text));
}

/* The result of poll() and recv(): bytes of a request, 0 or -1 for the end; -2 for a timeout. */
static ssize_t receive(int timeout)
{
    struct pollfd p = {ours[0], POLLIN, 0};
    char bytes[1024] = "";
    ssize_t n;

    if (poll(&p, 1, timeout) != 1)
        return -2;
    n = recv(ours[0], bytes, sizeof(bytes), 0);
    if (n > 0)
        cr_expect_str_eq(bytes, "GET / HTTP/1.1\r\nHost: -\r\n\r\n", "whatever the client sent");
    return n;
}

Test(daemon_connection, shows_a_request_once_its_head_is_whole)
{
    head h;

    connection_begin(60000, 60000);
    cr_expect_eq(receive(0), -2);
    say("PUT /a HTTP/1.1\r\nHo");
    cr_expect_eq(receive(0), -2);
    say("st: b\r\n");
    cr_expect_eq(receive(0), -2);
    say("\r\n");
    cr_expect_gt(receive(0), 0);
    cr_assert_eq(connection_head(&h), 0);
    cr_expect_str_eq(h.method, "PUT");
    cr_expect_str_eq(h.target, "/a");
    cr_assert_eq(h.field_count, 1);
    cr_expect_str_eq(h.fields[0].name, "Host");
    cr_expect_str_eq(h.fields[0].value, "b");
}

Test(daemon_connection, gives_each_request_its_own_bytes)
{
    char bytes[16];
    head h;

    connection_begin(60000, 60000);
    say("PUT /a HTTP/1.1\r\n\r\nbodyGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n");
    cr_expect_gt(receive(0), 0);
    cr_assert_eq(connection_head(&h), 0);
    cr_assert_eq(connection_read(bytes, 4), 4);
    cr_expect_eq(memcmp(bytes, "body", 4), 0);
    connection_next(60000);
    cr_expect_gt(receive(0), 0);
    cr_assert_eq(connection_head(&h), 0);
    cr_expect_str_eq(h.target, "/b");
    connection_next(60000);
    cr_expect_eq(receive(0), -2);
    say("\r\n");
    cr_expect_gt(receive(0), 0);
    cr_assert_eq(connection_head(&h), 0);
    cr_expect_str_eq(h.target, "/c");
}

Test(daemon_connection, reads_a_body_that_comes_later)
{
    char bytes[16];
    head h;

    connection_begin(60000, 60000);
    say("PUT /a HTTP/1.1\r\n\r\nab");
    cr_expect_gt(receive(0), 0);
    cr_assert_eq(connection_head(&h), 0);
    cr_expect_eq(connection_read(bytes, 16), 2);
    say("cd");
    cr_expect_eq(connection_read(bytes, 16), 2);
    shutdown(ours[1], SHUT_WR);
    cr_expect_eq(connection_read(bytes, 16), 0);
    connection_set_deadline(1);
    while (!connection_is_late())
        ;
    cr_expect_lt(connection_read(bytes, 16), 0);
}

Test(daemon_connection, shows_a_refused_head_at_once)
{
    head h;

    connection_begin(60000, 60000);
    say("PUT /a HTTP/1.1\nHost: b");
    cr_expect_gt(receive(0), 0);
    cr_expect_eq(connection_head(&h), 400);
    cr_expect_str_eq(h.problem, "a line must end in CR and LF");
}

Test(daemon_connection, refuses_a_head_that_is_cut_short)
{
    head h;

    connection_begin(60000, 60000);
    say("PUT /a HTTP/1.1\r\n");
    shutdown(ours[1], SHUT_WR);
    while (receive(0) == -2)
        ;
    cr_expect_eq(connection_head(&h), 400);
}

Test(daemon_connection, tells_nobody_when_there_was_no_request)
{
    connection_begin(60000, 60000);
    say("\r\n");
    shutdown(ours[1], SHUT_WR);
    cr_expect_eq(receive(0), -2);
    cr_expect_eq(receive(0), 0);
}

Test(daemon_connection, ends_a_slow_head)
{
    int64_t started = now_ms();
    ssize_t n;
    head h;

    connection_begin(60000, 200);
    do {
        struct timespec pause = {0, 10000000};

        cr_assert_lt(now_ms() - started, 60000);
        say("x");
        nanosleep(&pause, NULL);
        n = receive(0);
    } while (n == -2);
    cr_expect_gt(n, 0);
    cr_expect_geq(now_ms() - started, 199);
    cr_expect_eq(connection_head(&h), 408);
    cr_expect(connection_is_late());
    cr_expect_lt(send(ours[0], "x", 1, 0), 0);
}

Test(daemon_connection, ends_a_wait_in_time)
{
    int64_t started = now_ms();
    ssize_t n;

    connection_begin(200, 600000);
    while ((n = receive(60000)) == -2)
        ;
    cr_expect_eq(n, 0);
    cr_expect_geq(now_ms() - started, 199);
    cr_expect_lt(now_ms() - started, 60000);
}

Test(daemon_connection, gives_more_time_once_something_came)
{
    int64_t started;
    head h;

    say("x");
    do { /* again if the machine is so busy that the first time has passed by then */
        started = now_ms();
        connection_begin(1000, 2000);
    } while (receive(0) != -2);
    while (receive(60000) == -2)
        ;
    cr_expect_geq(now_ms() - started, 1999);
    cr_expect_eq(connection_head(&h), 408);
}

Test(daemon_connection, leaves_other_sockets_alone)
{
    struct pollfd p = {others[1], POLLIN, 0};
    char c;

    connection_begin(60000, 60000);
    cr_expect_eq(receive(0), -2, "the first one polled is the connection");
    connection_set_deadline(1);
    while (!connection_is_late())
        ;
    cr_expect_eq(poll(&p, 1, 0), 0);
    cr_expect_eq(send(others[0], "x", 1, 0), 1);
    cr_expect_eq(poll(&p, 1, 1000), 1);
    cr_expect_eq(recv(others[1], &c, 1, 0), 1);
    cr_expect_eq(receive(0), 0);
}

Test(daemon_connection, lets_a_client_read_the_reply_to_what_it_still_sends)
{
    char reply[4] = "";
    head h;

    connection_begin(60000, 60000);
    say("bad\n and much more");
    cr_expect_gt(receive(0), 0);
    cr_expect_eq(connection_head(&h), 400);
    cr_expect_eq(send(ours[0], "400", 3, 0), 3);
    say("still sending");
    shutdown(ours[1], SHUT_WR);
    connection_linger(60000, 1000);
    cr_expect_eq(read(ours[1], reply, sizeof(reply)), 3);
    cr_expect_eq(read(ours[1], reply, sizeof(reply)), 0, "it was told that nothing follows");
    cr_expect_eq(recvfrom(ours[0], reply, sizeof(reply), 0, NULL, NULL), 0, "all was read");
}

/* accept() without descriptors to spare. */

static size_t accept_often(int listening, int64_t ms)
{
    int64_t until = now_ms() + ms;
    size_t calls = 0;

    for (; now_ms() < until; calls++) {
        int fd = accept(listening, NULL, NULL);

        if (fd >= 0)
            close(fd);
    }
    return calls;
}

static int connect_to(int port);
static int open_listener(void);

Test(daemon_connection, pauses_accepting_when_descriptors_run_out)
{
    int listening = open_listener();
    int client = connect_to(listener_port(listening));
    struct rlimit none = {0, 0};

    cr_assert_geq(client, 0);
    cr_assert_eq(getrlimit(RLIMIT_NOFILE, &none), 0);
    none.rlim_cur = 3;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_expect_leq(accept_often(listening, 500), 6);
    none.rlim_cur = none.rlim_max;
    cr_assert_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
    cr_expect_geq(accept(listening, NULL, NULL), 0, "the client has waited");
}

/* The listening socket. */

static int connect_to(int port)
{
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0)
        return fd;
    close(fd);
    return -1;
}

static int open_listener(void)
{
    char problem[160] = "";
    int fd = listener_open("127.0.0.1:0", problem, sizeof(problem));

    cr_assert_geq(fd, 0, "%s", problem);
    return fd;
}

Test(daemon_listener, knows_addresses)
{
    static const char *const good[] = {"127.0.0.1:8080", "0.0.0.0:0", "localhost:80", "*:65535"};
    static const char *const bad[] = {"",
                                      "8080",
                                      "127.0.0.1",
                                      "127.0.0.1:",
                                      "127.0.0.1:65536",
                                      "127.0.0.1:-1",
                                      "[::1]:80",
                                      "example.org:80",
                                      ":80",
                                      "127.0.0.1:80x",
                                      "1.2.3.4.5.6.7.8.9.10.11:1"};

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
        cr_expect(listener_is_address(good[i]), "%s", good[i]);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        cr_expect_not(listener_is_address(bad[i]), "%s", bad[i]);
}

Test(daemon_listener, says_where_it_listens)
{
    int fd = open_listener();
    char address[LISTENER_ADDRESS_SIZE], problem[160];

    listener_address(address, fd);
    cr_expect_eq(strncmp(address, "127.0.0.1:", 10), 0);
    cr_expect_eq(atol(address + 10), listener_port(fd));
    cr_expect_lt(listener_open(address, problem, sizeof(problem)), 0, "it is in use");
    cr_expect_not_null(strstr(problem, address), "%s", problem);
}

Test(daemon_listener, takes_the_place_of_another)
{
    int own = open_listener(), theirs = open_listener();
    int own_port = listener_port(own), their_port = listener_port(theirs);

    cr_assert_eq(listener_replace(their_port, own), theirs);
    cr_expect_eq(listener_port(theirs), own_port);
    cr_expect_lt(connect_to(their_port), 0);
    cr_expect_geq(connect_to(own_port), 0);
    cr_expect_lt(listener_replace(1, theirs), 0, "nobody listens there");
}

typedef struct poller {
    int fd, result; /* of poll(): 0 if nothing came */
} poller;

/* Polls like civetweb's master thread: with a long timeout, on a descriptor's number. */
static void *poll_it(void *data)
{
    poller *self = data;
    struct pollfd p = {self->fd, POLLIN, 0};

    self->result = poll(&p, 1, 60000);
    return NULL;
}

Test(daemon_listener, wakes_threads_that_poll_already, .timeout = 120)
{
    int own = open_listener(), theirs = open_listener();
    poller master = {theirs, -1};
    pthread_t thread;

    cr_assert_eq(pthread_create(&thread, NULL, poll_it, &master), 0);
    poll(NULL, 0, 50);
    cr_assert_geq(listener_replace(listener_port(theirs), own), 0);
    pthread_join(thread, NULL);
    cr_expect_eq(master.result, 1);
}

Test(daemon_listener, stops_and_counts_remaining_connections, .timeout = 120)
{
    int own = open_listener(), theirs = open_listener();
    int port = listener_port(own);
    int fd = listener_replace(listener_port(theirs), own);
    int event, client, accepted;

    while ((accepted = accept(fd, NULL, NULL)) >= 0) /* the connection that wakes the thread */
        close(accepted);
    client = connect_to(port);
    cr_assert_geq(client, 0);
    accepted = accept(fd, NULL, NULL);
    cr_assert_geq(accepted, 0);
    cr_expect_eq(listener_connections(port), 1);
    cr_assert_eq(listener_stop(fd, &event), 0);
    cr_expect_lt(connect_to(port), 0);
    cr_expect_eq(listener_connections(port), 1, "who is in stays in");
    close(accepted);
    cr_expect_eq(listener_connections(port), 0);
}
