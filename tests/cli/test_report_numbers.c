/* test_report_numbers.c - numbers of a history that cannot be. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "run.h"

Test(cli_report_numbers, an_epoch_is_a_whole_number_from_1)
{
    static const char *const epochs[] = {"1e300", "9007199254740994", "1.5", "0", "-1", "null", "\"1\""};
    char *const folder = cli_folder("report-numbers");
    for (size_t i = 0; i < sizeof epochs / sizeof *epochs; i++) {
        char line[128];
        (void)snprintf(line, sizeof line, "{\"epoch\":%s,\"cost\":1,\"validation\":{\"cost\":0.5}}\n", epochs[i]);
        cli_write(folder, "h", line);
        cli_expect(folder, "report h --out page.html", 2, "one of its lines has no epoch");
    }
    free(folder);
}
