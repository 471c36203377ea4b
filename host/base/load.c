/* load.c - how busy other programs keep the processors of this machine. */
#include "base/load.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"

static const double SHARE = 0.1, LEAST_SECONDS = 0.5;

bool clmlp_load_parse(const char *stat, double ticks, clmlp_load *load)
{
    enum { USER, NICE, SYSTEM, IDLE, IO_WAIT, IRQ, SOFT_IRQ, STEAL, FIELDS };
    unsigned long long field[FIELDS] = {0};
    if (strncmp(stat, "cpu ", 4) != 0 || !(ticks > 0.0)) return false;
    const int found = sscanf(stat + 4, "%20llu %20llu %20llu %20llu %20llu %20llu %20llu %20llu", &field[USER],
                             &field[NICE], &field[SYSTEM], &field[IDLE], &field[IO_WAIT], &field[IRQ],
                             &field[SOFT_IRQ], &field[STEAL]);
    if (found < IDLE + 1) return false;
    load->busy = load->idle = 0.0;
    for (int i = 0; i < FIELDS; i++) {
        double *const sum = i == IDLE || i == IO_WAIT ? &load->idle : &load->busy;
        *sum += (double)field[i] / ticks;
    }
    return true;
}

static double seconds_of(const struct timeval *time)
{
    return (double)time->tv_sec + 1e-6 * (double)time->tv_usec;
}

bool clmlp_load_now(clmlp_load *load)
{
    char line[512] = "";
    struct rusage usage;
    FILE *const file = fopen("/proc/stat", "r");
    if (file == NULL) return false;
    const bool read = fgets(line, sizeof line, file) != NULL;
    (void)fclose(file);
    if (!read || getrusage(RUSAGE_SELF, &usage) != 0) return false;
    load->wall = clmlp_seconds();
    load->own = seconds_of(&usage.ru_utime) + seconds_of(&usage.ru_stime);
    return clmlp_load_parse(line, (double)sysconf(_SC_CLK_TCK), load);
}

bool clmlp_load_is_high(const clmlp_load *from, const clmlp_load *to, double *others)
{
    const double passed = to->wall - from->wall, idle = to->idle - from->idle;
    const double busy = to->busy - from->busy, others_seconds = busy - (to->own - from->own);
    *others = 0.0;
    if (!(passed >= LEAST_SECONDS)) return false;
    *others = others_seconds / passed;
    return others_seconds > SHARE * (busy + idle) && idle < others_seconds;
}
