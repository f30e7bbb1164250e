/* Gives up all that decoding a picture doesn't need, for good. */
#ifndef MC_IMAGE_SANDBOX_H
#define MC_IMAGE_SANDBOX_H

#include <stdbool.h>

/* Limits memory, time and files of this process, and closes all descriptors but the first three.
 * False: it can't. */
bool sandbox_limit(void);
/* From now on there are no new files, processes, programs or connections: such calls fail with
 * EPERM. Threads can be made. False: the kernel has no seccomp. */
bool sandbox_enter(void);
/* Tries what must not be possible. Returns what was possible, NULL if nothing was. */
const char *sandbox_leak(void);

#endif
