/*
 * Converts instants to text and back. The calendar arithmetic is written here because libc's
 * functions depend on the locale or time zone, or keep hidden state.
 */
#include "civil.h"
#include "core.h"

#define US_PER_SECOND INT64_C(1000000)
#define SECONDS_PER_DAY INT64_C(86400)
#define US_PER_DAY (SECONDS_PER_DAY * US_PER_SECOND)
#define DAYS_PER_ERA INT64_C(146097) /* the calendar repeats every 400 years */
#define DAYS_TO_1970 INT64_C(719468) /* from 0000-03-01 */

/* Four-digit years that PostgreSQL accepts too: it has no year 0. */
#define FIRST_YEAR 1
#define LAST_YEAR 9999

mc_time mc__now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (mc_time){now.tv_sec * US_PER_SECOND + now.tv_nsec / 1000};
}

int64_t mc__monotonic_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t mc__floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t mc__floor_mod(int64_t a, int64_t b)
{
    int64_t rest = a % b;

    return rest < 0 ? rest + b : rest;
}

/*
 * In both directions the year begins in March: then a leap day is the last day of its year, and
 * the days before a month follow from 153 days in any five months.
 */
int64_t mc__days_from_civil(int64_t year, int month, int day)
{
    int64_t shifted_year = year - (month <= 2);
    int64_t era = mc__floor_div(shifted_year, 400);
    int64_t year_of_era = mc__floor_mod(shifted_year, 400);
    int64_t day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * DAYS_PER_ERA + day_of_era - DAYS_TO_1970;
}

mc__civil mc__civil_from_days(int64_t days)
{
    int64_t era = mc__floor_div(days + DAYS_TO_1970, DAYS_PER_ERA);
    int64_t day_of_era = mc__floor_mod(days + DAYS_TO_1970, DAYS_PER_ERA);
    int64_t leap_days = day_of_era / 1460 - day_of_era / 36524 + day_of_era / 146096;
    int64_t year_of_era = (day_of_era - leap_days) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int shifted_month = (int)((5 * day_of_year + 2) / 153);
    int month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;

    return (mc__civil){
        .year = era * 400 + year_of_era + (month <= 2),
        .month = month,
        .day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1),
    };
}

/* Writes a number with that many digits and returns the position after it. */
static char *put_digits(char *at, int64_t number, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        at[i] = (char)('0' + number % 10);
        number /= 10;
    }
    return at + digits;
}

/* A year outside of RFC 3339 gets a sign and six digits (ISO 8601) rather than a wrong four. */
static char *put_year(char *at, int64_t year)
{
    if (year >= 0 && year <= 9999)
        return put_digits(at, year, 4);

    *at = year < 0 ? '-' : '+';
    return put_digits(at + 1, year < 0 ? -year : year, 6);
}

static char *put_date(char *at, int64_t days)
{
    mc__civil date = mc__civil_from_days(days);

    at = put_year(at, date.year);
    *at++ = '-';
    at = put_digits(at, date.month, 2);
    *at++ = '-';
    return put_digits(at, date.day, 2);
}

static char *put_clock(char *at, int64_t second_of_day)
{
    at = put_digits(at, second_of_day / 3600, 2);
    *at++ = ':';
    at = put_digits(at, second_of_day / 60 % 60, 2);
    *at++ = ':';
    return put_digits(at, second_of_day % 60, 2);
}

static char *put_fraction(char *at, int64_t us)
{
    if (us == 0)
        return at;

    *at++ = '.';
    at = put_digits(at, us, 6);
    while (at[-1] == '0')
        at--;
    return at;
}

