/**
 * Records: what the library returns, and how to read any of them without knowing its type.
 *
 * A record is a plain struct that the library makes and the caller only reads. Its first member
 * is `const mc_type *type`. A record returned through an out parameter owns everything it points
 * to and is freed as a whole with mc_record_free(); records inside it are never freed separately.
 * It stays valid after session and app are gone, and may be read from any thread. Later versions
 * only append members, so a program built against an older header continues to work.
 *
 * Titles, names, reasons and the like, that people write in a line or a few, are cleaned when they
 * are stored (docs/http/conventions.md#text-cleaning): tags and what can't be seen are dropped, a
 * text all in capitals may become lower case, and `&`, `<`, `>`, `"` and `'` are escaped. They are
 * kept so and can be put into HTML as they are; mc_plain_text() in render.h gives them as the text
 * that is meant, for mail or a terminal. The longest that they may be, in characters after
 * cleaning, is mc_field_info.max_length of the input's field. Comments are kept twice: `markdown`
 * as sent, and `html`, which is safe.
 *
 * Text members are never NULL in a record from the library unless said so; record members are
 * NULL where there is none.
 */
#ifndef MICROCOSM_RECORD_H
#define MICROCOSM_RECORD_H

#include <microcosm/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Describes a kind of record: its name and fields. Static. */
typedef struct mc_type mc_type;

/** Kind of a field's value, and its C type. */
typedef enum mc_kind {
    MC_KIND_BOOL = 1, /**< bool */
    MC_KIND_CHOICE,   /**< mc_choice; left out of JSON when MC_UNSET */
    MC_KIND_INT64,    /**< int64_t */
    MC_KIND_DOUBLE,   /**< double */
    MC_KIND_STRING,   /**< const char *, UTF-8 */
    MC_KIND_TIME,     /**< mc_time; JSON has RFC 3339 in UTC */
    MC_KIND_RECORD,   /**< pointer to a record, or NULL */
    MC_KIND_LIST, /**< mc_list of records; in an input struct, of input structs of the field's type
                   */
    MC_KIND_STRINGS,     /**< mc_strings */
    MC_KIND_INT64S,      /**< mc_int64s */
    MC_KIND_MAYBE_INT64, /**< mc_maybe_int64; left out of JSON when not given */
    MC_KIND_MAYBE_DOUBLE /**< mc_maybe_double; left out of JSON when not given */
} mc_kind;

/** A list of records. */
typedef struct mc_list {
    const void *const *items; /**< Pointers to records. */
    size_t count;             /**< Number of them. */
} mc_list;

/** A list of texts. */
typedef struct mc_strings {
    const char *const *items; /**< The texts. */
    size_t count;             /**< Number of them. */
} mc_strings;

/** A list of numbers. */
typedef struct mc_int64s {
    const int64_t *items; /**< The numbers. */
    size_t count;         /**< How many there are. */
} mc_int64s;

/** A number that may be unset, where 0 is a value. */
typedef struct mc_maybe_int64 {
    bool given;    /**< Whether there is a value. */
    int64_t value; /**< Means something only if given. */
} mc_maybe_int64;

/** The same for a number with a fraction. */
typedef struct mc_maybe_double {
    bool given;   /**< Whether there is a value. */
    double value; /**< Means something only if given. */
} mc_maybe_double;

