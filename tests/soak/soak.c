/* soak.c - soak DEVICE[,DEVICE...] ROUNDS [SECONDS]: open a device, train, save, load, predict, close, again and again
 * in one process; a round does so on each of the devices. Every 50 rounds a line of a table: resident memory, memory in
 * use by malloc, open descriptors, device memory by clmlp's own accounting, the sum of the devices. Ends after ROUNDS,
 * or after SECONDS where they come first.
 *
 * Exit status 1 where something grew after the first SETTLED rounds: a descriptor, a byte of device memory, or what
 * malloc gave, by its lowest of the first half and of the second. On the CPU path that may be as much as its caches of
 * freed blocks hold, which count as in use: 64 sizes of 7 blocks, of at most 1 KiB. An OpenCL platform keeps more, so
 * there a page a round is allowed for each: PoCL's compiler keeps 32 bytes of each program, an entry of LLVM's list of
 * files to remove on a signal (llvm::sys::RemoveFileOnSignal), which it never shortens. Resident memory is shown alone:
 * threads of a platform move it by megabytes. */
#define _DEFAULT_SOURCE /* mallinfo2 */
#include <dirent.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backend/backend.h"
#include "base/clock.h"
#include "clmlp/clmlp.h"

enum { SETTLED = 20, EVERY = 50, M = 120, N = 5, CLASSES = 3, DEVICES = 8 };

#define MUST(call)                                                                   \
    do {                                                                             \
        clmlp_error call_error = {.message = ""};                                    \
        clmlp_error *const error = &call_error;                                      \
        if ((call) != CLMLP_OK) {                                                    \
            (void)fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, error->message); \
            exit(1);                                                                 \
        }                                                                            \
    } while (0)

typedef struct state {
    size_t resident, in_use; /* bytes */
    size_t descriptors;
    uint64_t left, peak;     /* bytes of device memory: the device's own, with all else released; at the most */
} state;

