/* family.c - the CPU family: tiles, program, launches. */
#include "backend/native/cpu/family.h"

#include <stdlib.h>
#include <string.h>

#include "backend/native/cpu/columns.h"
#include "backend/native/cpu/fused_steps.h"
#include "backend/native/cpu/gather.h"
#include "backend/native/cpu/program.h"
#include "backend/native/cpu/sparse.h"
#include "backend/native/cpu/tiles.h"
#include "backend/opencl/tuning.h"
#include "base/memory.h"
#include "common/codes.h"

static clmlp_interface_of *const interfaces[] = {
#define NATIVE_INTERFACE(name) clmlp_interface_cpu_##name,
    CLMLP_NATIVE_KERNEL_LIST(NATIVE_INTERFACE)
#undef NATIVE_INTERFACE
};
static clmlp_interface_of *const dropout_interfaces[] = {clmlp_interface_cpu_forward_dropout,
                                                         clmlp_interface_cpu_hidden_dropout};
static clmlp_interface_of *const rule_interfaces[] = {
#define RULE_INTERFACE(name) clmlp_interface_##name,
    CLMLP_CPU_RULE_KERNEL_LIST(RULE_INTERFACE)
#undef RULE_INTERFACE
};
static const char everything[] = "native_cpu/fused_steps.cl";

_Static_assert((size_t)NATIVE_COUNT <= sizeof((clmlp_native *)0)->kernels / sizeof(cl_kernel), "room for kernels");
_Static_assert(sizeof dropout_interfaces / sizeof *dropout_interfaces == (size_t)NATIVE_WITH_DROPOUT, "with dropout");
_Static_assert((int)RULE_AFTER_CPU <= (int)RULE_KERNEL_COUNT, "room for kernels of a rule");

/* 16 vector registers, or 32 with AVX-512. */
static unsigned vector_registers(const clmlp_opencl *opencl)
{
    return clmlp_opencl_lanes(opencl) * clmlp_precision_size(opencl->base.precision) >= 64 ? 32 : 16;
}

/* The tiles that suit the device. */
static clmlp_status list_tiles(const clmlp_opencl *opencl, clmlp_cpu_tiles **list, size_t *count, clmlp_error *error)
{
    return clmlp_cpu_candidates(clmlp_opencl_lanes(opencl), vector_registers(opencl),
                                (unsigned)clmlp_precision_size(opencl->base.precision), list, count, error);
}

static clmlp_status cpu_candidates(const clmlp_opencl *opencl, clmlp_tiles **list, size_t *count, clmlp_error *error)
{
    clmlp_cpu_tiles *tiles = NULL;
    clmlp_status status = CLMLP_OK;
    TRY(list_tiles(opencl, &tiles, count, error));
    TRY_CLEANUP(clmlp_allocate(list, *count, sizeof **list, "the candidates", error));
    for (size_t i = 0; i < *count; i++) clmlp_cpu_tiles_format(&tiles[i], (*list)[i].text, CLMLP_TILES_LENGTH);
cleanup:
    free(tiles);
    return status;
}

static clmlp_status choose_tiles(clmlp_opencl *opencl, clmlp_cpu_tiles *tiles, clmlp_error *error)
{
    clmlp_cpu_tiles *candidates = NULL;
    size_t count = 0;
    char text[CLMLP_TILES_LENGTH];
    const char *const variable = clmlp_native_of(opencl)->tiles_variable;
    const clmlp_tiles_source source = clmlp_tuning_tiles(opencl, "cpu", variable, text);
    if (source != CLMLP_TILES_UNSET) {
        const char *problem = clmlp_cpu_tiles_parse(text, tiles)
                                  ? clmlp_cpu_tiles_problem(tiles)
                                  : "expected ROWSxVECTORSxLANES/BLOCK such as 12x2x16/8";
        opencl->base.tuned = problem == NULL && source == CLMLP_TILES_STORED;
        if (problem == NULL) return CLMLP_OK;
        if (source == CLMLP_TILES_ASKED) return clmlp_tuning_refuse(opencl, variable, text, problem, error);
    }
    TRY(list_tiles(opencl, &candidates, &count, error));
    *tiles = candidates[0];
    free(candidates);
    return CLMLP_OK;
}

