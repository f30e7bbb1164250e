#include "reply.h"
#include "range.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* All headers but Location fit in here with room to spare. */
#define HEADROOM 768
/* A reply's buffer larger than this is freed once the reply was sent. A page of 25 comments takes
 * half of it. */
#define KEEP_MAX ((size_t)128 << 10)

#define API_HEADERS "Access-Control-Allow-Origin: *\r\nVary: Authorization, Cookie\r\n"

#define YEAR ((time_t)365 * 86400) /* what never changes may be kept so many seconds */

/* Browsers must not guess that a reply is a script or a page. */
#define NOSNIFF "X-Content-Type-Options: nosniff\r\n"
/* A file may be opened by itself, and runs nothing then. */
#define FILE_HEADERS                                                                               \
    "Access-Control-Allow-Origin: *\r\n"                                                           \
    "Content-Security-Policy: default-src 'none'; sandbox\r\n"

static const struct {
    int code, status;
} statuses[] = {
    {MC_EINVAL, 400},       {MC_ENOTFOUND, 404}, {MC_EFORBIDDEN, 403}, {MC_EUNAUTHENTICATED, 401},
    {MC_EBANNED, 403},      {MC_ENOSITE, 404},   {MC_ECLOSED, 403},    {MC_ECONFLICT, 409},
    {MC_EUNSUPPORTED, 501}, {MC_ETOOLARGE, 413}, {MC_EDATABASE, 500},  {MC_EUNAVAILABLE, 503},
    {MC_EBUSY, 503},        {MC_ESCHEMA, 503},   {MC_ENOMEM, 500},     {MC_ESTATE, 500},
    {MC_ESYSTEM, 500},      {MC_EGONE, 410},     {MC_ERESOURCES, 503}, {MC_EREMOTE, 503},
    {MC_ELIMIT, 429},
};

int reply_status_of(int code)
{
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++)
        if (statuses[i].code == code)
            return statuses[i].status;
    return 0;
}

static const char *reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {206, "Partial Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {307, "Temporary Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {416, "Range Not Satisfiable"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "HTTP Version Not Supported"},
    };

    for (size_t i = 0; i < sizeof(phrases) / sizeof(phrases[0]); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Error";
}

static void put_bytes(reply *r, const char *bytes, size_t length)
{
    if (!r->broken)
        r->broken = mc_buffer_append(r->bytes, bytes, length);
}

static void put(reply *r, const char *text)
{
    put_bytes(r, text, strlen(text));
}

static void put_string(reply *r, const char *text)
{
    if (!r->broken)
        r->broken = json_string(r->bytes, text);
}

static void put_number(reply *r, int64_t number)
{
    char text[24];

    put_bytes(r, text, (size_t)snprintf(text, sizeof(text), "%lld", (long long)number));
}

bool reply_init(reply *r, mc_budget *budget)
{
    memset(r, 0, sizeof(*r));
    r->dated = -1;
    return mc_buffer_new_within(&r->bytes, 0, budget) == 0 && mc_buffer_new(&r->location, 0) == 0;
}

void reply_release(reply *r)
{
    mc_buffer_free(r->bytes);
    mc_buffer_free(r->location);
}

bool reply_rest(reply *r)
{
    bool freed = mc_buffer_shrink(r->bytes, KEEP_MAX);

    return mc_buffer_shrink(r->location, KEEP_MAX) || freed;
}

void reply_start(reply *r, const request *q)
{
    r->request = q;
    r->is_guest = r->close = false;
    r->site = r->profile = 0;
}

/* Discards the reply so far and reserves space for the headers. */
static void restart(reply *r, int status, const char *content_type, bool is_api)
{
    static const char blank[HEADROOM];

    mc_buffer_clear(r->bytes);
    mc_buffer_clear(r->location);
    r->status = status;
    r->content_type = content_type;
    r->allow = r->headers = NULL;
    r->is_api = is_api;
    r->is_file = r->is_private = false;
    r->sender = NULL;
    r->retry_after = status == 503 ? 2 : 0;
    r->broken = 0;
    r->headroom = HEADROOM;
    put_bytes(r, blank, HEADROOM);
}

static void set_location(reply *r, const char *location)
{
    static const char blank[256];
    size_t length = strlen(location);

    if (!r->broken)
        r->broken = mc_buffer_append(r->location, location, length);
    for (size_t room = 0; room < length; room += sizeof(blank))
        put_bytes(r, blank, sizeof(blank));
    r->headroom = mc_buffer_length(r->bytes);
}

