/* common/update.h - the update rules, each once for all kernels: how theta and its state move by slope = dJ/dtheta.
 * No include guard: included for each type of number, with
 *   VALUE      REAL, or a vector of REALs
 *   OF(name)   the name of a function for that type
 * common/scalar.h and vector.h do that.
 *
 * -D UPDATE_RULE=CODE   of which rule, CODE_OPTIMIZER_... of codes.h; sgd when undefined. An unknown code does not
 *                       build.
 *
 * A rule defines
 *   UPDATE_STATES      matrices of state, 0 to UPDATE_STATES_MAX. They lie beside theta, in the same layout.
 *   UPDATE_CAN_SKIP    1 where a slope of 0 leaves theta and state as they are, else 0
 *   updated(theta, slope, state, numbers, bias)   returns the new theta, and puts the new state into state
 *                      [UPDATE_STATES]; bias: whether it is of column 0
 * theta 0, slope 0 and state 0 must give theta 0 and state 0, for that is what padding has.
 */
#ifndef UPDATE_RULE
#define UPDATE_RULE CODE_OPTIMIZER_SGD
#endif

#ifndef CLMLP_UPDATE_NUMBERS
#define CLMLP_UPDATE_NUMBERS
/* The numbers of a rule in one step, for one theta(l): UPDATE_RATE and on, of codes.h. */
typedef struct update_numbers {
    REAL of[UPDATE_NUMBERS];
} update_numbers;

/* Whether column 0 may move otherwise than the others. */
#if UPDATE_RULE == CODE_OPTIMIZER_ADAMW
#define UPDATE_TELLS_BIAS(numbers) true
#else
#define UPDATE_TELLS_BIAS(numbers) ((numbers).of[UPDATE_RATE] != (numbers).of[UPDATE_BIAS_RATE])
#endif
#endif

#define ALL(x) ((VALUE)(x))
#define NUMBER(name) ALL(numbers->of[UPDATE_##name])
#ifdef MR
/* The CPU family: PoCL 3.1 compiles two loads of adamw, 4 lanes, to other bits in fused steps than in single ones. */
#define RATE ALL(numbers->of[bias ? UPDATE_BIAS_RATE : UPDATE_RATE])
#else
/* Two numbers, of which one is taken: an index that is not known makes some compilers copy the argument to memory, and
 * Mesa 22.3 compile it wrongly. */
#define RATE ALL(bias ? numbers->of[UPDATE_BIAS_RATE] : numbers->of[UPDATE_RATE])
#endif
#define UPDATED(theta, slope, state) \
    INLINE VALUE OF(updated)(const VALUE theta, const VALUE slope, VALUE *state, const update_numbers *numbers, \
                             const bool bias)

/* sgd: theta := theta - rate slope. Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees",
 * 1847; the article's gradient descent. */
#if UPDATE_RULE == CODE_OPTIMIZER_SGD
#define UPDATE_STATES 0
#define UPDATE_CAN_SKIP 1
UPDATED(theta, slope, state)
{
    return theta - RATE * slope;
}

/* momentum: v := mu v + slope; theta := theta - rate v. Polyak, "Some methods of speeding up the convergence of
 * iteration methods", 1964, with the rate outside of v, as PyTorch's SGD has it. */
#elif UPDATE_RULE == CODE_OPTIMIZER_MOMENTUM
#define UPDATE_STATES 1
#define UPDATE_CAN_SKIP 0
UPDATED(theta, slope, state)
{
    state[0] = NUMBER(MOMENTUM) * state[0] + slope;
    return theta - RATE * state[0];
}

/* nesterov: v as momentum has it; theta := theta - rate (slope + mu v). Nesterov, "A method for solving the convex
 * programming problem with convergence rate O(1/k^2)", 1983, in the form of Sutskever et al., "On the importance of
 * initialization and momentum in deep learning", 2013, as PyTorch's SGD(nesterov=True) writes it. */
