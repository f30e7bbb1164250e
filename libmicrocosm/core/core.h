/*
 * The lowest layer: memory, text, Unicode, time, digests, errors. It has no knowledge of forums or
 * databases and includes only <microcosm/base.h> from the rest of the project.
 */
#ifndef MC_CORE_H
#define MC_CORE_H

#include <microcosm/base.h>

#include <stdarg.h>
#include <string.h>

/* Scope cleanup. mc_auto(free_function) before a pointer variable frees it when its scope ends.
 * Every such variable starts as NULL; MC_TAKE transfers ownership out of it. */
#define MC_DEFINE_AUTO(type, func)                                                                 \
    static inline void func##_auto(type *p) /* NOLINT(bugprone-macro-parentheses): a type */       \
    {                                                                                              \
        if (*p)                                                                                    \
            func(*p);                                                                              \
    }
#define mc_auto(func) __attribute__((cleanup(func##_auto)))
#define MC_TAKE(p)                                                                                 \
    __extension__({                                                                                \
        __typeof__(p) taken_ = (p);                                                                \
        (p) = NULL;                                                                                \
        taken_;                                                                                    \
    })
#define MC_COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MC_PRINTF(a, b) __attribute__((format(printf, a, b)))

/* Memory. All allocations of the library go through these, so that a test can make the n-th fail.
 */
void *mc__malloc(size_t size);
void *mc__calloc(size_t count, size_t size);
void *mc__realloc(void *old, size_t size);
void mc__free(void *memory);
char *mc__strdup(const char *text);
MC_DEFINE_AUTO(char *, mc__free)

/*
 * An arena allocates memory that is freed all at once. When memory runs out it sets failed and
 * text functions return "", so that callers check once at the end.
 */
typedef struct mc__arena {
    struct mc__chunk *chunks;
    bool failed;
} mc__arena;

#define MC_ARENA_INIT                                                                              \
    {                                                                                              \
        NULL, false                                                                                \
    }
/* Zeroed and aligned to 16 bytes; NULL when out of memory. */
void *mc__arena_alloc(mc__arena *arena, size_t size);
/* Room for a text of that length, uninitialised but for its final NUL; NULL when out of memory. */
char *mc__arena_text(mc__arena *arena, size_t length);
/* NUL-terminated, never NULL. */
char *mc__arena_copy(mc__arena *arena, const char *text, size_t length);
char *mc__arena_strdup(mc__arena *arena, const char *text); /* NULL gives "" */
char *mc__arena_int(mc__arena *arena, int64_t number);
char *mc__arena_format(mc__arena *arena, const char *format, ...) MC_PRINTF(2, 3);
char *mc__arena_vformat(mc__arena *arena, const char *format, va_list args) MC_PRINTF(2, 0);
size_t mc__arena_size(const mc__arena *arena); /* bytes allocated, used or not */
void mc__arena_reset(mc__arena *arena);        /* frees all but the first chunk */
void mc__arena_release(mc__arena *arena);      /* frees all; the arena can be used again */
static inline void mc__arena_auto(mc__arena *arena)
{
    mc__arena_release(arena);
}
/* Declares an arena that is released when its scope ends: mc_scratch_arena(a); */
#define mc_scratch_arena(name)                                                                     \
    mc__arena name __attribute__((cleanup(mc__arena_auto))) = MC_ARENA_INIT

/* Text. A growing buffer with a maximum. After a failure (error is MC_ENOMEM, MC_ETOOLARGE or, with
 * a budget, MC_EBUSY) further appends do nothing, so callers check once at the end. */
typedef struct mc_buffer {
    char *data;
    size_t length, capacity, max;
    int error;
    struct mc_budget *budget; /* that the memory is taken from; NULL: none */
} mc__text;

#define MC_TEXT_MAX_DEFAULT ((size_t)64 << 20)
#define MC_TEXT_INIT                                                                               \
    {                                                                                              \
        NULL, 0, 0, MC_TEXT_MAX_DEFAULT, 0, NULL                                                   \
    }
bool mc__text_reserve(mc__text *text, size_t more); /* room for that many bytes and a NUL */
/* JSON is written in many small pieces: these three are a comparison and a copy where there is
 * room. */
