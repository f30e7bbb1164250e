#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr() */
#endif
#include "request.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define CALLBACK_MAX 128
/* Beyond this even the number is not worth reading: it is larger than any limit. */
#define LENGTH_DIGITS_MAX 18

static const char *const method_names[] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS", [METHOD_TRACE] = "TRACE", [METHOD_CONNECT] = "CONNECT",
    [METHOD_OTHER] = "OTHER",
};

const char *method_name(method m)
{
    return method_names[m];
}

/* METHOD_OTHER for a name that is none. */
static method find_method(const char *name, bool any_case)
{
    for (method m = METHOD_GET; m < METHOD_OTHER; m++)
        if (any_case ? text_same(method_names[m], name) : strcmp(method_names[m], name) == 0)
            return m;
    return METHOD_OTHER;
}

static int refuse(request *r, int status, const char *problem)
{
    r->problem = problem;
    return status;
}

/* civetweb leaves blanks at the end of a value; they are not part of it. */
static const char *trimmed(request *r, const char *value)
{
    size_t length = strlen(value);
    size_t kept = length;
    char *copy = r->text + r->text_used;

    while (kept > 0 && (value[kept - 1] == ' ' || value[kept - 1] == '\t'))
        kept--;
    if (kept == length || kept >= sizeof(r->text) - r->text_used)
        return value;
    memcpy(copy, value, kept);
    copy[kept] = '\0';
    r->text_used += kept + 1;
    return copy;
}

/* The first header of that name, or NULL; counts how many there are. */
static const char *find_header(request *r, const struct mg_request_info *info, const char *name,
                               int *count)
{
    const char *value = NULL;

    *count = 0;
    for (int i = 0; i < info->num_headers; i++)
        if (text_same(info->http_headers[i].name, name) && (*count)++ == 0)
            value = info->http_headers[i].value;
    return value ? trimmed(r, value) : NULL;
}

static const char *header(request *r, const struct mg_request_info *info, const char *name)
{
    int count;

    return find_header(r, info, name, &count);
}

static bool has_text(const char *value)
{
    return value && *value;
}

/* civetweb ends each name and value in place, with a NUL for each byte that it takes away. */
static bool has_blank_before_colon(const struct mg_header *h)
{
    const char *after_name = h->name + strlen(h->name) + 1;

    return h->value > after_name && memchr(after_name, '\0', (size_t)(h->value - after_name));
}

bool request_head_is_whole(const struct mg_request_info *info)
{
    const char *end;

    for (int i = 0; i < info->num_headers; i++)
        if (has_blank_before_colon(&info->http_headers[i]))
            return false;
    if (info->num_headers == 0)
        return true;
    end = info->http_headers[info->num_headers - 1].value;
    end += strlen(end);
    /* here stood the CRLF of the last header; the empty line must come next */
    return end + 2 - info->request_method < REQUEST_HEAD_MAX && end[1] == '\0' && end[2] == '\r';
}

/* One Host, of printable ASCII; HTTP/1.0 may leave it out. */
static int read_host(request *r, const struct mg_request_info *info)
{
    int count;
    const char *host = find_header(r, info, "Host", &count);

    if (count > 1 || (count == 0 && !r->is_http_1_0))
        return refuse(r, 400, "there must be one Host header");
    r->host = host ? host : "";
    for (const char *c = r->host; *c; c++)
        if (*c <= ' ' || *c >= 0x7f)
            return refuse(r, 400, "the Host header is malformed");
    return 0;
}

/*
 * How long the body is. Whatever another server in front might read differently is refused: two
 * lengths, a length besides chunks, a length with anything but digits.
 */
static int read_length(request *r, const struct mg_request_info *info)
{
    int lengths, codings;
    const char *length = find_header(r, info, "Content-Length", &lengths);
    const char *coding = find_header(r, info, "Transfer-Encoding", &codings);

    if (lengths > 1 || codings > 1 || (lengths && codings))
        return refuse(r, 400, "the length of the body is ambiguous");
    if (codings) {
        if (!text_same(coding, "chunked") || r->is_http_1_0)
            return refuse(r, 400, "the transfer coding is not supported");
        r->content_length = -1;
        return 0;
    }
    if (!lengths)
        return 0;
    if (strspn(length, "0123456789") != strlen(length) || *length == '\0')
        return refuse(r, 400, "the Content-Length header is malformed");
    if (strlen(length) > LENGTH_DIGITS_MAX)
        return refuse(r, 413, "the body is too large");
    text_number(&r->content_length, length, strlen(length));
    return 0;
}

