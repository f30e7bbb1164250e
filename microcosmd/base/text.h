/*
 * Small questions about text that arrives over the wire: percent escapes, UTF-8, numbers. Nothing
 * here allocates or knows of HTTP.
 */
#ifndef MICROCOSMD_TEXT_H
#define MICROCOSMD_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Well-formed UTF-8 (RFC 3629) without NUL. */
bool text_is_utf8(const char *text, size_t length);

/*
 * Undo percent escapes into out, which must hold length + 1 bytes; adds a NUL. With form also
 * turns '+' into a space. False for a broken escape, a NUL or a result that isn't UTF-8.
 */
bool text_decode(char *out, const char *text, size_t length, bool form);

/* A number of digits only, leading zeros allowed. False when empty, otherwise written or too big.
 */
bool text_number(int64_t *out, const char *text, size_t length);

/* The spellings of a truth value that the API v1 knows (1 t true 0 f false). False for others. */
bool text_boolean(bool *out, const char *text);

/* The same bytes, but for the case of ASCII letters. */
bool text_same(const char *a, const char *b);

#endif
