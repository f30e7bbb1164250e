/* What commands share: the library, opened for one of them, and what they print. */
#ifndef MICROCOSMD_OPENED_H
#define MICROCOSMD_OPENED_H

#include "commands.h"

/* Rows of a list that are read at a time. */
#define LIST_ROWS 1000

typedef struct opened {
    mc_app *app;
    mc_session *session;
} opened;

/* Opens the library and makes a session. to_write: makes or updates the schema, where the others
 * only check it. STOPPED, or the status to end with. */
int open_library(opened *l, const config *c, const logger *log, bool to_write);
void close_library(opened *l);

/* A field of the library's input, and the argument that it came from. */
typedef struct origin {
    const char *field, *argument;
} origin;

/* Prints each fault once, named as it was typed; without faults the message. origins: ends with
 * NULL. Returns the status to end with. */
int complain(const mc_failure *error, const origin *origins);

/* Says that there is no such thing, and which command prints those that there are. Returns FAILED.
 */
int no_such(const char *what, const char *name, const char *list);

/* Reads some rows after an id and prints them; sets *after to the last. 1 if there are more, 0, or
 * an error. */
typedef int print_some(mc_session *session, const config *c, const arguments *args, int64_t *after);
int print_list(const config *c, const logger *log, const arguments *args, print_some *print);
/* Titles are HTML, a terminal is not. Ends the line. */
void print_title(const char *html);
/* "2026-11-30" */
const char *day_of(mc_time time, char out[16]);

#endif
