/* See smtp.h. */
#include "smtp.h"
#include "fetch.h"
#include "signals.h"

#include <curl/curl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#define KEPT_MAX 8         /* connections that are kept while nobody uses them */
#define KEPT_MS 60000      /* and how long */
#define SLICE_MS 200       /* of a wait, in which it isn't seen that it is to end */
#define STOPPING_MS 3000   /* for what is being sent when it is to end */
#define SLOW_MS 100        /* after the end, without an answer */
#define LINE_MAX_BYTES 512 /* of an answer; what is longer is cut */
#define LINES_MAX 100      /* of one answer */

/* A connection that was greeted and signed in to. */
typedef struct line {
    struct line *next;
    CURL *curl;
    const mc__smtp *smtp;
    int64_t begun;  /* the mail that is being sent */
    int64_t used;   /* monotonic milliseconds */
    char got[1024]; /* received and not read yet */
    size_t got_count;
    char answer[LINE_MAX_BYTES + 1]; /* the last line of the latest one */
    int code;                        /* of it; 0: there was none */
} line;

struct mc__smtp {
    char *url, *user, *password, *ca;
    int64_t wait_ms;
    bool has_tls;
    _Atomic int64_t stopped; /* monotonic milliseconds */
    pthread_mutex_t lock;    /* of what follows */
    line *kept;
    size_t kept_count;
};

/* The address of the server */

static char *url_part(CURLU *url, CURLUPart part)
{
    char *value = NULL, *copy;

    if (curl_url_get(url, part, &value, CURLU_URLDECODE) != CURLUE_OK)
        return NULL;
    copy = mc__strdup(value);
    curl_free(value);
    return copy;
}

/* "tls=no", or nothing. */
static bool read_query(mc__smtp *smtp, CURLU *url)
{
    mc_auto(mc__free) char *query = url_part(url, CURLUPART_QUERY);

    smtp->has_tls = !query;
    return !query || strcmp(query, "tls=no") == 0;
}

static bool read_url(mc__smtp *smtp, CURLU *url, const char *text)
{
    mc_auto(mc__free) char *scheme = NULL;
    mc_auto(mc__free) char *host = NULL;
    char *bare = NULL;

    if (curl_url_set(url, CURLUPART_URL, text, 0) != CURLUE_OK)
        return false;
    scheme = url_part(url, CURLUPART_SCHEME);
    host = url_part(url, CURLUPART_HOST);
    if (!scheme || !host || (strcmp(scheme, "smtp") != 0 && strcmp(scheme, "smtps") != 0) ||
        !read_query(smtp, url))
        return false;
    smtp->user = url_part(url, CURLUPART_USER);
    smtp->password = url_part(url, CURLUPART_PASSWORD);
    if (curl_url_set(url, CURLUPART_USER, NULL, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_PASSWORD, NULL, 0) != CURLUE_OK ||
        curl_url_set(url, CURLUPART_QUERY, NULL, 0) != CURLUE_OK ||
        curl_url_get(url, CURLUPART_URL, &bare, 0) != CURLUE_OK)
        return false;
    smtp->url = mc__strdup(bare);
    curl_free(bare);
    return smtp->url != NULL;
}

MC_DEFINE_AUTO(mc__smtp *, mc__smtp_free)

int mc__smtp_new(mc__smtp **out, mc__problem *problem, const char *url, const char *ca,
                 int64_t wait_ms)
{
    mc_auto(mc__smtp_free) mc__smtp *smtp = mc__calloc(1, sizeof(*smtp));
    CURLU *parts;
    bool is_read;

    if (!smtp)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    pthread_mutex_init(&smtp->lock, NULL);
    smtp->wait_ms = wait_ms;
    smtp->ca = ca ? mc__strdup(ca) : NULL;
    parts = mc__remote_start() == 0 ? curl_url() : NULL;
    if (!parts || (ca && !smtp->ca)) {
        curl_url_cleanup(parts);
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    }
    is_read = read_url(smtp, parts, url);
    curl_url_cleanup(parts);
    if (!is_read)
        return mc__fail(problem, MC_EINVAL,
                        "smtp must be an address such as smtps://user:password@host:465, or "
                        "smtp://host with or without ?tls=no");
    *out = MC_TAKE(smtp);
    return 0;
}

static void close_line(line *l)
{
    size_t sent;

    if (l && l->curl) {
        curl_easy_send(l->curl, "QUIT\r\n", 6, &sent);
        curl_easy_cleanup(l->curl);
    }
    mc__free(l);
}

MC_DEFINE_AUTO(line *, close_line)

