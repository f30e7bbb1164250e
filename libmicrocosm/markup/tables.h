/*
 * Tables, line by line: md4c 0.4.8 needs help to read them as GitHub does.
 */
#ifndef MC_MARKUP_TABLES_H
#define MC_MARKUP_TABLES_H

#include "slice.h"

/* Number of columns if the line is the ruler under a table's head, else 0. */
size_t mc__table_ruler(const char *line, size_t length);

/* Number of cells in a row. */
size_t mc__table_cells(const char *row, size_t length);

/* Appends a ruler with dashes enough: GitHub takes one for a column, md4c wants three characters.
 */
void mc__table_put_ruler(mc__text *out, const char *line, size_t length);

#endif
