/* test_json_text.c - what counts as JSON: what the parser takes, too, so that its no means that there is no memory. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_text.h"

Test(json_text, takes_what_is_json_and_what_the_parser_takes)
{
    static const char *const texts[] = {
        "{}", "[]", " [ ] ", "{\"a\":1}", "\t{ \"a\" : [1, 2.5e-3, -0, 0.1E+2] ,\"b\":{\"c\":null}}\n", "true", "false",
        "\"\"", "\"\\u00e4\\ud83d\\ude00\\n\\\\\\\"\\/\"", "-12.5e10", "[[[]],{\"\":[{}]}]", "\"\xC3\xA4\"",
        "[{\"a\":\"]\"},\"}\"]", "123456789012345678901234567890123456789012345678901234567890",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cJSON *const parsed = cJSON_ParseWithOpts(texts[i], NULL, 1);
        cr_assert(clmlp_json_is_valid(texts[i], strlen(texts[i])), "%s", texts[i]);
        cr_assert_not_null(parsed, "%s", texts[i]);
        cJSON_Delete(parsed);
    }
}

Test(json_text, refuses_what_is_no_json)
{
    static const char *const texts[] = {
        "", " ", "{", "}", "[", "]", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1 2]", "[1]]",
        "{}{}",
        "tru", "nul", "truex", "\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ude00\"",
        "\"\\ud83d\\n\"",
        "\"\n\"", "01", "1.", ".5", "+1", "-", "1e", "1e+", "--1", "0x10", "NaN", "[1}", "{\"a\":1]", "'a'",
        "[\"a\":1]",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        cr_assert(!clmlp_json_is_valid(texts[i], strlen(texts[i])), "%s", texts[i]);
    }
    cr_assert(!clmlp_json_is_valid("[1]", 2), "it ends before its end");
}

/* `depth` arrays in each other. */
static char *nest(size_t depth)
{
    char *const text = calloc(2 * depth + 1, 1);
    cr_assert_not_null(text);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    return text;
}

Test(json_text, goes_as_deep_as_the_parser)
{
    for (size_t depth = 998; depth <= 1003; depth++) {
        char *const text = nest(depth);
        cJSON *const parsed = cJSON_Parse(text);
        cr_assert_eq(clmlp_json_is_valid(text, 2 * depth), parsed != NULL, "%zu", depth);
        cJSON_Delete(parsed);
        free(text);
    }
}

Test(json_text, takes_numbers_as_long_as_the_parser)
{
    char text[128] = "";
    for (size_t length = 1; length < 100; length++) {
        text[length - 1] = '7';
        cJSON *const parsed = cJSON_ParseWithOpts(text, NULL, 1);
        if (clmlp_json_is_valid(text, length)) cr_assert_not_null(parsed, "%zu", length);
        else cr_assert_gt(length, 60, "%zu", length);
        cJSON_Delete(parsed);
    }
}

/* Every byte behind a backslash, and in the place of each digit of \uXXXX: the end of a list of bytes is none of it. */
Test(json_text, takes_the_escapes_that_there_are_and_no_other_byte)
{
    char one[] = "\"\\x\"", four[] = "\"\\u00e4\"";
    for (int byte = 0; byte < 256; byte++) {
        const bool is_escape = byte != 0 && strchr("\"\\/bfnrt", byte) != NULL;
        const bool is_digit = byte != 0 && strchr("0123456789abcdefABCDEF", byte) != NULL;
        one[2] = (char)byte;
        cr_assert_eq(clmlp_json_is_valid(one, sizeof one - 1), is_escape, "byte %d behind a backslash", byte);
        for (size_t i = 3; i < 7; i++) {
            char text[sizeof four];
            memcpy(text, four, sizeof four);
            text[i] = (char)byte;
            cr_assert_eq(clmlp_json_is_valid(text, sizeof text - 1), is_digit, "byte %d as a digit", byte);
        }
    }
}

/* Depth is that of lists in each other: any number may stand side by side. */
Test(json_text, takes_as_many_lists_side_by_side_as_there_are)
{
    enum { COUNT = 3000 };
    static const char *const parts[] = {"[1],", "[],", "{\"a\":[0]},", "{},"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const size_t length = strlen(parts[i]);
        char *const text = calloc(COUNT * length + 2, 1);
        cr_assert_not_null(text);
        text[0] = '[';
        for (size_t k = 0; k < COUNT; k++) memcpy(text + 1 + k * length, parts[i], length);
        text[COUNT * length] = ']';
        cr_assert(clmlp_json_is_valid(text, COUNT * length + 1), "%s", parts[i]);
        free(text);
    }
}
