/* Cookies for the few minutes of a sign-in. That of a session is in session_cookie.h. */
#ifndef MICROCOSMD_COOKIES_H
#define MICROCOSMD_COOKIES_H

#include "exchange.h"

#include <stddef.h>

#define COOKIE_SIZE 4096

/* Appends the header that sets a cookie to out. value: "" takes it away. Browsers take one from
 * this host alone, where it has TLS: no other site below the domain can set it. */
void cookie_put(char *out, size_t size, const exchange *x, const char *name, const char *value,
                int seconds);
/* The value that the browser has sent; "" if there is none. */
void cookie_get(char out[COOKIE_SIZE], const exchange *x, const char *name);

#endif
