#include "transfer.h"

#include <time.h>

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

transfer transfer_begin(const config *c)
{
    return (transfer){.config = c, .began_ms = now_ms()};
}

int64_t transfer_left_ms(const transfer *t)
{
    int64_t patience = t->config->request_timeout * 1000;
    int64_t most = t->config->transfer_timeout * 1000;
    int64_t earned = lesser(patience + t->bytes * 1000 / TRANSFER_SLOWEST, most);
    int64_t left = lesser(patience, earned - (now_ms() - t->began_ms));

    return left > 0 ? left : 1;
}
