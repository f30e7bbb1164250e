#include "address.h"
#include "text.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static bool address_parse(network *out, const char *text)
{
    if (inet_pton(AF_INET, text, out->bytes) == 1)
        out->length = 4;
    else if (inet_pton(AF_INET6, text, out->bytes) == 1)
        out->length = 16;
    else
        return false;
    out->bits = out->length * 8;
    return true;
}

static bool network_parse(network *out, const char *text, size_t length)
{
    char copy[ADDRESS_SIZE];
    char *slash;
    int64_t bits;

    if (length >= sizeof(copy))
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    slash = strchr(copy, '/');
    if (slash)
        *slash++ = '\0';
    if (!address_parse(out, copy))
        return false;
    if (slash) {
        if (!text_number(&bits, slash, strlen(slash)) || bits > out->bits)
            return false;
        out->bits = (unsigned int)bits;
    }
    return true;
}

bool networks_parse(networks *out, const char *text)
{
    out->count = 0;
    for (;;) {
        size_t length;

        text += strspn(text, ", \t");
        length = strcspn(text, ", \t");
        if (length == 0)
            return true;
        if (out->count == NETWORKS_MAX || !network_parse(&out->items[out->count], text, length))
            return false;
        out->count++;
        text += length;
    }
}

static bool network_contains(const network *net, const network *address)
{
    unsigned int whole = net->bits / 8;
    unsigned int rest = net->bits % 8;

    if (net->length != address->length || memcmp(net->bytes, address->bytes, whole) != 0)
        return false;
    return rest == 0 || ((net->bytes[whole] ^ address->bytes[whole]) >> (8 - rest)) == 0;
}

bool networks_contain(const networks *set, const char *address)
{
    network one;

    if (set->count == 0 || !address_parse(&one, address))
        return false;
    for (size_t i = 0; i < set->count; i++)
        if (network_contains(&set->items[i], &one))
            return true;
    return false;
}

/* The first entry of a list, if it is an address. */
static bool first_address(char out[ADDRESS_SIZE], const char *list)
{
    network ignored;
    size_t length;

    if (!list)
        return false;
    list += strspn(list, " \t");
    length = strcspn(list, ", \t");
    if (length == 0 || length >= ADDRESS_SIZE)
        return false;
    memcpy(out, list, length);
    out[length] = '\0';
    return address_parse(&ignored, out);
}

void address_of_client(char out[ADDRESS_SIZE], const char *peer, const networks *trusted,
                       const char *cf_connecting_ip, const char *x_forwarded_for)
{
    if (networks_contain(trusted, peer) &&
        (first_address(out, cf_connecting_ip) || first_address(out, x_forwarded_for)))
        return;
    snprintf(out, ADDRESS_SIZE, "%s", peer);
}

const char *address_tail(const char *address)
{
    const char *at = address + strlen(address);

    for (int parts = 0; at > address; at--)
        if ((at[-1] == '.' || at[-1] == ':') && ++parts == 2)
            break;
    return at;
}
