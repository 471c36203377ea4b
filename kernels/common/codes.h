/* codes.h - the numbers that host and kernels share: included by host C, and by every kernel.
 * Only #define lines, so that it is valid in both languages. */
#ifndef CLMLP_CODES_H
#define CLMLP_CODES_H

/* hidden activations, in the order of CLMLP_ACTIVATION_LIST */
#define CODE_SIGMOID 0
#define CODE_TANH 1
#define CODE_RELU 2
#define CODE_LINEAR 3
#define CODE_STEP 4
#define CODE_SWISH 5
#define CODE_SELU 6
#define CODE_MISH 7
#define CODE_LEAKY_RELU 8
#define CODE_ELU 9
#define CODE_GELU 10
#define CODE_GELU_TANH 11
#define CODE_SOFTPLUS 12
/* kernels know those from here on only where they are built for one of them */
#define CODE_FIRST_EXTRA 6

/* numbers of the activations: the slope of leaky-relu below 0; selu's scale, and scale times alpha (Klambauer et al.,
 * 2017); sqrt(1/2), 1 / sqrt(2 pi), and gelu-tanh's 2 sqrt(2/pi), c and 3 c (Hendrycks & Gimpel, 2016) */
#define LEAKY_SLOPE 0.01
#define SELU_SCALE 1.0507009873554804934193349852946
#define SELU_BELOW 1.7580993408473768599402175208123
#define ROOT_HALF 0.70710678118654752440084436210485
#define GAUSS_PEAK 0.39894228040143267793994605993438
#define GELU_RISE 1.5957691216057307117597842397375
#define GELU_CUBE 0.044715
#define GELU_CUBE_SLOPE 0.134145
/* gelu-tanh's sigmoid is 0 or 1 beyond, in float and double */
#define GELU_FLAT 32.0

/* output layers, in the order of CLMLP_OUTPUT_LIST */
#define CODE_OUTPUT_SIGMOID 0
#define CODE_OUTPUT_SOFTMAX 1
#define CODE_OUTPUT_LINEAR 2

/* when a row counts as predicted right, in the order of clmlp_right */
#define CODE_RIGHT_LARGEST 0
#define CODE_RIGHT_SIDES 1
#define CODE_RIGHT_NEVER 2
/* rows right, by an unknown code: modulo 2^32 the sum over M < 2^31 rows is 2^32 - M, more than there are */
#define NOT_A_COUNT 0xffffffffu

/* update rules, in the order of CLMLP_OPTIMIZER_LIST */
#define CODE_OPTIMIZER_SGD 0
#define CODE_OPTIMIZER_MOMENTUM 1
#define CODE_OPTIMIZER_NESTEROV 2
#define CODE_OPTIMIZER_RMSPROP 3
#define CODE_OPTIMIZER_ADAM 4
#define CODE_OPTIMIZER_ADAMW 5

/* the stream of random numbers that dropout takes, CLMLP_RANDOM_DROPOUT of host/base/random.h */
#define CODE_RANDOM_DROPOUT 16

/* numbers of an update rule in one step, for one theta(l), and what each is */
#define UPDATE_RATE 0       /* of columns >= 1, with adam's first correction, 1 / (1 - beta1^t) */
#define UPDATE_BIAS_RATE 1  /* the same of column 0 */
#define UPDATE_MOMENTUM 2
#define UPDATE_BETA1 3
#define UPDATE_NEW1 4       /* 1 - beta1 */
#define UPDATE_BETA2 5
#define UPDATE_NEW2 6       /* 1 - beta2 */
#define UPDATE_EPSILON 7
#define UPDATE_CORRECTION 8 /* adam's second, 1 / sqrt(1 - beta2^t) */
#define UPDATE_KEPT 9       /* adamw's 1 - rate decay, of columns >= 1 */
#define UPDATE_NUMBERS 10
#define UPDATE_STATES_MAX 2

/* work-items of a group in elementwise kernels */
#define ELEMENT_GROUP 128

/* cpu_compress_columns: panels of columns per work-group */
#define COMPRESS_PANELS 8

/* cpu_descend and cpu_steps: into how many parts of the examples the gradient of `numbers` of theta is cut. Up to so
 * many numbers; at least so many examples a part; the most parts. Sizes alone decide, so that results do not depend on
 * who computes. And tiles of `rows` x `columns` of a theta */
#define PARTS_NUMBERS 4096
#define PARTS_ROWS 64
#define PARTS_MOST 16
#define DESCEND_PARTS(M, numbers)                              \
    ((numbers) > PARTS_NUMBERS || (M) < 2 * PARTS_ROWS ? 1     \
     : (M) / PARTS_ROWS < PARTS_MOST ? (M) / PARTS_ROWS        \
                                     : PARTS_MOST)
#define DESCEND_TILES(s_in, s_out, rows, columns) (((s_in) + (rows)) / (rows) * (((s_out) + (columns)-1) / (columns)))

/* cpu_steps: the most layers of theta */
#define STEPS_LAYERS 4
/* columns of its table of sizes, and their number */
#define STEPS_S_IN 0
#define STEPS_S_OUT 1
#define STEPS_THETA_STRIDE 2
#define STEPS_COPY_STRIDE 3
#define STEPS_A_STRIDE 4
#define STEPS_DELTA_STRIDE 5
#define STEPS_Z_STRIDE 6
#define STEPS_SIZES 7
/* examples up to which theta is what a step reads most of: then each member keeps its columns of theta to itself */
#define STEPS_FEW 128
/* its team of work-groups: numbers that they synchronise with; then, for each member, counters of the last TEAM_LISTS
 * lists of work, TEAM_LINE numbers apart. A member's share is taken in TEAM_PARTS parts */
#define TEAM_WORDS 16
#define TEAM_LISTS 8
#define TEAM_LINE 16
#define TEAM_PARTS 32

/* work-items of the one work-group that adds up the costs of a batch */
#define SCORE_GROUP 64

/* dot products of theta-shaped matrices: the most work-groups of a layer, and numbers that one takes at a time */
#define DOT_GROUPS 64
#define DOT_CHUNK 1024
/* the number of a sum that is not there */
#define NO_SUM 0xffffffffu

/* independent chains of multiply-adds, and links of each in a round, that measure a device's peak */
#define PEAK_CHAINS 12
#define PEAK_UNROLL 8

/* functions that qualification sweeps, in the order of CLMLP_PROBE_FUNCTION_LIST */
#define QUALIFY_ADD 0
#define QUALIFY_MULTIPLY 1
#define QUALIFY_DIVIDE 2
#define QUALIFY_FMA 3
#define QUALIFY_MULTIPLY_ADD 4
#define QUALIFY_TWO_SUM 5
#define QUALIFY_EXP 6
#define QUALIFY_LOG 7
#define QUALIFY_LOG1P 8
#define QUALIFY_TANH 9
#define QUALIFY_SIGMOID 10
#define QUALIFY_RELU 11
#define QUALIFY_LOG1P_UNIT 12

/* how far apart the items are that qualify_barriers and qualify_chain exchange with */
#define QUALIFY_STRIDE 7

#endif