/* Writes the envelope before the data. */
static void open_envelope(reply *r)
{
    const request *q = r->request;

    if (*q->callback) {
        put(r, q->callback);
        put(r, "(");
    }
    if (q->disable_boiler)
        return;
    put(r, "{\"context\":");
    put_string(r, q->context);
    put(r, ",\"status\":");
    put_number(r, r->status);
    put(r, ",\"data\":");
}

/* Writes the envelope after the data; error NULL: null. */
static void close_envelope(reply *r, const char *error)
{
    const request *q = r->request;

    if (!q->disable_boiler) {
        put(r, ",\"error\":");
        if (error) {
            put(r, "[");
            put_string(r, error);
            put(r, "]}");
        } else {
            put(r, "null}");
        }
    }
    if (!*q->callback)
        return;
    if (*q->context) {
        put(r, ", ");
        put_string(r, q->context);
    }
    put(r, ")");
}

mc_buffer *reply_begin(reply *r, int status)
{
    restart(r, status, "application/json", true);
    open_envelope(r);
    return r->bytes;
}

void reply_end(reply *r)
{
    close_envelope(r, NULL);
}

/* Begins an error with its data. */
static void begin_error(reply *r, int status, error_reason reason, const char *message)
{
    reply_begin(r, status);
    put(r, "{\"siteId\":");
    put_number(r, r->site);
    if (r->profile > 0) {
        put(r, ",\"profileId\":");
        put_number(r, r->profile);
    }
    put(r, ",\"errorCode\":");
    put_number(r, reason);
    put(r, ",\"errorDetail\":");
    put_string(r, message);
    put(r, "}");
}

void reply_refuse(reply *r, int status, error_reason reason, const char *message)
{
    begin_error(r, status, reason, message);
    close_envelope(r, message);
}

void reply_nothing(reply *r, int status)
{
    reply_begin(r, status);
    put(r, "null");
    close_envelope(r, NULL);
}

void reply_not_allowed(reply *r, method refused, const char *allow)
{
    static const char start[] = "this address does not take the method; it takes ";
    char message[160];
    const char *name = method_name(refused), *next = allow;
    size_t used = (size_t)snprintf(message, sizeof(message), "%s", start);

    for (size_t length; *next && used < sizeof(message); next += length + (next[length] == ',')) {
        length = strcspn(next, ",");
        if (length != strlen(name) || strncmp(next, name, length) != 0)
            used += (size_t)snprintf(message + used, sizeof(message) - used, "%s%.*s",
                                     used < sizeof(start) ? "" : ",", (int)length, next);
    }
    begin_error(r, 405, REASON_NONE, message);
    close_envelope(r, NULL);
    r->allow = allow;
}

/* All fields at fault in one message. */
static void list_faults(char *out, size_t size, const mc_failure *error)
{
    size_t used = 0;

    for (size_t i = 0; i < error->fault_count && used < size; i++)
        used += (size_t)snprintf(out + used, size - used, "%s%s: %s", i > 0 ? "; " : "",
                                 error->faults[i].field, error->faults[i].message);
}

/* Removes an incomplete character that snprintf() has left. */
static void mend_end(char *text)
{
    size_t length = strlen(text);
    size_t start = length;

    while (start > 0 && length - start < 3 && ((unsigned char)text[start - 1] & 0xc0) == 0x80)
        start--;
    if (start > 0 && (unsigned char)text[start - 1] >= 0xc0)
        text[start - 1] = '\0';
}

void reply_failure(reply *r, int status, const mc_failure *error)
{
    char faults[8192]; /* a hundred rows of a list */

    if (error->code != MC_EINVAL || error->fault_count == 0) {
        reply_refuse(r, status, (error_reason)error->reason, error->message);
        if (error->retry_s)
            r->retry_after = error->retry_s;
        return;
    }
    list_faults(faults, sizeof(faults), error);
    if (strlen(faults) == sizeof(faults) - 1)
        mend_end(faults);
    reply_refuse(r, status, (error_reason)error->reason, faults);
}

void reply_redirect(reply *r, int status, const char *location)
{
    restart(r, status, "application/json", true);
    set_location(r, location);
    open_envelope(r);
    put(r, "null");
    close_envelope(r, NULL);
}

/* Whether a byte needs no escape in a URL, a header and HTML. */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~/%?=+,:;@!$*()", c));
}

