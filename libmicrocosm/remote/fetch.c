/* See fetch.h. */
#include "fetch.h"

#include <curl/curl.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

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

bool mc__remote_is_address(const char *url)
{
    size_t scheme = strncmp(url, "https://", 8) == 0 ? 8 : strncmp(url, "http://", 7) == 0 ? 7 : 0;

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

typedef struct taking {
    mc__text *body;
    size_t room;
} taking;

/* Fewer bytes than were given end the transfer. */
static size_t take(char *bytes, size_t size, size_t count, void *data)
{
    taking *t = data;
    size_t length = size * count;

    if (length > t->room)
        return 0;
    t->room -= length;
    mc__text_append(t->body, bytes, length);
    return t->body->error ? 0 : length;
}

/* TLS writes to a socket without MSG_NOSIGNAL, and the process belongs to the host. */
static CURLcode perform(CURL *curl)
{
    static const struct timespec now = {0, 0};
    sigset_t pipe, before, pending;
    bool was_pending;
    CURLcode rc;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (pthread_sigmask(SIG_BLOCK, &pipe, &before) != 0)
        return CURLE_FAILED_INIT;
    was_pending = sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    rc = curl_easy_perform(curl);
    if (!was_pending)
        sigtimedwait(&pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return rc;
}

static CURLcode set_up(CURL *curl, const mc__fetch *fetch, taking *t)
{
    char agent[40];
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_FOLLOWLOCATION, 0},
        {CURLOPT_TIMEOUT_MS, (long)fetch->wait_ms},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)fetch->wait_ms},
        {CURLOPT_FRESH_CONNECT, 1},
        {CURLOPT_FORBID_REUSE, 1},
    };
    const struct {
        CURLoption option;
        const void *value;
    } pointers[] = {
        {CURLOPT_URL, fetch->url},  {CURLOPT_PROTOCOLS_STR, "http,https"},
        {CURLOPT_PROXY, ""},        /* none, whatever the environment says */
        {CURLOPT_USERAGENT, agent}, /* libcurl copies texts */
        {CURLOPT_WRITEDATA, t},
    };
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);

    snprintf(agent, sizeof(agent), "microcosm/%s", mc_version());
    for (size_t i = 0; rc == CURLE_OK && i < MC_COUNT(numbers); i++)
        rc = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
    for (size_t i = 0; rc == CURLE_OK && i < MC_COUNT(pointers); i++)
        rc = curl_easy_setopt(curl, pointers[i].option, pointers[i].value);
    return rc;
}

static int explain(char reason[256], CURL *curl, CURLcode rc, const mc__fetch *fetch)
{
    long status = 0;

    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    if (rc == CURLE_WRITE_ERROR)
        snprintf(reason, 256, "its reply has more than %zu bytes", fetch->most_bytes);
    else if (rc == CURLE_OPERATION_TIMEDOUT)
        snprintf(reason, 256, "it has not answered within %lld ms", (long long)fetch->wait_ms);
    else if (rc != CURLE_OK)
        snprintf(reason, 256, "%s", curl_easy_strerror(rc));
    else if (status != 200)
        snprintf(reason, 256, "it has answered with status %ld", status);
    else
        return 0;
    return MC_EREMOTE;
}

int mc__remote_get(mc__text *body, char reason[256], const mc__fetch *fetch)
{
    size_t before = body->length;
    taking t = {body, fetch->most_bytes};
    CURL *curl = mc__remote_start() == 0 ? curl_easy_init() : NULL;
    CURLcode done;
    int rc;

    if (!curl)
        return MC_ENOMEM;
    done = set_up(curl, fetch, &t);
    if (done == CURLE_OK)
        done = perform(curl);
    rc = body->error ? MC_ENOMEM : explain(reason, curl, done, fetch);
    curl_easy_cleanup(curl);
    if (rc < 0)
        body->length = before;
    return rc;
}
