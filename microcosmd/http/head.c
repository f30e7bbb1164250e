#include "head.h"

#include <string.h>

static bool is_line_end(const char *bytes, size_t at)
{
    return at > 0 && bytes[at - 1] == '\r';
}

/* A byte that may be in a head: a CR only before a LF, a LF only after a CR. */
static const char *fault_of(const char *bytes, size_t at)
{
    unsigned char c = (unsigned char)bytes[at];

    if (c == '\n')
        return is_line_end(bytes, at) ? NULL : "a line must end in CR and LF";
    if (is_line_end(bytes, at))
        return "a line must end in CR and LF";
    if ((c < ' ' && c != '\t' && c != '\r') || c == 0x7f)
        return "the head has a control character";
    return NULL;
}

/*
 * Called at each LF. Returns 0 if the head ends there. One empty line may precede a request: old
 * clients send it after a body.
 */
static int end_line(head_scan *scan, const char **problem)
{
    if (!scan->is_empty) {
        scan->is_empty = true;
        scan->has_line = true;
        return HEAD_INCOMPLETE;
    }
    if (scan->has_line)
        return 0;
    *problem = "the request line is empty";
    if (scan->begin > 0)
        return 400;
    scan->begin = scan->at;
    return HEAD_INCOMPLETE;
}

int head_scan_on(head_scan *scan, const char *bytes, size_t length, const char **problem)
{
    if (scan->at == 0)
        scan->is_empty = true;
    while (scan->at < length) {
        size_t at = scan->at++;

        *problem = fault_of(bytes, at);
        if (*problem)
            return 400;
        if (bytes[at] == '\n') {
            int status = end_line(scan, problem);

            if (status != HEAD_INCOMPLETE)
                return status;
        } else if (bytes[at] != '\r') {
            scan->is_empty = false;
        }
    }
    if (length < HEAD_MAX)
        return HEAD_INCOMPLETE;
    *problem = scan->has_line ? "the headers are longer than 16384 bytes"
                              : "the address is longer than 16384 bytes";
    return scan->has_line ? 431 : 414;
}

static int refuse(head *h, int status, const char *problem)
{
    h->problem = problem;
    return status;
}

/* The letters of methods and names (RFC 9110, token). */
static bool is_token(const char *text)
{
    static const char marks[] = "!#$%&'*+-.^_`|~";
    bool any = *text;

    for (; *text; text++)
        if (!((*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z') ||
              (*text >= '0' && *text <= '9') || strchr(marks, *text)))
            return false;
    return any;
}

/* Printable ASCII; a fragment is no part of a request. */
static bool is_target(const char *text)
{
    bool any = *text;

    for (; *text; text++)
        if (*text <= ' ' || *text > '~' || *text == '#')
            return false;
    return any;
}

/* Ends the text at the next separator. NULL: there is none. */
static char *split(char *text, char separator)
{
    char *at = strchr(text, separator);

    if (at)
        *at++ = '\0';
    return at;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static int parse_version(head *h, const char *text)
{
    if (strlen(text) != 8 || strncmp(text, "HTTP/", 5) != 0 || !is_digit(text[5]) ||
        text[6] != '.' || !is_digit(text[7]))
        return refuse(h, 400, "the request line must be a method, an address and HTTP/1.1");
    if (text[5] != '1' || text[7] > '1')
        return refuse(h, 505, "the version of HTTP must be 1.1 or 1.0");
    h->is_http_1_0 = text[7] == '0';
    return 0;
}

static int parse_request_line(head *h, char *line)
{
    char *target = split(line, ' ');
    char *version = target ? split(target, ' ') : NULL;
    int status;

    if (!version || strchr(version, ' '))
        return refuse(h, 400, "the request line must be a method, an address and HTTP/1.1");
    status = parse_version(h, version);
    if (status != 0)
        return status;
    if (!is_token(line))
        return refuse(h, 400, "the method is malformed");
    if (!is_target(target))
        return refuse(h, 400, "the address has a character that must be escaped");
    h->method = line;
    h->target = target;
    return 0;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static int parse_field(head *h, char *line)
{
    char *value, *end;

    if (is_blank(*line))
        return refuse(h, 400, "a header must not be folded into a second line");
    value = split(line, ':');
    if (!value)
        return refuse(h, 400, "a header has no colon");
    if (!is_token(line)) /* a blank before the colon, too */
        return refuse(h, 400, "the name of a header is malformed");
    if (h->field_count == HEAD_FIELDS_MAX)
        return refuse(h, 431, "there are more than 64 headers");
    while (is_blank(*value))
        value++;
    end = value + strlen(value);
    while (end > value && is_blank(end[-1]))
        *--end = '\0';
    h->fields[h->field_count++] = (head_field){line, value};
    return 0;
}

/* Ends the line at its CR, and returns the next line. */
static char *end_of_line(char *line)
{
    char *end = strchr(line, '\r');

    *end = '\0';
    return end + 2;
}

int head_parse(head *out, char *bytes, size_t length)
{
    char *last = bytes + length - 2; /* the empty line */
    char *line = bytes;
    char *next = end_of_line(line);
    int status;

    out->field_count = 0;
    out->method = out->target = "";
    out->problem = NULL;
    status = parse_request_line(out, line);
    while (status == 0 && next < last) {
        line = next;
        next = end_of_line(line);
        status = parse_field(out, line);
    }
    return status;
}
