#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* strcasestr() */
#endif
#include "request.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>

#define CALLBACK_MAX 128
/* Access tokens have 128 characters, hashes of files 64. */
#define LOGGED_SEGMENT_MAX 100
/* More digits aren't read: the number is larger than any limit. */
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

/* METHOD_OTHER for an unknown name. */
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

/* The first header of that name, or NULL; counts how many there are. */
static const char *find_header(const head *h, const char *name, int *count)
{
    const char *value = NULL;

    *count = 0;
    for (size_t i = 0; i < h->field_count; i++)
        if (text_same(h->fields[i].name, name) && (*count)++ == 0)
            value = h->fields[i].value;
    return value;
}

static const char *header(const head *h, const char *name)
{
    int count;

    return find_header(h, name, &count);
}

static bool has_text(const char *value)
{
    return value && *value;
}

/* Copies into the request's own text. NULL if that is full. */
static const char *copy(request *r, const char *text, size_t length)
{
    char *out = r->text + r->text_used;

    if (length >= sizeof(r->text) - r->text_used)
        return NULL;
    memcpy(out, text, length);
    out[length] = '\0';
    r->text_used += length + 1;
    return out;
}

/* The port behind a host, if there is one and it is well-formed or empty. */
static bool is_port(const char *text)
{
    int64_t port;

    return *text == '\0' ||
           (*text == ':' &&
            (text[1] == '\0' || (text_number(&port, text + 1, strlen(text + 1)) && port <= 65535)));
}

/* Length of the name or address in a host, without its port; 0 if the host is malformed. */
static size_t host_name_length(const char *host)
{
    bool is_address = *host == '[';
    size_t length = is_address ? 1 + strspn(host + 1, "0123456789abcdefABCDEF:.")
                               : strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                              "0123456789-._");

    if (is_address)
        length = length > 1 && host[length] == ']' ? length + 1 : 0;
    return length <= HOST_MAX && is_port(host + length) ? length : 0;
}

/* One Host header; HTTP/1.0 may leave it out. */
static int read_host(request *r, const head *h)
{
    int count;
    const char *host = find_header(h, "Host", &count);

    if (count > 1 || (count == 0 && !h->is_http_1_0))
        return refuse(r, 400, "there must be one Host header");
    if (host && host_name_length(host) == 0)
        return refuse(r, 400,
                      "the Host header is malformed: it must be a name, and perhaps a port");
    r->host = host ? host : "";
    return 0;
}

/*
 * Reads the length of the body. Refuses what a proxy might interpret differently: two lengths, a
 * length and chunks, a length with anything but digits.
 */
