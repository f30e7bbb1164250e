/* The table of routes: paths with their hosts, methods and handlers. */
#ifndef MICROCOSMD_ROUTES_H
#define MICROCOSMD_ROUTES_H

#include "exchange.h"
#include "resources.h"

/* On which hosts a route exists, and whether banned members may read it. */
enum route_flag {
    ON_SITE = 1 << 0,        /* hosts of sites */
    ON_ROOT = 1 << 1,        /* the bare base domain */
    OPERATIONAL = 1 << 2,    /* any host, no site, no envelope, no database needed */
    BANNED_TOO = 1 << 3,     /* banned members may read it too */
    NO_CREDENTIALS = 1 << 5, /* nobody is asked who they are */
    ONLY_GET = 1 << 6,       /* any other method is 501 */
    BEGINS_SESSION = 1 << 7, /* a POST says itself who it is: no cookie is looked at */
    BANNED_SELF = 1 << 4     /* the same, if the id is that of their own profile */
};

typedef struct route {
    const char *pattern; /* "{id}" stands for a number; any other for a word at its
                            end (routes.c) */
    unsigned int flags;
    const char *allow; /* methods, in the API's order; one without a handler is 405 all the same */
    handler *get, *post, *put, *patch, *delete; /* HEAD is get where allow names it */
    const resource *resource;                   /* for the handlers that serve several (any.c) */
} route;

/* The route of a path, or NULL. Fills in x->ids and x->ids_sound. */
const route *route_find(exchange *x, const char *path);

/* Writes x->path: the one form of an address that may have been sent with zeros or escapes. */
void route_write_path(exchange *x);

/* Index in the table, for counters; for NULL the number of routes. */
size_t route_number(const route *r);
/* Pattern of the route with that index, NULL past the last. */
const char *route_pattern(size_t number);

#endif
