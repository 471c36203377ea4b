/* kernel_faults.c - planted faults in kernel text: search and replace. */
#include "kernel_faults.h"

#define NATIVE_CPU "native-cpu", "native_cpu/layers.cl"
#define CPU_DESCEND "native-cpu", "native_cpu/descend.cl"
#define CPU_GATHER "native-cpu", "native_cpu/gather.cl"
#define CPU_OUTPUT "native-cpu", "native_cpu/output.cl"
#define SPARSE "native-cpu-sparse", "native_cpu/sparse.cl"
#define SPARSE_PRODUCT "native-cpu-sparse", "native_cpu/layers.cl"
#define SPARSE_DESCEND "native-cpu-sparse", "native_cpu/descend.cl"
#define NATIVE_GPU "native-gpu", "native_gpu/layers.cl"
#define GPU_OUTPUT "native-gpu", "native_gpu/output.cl"
#define GPU_TILE "native-gpu", "native_gpu/tile.h"
#define GPU_RESULT "native-gpu", "native_gpu/result.h"
#define GPU_DIRECT "native-gpu", "native_gpu/direct.h"
#define CLBLAST(file) "clblast", file

/* sgd, the network's activation */
#define AS_IT_IS CLMLP_SGD, CLMLP_SIGMOID
#define FORWARD(quantity, layer) CLMLP_EQUATION_FORWARD, CLMLP_QUANTITY_##quantity, layer, 1, 0, 0, AS_IT_IS
/* Of the output layer, in the networks from `network` to `end`. */
#define OUTPUT_IN(quantity, network, end) \
    CLMLP_EQUATION_OUTPUT_DELTA, CLMLP_QUANTITY_##quantity, LAYER_L, 1, network, end, AS_IT_IS
#define OUTPUT(quantity) OUTPUT_IN(quantity, 0, 0)
/* The CPU family's vectors hold rows in the first three networks, which have few outputs, and units in the fourth. */
#define NARROW(quantity) OUTPUT_IN(quantity, 0, 3)
#define WIDE(quantity) OUTPUT_IN(quantity, 3, 4)
/* Batches of less than 64 rows are not copied into panels before the products: the first operand there is a layer. */
#define NOT_PICKED 2
#define HIDDEN CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA, 3, 1, 0, 0, AS_IT_IS
/* of dropout; of the last network with it g' comes from a, and is more than 0 or 1 */
#define HIDDEN_UNDROPPED CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA, 3, 1, 2, 0, AS_IT_IS
#define DROPOUT(subject) subject, "common/dropout.h"
#define PLAIN_DROP CLBLAST("plain/activation.cl")
/* the first network takes g' from z, the others from a */
#define HIDDEN_Z CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA, 3, 1, 0, 1, AS_IT_IS
#define HIDDEN_A CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA, 3, 1, 1, 0, AS_IT_IS
#define GRADIENT CLMLP_EQUATION_GRADIENT, CLMLP_QUANTITY_GRADIENT, 1, 1, 0, 0, AS_IT_IS
#define DOT CLMLP_EQUATION_DOT, CLMLP_QUANTITY_DOT, LAYER_L, 1, 0, 0, AS_IT_IS
#define COMBINE(quantity, step) CLMLP_EQUATION_COMBINE, CLMLP_QUANTITY_##quantity, 1, step, 0, 0, AS_IT_IS
#define GATHER CLMLP_EQUATION_COUNT, CLMLP_QUANTITY_X, 1, 1, 0, 0, AS_IT_IS
#define UPDATE CLMLP_EQUATION_UPDATE, CLMLP_QUANTITY_THETA, 1, 1, 0, 0, AS_IT_IS

/* In a file that all engines build from. */
#define EVERYWHERE(name, file, from, to, ...)                  \
    {name, "clblast", file, from, to, NULL, __VA_ARGS__},      \
    {name, "native-cpu", file, from, to, NULL, __VA_ARGS__},   \
    {name, "native-gpu", file, from, to, NULL, __VA_ARGS__}
/* In the first network alone: with an update rule; with another activation, whose g is wrong, or g'. */
#define RULE(rule, quantity, step) \
    CLMLP_EQUATION_UPDATE, CLMLP_QUANTITY_##quantity, 1, step, 0, 1, CLMLP_##rule, CLMLP_SIGMOID
#define G(activation) CLMLP_EQUATION_FORWARD, CLMLP_QUANTITY_A, 2, 1, 0, 1, CLMLP_SGD, CLMLP_##activation
#define G_SLOPE(activation) CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA, 3, 1, 0, 1, CLMLP_SGD, CLMLP_##activation
/* of two networks, which have classes */
#define SMOOTHED OUTPUT_IN(COST, 0, 2)
#define COUNTED OUTPUT_IN(RIGHT, 0, 2)
#define COUNTED_BY_LARGEST OUTPUT_IN(RIGHT, 1, 2)
#define CLIPPED(rule) CLMLP_EQUATION_CLIP, CLMLP_QUANTITY_CLIPPED, 1, 1, 0, 1, CLMLP_##rule, CLMLP_SIGMOID
#define SCALED(equation, quantity, step) \
    CLMLP_EQUATION_##equation, CLMLP_QUANTITY_##quantity, 1, step, 0, 1, AS_IT_IS
#define FUSED "native-cpu", "native_cpu/fused_steps.cl"
#define STEP "native-cpu", "native_cpu/step.cl"
#define PARTS "native-cpu", "native_cpu/parts.cl"
#define STEPS(rule) FUSED_STEPS, CLMLP_QUANTITY_THETA, 1, 4, 0, 1, CLMLP_##rule, CLMLP_SIGMOID

