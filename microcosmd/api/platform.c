/* Handlers of the platform's figures: a report for its operator, as a page for browsers. */
#include "answers.h"
#include "handlers.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

/* What a browser may load for the page: nothing. */
#define POLICY                                                                                     \
    "Content-Security-Policy: default-src 'none'; base-uri 'none'; form-action 'none'; "           \
    "frame-ancestors 'none'\r\nReferrer-Policy: no-referrer\r\n"

#define CHART_WIDTH 600
#define CHART_HEIGHT 120

static const struct column {
    const char *title;
    size_t offset; /* of a number in mc_platform_day */
} columns[] = {
    {"Sites", offsetof(mc_platform_day, sites)},
    {"Engaged sites", offsetof(mc_platform_day, engaged_sites)},
    {"Conversations", offsetof(mc_platform_day, conversations)},
    {"Comments", offsetof(mc_platform_day, comments)},
    {"Profiles", offsetof(mc_platform_day, profiles)},
    {"Edited profiles", offsetof(mc_platform_day, edited_profiles)},
    {"New profiles", offsetof(mc_platform_day, new_profiles)},
    {"Sign-ins", offsetof(mc_platform_day, sign_ins)},
    {"People", offsetof(mc_platform_day, people)},
};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

static void put(exchange *x, mc_buffer *out, const char *text)
{
    if (mc_buffer_append(out, text, strlen(text)) < 0)
        x->reply->broken = MC_ENOMEM;
}

static int64_t number_of(const mc_list *days, size_t i, const struct column *c)
{
    return *(const int64_t *)((const char *)days->items[i] + c->offset);
}

/* A line from day to day, between 0 and the largest number. */
static void put_chart(exchange *x, mc_buffer *out, const mc_list *days, const struct column *c)
{
    int64_t most = 1;
    char text[200];

    for (size_t i = 0; i < days->count; i++)
        if (number_of(days, i, c) > most)
            most = number_of(days, i, c);
    snprintf(text, sizeof(text),
             "<h2>%s</h2>\n<svg width=\"%d\" height=\"%d\" role=\"img\"><polyline fill=\"none\" "
             "stroke=\"#1d6b52\" stroke-width=\"2\" points=\"",
             c->title, CHART_WIDTH, CHART_HEIGHT);
    put(x, out, text);
    for (size_t i = 0; i < days->count; i++) {
        double right = days->count > 1 ? (double)i / (double)(days->count - 1) : 0;
        double up = (double)number_of(days, i, c) / (double)most;

        snprintf(text, sizeof(text), "%.1f,%.1f ", right * CHART_WIDTH,
                 (1 - up) * (CHART_HEIGHT - 4) + 2);
        put(x, out, text);
    }
    put(x, out, "\"/></svg>\n");
}

static void put_row(exchange *x, mc_buffer *out, const mc_list *days, size_t i)
{
    time_t seconds = (time_t)(((const mc_platform_day *)days->items[i])->taken.us / 1000000);
    char text[64];
    struct tm day;

    if (gmtime_r(&seconds, &day)) {
        strftime(text, sizeof(text), "<tr><td>%Y-%m-%d %H:%M</td>", &day);
        put(x, out, text);
    }
    for (size_t c = 0; c < COLUMNS; c++) {
        snprintf(text, sizeof(text), "<td>%lld</td>", (long long)number_of(days, i, &columns[c]));
        put(x, out, text);
    }
    put(x, out, "</tr>\n");
}

void handle_platform(exchange *x)
{
    auto_record mc_platform_days *list = NULL;
    mc_buffer *out;

    if (!exchange_succeeded(x, mc_platform_days_list(&list, x->session)))
        return;
    out = reply_begin_text(x->reply, 200, "text/html; charset=utf-8");
    x->reply->headers = POLICY;
    put(x, out,
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<title>Figures</title>\n</head>\n<body>\n<h1>Figures</h1>\n");
    for (size_t c = 0; c < COLUMNS && list->days.count; c++)
        put_chart(x, out, &list->days, &columns[c]);
    put(x, out, "<table>\n<tr><th>Taken (UTC)</th>");
    for (size_t c = 0; c < COLUMNS; c++) {
        put(x, out, "<th>");
        put(x, out, columns[c].title);
        put(x, out, "</th>");
    }
    put(x, out, "</tr>\n");
    for (size_t i = 0; i < list->days.count; i++)
        put_row(x, out, &list->days, i);
    put(x, out, "</table>\n</body>\n</html>\n");
}

void handle_platform_take(exchange *x)
{
    answer_done(x, mc_platform_day_take(x->session));
}
