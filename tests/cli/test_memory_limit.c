/* test_memory_limit.c - the CPU path under a limit of memory: done, or a message and exit status 1; never for ever. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "mortal.h"
#include "run.h"

/* The exit status under `ulimit -v`; 137 where the program did not end. A shell's own 127: it could not be loaded. */
static int status_under(const char *folder, unsigned kilobytes)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "cd '%s' && ulimit -v %u && timeout -s KILL 60 '%s' train points.csv --hidden 300,300 --epochs 1 "
                   "--rate 0.01 --device cpu --quiet >out.txt 2>err.txt", folder, kilobytes, CLMLP_PROGRAM);
    const int status = mortal_shell(command);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static bool says(const char *folder, const char *text)
{
    char command[1024];
    (void)snprintf(command, sizeof command, "grep -q '%s' '%s/err.txt'", text, folder);
    return mortal_shell(command) == 0;
}

Test(cli_memory_limit, the_cpu_path_ends_under_every_limit)
{
    char *const folder = cli_data_folder("memory-limit");
    unsigned failed = 0, done = 0;
    for (unsigned megabytes = 80; megabytes <= 480; megabytes += 40) {
        const int status = status_under(folder, megabytes * 1000);
        if (status == 127) continue;
        cr_expect(status == 0 || status == 1, "%u MB: exit status %d", megabytes, status);
        cr_expect(status != 1 || says(folder, "^clmlp: "), "%u MB: no message", megabytes);
        failed += status == 1;
        done += status == 0;
    }
    cr_expect_gt(failed, 0, "no limit was too low");
    cr_expect_gt(done, 0, "no limit was high enough");
    free(folder);
}
