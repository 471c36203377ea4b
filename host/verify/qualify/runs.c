/* runs.c - qualify training: twenty equal runs, then other settings. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/registry.h"
#include "base/memory.h"
#include "base/random.h"
#include "clmlp/train.h"
#include "model/model.h"
#include "verify/qualify/crossing.h"
#include "verify/qualify/qualify.h"

enum { REPEATS = 20, QUICK_REPEATS = 3, EPOCHS = 2 };

/* What is trained. The batches do not divide the examples; features are many enough for the data to be streamed. */
typedef struct task {
    const char *name;
    size_t m, s[4], batch; /* batch 0: full */
    clmlp_activation activation;
    clmlp_output output;
} task;

static const task tasks[] = {{"mini-batches", 1000, {33, 31, 17, 10}, 128, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX},
                             {"full batch", 1100, {20, 77, 9, 3}, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID}};
static const task quick_tasks[] = {{"mini-batches", 20, {6, 5, 4, 3}, 8, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX},
                                   {"full batch", 315, {12, 9, 5, 3}, 0, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID}};
/* data that is large beside its network */
static const task large = {"streaming", 6000, {33, 7, 5, 3}, 500, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX};

enum { MOST_TASKS = sizeof tasks / sizeof *tasks };

/* The tasks, widened to where the device's tiles are crossed. Returns their count. */
static size_t task_list(const clmlp_qualification *q, const clmlp_device *device, task list[MOST_TASKS])
{
    const size_t count = q->config.quick ? sizeof quick_tasks / sizeof *quick_tasks : MOST_TASKS;
    const clmlp_product_size crossing = clmlp_crossing_of_all(device->backend, clmlp_qualify_most(q));
    for (size_t i = 0; i < count; i++) {
        task *const t = &list[i];
        *t = q->config.quick ? quick_tasks[i] : tasks[i];
        if (t->s[0] < crossing.s_in) t->s[0] = crossing.s_in;
        if (t->s[1] < crossing.s_out) t->s[1] = crossing.s_out;
        if (t->batch != 0 && t->batch < crossing.M) t->batch = crossing.M;
        if (t->m <= 2 * t->batch) t->m = 2 * t->batch + t->batch / 2;
    }
    return count;
}

/* What training leaves: theta, and the cost of every epoch. */
typedef struct outcome {
    clmlp_model *model;
    double costs[EPOCHS];
    bool streamed;
} outcome;

static void note_cost(const clmlp_epoch *epoch, void *context)
{
    ((outcome *)context)->costs[epoch->epoch - 1] = epoch->train.cost;
}

static clmlp_status create_data(const clmlp_qualification *q, const task *t, clmlp_dataset **out, clmlp_error *error)
{
    const size_t n = t->s[0], K = t->s[3];
    double *x = NULL, *y = NULL;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(clmlp_allocate(&x, t->m * n, sizeof *x, "examples", error));
    TRY_CLEANUP(clmlp_allocate(&y, t->m * K, sizeof *y, "examples", error));
    for (size_t i = 0; i < t->m * n; i++) {
        x[i] = 2.0 * clmlp_random_uniform(q->config.seed, CLMLP_RANDOM_QUALIFY, 4096U, i) - 1.0;
    }
    for (size_t r = 0; r < t->m; r++) y[r * K + r % K] = 1.0;
    TRY_CLEANUP(clmlp_dataset_create(out, t->m, n, x, K, y, error));
cleanup:
    free(x);
    free(y);
    return status;
}

/* Train; the outcome's model is the caller's. */
static clmlp_status train(const clmlp_qualification *q, clmlp_device *device, const task *t,
                          const clmlp_dataset *data, outcome *out, clmlp_error *error)
{
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_train_result result = {.size = sizeof result};
    *out = (outcome){.model = NULL};
    config.rate = 0.25;
    config.lambda = 0.5;
    config.epochs = q->config.quick ? 1 : EPOCHS;
    config.batch = t->batch;
    config.seed = q->config.seed;
    config.on_epoch = (clmlp_on_epoch){note_cost, out};
    config.cancel = q->config.cancel;
    TRY(clmlp_model_create(&out->model, 4, t->s, t->activation, t->output, q->config.seed, error));
    const clmlp_status status = clmlp_train(out->model, device, data, NULL, &config, &result, error);
    out->streamed = result.streamed;
    if (status != CLMLP_OK) {
        clmlp_model_destroy(out->model);
        out->model = NULL;
    }
    return status;
}