static clmlp_status plan(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    clmlp_cpu_tiles tiles;
    TRY(choose_tiles(opencl, &tiles, error));
    clmlp_cpu_tiles_format(&tiles, opencl->base.tiles, sizeof opencl->base.tiles);
    native->rows = tiles.rows;
    native->columns = (size_t)tiles.vectors * tiles.lanes;
    native->block = tiles.block;
    native->lanes = tiles.lanes;
    return CLMLP_OK;
}

static clmlp_status create_rule(clmlp_opencl *opencl, clmlp_optimizer optimizer, cl_program program,
                                clmlp_error *error)
{
    return clmlp_opencl_rule_create(opencl, optimizer, program, RULE_OF_ENGINE, rule_interfaces,
                                    sizeof rule_interfaces / sizeof *rule_interfaces, error);
}

/* The kernels without an update rule, from the program; those that were there go. */
static clmlp_status create_kernels(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if (k == NATIVE_descend || k == NATIVE_update) continue;
        const char *const name = interfaces[k]().name;
        if (native->kernels[k] != NULL) (void)clReleaseKernel(native->kernels[k]);
        TRY(clmlp_opencl_create_kernel(opencl, native->program, name, &native->kernels[k], error));
    }
    return CLMLP_OK;
}

static clmlp_status build(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);

    opencl->score_rows = native->rows;
    opencl->vector_lanes = (cl_uint)native->lanes;
    TRY(clmlp_native_cpu_program(opencl, everything, CLMLP_SGD, false, &native->program, error));
    native->extra = opencl->extra_activations;
    TRY(create_kernels(opencl, error));
    TRY(clmlp_opencl_create_kernel(opencl, native->program, "cpu_gather", &native->gather, error));
    TRY(clmlp_opencl_create_kernel(opencl, native->program, "cpu_columns", &native->copy_columns, error));
    TRY_CL(opencl, clGetDeviceInfo(opencl->device, CL_DEVICE_MAX_COMPUTE_UNITS, sizeof native->units, &native->units,
                                   NULL), "asking for the number of compute units", error);
    if (native->units == 0) native->units = 1; /* some driver's answer; fused steps need one */
    TRY(clmlp_native_sparse_create(opencl, error));
    TRY(clmlp_native_steps_create(opencl, error));
    return create_rule(opencl, CLMLP_SGD, native->program, error);
}

static clmlp_status prepare_rule(clmlp_opencl *opencl, clmlp_optimizer optimizer, clmlp_error *error)
{
    clmlp_opencl_rule *const rule = &opencl->rules[optimizer];
    if (rule->kernels[RULE_cpu_descend] != NULL) return CLMLP_OK;
    if (rule->program == NULL) {
        TRY(clmlp_native_cpu_program(opencl, everything, optimizer, false, &rule->program, error));
    }
    return create_rule(opencl, optimizer, rule->program, error);
}

static void release_dropout(clmlp_opencl *opencl)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    for (int k = 0; k < NATIVE_WITH_DROPOUT; k++) {
        if (native->dropout_kernels[k] != NULL) (void)clReleaseKernel(native->dropout_kernels[k]);
        native->dropout_kernels[k] = NULL;
    }
    if (native->dropout_program != NULL) (void)clReleaseProgram(native->dropout_program);
    native->dropout_program = NULL;
}

/* Fused steps have the activation and the rule, so the kernels of all rules that there are go, too. */
static clmlp_status prepare_extra(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *const native = clmlp_native_of(opencl);
    cl_program program = NULL;
    if (native->extra) return CLMLP_OK;
    TRY(clmlp_native_cpu_program(opencl, everything, CLMLP_SGD, false, &program, error));
    (void)clReleaseProgram(native->program);
    native->program = program;
    TRY(create_kernels(opencl, error));
    release_dropout(opencl); /* made anew when they are needed */
    for (int r = 0; r < CLMLP_OPTIMIZER_COUNT; r++) {
        clmlp_opencl_rule *const rule = &opencl->rules[r];
        if (rule->kernels[RULE_cpu_descend] == NULL) continue;
        for (int k = RULE_OF_ENGINE; k < RULE_KERNEL_COUNT; k++) {
            if (rule->kernels[k] != NULL) (void)clReleaseKernel(rule->kernels[k]);
            rule->kernels[k] = NULL;
        }
        if (rule->program != NULL) (void)clReleaseProgram(rule->program);
        rule->program = NULL;
        if (r == CLMLP_SGD) TRY(create_rule(opencl, CLMLP_SGD, native->program, error));
        else TRY(prepare_rule(opencl, (clmlp_optimizer)r, error));
    }
    native->extra = true;
    return CLMLP_OK;
}