/* Whether a comma separated header has a word. */
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);

    while (list && *list) {
        size_t n;

        list += strspn(list, ", \t");
        n = strcspn(list, ", \t");
        if (n == length && strncasecmp(list, word, n) == 0)
            return true;
        list += n;
    }
    return false;
}

static bool wants_keep_alive(const request *r, const char *connection)
{
    return r->is_http_1_0 ? has_word(connection, "keep-alive") : !has_word(connection, "close");
}

static int read_headers(request *r, const struct mg_request_info *info, const networks *trusted)
{
    const char *expect = header(r, info, "Expect");
    int status;

    r->is_http_1_0 = strcmp(info->http_version, "1.0") == 0;
    if (info->num_headers >= MG_MAX_HEADERS) /* civetweb drops what comes after these */
        return refuse(r, 431, "there are too many headers");
    status = read_host(r, info);
    if (status == 0)
        status = read_length(r, info);
    if (status != 0)
        return status;
    r->content_type = header(r, info, "Content-Type");
    r->expects_continue = expect && text_same(expect, "100-continue") && !r->is_http_1_0;
    r->keep_alive = wants_keep_alive(r, header(r, info, "Connection"));
    address_of_client(r->address, info->remote_addr, trusted, header(r, info, "CF-Connecting-IP"),
                      header(r, info, "X-Forwarded-For"));
    return 0;
}

/* Decode into the request's own text. NULL when it is malformed; it always fits. */
static const char *decode(request *r, const char *text, size_t length, bool form)
{
    char *out = r->text + r->text_used;

    if (length >= sizeof(r->text) - r->text_used || !text_decode(out, text, length, form))
        return NULL;
    r->text_used += strlen(out) + 1;
    return out;
}

static bool is_dots(const char *segment, size_t length)
{
    return (length == 1 && segment[0] == '.') ||
           (length == 2 && segment[0] == '.' && segment[1] == '.');
}

/* No empty segment but the last, and no "." or "..". */
static bool path_is_clean(const char *path)
{
    for (;;) {
        size_t length = strcspn(++path, "/");

        if (is_dots(path, length) || (length == 0 && path[0] == '/'))
            return false;
        path += length;
        if (*path == '\0')
            return true;
    }
}

void request_clean_path(char *out, const char *raw_path)
{
    size_t used = 0;
    bool slash_at_end = raw_path[strlen(raw_path) - 1] == '/';

    for (const char *p = raw_path; *p;) {
        size_t length = strcspn(++p, "/");

        if (length == 2 && is_dots(p, length)) {
            while (used > 0 && out[--used] != '/')
                ;
        } else if (length > 0 && !is_dots(p, length)) {
            out[used++] = '/';
            memcpy(out + used, p, length);
            used += length;
        }
        p += length;
    }
    if (used == 0 || slash_at_end)
        out[used++] = '/';
    out[used] = '\0';
}

/* "GET http://host/path": two hosts must not contradict each other. */
static bool host_agrees(const request *r, const char *uri)
{
    const char *host = strstr(uri, "://");
    size_t length;

    if (uri[0] == '/' || !host)
        return true;
    host += 3;
    length = strcspn(host, "/?");
    return strlen(r->host) == length && strncasecmp(r->host, host, length) == 0;
}

static int read_path(request *r, const struct mg_request_info *info)
{
    const char *raw = info->local_uri_raw;

    if (!raw || raw[0] != '/')
        return refuse(r, 400, "the path is malformed");
    if (!host_agrees(r, info->request_uri))
        return refuse(r, 400, "the Host header contradicts the address");
    r->raw_path = raw;
    r->path = decode(r, raw, strlen(raw), false);
    if (!r->path)
        return refuse(r, 400, "the path is malformed");
    if (strcasestr(raw, "%2f"))
        r->path = ""; /* it separates nothing, and no route has one as a part of a name */
    return path_is_clean(raw) ? 0 : 301;
}

static bool read_param(request *r, const char *text, size_t length)
{
    const char *equals = memchr(text, '=', length);
    size_t key_length = equals ? (size_t)(equals - text) : length;
    param *p = &r->params[r->param_count];

    p->key = decode(r, text, key_length, true);
    p->value = equals ? decode(r, equals + 1, length - key_length - 1, true) : "";
    if (!p->key)
        return false;
    if (p->value) {
        r->param_count++;
        return true;
    }
    r->query_token_malformed = strcmp(p->key, "access_token") == 0; /* 401, not 400 */
    return r->query_token_malformed;
}