/* Which parameter: "theta(2), row 3, column 0". */
static void name_parameter(const clmlp_model *model, size_t at, char *text, size_t size)
{
    size_t l = 1;
    while (at >= model->theta_at[l]) l++;
    const size_t element = at - model->theta_at[l - 1], columns = model->s[l - 1] + 1;
    (void)snprintf(text, size, "theta(%zu), row %zu, column %zu", l, element / columns, element % columns);
}

static bool same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0;
}

/* Numbers that differ in any bit; `part` says which first. */
static size_t count_differences(const outcome *a, const outcome *b, clmlp_qualify_part *part)
{
    const size_t count = a->model->theta_at[a->model->L - 1];
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        char which[96];
        const double x = a->model->theta[i], y = b->model->theta[i];
        if (same_bits(x, y) || wrong++ > 0) continue;
        name_parameter(a->model, i, which, sizeof which);
        (void)snprintf(part->detail, sizeof part->detail, "%s: first %.17g, then %.17g", which, x, y);
    }
    for (int e = 0; e < EPOCHS; e++) {
        if (same_bits(a->costs[e], b->costs[e]) || wrong++ > 0) continue;
        (void)snprintf(part->detail, sizeof part->detail, "the cost of epoch %d: first %.17g, then %.17g", e + 1,
                       a->costs[e], b->costs[e]);
    }
    return wrong;
}

static void expect_equal(const outcome *a, const outcome *b, clmlp_qualify_part *part)
{
    const size_t wrong = count_differences(a, b, part);
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    if (wrong == 0) (void)snprintf(part->detail, sizeof part->detail, "equal bits in theta and costs");
}

typedef struct runs {
    const clmlp_subject *subject;
    clmlp_device *device;
    const task *task;
} runs;

/* --- repeatability ------------------------------------------------------------------------------------------------ */

/* Again, with the matrices at other addresses than the last time: a matrix more is in the way. */
static clmlp_status train_again(const clmlp_qualification *q, const runs *r, const clmlp_dataset *data, size_t k,
                                clmlp_tensor **in_the_way, const outcome *first, size_t *wrong,
                                clmlp_qualify_part *part, clmlp_error *error)
{
    outcome again;
    TRY(clmlp_tensor_create(r->device->backend, CLMLP_TENSOR_MATRIX, 17 * k + 1, 64, "what is in the way", in_the_way,
                            error));
    TRY(train(q, r->device, r->task, data, &again, error));
    *wrong += count_differences(first, &again, part);
    clmlp_model_destroy(again.model);
    return CLMLP_OK;
}

static clmlp_status repeat(clmlp_qualification *q, void *context, clmlp_qualify_part *part, clmlp_error *error)
{
    const runs *r = context;
    const size_t repeats = q->config.quick ? QUICK_REPEATS : REPEATS;
    clmlp_tensor *in_the_way[REPEATS] = {NULL};
    clmlp_dataset *data = NULL;
    outcome first = {.model = NULL};
    size_t wrong = 0, k = 1;
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(create_data(q, r->task, &data, error));
    TRY_CLEANUP(train(q, r->device, r->task, data, &first, error));
    for (; k < repeats && wrong == 0; k++) {
        TRY_CLEANUP(train_again(q, r, data, k, &in_the_way[k], &first, &wrong, part, error));
    }
    clmlp_qualify_measure(part, (double)wrong, 0.0, "wrong");
    if (wrong == 0) {
        (void)snprintf(part->detail, sizeof part->detail, "%zu runs of %d epoch%s, %zu-%zu-%zu-%zu on %zu examples",
                       repeats, q->config.quick ? 1 : EPOCHS, q->config.quick ? "" : "s", r->task->s[0], r->task->s[1],
                       r->task->s[2], r->task->s[3], r->task->m);
    }
cleanup:
    for (size_t i = 0; i < REPEATS; i++) clmlp_tensor_destroy(r->device->backend, in_the_way[i]);
    clmlp_model_destroy(first.model);
    clmlp_dataset_destroy(data);
    return status;
}

