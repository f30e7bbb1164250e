/*
 * The head of a request: its line and its header fields, read strictly by RFC 9112, so that no
 * proxy in front can take the same bytes for something else. No I/O, no memory of its own.
 */
#ifndef MICROCOSMD_HEAD_H
#define MICROCOSMD_HEAD_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes of a request line and headers. */
#define HEAD_MAX 16384
#define HEAD_FIELDS_MAX 64

/* Where the head ends, found byte by byte as they arrive. Initialise with zeros. */
typedef struct head_scan {
    size_t at;     /* bytes looked at */
    size_t begin;  /* of the request line, after empty lines */
    bool has_line; /* the request line is complete */
    bool is_empty; /* nothing but an empty line so far in this line */
} head_scan;

typedef struct head_field {
    const char *name, *value; /* without blanks around */
} head_field;

typedef struct head {
    const char *method, *target;
    bool is_http_1_0; /* else 1.1, or a later 1.x, which is read as 1.1 */
    head_field fields[HEAD_FIELDS_MAX];
    size_t field_count;
    const char *problem; /* why it was refused */
} head;

/* head_scan_on() */
#define HEAD_INCOMPLETE (-1)

/*
 * Looks at the bytes that have arrived since the last call. 0: the head ends before scan->at;
 * HEAD_INCOMPLETE; or the status to refuse it with, at once, and the reason in *problem.
 */
int head_scan_on(head_scan *scan, const char *bytes, size_t length, const char **problem);

/*
 * Parses a whole head from its request line to its end, in place; out points into it. Returns 0, or
 * the status to refuse it with and the reason in out->problem.
 */
int head_parse(head *out, char *bytes, size_t length);

#endif