static int read_length(request *r, const head *h)
{
    int lengths, codings;
    const char *length = find_header(h, "Content-Length", &lengths);
    const char *coding = find_header(h, "Transfer-Encoding", &codings);

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

static int read_headers(request *r, const head *h, const char *peer, const networks *trusted)
{
    const char *expect = header(h, "Expect");
    int status;

    r->is_http_1_0 = h->is_http_1_0;
    status = read_host(r, h);
    if (status == 0)
        status = read_length(r, h);
    if (status != 0)
        return status;
    r->content_type = header(h, "Content-Type");
    r->range = header(h, "Range");
    r->if_range = header(h, "If-Range");
    r->if_none_match = header(h, "If-None-Match");
    r->cookies = header(h, "Cookie");
    r->expects_continue = expect && text_same(expect, "100-continue") && !r->is_http_1_0;
    r->keep_alive = wants_keep_alive(r, header(h, "Connection"));
    address_of_client(r->address, peer, trusted, header(h, "CF-Connecting-IP"),
                      header(h, "X-Forwarded-For"));
    return 0;
}

/* Decodes into the request's own text, which has space for all. NULL if it is malformed. */
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

void request_log_path(char out[LOG_PATH_SIZE], const char *raw_path)
{
    size_t used = 0;

    out[0] = '\0';
    for (const char *p = raw_path; *p && used < LOG_PATH_SIZE;) {
        size_t length = strcspn(p, "/");
        bool hidden = length > LOGGED_SEGMENT_MAX;

        used += (size_t)snprintf(out + used, LOG_PATH_SIZE - used, "%.*s%s",
                                 hidden ? 1 : (int)length, hidden ? "*" : p, p[length] ? "/" : "");
        p += length + (p[length] != '\0');
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

/* Whether two hosts are the same. One of them may lack the port. */
static bool same_host(const char *a, const char *b)
{
    size_t length = host_name_length(a);

    return length == host_name_length(b) && strncasecmp(a, b, length) == 0 &&
           (a[length] == '\0' || b[length] == '\0' || strcmp(a + length, b + length) == 0);
}

/* What follows the scheme of "http://host/path"; NULL for any other address. */
static const char *after_scheme(const char *target)
{
    static const char *const schemes[] = {"http://", "https://"};

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        if (strncasecmp(target, schemes[i], strlen(schemes[i])) == 0)
            return target + strlen(schemes[i]);
    return NULL;
}

/* Takes "http://host" off an address. NULL if it is malformed, or not the host of the header. */
static const char *take_authority(request *r, const char *target)
{
    const char *authority = after_scheme(target);
    size_t length = authority ? strcspn(authority, "/?") : 0;
    const char *host = authority ? copy(r, authority, length) : NULL;

    if (!host || host_name_length(host) == 0 || (*r->host && !same_host(r->host, host)))
        return NULL;
    if (!*r->host)
        r->host = host;
    return authority + length;
}

/* Splits the address into path and query. */
static int read_path(request *r, const head *h)
{
    const char *target = h->target[0] == '/' ? h->target : take_authority(r, h->target);
    size_t length;

    if (!target)
        return refuse(r, 400,
                      "the address must be a path, or begin with http:// and the host of the Host "
                      "header");
    length = strcspn(target, "?");
    r->raw_path = length > 0 ? copy(r, target, length) : "/";
    if (target[length] == '?')
        r->query = target + length + 1;
    r->path = r->raw_path ? decode(r, r->raw_path, strlen(r->raw_path), false) : NULL;
    if (!r->path)
        return refuse(r, 400, "the path is malformed");
    if (strcasestr(r->raw_path, "%2f"))
        r->path = ""; /* an encoded slash is no separator, and no route's names contain one */
    return path_is_clean(r->raw_path) ? 0 : 301;
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

static int read_query(request *r)
{
    const char *at = r->query;

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

/* Reads exactly "Bearer", a space and the token. */
static void read_token(request *r, const head *h)
{
    int count;
    const char *authorization = find_header(h, "Authorization", &count);
    const char *in_query = request_param(r, "access_token");

    r->authorization = count == 1 ? authorization : NULL;
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

/* Whether a host is the browser's own machine, to which browsers send cookies without TLS. */
static bool is_loopback(const char *host)
{
    static const char name[] = "localhost";
    size_t length = host_name_length(host), n = sizeof(name) - 1;

    if (length >= n && strncasecmp(host + length - n, name, n) == 0)
        return length == n || host[length - n - 1] == '.';
    return strncmp(host, "127.", 4) == 0 || strncmp(host, "[::1]", 5) == 0;
}

/* The value of a cookie, in the request's own text; NULL: there is none. */
static const char *find_cookie(request *r, const char *cookies, const char *name)
{
    size_t length = strlen(name);

    while (cookies && *cookies) {
        size_t n = strcspn(cookies, ";");

        if (n > length && strncmp(cookies, name, length) == 0 && cookies[length] == '=')
            return copy(r, cookies + length + 1, n - length - 1);
        cookies += n;
        cookies += strspn(cookies, "; ");
    }
    return NULL;
}

/* Whether a browser says that a page of another origin has sent it. Sites beside this one, which
 * SameSite takes for the same, are others. */
static bool is_from_elsewhere(const request *r, const head *h)
{
    const char *site = header(h, "Sec-Fetch-Site"), *origin = header(h, "Origin");
    const char *host = origin ? after_scheme(origin) : NULL;

    if (site)
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    return origin && (!host || strcasecmp(host, r->host) != 0);
}

/* Who shows other credentials too is who they say, so that programs needn't care for cookies. */
static void read_cookie(request *r, const head *h)
{
    const char *value;
    int count;
    const char *cookies = find_header(h, "Cookie", &count);

    if (count == 0 && r->method != METHOD_POST)
        return; /* nobody asks for any of these */
    r->is_loopback = is_loopback(r->host);
    r->is_from_elsewhere = is_from_elsewhere(r, h);
    if (r->token || r->token_malformed || count != 1)
        return;
    value = find_cookie(r, cookies, r->is_loopback ? COOKIE_ON_LOOPBACK : COOKIE);
    if (has_text(value) && text_is_utf8(value, strlen(value)))
        r->cookie_token = value;
    r->csrf_token = header(h, "X-CSRF-Token");
}

/* Only POST can be overridden, but not by HEAD, whose reply would announce a body and send none. */
static void read_method(request *r, const head *h)
{
    const char *posed = request_param(r, "method");
    method m;

    if (r->method != METHOD_POST)
        return;
    if (!posed)
        posed = header(h, "X-HTTP-Method-Override");
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

/* [A-Za-z_$][\w$.]*: the callback's name becomes part of a script on another site's page. */
static bool callback_is_safe(const char *name)
{
    if (strlen(name) > CALLBACK_MAX || (*name >= '0' && *name <= '9') || *name == '.')
        return false;
    for (; *name; name++)
        if (!is_word(*name) && *name != '$' && *name != '.')
            return false;
    return true;
}

/* A switch stands anywhere in the query, or is a header that isn't empty. */
static bool is_on(const request *r, const head *h, const char *name, const char *header_name)
{
    if (r->query && strstr(r->query, name))
        return true;
    for (size_t i = 0; i < r->param_count; i++)
        if (strstr(r->params[i].key, name) || strstr(r->params[i].value, name))
            return true;
    return has_text(header(h, header_name));
}

static void read_switches(request *r, const head *h)
{
    const char *callback = request_param(r, "callback");
    const char *context = request_param(r, "context");
    const char *accept = header(h, "Accept");

    r->wants_html = accept && strstr(accept, "text/html");
    r->disable_boiler = is_on(r, h, "disableBoiler", "X-Disable-Boiler");
    r->always_200 = is_on(r, h, "always200", "X-Always-200");
    r->context = context ? context : "";
    r->callback = callback ? callback : "";
    if (!callback_is_safe(r->callback)) {
        r->callback = "";
        r->callback_unsafe = true;
    }
    r->is_plain_get = find_method(h->method, false) == METHOD_GET && !r->disable_boiler &&
                      !r->always_200 && !*r->callback && !*r->context;
}

void request_clear(request *r)
{
    memset(r, 0, offsetof(request, text)); /* text is large and needs no clearing */
    r->text_used = 0;
    r->raw_path = r->path = "";
    r->host = r->callback = r->context = "";
}

void request_refuse(request *out, const head *h)
{
    request_clear(out);
    out->method = find_method(h->method, false);
    out->problem = h->problem;
}

int request_read(request *out, const head *h, const char *peer, const networks *trusted)
{
    int status;

    request_clear(out);
    out->method = find_method(h->method, false);
    status = read_headers(out, h, peer, trusted);
    if (status == 0)
        status = read_path(out, h);
    if (status == 0)
        status = read_query(out);
    if (status != 0)
        return status;
    read_token(out, h);
    read_cookie(out, h);
    read_method(out, h);
    read_switches(out, h);
    return 0;
}

body_format request_body_format(const request *r)
{
    static const struct {
        const char *type;
        body_format format;
    } formats[] = {{"", BODY_FORM},
                   {"application/x-www-form-urlencoded", BODY_FORM},
                   {"application/json", BODY_JSON},
                   {"text/csv", BODY_CSV}};
    const char *type = r->content_type ? r->content_type : "";

    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
        if (text_is_media_type(type, formats[i].type))
            return formats[i].format;
    return BODY_UNKNOWN;
}
