/* See signals.h. */
#include "signals.h"

#include <stddef.h>
#include <time.h>

bool mc__no_pipe_begin(mc__no_pipe *state)
{
    sigset_t pipe, pending;

    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    state->is_blocked = pthread_sigmask(SIG_BLOCK, &pipe, &state->before) == 0;
    state->was_pending =
        state->is_blocked && sigpending(&pending) == 0 && sigismember(&pending, SIGPIPE) == 1;
    return state->is_blocked;
}

void mc__no_pipe_end(mc__no_pipe *state)
{
    static const struct timespec now = {0, 0};
    sigset_t pipe;

    if (!state->is_blocked)
        return;
    sigemptyset(&pipe);
    sigaddset(&pipe, SIGPIPE);
    if (!state->was_pending)
        sigtimedwait(&pipe, NULL, &now);
    pthread_sigmask(SIG_SETMASK, &state->before, NULL);
}