/* Appends bytes of the client to a header; escapes all that aren't harmless. */
static void append_escaped(mc_buffer *out, const char *text, bool *failed)
{
    for (; *text; text++) {
        char escape[4];

        if (is_plain(*text) || *text == '&')
            *failed |= mc_buffer_append(out, text, 1) < 0;
        else
            *failed |= mc_buffer_append(out, escape,
                                        (size_t)snprintf(escape, sizeof(escape), "%%%02X",
                                                         (unsigned char)*text)) < 0;
    }
}

/* The location inside an HTML attribute. */
static void put_attribute(reply *r, const char *text)
{
    for (; *text; text++)
        if (*text == '&')
            put(r, "&amp;");
        else
            put_bytes(r, text, 1);
}

void reply_moved(reply *r, const char *path, const char *query)
{
    mc_buffer *target;
    bool failed = false;

    restart(r, 301, "text/html; charset=utf-8", false);
    if (mc_buffer_new(&target, 0) < 0) {
        r->broken = MC_ENOMEM;
        return;
    }
    append_escaped(target, path, &failed);
    if (query && *query) {
        failed |= mc_buffer_append(target, "?", 1) < 0;
        append_escaped(target, query, &failed);
    }
    set_location(r, mc_buffer_bytes(target));
    put(r, "<a href=\"");
    put_attribute(r, mc_buffer_bytes(target));
    put(r, "\">Moved Permanently</a>.\n");
    if (failed)
        r->broken = MC_ENOMEM;
    mc_buffer_free(target);
}

void reply_options(reply *r, const char *allow)
{
    restart(r, 200, NULL, false);
    r->allow = allow;
}

mc_buffer *reply_begin_text(reply *r, int status, const char *content_type)
{
    restart(r, status, content_type, false);
    return r->bytes;
}

mc_buffer *reply_begin_file(reply *r, const char *content_type)
{
    restart(r, 200, content_type, false);
    r->is_file = true;
    r->headers = FILE_HEADERS;
    return r->bytes;
}

mc_buffer *reply_begin_stored(reply *r, int status, const char *content_type, bool is_public,
                              const char *headers)
{
    restart(r, status, content_type, false);
    r->is_file = is_public;
    r->is_private = !is_public;
    snprintf(r->download, sizeof(r->download), FILE_HEADERS "Vary: Authorization, Cookie\r\n%s",
             headers);
    r->headers = r->download;
    return r->bytes;
}

void reply_send_from(reply *r, size_t length, reply_sender *sender, void *data)
{
    r->sender = sender;
    r->sender_data = data;
    r->sender_length = length;
}

mc_buffer *reply_begin_download(reply *r, const char *content_type, const char *name)
{
    restart(r, 200, content_type, false);
    snprintf(r->download, sizeof(r->download),
             "Content-Disposition: attachment; filename=%.40s\r\nVary: Authorization, Cookie\r\n",
             name);
    r->headers = r->download;
    return r->bytes;
}

/* FNV-1a: one address won't have two states by chance that have the same. */
static uint64_t digest(const char *bytes, size_t length)
{
    uint64_t sum = 14695981039346656037U;

    for (size_t i = 0; i < length; i++)
        sum = (sum ^ (unsigned char)bytes[i]) * 1099511628211U;
    return sum;
}

void reply_tag(reply *r)
{
    char tag[20];

    if (r->broken)
        return;
    snprintf(tag, sizeof(tag), "\"%016llx\"",
             (unsigned long long)digest(mc_buffer_bytes(r->bytes) + r->headroom,
                                        mc_buffer_length(r->bytes) - r->headroom));
    if (etag_matches(r->request->if_none_match, tag))
        restart(r, 304, r->content_type, false);
    snprintf(r->download + strlen(r->download), sizeof(r->download) - strlen(r->download),
             "ETag: %s\r\n", tag);
    r->headers = r->download;
}

void reply_text(reply *r, int status, const char *text)
{
    reply_begin_text(r, status, "text/plain; charset=utf-8");
    put(r, text);
}

void reply_not_found(reply *r, error_reason reason, const char *message)
{
    if (strncmp(r->request->raw_path, "/api/", 5) == 0)
        reply_refuse(r, 404, reason, message);
    else
        reply_text(r, 404, "404 page not found\n");
}