static inline bool mc__text_has_room(const mc__text *text, size_t more)
{
    return !text->error && more < text->capacity - text->length;
}
static inline void mc__text_append(mc__text *text, const void *bytes, size_t length)
{
    if (length == 0 || (!mc__text_has_room(text, length) && !mc__text_reserve(text, length)))
        return;
    // NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): there is room, so there is data
    memcpy(text->data + text->length, bytes, length);
    text->length += length;
}
static inline void mc__text_puts(mc__text *text, const char *string)
{
    if (string)
        mc__text_append(text, string, strlen(string));
}
static inline void mc__text_putc(mc__text *text, char c)
{
    if (mc__text_has_room(text, 1) || mc__text_reserve(text, 1))
        text->data[text->length++] = c; // NOLINT(clang-analyzer-core.NullDereference): as above
}
void mc__text_int(mc__text *text, int64_t number);
void mc__text_format(mc__text *text, const char *format, ...) MC_PRINTF(2, 3);
/* Appends with & < > " ' as entities (docs/http/conventions.md#text-cleaning). */
void mc__text_html(mc__text *text, const char *string, size_t length);
/* Back: all of a string, or the byte that it begins with, and how many bytes say so. */
void mc__text_unescape(mc__text *text, const char *html);
char mc__unescaped(const char *html, size_t *length);
const char *mc__text_string(mc__text *text); /* NUL-terminated; "" when empty or after a failure */
void mc__text_clear(mc__text *text);
/* Ends a call that appended: returns the text's error, after which the text is as it was when it
 * had `before` bytes. */
int mc__text_settle(mc__text *text, size_t before);
void mc__text_release(mc__text *text);
static inline void mc__text_auto(mc__text *text)
{
    mc__text_release(text);
}
#define mc_scratch_text(name) mc__text name __attribute__((cleanup(mc__text_auto))) = MC_TEXT_INIT

/* UTF-8 */
bool mc__utf8_valid(const char *text, size_t length); /* well-formed (RFC 3629) and without NUL */
/* Decodes one character of valid UTF-8 at text[*at] and advances *at past it. */
uint32_t mc__utf8_next(const char *text, size_t length, size_t *at);
size_t mc__utf8_length(const char *text); /* characters in a NUL-terminated valid text */
void mc__text_utf8(mc__text *text, uint32_t character);

/* Characters. What Unicode says of a character, whatever the host's locale. */
bool mc__char_is_printable(uint32_t c); /* letters, marks, numbers, punctuation, symbols, U+0020 */
bool mc__char_is_space(uint32_t c);     /* all kinds of white space, line breaks among them */
bool mc__char_is_letter(uint32_t c);    /* letter or number */
bool mc__char_is_word(uint32_t c);      /* letter, number, the marks on them, underscore */
bool mc__char_is_number(uint32_t c);
bool mc__char_is_punctuation(uint32_t c); /* underscores and the like are none */
bool mc__char_is_spaceless(uint32_t c);   /* letter of a script that puts no spaces between words */
bool mc__char_is_visible(uint32_t c);     /* printable, and something to be seen */
bool mc__text_is_visible(const char *text, size_t length); /* any character in it */
bool mc__char_is_joiner(uint32_t c); /* has no shape of its own, but changes that of letters */
bool mc__char_is_lower(uint32_t c);
uint32_t mc__char_to_lower(uint32_t c); /* simple mapping: one character to one */

/* Appends the text in lower case, by characters, but for the Greek sigma at the end of a word. */
void mc__text_lower(mc__text *out, const char *text, size_t length);

/*
 * Names, as they are kept: escaped for HTML. Names that look alike have the same key, in which the
 * beginning of a name has the beginning, or the same look, which is made of the capitals as they
 * are written; lists are sorted by order. 0, or MC_ENOMEM.
 */
int mc__name_key(mc__text *out, const char *html);
int mc__name_look(mc__text *out, const char *html);
int mc__name_order(mc__text *out, const char *html);

/* Time */
mc_time mc__now(void);
int64_t mc__monotonic_ms(void);
#define MC_TIME_TEXT_SIZE 40
/* RFC 3339 in UTC, fraction without trailing zeros (docs/http/conventions.md#json). Returns its
 * length.
 */