size_t mc__time_format(char out[MC_TIME_TEXT_SIZE], mc_time time)
{
    char *at = out;

    if (time.us != MC_TIME_NONE) {
        int64_t us_of_day = mc__floor_mod(time.us, US_PER_DAY);

        at = put_date(at, mc__floor_div(time.us, US_PER_DAY));
        *at++ = 'T';
        at = put_clock(at, us_of_day / US_PER_SECOND);
        at = put_fraction(at, us_of_day % US_PER_SECOND);
        *at++ = 'Z';
    }
    *at = '\0';
    return (size_t)(at - out);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_char(const char **at, char wanted)
{
    if (**at != wanted)
        return false;

    ++*at;
    return true;
}

/* Reads a number of exactly that many digits and checks its range. */
static bool take_number(int *out, const char **at, int digits, int least, int most)
{
    int number = 0;

    for (int i = 0; i < digits; i++) {
        if (!is_digit(**at))
            return false;
        number = number * 10 + (*(*at)++ - '0');
    }
    *out = number;
    return number >= least && number <= most;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (leap && month == 2);
}

static bool take_date(int64_t *days, const char **at)
{
    int year, month, day;

    if (!take_number(&year, at, 4, FIRST_YEAR, LAST_YEAR) || !take_char(at, '-') ||
        !take_number(&month, at, 2, 1, 12) || !take_char(at, '-') ||
        !take_number(&day, at, 2, 1, days_in_month(year, month)))
        return false;

    *days = mc__days_from_civil(year, month, day);
    return true;
}

static bool take_separator(const char **at)
{
    return take_char(at, 'T') || take_char(at, 't') || take_char(at, ' ');
}

/* RFC 3339 allows a leap second; it becomes the following second, as in PostgreSQL. */
static bool take_clock(int64_t *seconds, const char **at)
{
    int hour, minute, second;

    if (!take_number(&hour, at, 2, 0, 23) || !take_char(at, ':') ||
        !take_number(&minute, at, 2, 0, 59) || !take_char(at, ':') ||
        !take_number(&second, at, 2, 0, 60))
        return false;

    *seconds = hour * 3600 + minute * 60 + second;
    return true;
}

/* Any number of digits may follow the point; those finer than a microsecond are dropped. */
static bool take_fraction(int64_t *us, const char **at)
{
    int64_t unit = US_PER_SECOND;

    *us = 0;
    if (!take_char(at, '.'))
        return true;
    if (!is_digit(**at))
        return false;

    for (; is_digit(**at); ++*at) {
        unit /= 10;
        *us += unit * (**at - '0');
    }
    return true;
}

/* "+05:30"; PostgreSQL leaves out minutes that are 0 and adds seconds for times before 1900. */
static bool take_offset(int64_t *seconds, const char **at)
{
    int hour, minute = 0, second = 0;
    bool west = **at == '-';

    *seconds = 0;
    if (take_char(at, 'Z') || take_char(at, 'z'))
        return true;
    if (!take_char(at, '+') && !take_char(at, '-'))
        return false;
    if (!take_number(&hour, at, 2, 0, 23))
        return false;
    if (take_char(at, ':') && !take_number(&minute, at, 2, 0, 59))
        return false;
    if (take_char(at, ':') && !take_number(&second, at, 2, 0, 59))
        return false;

    *seconds = hour * 3600 + minute * 60 + second;
    if (west)
        *seconds = -*seconds;
    return true;
}

bool mc__time_parse(mc_time *out, const char *text)
{
    int64_t days, seconds, us, offset;
    const char *at = text;

    if (!text || !take_date(&days, &at) || !take_separator(&at) || !take_clock(&seconds, &at) ||
        !take_fraction(&us, &at) || !take_offset(&offset, &at) || *at)
        return false;

    /* The offset may have moved it out of the range of years. */
    seconds += days * SECONDS_PER_DAY - offset;
    if (seconds < mc__days_from_civil(FIRST_YEAR, 1, 1) * SECONDS_PER_DAY ||
        seconds >= mc__days_from_civil(LAST_YEAR + 1, 1, 1) * SECONDS_PER_DAY)
        return false;

    out->us = seconds * US_PER_SECOND + us;
    return true;
}
