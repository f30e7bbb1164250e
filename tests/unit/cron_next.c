/* For check_cron.py. Each line of the input is an instant (seconds since 1970), offsets of its time
 * zone as FROM:AHEAD with commas between them, and a schedule, with tabs between the three. Prints
 * the first instant after it that is due, "never", or what is wrong with the schedule. */
#include "core/cron.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OFFSETS_MAX 100

static size_t read_offsets(mc__offset *out, char *text)
{
    size_t count = 0;

    for (char *at = text; *at && count < OFFSETS_MAX; count++) {
        out[count].from = strtoll(at, &at, 10);
        at += *at == ':';
        out[count].ahead = strtoll(at, &at, 10);
        at += *at == ',';
    }
    return count;
}

static void answer(int64_t after, const mc__offset *offsets, size_t count, const char *schedule)
{
    mc__problem problem = {0};
    mc__cron cron;
    int64_t next;

    if (mc__cron_parse(&cron, &problem, schedule) < 0)
        puts(problem.shown.message);
    else if (mc__cron_next(&next, &cron, after, offsets, count))
        printf("%" PRId64 "\n", next);
    else
        puts("never");
    mc__problem_release(&problem);
}

int main(void)
{
    static char line[10000];

    while (fgets(line, sizeof(line), stdin)) {
        char *zone = strchr(line, '\t'), *schedule = zone ? strchr(zone + 1, '\t') : NULL;
        mc__offset offsets[OFFSETS_MAX];

        if (!schedule)
            return 1;
        *schedule++ = '\0';
        schedule[strcspn(schedule, "\n")] = '\0';
        answer(strtoll(line, NULL, 10), offsets, read_offsets(offsets, zone + 1), schedule);
    }
    return 0;
}