/** What can be asked of a field. */
enum mc_field_flag {
    MC_FIELD_OPTIONAL = 1 << 0,     /**< JSON leaves it out when empty, zero or false */
    MC_FIELD_DETAIL_ONLY = 1 << 1,  /**< JSON has it only where the record is the answer itself */
    MC_FIELD_SUMMARY_ONLY = 1 << 2, /**< JSON has it only where the record is inside another */
    MC_FIELD_OPTIONAL_IN_SUMMARY = 1 << 3, /**< MC_FIELD_OPTIONAL, but only inside another record */
    MC_FIELD_REQUIRED = 1 << 4,            /**< input: must be given to create */
    MC_FIELD_REQUIRED_TO_EDIT = 1 << 5,    /**< input: must be given to edit */
    MC_FIELD_SENTENCE = 1 << 6,            /**< input: cleaned as a sentence */
    MC_FIELD_BLOCK = 1 << 7,               /**< input: cleaned as a block of text */
    MC_FIELD_WORD = 1 << 8,                /**< input: cleaned as a word */
    MC_FIELD_CALM = 1 << 9,                /**< input: lower-cased when it has only capitals */
    MC_FIELD_POSITIVE = 1 << 10,           /**< input: a number greater than 0 */
    MC_FIELD_INHERIT = 1 << 11,            /**< JSON: what is inside is shown as its parent is */
    MC_FIELD_BY_RIGHTS = 1 << 12, /**< input, with MC_FIELD_REQUIRED: what is missing is refused as
                                    what the actor may not use (MC_EFORBIDDEN), not as MC_EINVAL */
    MC_FIELD_VARIANT = 1 << 13, /**< one of several fields for one key: that of the value's type */
    MC_FIELD_NULL = 1 << 14     /**< JSON: null where the text is empty */
};

/** One field of a type. */
typedef struct mc_field_info {
    const char *name;    /**< member name in C and in the bindings, such as "created_by" */
    const char *json;    /**< key in JSON; input keys may be a path such as "meta.editReason" */
    mc_kind kind;        /**< of its value */
    uint32_t flags;      /**< of enum mc_field_flag */
    int64_t max_length;  /**< input: most characters after cleaning, 0 for no limit */
    const mc_type *type; /**< of a record or of a list's records; NULL when it differs by record */
    size_t offset; /**< of the member in the struct, in bytes; its C type is that of the kind */
} mc_field_info;

/** The value of a field, by kind. */
typedef struct mc_value {
    mc_kind kind; /**< Says which member of the union is meant. */
    union {
        bool boolean;
        mc_choice choice;
        int64_t int64;
        double number;
        const char *string;
        mc_time time;
        const void *record;
        mc_list list;
        mc_strings strings;
        mc_int64s int64s;
        mc_maybe_int64 maybe_int64;
        mc_maybe_double maybe_double;
    } as; /**< The member that fits the kind; pointers live as long as the record. */
} mc_value;

/** Number of types that the library has. */
MC_API size_t mc_type_count(void);
/** Type i of all, or NULL past the end. */
MC_API const mc_type *mc_type_at(size_t i);
/** Type of that name, such as "conversation", or NULL. */
MC_API const mc_type *mc_type_find(const char *name);
/** Name of a type, such as "conversation". */
MC_API const char *mc_type_name(const mc_type *type);
/** Whether it describes input rather than a record. */
MC_API bool mc_type_is_input(const mc_type *type);
/**
 * Size of its struct in bytes; 0 for NULL. A caller without a C compiler makes an input struct from
 * that many zero bytes: it writes the size as a size_t at the beginning, and each value at
 * mc_field_info.offset.
 */
MC_API size_t mc_type_size(const mc_type *type);
/** Number of its fields. */
MC_API size_t mc_type_field_count(const mc_type *type);
/** Describe field i. @return 0, or MC_EINVAL past the end */
MC_API int mc_type_field(mc_field_info *out, const mc_type *type, size_t i);

/** Type of a record. */
MC_API const mc_type *mc_record_type(const void *record);
/** Value of field i of a record. @return 0, or MC_EINVAL past the end */
MC_API int mc_record_get(mc_value *out, const void *record, size_t i);
/** Append a record as JSON, in the form of the API v1. On failure the buffer is as it was.
 *  @return 0, MC_ENOMEM, MC_ETOOLARGE, MC_EINVAL (out is NULL) */
MC_API int mc_record_json(mc_buffer *out, const void *record);
/** Free a record that a call returned. NULL is allowed. */
MC_API void mc_record_free(void *record);

/** The format of a request's body. */
typedef enum mc_format {
    MC_FORMAT_JSON = 1, /**< keys in any case, unknown ones ignored */
    MC_FORMAT_FORM,     /**< application/x-www-form-urlencoded with keys in PascalCase */
    MC_FORMAT_CSV       /**< text/csv, where a function says so */
} mc_format;

#ifdef __cplusplus
}
#endif
#endif
