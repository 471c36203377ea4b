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
 *   updated(theta, slope, state, numbers)   returns the new theta, and puts the new state into state [UPDATE_STATES]
 */
#ifndef UPDATE_RULE
#define UPDATE_RULE CODE_OPTIMIZER_SGD
#endif

#ifndef CLMLP_UPDATE_NUMBERS
#define CLMLP_UPDATE_NUMBERS
/* The numbers of a rule in one step: UPDATE_RATE and on, of codes.h. */
typedef struct update_numbers {
    REAL of[UPDATE_NUMBERS];
} update_numbers;
#endif

#define ALL(x) ((VALUE)(x))
#define NUMBER(name) ALL(numbers->of[UPDATE_##name])

/* sgd: theta := theta - rate slope. Cauchy, "Methode generale pour la resolution des systemes d'equations simultanees",
 * 1847; the article's gradient descent. */
#if UPDATE_RULE == CODE_OPTIMIZER_SGD
#define UPDATE_STATES 0
#define UPDATE_CAN_SKIP 1
INLINE VALUE OF(updated)(const VALUE theta, const VALUE slope, VALUE *state, const update_numbers *numbers)
{
    return theta - NUMBER(RATE) * slope;
}

/* momentum: v := mu v + slope; theta := theta - rate v. Polyak, "Some methods of speeding up the convergence of
 * iteration methods", 1964, with the rate outside of v, as PyTorch's SGD has it. */
#elif UPDATE_RULE == CODE_OPTIMIZER_MOMENTUM
#define UPDATE_STATES 1
#define UPDATE_CAN_SKIP 0
INLINE VALUE OF(updated)(const VALUE theta, const VALUE slope, VALUE *state, const update_numbers *numbers)
{
    state[0] = NUMBER(MOMENTUM) * state[0] + slope;
    return theta - NUMBER(RATE) * state[0];
}

#else
#error "UPDATE_RULE: there is no such update rule"
#endif

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
