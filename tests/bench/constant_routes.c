/*
 * The routes of bench_constant: the daemon with everything but the forum. Built of microcosmd's own
 * parts with this table in the place of routes.c, so that a reply of constant bytes passes through
 * the same listener, parser, threads, headers, metrics and single write as a page does. What a page
 * costs beyond it is the forum.
 *
 *     GET /constant/{id}    id bytes of JSON
 */
#include "api/handlers.h"
#include "api/routes.h"
#include "base/text.h"

#include <pthread.h>
#include <string.h>

#define PATTERN "/constant/"

enum { BYTES_MAX = 128 * 1024 };

static handler handle_constant;

static const route routes[] = {
    {"/healthz", OPERATIONAL, "OPTIONS,HEAD,GET", .get = handle_healthz},
    {"/readyz", OPERATIONAL, "OPTIONS,HEAD,GET", .get = handle_readyz},
    {PATTERN "{id}", OPERATIONAL, "OPTIONS,HEAD,GET", .get = handle_constant},
};

#define ROUTE_COUNT (sizeof(routes) / sizeof(routes[0]))

/* One long number, and so valid JSON. */
static char digits[BYTES_MAX];
static pthread_once_t digits_made = PTHREAD_ONCE_INIT;

static void make_digits(void)
{
    memset(digits, '1', sizeof(digits));
}

static void handle_constant(exchange *x)
{
    int64_t length = x->ids[0];

    pthread_once(&digits_made, make_digits);
    if (length > BYTES_MAX)
        reply_refuse(x->reply, 400, REASON_NONE, "that many bytes are not at hand");
    else
        mc_buffer_append(reply_begin_text(x->reply, 200, "application/json; charset=utf-8"), digits,
                         (size_t)length);
}

/* By hand, as there are two patterns: without "{id}", and with it at the end. */
const route *route_find(exchange *x, const char *path)
{
    const char *number = path + strlen(PATTERN);

    x->ids_sound = true;
    for (size_t i = 0; i + 1 < ROUTE_COUNT; i++)
        if (strcmp(routes[i].pattern, path) == 0)
            return &routes[i];
    if (strncmp(path, PATTERN, strlen(PATTERN)) != 0)
        return NULL;
    x->ids_sound = text_number(&x->ids[0], number, strlen(number)) && x->ids[0] > 0;
    return &routes[ROUTE_COUNT - 1];
}

size_t route_number(const route *r)
{
    return r ? (size_t)(r - routes) : METRICS_ROUTES;
}

const char *route_pattern(size_t number)
{
    return number < ROUTE_COUNT ? routes[number].pattern : NULL;
}
