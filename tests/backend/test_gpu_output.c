/* test_gpu_output.c - the output layer of the GPU family in each of its tiles: bounds, bits, sums of costs. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/device.h"
#include "backend/native/gpu/family.h"
#include "equations/equations.h"
#include "networks.h"

/* Around the rows and columns of the tiles, and beyond the outputs that share a launch with their product. */
static const size_t rows[] = {1, 3, 4, 5, 7, 8, 9, 33}, columns[] = {1, 2, 10, 16, 17, 40};
/* Around a vector, a slice and a step. */
static const size_t lengths[] = {1, 4, 7, 25, 63, 64, 65, 128, 255, 257, 515};
enum {
    ROWS = sizeof rows / sizeof *rows,
    COLUMNS = sizeof columns / sizeof *columns,
    LENGTHS = sizeof lengths / sizeof *lengths
};

/* The device with candidate `tile` for the output layer; -1: by size. */
static subject open_with(int tile, clmlp_precision precision)
{
    char tiles[32];
    (void)snprintf(tiles, sizeof tiles, tile < 0 ? "by-size" : "8,%d", tile);
    cr_assert_eq(setenv("CLMLP_NATIVE_FAMILY", "gpu", 1), 0);
    cr_assert_eq(setenv("CLMLP_NATIVE_TILES", tiles, 1), 0);
    return open_subject("opencl+native", precision);
}

static int count_tiles(void)
{
    size_t count = 0;
    (void)clmlp_gpu_candidates(NATIVE_output, &count);
    return (int)count;
}

static const clmlp_gpu_tiles *tile_of(int tile)
{
    size_t count = 0;
    return &clmlp_gpu_candidates(NATIVE_output, &count)[tile];
}

/* Each pair of rows and columns, with an output, a length and weights that change from pair to pair. */
static void test_edges(int tile, clmlp_precision precision)
{
    subject s = open_with(tile, precision);
    const size_t begin = tile < 0 ? 0 : (size_t)tile;
    for (size_t i = 0; i < (size_t)ROWS * COLUMNS; i++) {
        const shape size = {rows[i / COLUMNS], lengths[(i + begin) % LENGTHS], columns[i % COLUMNS]};
        test_output(&s, size, (clmlp_output)((i + begin) % CLMLP_OUTPUT_COUNT), 4.0, i % 2 == 1);
        test_output_product(&s, size);
    }
    test_gathered(&s, (shape){33, 25, 10});
    clmlp_device_close(s.device);
}

Test(gpu_output, stays_within_its_bounds_with_every_tile)
{
    for (int tile = -1; tile < count_tiles(); tile++) test_edges(tile, CLMLP_F32);
}

Test(gpu_output, stays_within_its_bounds_in_double)
{
    for (int tile = -1; tile < count_tiles(); tile++) {
        const clmlp_gpu_limits limits = {.group = 1024, .local_bytes = 48 * 1024, .element = 8, .units = 132};
        if (tile >= 0 && clmlp_gpu_tiles_problem(tile_of(tile), NATIVE_output, &limits) != NULL) continue;
        test_edges(tile, CLMLP_F64);
    }
}

/* --- bits ------------------------------------------------------------------------------------------------------ */

/* An output layer [M x K] above s_in units, computed once from the same numbers on any device. */
typedef struct layer {
    shape size;
    matrix z, h, delta;
    double cost, right;
} layer;

