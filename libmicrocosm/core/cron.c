#include "cron.h"

#include "civil.h"

#define DAY INT64_C(86400)
#define YEARS_AHEAD 40 /* any day and week day that exist come together in that time */
#define ZONE_PREFIX "CRON_TZ="

/* Fields */

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

typedef struct field {
    const char *label;
    int least, most;
    const char *const *names; /* of least and those after it */
    int name_count;
    size_t offset; /* of its bits in mc__cron */
} field;

#define BITS(member) offsetof(mc__cron, member)
static const field fields[] = {
    {"seconds", 0, 59, NULL, 0, BITS(seconds)},
    {"minutes", 0, 59, NULL, 0, BITS(minutes)},
    {"hours", 0, 23, NULL, 0, BITS(hours)},
    {"day of the month", 1, 31, NULL, 0, BITS(month_days)},
    {"month", 1, 12, month_names, 12, BITS(months)},
    {"day of the week", 0, 7, day_names, 7, BITS(week_days)}, /* 7: Sunday, too */
};
enum { SECONDS, MINUTES, HOURS, MONTH_DAYS, MONTHS, WEEK_DAYS, FIELDS };

static const struct {
    const char *name, *means;
} nicknames[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"},
    {"@weekly", "0 0 * * 0"}, {"@daily", "0 0 * * *"},    {"@midnight", "0 0 * * *"},
    {"@hourly", "0 * * * *"},
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool same_three(const char *text, const char *name)
{
    return lower(text[0]) == name[0] && lower(text[1]) == name[1] && lower(text[2]) == name[2];
}

/* Reads a number of at most four digits, or a name; -1 if there is neither. */
static int read_value(const char **at, const field *f)
{
    int value = 0, digits = 0;

    for (; is_digit((*at)[digits]) && digits < 4; digits++)
        value = value * 10 + ((*at)[digits] - '0');
    *at += digits;
    if (digits > 0)
        return value;
    for (int i = 0; i < f->name_count; i++)
        if (same_three(*at, f->names[i])) {
            *at += 3;
            return f->least + i;
        }
    return -1;
}

/* One part of a list: * or a value or a range, maybe with a step. */
static int read_part(uint64_t *bits, const char **at, const field *f, mc__problem *problem)
{
    int first = f->least, last = f->most, step = 1;
    bool is_range = **at == '*';

    if (is_range) {
        ++*at;
    } else {
        first = last = read_value(at, f);
        if (first >= 0 && **at == '-') {
            ++*at;
            is_range = true;
            last = read_value(at, f);
        }
    }
    if (first < 0 || last < 0 || first < f->least || last > f->most)
        return mc__fail(problem, MC_EINVAL, "the %s must be from %d to %d", f->label, f->least,
                        f->most);
    if (last < first)
        return mc__fail(problem, MC_EINVAL, "the %s must be a range that goes up", f->label);
    if (**at == '/') {
        ++*at;
        step = is_digit(**at) ? read_value(at, f) : 0;
        if (step < 1)
            return mc__fail(problem, MC_EINVAL, "the step of the %s must be 1 or more", f->label);
        if (!is_range)
            last = f->most;
    }
    for (int i = first; i <= last; i += step)
        *bits |= UINT64_C(1) << i;
    return 0;
}

static int read_field(mc__cron *out, const char **at, const field *f, mc__problem *problem)
{
    uint64_t *bits = (uint64_t *)((char *)out + f->offset);
    int rc = read_part(bits, at, f, problem);

    while (rc == 0 && **at == ',') {
        ++*at;
        rc = read_part(bits, at, f, problem);
    }
    if (rc == 0 && **at && !is_space(**at))
        return mc__fail(problem, MC_EINVAL, "the %s must be numbers, names, *, or ranges of them",
                        f->label);
    return rc;
}

static const char *skip_spaces(const char *at)
{
    while (is_space(*at))
        at++;
    return at;
}

static int count_fields(const char *at)
{
    int count = 0;

    for (at = skip_spaces(at); *at; at = skip_spaces(at)) {
        count++;
        while (*at && !is_space(*at))
            at++;
    }
    return count;
}

static int read_zone(mc__cron *out, const char **at, mc__problem *problem)
{
    size_t length;

    memcpy(out->zone, "UTC", sizeof("UTC"));
    if (strncmp(*at, ZONE_PREFIX, strlen(ZONE_PREFIX)) != 0)
        return 0;
    *at += strlen(ZONE_PREFIX);
    length = strcspn(*at, " \t");
    if (length == 0 || length > MC_CRON_ZONE_MAX)
        return mc__fail(problem, MC_EINVAL, "the name of the time zone must have 1 to %d bytes",
                        MC_CRON_ZONE_MAX);
    memcpy(out->zone, *at, length);
    out->zone[length] = '\0';
    *at = skip_spaces(*at + length);
    return 0;
}

static const char *without_nickname(const char *at)
{
    size_t length = strcspn(at, " \t");

    if (*skip_spaces(at + length))
        return at;
    for (size_t i = 0; i < MC_COUNT(nicknames); i++)
        if (strlen(nicknames[i].name) == length && memcmp(at, nicknames[i].name, length) == 0)
            return nicknames[i].means;
    return at;
}

int mc__cron_parse(mc__cron *out, mc__problem *problem, const char *text)
{
    const char *at = skip_spaces(text);
    mc__cron cron = {0};
    int count, rc = read_zone(&cron, &at, problem);

    if (rc < 0)
        return rc;
    at = without_nickname(at);
    count = count_fields(at);
    if (count < FIELDS - 1 || count > FIELDS)
        return mc__fail(
            problem, MC_EINVAL,
            "a schedule has five fields, six with seconds, or is a word such as @daily");
    if (count == FIELDS - 1)
        cron.seconds = 1;
    for (int i = count == FIELDS ? SECONDS : MINUTES; i < FIELDS; i++) {
        bool is_any = *at == '*';

        if (i == MONTH_DAYS)
            cron.has_any_month_day = is_any;
        else if (i == WEEK_DAYS)
            cron.has_any_week_day = is_any;
        else if (i == MINUTES || i == HOURS)
            cron.is_repeated = cron.is_repeated || is_any;
        rc = read_field(&cron, &at, &fields[i], problem);
        if (rc < 0)
            return rc;
        at = skip_spaces(at);
    }
    cron.week_days |= cron.week_days >> 7;
    *out = cron;
    return 0;
}

/* Instants. A local time is what its clock shows, in seconds as if it were UTC's. */

static bool has(uint64_t bits, int64_t n)
{
    return bits >> n & 1;
}

static bool is_day(const mc__cron *cron, int64_t days, mc__civil date)
{
    bool by_month = has(cron->month_days, date.day);
    bool by_week = has(cron->week_days, mc__floor_mod(days + 4, 7)); /* 1970 began on a Thursday */

    return cron->has_any_month_day || cron->has_any_week_day ? by_month && by_week
                                                             : by_month || by_week;
}

/* The first value of a field from one on; -1 if there is none. */
static int first_from(uint64_t bits, int from)
{
    bits = from < 64 ? bits >> from << from : 0;
    return bits ? __builtin_ctzll(bits) : -1;
}

/* The first time of a day from one on, in seconds; -1 if there is none. */
static int64_t time_from(const mc__cron *cron, int from)
{
    int hour = from / 3600, minute = from / 60 % 60, second = from % 60;
    int next = has(cron->hours, hour) && has(cron->minutes, minute)
                   ? first_from(cron->seconds, second)
                   : -1;

    if (next >= 0)
        return hour * 3600 + minute * 60 + next;
    next = has(cron->hours, hour) ? first_from(cron->minutes, minute + 1) : -1;
    if (next >= 0)
        return hour * 3600 + next * 60 + first_from(cron->seconds, 0);
    next = first_from(cron->hours, hour + 1);
    return next < 0
               ? -1
               : next * 3600 + first_from(cron->minutes, 0) * 60 + first_from(cron->seconds, 0);
}

/* The first local time from one on. */
static bool local_from(int64_t *out, const mc__cron *cron, int64_t local)
{
    int64_t days = mc__floor_div(local, DAY), from = mc__floor_mod(local, DAY);
    int64_t last_year = mc__civil_from_days(days).year + YEARS_AHEAD;

    for (;;) {
        mc__civil date = mc__civil_from_days(days);
        int64_t time;

        if (date.year > last_year)
            return false;
        if (!has(cron->months, date.month)) {
            days = mc__days_from_civil(date.year + date.month / 12, date.month % 12 + 1, 1);
            from = 0;
            continue;
        }
        time = is_day(cron, days, date) ? time_from(cron, (int)from) : -1;
        if (time >= 0) {
            *out = days * DAY + time;
            return true;
        }
        days++;
        from = 0;
    }
}

bool mc__cron_next(int64_t *out, const mc__cron *cron, int64_t after, const mc__offset *offsets,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        int64_t begin = i > 0 && offsets[i].from > after ? offsets[i].from : after + 1;
        int64_t end = i + 1 < count ? offsets[i + 1].from : INT64_MAX, ahead = offsets[i].ahead;
        int64_t local = begin + ahead, due;

        if (end <= after)
            continue;
        /* what comes twice has come the first time */
        if (!cron->is_repeated && i > 0 && offsets[i].from + offsets[i - 1].ahead > local)
            local = offsets[i].from + offsets[i - 1].ahead;
        if (!local_from(&due, cron, local))
            return false;
        if (due - ahead < end) {
            *out = due - ahead;
            return true;
        }
        /* what the clock leaves out */
        if (!cron->is_repeated && due < end + offsets[i + 1].ahead) {
            *out = end;
            return true;
        }
    }
    return false;
}
