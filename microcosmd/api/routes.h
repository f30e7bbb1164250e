/* The table of routes: which path, on which host, has which methods, and who answers. */
#ifndef MICROCOSMD_ROUTES_H
#define MICROCOSMD_ROUTES_H

#include "exchange.h"
#include "resources.h"

/* Who may use a route, and where. */
enum route_flag {
    ON_SITE = 1 << 0,     /* hosts of sites */
    ON_ROOT = 1 << 1,     /* the bare base domain */
    OPERATIONAL = 1 << 2, /* any host, no site, no envelope, no database needed */
    BANNED_TOO = 1 << 3,  /* also for people on the ban list */
    BANNED_SELF = 1 << 4  /* the same, where the id is their own profile */
};

typedef struct route {
    const char *pattern; /* "{id}" stands for a number */
    unsigned int flags;
    const char *allow; /* methods, in the API's order; one without a handler is 405 all the same */
    handler *get, *post, *put, *patch, *delete; /* HEAD is get where allow names it */
    const resource *resource;                   /* for the handlers that serve several (any.c) */
} route;

/* The route of a path, or NULL. Fills in x->ids and x->ids_sound. */
const route *route_find(exchange *x, const char *path);

/* Place in the table, for counters; one past the last for NULL. */
size_t route_number(const route *r);
/* Pattern of a place in the table, NULL past the last. */
const char *route_pattern(size_t number);

#endif