clmlp_status clmlp_qualify_repeatability(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                         clmlp_error *error)
{
    task list[MOST_TASKS];
    const size_t count = task_list(q, device, list);
    for (size_t i = 0; i < count; i++) {
        runs r = {subject, device, &list[i]};
        char name[96];
        (void)snprintf(name, sizeof name, "%s: %d times the same, %s", subject->name,
                       q->config.quick ? (int)QUICK_REPEATS : (int)REPEATS, list[i].name);
        TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_REPEATABILITY, name, repeat, &r, error));
    }
    return CLMLP_OK;
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

/* As usual, and then with something switched on. */
typedef clmlp_status setting(clmlp_backend *backend, bool on, clmlp_error *error);

static clmlp_status with_finish(clmlp_backend *backend, bool on, clmlp_error *error)
{
    (void)error;
    backend->ops->probes->finish_each(backend, on);
    return CLMLP_OK;
}

static clmlp_status with_profile(clmlp_backend *backend, bool on, clmlp_error *error)
{
    clmlp_kernel_time *times = NULL;
    size_t count = 0;
    TRY(backend->ops->profile(backend, on, error));
    if (on) return CLMLP_OK;
    TRY(backend->ops->profile_take(backend, &times, &count, error));
    free(times);
    return CLMLP_OK;
}

typedef struct switched {
    runs runs;
    setting *set;
} switched;

static clmlp_status compare_settings(clmlp_qualification *q, void *context, clmlp_qualify_part *part,
                                     clmlp_error *error)
{
    const switched *s = context;
    clmlp_backend *backend = s->runs.device->backend;
    clmlp_dataset *data = NULL;
    outcome usual = {.model = NULL}, other = {.model = NULL};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(create_data(q, s->runs.task, &data, error));
    TRY_CLEANUP(train(q, s->runs.device, s->runs.task, data, &usual, error));
    TRY_CLEANUP(s->set(backend, true, error));
    status = train(q, s->runs.device, s->runs.task, data, &other, error);
    TRY_CLEANUP(status == CLMLP_OK ? s->set(backend, false, error) : status);
    expect_equal(&usual, &other, part);
cleanup:
    clmlp_model_destroy(usual.model);
    clmlp_model_destroy(other.model);
    clmlp_dataset_destroy(data);
    return status;
}

/* With as little memory as training gets by with; no outcome: it always needs all of it. */
static clmlp_status train_streamed(const clmlp_qualification *q, const runs *r, uint64_t resident,
                                   const clmlp_dataset *data, outcome *out, clmlp_error *error)
{
    clmlp_qualification limited = *q;
    clmlp_status status = CLMLP_OUT_OF_MEMORY;
    for (uint64_t eighths = 1; eighths < 8 && status == CLMLP_OUT_OF_MEMORY; eighths++) {
        clmlp_device *device = NULL;
        limited.where.memory_limit = resident / 8 * eighths;
        TRY(clmlp_qualify_open(&limited, r->subject, NULL, &device, error));
        status = train(q, device, r->task, data, out, error);
        clmlp_device_close(device);
    }
    return status == CLMLP_OUT_OF_MEMORY ? CLMLP_OK : status;
}

static clmlp_status compare_streamed(clmlp_qualification *q, void *context, clmlp_qualify_part *part,
                                     clmlp_error *error)
{
    const runs *r = context;
    clmlp_device *device = NULL;
    clmlp_dataset *data = NULL;
    outcome resident = {.model = NULL}, streamed = {.model = NULL};
    clmlp_status status = CLMLP_OK;
    TRY_CLEANUP(create_data(q, r->task, &data, error));
    TRY_CLEANUP(clmlp_qualify_open(q, r->subject, NULL, &device, error));
    TRY_CLEANUP(train(q, device, r->task, data, &resident, error));
    TRY_CLEANUP(train_streamed(q, r, clmlp_device_memory_peak(device), data, &streamed, error));
    if (streamed.model != NULL && streamed.streamed) {
        expect_equal(&resident, &streamed, part);
    } else {
        part->skipped = true;
        (void)snprintf(part->detail, sizeof part->detail, "no memory limit makes it stream");
    }
cleanup:
    clmlp_model_destroy(resident.model);
    clmlp_model_destroy(streamed.model);
    clmlp_dataset_destroy(data);
    clmlp_device_close(device);
    return status;
}

