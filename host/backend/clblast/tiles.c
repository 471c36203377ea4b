/* tiles.c - candidate parameters for CLBlast's GEMM kernels, checked before use.
 *
 * CLBlast's own parameters were measured for few devices, and for no CPU that PoCL runs on. It takes any parameters
 * unseen, so a set counts only once its results are checked.
 */
#include <clblast_c.h>

#include <stdio.h>
#include <string.h>

#include "backend/clblast/clblast.h"
#include "backend/clblast/process.h"
#include "backend/opencl/tuning.h"
#include "backend/probe/probe.h"
#include "base/memory.h"

enum { GEMM = 16, DIRECT = 10 };

static const char *gemm_names[GEMM] = {"GEMMK", "KREG",  "KWG", "KWI", "MDIMA", "MDIMC", "MWG", "NDIMB",
                                       "NDIMC", "NWG",   "SA",  "SB",  "STRM",  "STRN",  "VWM", "VWN"};
static const char *direct_names[DIRECT] = {"KWID", "MDIMAD", "MDIMCD", "NDIMBD", "NDIMCD",
                                           "PADA", "PADB",   "VWMD",   "VWND",   "WGD"};

typedef struct parameters {
    const char *name;
    const char *type;          /* of the devices that it is meant for: "CPU", "GPU" */
    size_t gemm[GEMM];
    size_t direct[DIRECT];     /* the kernel for small products; all 0: as it is */
    size_t least;              /* m n k >= least^3: not the kernel for small products */
} parameters;

static const parameters sets[] = {
    /* few work-items, each with much to do and no local memory */
    {"cpu-128", "CPU", {0, 1, 32, 2, 8, 8, 128, 8, 8, 128, 0, 0, 0, 0, 8, 8}, {0}, 1},
    {"cpu-128-direct", "CPU", {0, 1, 32, 2, 8, 8, 128, 8, 8, 128, 0, 0, 0, 0, 8, 8},
     {2, 8, 8, 8, 8, 0, 0, 4, 4, 64}, 128},
    /* as other GPUs of the kind have in CLBlast's own table */
    {"gpu-64x32", "GPU", {0, 1, 32, 2, 16, 16, 64, 8, 8, 32, 1, 1, 0, 0, 4, 4}, {0}, 512},
    {"gpu-64x64", "GPU", {0, 1, 32, 2, 16, 16, 64, 8, 8, 64, 1, 1, 0, 0, 4, 4}, {0}, 512},
    {"gpu-128x64", "GPU", {0, 1, 16, 2, 16, 16, 128, 8, 8, 64, 1, 1, 1, 1, 4, 4}, {0}, 512},
};

static const char DEFAULT[] = "default";

static const char *type_of(const clmlp_opencl *opencl)
{
    cl_device_type type = 0;
    (void)clGetDeviceInfo(opencl->device, CL_DEVICE_TYPE, sizeof type, &type, NULL);
    return (type & CL_DEVICE_TYPE_CPU) != 0 ? "CPU" : "GPU";
}

clmlp_status clmlp_clblast_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error)
{
    const char *type = type_of(opencl);
    TRY(clmlp_allocate(list, 1 + sizeof sets / sizeof *sets, sizeof **list, "the candidates", error));
    memcpy((*list)[0].text, DEFAULT, sizeof DEFAULT);
    *count = 1;
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (strcmp(sets[i].type, type) != 0) continue;
        (void)snprintf((*list)[(*count)++].text, CLMLP_TILES_LENGTH, "%s", sets[i].name);
    }
    return CLMLP_OK;
}

static clmlp_status override(const clmlp_opencl *opencl, const char *kernel, size_t count, const char **names,
                             const size_t *values, clmlp_error *error)
{
    const CLBlastPrecision precision =
        opencl->base.precision == CLMLP_F64 ? CLBlastPrecisionDouble : CLBlastPrecisionSingle;
    const CLBlastStatusCode code = CLBlastOverrideParameters(opencl->device, kernel, precision, count, names, values);
    return clmlp_clblast_check(opencl, (int)code, "CLBlast's parameters", error);
}

/* By itself CLBlast takes its kernel for small products first, of which no tile in its tables is larger than 64 x 64;
 * its interface for C does not tell which one it is. */
