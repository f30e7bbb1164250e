/*
 * The listening socket. It is opened here and not by civetweb, so that it can come from a
 * supervisor or parent process (LISTEN_FDS), outlive this process, and stop accepting while running
 * requests finish. civetweb starts on another port, and this module replaces its socket.
 */
#ifndef MICROCOSMD_LISTENER_H
#define MICROCOSMD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_ADDRESS_SIZE 32

bool listener_is_address(const char *text);

/*
 * The socket passed by the supervisor, or a new one on "ADDR:PORT". ADDR is an IPv4 address,
 * "localhost", or "*" for all. Returns the descriptor, or -1 with a message.
 */
int listener_open(const char *address, char *problem, size_t size);

/* The address that a socket listens on, as "127.0.0.1:8080". */
void listener_address(char out[LISTENER_ADDRESS_SIZE], int fd);

/*
 * Replaces the socket that listens on a port of 127.0.0.1 by fd, and closes fd. Returns the
 * descriptor that now refers to our socket, or -1.
 */
int listener_replace(int port, int fd);

/*
 * Stops accepting on a descriptor of listener_replace(); other processes that share the socket
 * still can. *event becomes an eventfd: writing 8 bytes to it wakes the thread that polls the
 * descriptor.
 */
int listener_stop(int fd, int *event);

/* Number of this process's connections that came in on a port. */
size_t listener_connections(int port);

/* Port of a listening socket, or 0. */
int listener_port(int fd);

#endif
