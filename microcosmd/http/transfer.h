/* How long the bytes of a request or a reply may take: a slow one holds a thread. */
#ifndef MICROCOSMD_TRANSFER_H
#define MICROCOSMD_TRANSFER_H

#include "ops/config.h"

/* Bytes a second that a transfer must have, beside the time for any request. */
#define TRANSFER_SLOWEST 65536

typedef struct transfer {
    const config *config;
    int64_t began_ms, bytes; /* how many have passed since then */
} transfer;

transfer transfer_begin(const config *c);
/* What is left for the next bytes, at least 1 ms: the time that the bytes so far have earned, up to
 * transfer-timeout in all, but without any no longer than request-timeout. */
int64_t transfer_left_ms(const transfer *t);

#endif