static void release(clmlp_opencl *opencl)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    clmlp_native_gather_release(opencl);
    clmlp_native_columns_release(opencl);
    clmlp_native_sparse_release(opencl);
    clmlp_native_steps_release(opencl);
    for (int k = 0; k < NATIVE_COUNT; k++) {
        if (native->kernels[k] != NULL) (void)clReleaseKernel(native->kernels[k]);
    }
    if (native->program != NULL) (void)clReleaseProgram(native->program);
    release_dropout(opencl);
}

/* The kernels with dropout, once. */
static clmlp_status prepare_dropout(clmlp_opencl *opencl, clmlp_error *error)
{
    clmlp_native *native = clmlp_native_of(opencl);
    if (native->dropout_program == NULL) {
        TRY(clmlp_native_cpu_program(opencl, "native_cpu/layers.cl", CLMLP_SGD, true, &native->dropout_program, error));
    }
    for (int k = 0; k < NATIVE_WITH_DROPOUT; k++) {
        const char *const name = dropout_interfaces[k]().name;
        if (native->dropout_kernels[k] != NULL) continue;
        TRY(clmlp_opencl_create_kernel(opencl, native->dropout_program, name, &native->dropout_kernels[k], error));
    }
    return CLMLP_OK;
}

static size_t tiles(size_t n, size_t tile)
{
    return (n + tile - 1) / tile;
}

static clmlp_status launch(clmlp_opencl *opencl, const clmlp_native_launch *what, const void *arguments,
                           clmlp_error *error)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    const clmlp_native_kernel kernel = what->kernel;
    const bool update = kernel == NATIVE_update, output = kernel == NATIVE_output; /* in no blocks, for no product */
    const size_t down = tiles(what->rows, update ? native->columns : native->rows);
    const size_t blocks = update || output ? 1 : tiles(down, native->block), block = tiles(down, blocks);
    const size_t across = output ? 1 : tiles(what->columns, native->columns) * blocks;
    clmlp_launch one = {.kernel = native->kernels[kernel], .interface = interfaces[kernel],
                        .global = {block, across}, .local = {1, 1},
                        .work = 2.0 * (double)what->rows * (double)what->columns * (double)what->length,
                        .division = update || output ? CLMLP_BY_GROUPS : CLMLP_BY_COLUMNS};
    if (what->dropout) {
        if ((int)kernel >= (int)NATIVE_WITH_DROPOUT) {
            return clmlp_fail(error, CLMLP_BAD_ARGUMENT, "kernel number %d has no dropout", (int)kernel);
        }
        TRY(prepare_dropout(opencl, error));
        one.kernel = native->dropout_kernels[kernel];
        one.interface = dropout_interfaces[kernel];
    }
    if (kernel == NATIVE_descend || kernel == NATIVE_update) {
        const size_t of_rule = kernel == NATIVE_descend ? RULE_cpu_descend : RULE_cpu_update;
        return clmlp_opencl_rule_enqueue(opencl, what->optimizer, of_rule, &one, arguments, error);
    }
    return clmlp_opencl_enqueue(opencl, &one, arguments, error);
}

static clmlp_status rows_a_score(clmlp_opencl *opencl, const clmlp_native_launch *what, size_t *rows,
                                 clmlp_error *error)
{
    (void)what, (void)error;
    *rows = opencl->score_rows;
    return CLMLP_OK;
}

/* Sums go along whole panels; see kernels/native_cpu/layers.cl. */
static void tile(const clmlp_opencl *opencl, clmlp_equation equation, size_t rows, size_t columns, size_t length,
                 clmlp_probe_tile *out)
{
    const clmlp_native *native = clmlp_native_of(opencl);
    (void)rows, (void)columns, (void)length;
    *out = (clmlp_probe_tile){native->rows, native->columns, native->lanes, native->block};
    if (equation == CLMLP_EQUATION_HIDDEN_DELTA) out->length = native->columns;
    if (equation == CLMLP_EQUATION_GRADIENT) out->length = native->rows;
}

const clmlp_native_family clmlp_native_cpu = {
    .name = "cpu",
    .widest_output = SIZE_MAX,
    .candidates = cpu_candidates,
    .plan = plan,
    .build = build,
    .release = release,
    .prepare_rule = prepare_rule,
    .prepare_extra = prepare_extra,
    .launch = launch,
    .rows_a_score = rows_a_score,
    .tile = tile,
};