void mc__smtp_free(mc__smtp *smtp)
{
    mc__no_pipe state;

    if (!smtp)
        return;
    mc__no_pipe_begin(&state);
    while (smtp->kept) {
        line *l = smtp->kept;

        smtp->kept = l->next;
        close_line(l);
    }
    mc__no_pipe_end(&state);
    if (smtp->password)
        explicit_bzero(smtp->password, strlen(smtp->password));
    mc__free(smtp->url);
    mc__free(smtp->user);
    mc__free(smtp->password);
    mc__free(smtp->ca);
    pthread_mutex_destroy(&smtp->lock);
    mc__free(smtp);
}

void mc__smtp_stop(mc__smtp *smtp)
{
    atomic_store(&smtp->stopped, mc__monotonic_ms());
}

/* Milliseconds for what was begun at a moment. */
static int64_t time_left(const mc__smtp *smtp, int64_t begun, int64_t deadline)
{
    int64_t stopped = atomic_load(&smtp->stopped);

    if (stopped >= begun && stopped + STOPPING_MS < deadline)
        deadline = stopped + STOPPING_MS;
    return deadline - mc__monotonic_ms();
}

/* Connections */

/* One that was kept; NULL: there is none. Those that were kept for too long are closed. */
static line *take_kept(mc__smtp *smtp, int64_t begun)
{
    int64_t oldest = mc__monotonic_ms() - KEPT_MS;
    line *taken = NULL, *old = NULL;

    pthread_mutex_lock(&smtp->lock);
    while (smtp->kept && !taken) {
        line *l = smtp->kept;

        smtp->kept = l->next;
        smtp->kept_count--;
        if (l->used >= oldest) {
            taken = l;
            taken->begun = begun;
        } else {
            l->next = old;
            old = l;
        }
    }
    pthread_mutex_unlock(&smtp->lock);
    while (old) {
        line *l = old;

        old = l->next;
        close_line(l);
    }
    return taken;
}

static void keep(mc__smtp *smtp, line *l)
{
    l->used = mc__monotonic_ms();
    pthread_mutex_lock(&smtp->lock);
    if (smtp->kept_count < KEPT_MAX) {
        l->next = smtp->kept;
        smtp->kept = l;
        smtp->kept_count++;
        l = NULL;
    }
    pthread_mutex_unlock(&smtp->lock);
    close_line(l);
}

/* Called by libcurl at least once a second. Not 0: give up. */
static int go_on(void *data, curl_off_t down, curl_off_t downloaded, curl_off_t up,
                 curl_off_t uploaded)
{
    const line *l = data;

    (void)down;
    (void)downloaded;
    (void)up;
    (void)uploaded;
    return time_left(l->smtp, l->begun, INT64_MAX) <= 0;
}

static CURLcode set_up(const mc__smtp *smtp, const line *l, CURL *curl)
{
    const struct {
        CURLoption option;
        long value;
    } numbers[] = {
        {CURLOPT_NOSIGNAL, 1},
        {CURLOPT_CONNECT_ONLY, 1},
        {CURLOPT_TIMEOUT_MS, (long)smtp->wait_ms},
        {CURLOPT_CONNECTTIMEOUT_MS, (long)smtp->wait_ms},
        {CURLOPT_USE_SSL, smtp->has_tls ? CURLUSESSL_ALL : CURLUSESSL_NONE},
        {CURLOPT_TCP_NODELAY, 1},
        {CURLOPT_NOPROGRESS, 0},
    };
    const struct {
        CURLoption option;
        const char *value;
    } texts[] = {
        {CURLOPT_URL, smtp->url},
        {CURLOPT_PROTOCOLS_STR, "smtp,smtps"},
        {CURLOPT_PROXY, ""}, /* none, whatever the environment says */
        {CURLOPT_USERNAME, smtp->user},
        {CURLOPT_PASSWORD, smtp->password},
        {CURLOPT_CAINFO, smtp->ca},
    };
    CURLcode rc = curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, go_on);

    if (rc == CURLE_OK)
        rc = curl_easy_setopt(curl, CURLOPT_XFERINFODATA, l);
    for (size_t i = 0; rc == CURLE_OK && i < MC_COUNT(numbers); i++)
        rc = curl_easy_setopt(curl, numbers[i].option, numbers[i].value);
    for (size_t i = 0; rc == CURLE_OK && i < MC_COUNT(texts); i++)
        if (texts[i].value)
            rc = curl_easy_setopt(curl, texts[i].option, texts[i].value);
    return rc;
}

