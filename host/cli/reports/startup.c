/* startup.c - times from process start to the first result, for --verbose. */
#include "reports/startup.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "reports/table.h"

static double started; /* by the monotonic clock */

static double seconds_of(clockid_t clock)
{
    struct timespec now;
    if (clock_gettime(clock, &now) != 0) return 0.0;
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void clmlp_cli_clock_start(void)
{
    started = seconds_of(CLOCK_MONOTONIC) - seconds_of(CLOCK_PROCESS_CPUTIME_ID);
}

double clmlp_cli_seconds(void)
{
    return seconds_of(CLOCK_MONOTONIC) - started;
}

static void add_row(clmlp_cli_table *table, const char *what, double seconds)
{
    clmlp_cli_table_add(table, "  %s", what);
    clmlp_cli_table_add(table, "%.3f s", seconds);
}

/* "building kernels (2 programs, 1 from cache)" */
static void describe_build(const clmlp_startup *device, char *text, size_t size)
{
    const char *const plural = device->programs == 1 ? "" : "s";
    if (device->from_cache == 0) {
        (void)snprintf(text, size, "building kernels (%zu program%s, from source)", device->programs, plural);
    } else if (device->from_cache == device->programs) {
        (void)snprintf(text, size, "building kernels (%zu program%s, from cache)", device->programs, plural);
    } else {
        (void)snprintf(text, size, "building kernels (%zu program%s, %zu from cache)", device->programs, plural,
                       device->from_cache);
    }
}

static void print_remarks(const char *remarks)
{
    while (*remarks != '\0') {
        const int length = (int)strcspn(remarks, "\n");
        clmlp_cli_print(stderr, "  %.*s\n", length, remarks);
        remarks += length + (remarks[length] == '\n');
    }
}

void clmlp_cli_startup_print(const clmlp_cli_startup *startup, const clmlp_device *device, const char *first)
{
    char build[96];
    const double now = clmlp_cli_seconds();
    clmlp_startup opening = {.size = sizeof opening};
    (void)clmlp_device_startup(device, &opening, NULL);
    clmlp_cli_table table = {.columns = 2, .align = "lr"};
    describe_build(&opening, build, sizeof build);
    clmlp_cli_print(stderr, "clmlp: start-up:\n");
    add_row(&table, "loading the program", startup->entered);
    add_row(&table, "loading data", startup->loaded - startup->entered);
    const bool listed = opening.programs > 0 || opening.list >= 0.0005; /* --device cpu lists nothing */
    if (listed) add_row(&table, "listing devices", opening.list);
    if (opening.programs > 0) {
        clmlp_cli_print(stderr, "  engine %s, tiles %s%s\n", clmlp_device_engine(device), clmlp_device_tiles(device),
                        clmlp_device_tuned(device) ? " (tuned)" : "");
        print_remarks(clmlp_device_remarks(device));
        add_row(&table, "context", opening.context);
        add_row(&table, build, opening.build);
    }
    /* the rest: programs may have been built at any time until now */
    add_row(&table, first, now - startup->loaded - opening.list - opening.context - opening.build);
    add_row(&table, "total since process start", now);
    clmlp_cli_table_print(&table, 2, stderr);
}
