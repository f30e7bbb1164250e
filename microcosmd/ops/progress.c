#include "progress.h"

#include <string.h>

#define BAR 10 /* a line has at most 79 characters */
#define BAR_EVERY_MS 200
#define LINE_EVERY_MS 60000

void progress_begin(progress *p, FILE *out, bool is_terminal)
{
    *p = (progress){.out = out, .is_terminal = is_terminal};
}

/* "3 h 20 min", "4 min", "12 s" */
static const char *duration_of(int64_t seconds, char out[32])
{
    if (seconds >= 3600)
        snprintf(out, 32, "%lld h %lld min", (long long)(seconds / 3600),
                 (long long)(seconds % 3600 / 60));
    else if (seconds >= 120)
        snprintf(out, 32, "%lld min", (long long)(seconds / 60));
    else
        snprintf(out, 32, "%lld s", (long long)seconds);
    return out;
}

/* Of a stage: how much in a second, and how long what is left takes at that rate. */
static void print_rate(const progress *p, int64_t now, int64_t done, int64_t total)
{
    int64_t passed = now - p->began, more = done - p->from;
    char left[32];

    if (passed <= 0 || more <= 0)
        return;
    fprintf(p->out, ", %.0f/s", (double)more * 1000 / (double)passed);
    if (total > done)
        fprintf(
            p->out, ", %s left",
            duration_of((int64_t)((double)(total - done) * (double)passed / (double)more / 1000),
                        left));
}

static void print_bar(const progress *p, int64_t done, int64_t total)
{
    int filled = total > 0 ? (int)(done < total ? done * BAR / total : BAR) : 0;

    fprintf(p->out, "\r\033[K%-14s [", p->stage);
    for (int i = 0; i < BAR; i++)
        fputc(i < filled ? '#' : ' ', p->out);
    fputc(']', p->out);
}

void progress_show(progress *p, int64_t now, const char *stage, int64_t done, int64_t total)
{
    bool is_new = strcmp(stage, p->stage) != 0;

    if (is_new) {
        snprintf(p->stage, sizeof(p->stage), "%s", stage);
        p->began = now;
        p->from = done;
        if (p->has_bar)
            fputc('\n', p->out);
    } else if (now - p->shown < (p->is_terminal ? BAR_EVERY_MS : LINE_EVERY_MS)) {
        return;
    }
    p->shown = now;
    p->has_bar = p->is_terminal;
    if (p->is_terminal)
        print_bar(p, done, total);
    else
        fputs(p->stage, p->out);
    if (total > 0)
        fprintf(p->out, "%s %lld of %lld", p->is_terminal ? "" : ":", (long long)done,
                (long long)total);
    else
        fprintf(p->out, "%s %lld", p->is_terminal ? "" : ":", (long long)done);
    print_rate(p, now, done, total);
    if (!p->is_terminal)
        fputc('\n', p->out);
    fflush(p->out);
}

void progress_end(progress *p)
{
    if (p->has_bar)
        fputc('\n', p->out);
    p->has_bar = false;
}