static int read_query(request *r, const struct mg_request_info *info)
{
    const char *at = info->query_string;

    r->query = at;
    while (at && *at) {
        size_t length = strcspn(at, "&");

        if (length > 0 && (r->param_count == REQUEST_PARAMS_MAX || !read_param(r, at, length)))
            return refuse(r, 400, "the query is malformed");
        at += length + (at[length] == '&');
    }
    return 0;
}

const char *request_param(const request *r, const char *key)
{
    for (size_t i = 0; i < r->param_count; i++)
        if (strcmp(r->params[i].key, key) == 0)
            return r->params[i].value;
    return NULL;
}

/* Exactly "Bearer", a space and the token. */
static void read_token(request *r, const struct mg_request_info *info)
{
    int count;
    const char *authorization = find_header(r, info, "Authorization", &count);
    const char *in_query = request_param(r, "access_token");

    if (!has_text(authorization) && count <= 1) {
        r->token = has_text(in_query) ? in_query : NULL;
        r->token_malformed = r->query_token_malformed;
        return;
    }
    if (count > 1 || strncmp(authorization, "Bearer ", 7) != 0 || authorization[7] == '\0' ||
        strchr(authorization + 7, ' ') || !text_is_utf8(authorization, strlen(authorization)))
        r->token_malformed = true;
    else
        r->token = authorization + 7;
}

/* Only a real POST can pose as another method. As HEAD it would announce a body and send none. */
static void read_method(request *r, const struct mg_request_info *info)
{
    const char *posed = request_param(r, "method");
    method m;

    if (r->method != METHOD_POST)
        return;
    if (!posed)
        posed = header(r, info, "X-HTTP-Method-Override");
    if (!posed)
        return;
    m = find_method(posed, true);
    if (m != METHOD_OTHER && m != METHOD_HEAD)
        r->method = m;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* [A-Za-z_$][\w$.]*: the callback's name becomes script on somebody's page. */
static bool callback_is_safe(const char *name)
{
    if (strlen(name) > CALLBACK_MAX || (*name >= '0' && *name <= '9') || *name == '.')
        return false;
    for (; *name; name++)
        if (!is_word(*name) && *name != '$' && *name != '.')
            return false;
    return true;
}

static void read_switches(request *r, const struct mg_request_info *info)
{
    const char *query = r->query ? r->query : "";
    const char *callback = request_param(r, "callback");
    const char *context = request_param(r, "context");

    r->disable_boiler =
        strstr(query, "disableBoiler") || has_text(header(r, info, "X-Disable-Boiler"));
    r->always_200 = strstr(query, "always200") || has_text(header(r, info, "X-Always-200"));
    r->context = context ? context : "";
    r->callback = callback ? callback : "";
    if (!callback_is_safe(r->callback)) {
        r->callback = "";
        r->callback_unsafe = true;
    }
}

void request_clear(request *r)
{
    memset(r, 0, offsetof(request, text)); /* the text is large and needs no clearing */
    r->text_used = 0;
    r->raw_path = r->path = "";
    r->host = r->callback = r->context = "";
}

int request_read(request *out, const struct mg_request_info *info, const networks *trusted)
{
    int status;

    request_clear(out);
    out->method = find_method(info->request_method, false);
    status = read_headers(out, info, trusted);
    if (status == 0)
        status = read_path(out, info);
    if (status != 0 && status != 301)
        return status;
    if (status == 301) {
        out->query = info->query_string;
        return status;
    }
    status = read_query(out, info);
    if (status != 0)
        return status;
    read_token(out, info);
    read_method(out, info);
    read_switches(out, info);
    return 0;
}

body_format request_body_format(const request *r)
{
    const char *type = r->content_type ? r->content_type + strspn(r->content_type, " \t") : "";
    size_t length = strcspn(type, "; \t");

    if (length == 0 ||
        (length == 33 && strncasecmp(type, "application/x-www-form-urlencoded", 33) == 0))
        return BODY_FORM;
    if (length == 16 && strncasecmp(type, "application/json", 16) == 0)
        return BODY_JSON;
    return BODY_UNKNOWN;
}
