/* See fetch.h. */
#include "connections.h"
#include "signals.h"

#include <pthread.h>
#include <stdlib.h>
#include <strings.h>

#define MOST_HEADERS ((size_t)64 << 10) /* of all replies to a request: redirects, 100 Continue */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static CURLcode started;

static void start(void)
{
    started = curl_global_init(CURL_GLOBAL_DEFAULT);
}

int mc__remote_start(void)
{
    pthread_once(&once, start);
    return started == CURLE_OK ? 0 : MC_ESYSTEM;
}

static size_t scheme_length(const char *url)
{
    return strncasecmp(url, "https://", 8) == 0 ? 8 : strncasecmp(url, "http://", 7) == 0 ? 7 : 0;
}

bool mc__remote_is_address(const char *url)
{
    size_t scheme = scheme_length(url);

    if (!scheme || !url[scheme] || strchr("/?#:", url[scheme]))
        return false;
    for (const char *c = url; *c; c++)
        if ((unsigned char)*c <= ' ' || (unsigned char)*c >= 0x7f)
            return false;
    return true;
}

void mc__remote_add_parameter(mc__text *url, const char *name, const char *value)
{
    char *escaped = curl_easy_escape(NULL, value, 0);

    mc__text_putc(url, strchr(mc__text_string(url), '?') ? '&' : '?');
    mc__text_puts(url, name);
    mc__text_putc(url, '=');
    if (escaped)
        mc__text_puts(url, escaped);
    else
        url->error = MC_ENOMEM;
    curl_free(escaped);
}

/* One request on its way. */
typedef struct transfer {
    const mc__fetch *fetch;
    mc__reply *reply;
    struct curl_slist *headers;
    int64_t sent, received;
    size_t header_bytes;
    int error; /* of source, sink or memory */
    bool was_refused, is_too_long, has_too_many_headers;
} transfer;

/* In headers a NUL ends each name and each value. */
static void add_header(mc__text *headers, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    const char *value = colon, *end = line + length;

    if (!colon || memchr(line, '\0', length))
        return;
    for (value++; value < end && strchr(" \t", *value); value++)
        ;
    while (end > value && strchr(" \t\r\n", end[-1]))
        end--;
    mc__text_append(headers, line, (size_t)(colon - line));
    mc__text_putc(headers, '\0');
    mc__text_append(headers, value, (size_t)(end - value));
    mc__text_putc(headers, '\0');
}

/* A status line begins the next reply, after a redirect or 100 Continue. */
static size_t take_header(char *line, size_t size, size_t count, void *data)
{
    transfer *t = data;
    mc__reply *reply = t->reply;
    size_t length = size * count;

    t->header_bytes += length;
    t->has_too_many_headers = t->header_bytes > MOST_HEADERS;
    if (t->has_too_many_headers)
        return 0;
    if (length >= 5 && memcmp(line, "HTTP/", 5) == 0) {
        const char *space = memchr(line, ' ', length);

        mc__text_clear(&reply->headers);
        reply->status = space ? (int)strtol(space, NULL, 10) : 0;
    } else {
        add_header(&reply->headers, line, length);
    }
    if (reply->headers.error)
        t->error = reply->headers.error;
    return t->error ? 0 : length;
}

/* Another count than what was given ends the transfer. */
static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    transfer *t = data;
    size_t length = size * count;
    bool is_wanted = t->fetch->sink && t->reply->status / 100 == 2;

    t->received += (int64_t)length;
    t->is_too_long = t->received > t->fetch->most_bytes;
    if (t->is_too_long)
        return 0;
    if (is_wanted) {
        t->error = t->fetch->sink(t->fetch->sink_data, bytes, length);
    } else {
        mc__text_append(&t->reply->body, bytes, length);
        t->error = t->reply->body.error;
    }
    return t->error < 0 ? 0 : length;
}

static size_t give_body(char *out, size_t size, size_t count, void *data)
{
    transfer *t = data;
    int64_t left = t->fetch->body_length - t->sent, n = (int64_t)(size * count);

    n = n < left ? n : left;
    if (n > 0)
        n = t->fetch->source(t->fetch->source_data, out, (size_t)n, t->sent);
    if (n < 0) {
        t->error = (int)n;
        return CURL_READFUNC_ABORT;
    }
    t->sent += n;
    return (size_t)n;
}

