/* test_threshold.c - predict and evaluate --threshold: two classes and labels. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

/* How many rows have the class. */
static size_t count_class(const char *text, const char *name)
{
    size_t count = 0;
    const size_t length = strlen(name);
    for (const char *line = strchr(text, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
        count += strncmp(line, name, length) == 0 && line[length] == ',';
    }
    return count;
}

Test(cli_threshold, a_threshold_decides_between_two_classes)
{
    char *const folder = folder_of_tables("several-threshold");
    static const char *const outputs[] = {"sigmoid", "softmax"};
    char line[512];
    for (size_t o = 0; o < 2; o++) {
        (void)snprintf(line, sizeof line, "train labels.csv --target b --ignore a --output %s --device cpu --epochs 20",
                       outputs[o]);
        cli_ok(folder, line);
        char *const plain = output(folder, "predict model.safetensors labels.csv --device cpu");
        char *const half = output(folder, "predict model.safetensors labels.csv --device cpu --threshold 0.5");
        cr_assert_str_eq(plain, half);
        const double thresholds[] = {0.01, 0.3, 0.5, 0.7, 0.99};
        for (size_t t = 0; t < 5; t++) {
            (void)snprintf(line, sizeof line, "predict model.safetensors labels.csv --device cpu --threshold %g",
                           thresholds[t]);
            char *const found = output(folder, line);
            size_t expected = 0;
            for (const char *row = strchr(plain, '\n') + 1; *row != '\0'; row = strchr(row, '\n') + 1) {
                double h[2];
                cr_assert_eq(sscanf(row, "%*[^,],%lf,%lf", &h[0], &h[1]), 2);
                expected += h[1] / (h[0] + h[1]) > thresholds[t];
            }
            cr_assert_eq(count_class(found, "1"), expected, "%s: %zu of class 1, expected %zu", line,
                         count_class(found, "1"), expected);
            free(found);
            (void)snprintf(line, sizeof line,
                           "evaluate model.safetensors labels.csv --device cpu --json --threshold %g", thresholds[t]);
            cJSON *const json = cli_json(folder, line, 0);
            const cJSON *const confusion = cli_member(json, "confusion");
            size_t predicted = 0, right = 0;
            for (int k = 0; k < 2; k++) {
                const cJSON *const row = cJSON_GetArrayItem(confusion, k);
                predicted += (size_t)cJSON_GetArrayItem(row, 1)->valueint;
                right += (size_t)cJSON_GetArrayItem(row, k)->valueint;
            }
            cr_assert_eq(predicted, expected);
            cr_assert_eq(cli_number(json, "accuracy"), (double)right / 40.0);
            cr_assert_eq(cli_number(json, "threshold"), thresholds[t]);
            cJSON_Delete(json);
        }
        free(half);
        free(plain);
    }
    expect(folder, "predict model.safetensors labels.csv --device cpu --threshold 0.3", 0,
           "note: threshold 0.3: class '1' where its probability is above it, else '0'");
    free(folder);
}

Test(cli_threshold, a_threshold_decides_about_each_label)
{
    char *const folder = folder_of_tables("several-labels");
    cli_ok(folder, "train labels.csv --target a,b --device cpu --epochs 20");
    char *const text = output(folder, "predict model.safetensors labels.csv --device cpu --threshold 0.7");
    cr_assert_eq(strncmp(text, "a_predicted,b_predicted,a,b\n", 28), 0, "%.60s", text);
    size_t exact = 0, rows = 0;
    for (const char *row = strchr(text, '\n') + 1; *row != '\0'; row = strchr(row, '\n') + 1, rows++) {
        const double x = (double)(rows * 7 % 40) / 20.0 - 1, z = (double)(rows * 11 % 40) / 20.0 - 1;
        int labels[2];
        double h[2];
        cr_assert_eq(sscanf(row, "%d,%d,%lf,%lf", &labels[0], &labels[1], &h[0], &h[1]), 4);
        for (size_t k = 0; k < 2; k++) cr_assert_eq(labels[k], h[k] > 0.7);
        exact += labels[0] == (x > 0) && labels[1] == (z > x);
    }
    free(text);
    cJSON *const strict = cli_json(folder, "evaluate model.safetensors labels.csv --device cpu --json --threshold 0.7",
                                   0);
    cr_assert_eq(cli_number(cli_member(strict, "metrics"), "exact_match"), (double)exact / 40.0);
    cr_assert_eq(cli_number(strict, "accuracy"), (double)exact / 40.0);
    cJSON_Delete(strict);
    static const char line[] = "evaluate model.safetensors labels.csv --device cpu --json --threshold 0.5";
    cJSON *const plain = cli_json(folder, "evaluate model.safetensors labels.csv --device cpu --json", 0);
    cJSON *const half = cli_json(folder, line, 0);
    cr_assert(cJSON_Compare(cli_member(plain, "metrics"), cli_member(half, "metrics"), true));
    cr_assert_eq(cli_number(plain, "accuracy"), cli_number(half, "accuracy"));
    cJSON_Delete(plain);
    cJSON_Delete(half);
    free(folder);
}

Test(cli_threshold, a_threshold_without_a_meaning_is_refused)
{
    char *const folder = folder_of_tables("several-refused");
    cli_ok(folder, "train points.csv" FAST " --model three.safetensors");
    cli_ok(folder, "train numbers.csv --target 2,4" FAST " --model numbers.safetensors");
    cli_ok(folder, "train labels.csv --target b" FAST " --model two.safetensors");
    expect(folder, "predict three.safetensors points.csv --device cpu --threshold 0.3", 2, "the model has 3 classes");
    expect(folder, "evaluate three.safetensors points.csv --device cpu --threshold 0.3", 2, "the model has 3 classes");
    expect(folder, "predict numbers.safetensors numbers.csv --device cpu --threshold 0.3", 2, "output is linear");
    expect(folder, "predict two.safetensors labels.csv --device cpu --threshold 0", 2, "expected a number > 0 and < 1");
    expect(folder, "predict two.safetensors labels.csv --device cpu --threshold 1", 2, "--threshold '1'");
    expect(folder, "predict two.safetensors labels.csv --device cpu --threshold 0.5 --out h.npy", 2,
           "--threshold: a matrix");
    free(folder);
}
