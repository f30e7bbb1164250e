/* What kind a file is of, by its bytes: neither its name nor who sends it is believed. But what is
 * sent as a picture must be one. */
#ifndef MC_FILES_TYPE_H
#define MC_FILES_TYPE_H

#include "../core/core.h"

#define MC_MIME_SIZE 128

/* What the API knows about some types. */
typedef struct mc__known_type {
    const char *mime_type;
    const char *extension; /* NULL: that of the name */
    bool is_inline;        /* a browser may show it: it can run nothing */
    bool is_picture;       /* measured when it comes, and refused if it isn't whole */
} mc__known_type;

/* NULL: nothing is known about it. */
const mc__known_type *mc__file_type_known(const char *mime_type);
/* Whether somebody says that a file is a picture, by a Content-Type, or where that says nothing, by
 * the extension of its name. */
bool mc__file_type_claims_picture(const char *content_type, const char *extension);

/* libmagic and its database, which is loaded when it is needed. One thread at a time uses it. */
typedef struct mc__magic mc__magic;
int mc__magic_new(mc__magic **out);
void mc__magic_free(mc__magic *magic); /* NULL is allowed */
/* The MIME type of a file that begins with these bytes. MC_ESYSTEM: libmagic has no database. */
int mc__magic_find(mc__magic *magic, mc__problem *problem, char out[MC_MIME_SIZE],
                   const void *bytes, size_t length);

#endif
