/* Networks of IP addresses, such as 192.0.2.0/24: those that a token is bound to. */
#ifndef MC_ACCESS_NETWORKS_H
#define MC_ACCESS_NETWORKS_H

#include "core/core.h"

/* IPv4 is in the form of IPv6 that stands for it, ::ffff:192.0.2.0. */
typedef struct mc__network {
    uint8_t bytes[16]; /* zero behind the prefix */
    int prefix;        /* bits, of 128 */
} mc__network;

/* An address, or an address with the length of a prefix. False: neither. */
bool mc__network_parse(mc__network *out, const char *text);
/* The network of that many bits that an address is in. False: text is no address. */
bool mc__network_around(mc__network *out, const char *address, int ipv4_bits, int ipv6_bits);
/* In the form that PostgreSQL writes, too. NULL: out of memory, and the arena has failed. */
const char *mc__network_text(mc__arena *arena, const mc__network *network);
/* Whether the address, as text, is in one of them. What is no address is in none. */
bool mc__networks_have(const mc__network *networks, size_t count, const char *address);

#endif
