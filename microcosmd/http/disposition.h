/*
 * The Content-Disposition of a part of a form (RFC 7578): the name of its file. Names come in many
 * forms; all that clients are known to send are read.
 */
#ifndef MICROCOSMD_DISPOSITION_H
#define MICROCOSMD_DISPOSITION_H

#include <stdbool.h>

/* Reads the value of the header, and changes it: file_name points into it. NULL: it is a field.
 * False: it is malformed, or not of a form. */
bool disposition_read(char *value, char **file_name);

#endif
