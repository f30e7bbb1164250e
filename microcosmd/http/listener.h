/*
 * The listening socket. It is ours, not civetweb's: so it can come from a supervisor or a parent
 * (LISTEN_FDS), outlive this process, and stop accepting while running requests finish. civetweb
 * starts on a port of its own and its socket is then replaced by ours.
 */
#ifndef MICROCOSMD_LISTENER_H
#define MICROCOSMD_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#define LISTENER_ADDRESS_SIZE 32

bool listener_is_address(const char *text);

/*
 * The socket handed over by the supervisor, or a new one on "ADDR:PORT". ADDR is an IPv4 address,
 * "localhost", or "*" for all. Returns the descriptor, or -1 with a message.
 */
int listener_open(const char *address, char *problem, size_t size);

/* Where a socket listens, as "127.0.0.1:8080". */
void listener_address(char out[LISTENER_ADDRESS_SIZE], int fd);

/*
 * Put the listening socket fd in place of the one that listens on a port of 127.0.0.1; fd is
 * closed. Returns the descriptor that is now ours in the other's place, or -1.
 */
int listener_replace(int port, int fd);

/*
 * Stop accepting on a descriptor that listener_replace() returned. Others who share the socket
 * still can. *event becomes a descriptor to write 8 bytes to, which wakes who polls in its place.
 */
int listener_stop(int fd, int *event);

/* Number of this process's connections that came in on a port. */
size_t listener_connections(int port);

/* Port of a listening socket, or 0. */
int listener_port(int fd);

#endif