/* A kept connection may turn out to be closed when the first bytes have been given. */
static int rewind_body(void *data, curl_off_t offset, int origin)
{
    if (origin != SEEK_SET)
        return CURL_SEEKFUNC_CANTSEEK;
    ((transfer *)data)->sent = offset;
    return CURL_SEEKFUNC_OK;
}

/* Called with the address of each connection that is about to be made. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    transfer *t = data;

    (void)purpose;
    if (!t->fetch->is_trusted && !mc__guard_lets(t->fetch->guard, &address->addr)) {
        t->was_refused = true;
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static CURLcode perform(CURL *curl)
{
    mc__no_pipe state;
    CURLcode rc;

    if (!mc__no_pipe_begin(&state))
        return CURLE_FAILED_INIT;
    rc = curl_easy_perform(curl);
    mc__no_pipe_end(&state);
    return rc;
}

typedef struct number_option {
    CURLoption option;
    long value;
} number_option;

typedef struct pointer_option {
    CURLoption option;
    const void *value;
} pointer_option;

static CURLcode set_all(CURL *curl, const number_option *numbers, size_t number_count,
                        const pointer_option *pointers, size_t pointer_count)
{
    CURLcode rc = CURLE_OK;

    for (size_t i = 0; rc == CURLE_OK && i < number_count; i++)
        rc = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
    for (size_t i = 0; rc == CURLE_OK && i < pointer_count; i++)
        rc = curl_easy_setopt(curl, pointers[i].option, pointers[i].value);
    return rc;
}

static CURLcode set_functions(CURL *curl)
{
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);

    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_READFUNCTION, give_body);
    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, rewind_body);
    return rc;
}

static CURLcode set_general(CURL *curl, transfer *t)
{
    const mc__fetch *fetch = t->fetch;
    bool is_kept = fetch->connections && fetch->is_trusted;
    int64_t connect_ms = fetch->connect_ms ? fetch->connect_ms : fetch->wait_ms;
    char agent[40];
    const number_option numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1},
        {CURLOPT_FOLLOWLOCATION, fetch->redirects > 0},
        {CURLOPT_MAXREDIRS, fetch->redirects},
        {CURLOPT_TIMEOUT_MS, (long)fetch->wait_ms},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)connect_ms},
        {CURLOPT_LOW_SPEED_LIMIT, fetch->idle_ms > 0},
        {CURLOPT_LOW_SPEED_TIME, (long)((fetch->idle_ms + 999) / 1000)},
        {CURLOPT_FRESH_CONNECT, !is_kept},
        {CURLOPT_FORBID_REUSE, !is_kept},
        {CURLOPT_DISALLOW_USERNAME_IN_URL, !fetch->is_trusted},
    };
    const pointer_option pointers[] = {
        {CURLOPT_URL, fetch->url},
        {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_REDIR_PROTOCOLS_STR,
         scheme_length(fetch->url) == strlen("https://") ? "https" : "http,https"},
        {CURLOPT_PROXY, ""},        /* none, whatever the environment says */
        {CURLOPT_USERAGENT, agent}, /* libcurl copies texts */
        {CURLOPT_HTTPHEADER, t->headers},
        {CURLOPT_WRITEDATA, t},
        {CURLOPT_HEADERDATA, t},
        {CURLOPT_OPENSOCKETDATA, t},
        {CURLOPT_READDATA, t},
        {CURLOPT_SEEKDATA, t},
    };

    snprintf(agent, sizeof(agent), "microcosm/%s", mc_version());
    return set_all(curl, numbers, MC_COUNT(numbers), pointers, MC_COUNT(pointers));
}

static CURLcode set_method(CURL *curl, const mc__fetch *fetch)
{
    CURLcode rc = CURLE_OK;

    if (fetch->source) {
        rc = curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
        if (rc == CURLE_OK)
            rc = curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)fetch->body_length);
    } else if (fetch->body) {
        rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)fetch->body_length);
        if (rc == CURLE_OK)
            rc = curl_easy_setopt(curl, CURLOPT_POSTFIELDS, fetch->body);
    }
    if (rc != CURLE_OK || !fetch->method)
        return rc;
    if (strcmp(fetch->method, "HEAD") == 0)
        return curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    return curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, fetch->method);
}