static layer compute(subject *s, shape size, clmlp_output output_layer)
{
    layer l = {.size = size, .z = matrix_create(size.M, size.s_out), .h = matrix_create(size.M, size.s_out),
               .delta = matrix_create(size.M, size.s_out)};
    matrix a = matrix_create(size.M, size.s_in), theta = matrix_create(size.s_out, size.s_in + 1);
    matrix y = matrix_create(size.M, size.s_out), w = matrix_create(size.M, 1);
    clmlp_batch_score score;
    matrix_randomize(&a, 21, 1, 1.0, s->precision);
    matrix_randomize(&theta, 21, 2, 1.0, s->precision);
    for (size_t m = 0; m < size.M; m++) {
        y.values[m * size.s_out + m % size.s_out] = 1.0;
        w.values[m] = (double)(m % 4) * 0.5;
    }
    clmlp_tensor *const ta = input(s, CLMLP_TENSOR_LAYER, &a), *const ty = input(s, CLMLP_TENSOR_TARGET, &y);
    clmlp_tensor *const tt = input(s, CLMLP_TENSOR_THETA_ONE_WAY, &theta);
    clmlp_tensor *const tw = input(s, CLMLP_TENSOR_WEIGHT, &w);
    clmlp_tensor *const tz = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    clmlp_tensor *const th = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    clmlp_tensor *const td = output(s, CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    const clmlp_output_args args = {.M = size.M, .s_in = size.s_in, .K = size.s_out, .a_in = ta, .theta = tt, .y = ty,
                                    .w = tw, .output = output_layer, .right = CLMLP_RIGHT_LARGEST, .z = tz, .h = th,
                                    .delta = td, .slot = 0};
    OK(s->backend->ops->scores_reserve(s->backend, 1, size.M, size.M, error));
    OK(s->backend->ops->output_delta(s->backend, &args, error));
    OK(s->backend->ops->scores_read(s->backend, 0, 1, &score, error));
    get(s, tz, 0, size.M, l.z.values), get(s, th, 0, size.M, l.h.values), get(s, td, 0, size.M, l.delta.values);
    l.cost = score.cost, l.right = score.right;
    destroy(s, ta), destroy(s, tt), destroy(s, ty), destroy(s, tw), destroy(s, tz), destroy(s, th), destroy(s, td);
    matrix_free(&a), matrix_free(&theta), matrix_free(&y), matrix_free(&w);
    return l;
}

static void release(layer *l)
{
    matrix_free(&l->z), matrix_free(&l->h), matrix_free(&l->delta);
}

static void expect_same(const matrix *found, const matrix *wanted, const char *what, const layer *l, int tile)
{
    for (size_t i = 0; i < found->rows * found->columns; i++) {
        cr_assert(memcmp(&found->values[i], &wanted->values[i], sizeof(double)) == 0,
                  "%s[%zu], tile %d, %zu-%zu@%zu: %.17g, with another tile %.17g", what, i, tile, l->size.s_in,
                  l->size.s_out, l->size.M, found->values[i], wanted->values[i]);
    }
}

/* Slices of 8 and sums within a step: the order of the sums is that of the first tile, and of fused steps. */
Test(gpu_output, has_the_same_bits_with_tiles_of_the_same_slices)
{
    static const shape sizes[] = {{33, 64, 10}, {9, 25, 10}, {7, 63, 16}, {33, 17, 1}, {5, 8, 17}};
    enum { SIZES = sizeof sizes / sizeof *sizes };
    layer first[SIZES][CLMLP_OUTPUT_COUNT];
    int compared = 0;
    for (int tile = 0; tile < count_tiles(); tile++) {
        const clmlp_gpu_tiles *const t = tile_of(tile);
        if (t->tile_k / t->split != 8) continue;
        subject s = open_with(tile, CLMLP_F32);
        for (size_t i = 0; i < SIZES; i++) {
            for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) {
                layer l = compute(&s, sizes[i], (clmlp_output)o);
                if (tile == 0) {
                    first[i][o] = l;
                    continue;
                }
                expect_same(&l.z, &first[i][o].z, "z", &l, tile);
                expect_same(&l.h, &first[i][o].h, "h", &l, tile);
                expect_same(&l.delta, &first[i][o].delta, "delta", &l, tile);
                cr_assert_eq(l.right, first[i][o].right);
                compared++;
                release(&l);
            }
        }
        clmlp_device_close(s.device);
    }
    cr_assert_eq(compared, 4 * SIZES * CLMLP_OUTPUT_COUNT, "%d", compared);
    for (size_t i = 0; i < SIZES; i++) {
        for (int o = 0; o < CLMLP_OUTPUT_COUNT; o++) release(&first[i][o]);
    }
}

