/*
 * One reply: the envelope, the switches and the headers of docs/http/conventions.md. It is built in
 * one buffer, with space before the body for the headers, so that one write sends it; several
 * writes would cost much more.
 */
#ifndef MICROCOSMD_REPLY_H
#define MICROCOSMD_REPLY_H

#include "request.h"

#include <microcosm.h>
#include <time.h>

/* Error codes that clients of the API v1 know. The library gives some with its errors. */
typedef enum error_reason {
    REASON_NONE = 0,
    REASON_CONTENT_TYPE = 1,
    REASON_SIGN_IN = 5,
    REASON_TOKEN = 7,
    REASON_BANNED = 13,
    REASON_NO_SITE = 14,
    REASON_TOO_LARGE = 20,
    REASON_FACTOR = 25
} error_reason;

#define REPLY_BARE_SIZE 640

/* What is sent behind the headers instead of a body in the reply's buffer: a file, in pieces.
 * Called once, with a function that sends some bytes and returns false if that fails; returns
 * whether all were sent. */
typedef bool reply_sender(void *data, bool (*write)(void *to, const void *bytes, size_t length),
                          void *to);

typedef struct reply {
    const request *request;
    mc_buffer *bytes; /* space for headers, then the body */
    size_t headroom;
    mc_buffer *location;              /* of a redirect */
    int status;                       /* the actual one; always200 changes the sent one */
    const char *content_type, *allow; /* NULL: no such header */
    const char *headers;  /* whole lines that only this reply has, or NULL; cleared with it */
    char download[320];   /* those of a download, or of a file */
    reply_sender *sender; /* sends the body of sender_length bytes; NULL: it is in bytes */
    void *sender_data;
    size_t sender_length;
    bool is_api;           /* carries the API's headers */
    bool is_file;          /* never changes, and everybody may have it */
    bool is_private;       /* no cache may keep it without asking */
    bool is_guest;         /* the client is one, so proxies may cache the reply */
    int64_t site, profile; /* for errors; 0: none */
    int64_t retry_after;   /* seconds, of a failure that is temporary; else 0 */
    bool close;            /* no further request on this connection */
    int broken;            /* why it couldn't be made: an error code; 0: it could */
    time_t dated;          /* second that date is of */
    char date[32];
    char last_resort[REPLY_BARE_SIZE]; /* what is sent when memory has run out */
} reply;

/* Make the buffers; the reply's memory is taken from the budget. False when out of memory. */
bool reply_init(reply *r, mc_budget *budget);
void reply_release(reply *r);
/* Begins the reply to a new request and discards the previous reply. */
void reply_start(reply *r, const request *q);
/* After it was sent: frees its memory if that is more than a usual reply needs, and returns whether
 * it was. */
bool reply_rest(reply *r);

/* Enveloped data: append JSON to what this returns, then call reply_end(). */
mc_buffer *reply_begin(reply *r, int status);
void reply_end(reply *r);
/* Enveloped, without data. */
void reply_nothing(reply *r, int status);
/*
 * Enveloped error. The message is a sentence for people that says what to do; the reason is the
 * error code, 0 if the API v1 has none for this.
 */
void reply_refuse(reply *r, int status, error_reason reason, const char *message);
/* Enveloped error of the library. */
void reply_failure(reply *r, int status, const mc_failure *error);
/* Enveloped redirect to a path. */
void reply_redirect(reply *r, int status, const char *location);
/* 301 to a path and query as the client sent them, with a little HTML. */
void reply_moved(reply *r, const char *path, const char *query);
/* 200 with Allow and no body. */
void reply_options(reply *r, const char *allow);
/* 405; by the rules of the API v1 only data says why, and error stays null. Allow may list the
 * refused method, as some lists of the API v1 do; the text leaves it out. */
void reply_not_allowed(reply *r, method refused, const char *allow);
/* Text without the envelope; append it to what the first returns. */
mc_buffer *reply_begin_text(reply *r, int status, const char *content_type);
/* 200 with a file that browsers keep; append its bytes to what this returns. */
mc_buffer *reply_begin_file(reply *r, const char *content_type);
/*
 * The head of a stored file, or of a part of one, with that status: 200, 206, 304 or 416. headers:
 * whole lines. is_public: everybody may read it. The body is appended to what this returns, or sent
 * by reply_send_from().
 */
mc_buffer *reply_begin_stored(reply *r, int status, const char *content_type, bool is_public,
                              const char *headers);
/* length: of the body. */
void reply_send_from(reply *r, size_t length, reply_sender *sender, void *data);
/* 200 with bytes that browsers save under that name, which no cache keeps. */
mc_buffer *reply_begin_download(reply *r, const char *content_type, const char *name);
/* Gives a finished download an ETag, and turns it into 304 if the client has those bytes. */
void reply_tag(reply *r);
void reply_text(reply *r, int status, const char *text);
/* 404 for an address that leads to no handler: enveloped below /api/, else text. */
void reply_not_found(reply *r, error_reason reason, const char *message);

/* All bytes to send. Valid until the reply changes. */
const char *reply_finish(reply *r, size_t *length);

/* A whole reply without a request or memory, which ends the connection; returns its length. */
size_t reply_bare(char out[REPLY_BARE_SIZE], int status, const char *message, bool has_body);

/* HTTP status of an error code of the library; 0 for a code that the table lacks. */
int reply_status_of(int code);

/* Append as a JSON string, with the escapes that docs/http/conventions.md lists under JSON. */
int json_string(mc_buffer *out, const char *text);

#endif