size_t mc__time_format(char out[MC_TIME_TEXT_SIZE], mc_time time);
/* Reads RFC 3339 with an offset, or PostgreSQL's output with DateStyle ISO. */
bool mc__time_parse(mc_time *out, const char *text);

/* Numbers. Writes the digits right before end and returns where they begin; at most
 * MC_INT_TEXT_SIZE bytes. */
#define MC_INT_TEXT_SIZE 20
char *mc__int_format(char *end, int64_t number);
/* Reads a decimal number, independent of the host's locale. False unless all of text is a finite
 * number. */
bool mc__number_parse(double *out, const char *text, size_t length);

/* Reads a whole number: a "-" at most, then digits. False if that isn't all of text, or it doesn't
 * fit. */
bool mc__int_parse(int64_t *out, const char *text, size_t length);

/* Domain names (libidn2). Appends the one spelling of a name in valid UTF-8: in lower case, without
 * a final dot, in ASCII ("xn--"). MC_EINVAL if it can't be a name; what was appended then is void.
 */
int mc__domain_name(mc__text *out, const char *name);

/* Digests and random values (libgcrypt) */
#define MC_SHA256_SIZE 32
/* Initialises libgcrypt once per process, unless the host has done so. */
int mc__digest_start(void);
void mc__sha256(uint8_t out[MC_SHA256_SIZE], const void *bytes, size_t length);
/* HMAC-SHA256 (RFC 2104). False: out of memory. */
bool mc__hmac_sha256(uint8_t out[MC_SHA256_SIZE], const void *key, size_t key_length,
                     const void *bytes, size_t length);
/* Whether both are the same, in a time that doesn't depend on where they differ. */
bool mc__same_secret(const void *a, const void *b, size_t length);
/* Base64 for URLs, without padding. */
typedef struct mc__octets {
    const void *data;
    size_t length;
} mc__octets;
void mc__base64url(mc__text *out, const void *bytes, size_t size);
/* False: text isn't what mc__base64url() writes, or the arena has failed. */
bool mc__base64url_parse(mc__octets *out, mc__arena *arena, const char *text, size_t length);

/* Passwords (libgcrypt) */
typedef struct mc__argon2id_in {
    mc__octets password, salt, secret, data; /* the last two may be empty */
    unsigned memory_kib, passes, lanes;
} mc__argon2id_in;
int mc__argon2id(uint8_t *out, size_t size, const mc__argon2id_in *in); /* 0, MC_ENOMEM, ... */
#define MC_PASSWORD_HASH_SIZE 160
/* What computing one takes, in one lane. */
typedef struct mc__password_costs {
    unsigned memory_kib, passes;
} mc__password_costs;
/* The hash to store, with a new salt. 0, MC_ENOMEM, MC_ESYSTEM. */
int mc__password_hash(char out[MC_PASSWORD_HASH_SIZE], const char *password,
                      const mc__password_costs *costs);
typedef struct mc__password_answer {
    bool is_right, is_outdated; /* is_outdated: the stored hash has other costs than new ones */
} mc__password_answer;
/* costs: of new ones. stored: NULL takes as long as one of these, and is never right. 0, MC_ENOMEM,
 * MC_ESYSTEM (not such a hash). */
int mc__password_check(mc__password_answer *out, const char *stored, const char *password,
                       const mc__password_costs *costs);
/* Whether the password is among those that many people have; in any case. */
bool mc__password_is_common(const char *password);

