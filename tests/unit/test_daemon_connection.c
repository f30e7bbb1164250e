/* Bodies, deadlines and the listening socket: what is between a connection and a request. */
#include "http/body.h"
#include "http/listener.h"
#include "http/watch.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* Bodies. */

/* A connection that brings some pieces and then ends. */
typedef struct supply {
    const char *pieces[4];
    size_t next;
    int end; /* what reading gives after the last */
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
    wire w = {s, read_supply, write_supply, late};
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

Test(daemon_body, is_read_to_the_end_of_its_chunks)
{
    supply s = {{"abc", "de"}, 0, 0, ""};
    char out[64];

    cr_expect_eq(read_body(out, &s, -1, false, 100), 0);
    cr_expect_str_eq(out, "abcde");
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
    supply announced = {{"abc"}, 0, 0, ""}, chunked = {{"abc", "def"}, 0, 0, ""};
    char out[64];

    cr_expect_eq(read_body(out, &announced, 6, true, 5), 413);
    cr_expect_eq(announced.next, 0, "it is not even read");
    cr_expect_str_eq(announced.written, "", "nor asked for");
    cr_expect_eq(read_body(out, &chunked, -1, false, 5), 413);
}

Test(daemon_body, may_be_as_long_as_the_limit)
{
    supply announced = {{"abcde"}, 0, 0, ""}, chunked = {{"abc", "de"}, 0, 0, ""};
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

/* Deadlines. */

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(int ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static int ours[2], others[2];

static void make_sockets(void)
{
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ours), 0);
    cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, others), 0);
}

TestSuite(daemon_watch, .init = make_sockets, .timeout = 120);

/* As civetweb waits: poll, then receive. Returns what recv() does, 0 for a timeout. */
static ssize_t wait_and_receive(int timeout)
{
    struct pollfd p = {ours[0], POLLIN, 0};
    char c;

    return poll(&p, 1, timeout) == 1 ? recv(ours[0], &c, 1, 0) : 0;
}

Test(daemon_watch, ends_a_connection_that_trickles)
{
    int64_t started = now_ms();

    watch_begin(60000, 200);
    while (now_ms() - started < 30000) {
        cr_assert_eq(write(ours[1], "x", 1), 1);
        if (wait_and_receive(30000) < 0)
            break;
        pause_ms(10);
    }
    cr_expect(watch_is_late());
    cr_expect_eq(errno, ETIMEDOUT);
    cr_expect_lt(now_ms() - started, 30000);
    cr_expect_lt(send(ours[0], "x", 1, 0), 0);
}

Test(daemon_watch, ends_a_wait_in_time)
{
    int64_t started = now_ms();

    watch_begin(200, 60000);
    while (wait_and_receive(30000) == 0)
        ;
    cr_expect_eq(errno, ETIMEDOUT);
    cr_expect_geq(now_ms() - started, 199);
    cr_expect_lt(now_ms() - started, 30000);
}

Test(daemon_watch, gives_more_time_once_something_came)
{
    int64_t started = now_ms();

    watch_begin(1000, 2000);
    cr_assert_eq(write(ours[1], "x", 1), 1);
    cr_assert_eq(wait_and_receive(1000), 1);
    while (wait_and_receive(30000) == 0)
        ;
    cr_expect_geq(now_ms() - started, 1999);
}

Test(daemon_watch, leaves_other_sockets_alone)
{
    struct pollfd p = {others[1], POLLIN, 0};
    char c;

    watch_begin(1, 1);
    cr_expect_eq(wait_and_receive(0), 0, "the first one polled is the connection");
    pause_ms(5);
    cr_assert(watch_is_late());
    cr_expect_eq(poll(&p, 1, 0), 0);
    cr_expect_eq(send(others[0], "x", 1, 0), 1);
    cr_expect_eq(poll(&p, 1, 1000), 1);
    cr_expect_eq(recv(others[1], &c, 1, 0), 1);
    cr_expect_lt(wait_and_receive(0), 0);
    watch_set(0);
    cr_assert_eq(write(ours[1], "x", 1), 1);
    cr_expect_eq(wait_and_receive(0), 1, "without a deadline all is well again");
}

Test(daemon_watch, has_the_last_word_where_nobody_answered)
{
    char said[8] = "";

    watch_begin(60000, 60000);
    watch_last_word("none", 4);
    cr_expect_lt(read(ours[1], said, sizeof(said)), 0, "nobody asked");
    cr_assert_eq(write(ours[1], "x", 1), 1);
    cr_assert_eq(wait_and_receive(0), 1);
    watch_answered();
    watch_last_word("none", 4);
    cr_expect_lt(read(ours[1], said, sizeof(said)), 0, "it was answered");
    cr_assert_eq(write(ours[1], "x", 1), 1);
    cr_assert_eq(wait_and_receive(0), 1);
    watch_last_word("400", 4);
    cr_expect_eq(read(ours[1], said, sizeof(said)), 4);
    cr_expect_str_eq(said, "400");
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

/* Polls like civetweb's master thread: for long, and on a number. */
static void *poll_it(void *data)
{
    poller *self = data;
    struct pollfd p = {self->fd, POLLIN, 0};

    self->result = poll(&p, 1, 60000);
    return NULL;
}

Test(daemon_listener, is_heard_by_those_who_poll_already, .timeout = 120)
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

Test(daemon_listener, stops_and_counts_what_is_left, .timeout = 120)
{
    int own = open_listener(), theirs = open_listener();
    int port = listener_port(own);
    int fd = listener_replace(listener_port(theirs), own);
    int event, client, accepted;

    while ((accepted = accept(fd, NULL, NULL)) >= 0) /* the knock */
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
