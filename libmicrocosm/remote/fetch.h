/*
 * HTTP out, by libcurl. Each request has a time limit and a limit of bytes, follows no redirect,
 * and goes straight to the host of its address, past any proxy of the environment. Addresses come
 * from the operator's settings, never from users.
 */
#ifndef MC_REMOTE_FETCH_H
#define MC_REMOTE_FETCH_H

#include "core/core.h"

/* For the time of the process; safe from several threads and several times. 0, or MC_ESYSTEM. */
int mc__remote_start(void);

/* http:// or https:// and a host, without white space or control characters. */
bool mc__remote_is_address(const char *url);
/* Adds "?name=value", or "&name=value", to an address. */
void mc__remote_add_parameter(mc__text *url, const char *name, const char *value);

typedef struct mc__fetch {
    const char *url;
    int64_t wait_ms;   /* for all of it */
    size_t most_bytes; /* of the body */
} mc__fetch;

/* GET. Appends the body of a reply 200. Else MC_EREMOTE, and why in *reason, a text of its own; or
 * MC_ENOMEM. libcurl may look up names on a thread of its own, which it waits for. */
int mc__remote_get(mc__text *body, char reason[256], const mc__fetch *fetch);

#endif