/* One of the kernels without the barriers of its product. Removing the one in front of the loop alone changes
 * nothing where a driver (PoCL) makes every loop that has a barrier begin with one. */
#define RACE_FROM "barrier(CLK_LOCAL_MEM_FENCE);"
#define RACE_TO "RACE;"
#define RACE_IN(kernel) \
    "#ifdef " kernel "\n#define RACE\n#else\n#define RACE barrier(CLK_LOCAL_MEM_FENCE)\n#endif\n"
/* Without the one behind every step. */
#define LOOP_FROM "add_columns(columns, b_next);\n        }\n        barrier(CLK_LOCAL_MEM_FENCE);"
#define LOOP_TO "add_columns(columns, b_next);\n        }\n        RACE;"

const kernel_fault kernel_faults[] = {
    /* --- native, CPUs --- */
    {"tail", NATIVE_CPU, "MULTIPLY_ROWS(acc, s_in,", "MULTIPLY_ROWS(acc, s_in - 1,", NULL, CLMLP_EQUATION_FORWARD,
     CLMLP_QUANTITY_Z, 2, 1, 0, NOT_PICKED, AS_IT_IS},
    {"tail", NATIVE_CPU, "MULTIPLY_SLICES(acc, s_in,", "MULTIPLY_SLICES(acc, s_in - 1,", NULL, CLMLP_EQUATION_FORWARD,
     CLMLP_QUANTITY_Z, 3, 1, 0, NOT_PICKED, AS_IT_IS},
    {"tail", CPU_OUTPUT, "first, m, args->M, args->s_in,", "first, m, args->M, args->s_in - 1,", NULL, WIDE(Z)},
    {"tail", CPU_OUTPUT, "size_t left = args->s_in;", "size_t left = args->s_in - 1;", NULL, NARROW(Z)},
    {"tail", NATIVE_CPU, "MULTIPLY_SLICES(acc, args->s_out,", "MULTIPLY_SLICES(acc, args->s_out - 1,", NULL, HIDDEN},
    {"tail", CPU_DESCEND, "first, args->M, delta_at);", "first, args->M - 1, delta_at);", NULL, CLMLP_EQUATION_GRADIENT,
     CLMLP_QUANTITY_GRADIENT, 1, 1, 0, NOT_PICKED, AS_IT_IS},
    {"tail", CPU_DESCEND, "a_stride, i, args->M, delta_at);", "a_stride, i, args->M - 1, delta_at);", NULL,
     CLMLP_EQUATION_GRADIENT, CLMLP_QUANTITY_GRADIENT, 2, 1, 0, NOT_PICKED, AS_IT_IS},
    {"edge", NATIVE_CPU,
     "if (m + r >= args->M) continue;\n        UNROLL for (int v = 0; v < NV; v++) {\n            const REALV value",
     "if (m + r + 1 >= args->M) continue;\n        UNROLL for (int v = 0; v < NV; v++) {\n"
     "            const REALV value", NULL, FORWARD(Z, 2)},
    {"edge", CPU_OUTPUT, "r < end; r++", "r < end && r + 1 < args->M; r++", NULL, WIDE(A)},
    {"edge", CPU_OUTPUT, "narrow_rows(r, count, args, &rows);",
     "narrow_rows(r, count - (end == args->M), args, &rows);", NULL, NARROW(A)},
    {"edge", CPU_DESCEND, "if (i + r > args->s_in) continue;", "if (i + r + 1 > args->s_in) continue;", NULL, GRADIENT},
    {"transpose", NATIVE_CPU, "acc, (rows)[r][k], (b)", "acc, (rows)[k % MR][k / MR * MR + r], (b)", NULL,
     CLMLP_EQUATION_FORWARD, CLMLP_QUANTITY_Z, 2, 1, 0, NOT_PICKED, AS_IT_IS},
    {"transpose", NATIVE_CPU, "SPLAT(ONE) : value, v * MR + r, out", "SPLAT(ONE) : value, r * NV + v, out", NULL,
     FORWARD(A, 2)},
    {"stale", CPU_GATHER, "FIND_ROWS(rows, all, width, order, first",
     "FIND_ROWS(rows, all, width, order, first % M", NULL,
     CLMLP_EQUATION_FORWARD, CLMLP_QUANTITY_Z, 2, 2, 2, 0, AS_IT_IS}, /* batches of 64 and more are picked first */
    {"transpose", CPU_DESCEND, "slope_of(acc[r][v], old", "slope_of(acc[v * (MR / NV) + r / NV][r % NV], old", NULL,
     GRADIENT},
    {"no_bias", NATIVE_CPU, "START_WITH_BIAS(acc, theta_at, args->s_in);", "START_WITH_ZERO(acc);", NULL,
     FORWARD(Z, 2)},
    {"no_bias", CPU_OUTPUT, "START_WITH_BIAS(acc, theta_at, args->s_in);\n            MULTIPLY_LAYER",
     "START_WITH_ZERO(acc);\n            MULTIPLY_LAYER", NULL, WIDE(Z)},
    {"no_bias", CPU_OUTPUT, "acc[r] = bias;", "acc[r] = SPLAT(ZERO);", NULL, NARROW(Z)},
    {"lambda_on_bias", CPU_DESCEND, "if (i < args->s_in) slope += SPLAT(args->decay)", "slope += SPLAT(args->decay)",
     NULL, GRADIENT},
    {"lambda_on_bias", CPU_DESCEND, "update_vector(old, slope,",
     "update_vector(old, slope + (i + r < args->s_in ? SPLAT(ZERO) : SPLAT(args->decay) * old),", NULL, UPDATE},
    {"no_mean", CPU_DESCEND, "sum * SPLAT(args->scale)", "sum", NULL, GRADIENT},
    {"no_mean", CPU_DESCEND, "update_vector(old, slope,", "update_vector(old, SPLAT((REAL)args->M) * slope,", NULL,
     UPDATE},
    {"scale", NATIVE_CPU, "fma(a_splat, b_row[v]", "fma(a_splat, b_row[v] * (REAL)1.0001", NULL, FORWARD(Z, 2)},
    {"scale", NATIVE_CPU, "acc[r][v] * slope", "acc[r][v] * slope * (REAL)1.0001", NULL, HIDDEN},
    {"trend", NATIVE_CPU, "fma(a_splat, b_row[v]", "fma(a_splat, b_row[v] * (REAL)1.0001", NULL, FORWARD(Z_TREND, 2)},
    {"scale", CPU_OUTPUT, "SPLAT(weight) * (hv - yv)", "SPLAT(weight) * (hv - yv) * (REAL)1.0001", NULL, WIDE(DELTA)},
    {"scale", CPU_OUTPUT, "weights * (h[k] - y[k])", "weights * (h[k] - y[k]) * (REAL)1.0001", NULL, NARROW(DELTA)},
    {"weight", CPU_OUTPUT, "SPLAT(weight) * (hv - yv)", "hv - yv", NULL, WIDE(DELTA)},
    {"weight", CPU_OUTPUT, "weights * (h[k] - y[k])", "h[k] - y[k]", NULL, NARROW(DELTA)},
    {"weight", CPU_OUTPUT, "weight * sum_lanes(cost)", "sum_lanes(cost)", NULL, WIDE(COST)},
    {"weight", CPU_OUTPUT, "weights * cost", "cost", NULL, NARROW(COST)},
    {"weight", CPU_OUTPUT, "args->w ? args->w[y_row] : ONE,", "args->w ? args->w[r] : ONE,", NULL, WIDE(COST)},
    {"weight", CPU_OUTPUT, "args->w ? args->w[y_row] : ONE;", "args->w ? args->w[r] : ONE;", NULL, NARROW(COST)},
    {"scale", CPU_OUTPUT, "cost += counts ? term", "cost += counts ? term * (REAL)1.0001", NULL, WIDE(COST)},
    {"scale", CPU_OUTPUT, "cost += term;", "cost += term * (REAL)1.0001;", NULL, NARROW(COST)},
    {"transpose", CPU_OUTPUT, "transpose(z);", "", NULL, NARROW(A)},
    {"transpose", CPU_OUTPUT, "transpose(y);", "", NULL, NARROW(COST)},
    {"transpose", CPU_OUTPUT, "transpose(h);", "", NULL, NARROW(A)},
    {"transpose", CPU_OUTPUT, "transpose(delta);", "", NULL, NARROW(DELTA)},
    {"scale", CPU_DESCEND, "sum * SPLAT(args->scale)", "sum * SPLAT(args->scale) * (REAL)1.0001", NULL, GRADIENT},
    {"transpose", NATIVE_CPU, "LOADV(v, z_at + r * NR)", "LOADV(v, z_at + (r > 0 ? r - 1 : r) * NR)", NULL, HIDDEN_Z},
    {"nan", NATIVE_CPU, "acc[r][v] * slope", "acc[r][v] * slope / ZERO * ZERO", NULL, HIDDEN},
    {"stale", CPU_DESCEND, "if (args->theta) copy_theta(", "if (false) copy_theta(", NULL, CLMLP_EQUATION_HIDDEN_DELTA,
     CLMLP_QUANTITY_DELTA, 3, 2, 0, 0, AS_IT_IS}, /* theta's copy for hidden_delta, which that reads in the next step */
    {"dropout", DROPOUT("native-cpu"), "(WORD)(d->step)", "(WORD)(d->step + 1)", NULL, FORWARD(A, 2)},
    {"dropout", DROPOUT("native-cpu"), "PHILOX_ROUNDS 10", "PHILOX_ROUNDS 9", NULL, FORWARD(A, 2)},
    {"dropout", NATIVE_CPU, "value * SPLAT(d->scale)", "value", NULL, FORWARD(A, 2)},
    {"dropout", NATIVE_CPU, "words[p + 2] =", "words[3 - p] =", NULL, FORWARD(A, 2)},
    {"dropout", NATIVE_CPU, "NV, 1, m, n, args->M, args->s_in,", "NV, 1, m, n + 4, args->M, args->s_in + 4,", NULL,
     HIDDEN},
    {"dropout", NATIVE_CPU, "* SPLAT(args->dropout.rest)", "", NULL, HIDDEN_UNDROPPED},
    /* --- native, CPUs, input data without its zeros --- */
    {"tail", SPARSE, "k < c + VW && k < args->width", "k < c + VW && k + 1 < args->width", NULL, FORWARD(Z, 2)},
    {"tail", SPARSE, "e < args->M; e++", "e + 1 < args->M; e++", NULL, GRADIENT},
    {"edge", SPARSE, "count += bits != 0;", "count += AS_BITS(rows[0][k]) != 0;", NULL, FORWARD(Z, 2)},
    {"edge", SPARSE, "count[b] += bits != 0;", "count[b] += AS_BITS(row[b * MR]) != 0;", NULL, GRADIENT},
    {"transpose", SPARSE, "value[count * MR + r] = number;", "value[count * MR + MR - 1 - r] = number;", NULL,
     FORWARD(Z, 2)},
    {"no_bias", SPARSE, "bits |= AS_BITS(row[b * MR + r]);",
     "if ((from + b) * MR + r < args->width) bits |= AS_BITS(row[b * MR + r]);", NULL, GRADIENT},
    {"scale", SPARSE, "STOREV(LOADV(v, row + b * MR), v, value)",
     "STOREV(LOADV(v, row + b * MR) * (REAL)1.0001, v, value)", NULL, GRADIENT},
    {"skip", SPARSE_DESCEND, "indices[0] == 0 && args->decay == ZERO", "indices[0] <= args->M", NULL, UPDATE},
    {"stale", SPARSE, "args->order[args->first + e]", "args->order[args->first % args->M + e]", NULL,
     CLMLP_EQUATION_GRADIENT, CLMLP_QUANTITY_GRADIENT, 1, 2, 0, 0, AS_IT_IS},
    /* --- native, GPUs --- */
    {"tail", NATIVE_GPU, "pool, layer, theta, (uint)args->s_in,", "pool, layer, theta, (uint)args->s_in - 1,", NULL,
     FORWARD(Z, 2)},
    /* of the fourth network the product is a launch of its own; the first two have direct tiles */
    {"tail", GPU_OUTPUT, "length = (uint)s_in;", "length = (uint)s_in - 1;", NULL, OUTPUT_IN(Z, 0, 3)},
    {"tail", GPU_DIRECT, "k0 + i, K, true)", "k0 + i, K - 1, true)", NULL, OUTPUT_IN(Z, 0, 2)},
    {"transpose", GPU_DIRECT, "SPLAT(a_k[r].y), b_k[1]", "SPLAT(a_k[r].y), b_k[2]", NULL, OUTPUT_IN(Z, 0, 2)},
    {"tail", NATIVE_GPU, "pool, above, theta_t, (uint)args->s_out,", "pool, above, theta_t, (uint)args->s_out - 1,",
     NULL, HIDDEN},
    {"tail", NATIVE_GPU, "&layer, &above, (uint)args->M, 0, STEPS", "&layer, &above, (uint)args->M - 1, 0, STEPS",
     NULL, GRADIENT},
    {"no_bias", GPU_RESULT, "sum += LOCAL4(pool + r * 4);", "sum = LOCAL4(pool + r * 4);", NULL, GRADIENT},
    {"edge", GPU_TILE, "to[0] = v.x;", "", NULL, FORWARD(Z, 2)}, /* a row whose length is no multiple of 4 */
    {"transpose", GPU_TILE, "to[2 * extent] = next[f].z;\n            to[3 * extent] = next[f].w;",
     "to[3 * extent] = next[f].z;\n            to[2 * extent] = next[f].w;", NULL, FORWARD(Z, 2)},
    {"transpose", NATIVE_GPU, "const size_t at = m * args->theta_stride + n;",
     "const size_t at = m < args->s_out && n + 3 <= args->s_in && m + 3 <= args->s_in\n"
     "    ? n / 4 * 4 * args->theta_stride + m / 4 * 4 : m * args->theta_stride + n;",
     NULL, GRADIENT},
    {"transpose", NATIVE_GPU, "LOAD4(args->z + m * args", "LOAD4(args->z + (m > 0 ? m - 1 : m) * args", NULL, HIDDEN_Z},
    {"no_bias", NATIVE_GPU, "product + LOAD4(args->theta_t + args->s_in * args->theta_stride + n)", "product", NULL,
     FORWARD(Z, 2)},
    {"no_bias", GPU_OUTPUT, "product + LOAD4(theta_t + s_in * theta_stride + n)", "product", NULL,
     OUTPUT_IN(Z, 0, 3)},
    {"lambda_on_bias", NATIVE_GPU, "if (m < (uint)args->s_in) slope", "slope", NULL, GRADIENT},
    {"lambda_on_bias", NATIVE_GPU, "epilogue_update(old, slope, at",
     "epilogue_update(old, slope + (m < (uint)args->s_in ? SPLAT(ZERO) : SPLAT(args->decay) * old), at", NULL, UPDATE},
    {"no_mean", NATIVE_GPU, "product * SPLAT(args->scale)", "product", NULL, GRADIENT},
    {"trend", NATIVE_GPU, "product + LOAD4(args->theta_t + args->s_in",
     "product * (REAL)1.0001 + LOAD4(args->theta_t + args->s_in", NULL, FORWARD(Z_TREND, 2)},
    {"scale", NATIVE_GPU, "product * slope,", "product * slope * (REAL)1.0001,", NULL, HIDDEN},
    {"scale", GPU_OUTPUT, "= weight * (value - target)", "= weight * (value - target) * (REAL)1.0001", NULL,
     OUTPUT(DELTA)},
    {"weight", GPU_OUTPUT, "= weight * (value - target)", "= value - target", NULL, OUTPUT(DELTA)},
    {"weight", GPU_OUTPUT, "mine.cost *= weight;", "", NULL, OUTPUT(COST)},
    {"weight", GPU_OUTPUT, "w[y_row]", "w[m_read]", NULL, OUTPUT(COST)},
    {"scale", GPU_OUTPUT, "mine.cost += cost", "mine.cost += cost * (REAL)1.0001", NULL, OUTPUT(COST)},
    {"race", GPU_TILE, RACE_FROM, RACE_TO, RACE_IN("GPU_FORWARD"), FORWARD(Z, 2)},
    /* the third network's product goes through local memory; of the first one slice has all numbers */
    {"race", GPU_TILE, RACE_FROM, RACE_TO, RACE_IN("GPU_OUTPUT"), OUTPUT_IN(Z, 2, 3)},
    {"race", GPU_RESULT, "= acc[i];\n    barrier(CLK_LOCAL_MEM_FENCE);", "= acc[i];\n    RACE;", RACE_IN("GPU_OUTPUT"),
     OUTPUT_IN(Z, 1, 3)},
    {"race", GPU_TILE, RACE_FROM, RACE_TO, RACE_IN("GPU_HIDDEN"), HIDDEN},
    {"race", GPU_TILE, RACE_FROM, RACE_TO, RACE_IN("GPU_DESCEND"), GRADIENT},
    {"race", GPU_TILE, LOOP_FROM, LOOP_TO, RACE_IN("GPU_FORWARD"), CLMLP_EQUATION_FORWARD, CLMLP_QUANTITY_Z, 2, 1,
     1, 0, AS_IT_IS}, /* as soon as the sum is longer than a tile */
    {"race", GPU_OUTPUT, "tallies[t + half_row]);\n        barrier(CLK_LOCAL_MEM_FENCE);", "tallies[t + half_row]);",
     NULL, OUTPUT(COST)},
    {"dropout", DROPOUT("native-gpu"), "(WORD)(d->step)", "(WORD)(d->step + 1)", NULL, FORWARD(A, 2)},
    {"dropout", NATIVE_GPU, "value * SPLAT(d->scale)", "value", NULL, FORWARD(A, 2)},
    {"dropout", NATIVE_GPU, "DROP(product * slope, m, n)", "DROP(product * slope, m + 1, n)", NULL, HIDDEN},
    {"dropout", NATIVE_GPU, "* SPLAT(args->dropout.rest)", "", NULL, HIDDEN_UNDROPPED},
    {"lbfgs", "native-gpu", "plain/vectors.cl", "two_sum(sum, x[at] * y[at],", "two_sum(sum, x[at] * x[at],",
     NULL, DOT},
    /* --- the plain kernels beside CLBlast's products --- */
    {"edge", CLBLAST("plain/activation.cl"),
     "if (i >= M * s) return;\n    const size_t r = i / s, j = i - r * s;\n    a[",
     "if (i + 1 >= M * s) return;\n    const size_t r = i / s, j = i - r * s;\n    a[", NULL, FORWARD(A, 2)},
    {"edge", CLBLAST("plain/activation.cl"), "j = i - r * s;\n    delta",
     "j = i - r * s;\n    if (j + 1 == s) return;\n    delta", NULL,
     HIDDEN}, /* a column, as g' of a relu is 1 for most */
    {"edge", CLBLAST("plain/batch.cl"), "from[row * stride + c]",
     "from[row * stride + (c + 1 == stride ? c - 1 : c)]", NULL, GATHER},
    {"stale", CLBLAST("plain/batch.cl"), "order[first + r]", "order[r]", NULL,
     CLMLP_EQUATION_COUNT, CLMLP_QUANTITY_X, 1, 2, 0, 0, AS_IT_IS},
    {"edge", CLBLAST("plain/output.cl"), "if (r >= M) return;", "if (r + 1 >= M) return;", NULL, OUTPUT(A)},
    {"edge", CLBLAST("plain/descent.cl"), "if (i >= count) return;", "if (i + 1 >= count) return;", NULL, UPDATE},
    {"tail", CLBLAST("plain/output.cl"), "r < M; r += SCORE_GROUP", "r + 1 < M; r += SCORE_GROUP", NULL, OUTPUT(COST)},
    {"transpose", CLBLAST("plain/activation.cl"), "z[z_first + r * z_stride + j]",
     "z[z_first + (j * M + r) / s * z_stride + (j * M + r) % s]", NULL, FORWARD(A, 2)},
    {"transpose", CLBLAST("plain/activation.cl"), "delta[i] *= derivative(code, a[r * (s + 1) + 1 + j],",
     "delta[i] *= derivative(code, a[(j * M + r) / s * (s + 1) + 1 + (j * M + r) % s],", NULL, HIDDEN_A},
    {"transpose", CLBLAST("plain/activation.cl"), "z ? z[i]", "z ? z[j * M + r]", NULL, HIDDEN_Z},
    {"dropout", DROPOUT("clblast"), "(WORD)(d->step)", "(WORD)(d->step + 1)", NULL, FORWARD(A, 2)},
    {"dropout", PLAIN_DROP, "value * d->scale", "value", NULL, FORWARD(A, 2)},
    {"dropout", PLAIN_DROP, "z[i] : NOT_A_NUMBER), r, j,", "z[i] : NOT_A_NUMBER), r, j + 1,", NULL, HIDDEN},
    {"dropout", PLAIN_DROP, "* dropout.rest", "", NULL, HIDDEN_UNDROPPED},
    {"lambda_on_bias", CLBLAST("plain/descent.cl"), "i < count && i % stride != 0", "i < count", NULL, GRADIENT},
    {"scale", CLBLAST("plain/activation.cl"), "delta[i] *= ", "delta[i] *= (REAL)1.0001 * ", NULL, HIDDEN},
    /* of the second network of its kind; CLBlast has its products for itself */
    {"trend", CLBLAST("plain/activation.cl"), "delta[i] *= ", "delta[i] *= (REAL)1.0001 * ", NULL,
     CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA_TREND, 2, 1, 1, 0, AS_IT_IS},
    {"scale", CLBLAST("plain/output.cl"), "= weight * (value - target)", "= weight * (value - target) * (REAL)1.0001",
     NULL, OUTPUT(DELTA)},
    {"weight", CLBLAST("plain/output.cl"), "= weight * (value - target)", "= value - target", NULL, OUTPUT(DELTA)},
    {"weight", CLBLAST("plain/output.cl"), "= weight * cost", "= cost", NULL, OUTPUT(COST)},
    {"weight", CLBLAST("plain/output.cl"), "w[r]", "w[r % 2]", NULL, OUTPUT(COST)},
    {"scale", CLBLAST("plain/output.cl"), "= sums[0]", "= sums[0] * (REAL)1.0001", NULL, OUTPUT(COST)},
    {"scale", CLBLAST("plain/descent.cl"), "updated(theta[i], slope,", "updated(theta[i], (REAL)1.0001 * slope,", NULL,
     UPDATE},
    {"nan", CLBLAST("plain/output.cl"), "= weight * (value - target)", "= (value - target) / ZERO * ZERO", NULL,
     OUTPUT(DELTA)},
    {"lbfgs", CLBLAST("plain/vectors.cl"), "q < to; q += SCORE_GROUP", "q + 1 < to; q += SCORE_GROUP", NULL, DOT},
    {"lbfgs", CLBLAST("plain/vectors.cl"), "i < count; i += SCORE_GROUP", "i + 1 < count; i += SCORE_GROUP", NULL, DOT},
    {"lbfgs", CLBLAST("plain/vectors.cl"), "if (y) value += b_y;", "if (y) value -= b_y;", NULL, COMBINE(THETA, 1)},
    {"lbfgs", CLBLAST("plain/vectors.cl"), "if (q >= extent ||", "if (q + 1 >= extent ||", NULL, COMBINE(DIRECTION, 1)},
    {"lbfgs", CLBLAST("plain/vectors.cl"), "given * (sums_of", "given * (REAL)1.0001 * (sums_of", NULL,
     COMBINE(DIRECTION, 2)},
    {"race", CLBLAST("plain/output.cl"), "counts[t + half_group];\n        }\n        barrier(CLK_LOCAL_MEM_FENCE);",
     "counts[t + half_group];\n        }", NULL, OUTPUT(COST)},
    /* --- what training has beside the article's equations; in the first network --- */
    /* update rules */
    {"rule", "clblast", "common/update.h", "bias ? numbers->of[UPDATE_BIAS_RATE] : numbers->of[UPDATE_RATE]",
     "numbers->of[UPDATE_RATE]", NULL, RULE(SGD, THETA, 1)},
    {"rule", "native-gpu", "common/update.h", "bias ? numbers->of[UPDATE_BIAS_RATE] : numbers->of[UPDATE_RATE]",
     "numbers->of[UPDATE_RATE]", NULL, RULE(SGD, THETA, 1)},
    {"rule", "native-cpu", "common/update.h", "bias ? UPDATE_BIAS_RATE : UPDATE_RATE", "UPDATE_RATE", NULL,
     RULE(SGD, THETA, 1)},
    EVERYWHERE("rule", "common/update.h", "NUMBER(MOMENTUM) * state[0] + slope;\n    return",
               "state[0] + slope;\n    return", RULE(MOMENTUM, STATE, 2)),
    EVERYWHERE("rule", "common/update.h", "RATE * ahead", "RATE * state[0]", RULE(NESTEROV, THETA, 1)),
    EVERYWHERE("rule", "common/update.h", "NUMBER(BETA2) * state[0] + NUMBER(NEW2)",
               "NUMBER(NEW2) * state[0] + NUMBER(BETA2)", RULE(RMSPROP, STATE, 1)),
    EVERYWHERE("rule", "common/update.h", "sqrt(state[0]) + NUMBER(EPSILON)", "sqrt(state[0] + NUMBER(EPSILON))",
               RULE(RMSPROP, THETA, 1)),
    EVERYWHERE("rule", "common/update.h", "NUMBER(BETA1) * state[0] + NUMBER(NEW1)",
               "NUMBER(BETA2) * state[0] + NUMBER(NEW2)", RULE(ADAM, STATE, 1)),
    EVERYWHERE("rule", "common/update.h", "NUMBER(BETA2) * state[1] + NUMBER(NEW2)",
               "NUMBER(BETA1) * state[1] + NUMBER(NEW1)", RULE(ADAM, STATE2, 1)),
    EVERYWHERE("rule", "common/update.h", "sqrt(state[1]) * NUMBER(CORRECTION)", "sqrt(state[1])",
               RULE(ADAM, THETA, 1)),
    EVERYWHERE("rule", "common/update.h", "sqrt(state[1]) * NUMBER(CORRECTION) + NUMBER(EPSILON)",
               "sqrt(state[1] + NUMBER(EPSILON)) * NUMBER(CORRECTION)", RULE(ADAM, THETA, 1)),
    EVERYWHERE("rule", "common/update.h", "bias ? theta : theta * NUMBER(KEPT)", "theta * NUMBER(KEPT)",
               RULE(ADAMW, THETA, 1)),
    EVERYWHERE("rule", "common/update.h", "bias ? theta : theta * NUMBER(KEPT)", "theta", RULE(ADAMW, THETA, 1)),
    {"state", CPU_DESCEND, "STOREV(values[k], 0, state.of[k] + at);", "if (false) {}", NULL, RULE(MOMENTUM, STATE, 1)},
    {"state", CPU_DESCEND, "LOADV(0, state.of[k] + at)", "LOADV(0, state.of[0] + at)", NULL, RULE(ADAM, STATE2, 2)},
    {"state", NATIVE_GPU, "store_state(state.of[k] + at, values[k], count);", "{}", NULL, RULE(MOMENTUM, STATE, 1)},
    {"state", NATIVE_GPU, "(state.of[k] + at);\n    const", "(state.of[0] + at);\n    const", NULL,
     RULE(ADAM, STATE2, 2)},
    {"state", CLBLAST("plain/descent.cl"), "state.of[k][i] = values[k];", "{}", NULL, RULE(MOMENTUM, STATE, 1)},
    {"state", CLBLAST("plain/descent.cl"), "values[k] = state.of[k][i];", "values[k] = state.of[0][i];", NULL,
     RULE(ADAM, STATE2, 2)},
    /* activations, and their derivatives */
    EVERYWHERE("activation", "common/activation.h", "CONSTANT(SELU_BELOW)) * expm1", "CONSTANT(SELU_SCALE)) * expm1",
               G(SELU)),
    EVERYWHERE("slope", "common/activation.h", "a + ALL(CONSTANT(SELU_BELOW))", "a + ALL(CONSTANT(SELU_SCALE))",
               G_SLOPE(SELU)),
    EVERYWHERE("activation", "common/activation.h", "below + ALL(TWO)", "below + ALL(ONE)", G(MISH)),
    EVERYWHERE("slope", "common/activation.h", "ALL((REAL)4) * p", "ALL((REAL)4)", G_SLOPE(MISH)),
    EVERYWHERE("activation", "common/activation.h", "CONSTANT(LEAKY_SLOPE)) * z", "CONSTANT(GELU_CUBE)) * z",
               G(LEAKY_RELU)),
    EVERYWHERE("slope", "common/activation.h", ": ALL(CONSTANT(LEAKY_SLOPE));", ": ALL(ZERO);", G_SLOPE(LEAKY_RELU)),
    EVERYWHERE("activation", "common/activation.h", "z : expm1(z)", "z : exp(z)", G(ELU)),
    EVERYWHERE("slope", "common/activation.h", "ALL(ONE) : a + ALL(ONE)", "ALL(ONE) : a", G_SLOPE(ELU)),
    EVERYWHERE("activation", "common/activation.h", "erfc(z * ALL(-CONSTANT(ROOT_HALF)))", "erfc(-z)", G(GELU)),
    EVERYWHERE("slope", "common/activation.h", "CONSTANT(GAUSS_PEAK)", "CONSTANT(ROOT_HALF)", G_SLOPE(GELU)),
    EVERYWHERE("activation", "common/activation.h", "return OF(gelu_tanh)(z);", "return z * OF(gauss_below)(z);",
               G(GELU_TANH)),
    EVERYWHERE("slope", "common/activation.h", "CONSTANT(GELU_CUBE_SLOPE)", "CONSTANT(GELU_CUBE)", G_SLOPE(GELU_TANH)),
    EVERYWHERE("activation", "common/activation.h", "(z > ALL(ZERO) ? z : ALL(ZERO)) + log1p", "log1p", G(SOFTPLUS)),
    EVERYWHERE("slope", "common/activation.h", "return -expm1(-a);", "return a * (ALL(ONE) - a);", G_SLOPE(SOFTPLUS)),
    /* dropout: of another layer; forgotten on the way back */
    EVERYWHERE("dropout", "common/dropout.h", "d->layer << 8", "(d->layer + 1) << 8", FORWARD(A, 2)),
    {"dropout", NATIVE_CPU, "if (args->dropout.on) {", "if (false) {", NULL, HIDDEN},
    {"dropout", NATIVE_GPU, "DROP(product * slope, m, n)", "product * slope", NULL, HIDDEN},
    {"dropout", PLAIN_DROP, "drop(delta[i] * derivative(code, value, z ? z[i] : NOT_A_NUMBER), r, j, &dropout)",
     "delta[i] * derivative(code, value, z ? z[i] : NOT_A_NUMBER)", NULL, HIDDEN},
    /* label smoothing: the host smooths; a kernel that goes by which target is the class undoes it */
    {"smoothing", CPU_OUTPUT, "args->y ? LOADV(0, args->y + y_row * args->y_width)",
     "args->y ? (LOADV(0, args->y + y_row * args->y_width) > SPLAT(HALF) ? SPLAT(ONE) : SPLAT(ZERO))", NULL, SMOOTHED},
    {"smoothing", CPU_OUTPUT, "y ? LOADV(v, y)", "y ? (LOADV(v, y) > SPLAT((REAL)0.5) ? SPLAT(ONE) : SPLAT(ZERO))",
     NULL, WIDE(COST)},
    {"smoothing", GPU_OUTPUT, "y ? y_at[k]", "y ? (REAL)(y_at[k] > (REAL)0.5)", NULL, SMOOTHED},
    {"smoothing", CLBLAST("plain/output.cl"), "y ? y[row + k]", "y ? (REAL)(y[row + k] > (REAL)0.5)", NULL, SMOOTHED},
    /* scores: a count that is one too many; a row that is judged by its own outputs, or counted for the one before; the
     * cost of the first row twice */
    {"count", CPU_OUTPUT, "= total->right;", "= total->right + (group == 0 ? 1 : 0);", NULL, COUNTED},
    /* the first network counts by the sides of 1/2, without the target's column */
    {"count", CPU_OUTPUT, "look_at(&y_best, y[k],", "look_at(&y_best, h[k],", NULL, COUNTED_BY_LARGEST},
    {"count", CPU_OUTPUT, "look_at(&y_best, yv,", "look_at(&y_best, hv,", NULL, WIDE(RIGHT)},
    {"count", CPU_OUTPUT, "two_sum(total->sum, rows->costs[i],",
     "two_sum(total->sum, (total->sum == ZERO ? (REAL)2 : ONE) * rows->costs[i],", NULL, NARROW(COST)},
    {"count", CPU_OUTPUT, "weight * sum_lanes(cost), &",
     "(total->sum == ZERO ? (REAL)2 : ONE) * weight * sum_lanes(cost), &", NULL, WIDE(COST)},
    {"count", GPU_OUTPUT, "= count;", "= count + (GROUP_ROW == 0 ? 1 : 0);", NULL, COUNTED},
    {"count", GPU_OUTPUT, "&mine.y_column, target, k)", "&mine.y_column, value, k)", NULL, COUNTED_BY_LARGEST},
    {"count", GPU_OUTPUT, "two_sum(total, row.cost,", "two_sum(total, (r == 0 ? (REAL)2 : ONE) * row.cost,", NULL,
     OUTPUT(COST)},
    {"count", CLBLAST("plain/output.cl"), "rights[slot] = counts[0];", "rights[slot] = counts[0] + 1;", NULL, COUNTED},
    {"count", CLBLAST("plain/output.cl"), "count += row_right[r];", "count += row_right[0];", NULL, COUNTED},
    {"count", CLBLAST("plain/output.cl"), "two_sum(sum, row_cost[r],",
     "two_sum(sum, (r == 0 ? (REAL)2 : ONE) * row_cost[r],", NULL, OUTPUT(COST)},
    /* clipping: by the norm of one layer, not at all, upwards, without the first number of each row or panel */
    EVERYWHERE("clip", "plain/vectors.cl", "i < count; i += SCORE_GROUP", "i < 1; i += SCORE_GROUP", CLIPPED(SGD)),
    EVERYWHERE("clip", "plain/vectors.cl", "sums_of[2 * slot] = factor;", "sums_of[2 * slot] = ONE;", CLIPPED(SGD)),
    EVERYWHERE("clip_far", "plain/vectors.cl", "if (factor > ONE) factor = ONE;", "", CLIPPED(SGD)),
    EVERYWHERE("clip", "plain/vectors.cl", "if (q >= extent ||", "if (q == 0 || q >= extent ||", CLIPPED(SGD)),
    /* kernels that take theta's step from a gradient that was stored, as it is when it was clipped */
    {"clip", CPU_DESCEND, "&args->numbers, i == args->s_in)", "&args->numbers, false)", NULL, RULE(ADAMW, THETA, 1)},
    {"clip", CPU_DESCEND, "STOREV(values[k], 0, state.of[k] + at);", "{}", NULL, RULE(ADAM, STATE, 1)},
    {"clip", CPU_DESCEND, "copy[j * NR] = row[j];", "{}", NULL,
     CLMLP_EQUATION_HIDDEN_DELTA, CLMLP_QUANTITY_DELTA, 3, 2, 0, 1, AS_IT_IS},
    {"clip", NATIVE_GPU, "&numbers, row == s_in,", "&numbers, false,", NULL, RULE(ADAMW, THETA, 1)},
    {"clip", NATIVE_GPU, "if (row > s_in) return;", "if (row >= s_in) return;", NULL, RULE(ADAM, STATE, 1)},
    /* the scale of the inputs: its slope without the last row, or of the bias, too; forgotten in the gradient; not put
     * into theta; into theta's next column */
    EVERYWHERE("input_scale", "plain/input_scale.cl", "j < s_out; j++", "j + 1 < s_out; j++",
               SCALED(GRADIENT, SCALE_GRADIENT, 1)),
    EVERYWHERE("input_scale", "plain/input_scale.cl", "i == bias ? ZERO : sum", "sum",
               SCALED(GRADIENT, SCALE_GRADIENT, 1)),
    EVERYWHERE("input_scale", "plain/input_scale.cl", "= slope * factor", "= slope", SCALED(GRADIENT, RAW_GRADIENT, 2)),
    EVERYWHERE("input_scale", "plain/input_scale.cl", "theta[PLACE(j, i)] * scale[i * scale_row]",
               "theta[PLACE(j, i)]", SCALED(UPDATE, THETA, 1)),
    EVERYWHERE("input_scale", "plain/input_scale.cl", "* scale[i * scale_row]",
               "* scale[(i > 0 ? i - 1 : i) * scale_row]", SCALED(UPDATE, THETA, 1)),
    /* many steps in a launch: numbers of the rule of the first step, or of the first layer; its state; costs that all
     * go where that of the first step does; the dropout of the first step */
    {"steps", STEP, "(s->number * args->layers + l) * UPDATE_NUMBERS", "l * UPDATE_NUMBERS", NULL, STEPS(ADAM)},
    {"steps", STEP, "(s->number * args->layers + l) * UPDATE_NUMBERS", "s->number * args->layers * UPDATE_NUMBERS",
     NULL, STEPS(NESTEROV)},
    {"steps", FUSED, "&descent, of.state[l])", "&descent, of.state[0])", NULL, STEPS(MOMENTUM)},
    {"steps", STEP, "args->slot + s->number * ((args->M + MR - 1) / MR)", "args->slot", NULL, FUSED_STEPS,
     CLMLP_QUANTITY_COST, LAYER_L, 1, 0, 1, AS_IT_IS},
    {"dropout", STEP, "now.step += steps;", "", NULL, STEPS(SGD)},
    {"dropout", STEP, "DROPOUT_OF(l - 1, s->number)", "DROPOUT_OF(l, s->number)", NULL, STEPS(SGD)},
    /* gradients in parts of the examples: the last part alone; without the last examples; in fused steps without the
     * second part, with a unit's deltas for all units, and with the state of the first layer */
    {"parts", PARTS, "p == 0 ? acc[r][v] : total[r][v] + acc[r][v]", "acc[r][v]", NULL, GRADIENT},
    {"parts", PARTS, "panels * p / parts * MR", "panels * p / (parts + 1) * MR", NULL, GRADIENT},
    {"parts", PARTS, "size_t p = 1; p < parts; p++", "size_t p = 2; p < parts; p++", NULL, STEPS(SGD)},
    {"parts", PARTS, "SPLAT(delta_at[r])", "SPLAT(delta_at[0])", NULL, STEPS(SGD)},
    {"parts", STEP, "&descent, s->of->state[l])", "&descent, s->of->state[0])", NULL, STEPS(MOMENTUM)},
};
const size_t kernel_fault_count = sizeof kernel_faults / sizeof *kernel_faults;
