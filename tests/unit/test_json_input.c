/* JSON and forms as input: exactly what RFC 8259 and the contract take, and no more. */
#include "domain/types.h"
#include "record/record.h"

#include <criterion/criterion.h>

static mc_conversation_edit edit;
static mc_event_edit event;
static mc__arena arena;
static mc__problem problem;

static void end(void)
{
    mc__problem_release(&problem);
    mc__arena_release(&arena);
}

TestSuite(json_input, .fini = end, .timeout = 120);

static int read_bytes(const mc_type *type, void *input, mc_format format, const char *body,
                      size_t length)
{
    const mc__source source = {.body = body, .length = length, .format = format};

    mc__problem_clear(&problem);
    return mc__input_take(&problem, &arena, type, input, MC_TO_EDIT, &source);
}

static int read_json(const char *body)
{
    return read_bytes(&mc__conversation_edit_type, &edit, MC_FORMAT_JSON, body, strlen(body));
}

/* A body whose one fault, if any, is in the value of a key that nobody knows. */
static int read_unknown(const char *value)
{
    char body[512];

    snprintf(body, sizeof(body), "{\"nobody\":%s,\"title\":\"x\",\"meta\":{\"editReason\":\"y\"}}",
             value);
    return read_json(body);
}

Test(json_input, takes_what_the_standard_takes)
{
    static const char *const values[] = {
        "0",
        "-0",
        "10",
        "-1",
        "1.5",
        "0.5",
        "1e5",
        "1E+5",
        "1.5e-5",
        "true",
        "false",
        "null",
        "\"\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\u0000\"",
        "\"\xc3\xa9\x7f\"",
        "[]",
        "{}",
        "[ 1 , [ ] , { } ]",
        "{ \"a\" : 1 , \"b\" : { } }",
        "\t\r\n 1 \t\r\n",
        "\"'\"",
        "\"// no comment\"",
    };

    for (size_t i = 0; i < MC_COUNT(values); i++) {
        cr_expect_eq(read_unknown(values[i]), 0, "%s: %s", values[i], problem.shown.message);
        cr_expect_str_eq(edit.title, "x");
    }
}

Test(json_input, refuses_everything_else)
{
    static const char *const values[] = {
        "",
        "'a'",
        "{'a':1}",
        "{a:1}",
        "{1:1}",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\" 1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1;\"b\":2}",
        "/* */1",
        "1/* */",
        "// x\n1",
        "# x\n1",
        "NaN",
        "-NaN",
        "nan",
        "Infinity",
        "-Infinity",
        "inf",
        "[NaN]",
        "{\"a\":Infinity}",
        "010",
        "0123",
        "00",
        "-01",
        "-00",
        "+1",
        ".5",
        "1.",
        "-.5",
        "-",
        "1.e5",
        "1e",
        "1e+",
        "1e5.5",
        "0x10",
        "0X1",
        "0b1",
        "0o7",
        "1_000",
        "1,000",
        "1f",
        "True",
        "TRUE",
        "nul",
        "None",
        "undefined",
        "truefalse",
        "tru",
        "\"\t\"",
        "\"\n\"",
        "\"\r\"",
        "\"\x01\"",
        "\"\x1f\"",
        "\"a",
        "\"\\\"",
        "\"\\x41\"",
        "\"\\'\"",
        "\"\\a\"",
        "\"\\0\"",
        "\"\\v\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\\U00000041\"",
        "\"\\ud800\"",
        "\"\\ud800x\"",
        "\"\\ud800\\u0041\"",
        "\"\\ud800\\ud800\"",
        "\"\\udc00\"",
        "\"\\udc00\\ud800\"",
        "\"a\" \"b\"",
        "\"a\"+\"b\"",
        "`a`",
        "\xef\xbb\xbf"
        "1",
        "\xc2\xa0"
        "1",
        "\x0b"
        "1",
        "\x0c"
        "1",
        "{\"\t\":1}",
        "{\"\\ud800\":1}",
        "{\"\\u0000\":1}",
        "[1}",
        "{]",
        "(1)",
        "<1>",
        "=1",
    };

    for (size_t i = 0; i < MC_COUNT(values); i++) {
        cr_expect_eq(read_unknown(values[i]), MC_EINVAL, "%s", values[i]);
        cr_expect_not_null(strstr(problem.shown.message, "not valid JSON"), "%s: %s", values[i],
                           problem.shown.message);
    }
}

