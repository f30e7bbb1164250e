/*
 * civetweb, used for what it is good at: start, callbacks, read, write, stop. What its Debian
 * build gets wrong (TLS, forms, WebSockets, endless bodies, a stop that cuts replies off) is
 * either not used or done by request.c, body.c, watch.c and listener.c.
 */
#ifndef MICROCOSMD_SERVER_H
#define MICROCOSMD_SERVER_H

#include "exchange.h"

typedef struct server server;

/* Serve on a listening socket, which the server takes over. NULL with a message on failure. */
server *server_start(service *s, int listening, char *problem, size_t size);

/*
 * Stop accepting and let each connection end with its reply. server_is_drained() tells when none
 * is left.
 */
void server_drain(server *s);
bool server_is_drained(const server *s);

/* Cut what is left and end all threads. Frees the server. */
void server_stop(server *s);

#endif
