/* fused_steps.cl - several training steps in one launch, for small networks.
 *
 * The work-groups of the launch, one for each compute unit, form a team. Every equation of a layer is cut into the
 * tiles of layers.cl. Each member does its share, always the same one, so that its part of theta stays in its own
 * cache. A member that is done early takes from the shares of others. Then all wait for each other. A tile is computed
 * exactly as by the kernels of layers.cl, whoever does it, so the results have the same bits.
 *
 * A device need not run all work-groups at the same time. Only those that have begun are in the team. The first waits a
 * little for others. At each step it admits those that have come since. Those that come after the last step leave at
 * once (after Sorensen et al., "Portable inter-workgroup barrier synchronisation for GPUs", OOPSLA 2016). A team of
 * one needs nobody. A work-group that has begun is taken to go on, as a thread of a CPU does.
 *
 * Waiting is spinning, which is a waste where other programs want the cores: a member that has no core keeps all others
 * for milliseconds. When that happens the first sends the others away, and stays alone for the next launches, for twice
 * as many each time.
 *
 * `team`, zeroed before the first launch; the last to leave zeroes all but TEAM_ALONE and TEAM_PENALTY again:
 */
#include "native_cpu/step.cl"

enum {
    TEAM_CAME,    /* how many have come, and TEAM_CLOSED */
    TEAM_SIZE,    /* how many of them take part */
    TEAM_STEP,    /* the step from which the newest do, */
    TEAM_WAITS,   /* what TEAM_ARRIVED is then, */
    TEAM_LIST,    /* and which list of work was the last */
    TEAM_ARRIVED, /* arrivals at waits, all together */
    TEAM_BEGUN,   /* steps that have begun */
    TEAM_STALLED, /* somebody had to wait too long */
    TEAM_LEFT,    /* how many have left */
    TEAM_ALONE,   /* launches that the first is to do alone, */
    TEAM_PENALTY  /* and how many the last time */
};
/* Then how much of each member's share has been taken, of the last TEAM_LISTS lists of work, each in a cache line of
 * its own. */
#define TEAM_TAKEN(own, list, who) (TEAM_WORDS + TEAM_LINE * ((list) % TEAM_LISTS * (own)->most + (who)))
#define TEAM_CLOSED 0x80000000u
#define TEAM_PATIENCE 20000   /* looks for others before the first step: some 10 us */
#define TEAM_STALL 200000     /* looks at a wait that are too many: some 100 us */
#define TEAM_LONGEST_PENALTY 64

/* What a member knows. */
typedef struct member {
    uint most; /* work-groups of the launch */
    uint me, size, step, waits, list;
    bool alone; /* the first: nobody is let in */
} member;

/* The first lets in who has come, from `step` on, or sends all others away. */
void let_in(volatile __global uint *team, member *own)
{
    if (own->size > 1 && team[TEAM_STALLED] != 0) {
        const uint penalty = 2 * team[TEAM_PENALTY];
        own->alone = true;
        own->size = 1;
        team[TEAM_PENALTY] = penalty == 0 ? 1 : penalty < TEAM_LONGEST_PENALTY ? penalty : TEAM_LONGEST_PENALTY;
        team[TEAM_ALONE] = team[TEAM_PENALTY];
        atomic_xchg(&team[TEAM_SIZE], 1);
    }
    if (own->alone) atomic_or(&team[TEAM_CAME], TEAM_CLOSED);
    const uint came = own->alone ? 1 : team[TEAM_CAME];
    if (came > own->size) {
        own->size = came;
        team[TEAM_STEP] = own->step;
        team[TEAM_WAITS] = own->waits;
        team[TEAM_LIST] = own->list;
        mem_fence(CLK_GLOBAL_MEM_FENCE);
        atomic_xchg(&team[TEAM_SIZE], came);
    }
    atomic_xchg(&team[TEAM_BEGUN], own->step + 1);
}

/* False for who comes too late. */
bool join_team(volatile __global uint *team, member *own)
{
    own->me = atomic_inc(&team[TEAM_CAME]);
    own->size = own->step = own->waits = own->list = 0;
    own->alone = false;
    if (own->me == 0) {
        own->alone = team[TEAM_ALONE] > 0;
        if (own->alone) team[TEAM_ALONE] -= 1;
        for (int i = 0; i < TEAM_PATIENCE && !own->alone && team[TEAM_CAME] < own->most; i++) {}
        let_in(team, own);
        return true;
    }
    while (team[TEAM_SIZE] <= own->me) {
        if ((team[TEAM_CAME] & TEAM_CLOSED) != 0) return false;
    }
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    own->size = team[TEAM_SIZE];
    own->step = team[TEAM_STEP];
    own->waits = team[TEAM_WAITS];
    own->list = team[TEAM_LIST];
    return true;
}

/* Wait until *count, which only grows, is not below `least`. */
void wait_for_count(volatile __global uint *team, volatile __global uint *count, const uint least)
{
    uint looks = 0;
    while (*count < least) looks++;
    if (looks > TEAM_STALL) team[TEAM_STALLED] = 1;
    mem_fence(CLK_GLOBAL_MEM_FENCE);
}