static line *connect_line(const mc__smtp *smtp, char reason[256], int64_t begun)
{
    mc_auto(close_line) line *l = mc__calloc(1, sizeof(*l));
    CURL *curl = l ? curl_easy_init() : NULL;
    CURLcode rc = CURLE_OUT_OF_MEMORY;

    if (curl) {
        l->smtp = smtp;
        l->begun = begun;
        rc = set_up(smtp, l, curl);
    }
    if (rc == CURLE_OK)
        rc = curl_easy_perform(curl);
    if (rc != CURLE_OK) {
        snprintf(reason, 256, "the server can't be used: %s", curl_easy_strerror(rc));
        curl_easy_cleanup(curl);
        return NULL;
    }
    l->curl = curl;
    return MC_TAKE(l);
}

/* The dialogue */

/* Waits until the connection can be read or written. False: the time is over. */
static bool await(const line *l, short events, int64_t deadline)
{
    struct pollfd p = {.fd = -1, .events = events};
    curl_socket_t fd;
    int64_t left;
    int ready = 0;

    if (curl_easy_getinfo(l->curl, CURLINFO_ACTIVESOCKET, &fd) != CURLE_OK || fd == CURL_SOCKET_BAD)
        return false;
    p.fd = fd;
    while (ready == 0 && (left = time_left(l->smtp, l->begun, deadline)) > 0)
        ready = poll(&p, 1, left > SLICE_MS ? SLICE_MS : (int)left);
    return ready > 0;
}

static bool put(const line *l, const char *bytes, size_t length, int64_t deadline)
{
    while (length > 0) {
        size_t sent = 0;
        CURLcode rc = curl_easy_send(l->curl, bytes, length, &sent);

        if (rc == CURLE_AGAIN) {
            if (!await(l, POLLOUT, deadline))
                return false;
            continue;
        }
        if (rc != CURLE_OK)
            return false;
        bytes += sent;
        length -= sent;
    }
    return true;
}

/* Receives some bytes, if there is room for them. */
static bool receive(line *l, int64_t deadline)
{
    while (true) {
        size_t count = 0;
        CURLcode rc =
            curl_easy_recv(l->curl, l->got + l->got_count, sizeof(l->got) - l->got_count, &count);

        l->got_count += count;
        if (rc == CURLE_OK)
            return count > 0;
        if (rc != CURLE_AGAIN || !await(l, POLLIN, deadline))
            return false;
    }
}

/* Takes a line of what was received, without its end; what is too long for it is dropped. */
static bool next_line(line *l, int64_t deadline)
{
    size_t length = 0;

    while (true) {
        char *end = memchr(l->got, '\n', l->got_count);
        size_t count = end ? (size_t)(end - l->got) : l->got_count;

        for (size_t i = 0; i < count && length < LINE_MAX_BYTES; i++)
            l->answer[length++] = l->got[i];
        count += end != NULL;
        memmove(l->got, l->got + count, l->got_count - count);
        l->got_count -= count;
        if (end)
            break;
        if (!receive(l, deadline))
            return false;
    }
    while (length > 0 && l->answer[length - 1] == '\r')
        length--;
    l->answer[length] = '\0';
    return true;
}

