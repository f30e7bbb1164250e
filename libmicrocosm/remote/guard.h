/*
 * Where requests may go whose addresses come from sites or people, and not from the operator: only
 * to the public internet, and to networks that the operator has allowed. The address is judged that
 * a connection is really made to, so neither the spelling of a host nor its name server can
 * deceive.
 */
#ifndef MC_REMOTE_GUARD_H
#define MC_REMOTE_GUARD_H

#include "core/core.h"

#include <sys/socket.h>

typedef struct mc__guard mc__guard;

/* allowed: addresses and networks that aren't public, such as "127.0.0.1, ::1, 10.0.0.0/8",
 * separated by commas or spaces; NULL: none. MC_EINVAL if it is malformed. */
int mc__guard_new(mc__guard **out, mc__problem *problem, const char *allowed);
void mc__guard_free(mc__guard *guard); /* NULL is allowed */
/* guard: NULL for one that allows nothing beside the public internet. */
bool mc__guard_lets(const mc__guard *guard, const struct sockaddr *address);

#endif
