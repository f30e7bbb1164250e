/* See networks.h. */
#include "networks.h"

#include <arpa/inet.h>

static const uint8_t before_ipv4[12] = {[10] = 0xff, [11] = 0xff};

static bool read_address(uint8_t bytes[16], const char *text)
{
    memcpy(bytes, before_ipv4, sizeof(before_ipv4));
    return inet_pton(AF_INET, text, bytes + sizeof(before_ipv4)) == 1 ||
           inet_pton(AF_INET6, text, bytes) == 1;
}

static bool is_ipv4(const mc__network *network)
{
    return network->prefix >= 96 && memcmp(network->bytes, before_ipv4, sizeof(before_ipv4)) == 0;
}

static void clear_behind(mc__network *network)
{
    for (int bit = network->prefix; bit < 128; bit++)
        network->bytes[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
}

/* Digits behind the slash; -1: there are others, or too many. */
static int read_prefix(const char *text, int most)
{
    size_t digits = strspn(text, "0123456789");
    int prefix = 0;

    if (digits == 0 || digits > 3 || text[digits])
        return -1;
    for (; *text; text++)
        prefix = prefix * 10 + *text - '0';
    return prefix <= most ? prefix : -1;
}

bool mc__network_parse(mc__network *out, const char *text)
{
    char address[INET6_ADDRSTRLEN];
    size_t length = strcspn(text, "/");
    int most, prefix;

    if (length >= sizeof(address))
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (!read_address(out->bytes, address))
        return false;
    most = strchr(address, ':') ? 128 : 32;
    prefix = text[length] ? read_prefix(text + length + 1, most) : most;
    if (prefix < 0)
        return false;
    out->prefix = prefix + 128 - most;
    clear_behind(out);
    return true;
}

bool mc__network_around(mc__network *out, const char *address, int ipv4_bits, int ipv6_bits)
{
    if (strchr(address, '/') || !mc__network_parse(out, address))
        return false;
    out->prefix = is_ipv4(out) ? 96 + ipv4_bits : ipv6_bits;
    clear_behind(out);
    return true;
}

const char *mc__network_text(mc__arena *arena, const mc__network *network)
{
    char address[INET6_ADDRSTRLEN];
    bool short_form = is_ipv4(network);
    size_t skip = short_form ? sizeof(before_ipv4) : 0;

    if (!inet_ntop(short_form ? AF_INET : AF_INET6, network->bytes + skip, address,
                   sizeof(address)))
        return NULL;
    return mc__arena_format(arena, "%s/%d", address, network->prefix - (int)skip * 8);
}

static bool has(const mc__network *network, const uint8_t bytes[16])
{
    mc__network other = {.prefix = network->prefix};

    memcpy(other.bytes, bytes, sizeof(other.bytes));
    clear_behind(&other);
    return memcmp(other.bytes, network->bytes, sizeof(other.bytes)) == 0;
}

bool mc__networks_have(const mc__network *networks, size_t count, const char *address)
{
    uint8_t bytes[16];

    if (!read_address(bytes, address))
        return false;
    for (size_t i = 0; i < count; i++)
        if (has(&networks[i], bytes))
            return true;
    return false;
}
