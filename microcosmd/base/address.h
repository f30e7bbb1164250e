/*
 * Whose address a request comes from, and whose word on it counts. Proxies tell in headers; only
 * those listed as trusted are believed.
 */
#ifndef MICROCOSMD_ADDRESS_H
#define MICROCOSMD_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

#define ADDRESS_SIZE 48
#define NETWORKS_MAX 64

/* An IPv4 or IPv6 network; a single address has all bits. */
typedef struct network {
    unsigned char bytes[16];
    unsigned int length; /* bytes used: 4 or 16 */
    unsigned int bits;
} network;

typedef struct networks {
    network items[NETWORKS_MAX];
    size_t count;
} networks;

/* Read "127.0.0.1, 10.0.0.0/8 fd00::/8". False when an entry is none, or there are too many. */
bool networks_parse(networks *out, const char *text);
bool networks_contain(const networks *set, const char *address);

/*
 * The client's address: what the peer says in CF-Connecting-IP, else the first entry of
 * X-Forwarded-For, if the peer is trusted and the entry is an address; else the peer itself.
 * Headers may be NULL.
 */
void address_of_client(char out[ADDRESS_SIZE], const char *peer, const networks *trusted,
                       const char *cf_connecting_ip, const char *x_forwarded_for);

/* The last two parts of an address: all of it that goes into logs. */
const char *address_tail(const char *address);

#endif
