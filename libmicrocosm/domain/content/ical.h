/* Writes iCalendar (RFC 5545). */
#ifndef MC_CONTENT_ICAL_H
#define MC_CONTENT_ICAL_H

#include "core/core.h"

/* name: of the calendar, escaped for HTML. */
void mc__ical_begin(mc__text *out, const char *name);
/* is_empty: nothing was written between, which RFC 5545 doesn't allow; then it gets a component
 * that says nothing. */
void mc__ical_end(mc__text *out, bool is_empty);

/* One line, folded. name: with parameters, such as "DTSTART;VALUE=DATE". */
void mc__ical_line(mc__text *out, const char *name, const char *value);
void mc__ical_int(mc__text *out, const char *name, int64_t number);
void mc__ical_time(mc__text *out, const char *name, mc_time time); /* in UTC, whole seconds */
/* A text that is stored escaped for HTML. Control characters are dropped. */
void mc__ical_text(mc__text *out, const char *name, const char *html);
void mc__ical_place(mc__text *out, double lat, double lon);

#endif
