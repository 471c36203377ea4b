/* against_files.c - files of tensors that were dumped elsewhere, found and read. */
#include <errno.h>
#include <sys/stat.h>

#include "data/readers/npy.h"
#include "verify/lockstep/against.h"

/* The file of a tensor; without one the name that it should have. */
clmlp_status clmlp_against_find(const clmlp_against *g, size_t step, size_t layer, const char *name, char *path,
                                bool *found, clmlp_error *error)
{
    struct stat info;
    static const char *const suffixes[] = {"npy", "device.npy"};
    for (size_t i = 0; i < 2; i++) {
        TRY(clmlp_dump_path(path, g->folder, step, layer, name, suffixes[i], error));
        *found = stat(path, &info) == 0;
        if (*found) return CLMLP_OK;
        if (errno != ENOENT) return clmlp_fail_errno(error, CLMLP_IO, errno, "%s: cannot be looked for", path);
    }
    return clmlp_dump_path(path, g->folder, step, layer, name, suffixes[0], error);
}

clmlp_status clmlp_against_load(const clmlp_against *g, size_t step, size_t layer, const char *name, size_t rows,
                                size_t columns, double *values, bool *found, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    TRY(clmlp_against_find(g, step, layer, name, path, found, error));
    return *found ? clmlp_npy_load(path, rows, columns, values, error) : CLMLP_OK;
}

/* What both sides begin with: there, and exact in the device's precision. */
clmlp_status clmlp_against_load_start(const clmlp_against *g, size_t step, size_t layer, const char *name,
                                      size_t rows, size_t columns, double *values, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    bool found = false;
    TRY(clmlp_against_find(g, step, layer, name, path, &found, error));
    if (!found) {
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: there is no such file, nor one that ends in .device.npy; the "
                          "comparison begins with it", path);
    }
    TRY(clmlp_npy_load(path, rows, columns, values, error));
    for (size_t e = 0; e < rows * columns && g->device->backend->precision == CLMLP_F32; e++) {
        if ((double)(float)values[e] == values[e]) continue;
        return clmlp_fail(error, CLMLP_BAD_INPUT, "%s: row %zu, column %zu: found %.17g, which is not exact in f32, so "
                          "that the two sides would begin with different numbers; verify with --precision f64, or have "
                          "the other side begin with numbers rounded to float32", path, e / columns + 1,
                          e % columns + 1, values[e]);
    }
    return CLMLP_OK;
}

/* Rows of the batch of a step; 0: there is none. */
clmlp_status clmlp_against_rows(const clmlp_against *g, size_t step, size_t *M, clmlp_error *error)
{
    char path[CLMLP_DUMP_PATH];
    bool found = false;
    size_t columns = 0;
    *M = 0;
    TRY(clmlp_against_find(g, step, 1, "x", path, &found, error));
    return found ? clmlp_npy_shape(path, M, &columns, error) : CLMLP_OK;
}
