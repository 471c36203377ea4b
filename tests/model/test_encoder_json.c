/* test_encoder_json.c - encoders as JSON: there and back to the bit, and every malformed member named. */
#include <cjson/cJSON.h>
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/formats/encoder_json.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

static clmlp_status read_text(clmlp_encoder **encoder, const char *text, bool bytes, clmlp_error *error)
{
    cJSON *object = cJSON_Parse(text);
    cr_assert_not_null(object, "%s", text);
    const clmlp_status status = clmlp_encoder_from_json(encoder, object, bytes, "m: entry 1", error);
    cJSON_Delete(object);
    return status;
}

static char *write_text(const clmlp_encoder *encoder, bool bytes)
{
    cJSON *object = cJSON_CreateObject();
    cr_assert_eq(clmlp_encoder_to_json(object, encoder, bytes, NULL), CLMLP_OK);
    char *text = cJSON_PrintUnformatted(object);
    cJSON_Delete(object);
    return text;
}

/* Every number comes back as it was: what is written, read and written again is the same text. */
Test(encoder_json, there_and_back)
{
    static const char *const texts[] = {
        "{\"name\":\"age\",\"kind\":\"numeric\",\"fill\":37.5,\"missing\":true}",
        "{\"name\":\"x\",\"kind\":\"numeric\",\"fill\":0.10000000000000001,\"missing\":false}",
        "{\"name\":\"x\",\"kind\":\"numeric\",\"fill\":-2.2250738585072014e-308,\"missing\":false}",
        "{\"name\":\"x\",\"kind\":\"numeric\"}",
        "{\"name\":\"member\",\"kind\":\"boolean\",\"fill\":1,\"missing\":false}",
        "{\"name\":\"a=b\",\"kind\":\"categorical\","
        "\"levels\":[\"\",\" a\",\"A\",\"a\",\"\xc3\xa5\"],\"missing\":true}",
        "{\"name\":\"day\",\"kind\":\"date\",\"first\":\"1900-02-28\",\"hour\":false,\"fill\":[1900,2.5,3,59,1],"
        "\"missing\":true}",
        "{\"name\":\"day\",\"kind\":\"date\",\"first\":\"2024-02-29\",\"hour\":true,\"fill\":[1900,2,3,59,0,12.5],"
        "\"missing\":false}",
    };
    for (size_t i = 0; i < LENGTH(texts); i++) {
        clmlp_encoder *encoder = NULL;
        clmlp_error error = {.message = ""};
        cr_assert_eq(read_text(&encoder, texts[i], false, &error), CLMLP_OK, "%s", error.message);
        char *again = write_text(encoder, false);
        cr_assert_str_eq(again, texts[i]);
        cJSON_free(again);
        clmlp_encoder_destroy(encoder);
    }
}

Test(encoder_json, what_was_fitted_encodes_the_same_after_reading)
{
    static const double values[] = {0.1, 1.0 / 3.0, (double)NAN, 3e-310};
    const clmlp_raw_column raw = {.name = "x", .kind = CLMLP_COLUMN_NUMERIC, .m = 4, .numbers = values, .stride = 1};
    clmlp_encoder *fitted = NULL, *read = NULL;
    cr_assert_eq(clmlp_encoder_fit(&fitted, &raw, 64, NULL), CLMLP_OK);
    char *text = write_text(fitted, false);
    cr_assert_eq(read_text(&read, text, false, NULL), CLMLP_OK);
    double a[2], b[2];
    for (size_t i = 0; i < 4; i++) {
        clmlp_encoder_encode_number(fitted, values[i], a);
        clmlp_encoder_encode_number(read, values[i], b);
        cr_assert_eq(memcmp(a, b, sizeof a), 0, "row %zu", i);
    }
    cJSON_free(text);
    clmlp_encoder_destroy(fitted);
    clmlp_encoder_destroy(read);
}

/* Latin-1 names and levels, as a file with clmlp.encoding keeps them; the order is that of the bytes. */
Test(encoder_json, names_that_are_not_utf8_are_kept_byte_by_byte)
{
    static const char *const texts[] = {"\xe5", "z"};
    static const uint8_t codes[] = {1, 2};
    const clmlp_raw_column raw = {.name = "\xf8", .kind = CLMLP_COLUMN_CATEGORICAL, .m = 2, .codes = codes,
                                  .code_size = 1, .texts = texts, .text_count = 2};
    clmlp_encoder *fitted = NULL, *read = NULL;
    clmlp_error error;
    cr_assert_eq(clmlp_encoder_fit(&fitted, &raw, 64, NULL), CLMLP_OK);
    char *text = write_text(fitted, true);
    cr_assert_str_eq(text, "{\"name\":\"\xc3\xb8\",\"kind\":\"categorical\",\"levels\":[\"z\",\"\xc3\xa5\"],"
                           "\"missing\":false}");
    cr_assert_eq(read_text(&read, text, true, NULL), CLMLP_OK);
    cr_assert_str_eq(read->name, "\xf8");
    cr_assert_str_eq(read->levels[1], "\xe5");
    clmlp_encoder_destroy(read);
    cJSON_free(text);
    clmlp_encoder_destroy(fitted);
    cr_assert_eq(read_text(&read, "{\"name\":\"\xe2\x82\xac\",\"kind\":\"numeric\"}", true, &error), CLMLP_BAD_INPUT);
    cr_assert_str_eq(error.message,
                     "m: entry 1: \"name\" is not as expected (characters of the file's clmlp.encoding)");
}

