/* step.cl - a training step in terms of the tiles of layers.cl: what each equation of each layer is given, and a step
 * in parts of the examples. For fused_steps.cl, which shares the work.
 */
#include "native_cpu/output.cl"
#include "native_cpu/parts.cl"
#include "native_cpu/sparse.cl"

/* Sizes of theta(l), l - 1 the first index: STEPS_... of codes.h. */
typedef struct step_sizes {
    ulong of[STEPS_LAYERS][STEPS_SIZES];
} step_sizes;

/* `steps` steps on M rows each, from row `first` on; layers: L - 1. picked 0: rows of x are read where they are. ready:
 * they have been picked or compressed before. numbers: [steps x layers x UPDATE_NUMBERS], of the update rule. Costs go
 * to `slot` and on, as from cpu_output. partial not 0: every layer's gradient is in parts, and their sums go there.
 */
#ifdef DROPOUT
/* Of a(l + 2), l the index, in the first step. */
typedef struct step_dropouts {
    dropout_numbers of[STEPS_LAYERS];
} step_dropouts;

#define TAKEN_ARGUMENTS STEPS_DROPOUT_ARGUMENTS
#define DROPOUT_OF(l, now) , .dropout = dropout_now(&args->dropouts.of[l], now)

INLINE dropout_numbers dropout_now(const dropout_numbers *first, const uint steps)
{
    dropout_numbers now = *first;
    now.step += steps;
    return now;
}
#else
#define TAKEN_ARGUMENTS STEPS_ARGUMENTS
#define DROPOUT_OF(l, now)
#endif
typedef struct steps_arguments STRUCT_OF(TAKEN_ARGUMENTS) steps_arguments;

/* The matrices of a network, l - 1 the index of theta(l), z(l + 1), a(l + 1) and delta(l + 1). */
typedef struct matrices {
    __global REAL *theta_t[STEPS_LAYERS], *theta[STEPS_LAYERS], *z[STEPS_LAYERS], *a[STEPS_LAYERS];
    __global REAL *delta[STEPS_LAYERS];
    update_state state[STEPS_LAYERS];
} matrices;

#define MATRICES_OF(args)                                                                        \
    {{args->theta_t1, args->theta_t2, args->theta_t3, args->theta_t4},                           \
     {args->theta1, args->theta2, args->theta3, args->theta4},                                   \
     {args->z1, args->z2, args->z3, args->z4},                                                   \
     {args->a1, args->a2, args->a3, args->a4},                                                   \
     {args->delta1, args->delta2, args->delta3, args->delta4},                                   \
     {STATE_OF(args->, 1), STATE_OF(args->, 2), STATE_OF(args->, 3), STATE_OF(args->, 4)}}

/* A layer as the tiles of layers.cl read it. */
typedef struct source {
    __global const REAL *a;
    ulong row, stride;
    __global const uint *order;
    ulong first;
    __global const uint *indices;
} source;

/* One of the steps: its number, its first row, and x as it was prepared for z and for the gradient. */
typedef struct one_step {
    const steps_arguments *args;
    const matrices *of;
    uint number;
    ulong from;
    source for_z, for_gradient;
} one_step;

#define SOURCE(in) \
    .a = (in).a, .a_row = (in).row, .a_stride = (in).stride, .order = (in).order, .first = (in).first

/* What follows fills in structs, and returns none: Oclgrind cannot do what clang makes of that. */

/* a(l), l - 1 the first index: x, or a layer. */
INLINE void layer_of(const one_step *s, const ulong l, const source *x, source *to)
{
    if (l == 0) {
        *to = *x;
        return;
    }
    const source layer = {s->of->a[l - 1], 0, s->args->sizes.of[l - 1][STEPS_A_STRIDE], 0, 0, 0};
    *to = layer;
}

INLINE void forward_of(const one_step *s, const ulong l, forward_arguments *to)
{
    const steps_arguments *args = s->args;
    const ulong *sizes = args->sizes.of[l];
    source in;
    layer_of(s, l, &s->for_z, &in);
    const forward_arguments forward = {
        SOURCE(in), .theta_t = s->of->theta_t[l], .theta_stride = sizes[STEPS_THETA_STRIDE], .M = args->M,
        .s_in = sizes[STEPS_S_IN], .s_out = sizes[STEPS_S_OUT], .code = args->code, .z = s->of->z[l],
        .z_stride = sizes[STEPS_Z_STRIDE], .a_out = l + 1 < args->layers ? s->of->a[l] : 0,
        .out_stride = sizes[STEPS_A_STRIDE], .indices = in.indices DROPOUT_OF(l, s->number)};
    *to = forward;
}

/* with_product: z(L) is not there yet. */
INLINE void output_of(const one_step *s, const bool with_product, output_arguments *to)
{
    const steps_arguments *args = s->args;
    const ulong l = args->layers - 1, *sizes = args->sizes.of[l];
    source in;
    layer_of(s, l, &s->for_z, &in);
    const output_arguments output = {
        SOURCE(in), .theta_t = with_product ? s->of->theta_t[l] : 0, .theta_stride = sizes[STEPS_THETA_STRIDE],
        .M = args->M, .s_in = sizes[STEPS_S_IN], .K = sizes[STEPS_S_OUT], .output = args->output, .right = args->right,
        .z = s->of->z[l], .z_stride = sizes[STEPS_Z_STRIDE], .y = args->y, .y_width = args->y_row,
        .y_order = args->order, .y_first = s->from, .w = args->w, .delta = s->of->delta[l],
        .delta_stride = sizes[STEPS_DELTA_STRIDE], .slot = args->slot + s->number * ((args->M + MR - 1) / MR),
        .scores = args->scores, .rights = args->rights};
    *to = output;
}

