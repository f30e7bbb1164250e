/* See ical.h. */
#include "ical.h"

#include <math.h>

/* Octets in a line without its end. */
#define LINE_MOST 75

static void put_folded(mc__text *out, const mc__text *whole)
{
    const char *line = whole->data;
    size_t length = whole->length, room = LINE_MOST;

    while (length > room) {
        size_t cut = room;

        while (((unsigned char)line[cut] & 0xc0) == 0x80) /* in the middle of a character */
            cut--;
        mc__text_append(out, line, cut);
        mc__text_puts(out, "\r\n ");
        line += cut;
        length -= cut;
        room = LINE_MOST - 1; /* the space counts */
    }
    mc__text_append(out, line, length);
    mc__text_puts(out, "\r\n");
    if (whole->error)
        out->error = whole->error;
}

void mc__ical_line(mc__text *out, const char *name, const char *value)
{
    mc_scratch_text(line);

    mc__text_puts(&line, name);
    mc__text_putc(&line, ':');
    mc__text_puts(&line, value);
    put_folded(out, &line);
}

void mc__ical_int(mc__text *out, const char *name, int64_t number)
{
    char value[24];

    snprintf(value, sizeof(value), "%lld", (long long)number);
    mc__ical_line(out, name, value);
}

void mc__ical_time(mc__text *out, const char *name, mc_time time)
{
    char text[MC_TIME_TEXT_SIZE], value[20];

    mc__time_format(text, time); /* "2027-05-22T13:00:00.5Z" */
    snprintf(value, sizeof(value), "%.4s%.2s%.5s%.2s%.2sZ", text, text + 5, text + 8, text + 14,
             text + 17);
    mc__ical_line(out, name, value);
}

void mc__ical_text(mc__text *out, const char *name, const char *html)
{
    mc_scratch_text(line);
    size_t length;

    mc__text_puts(&line, name);
    mc__text_putc(&line, ':');
    for (const char *text = html; *text; text += length) {
        char c = mc__unescaped(text, &length);

        if (c == '\n') {
            mc__text_puts(&line, "\\n");
            continue;
        }
        if (((unsigned char)c < ' ' && c != '\t') || c == 0x7f)
            continue;
        if (strchr("\\;,", c))
            mc__text_putc(&line, '\\');
        mc__text_putc(&line, c);
    }
    put_folded(out, &line);
}

/* "-9.14", whatever the host's locale takes for the point. */
static void put_degrees(char out[24], double degrees)
{
    long long millionths = llround(fabs(degrees) * 1e6);

    snprintf(out, 24, "%s%lld.%06lld", degrees < 0 && millionths ? "-" : "", millionths / 1000000,
             millionths % 1000000);
}

void mc__ical_place(mc__text *out, double lat, double lon)
{
    char north[24], east[24], value[50];

    put_degrees(north, lat);
    put_degrees(east, lon);
    snprintf(value, sizeof(value), "%s;%s", north, east);
    mc__ical_line(out, "GEO", value);
}

void mc__ical_begin(mc__text *out, const char *name)
{
    mc__ical_line(out, "BEGIN", "VCALENDAR");
    mc__ical_line(out, "VERSION", "2.0");
    mc__ical_line(out, "PRODID", "-//Microcosm//Microcosm//EN");
    mc__ical_line(out, "CALSCALE", "GREGORIAN");
    mc__ical_text(out, "NAME", name); /* RFC 7986, and what programs knew before */
    mc__ical_text(out, "X-WR-CALNAME", name);
    mc__ical_line(out, "REFRESH-INTERVAL;VALUE=DURATION", "PT1H");
}

void mc__ical_end(mc__text *out, bool is_empty)
{
    if (is_empty) {
        mc__ical_line(out, "BEGIN", "VTIMEZONE");
        mc__ical_line(out, "TZID", "Etc/UTC");
        mc__ical_line(out, "BEGIN", "STANDARD");
        mc__ical_line(out, "DTSTART", "19700101T000000");
        mc__ical_line(out, "TZOFFSETFROM", "+0000");
        mc__ical_line(out, "TZOFFSETTO", "+0000");
        mc__ical_line(out, "END", "STANDARD");
        mc__ical_line(out, "END", "VTIMEZONE");
    }
    mc__ical_line(out, "END", "VCALENDAR");
}
