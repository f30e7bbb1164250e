/* Shows how far long work is, on standard error: a bar on a terminal, else a line a minute. */
#ifndef MICROCOSMD_PROGRESS_H
#define MICROCOSMD_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

typedef struct progress {
    FILE *out;
    bool is_terminal;
    char stage[32];
    int64_t began, from, shown; /* of the stage: milliseconds, what was done then, last line */
    bool has_bar;               /* the line isn't ended yet */
} progress;

void progress_begin(progress *p, FILE *out, bool is_terminal);
/* now: milliseconds of a clock that never goes back. total 0: unknown. */
void progress_show(progress *p, int64_t now, const char *stage, int64_t done, int64_t total);
void progress_end(progress *p);

#endif
