/* See guard.h. */
#include "guard.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define SEPARATORS ", \t"

typedef struct network {
    int family;
    unsigned bits;
    uint8_t address[sizeof(struct in6_addr)];
} network;

struct mc__guard {
    size_t count;
    network networks[];
};

/*
 * What isn't public, by the IANA registries of special-purpose addresses (RFC 6890). Of IPv6 only
 * 2000::/3 is given out; the rest has among others the forms in which an IPv4 address is hidden:
 * ::a.b.c.d, ::ffff:a.b.c.d, 64:ff9b::a.b.c.d.
 */
static const char *const special[] = {
    "0.0.0.0/8",         /* this network */
    "10.0.0.0/8",        /* private */
    "100.64.0.0/10",     /* between a provider and its customers */
    "127.0.0.0/8",       /* loopback */
    "169.254.0.0/16",    /* link-local, with the metadata of clouds */
    "172.16.0.0/12",     /* private */
    "192.0.0.0/24",      /* protocols */
    "192.0.2.0/24",      /* documentation */
    "192.31.196.0/24",   /* AS112 */
    "192.52.193.0/24",   /* multicast tunnels */
    "192.88.99.0/24",    /* relays of 6to4 */
    "192.168.0.0/16",    /* private */
    "192.175.48.0/24",   /* AS112 */
    "198.18.0.0/15",     /* benchmarks */
    "198.51.100.0/24",   /* documentation */
    "203.0.113.0/24",    /* documentation */
    "224.0.0.0/4",       /* multicast */
    "240.0.0.0/4",       /* reserved, broadcast */
    "::/3",              /* unspecified, loopback, IPv4 in several forms, NAT64 */
    "2001::/23",         /* protocols, Teredo, benchmarks */
    "2001:db8::/32",     /* documentation */
    "2002::/16",         /* 6to4 */
    "2620:4f:8000::/48", /* AS112 */
    "3fff::/20",         /* documentation */
    "4000::/2",
    "8000::/1", /* private, link-local, multicast */
};

static bool parse_bits(unsigned *out, const char *text, unsigned most)
{
    double number;

    if (strspn(text, "0123456789") != strlen(text) ||
        !mc__number_parse(&number, text, strlen(text)) || number > most)
        return false;
    *out = (unsigned)number;
    return true;
}

/* "10.0.0.0/8", or an address alone. */
static bool parse_network(network *out, const char *text, size_t length)
{
    char copy[INET6_ADDRSTRLEN + sizeof("/128")];
    char *slash;

    if (length >= sizeof(copy))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    slash = strchr(copy, '/');
    if (slash)
        *slash = '\0';
    out->family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    out->bits = out->family == AF_INET6 ? 128 : 32;
    return inet_pton(out->family, copy, out->address) == 1 &&
           (!slash || parse_bits(&out->bits, slash + 1, out->bits));
}

static bool contains(const network *n, int family, const uint8_t *address)
{
    unsigned whole = n->bits / 8, rest = n->bits % 8;

    if (n->family != family || memcmp(n->address, address, whole) != 0)
        return false;
    return rest == 0 || (n->address[whole] ^ address[whole]) >> (8 - rest) == 0;
}

static bool is_special(int family, const uint8_t *address)
{
    network n;

    for (size_t i = 0; i < MC_COUNT(special); i++)
        if (!parse_network(&n, special[i], strlen(special[i])) || contains(&n, family, address))
            return true;
    return false;
}

static bool is_allowed(const mc__guard *guard, int family, const uint8_t *address)
{
    for (size_t i = 0; guard && i < guard->count; i++)
        if (contains(&guard->networks[i], family, address))
            return true;
    return false;
}

bool mc__guard_lets(const mc__guard *guard, const struct sockaddr *address)
{
    uint8_t bytes[sizeof(struct in6_addr)];

    if (address->sa_family == AF_INET)
        memcpy(bytes, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    else if (address->sa_family == AF_INET6)
        memcpy(bytes, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    else
        return false;
    return is_allowed(guard, address->sa_family, bytes) || !is_special(address->sa_family, bytes);
}

/* How many there are in a list. */
static size_t count_words(const char *text)
{
    size_t count = 0;

    for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
        count++;
        text += strcspn(text, SEPARATORS);
    }
    return count;
}

static bool parse_all(mc__guard *guard, const char *text)
{
    for (text += strspn(text, SEPARATORS); *text; text += strspn(text, SEPARATORS)) {
        size_t length = strcspn(text, SEPARATORS);

        if (!parse_network(&guard->networks[guard->count++], text, length))
            return false;
        text += length;
    }
    return true;
}

int mc__guard_new(mc__guard **out, mc__problem *problem, const char *allowed)
{
    size_t count = allowed ? count_words(allowed) : 0;
    mc__guard *guard = mc__calloc(1, sizeof(*guard) + count * sizeof(guard->networks[0]));

    if (!guard)
        return mc__fail(problem, MC_ENOMEM, "out of memory");
    if (allowed && !parse_all(guard, allowed)) {
        mc__guard_free(guard);
        return mc__fail(problem, MC_EINVAL,
                        "outgoing_allow must be a list of addresses and networks, such as "
                        "127.0.0.1, 10.0.0.0/8");
    }
    *out = guard;
    return 0;
}

void mc__guard_free(mc__guard *guard)
{
    mc__free(guard);
}