Test(encoder_json, every_malformed_member_is_named)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"[]", "is not an object"},
        {"{}", "no \"name\""},
        {"{'name':1}", "\"name\" is not as expected (text)"},
        {"{'name':''}", "\"name\" is not as expected (text that is not empty)"},
        {"{'name':'x'}", "no \"kind\""},
        {"{'name':'x','kind':'number'}", "\"kind\" is not as expected (numeric, boolean, categorical or date)"},
        {"{'name':'x','kind':0}", "\"kind\" is not as expected (numeric, boolean, categorical or date)"},
        {"{'name':'x','kind':'numeric','mean':1}", "key 'mean' is not known"},
        {"{'name':'x','kind':'numeric','Fill':1}", "key 'Fill' is not known"},
        {"{'name':'x','kind':'numeric','levels':['a']}", "key 'levels' is not known"},
        {"{'name':'x','kind':'numeric','name':'y'}", "key 'name' stands there twice"},
        {"{'name':'x','kind':'numeric','missing':true}", "no \"fill\""},
        {"{'name':'x','kind':'numeric','fill':1}", "no \"missing\""},
        {"{'name':'x','kind':'numeric','fill':'1','missing':true}", "\"fill\" is not as expected (a finite number)"},
        {"{'name':'x','kind':'numeric','fill':1e999,'missing':true}", "\"fill\" is not as expected (a finite number)"},
        {"{'name':'x','kind':'numeric','fill':null,'missing':true}", "\"fill\" is not as expected (a finite number)"},
        {"{'name':'x','kind':'numeric','fill':[1],'missing':true}", "\"fill\" is not as expected (a finite number)"},
        {"{'name':'x','kind':'numeric','fill':1,'missing':1}", "\"missing\" is not as expected (true or false)"},
        {"{'name':'x','kind':'boolean'}", "no \"fill\""},
        {"{'name':'x','kind':'boolean','fill':0.5,'missing':true}", "\"fill\" is not as expected (0 or 1)"},
        {"{'name':'x','kind':'categorical'}", "no \"levels\""},
        {"{'name':'x','kind':'categorical','levels':[],'missing':true}",
         "\"levels\" is not as expected (an array of texts)"},
        {"{'name':'x','kind':'categorical','levels':'a','missing':true}",
         "\"levels\" is not as expected (an array of texts)"},
        {"{'name':'x','kind':'categorical','levels':[1],'missing':true}", "\"levels\" is not as expected (text)"},
        {"{'name':'x','kind':'categorical','levels':['b','a'],'missing':true}",
         "\"levels\" is not as expected (different texts in byte order)"},
        {"{'name':'x','kind':'categorical','levels':['a','a'],'missing':true}",
         "\"levels\" is not as expected (different texts in byte order)"},
        {"{'name':'x','kind':'categorical','levels':['a']}", "no \"missing\""},
        {"{'name':'x','kind':'categorical','levels':['a'],'missing':true,'fill':1}", "key 'fill' is not known"},
        {"{'name':'x','kind':'date'}", "no \"first\""},
        {"{'name':'x','kind':'date','first':'2023-02-30'}", "\"first\" is not as expected (a date, \"YYYY-MM-DD\")"},
        {"{'name':'x','kind':'date','first':'2023-02-03T00:00'}",
         "\"first\" is not as expected (a date, \"YYYY-MM-DD\")"},
        {"{'name':'x','kind':'date','first':19}", "\"first\" is not as expected (a date, \"YYYY-MM-DD\")"},
        {"{'name':'x','kind':'date','first':'2023-02-03'}", "no \"hour\""},
        {"{'name':'x','kind':'date','first':'2023-02-03','hour':true}", "no \"fill\""},
        {"{'name':'x','kind':'date','first':'2023-02-03','hour':true,'fill':[1,2,3,4,5]}",
         "\"fill\" is not as expected (an array of 6 numbers)"},
        {"{'name':'x','kind':'date','first':'2023-02-03','hour':false,'fill':1}",
         "\"fill\" is not as expected (an array of 5 numbers)"},
        {"{'name':'x','kind':'date','first':'2023-02-03','hour':false,'fill':[1,2,3,4,'5']}",
         "\"fill\" is not as expected (finite numbers)"},
        {"{'name':'x','kind':'date','first':'2023-02-03','hour':false,'fill':[1,2,3,4,5]}", "no \"missing\""},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[256], message[256];
        clmlp_error error = {.message = ""};
        clmlp_encoder *encoder = NULL;
        cr_assert_lt(strlen(cases[i].text), sizeof text);
        (void)snprintf(text, sizeof text, "%s", cases[i].text);
        for (char *p = text; *p != '\0'; p++) *p = *p == '\'' ? '"' : *p;
        (void)snprintf(message, sizeof message, "m: entry 1: %s", cases[i].message);
        cr_assert_eq(read_text(&encoder, text, false, &error), CLMLP_BAD_INPUT, "%s", text);
        cr_assert_str_eq(error.message, message, "%s: found '%s', expected '%s'", text, error.message, message);
        cr_assert_null(encoder);
    }
}