void arrive(volatile __global uint *team, member *own)
{
    own->waits += own->size;
    mem_fence(CLK_GLOBAL_MEM_FENCE);
    atomic_inc(&team[TEAM_ARRIVED]);
}

/* Wait until all of the team have come here. */
void wait_for_team(volatile __global uint *team, member *own)
{
    if (own->size == 1) return;
    arrive(team, own);
    wait_for_count(team, &team[TEAM_ARRIVED], own->waits);
}

/* The same at the end of a step: the first has waited for all before it lets others in. */
void begin_next_step(volatile __global uint *team, member *own)
{
    own->step++;
    if (own->me == 0) {
        wait_for_team(team, own);
        let_in(team, own);
    } else {
        arrive(team, own);
        wait_for_count(team, &team[TEAM_BEGUN], own->step + 1);
        own->size = team[TEAM_SIZE];
    }
}

void leave_team(volatile __global uint *team, const member *own)
{
    if (own->me == 0) {
        atomic_or(&team[TEAM_CAME], TEAM_CLOSED);
        if (own->size > 1) team[TEAM_PENALTY] /= 2;
    }
    if (atomic_inc(&team[TEAM_LEFT]) + 1 < own->most) return;
    for (int i = 0; i < TEAM_ALONE; i++) atomic_xchg(&team[i], 0);
    for (uint i = 0; i < TEAM_LISTS * own->most; i++) atomic_xchg(&team[TEAM_TAKEN(own, 0, i)], 0);
}

/* Work on a list of `count` items. This member has taken those from next to end. The rest comes from the share of the
 * member that is `tried` numbers further. */
typedef struct work {
    size_t count, next, end;
    uint taken_together, tried;
} work;

/* The next list, the same for all. It clears the counter that the list TEAM_LISTS / 2 from here will use. No member
 * still works on the list that used that counter before: a step has at most TEAM_LISTS / 2 lists between two waits. */
work begin_list(volatile __global uint *team, member *own, const size_t count)
{
    own->list++;
    atomic_xchg(&team[TEAM_TAKEN(own, own->list + TEAM_LISTS / 2, own->me)], 0);
    const size_t part = count / (own->size * TEAM_PARTS);
    const work all = {count, 0, 0, part > 0 ? (uint)part : 1, 0};
    return all;
}

/* False: nothing is left. */
bool take_next(volatile __global uint *team, const member *own, work *w)
{
    while (w->next == w->end && w->tried < own->size) {
        const uint whose = (own->me + w->tried) % own->size;
        const size_t first = w->count * whose / own->size, last = w->count * (whose + 1) / own->size;
        const size_t at = first + atomic_add(&team[TEAM_TAKEN(own, own->list, whose)], w->taken_together);
        if (at < last) {
            w->next = at;
            w->end = last - at < w->taken_together ? last : at + w->taken_together;
        } else {
            w->tried++;
        }
    }
    return w->next < w->end;
}

#define WAIT wait_for_team(team, &own)

/* Call body with the tiles among (down x across) that this member takes, m and n their row and column. They are
 * counted as FIND_TILE does, `block` rows of tiles at a time. */
#define EACH_TILE(m, n, rows, columns, block_tiles, body)                                       \
    do {                                                                                         \
        const size_t down = ((rows) + MR - 1) / MR, across = ((columns) + NR - 1) / NR;          \
        const size_t blocks = (down + (block_tiles)-1) / (block_tiles);                          \
        const size_t block = (down + blocks - 1) / blocks, count = blocks * block * across;      \
        KEEP_LOOP for (work w = begin_list(team, &own, count); take_next(team, &own, &w);) {     \
            const size_t t = w.next++;                                                           \
            const size_t column = t / block, m = (column / across * block + t % block) * MR;     \
            const size_t n = column % across * NR;                                               \
            body;                                                                                \
        }                                                                                        \
    } while (0)

/* Call body with those of `count` that this member takes. */
#define EACH_OF(i, count, body)                                                                  \
    do {                                                                                         \
        KEEP_LOOP for (work w = begin_list(team, &own, count); take_next(team, &own, &w);) {     \
            const size_t i = w.next++;                                                           \
            body;                                                                                \
        }                                                                                        \
    } while (0)

typedef struct compressed_arguments STRUCT_OF(STEPS_COMPRESSED_ARGUMENTS) compressed_arguments;

/* c 0: nothing is compressed, and the compiler leaves all of that out. Not to be built into its kernel, of which a
 * driver (PoCL) makes several; that takes asking nothing about work-groups. */
