/* The calendar (proleptic Gregorian), by days since 1970-01-01. */
#ifndef MC_CORE_CIVIL_H
#define MC_CORE_CIVIL_H

#include <stdint.h>

typedef struct mc__civil {
    int64_t year;
    int month, day; /* from 1 */
} mc__civil;

int64_t mc__days_from_civil(int64_t year, int month, int day);
mc__civil mc__civil_from_days(int64_t days);
/* The quotient rounded down, and the remainder that goes with it, which is never negative. */
int64_t mc__floor_div(int64_t a, int64_t b);
int64_t mc__floor_mod(int64_t a, int64_t b);

#endif
