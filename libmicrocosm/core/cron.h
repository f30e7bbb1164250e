/*
 * Schedules as cron has them (POSIX crontab, with the additions of Debian's cron): five fields, or
 * six with seconds before them; lists, ranges, steps, names of months and week days; @hourly and
 * the like. Where the day of the month and the week day are both given, either is enough. In front
 * of it may stand CRON_TZ=ZONE for the zone in which it is meant; without, it is UTC.
 *
 * Clocks that are put forward or back: a schedule with a * for its hours or minutes runs as if
 * nothing had happened. What another leaves out that way runs when the clock is put forward, and
 * what would come twice comes the first time.
 */
#ifndef MC_CORE_CRON_H
#define MC_CORE_CRON_H

#include "core.h"

#define MC_CRON_ZONE_MAX 63 /* bytes in the name of a zone */

typedef struct mc__cron {
    uint64_t seconds, minutes, hours, month_days, months, week_days; /* bit n: n is in it */
    bool has_any_month_day, has_any_week_day;                        /* they begin with a * */
    bool is_repeated;                                                /* so do hours or minutes */
    char zone[MC_CRON_ZONE_MAX + 1];                                 /* "UTC" unless given */
} mc__cron;

/* Local time is so many seconds ahead of UTC from an instant on (seconds since 1970). */
typedef struct mc__offset {
    int64_t from, ahead;
} mc__offset;

/* 0, or MC_EINVAL with what is wrong. The zone's name isn't looked up. */
int mc__cron_parse(mc__cron *out, mc__problem *problem, const char *text);

/*
 * The first instant after another (both seconds since 1970) that the schedule is due at. The
 * offsets are those of its zone in their order, at least one, of which the first holds before it as
 * well. False if there is none in the next decades, as on 30 February.
 */
bool mc__cron_next(int64_t *out, const mc__cron *cron, int64_t after, const mc__offset *offsets,
                   size_t count);

#endif