__attribute__((noinline)) static void fused_steps(const uint work_groups, const steps_arguments *args,
                                                  const compressed_arguments *c)
{
    const matrices of = MATRICES_OF(args);
    volatile __global uint *const team = args->team;
    const ulong layers = args->layers, M = args->M;
    const bool by_rows = c && c->row_indices, by_columns = c && c->column_indices;
    const bool is_few = M <= STEPS_FEW;
    const size_t groups = (M + MR - 1) / MR, block_tiles = is_few ? groups : args->block_tiles;
    const size_t parts = DESCEND_PARTS(M, 1);
    member own = {.most = work_groups};
    const bool takes_part = join_team(team, &own);

    while (takes_part && own.me < own.size && own.step < args->steps) {
        const ulong from = args->first + own.step * M, width = args->sizes.of[0][STEPS_S_IN];
        one_step now = {args, &of, own.step, from, {args->x, args->x_row, 0, args->order, from, 0},
                    {args->x, args->x_row, 0, args->order, from, 0}};
        if (args->picked) now.for_z = now.for_gradient = (source){args->picked, 0, args->picked_stride, 0, 0, 0};
        if (args->partial) {
            EACH_OF(p, parts, part_of_step(&now, p, parts));
            WAIT;
            EACH_OF(t, tiles_of_step(args), sum_of_step(&now, t, parts));
            begin_next_step(team, &own);
            continue;
        }
        if (args->picked && !args->ready) {
            EACH_OF(b, groups,
                    gather_panel(b, args->x, args->x_row, args->order, from, M, args->picked, args->picked_stride));
        }
        compress_arguments compress = {args->x, args->x_row, args->order, from, M, width, 0, 0, 0, 0};
        if (by_rows) {
            compress.values = c->row_values, compress.values_stride = c->row_values_stride;
            compress.indices = c->row_indices, compress.indices_stride = c->row_indices_stride;
            if (!args->ready) EACH_OF(b, groups, compress_rows(b, &compress));
            now.for_z = (source){c->row_values, c->row_indices_stride, c->row_values_stride, 0, 0, c->row_indices};
        }
        if (by_columns) {
            compress.values = c->column_values, compress.values_stride = c->column_values_stride;
            compress.indices = c->column_indices, compress.indices_stride = c->column_indices_stride;
            if (!args->ready) {
                EACH_OF(group, (width + MR * COMPRESS_PANELS) / (MR * COMPRESS_PANELS),
                        compress_columns(group, &compress));
            }
            now.for_gradient =
                (source){c->column_values, c->column_indices_stride, c->column_values_stride, 0, 0, c->column_indices};
        }
        if (!args->ready && (args->picked || by_rows || by_columns)) WAIT;

        /* the output layer's product is its own kernel's, but for compressed input */
        const ulong apart = by_rows && layers == 1 ? 1 : layers - 1;
        KEEP_LOOP for (ulong l = 0; l < apart; l++) {
            forward_arguments forward;
            forward_of(&now, l, &forward);
            EACH_TILE(m, n, M, forward.s_out, block_tiles, forward_tile(m, n, &forward));
            WAIT;
        }
        {
            output_arguments last;
            output_of(&now, apart < layers, &last);
            EACH_OF(group, groups, output_rows_of(group, &last));
            WAIT;
        }
        KEEP_LOOP for (ulong l = layers - 1; l > 0; l--) {
            hidden_arguments hidden;
            hidden_of(&now, l, &hidden);
            EACH_TILE(m, n, M, hidden.s_in, block_tiles, hidden_tile(m, n, &hidden));
            WAIT;
        }
        KEEP_LOOP for (ulong l = 0; l < layers; l++) {
            descend_arguments descent;
            descent_of(&now, l, &descent);
            /* few examples: by columns, as forward does */
            EACH_TILE(i, n, descent.s_in + 1, descent.s_out, is_few ? descent.s_in : block_tiles,
                      descend_tile_of(i, n, &descent, of.state[l]));
        }
        begin_next_step(team, &own);
    }
    leave_team(team, &own);
}

#ifdef DROPOUT
#define STEPS_KERNEL cpu_steps_dropout
#define STEPS_SPARSE_KERNEL cpu_steps_sparse_dropout
#define STEPS_SPARSE_LIST CPU_STEPS_SPARSE_DROPOUT_ARGUMENTS
#else
#define STEPS_KERNEL cpu_steps
#define STEPS_SPARSE_KERNEL cpu_steps_sparse
#define STEPS_SPARSE_LIST CPU_STEPS_SPARSE_ARGUMENTS
#endif

__kernel TILE void STEPS_KERNEL(PARAMETERS(TAKEN_ARGUMENTS))
{
    const steps_arguments args = GIVEN(TAKEN_ARGUMENTS);
    fused_steps((uint)get_num_groups(0), &args, 0);
}

/* In a kernel of its own, which takes long to build. */
__kernel TILE void STEPS_SPARSE_KERNEL(PARAMETERS(STEPS_SPARSE_LIST))
{
    const steps_arguments args = GIVEN(TAKEN_ARGUMENTS);
    const compressed_arguments c = GIVEN(STEPS_COMPRESSED_ARGUMENTS);
    fused_steps((uint)get_num_groups(0), &args, &c);
}