static int code_of(const char *text)
{
    if (strspn(text, "0123456789") != 3)
        return 0;
    return (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
}

/* Reads an answer, of as many lines as it has. Its code; 0: the connection is of no use any more.
 */
static int read_answer(line *l, int64_t deadline)
{
    l->code = 0;
    for (int i = 0; i < LINES_MAX; i++) {
        int code = next_line(l, deadline) ? code_of(l->answer) : 0;

        if (code == 0 || l->answer[3] != '-')
            return l->code = code;
    }
    return 0;
}

static int ask(line *l, int64_t deadline, const char *command, const char *address)
{
    char text[400];
    int length = snprintf(text, sizeof(text), "%s%s%s%s\r\n", command, address ? "<" : "",
                          address ? address : "", address ? ">" : "");

    if (length < 0 || (size_t)length >= sizeof(text) || !put(l, text, (size_t)length, deadline))
        return l->code = 0;
    return read_answer(l, deadline);
}

/* What the server has said, without what no log should have. */
static void explain(char reason[256], const line *l, const char *to_what)
{
    if (l->code == 0) {
        snprintf(reason, 256, "the server hasn't answered %s", to_what);
        return;
    }
    snprintf(reason, 256, "the server has answered %s with %.200s", to_what, l->answer);
    for (char *c = reason; *c; c++)
        if ((unsigned char)*c < ' ' || (unsigned char)*c >= 0x7f)
            *c = '?';
}

static mc__smtp_outcome outcome_of(const line *l)
{
    return l->code >= 500 && l->code < 600 ? MC_SMTP_REFUSED : MC_SMTP_LATER;
}

/* Whether a refused recipient doesn't exist, going by the extended code (RFC 3463) if there is one:
 * servers also refuse recipients because of the sender. */
static bool has_no_mailbox(const line *l)
{
    const char *text = l->answer + 3;

    if (l->code != 550 && l->code != 551 && l->code != 553)
        return false;
    text += *text == ' ';
    if (strncmp(text, "5.", 2) != 0)
        return true;
    return strncmp(text, "5.1.", 4) == 0 || strncmp(text, "5.2.1", 5) == 0;
}

/* Sends the message with a dot more before each dot that begins a line (RFC 5321, 4.5.2). */
static bool put_message(const line *l, const char *bytes, size_t length, int64_t deadline)
{
    const char *end = bytes + length, *start = bytes;

    for (const char *c = bytes; c < end; c++) {
        if (*c != '.' || (c > bytes && c[-1] != '\n'))
            continue;
        if (!put(l, start, (size_t)(c - start), deadline) || !put(l, ".", 1, deadline))
            return false;
        start = c;
    }
    return put(l, start, (size_t)(end - start), deadline);
}

/* Awaits the answer to the end of a message. */
static int await_taking(line *l, const mc__smtp_mail *mail, int64_t deadline)
{
    int64_t soon = mc__monotonic_ms() + SLOW_MS;

    if (mail->is_slow && soon < deadline && l->got_count == 0 && !await(l, POLLIN, soon))
        mail->is_slow(mail->data);
    return read_answer(l, deadline);
}

static mc__smtp_outcome converse(char reason[256], line *l, const mc__smtp_mail *mail,
                                 int64_t deadline)
{
    if (ask(l, deadline, "MAIL FROM:", mail->from) / 100 != 2) {
        explain(reason, l, "to the sender");
        return outcome_of(l);
    }
    if (ask(l, deadline, "RCPT TO:", mail->to) / 100 != 2) {
        explain(reason, l, "to the recipient");
        return has_no_mailbox(l) ? MC_SMTP_NO_MAILBOX : outcome_of(l);
    }
    if (ask(l, deadline, "DATA", NULL) / 100 != 3) {
        explain(reason, l, "to DATA");
        return outcome_of(l);
    }
    l->code = 0;
    if (!put_message(l, mail->bytes, mail->length, deadline)) {
        explain(reason, l, "during the message");
        return MC_SMTP_LATER;
    }
    if (mail->before_end && mail->before_end(mail->data) < 0)
        return MC_SMTP_GIVEN_UP;
    if (!put(l, ".\r\n", 3, deadline) || await_taking(l, mail, deadline) / 100 != 2) {
        explain(reason, l, "to the message");
        return outcome_of(l);
    }
    return MC_SMTP_TAKEN;
}

/* Whether the dialogue can go on with another mail, after RSET if one has failed. */
static bool can_be_kept(line *l, mc__smtp_outcome outcome, int64_t deadline)
{
    if (outcome == MC_SMTP_TAKEN)
        return true;
    if (outcome == MC_SMTP_GIVEN_UP || l->code == 0 || l->code == 421)
        return false;
    return ask(l, deadline, "RSET", NULL) / 100 == 2;
}

static mc__smtp_outcome send_by(char reason[256], mc__smtp *smtp, line *l,
                                const mc__smtp_mail *mail)
{
    int64_t deadline = mc__monotonic_ms() + smtp->wait_ms;
    mc__smtp_outcome outcome = converse(reason, l, mail, deadline);

    if (can_be_kept(l, outcome, deadline))
        keep(smtp, l);
    else
        close_line(l);
    return outcome;
}

mc__smtp_outcome mc__smtp_send(mc__smtp *smtp, char reason[256], const mc__smtp_mail *mail)
{
    mc__smtp_outcome outcome = MC_SMTP_LATER;
    int64_t begun = mc__monotonic_ms();
    mc__no_pipe state;
    line *l;

    *reason = '\0';
    if (!mc__no_pipe_begin(&state)) {
        snprintf(reason, 256, "signals can't be blocked");
        return outcome;
    }
    /* A server may have closed one that was kept: RSET tells. */
    while ((l = take_kept(smtp, begun)) &&
           ask(l, mc__monotonic_ms() + smtp->wait_ms, "RSET", NULL) / 100 != 2)
        close_line(l);
    if (!l)
        l = connect_line(smtp, reason, begun);
    if (l)
        outcome = send_by(reason, smtp, l, mail);
    mc__no_pipe_end(&state);
    return outcome;
}
