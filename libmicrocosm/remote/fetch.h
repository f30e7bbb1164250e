/*
 * HTTP out, by libcurl: the one client for all that the library asks of others. Each request has a
 * limit of time and of bytes, goes straight to the host of its address, past any proxy of the
 * environment, and verifies the certificate of that host. Addresses from the operator's settings
 * are trusted; all others are guarded (guard.h).
 */
#ifndef MC_REMOTE_FETCH_H
#define MC_REMOTE_FETCH_H

#include "guard.h"

/* For the time of the process; safe from several threads and several times. 0, or MC_ESYSTEM. */
int mc__remote_start(void);

/* http:// or https:// and a host, without white space or control characters. */
bool mc__remote_is_address(const char *url);
/* Adds "?name=value", or "&name=value", to an address. */
void mc__remote_add_parameter(mc__text *url, const char *name, const char *value);

/* Connections that are kept for the next request to the same host, for several threads. */
typedef struct mc__connections mc__connections;
/* most: how many are kept while nobody uses them. NULL: out of memory. */
mc__connections *mc__connections_new(size_t most);
/* NULL is allowed. In a forked process those of its parent are left alone. */
void mc__connections_free(mc__connections *connections);

/* Gives up to size bytes of a request's body from an offset: how many, or an error. */
typedef int64_t mc__fetch_source(void *data, void *out, size_t size, int64_t offset);
/* Takes bytes of a reply's body; an error ends the request and is returned. */
typedef int mc__fetch_sink(void *data, const void *bytes, size_t length);

typedef struct mc__fetch {
    const char *url;
    const char *method;         /* NULL: GET, or POST with a body */
    const char *const *headers; /* "Name: value" each, NULL at the end; NULL: none */
    const void *body;           /* NULL: none, unless there is a source */
    mc__fetch_source *source;   /* NULL: the body is in memory */
    void *source_data;
    int64_t body_length;
    mc__fetch_sink *sink; /* takes the body of a reply 2xx; NULL: it is kept, as those of others */
    void *sink_data;
    int64_t wait_ms;    /* for all of it; 0: no limit but idle_ms */
    int64_t connect_ms; /* of that for connecting; 0: all of it */
    int64_t idle_ms;    /* without a byte to or fro, in whole seconds; 0: no limit */
    int64_t most_bytes; /* of the reply's body */
    int redirects;      /* followed at most, with GET: each guarded as the address itself, and none
                           from https to http */
    bool is_trusted;    /* the address is in the operator's settings: any network will do */
    const mc__guard *guard;       /* for one that isn't trusted; NULL: the public internet only */
    mc__connections *connections; /* NULL: one that isn't kept; only for those that are trusted */
} mc__fetch;

#define MC_REASON_SIZE 256

typedef struct mc__reply {
    int status;
    mc__text headers, body;
    char reason[MC_REASON_SIZE]; /* why there is no reply, after MC_EREMOTE; has no address in it */
} mc__reply;

#define MC_REPLY_INIT                                                                              \
    {                                                                                              \
        0, MC_TEXT_INIT, MC_TEXT_INIT, ""                                                          \
    }
void mc__reply_release(mc__reply *reply);
#define mc_reply(name) mc__reply name __attribute__((cleanup(mc__reply_release))) = MC_REPLY_INIT
/* A header's value, whatever the case of its name; NULL: there is none. */
const char *mc__reply_header(const mc__reply *reply, const char *name);

/* Sends a request, and receives the whole reply: 0, whatever its status. Else MC_EREMOTE, MC_ENOMEM
 * or what source or sink has returned. reply is new or was used before. libcurl may look up names
 * on a thread of its own, which it waits for. */
int mc__remote_send(mc__reply *reply, const mc__fetch *fetch);

/* The same for whoever needs a body only: appends that of a reply 200. Else MC_EREMOTE, and why in
 * *reason, a text of its own; or MC_ENOMEM. */
int mc__remote_get(mc__text *body, char reason[MC_REASON_SIZE], const mc__fetch *fetch);

#endif
