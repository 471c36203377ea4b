/* test_finished.c - what a checkpoint says of members that are finished is taken only if it can be. */
#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "commands/finished.h"

#define COUNTS "\"epochs\":3,\"good_epochs\":3,\"steps\":12,\"seconds\":0.5,\"samples_per_second\":1e6," \
               "\"best_epoch\":2,\"stopped_early\":1,\"iterations\":0,\"evaluations\":0,"
#define GOOD "{" COUNTS "\"end\":0,\"best\":-0.25}"

static const char *wrong_in(const char *text, clmlp_train_result *result)
{
    cJSON *const object = cJSON_Parse(text);
    cr_assert_not_null(object, "%s", text);
    const char *const wrong = clmlp_cli_finished_take(object, result);
    cJSON_Delete(object);
    return wrong;
}

Test(cli_finished, what_was_written_is_read)
{
    clmlp_train_result result = {.size = sizeof result}, back = {.size = sizeof back};
    cr_assert_null(wrong_in(GOOD, &result));
    cr_expect(result.epochs == 3 && result.good_epochs == 3 && result.steps == 12 && result.best_epoch == 2);
    cr_expect(result.seconds == 0.5 && result.samples_per_second == 1e6);
    cr_expect(result.best == -0.25 && result.stopped_early);
    result.best = (double)NAN;
    result.end = CLMLP_END_COUNT - 1;
    cJSON *const object = cJSON_CreateObject();
    clmlp_cli_finished_add(object, &result);
    char *const text = cJSON_PrintUnformatted(object);
    cr_assert_null(wrong_in(text, &back), "%s", text);
    cr_expect(isnan(back.best) && back.end == CLMLP_END_COUNT - 1 && back.steps == 12);
    cJSON_free(text);
    cJSON_Delete(object);
}

Test(cli_finished, what_cannot_be_is_named)
{
    static const struct {
        const char *from, *to, *wrong;
    } cases[] = {{"\"epochs\":3", "\"epochs\":1e30", "epochs"},      {"\"epochs\":3", "\"epochs\":\"x\"", "epochs"},
                 {"\"epochs\":3", "\"epochs\":-1", "epochs"},        {"\"epochs\":3", "\"Epochs\":3", "epochs"},
                 {"\"epochs\":3", "\"epochs\":2.5", "epochs"},       {"\"epochs\":3", "\"epochs\":null", "epochs"},
                 {":12", ":1e300", "steps"},                           {":0.5", ":-0.97", "seconds"},
                 {":0.5", ":null", "seconds"},                         {":1e6", ":1e999", "samples_per_second"},
                 {"best_epoch\":2", "best_epoch\":7", "best_epoch"},
                 {"good_epochs\":3", "good_epochs\":4", "good_epochs"},
                 {"early\":1", "early\":2", "stopped_early"},          {"end\":0", "end\":77", "end"},
                 {"best\":-0.25", "best\":\"-0.25\"", "best"},
                 {"evaluations\":0", "evaluations\":[]", "evaluations"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[512] = GOOD, rest[512];
        clmlp_train_result result = {.size = sizeof result};
        char *const at = strstr(text, cases[i].from);
        cr_assert_not_null(at, "%s", cases[i].from);
        (void)strcpy(rest, at + strlen(cases[i].from));
        (void)strcpy(at, cases[i].to);
        (void)strcat(text, rest);
        const char *const wrong = wrong_in(text, &result);
        cr_expect(wrong != NULL && strcmp(wrong, cases[i].wrong) == 0, "%s: %s", text, wrong != NULL ? wrong : "taken");
    }
    clmlp_train_result result = {.size = sizeof result};
    cr_expect_str_eq(wrong_in("{}", &result), "epochs");
}
