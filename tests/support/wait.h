/* Waits for an event, however slow the machine is. */
#ifndef TEST_WAIT_H
#define TEST_WAIT_H

#include <stdbool.h>

/* After this time the event is taken never to happen. */
#define WAIT_MOST_MS 120000
/* So often a call is repeated that a limit of the test's has ended. */
#define TRIES_MOST 10

/*
 * Sleeps one millisecond at first, ten later. *waited_ms counts from 0. Returns false without
 * sleeping once WAIT_MOST_MS have passed:
 *
 *     for (int waited = 0; !has_happened() && wait_a_moment(&waited);)
 *         let_it_happen();
 */
bool wait_a_moment(int *waited_ms);

/*
 * Whether to repeat a call that has run into a limit of time which the test has set: those are
 * short, and on a busy machine also end what they aren't meant to. *tries counts from 0.
 *
 *     do
 *         rc = mc_site_get(&site, session);
 *     while (was_too_slow(rc, &tries));
 */
bool was_too_slow(int rc, int *tries);

#endif
