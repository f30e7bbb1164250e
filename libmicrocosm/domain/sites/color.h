#ifndef MC_SITES_COLOR_H
#define MC_SITES_COLOR_H

#include <stdbool.h>

/* Whether the text as a whole is #RGB, #RRGGBB or the name of a colour in CSS, in any case. */
bool mc__is_color(const char *text);

#endif
