/* load_module.c - the module for one MPI, found and loaded. */
#define _GNU_SOURCE /* dladdr */
#include "ranks/load_module.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FOLDERS = 3, PATH_LENGTH = PATH_MAX + 64 };

/* Where the library is, or the program that it is linked into, with its folder's links resolved; false: unknown. */
static bool own_folder(char folder[PATH_MAX])
{
    static const char here = 0;
    Dl_info found;
    const char *path = NULL;
    if (dladdr(&here, &found) != 0) path = found.dli_fname;
    /* a program found by PATH is known by its bare name */
    if (path == NULL || strchr(path, '/') == NULL) path = "/proc/self/exe";
    if (realpath(path, folder) == NULL) return false;
    char *const slash = strrchr(folder, '/');
    if (slash == NULL) return false;
    *slash = '\0';
    return true;
}

/* Folders to look in, in their order. */
static size_t list_folders(char folder[FOLDERS][PATH_LENGTH])
{
    const char *const asked = getenv("CLMLP_MPI_DIR");
    char own[PATH_MAX];
    if (asked != NULL && *asked != '\0') {
        (void)snprintf(folder[0], PATH_LENGTH, "%s", asked);
        return 1;
    }
    if (!own_folder(own)) return 0;
    (void)snprintf(folder[0], PATH_LENGTH, "%s/clmlp", own);
    (void)snprintf(folder[1], PATH_LENGTH, "%s", own);
    (void)snprintf(folder[2], PATH_LENGTH, "%s/" CLMLP_BIN_TO_LIB "/clmlp", own);
    return FOLDERS;
}

static const char *package_of(const char *mpi)
{
    return strcmp(mpi, "mpich") == 0 ? "mpich, to build it libmpich-dev" : "openmpi-bin, to build it libopenmpi-dev";
}

static clmlp_status fail_missing(const char *mpi, char folder[FOLDERS][PATH_LENGTH], size_t folders, clmlp_error *error)
{
    char text[FOLDERS * PATH_LENGTH + 16] = "";
    size_t used = 0;
    for (size_t i = 0; i < folders; i++) {
        const int written = snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? ", " : "", folder[i]);
        used += written > 0 ? (size_t)written : 0;
    }
    return clmlp_fail(error, CLMLP_NO_DEVICE,
                      "the module for this launcher's MPI, clmlp-%s.so, is not in %s: build clmlp where %s is "
                      "installed, or name its folder with CLMLP_MPI_DIR; CLMLP_MPI=none goes without",
                      mpi, folders == 0 ? "any folder" : text, strcmp(mpi, "mpich") == 0 ? "libmpich-dev"
                                                                                              : "libopenmpi-dev");
}

static clmlp_status take_table(const clmlp_transport **out, void *handle, const char *path, const char *mpi,
                               clmlp_error *error)
{
    const clmlp_transport *const table = dlsym(handle, CLMLP_TRANSPORT_SYMBOL);
    if (table == NULL) {
        return clmlp_fail(error, CLMLP_NO_DEVICE, "%s is no module of clmlp: it has no " CLMLP_TRANSPORT_SYMBOL, path);
    }
    if (table->version != CLMLP_TRANSPORT_VERSION) {
        return clmlp_fail(error, CLMLP_NO_DEVICE,
                          "%s was made for another clmlp: its table has version %u, expected %d", path,
                          (unsigned)table->version, CLMLP_TRANSPORT_VERSION);
    }
    if (strcmp(table->mpi, mpi) != 0) {
        return clmlp_fail(error, CLMLP_NO_DEVICE, "%s is a module for %s, expected one for %s", path, table->mpi, mpi);
    }
    *out = table;
    return CLMLP_OK;
}

clmlp_status clmlp_module_load(const clmlp_transport **out, const char *mpi, clmlp_error *error)
{
    char folder[FOLDERS][PATH_LENGTH], path[PATH_LENGTH + 32];
    const size_t folders = list_folders(folder);
    for (size_t i = 0; i < folders; i++) {
        const int length = snprintf(path, sizeof path, "%s/clmlp-%s.so", folder[i], mpi);
        if (length < 0 || (size_t)length >= sizeof path || access(path, F_OK) != 0) continue;
        void *const handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
        if (handle == NULL) {
            const char *const why = dlerror();
            return clmlp_fail(error, CLMLP_NO_DEVICE, "%s cannot be loaded: %s (Debian's package for it is %s)", path,
                              why != NULL ? why : "?", package_of(mpi));
        }
        const clmlp_status status = take_table(out, handle, path, mpi, error);
        if (status != CLMLP_OK) (void)dlclose(handle);
        return status;
    }
    return fail_missing(mpi, folder, folders, error);
}