Test(gpu_output, has_the_same_bits_every_run)
{
    for (int tile = 0; tile < count_tiles(); tile++) {
        subject s = open_with(tile, CLMLP_F32);
        layer one = compute(&s, (shape){33, 515, 10}, CLMLP_OUTPUT_SOFTMAX);
        for (int run = 0; run < 3; run++) {
            layer other = compute(&s, (shape){33, 515, 10}, CLMLP_OUTPUT_SOFTMAX);
            expect_same(&other.z, &one.z, "z", &other, tile);
            expect_same(&other.delta, &one.delta, "delta", &other, tile);
            cr_assert_eq(other.cost, one.cost);
            release(&other);
        }
        release(&one);
        clmlp_device_close(s.device);
    }
}

/* --- by size --------------------------------------------------------------------------------------------------- */

/* The costs of launches with tiles of 8 and of 4 rows lie side by side, and each is read as it was left. */
Test(gpu_output, leaves_the_costs_of_tiles_of_different_heights_side_by_side)
{
    enum { K = 10, S_IN = 25 };
    subject s = open_with(-1, CLMLP_F32);
    size_t M[2] = {0, 0}, total = 0; /* a number of rows for tiles of 4 and of 8 rows */
    for (size_t m = 1; m <= 40000 && (M[0] == 0 || M[1] == 0); m = m + 1 + m / 3) {
        const clmlp_gpu_size size = {m, K, S_IN};
        const size_t chosen = clmlp_gpu_choose(NATIVE_output, &size, clmlp_gpu_limits_of((clmlp_opencl *)s.backend),
                                               NULL);
        M[tile_of((int)chosen)->tile_m == 8] = m;
    }
    cr_assert(M[0] > 0 && M[1] > 0, "%zu and %zu rows", M[0], M[1]);
    const size_t of[] = {M[1], M[0], M[1], M[0], M[0]}, most = M[0] > M[1] ? M[0] : M[1];
    enum { SLOTS = sizeof of / sizeof *of };
    matrix z = matrix_create(most, K), y = matrix_create(most, K);
    matrix_randomize(&z, 5, 1, 4.0, s.precision);
    clmlp_tensor *const tz = input(&s, CLMLP_TENSOR_MATRIX, &z), *const ty = input(&s, CLMLP_TENSOR_TARGET, &y);
    clmlp_batch_score scores[SLOTS];
    for (size_t i = 0; i < SLOTS; i++) total += of[i];
    OK(s.backend->ops->scores_reserve(s.backend, SLOTS, most, total, error));
    for (size_t i = 0; i < SLOTS; i++) {
        const clmlp_output_args args = {.M = of[i], .s_in = S_IN, .K = K, .y = ty, .z = tz, .slot = i,
                                        .output = CLMLP_OUTPUT_LINEAR, .right = CLMLP_RIGHT_SIDES};
        OK(s.backend->ops->output_delta(s.backend, &args, error));
    }
    OK(s.backend->ops->scores_read(s.backend, 0, SLOTS, scores, error));
    for (size_t i = 0; i < SLOTS; i++) {
        double cost = 0.0, right = 0.0;
        for (size_t m = 0; m < of[i]; m++) {
            bool all = true;
            for (size_t k = 0; k < K; k++) {
                const double value = z.values[m * K + k];
                cost += value * value / 2.0;
                all = all && !(value > 0.5);
            }
            right += all;
        }
        /* K terms of a row in float, of one rounding each beside that of the sum; rows in twice the precision */
        cr_assert(fabs(scores[i].cost - cost) <= (K + 3) * 0x1p-24 * cost, "slot %zu, %zu rows: %.17g, expected %.17g",
                  i, of[i], scores[i].cost, cost);
        cr_assert_eq(scores[i].right, right, "slot %zu, %zu rows: %g right, expected %g", i, of[i], scores[i].right,
                     right);
    }
    destroy(&s, tz), destroy(&s, ty);
    matrix_free(&z), matrix_free(&y);
    clmlp_device_close(s.device);
}