Test(json_input, refuses_bodies_that_do_not_begin_or_end_as_json)
{
    static const char *const bodies[] = {
        "",
        " ",
        "\xef\xbb\xbf{}",
        "{",
        "{\"title\":\"x\"",
        "title=x",
        "[",
        "\"",
        "<a>",
        "-",
        "{\"title\":\"x\xff\"}",
        "{\"title\":\"x\xed\xa0\x80\"}",
        "{\"title\":\"\xc0\xaf\"}",
    };

    for (size_t i = 0; i < MC_COUNT(bodies); i++)
        cr_expect_eq(read_json(bodies[i]), MC_EINVAL, "%s", bodies[i]);
    cr_expect_eq(read_bytes(&mc__conversation_edit_type, &edit, MC_FORMAT_JSON, "{\"a\":1\0}", 8),
                 MC_EINVAL);
}

Test(json_input, says_what_is_wrong_and_where)
{
    read_json("{\"title\":010}");
    cr_expect_str_eq(problem.shown.message,
                     "the body is not valid JSON: a number must not begin with 0 (at byte 11)");
}

Test(json_input, ignores_text_after_the_value)
{
    static const char *const tails[] = {"x", "}", "]", ",", "{\"title\":\"z\"}", "\n\n'", "NaN"};

    for (size_t i = 0; i < MC_COUNT(tails); i++) {
        char body[100];

        snprintf(body, sizeof(body), "{\"title\":\"x\",\"meta\":{\"editReason\":\"y\"}}%s",
                 tails[i]);
        cr_expect_eq(read_json(body), 0, "%s", tails[i]);
        cr_expect_str_eq(edit.title, "x");
    }
}

Test(json_input, takes_the_last_of_equal_keys_in_any_case)
{
    static const char *const bodies[] = {
        "{\"title\":\"a\",\"title\":\"b\"",
        "{\"title\":\"a\",\"TITLE\":\"b\"",
        "{\"TITLE\":\"a\",\"title\":\"b\"",
        "{\"title\":\"a\",\"TITLE\":\"c\",\"title\":\"b\"",
        "{\"Title\":\"a\",\"tITLE\":null,\"Title\":\"b\"",
        "{ \"TiTlE\" : \"b\" , \"x\" : \"TITLE\"",
    };
    char body[200];

    for (size_t i = 0; i < MC_COUNT(bodies); i++) {
        snprintf(body, sizeof(body), "%s,\"META\":{\"editREASON\":\"Yes\"}}", bodies[i]);
        cr_expect_eq(read_json(body), 0, "%s", body);
        cr_expect_str_eq(edit.title, "b", "%s", body);
        cr_expect_str_eq(edit.edit_reason, "Yes", "values keep their capitals");
    }
}

Test(json_input, has_a_greatest_depth)
{
    char nested[100];

    for (int depth = 31; depth <= 32; depth++) { /* the body itself is one more */
        memset(nested, '[', (size_t)depth);
        memset(nested + depth, ']', (size_t)depth);
        nested[2 * depth] = '\0';
        cr_expect_eq(read_unknown(nested), depth == 31 ? 0 : MC_EINVAL);
    }
    cr_expect_not_null(strstr(problem.shown.message, "nested too deeply"));
}

static int read_form(const char *body)
{
    return read_bytes(&mc__event_edit_type, &event, MC_FORMAT_FORM, body, strlen(body));
}

/* An edit by form lacks its reason, which no form can say; so the message has that fault alone. */
static bool number_is_fine(const char *field, const char *value)
{
    char body[100];

    snprintf(body, sizeof(body), "%s=%s", field, value);
    read_form(body);
    for (size_t i = 0; i < problem.shown.fault_count; i++)
        if (strncasecmp(problem.shown.faults[i].field, field, strlen(field)) == 0)
            return false;
    return true;
}

Test(json_input, forms_have_decimal_numbers)
{
    static const char *const whole[] = {"0", "5", "041", "120"};
    static const char *const none[] = {"",   "%205", "+5",   "5+",   "%2B5", "0x5",
                                       "5x", "1e5",  "5.0",  "%095", "5%0A", "--5",
                                       "-",  "0b1",  "5%0B", "inf",  "nan",  "%D9%A5"};
    static const char *const places[] = {"0", "5", "-5", "1.5", "-0.25", "1e1"};
    static const char *const nowhere[] = {"",    "%205", "+5",  "%2B5", "0x1", "0x1p3", "inf",
                                          "nan", ".5",   "-.5", "5+",   "1e",  "--1",   "1.5.5"};

    for (size_t i = 0; i < MC_COUNT(whole); i++)
        cr_expect(number_is_fine("RsvpLimit", whole[i]), "%s", whole[i]);
    for (size_t i = 0; i < MC_COUNT(none); i++)
        cr_expect_not(number_is_fine("RsvpLimit", none[i]), "%s", none[i]);
    for (size_t i = 0; i < MC_COUNT(places); i++)
        cr_expect(number_is_fine("Lat", places[i]), "%s", places[i]);
    for (size_t i = 0; i < MC_COUNT(nowhere); i++)
        cr_expect_not(number_is_fine("Lat", nowhere[i]), "%s", nowhere[i]);
}
