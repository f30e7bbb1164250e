/*
 * Helpers for received text: percent escapes, UTF-8, numbers. They allocate nothing and don't
 * depend on HTTP.
 */
#ifndef MICROCOSMD_TEXT_H
#define MICROCOSMD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool text_is_utf8(const char *text, size_t length);

/*
 * Decodes percent escapes into out, which must hold length + 1 bytes, and adds a NUL. form: also
 * turns '+' into a space. False for a malformed escape, a NUL or a result that isn't UTF-8.
 */
bool text_decode(char *out, const char *text, size_t length, bool form);

/* Decodes base64 (RFC 4648, with its padding) into out, which must hold as many bytes as the text
 * and a NUL. False if it is malformed, or has a NUL in it. */
bool text_base64(char *out, const char *text);

/* Whether both are equal, in a time that tells nothing of where they differ. */
bool text_same_secret(const char *a, const char *b);

/* Reads digits, with leading zeros allowed. False if text is empty, malformed or too large. */
bool text_number(int64_t *out, const char *text, size_t length);

/* Reads the API v1's spellings of a boolean (1 t true 0 f false). False for others. */
bool text_boolean(bool *out, const char *text);

/* A name of a host without a port, as DNS has them: at most 253 letters, digits, "-" and ".". */
bool text_is_host_name(const char *text);

/* Whether both are equal, ignoring the case of ASCII letters. */
bool text_same(const char *a, const char *b);

/* Whether the value of a Content-Type is this type, whatever its case, with parameters or without.
 */
bool text_is_media_type(const char *value, const char *type);

#endif