/* delta(l), l - 1 the index of theta(l), l at least 1. */
INLINE void hidden_of(const one_step *s, const ulong l, hidden_arguments *to)
{
    const steps_arguments *args = s->args;
    const ulong *sizes = args->sizes.of[l], *below = args->sizes.of[l - 1];
    const hidden_arguments hidden = {
        .delta_next = s->of->delta[l], .next_stride = sizes[STEPS_DELTA_STRIDE], .theta = s->of->theta[l],
        .theta_stride = sizes[STEPS_COPY_STRIDE], .M = args->M, .s_in = sizes[STEPS_S_IN],
        .s_out = sizes[STEPS_S_OUT], .z = s->of->z[l - 1], .z_stride = below[STEPS_Z_STRIDE], .a = s->of->a[l - 1],
        .a_stride = below[STEPS_A_STRIDE], .code = args->code, .delta = s->of->delta[l - 1],
        .delta_stride = below[STEPS_DELTA_STRIDE] DROPOUT_OF(l - 1, s->number)};
    *to = hidden;
}

INLINE void descent_of(const one_step *s, const ulong l, descend_arguments *to)
{
    const steps_arguments *args = s->args;
    const ulong *sizes = args->sizes.of[l];
    source in;
    layer_of(s, l, &s->for_gradient, &in);
    const descend_arguments descent = {
        SOURCE(in), .delta = s->of->delta[l], .delta_stride = sizes[STEPS_DELTA_STRIDE], .M = args->M,
        .s_in = sizes[STEPS_S_IN], .s_out = sizes[STEPS_S_OUT], .scale = args->scale, .decay = args->decay,
        .theta_t = s->of->theta_t[l], .theta_stride = sizes[STEPS_THETA_STRIDE], .theta = s->of->theta[l],
        .copy_stride = sizes[STEPS_COPY_STRIDE], .indices = in.indices};
    __global const REAL *numbers = args->numbers + (s->number * args->layers + l) * UPDATE_NUMBERS;
    *to = descent;
    for (int i = 0; i < UPDATE_NUMBERS; i++) to->numbers.of[i] = numbers[i];
}

/* Tiles of all theta. */
INLINE size_t tiles_of_step(const steps_arguments *args)
{
    size_t tiles = 0;
    for (ulong l = 0; l < args->layers; l++) {
        tiles += DESCEND_TILES(args->sizes.of[l][STEPS_S_IN], args->sizes.of[l][STEPS_S_OUT], MR, NR);
    }
    return tiles;
}

/* All of a step for the examples of part p, up to the sums of its gradients. */
__attribute__((noinline)) static void part_of_step(const one_step *s, const size_t p, const size_t parts)
{
    const steps_arguments *args = s->args;
    const size_t begin = part_begin(p, parts, args->M), end = part_begin(p + 1, parts, args->M);
    __global REAL *sums = args->partial + p * tiles_of_step(args) * (MR * NR);
    for (size_t m = begin; m < end && args->picked && !args->ready; m += MR) {
        gather_panel(m / MR, args->x, args->x_row, args->order, s->from, args->M, args->picked, args->picked_stride);
    }
    for (ulong l = 0; l + 1 < args->layers; l++) {
        forward_arguments forward;
        forward_of(s, l, &forward);
        for (size_t n = 0; n < forward.s_out; n += NR) {
            for (size_t m = begin; m < end; m += MR) forward_tile(m, n, &forward);
        }
    }
    output_arguments output;
    output_of(s, true, &output);
    if (output.K <= VW) {
        narrow_groups(begin, end, &output);
    } else {
        for (size_t m = begin; m < end; m += MR) output_rows_of(m / MR, &output);
    }
    for (ulong l = args->layers - 1; l > 0; l--) {
        hidden_arguments hidden;
        hidden_of(s, l, &hidden);
        for (size_t n = 0; n < hidden.s_in; n += NR) {
            for (size_t m = begin; m < end; m += MR) hidden_tile(m, n, &hidden);
        }
    }
    for (ulong l = 0; l < args->layers; l++) {
        descend_arguments descent;
        descent_of(s, l, &descent);
        sums = store_part(sums, begin, end, &descent);
    }
}

/* Tile t of all theta: its sums added up, and what becomes of them. */
INLINE void sum_of_step(const one_step *s, size_t t, const size_t parts)
{
    const steps_arguments *args = s->args;
    const size_t part_stride = tiles_of_step(args) * (MR * NR);
    __global const REAL *sums = args->partial;
    for (ulong l = 0; l < args->layers; l++) {
        const size_t tiles = DESCEND_TILES(args->sizes.of[l][STEPS_S_IN], args->sizes.of[l][STEPS_S_OUT], MR, NR);
        if (t < tiles) {
            descend_arguments descent;
            descent_of(s, l, &descent);
            add_parts(sums, part_stride, parts, t, &descent, s->of->state[l]);
            return;
        }
        t -= tiles;
        sums += tiles * (MR * NR);
    }
}