#elif UPDATE_RULE == CODE_OPTIMIZER_NESTEROV
#define UPDATE_STATES 1
#define UPDATE_CAN_SKIP 0
UPDATED(theta, slope, state)
{
    state[0] = NUMBER(MOMENTUM) * state[0] + slope;
    const VALUE ahead = NUMBER(MOMENTUM) * state[0] + slope;
    return theta - RATE * ahead;
}

/* rmsprop: v := beta2 v + (1 - beta2) slope^2; theta := theta - rate slope / (sqrt(v) + epsilon). Tieleman and Hinton,
 * "Lecture 6.5 - RMSprop", Coursera, 2012, with epsilon outside of the root, as PyTorch's RMSprop has it. */
#elif UPDATE_RULE == CODE_OPTIMIZER_RMSPROP
#define UPDATE_STATES 1
#define UPDATE_CAN_SKIP 0
UPDATED(theta, slope, state)
{
    const VALUE square = slope * slope;
    state[0] = NUMBER(BETA2) * state[0] + NUMBER(NEW2) * square;
    const VALUE size = sqrt(state[0]) + NUMBER(EPSILON);
    const VALUE direction = slope / size;
    return theta - RATE * direction;
}

/* adam: s := beta1 s + (1 - beta1) slope; v := beta2 v + (1 - beta2) slope^2;
 * theta := theta - rate / (1 - beta1^t) s / (sqrt(v) / sqrt(1 - beta2^t) + epsilon), t the step from 1. Kingma and Ba,
 * "Adam: a method for stochastic optimization", 2015, algorithm 1.
 * adamw: theta shrinks by 1 - rate decay first, without column 0. Loshchilov and Hutter, "Decoupled weight decay
 * regularization", 2019, algorithm 2, with the rate as a factor of the decay, as PyTorch's AdamW has it. */
#elif UPDATE_RULE == CODE_OPTIMIZER_ADAM || UPDATE_RULE == CODE_OPTIMIZER_ADAMW
#define UPDATE_STATES 2
#define UPDATE_CAN_SKIP 0
UPDATED(theta, slope, state)
{
    const VALUE square = slope * slope;
    state[0] = NUMBER(BETA1) * state[0] + NUMBER(NEW1) * slope;
    state[1] = NUMBER(BETA2) * state[1] + NUMBER(NEW2) * square;
    const VALUE size = sqrt(state[1]) * NUMBER(CORRECTION) + NUMBER(EPSILON);
    const VALUE direction = state[0] / size;
#if UPDATE_RULE == CODE_OPTIMIZER_ADAMW
    const VALUE kept = bias ? theta : theta * NUMBER(KEPT);
#else
    const VALUE kept = theta;
#endif
    return kept - RATE * direction;
}

#else
#error "UPDATE_RULE: there is no such update rule"
#endif

#undef UPDATED
#undef RATE
#undef NUMBER
#undef ALL
#undef VALUE
#undef OF

/* The state in a list of arguments, after others; and as a kernel hands it on, `from` a struct or (empty) from its
 * parameters. l is a layer's number, or empty. */
#ifndef STATE_ARGUMENTS
#if UPDATE_STATES == 0
#define STATE_ARGUMENTS(NEXT, l)
#define STATE_OF(from, l) {{0, 0}}
#elif UPDATE_STATES == 1
#define STATE_ARGUMENTS(NEXT, l) NEXT(STATE_0, state_0##l)
#define STATE_OF(from, l) {{from state_0##l, 0}}
#else
#define STATE_ARGUMENTS(NEXT, l) NEXT(STATE_0, state_0##l) NEXT(STATE_1, state_1##l)
#define STATE_OF(from, l) {{from state_0##l, from state_1##l}}
#endif

/* The matrices of state of one theta. */
typedef struct update_state {
    __global REAL *of[UPDATE_STATES_MAX];
} update_state;
#endif
