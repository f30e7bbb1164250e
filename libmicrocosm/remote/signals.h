/*
 * SIGPIPE while libcurl works: TLS writes to a socket without MSG_NOSIGNAL, and the process belongs
 * to the host.
 */
#ifndef MC_REMOTE_SIGNALS_H
#define MC_REMOTE_SIGNALS_H

#include <signal.h>
#include <stdbool.h>

typedef struct mc__no_pipe {
    sigset_t before;
    bool is_blocked, was_pending;
} mc__no_pipe;

/* Blocks SIGPIPE for the calling thread. False: that isn't possible. */
bool mc__no_pipe_begin(mc__no_pipe *state);
/* Takes off what has come since, and restores the thread's signals. */
void mc__no_pipe_end(mc__no_pipe *state);

#endif
