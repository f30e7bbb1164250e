/*
 * Templates of mail: a file has the parts [subject], [text] and, if it likes, [html], each begun by
 * a line with that alone. In them stand
 *
 *     {{name}}            a value; in [html] escaped
 *     {{{name}}}          in [html], a value that is HTML
 *     {{#name}}...{{/}}   once if the value isn't empty, and for a list once for each of its items
 *     {{^name}}...{{/}}   if it is empty
 *     {{>name}}           the same part of another file
 *     {{! ...}}           nothing
 *
 * Behind the slash the name may stand again. A line that has nothing but one of the last four is no
 * line of the mail. There is no code, and no name that isn't in the list of names.
 */
#ifndef MC_MAIL_TEMPLATE_H
#define MC_MAIL_TEMPLATE_H

#include "core/core.h"

typedef enum mc__value_kind { MC_VALUE_TEXT, MC_VALUE_HTML, MC_VALUE_LIST } mc__value_kind;

typedef struct mc__value_name {
    const char *name;
    mc__value_kind kind;
} mc__value_name;

/* An array of values has one for each name, in their order; of a list each item is such an array.
 * What an item doesn't have is what it is outside of the list. */
typedef struct mc__value {
    const char *text; /* UTF-8; NULL or "": empty */
    const struct mc__value *const *items;
    size_t count;
} mc__value;

struct mc__piece;

typedef enum mc__part { MC_PART_SUBJECT, MC_PART_TEXT, MC_PART_HTML, MC_PARTS } mc__part;

typedef struct mc__template {
    bool has[MC_PARTS];
    const struct mc__piece *parts[MC_PARTS];
} mc__template;

/* Where templates come from. */
typedef struct mc__template_source {
    const mc__value_name *names; /* the one behind the last has no name */
    /* The text of a file: *out NULL if there is none. 0 or an error. */
    int (*find)(const char **out, void *data, mc__problem *problem, const char *name);
    void *data;
} mc__template_source;

/* Reads a template into the arena. 0, MC_EINVAL (what is wrong and in which line), MC_ENOMEM, or
 * what find() has returned. */
int mc__template_load(mc__template *out, mc__problem *problem, mc__arena *arena,
                      const mc__template_source *source, const char *name);

/* Appends a part with the values. Errors are the text's. */
void mc__template_render(mc__text *out, const mc__template *from, mc__part part,
                         const mc__value *values);

#endif
