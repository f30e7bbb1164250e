/*
 * Prints every type of the library as JSON, for tests that compare replies with the field tables:
 * [{"name":…,"is_input":…,"fields":[{"name":…,"json":…,"kind":…,"flags":[…],"max_length":…,"type":…}]}]
 *
 * Uses only what any host program can: the functions of <microcosm/record.h>.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <microcosm.h>

static const char *const kinds[] = {
    [MC_KIND_BOOL] = "bool",
    [MC_KIND_CHOICE] = "choice",
    [MC_KIND_INT64] = "int64",
    [MC_KIND_DOUBLE] = "double",
    [MC_KIND_STRING] = "string",
    [MC_KIND_TIME] = "time",
    [MC_KIND_RECORD] = "record",
    [MC_KIND_LIST] = "list",
    [MC_KIND_STRINGS] = "strings",
    [MC_KIND_INT64S] = "int64s",
    [MC_KIND_MAYBE_INT64] = "maybe_int64",
    [MC_KIND_MAYBE_DOUBLE] = "maybe_double",
};

static const struct {
    uint32_t flag;
    const char *name;
} flags[] = {
    {MC_FIELD_OPTIONAL, "OPTIONAL"},
    {MC_FIELD_DETAIL_ONLY, "DETAIL_ONLY"},
    {MC_FIELD_SUMMARY_ONLY, "SUMMARY_ONLY"},
    {MC_FIELD_OPTIONAL_IN_SUMMARY, "OPTIONAL_IN_SUMMARY"},
    {MC_FIELD_REQUIRED, "REQUIRED"},
    {MC_FIELD_REQUIRED_TO_EDIT, "REQUIRED_TO_EDIT"},
    {MC_FIELD_SENTENCE, "SENTENCE"},
    {MC_FIELD_BLOCK, "BLOCK"},
    {MC_FIELD_WORD, "WORD"},
    {MC_FIELD_CALM, "CALM"},
    {MC_FIELD_POSITIVE, "POSITIVE"},
    {MC_FIELD_INHERIT, "INHERIT"},
    {MC_FIELD_VARIANT, "VARIANT"},
    {MC_FIELD_NULL, "NULL"},
};

/* Names are identifiers, which need no escaping; anything else is an error in a table. */
static void print_text(const char *text)
{
    const char *p;

    if (!text) {
        fputs("null", stdout);
        return;
    }
    for (p = text; *p; p++) {
        if (*p < 0x20 || *p > 0x7e || *p == '"' || *p == '\\') {
            fprintf(stderr, "dump_types: strange name in a table: %s\n", text);
            exit(1);
        }
    }
    printf("\"%s\"", text);
}

static void print_field(const mc_field_info *field)
{
    const char *separator = "", *kind = NULL;
    size_t i;

    /* A kind that is missing here has no name; a test whose reply has one fails. */
    if ((size_t)field->kind < sizeof kinds / sizeof kinds[0])
        kind = kinds[field->kind];
    fputs("{\"name\":", stdout);
    print_text(field->name);
    fputs(",\"json\":", stdout);
    print_text(field->json);
    printf(",\"kind\":\"%s\",\"flags\":[", kind ? kind : "other");
    for (i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (field->flags & flags[i].flag) {
            printf("%s\"%s\"", separator, flags[i].name);
            separator = ",";
        }
    }
    printf("],\"max_length\":%" PRId64 ",\"type\":", field->max_length);
    print_text(field->type ? mc_type_name(field->type) : NULL);
    putchar('}');
}

static void print_type(const mc_type *type)
{
    size_t i;

    fputs("{\"name\":", stdout);
    print_text(mc_type_name(type));
    printf(",\"is_input\":%s,\"fields\":[", mc_type_is_input(type) ? "true" : "false");
    for (i = 0; i < mc_type_field_count(type); i++) {
        mc_field_info field;

        if (mc_type_field(&field, type, i) < 0) {
            fprintf(stderr, "dump_types: field %zu of %s is missing\n", i, mc_type_name(type));
            exit(1);
        }
        if (i)
            putchar(',');
        print_field(&field);
    }
    fputs("]}", stdout);
}

int main(void)
{
    size_t i;

    putchar('[');
    for (i = 0; i < mc_type_count(); i++) {
        if (i)
            fputs(",\n", stdout);
        print_type(mc_type_at(i));
    }
    fputs("]\n", stdout);
    return 0;
}
