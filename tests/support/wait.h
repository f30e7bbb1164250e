/* Waiting for something that will happen, however slow the machine is. */
#ifndef TEST_WAIT_H
#define TEST_WAIT_H

#include <stdbool.h>

/* What hasn't happened by then never will. */
#define WAIT_MOST_MS 120000

/*
 * Sleeps a moment: one millisecond at first, ten later. *waited_ms counts from 0. False, and no
 * more sleep, once WAIT_MOST_MS are over:
 *
 *     for (int waited = 0; !has_happened() && wait_a_moment(&waited);)
 *         let_it_happen();
 */
bool wait_a_moment(int *waited_ms);

#endif