void clmlp_clblast_tile(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                        clmlp_probe_tile *tile)
{
    (void)equation, (void)rows, (void)columns, (void)length;
    enum { KWG = 2, MWG = 6, NWG = 9, KWID = 0, WGD = 9 };
    *tile = (clmlp_probe_tile){64, 64, 32, 1};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        const parameters *set = &sets[i];
        if (strcmp(set->name, opencl->base.tiles) != 0) continue;
        if (set->least > 1 && set->direct[0] == 0) continue; /* small products go to the kernel that it has by itself */
        *tile = (clmlp_probe_tile){set->gemm[MWG], set->gemm[NWG], set->gemm[KWG], 1};
        if (set->least > 1) *tile = (clmlp_probe_tile){set->direct[WGD], set->direct[WGD], set->direct[KWID], 1};
    }
}

/* NULL: CLBlast's own, or none of that name. */
static const parameters *find_set(const char *name)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
        if (strcmp(sets[i].name, name) == 0) return &sets[i];
    }
    return NULL;
}

static clmlp_status override_all(const clmlp_opencl *opencl, const parameters *set, clmlp_error *error)
{
    const char *least_name[] = {"XGEMM_MIN_INDIRECT_SIZE"};
    TRY(override(opencl, "Xgemm", GEMM, gemm_names, set->gemm, error));
    if (set->direct[0] != 0) TRY(override(opencl, "XgemmDirect", DIRECT, direct_names, set->direct, error));
    return override(opencl, "GemmRoutine", 1, least_name, &set->least, error);
}

/* What a device that is opened now computes with: the wanted set, or what is in force, if other open devices compute
 * with it. choice->name is still what is in force. Locked. */
static clmlp_status agree(clmlp_opencl *opencl, clmlp_clblast_choice **out, const char **name, clmlp_error *error)
{
    char text[CLMLP_TILES_LENGTH];
    const clmlp_tiles_source source = clmlp_tuning_tiles(opencl, "clblast", NULL, text);
    const parameters *const set = find_set(text);
    if (set == NULL && source == CLMLP_TILES_ASKED && strcmp(text, DEFAULT) != 0) {
        return clmlp_tuning_refuse(opencl, NULL, text, "CLBlast has no such set of parameters here", error);
    }
    TRY(clmlp_clblast_choice_of(opencl->device, opencl->base.precision, out, error));
    const clmlp_clblast_choice *const choice = *out;
    const char *const wanted = set != NULL ? set->name : NULL;
    const bool free_to_choose = choice->users == 0;
    if (!free_to_choose && source == CLMLP_TILES_ASKED && wanted != choice->name) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: CLBlast's parameters are the same for the whole process, and another open device "
                          "computes with \"%s\"; close it before you open one with \"%s\"",
                          opencl->name, choice->name != NULL ? choice->name : DEFAULT, text);
    }
    if (source == CLMLP_TILES_ASKED && set == NULL && choice->name != NULL) {
        return clmlp_fail(error, CLMLP_BAD_ARGUMENT,
                          "%s: this process has set CLBlast's parameters to \"%s\", and there is no way back to \"%s\"",
                          opencl->name, choice->name, text);
    }
    *name = free_to_choose && set != NULL ? wanted : choice->name;
    (void)snprintf(opencl->base.tiles, sizeof opencl->base.tiles, "%s", *name != NULL ? *name : DEFAULT);
    opencl->base.tuned = source == CLMLP_TILES_STORED && strcmp(text, opencl->base.tiles) == 0;
    return CLMLP_OK;
}

clmlp_status clmlp_clblast_plan(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_clblast_choice *choice = NULL;
    const char *name = NULL;
    clmlp_clblast_lock();
    const clmlp_status status = agree(opencl, &choice, &name, error);
    clmlp_clblast_unlock();
    return status;
}

/* Locked. */
static clmlp_status agree_and_use(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_clblast_choice *choice = NULL;
    const char *name = NULL;
    TRY(agree(opencl, &choice, &name, error));
    if (name != choice->name) {
        TRY(override_all(opencl, find_set(name), error));
        choice->name = name;
    }
    opencl->state = choice;
    choice->users++;
    return CLMLP_OK;
}

clmlp_status clmlp_clblast_apply(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_clblast_lock();
    const clmlp_status status = agree_and_use(opencl, error);
    clmlp_clblast_unlock();
    return status;
}
