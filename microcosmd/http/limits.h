/* What the operating system grants this process: checked at the start, before anybody is told that
 * it listens. */
#ifndef MICROCOSMD_LIMITS_H
#define MICROCOSMD_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Raises the soft limit of descriptors to the hard one. False with a message if that is too low. */
bool limits_have_descriptors(int64_t needed, char *problem, size_t size);

/* Starts and ends so many threads at once. False with a message if not all of them could start. */
bool limits_have_threads(int64_t needed, char *problem, size_t size);

#endif