/* Both digests of what comes in pieces. */
#define MC_SHA1_SIZE 20
/* Code of a time step (RFC 6238), of so many digits and a NUL. False: out of memory. */
bool mc__totp(char *out, int digits, const uint8_t *secret, size_t size, int64_t step);
/* Base32 (RFC 4648) without padding, and a NUL: (8 * size + 4) / 5 letters. */
void mc__base32(char *out, const uint8_t *bytes, size_t size);
typedef struct mc__hasher mc__hasher;
mc__hasher *mc__hasher_new(void); /* NULL: out of memory */
void mc__hasher_add(mc__hasher *hasher, const void *bytes, size_t length);
void mc__hasher_end(mc__hasher *hasher, uint8_t sha256[MC_SHA256_SIZE], uint8_t sha1[MC_SHA1_SIZE]);
void mc__hasher_free(mc__hasher *hasher); /* NULL is allowed */
MC_DEFINE_AUTO(mc__hasher *, mc__hasher_free)
/* SHA-256 and MD5 of what is sent to others: MD5 is no protection, but what many compare. */
#define MC_MD5_TEXT_SIZE 33
typedef struct mc__digests mc__digests;
mc__digests *mc__digests_new(void); /* NULL: out of memory */
void mc__digests_add(mc__digests *digests, const void *bytes, size_t length);
/* As hexadecimal digits. md5: "" where libgcrypt has none, as in FIPS mode. */
void mc__digests_end(mc__digests *digests, char sha256[2 * MC_SHA256_SIZE + 1],
                     char md5[MC_MD5_TEXT_SIZE]);
void mc__digests_free(mc__digests *digests); /* NULL is allowed */
/* Writes 2 * size lower-case hexadecimal digits and a NUL. */
void mc__hex(char *out, const uint8_t *bytes, size_t size);
/* Fills out with length characters of [0-9A-Za-z] from the strong random source, and a NUL. */
void mc__random_text(char *out, size_t length);
void mc__random_bytes(void *out, size_t size); /* of the same source */
int64_t mc__random_number(void);               /* 1 to INT64_MAX */

/* Opens a file for reading. -1 with errno EINVAL if it is none: a pipe, device or socket might
 * never end, and opening one might wait for ever. */
int mc__open_regular(const char *path);

/* Errors. An mc__problem collects the details of a failure; each handle owns one and shows it as
 * mc_failure. */
typedef struct mc__problem {
    mc_failure shown;
    mc__arena arena;
    size_t fault_capacity;
} mc__problem;

void mc__problem_clear(mc__problem *problem); /* also initialises zeroed memory */
void mc__problem_release(mc__problem *problem);
/* Sets code and message and returns code. Faults collected earlier stay for MC_EINVAL. Resets
 * sqlstate to "": set shown.sqlstate afterwards, to text that outlives the problem or is in its
 * arena. */
int mc__fail(mc__problem *problem, int code, const char *format, ...) MC_PRINTF(3, 4);
/* The same with an errorCode (docs/http/conventions.md#statuses-and-errors). */
int mc__fail_because(mc__problem *problem, int code, int reason, const char *format, ...)
    MC_PRINTF(4, 5);
/* Adds one field at fault; the first also sets MC_EINVAL and the message. Returns MC_EINVAL, or
 * MC_ENOMEM when the fault could not be stored. */
int mc__fault(mc__problem *problem, const char *field, const char *format, ...) MC_PRINTF(3, 4);
/* Whether there is a fault of that field already. */
bool mc__is_at_fault(const mc__problem *problem, const char *field);
/* The analyser doesn't see error.c: tell it that the code is returned, and is negative. */
#ifdef __clang_analyzer__
#define mc__fail(problem, code, ...) (mc__fail(problem, code, __VA_ARGS__), (code))
#define mc__fail_because(problem, code, reason, ...)                                               \
    (mc__fail_because(problem, code, reason, __VA_ARGS__), (code))
#endif

/* What a function says whose result the caller has no place for. */
#define MC_NO_APP "there is no app, or it was made before a fork"
#define MC_NO_OUT "there is no place for the result: an out parameter is NULL"
/*
 * Takes a struct of the caller's that begins with its size, and may be older and shorter than ours
 * or newer and longer. What it doesn't have keeps its value in out. MC_EINVAL if the size can't be
 * one, as in a struct of zeros, or if members are set that this library doesn't know (those that
 * it knows are in out then).
 *
 * name: "page_options" for MC_PAGE_OPTIONS_INIT. problem: may be NULL.
 */
int mc__struct_take(mc__problem *problem, void *out, size_t own, const void *given,
                    const char *name);

typedef struct mc__log {
    mc_log_fn fn;
    void *data;
    mc_log_level level;
} mc__log;
void mc__log_write(const mc__log *log, mc_log_level level, const char *format, ...) MC_PRINTF(3, 4);

#include "banned.h"
#endif