/* Elementwise kernels in groups of other sizes: other code for some compilers, so within bounds. */
static clmlp_status other_groups(clmlp_qualification *q, const runs *r, clmlp_error *error)
{
    static const size_t sizes[] = {1, 7, 32};
    clmlp_backend *backend = r->device->backend;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char name[96];
        if (q->config.quick && i != 1) continue;
        (void)snprintf(name, sizeof name, "%s: work-groups of %zu", r->subject->name, sizes[i]);
        const size_t before = backend->ops->probes->group(backend, sizes[i]);
        const clmlp_status status =
            clmlp_qualify_do(q, CLMLP_QUALIFY_SETTINGS, name, clmlp_qualify_products_within, r->device, error);
        (void)backend->ops->probes->group(backend, before);
        TRY(status);
    }
    return CLMLP_OK;
}

typedef struct tiled {
    const clmlp_subject *subject;
    const char *tiles;
} tiled;

static clmlp_status with_tiles(clmlp_qualification *q, void *context, clmlp_qualify_part *part, clmlp_error *error)
{
    const tiled *t = context;
    clmlp_device *device = NULL;
    TRY(clmlp_qualify_open(q, t->subject, t->tiles, &device, error));
    const clmlp_status status = clmlp_qualify_products_within(q, device, part, error);
    clmlp_device_close(device);
    return status;
}

/* A few of the tiles that a tuning would try, without those that the engine has now. */
static clmlp_status other_tiles(clmlp_qualification *q, const runs *r, clmlp_error *error)
{
    enum { FEW = 3 };
    clmlp_tiles *list = NULL;
    size_t count = 0, done = 0;
    clmlp_error caught = {.message = ""};
    clmlp_status status = CLMLP_OK;
    if (clmlp_backend_candidates(&q->result->device, r->subject->engine, r->subject->family, q->where.precision, &list,
                                &count, &caught) != CLMLP_OK) {
        clmlp_qualify_part part = clmlp_qualify_part_begin(CLMLP_QUALIFY_SETTINGS, r->subject->name);
        TRY(clmlp_qualify_fail(&part, &caught, error));
        return clmlp_qualify_add(q, &part, error);
    }
    for (size_t i = 0; i < count && done < (q->config.quick ? 0 : FEW) && status == CLMLP_OK; i++) {
        tiled t = {r->subject, list[i].text};
        char name[96];
        if (strcmp(list[i].text, clmlp_device_tiles(r->device)) == 0) continue;
        (void)snprintf(name, sizeof name, "%s: tiles %s", r->subject->name, list[i].text);
        status = clmlp_qualify_do(q, CLMLP_QUALIFY_SETTINGS, name, with_tiles, &t, error);
        done++;
    }
    free(list);
    return status;
}

clmlp_status clmlp_qualify_settings(clmlp_qualification *q, const clmlp_subject *subject, clmlp_device *device,
                                    clmlp_error *error)
{
    task list[MOST_TASKS];
    (void)task_list(q, device, list);
    runs streaming = {subject, device, &large};
    switched s = {.runs = {subject, device, &list[0]}};
    char name[96];
    (void)snprintf(name, sizeof name, "%s: data streamed instead of resident", subject->name);
    /* data that does not fit beside a batch is too much for a simulator */
    if (!q->config.quick) TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_SETTINGS, name, compare_streamed, &streaming, error));
    if (device->backend->ops->probes == NULL) return CLMLP_OK;
    s.set = with_finish;
    (void)snprintf(name, sizeof name, "%s: waiting after every launch", subject->name);
    TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_SETTINGS, name, compare_settings, &s, error));
    s.set = with_profile;
    (void)snprintf(name, sizeof name, "%s: recording times", subject->name);
    TRY(clmlp_qualify_do(q, CLMLP_QUALIFY_SETTINGS, name, compare_settings, &s, error));
    /* the CPU family's groups are work-items */
    if (subject->family == NULL || strcmp(subject->family, "cpu") != 0) TRY(other_groups(q, &s.runs, error));
    return other_tiles(q, &s.runs, error);
}