size_t reply_bare(char out[REPLY_BARE_SIZE], int status, const char *message, bool has_body)
{
    char body[256];
    int body_length =
        snprintf(body, sizeof(body),
                 "{\"context\":\"\",\"status\":%d,\"data\":{\"siteId\":0,\"errorCode\":0,"
                 "\"errorDetail\":\"%s\"},\"error\":[\"%s\"]}",
                 status, message, message);
    int length = snprintf(out, REPLY_BARE_SIZE,
                          "HTTP/1.1 %d %s\r\nContent-Type: application/json\r\n" NOSNIFF API_HEADERS
                          "Cache-Control: no-cache, max-age=0\r\n%sContent-Length: %d\r\n"
                          "Connection: close\r\n\r\n%s",
                          status, reason_phrase(status), status == 503 ? "Retry-After: 2\r\n" : "",
                          body_length, has_body ? body : "");

    return (size_t)length;
}

/* Writes headers into the space before the body. */
typedef struct writer {
    char *at;
    size_t room;
} writer;

static void head_line(writer *h, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void head_line(writer *h, const char *format, ...)
{
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(h->at, h->room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= h->room) {
        h->room = 0;
        return;
    }
    h->at += n;
    h->room -= (size_t)n;
}

static bool format_date(char out[32], time_t time)
{
    static const char days[7][4] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm t;

    gmtime_r(&time, &t);
    return snprintf(out, 32, "%s, %02d %s %04d %02d:%02d:%02d GMT", days[t.tm_wday], t.tm_mday,
                    months[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec) > 0;
}

/* RFC 9110 requires a date from servers with a clock; it is formatted once per second. */
static const char *date_now(reply *r)
{
    time_t now = time(NULL);

    if (now != r->dated && format_date(r->date, now))
        r->dated = now;
    return r->date;
}

/*
 * Replies to guests are the same for all and may be cached by proxies, unless a header or switch
 * has changed the method or the form: the next client would get that reply too.
 */
static const char *cache_control(const reply *r)
{
    if (r->is_file && r->request->is_plain_get)
        return "public, max-age=31536000, immutable";
    if (r->is_private)
        return "private, no-cache";
    if (r->is_api && r->is_guest && r->request->is_plain_get && r->status == 200)
        return "public, max-age=300";
    return "no-cache, max-age=0";
}

static void write_head(reply *r, writer *h, size_t body_length)
{
    int status = r->is_api && r->request->always_200 ? 200 : r->status;
    char expires[32];

    head_line(h, "HTTP/1.1 %d %s\r\nDate: %s\r\n", status, reason_phrase(status), date_now(r));
    if (r->content_type)
        head_line(h, "Content-Type: %s\r\n", r->content_type);
    head_line(h, NOSNIFF);
    if (status != 304)
        head_line(h, "Content-Length: %zu\r\n", body_length);
    if (r->is_api)
        head_line(h, API_HEADERS);
    if (r->content_type)
        head_line(h, "Cache-Control: %s\r\n", cache_control(r));
    if (r->is_file && r->request->is_plain_get && format_date(expires, r->dated + YEAR))
        head_line(h, "Expires: %s\r\n", expires);
    if (mc_buffer_length(r->location) > 0)
        head_line(h, "Location: %s\r\n", mc_buffer_bytes(r->location));
    if (r->allow)
        head_line(h, "Allow: %s\r\n", r->allow);
    if (r->headers)
        head_line(h, "%s", r->headers);
    if (r->retry_after)
        head_line(h, "Retry-After: %lld\r\n", (long long)r->retry_after);
    if (r->close)
        head_line(h, "Connection: close\r\n");
    else if (r->request->is_http_1_0)
        head_line(h, "Connection: keep-alive\r\n");
    head_line(h, "\r\n");
}

static const char *give_up(reply *r, size_t *length)
{
    bool is_overload = r->broken == MC_EBUSY;

    r->status = is_overload ? 503 : 500;
    r->close = true;
    *length = reply_bare(r->last_resort, r->status,
                         is_overload ? "the server is too busy: try again in a few seconds"
                                     : "the server is out of memory: try again later",
                         r->request->method != METHOD_HEAD);
    return r->last_resort;
}

const char *reply_finish(reply *r, size_t *length)
{
    char *bytes = mc_buffer_bytes(r->bytes);
    size_t total = mc_buffer_length(r->bytes);
    writer h = {bytes, r->headroom};
    size_t head_length;

    if (!r->broken)
        write_head(r, &h, r->sender ? r->sender_length : total - r->headroom);
    if (r->broken || h.room == 0)
        return give_up(r, length);
    head_length = (size_t)(h.at - bytes);
    memmove(bytes + r->headroom - head_length, bytes, head_length);
    *length = r->request->method == METHOD_HEAD ? head_length : total - r->headroom + head_length;
    return bytes + r->headroom - head_length;
}