static state look(void)
{
    state s = {0};
    long pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    if (file != NULL && fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
    s.resident = (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
    if (file != NULL) (void)fclose(file);
    DIR *const folder = opendir("/proc/self/fd");
    while (folder != NULL && readdir(folder) != NULL) s.descriptors++;
    if (folder != NULL) (void)closedir(folder);
    s.descriptors -= 3; /* ".", ".." and the folder's own */
    const struct mallinfo2 heap = mallinfo2();
    s.in_use = heap.uordblks + heap.hblkhd;
    return s;
}

static clmlp_dataset *make_data(void)
{
    static double x[M * N], y[M * CLASSES];
    clmlp_dataset *data = NULL;
    for (size_t r = 0; r < M; r++) {
        for (size_t i = 0; i < N; i++) x[r * N + i] = (double)((r * (i + 3) * 7) % 23) / 23.0 + (r % CLASSES == i);
        for (size_t k = 0; k < CLASSES; k++) y[r * CLASSES + k] = r % CLASSES == k;
    }
    MUST(clmlp_dataset_create(&data, M, N, x, CLASSES, y, error));
    return data;
}

/* One life of everything. The device memory is added to *s. */
static void live(const char *spec, clmlp_engine engine, const char *path, state *s)
{
    double h[M * CLASSES];
    clmlp_device *device = NULL;
    clmlp_model *model = NULL, *loaded = NULL;
    clmlp_evaluation *evaluation = NULL;
    clmlp_device_options where = clmlp_device_options_default();
    where.spec = spec;
    where.engine = engine;
    clmlp_dataset *const data = make_data();
    MUST(clmlp_device_open(&device, &where, error));
    MUST(clmlp_model_create_for(&model, data, (const size_t[]){7}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 1, error));
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result;
    memset(&result, 0, sizeof result);
    result.size = sizeof result;
    config.epochs = 3;
    config.batch = 32;
    MUST(clmlp_train(model, device, data, NULL, &config, &result, error));
    MUST(clmlp_model_save(model, path, error));
    MUST(clmlp_model_load(&loaded, path, NULL, error));
    MUST(clmlp_evaluate(loaded, device, data, 0.0, &evaluation, error));
    MUST(clmlp_predict(loaded, device, data, h, error));
    clmlp_evaluation_destroy(evaluation);
    clmlp_model_destroy(loaded);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
    s->left += device->backend->memory_used;
    s->peak += device->backend->memory_peak;
    clmlp_device_close(device);
}

static void print(size_t round, double seconds, const state *s)
{
    (void)printf("| %6zu | %7.0f | %9.2f | %9.1f | %4zu | %6llu | %8llu |\n", round, seconds,
                 (double)s->resident / 1048576.0, (double)s->in_use / 1024.0, s->descriptors,
                 (unsigned long long)s->left, (unsigned long long)s->peak);
    (void)fflush(stdout);
}

typedef struct place {
    const char *spec;
    clmlp_engine engine;
} place;

/* "cpu,opencl+clblast", which is changed, as places; 0: not such a list. */
static size_t take_places(char *list, place places[DEVICES])
{
    size_t count = 0;
    for (char *spec = strtok(list, ","); spec != NULL; spec = strtok(NULL, ",")) {
        if (count == DEVICES) return 0;
        places[count] = (place){.spec = spec, .engine = CLMLP_ENGINE_AUTO};
        char *const plus = strchr(spec, '+');
        if (plus != NULL) *plus = '\0';
        if (plus != NULL && !clmlp_engine_parse(plus + 1, &places[count].engine)) return 0;
        count++;
    }
    return count;
}

/* Bytes that malloc's sum may grow by in so many rounds (above). */
static double allowed_growth(const place *places, size_t count, double rounds)
{
    double allowed = 64.0 * 7.0 * 1024.0 / 2.0; /* the mean of the caches' sizes */
    for (size_t i = 0; i < count; i++) {
        if (strcmp(places[i].spec, "cpu") != 0) allowed += rounds * (double)sysconf(_SC_PAGESIZE);
    }
    return allowed;
}

int main(int argc, char **argv)
{
    char list[256], path[64];
    place places[DEVICES];
    (void)snprintf(list, sizeof list, "%s", argc > 1 ? argv[1] : "");
    const size_t devices = take_places(list, places);
    if (argc < 3 || devices == 0) {
        (void)fprintf(stderr, "usage: soak cpu|opencl[+ENGINE][,...] ROUNDS [SECONDS]\n");
        return 2;
    }
    const size_t rounds = strtoul(argv[2], NULL, 10);
    const double most = argc > 3 ? strtod(argv[3], NULL) : 1e9, start = clmlp_seconds();
    (void)snprintf(path, sizeof path, "soak-%ld.model", (long)getpid());
    state first = {0}, s = {0};
    size_t lowest[2] = {SIZE_MAX, SIZE_MAX}; /* of the halves */
    (void)printf("| round | seconds | rss [MiB] | heap [KiB] | descriptors | device: left [B] | peak [B] |\n"
                 "|---:|---:|---:|---:|---:|---:|---:|\n");
    size_t round = 0;
    while (round < rounds && clmlp_seconds() - start < most) {
        state device = {0};
        for (size_t i = 0; i < devices; i++) live(places[i].spec, places[i].engine, path, &device);
        round++;
        s = look();
        s.left = device.left;
        s.peak = device.peak;
        if (round == SETTLED) first = s;
        /* by rounds or by time, whichever is nearer to its end */
        const bool late = round > (SETTLED + rounds) / 2 || clmlp_seconds() - start > most / 2.0;
        if (round >= SETTLED && s.in_use < lowest[late]) lowest[late] = s.in_use;
        if (round == 1 || round == SETTLED || round % EVERY == 0) print(round, clmlp_seconds() - start, &s);
    }
    (void)remove(path);
    if (lowest[0] == SIZE_MAX || lowest[1] == SIZE_MAX) return 0; /* too short to tell */
    const double grown = (double)lowest[1] - (double)lowest[0], after = (double)(round - SETTLED);
    const double allowed = allowed_growth(places, devices, after);
    (void)printf("%s: rounds %d to %zu: heap %+.1f KiB (%+.1f bytes a round), resident memory %+.1f KiB, descriptors "
                 "%+ld\n", argv[1], (int)SETTLED, round, grown / 1024.0, grown / after,
                 ((double)s.resident - (double)first.resident) / 1024.0,
                 (long)s.descriptors - (long)first.descriptors);
    if (grown <= allowed && s.descriptors <= first.descriptors && s.left == first.left && s.peak == first.peak) {
        return 0;
    }
    (void)fprintf(stderr, "%s: something grew\n", argv[1]);
    return 1;
}