/* libcurl would wait for 100 Continue before larger bodies. */
static bool copy_headers(transfer *t)
{
    static const char *const own[] = {"Expect:", NULL};
    const char *const *lists[] = {own, t->fetch->headers};

    for (size_t i = 0; i < MC_COUNT(lists); i++)
        for (const char *const *header = lists[i]; header && *header; header++) {
            struct curl_slist *longer = curl_slist_append(t->headers, *header);

            if (!longer)
                return false;
            t->headers = longer;
        }
    return true;
}

static int give_reason(const transfer *t, CURLcode rc)
{
    char *reason = t->reply->reason;
    const mc__fetch *fetch = t->fetch;

    if (t->is_too_long)
        snprintf(reason, MC_REASON_SIZE, "its reply has more than %lld bytes",
                 (long long)fetch->most_bytes);
    else if (t->has_too_many_headers)
        snprintf(reason, MC_REASON_SIZE, "the headers of its reply have more than %zu bytes",
                 MOST_HEADERS);
    else if (t->was_refused && (rc == CURLE_COULDNT_CONNECT || rc == CURLE_OPERATION_TIMEDOUT))
        snprintf(reason, MC_REASON_SIZE, "its address is not on the public internet");
    else if (rc == CURLE_OPERATION_TIMEDOUT && fetch->wait_ms)
        snprintf(reason, MC_REASON_SIZE, "it has not answered within %lld ms",
                 (long long)fetch->wait_ms);
    else
        snprintf(reason, MC_REASON_SIZE, "%s", curl_easy_strerror(rc));
    return MC_EREMOTE;
}

static int result_of(const transfer *t, CURLcode rc)
{
    if (t->error < 0)
        return t->error == MC_ETOOLARGE ? give_reason(t, CURLE_FILESIZE_EXCEEDED) : t->error;
    if (rc == CURLE_OUT_OF_MEMORY)
        return MC_ENOMEM;
    return rc == CURLE_OK ? 0 : give_reason(t, rc);
}

static int send_with(CURL *curl, transfer *t)
{
    CURLcode rc = copy_headers(t) ? set_functions(curl) : CURLE_OUT_OF_MEMORY;

    if (rc == CURLE_OK)
        rc = set_general(curl, t);
    if (rc == CURLE_OK)
        rc = set_method(curl, t->fetch);
    if (rc == CURLE_OK)
        rc = perform(curl);
    return result_of(t, rc);
}

void mc__reply_release(mc__reply *reply)
{
    mc__text_release(&reply->headers);
    mc__text_release(&reply->body);
}

const char *mc__reply_header(const mc__reply *reply, const char *name)
{
    const char *at = reply->headers.data, *end = at + reply->headers.length;

    while (at < end) {
        const char *value = at + strlen(at) + 1;

        if (strcasecmp(at, name) == 0)
            return value;
        at = value + strlen(value) + 1;
    }
    return NULL;
}

int mc__remote_send(mc__reply *reply, const mc__fetch *fetch)
{
    transfer t = {.fetch = fetch, .reply = reply};
    mc__connections *kept = fetch->is_trusted ? fetch->connections : NULL;
    CURL *curl;
    int rc;

    mc__text_clear(&reply->headers);
    mc__text_clear(&reply->body);
    reply->status = 0;
    reply->reason[0] = '\0';
    if (!mc__remote_is_address(fetch->url)) {
        snprintf(reply->reason, MC_REASON_SIZE, "it has no http or https address");
        return MC_EREMOTE;
    }
    curl = mc__remote_start() == 0 ? mc__connections_take(kept) : NULL;
    rc = curl ? send_with(curl, &t) : MC_ENOMEM;
    mc__connections_give_back(kept, curl);
    curl_slist_free_all(t.headers);
    return rc;
}

int mc__remote_get(mc__text *body, char reason[MC_REASON_SIZE], const mc__fetch *fetch)
{
    mc_reply(reply);
    int rc = mc__remote_send(&reply, fetch);

    if (rc == 0 && reply.status != 200) {
        snprintf(reply.reason, MC_REASON_SIZE, "it has answered with status %d", reply.status);
        rc = MC_EREMOTE;
    }
    if (rc == MC_EREMOTE)
        memcpy(reason, reply.reason, MC_REASON_SIZE);
    if (rc == 0)
        mc__text_append(body, reply.body.data, reply.body.length);
    return rc == 0 && body->error ? MC_ENOMEM : rc;
}
