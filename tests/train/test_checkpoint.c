/* test_checkpoint.c - a run that was stopped and goes on ends as the one that was not; what cannot go on is refused. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "model/model.h"
#include "networks.h"
#include "share.h"

enum { ROWS = 2600, WIDTH = 60, CLASSES = 4, HIDDEN = 7, EPOCHS = 4, BATCH = 96, PER_EPOCH = 28 };
enum { STEPS = PER_EPOCH * EPOCHS };

#define FILE_OF(name) TEST_SCRATCH_DIR "/" name

/* How a run ended. */
typedef struct outcome {
    double theta[HIDDEN * (WIDTH + 1) + CLASSES * (HIDDEN + 1)];
    clmlp_train_result result;
    char *history; /* without seconds */
} outcome;

static char *read_file(const char *path, size_t *size)
{
    FILE *const file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    char *text = calloc(1, 1 << 20);
    *size = fread(text, 1, (1 << 20) - 1, file);
    (void)fclose(file);
    return text;
}

static void write_file(const char *path, const char *bytes, size_t size)
{
    FILE *const file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes, 1, size, file), size);
    (void)fclose(file);
}

/* Times differ from run to run. */
static char *read_history(const char *path)
{
    size_t size = 0;
    char *const text = read_file(path, &size);
    for (char *at = text; (at = strstr(at, "\"seconds\":")) != NULL;) {
        char *const end = strchr(at, '}');
        cr_assert_not_null(end);
        memmove(at, end, strlen(end) + 1);
    }
    return text;
}

/* What all runs of a test have in common. */
typedef struct setting {
    const char *device;
    clmlp_precision precision;
    uint64_t memory;
    clmlp_dataset *data, *validation;
    clmlp_train_config config;
} setting;

static setting make_setting(void)
{
    setting s = {.device = "cpu", .data = cloud_data(ROWS, WIDTH, CLASSES, 2),
                 .validation = cloud_data(80, WIDTH, CLASSES, 9), .config = clmlp_train_config_default()};
    s.config.epochs = EPOCHS;
    s.config.batch = BATCH;
    s.config.rate = 0.05;
    s.config.lambda = 0.3;
    s.config.validation = s.validation;
    return s;
}

static void free_setting(setting *s)
{
    clmlp_dataset_destroy(s->data);
    clmlp_dataset_destroy(s->validation);
}

static clmlp_model *new_model(const setting *s)
{
    clmlp_model *const model = model_for(s->data, (size_t[]){HIDDEN}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    OK(clmlp_model_fit_scaling(model, s->data, CLMLP_SCALE_STANDARD, error));
    return model;
}

/* To the end, from a checkpoint or from the start. */
static outcome run_to_end(const setting *s, const char *resumed, const char *history)
{
    outcome o = {.result = {.size = sizeof o.result}};
    clmlp_model *model = NULL;
    clmlp_train_config config = s->config;
    if (resumed != NULL) OK(clmlp_model_load(&model, resumed, NULL, error));
    else model = new_model(s);
    clmlp_device *device = open_device(s->device, s->precision, s->memory);
    config.history_path = history;
    config.resume_path = resumed;
    OK(clmlp_train(model, device, s->data, NULL, &config, &o.result, error));
    cr_assert_eq(clmlp_model_parameters(model), sizeof o.theta / sizeof o.theta[0]);
    cr_assert_eq(o.result.streamed, s->memory != 0);
    memcpy(o.theta, model->theta, sizeof o.theta);
    if (history != NULL) o.history = read_history(history);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return o;
}

/* `steps` steps, then a checkpoint, and `more` steps that are lost. */
static void stop_after(const setting *s, size_t steps, size_t more, const char *path, const char *history)
{
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = s->config;
    clmlp_model *const model = new_model(s);
    clmlp_device *const device = open_device(s->device, s->precision, s->memory);
    config.history_path = history;
    OK(clmlp_trainer_create(&trainer, model, device, s->data, NULL, &config, error));
    for (size_t i = 0; i < steps; i++) OK(clmlp_trainer_run_step(trainer, NULL, error));
    OK(clmlp_trainer_checkpoint(trainer, path, error));
    for (size_t i = 0; i < more; i++) OK(clmlp_trainer_run_step(trainer, NULL, error));
    clmlp_trainer_destroy(trainer);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
}

static void expect_same(const outcome *a, const outcome *b, const char *what)
{
    for (size_t i = 0; i < sizeof a->theta / sizeof a->theta[0]; i++) {
        cr_assert_eq(memcmp(&a->theta[i], &b->theta[i], sizeof a->theta[i]), 0, "%s: theta %zu is %.17g, was %.17g",
                     what, i, b->theta[i], a->theta[i]);
    }
    cr_assert_eq(a->result.train.cost, b->result.train.cost, "%s: cost", what);
    cr_assert_eq(a->result.train.accuracy, b->result.train.accuracy, "%s: accuracy", what);
    cr_assert_eq(a->result.validation.cost, b->result.validation.cost, "%s: validation cost", what);
    cr_assert_eq(a->result.epochs, b->result.epochs, "%s: %zu and %zu epochs", what, a->result.epochs,
                 b->result.epochs);
    cr_assert_eq(a->result.steps, b->result.steps, "%s: %zu and %zu steps", what, a->result.steps, b->result.steps);
    cr_assert_eq(a->result.good_epochs, b->result.good_epochs, "%s: good epochs", what);
    cr_assert_eq(a->result.best_epoch, b->result.best_epoch, "%s: best epoch %zu, was %zu", what, b->result.best_epoch,
                 a->result.best_epoch);
    cr_assert(a->result.best_epoch == 0 || a->result.best == b->result.best, "%s: best value", what);
    cr_assert_eq(a->result.stopped_early, b->result.stopped_early, "%s: stopped early", what);
    cr_assert_str_eq(a->history, b->history, "%s: history", what);
}

/* --- to the same bits -------------------------------------------------------------------------------------------- */

/* Stopped at the start, at the end of an epoch, at the end, and where chance wants. */
static void stop_everywhere(const setting *s, const char *what, uint64_t seed)
{
    char text[160];
    outcome whole = run_to_end(s, NULL, FILE_OF("whole.jsonl"));
    size_t places[] = {0, PER_EPOCH, STEPS, (size_t)clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, 1, 0) % STEPS,
                       (size_t)clmlp_random_bits(seed, CLMLP_RANDOM_BENCH, 2, 0) % STEPS};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const size_t more = (STEPS - places[i]) / 2;
        (void)snprintf(text, sizeof text, "%s, stopped after %zu of %d steps", what, places[i], STEPS);
        stop_after(s, places[i], more, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        expect_same(&whole, &parts, text);
        free(parts.history);
    }
    free(whole.history);
}

Test(checkpoint, goes_on_to_the_same_bits)
{
    static const char *const devices[] = TEST_SUBJECTS;
    /* kernels of a family that was chosen are those of one engine alone */
    const size_t first = getenv("CLMLP_NATIVE_FAMILY") != NULL ? TEST_SUBJECT_COUNT - 1 : 0;
    setting s = make_setting();
    static const double dropout[] = {0.25};
    share list = share_of("rules, devices, precisions, resident and streamed, with and without dropout",
                          (size_t)CLMLP_OPTIMIZER_COUNT * (TEST_SUBJECT_COUNT - first) * CLMLP_PRECISION_COUNT * 4);
    uint64_t seed = 0;
    for (int rule = 0; rule < CLMLP_OPTIMIZER_COUNT; rule++) {
        for (size_t d = first; d < TEST_SUBJECT_COUNT; d++) {
            for (int i = 0; i < CLMLP_PRECISION_COUNT * 4; i++) {
                const clmlp_precision precision = (clmlp_precision)(i / 4);
                const bool streamed = i / 2 % 2 == 1, drops = i % 2 == 1;
                char what[128];
                (void)snprintf(what, sizeof what, "%s, %s, %s%s%s", clmlp_optimizer_name((clmlp_optimizer)rule),
                               devices[d], clmlp_precision_name(precision), streamed ? ", streamed" : "",
                               drops ? ", dropout" : "");
                seed++;
                if (!share_takes(&list, what)) continue;
                s.device = devices[d];
                s.precision = precision;
                s.config.optimizer = (clmlp_optimizer)rule;
                s.config.dropout = drops ? dropout : NULL;
                s.config.dropout_count = drops;
                s.memory = streamed ? (precision == CLMLP_F64 ? 1400000 : 700000) : 0;
                stop_everywhere(&s, what, seed);
            }
        }
    }
    free_setting(&s);
}

Test(checkpoint, goes_on_to_the_same_bits_in_full_batches_and_in_order)
{
    setting s = make_setting();
    s.config.shuffle = false;
    for (int full = 0; full < 2; full++) {
        s.config.batch = full ? 0 : 100;
        outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
        stop_after(&s, 3, 0, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(&s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        expect_same(&whole, &parts, full ? "full batch" : "in order");
        free(whole.history);
        free(parts.history);
    }
    free_setting(&s);
}

/* Early stopping counts from where it was, and the best theta is that of then. */
Test(checkpoint, keeps_the_best_theta_and_the_patience)
{
    static const char *const devices[] = TEST_SUBJECTS;
    setting s = make_setting();
    char text[160];
    s.config.rate = 2.0;
    s.config.epochs = 40;
    s.config.early_stopping = 3;
    s.config.monitor = "log_loss";
    for (size_t d = 0; d < TEST_SUBJECT_COUNT; d++) {
        s.device = devices[d];
        outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
        cr_assert(whole.result.stopped_early && whole.result.best_epoch == whole.result.epochs - 3);
        for (size_t steps = 9; steps <= whole.result.steps; steps += steps < whole.result.steps - 60 ? 97 : 29) {
            (void)snprintf(text, sizeof text, "%s, stopped after %zu of %zu steps", devices[d], steps,
                           whole.result.steps);
            stop_after(&s, steps, 0, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
            outcome parts = run_to_end(&s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
            expect_same(&whole, &parts, text);
            free(parts.history);
        }
        stop_after(&s, whole.result.steps, 0, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        outcome parts = run_to_end(&s, FILE_OF("stopped.safetensors"), FILE_OF("stopped.jsonl"));
        expect_same(&whole, &parts, "stopped where it stopped");
        free(parts.history);
        free(whole.history);
    }
    free_setting(&s);
}

/* lambda alone makes theta grow 2.5 times a step: it ends worse than guessing, or not finite. */
static void diverge(setting *s, const char *resumed, char message[CLMLP_ERROR_LENGTH], double *theta)
{
    clmlp_error why = {.message = ""};
    clmlp_model *model = NULL;
    if (resumed != NULL) OK(clmlp_model_load(&model, resumed, NULL, error));
    else model = new_model(s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s->config.resume_path = resumed;
    cr_assert_eq(clmlp_train(model, device, s->data, NULL, &s->config, NULL, &why), CLMLP_DIVERGED, "%s", why.message);
    (void)strcpy(message, why.message);
    memcpy(theta, model->theta, clmlp_model_parameters(model) * sizeof *theta);
    s->config.resume_path = NULL;
    clmlp_device_close(device);
    clmlp_model_destroy(model);
}

/* What tells that training diverged, and the last good theta, may be older than the checkpoint. */
Test(checkpoint, of_a_run_that_diverges_later_ends_as_that_run)
{
    static const size_t places[] = {2, PER_EPOCH - 1, PER_EPOCH, PER_EPOCH + 11, 2 * PER_EPOCH};
    setting s = make_setting();
    char whole[CLMLP_ERROR_LENGTH], parts[CLMLP_ERROR_LENGTH];
    outcome a, b;
    s.config.rate = 10.0;
    s.config.lambda = 900.0;
    for (size_t epochs = 2; epochs <= 30; epochs += 28) {
        s.config.epochs = epochs;
        diverge(&s, NULL, whole, a.theta);
        cr_assert_not_null(strstr(whole, epochs == 2 ? "the cost went from " : "is not finite"), "%s", whole);
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            stop_after(&s, places[i], 0, FILE_OF("stopped.safetensors"), NULL);
            diverge(&s, FILE_OF("stopped.safetensors"), parts, b.theta);
            cr_assert_str_eq(whole, parts, "stopped after %zu steps: %s\n%s", places[i], whole, parts);
            cr_assert_eq(memcmp(a.theta, b.theta, sizeof a.theta), 0, "stopped after %zu steps", places[i]);
        }
    }
    free_setting(&s);
}

/* x = 0, so only the lambda term moves w: it falls from far above guessing, which is no divergence. */
Test(checkpoint, knows_the_lambda_term_that_training_began_with)
{
    enum { FEW = 8 };
    const double nothing[FEW] = {0}, y[FEW] = {1, 1, -1, -1, 1, 1, -1, -1};
    clmlp_dataset *data = NULL;
    clmlp_model *model = NULL;
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = clmlp_train_config_default();
    clmlp_device *const device = open_device("cpu", CLMLP_F64, 0);
    config.rate = 0.375; /* w becomes -7/8 w */
    config.lambda = 5.0 * FEW;
    config.epochs = 3;
    config.batch = 0;
    OK(clmlp_dataset_create(&data, FEW, 1, nothing, 1, y, error));
    OK(clmlp_model_create_for(&model, data, NULL, 0, CLMLP_LINEAR, CLMLP_OUTPUT_LINEAR, 1, error));
    OK(clmlp_model_set_theta(model, 1, (double[]){0.0, 100.0}, error));
    OK(clmlp_trainer_create(&trainer, model, device, data, NULL, &config, error));
    OK(clmlp_trainer_run_epoch(trainer, error));
    OK(clmlp_trainer_checkpoint(trainer, FILE_OF("lambda.safetensors"), error));
    clmlp_trainer_destroy(trainer);
    config.resume_path = FILE_OF("lambda.safetensors");
    OK(clmlp_train(model, device, data, NULL, &config, NULL, error));
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_dataset_destroy(data);
}

Test(checkpoint, is_a_model)
{
    setting s = make_setting();
    clmlp_trainer *trainer = NULL;
    clmlp_model *const model = new_model(&s), *saved = NULL, *loaded = NULL;
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s.config.optimizer = CLMLP_MOMENTUM;
    OK(clmlp_trainer_create(&trainer, model, device, s.data, NULL, &s.config, error));
    OK(clmlp_trainer_run_step(trainer, NULL, error));
    OK(clmlp_trainer_checkpoint(trainer, FILE_OF("is.checkpoint"), error));
    OK(clmlp_trainer_save(trainer, FILE_OF("is.model"), error));
    OK(clmlp_model_load(&loaded, FILE_OF("is.checkpoint"), NULL, error));
    OK(clmlp_model_load(&saved, FILE_OF("is.model"), NULL, error));
    cr_assert_eq(memcmp(saved->theta, loaded->theta, clmlp_model_parameters(model) * sizeof(double)), 0);
    clmlp_file_kind kind = CLMLP_FILE_DATA;
    OK(clmlp_file_kind_of(&kind, FILE_OF("is.checkpoint"), error));
    cr_assert_eq(kind, CLMLP_FILE_CHECKPOINT);
    clmlp_trainer_destroy(trainer);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_model_destroy(saved);
    clmlp_model_destroy(loaded);
    free_setting(&s);
}

/* --- when one is made -------------------------------------------------------------------------------------------- */

typedef struct diary {
    size_t count, epochs[16], steps[16];
    size_t calls, ask_at; /* of the question whether one is wanted */
    bool asked;
} diary;

static void note_event(const clmlp_checkpoint_event *event, void *context)
{
    diary *const d = context;
    cr_assert(event->saved);
    cr_assert_lt(d->count, 16);
    d->epochs[d->count] = event->epochs;
    d->steps[d->count++] = event->steps;
    d->asked = d->asked || event->asked;
}

static bool ask(void *context)
{
    diary *const d = context;
    return ++d->calls == d->ask_at;
}

static diary train_with(setting *s, size_t every, double seconds, size_t ask_at)
{
    diary d = {.ask_at = ask_at};
    clmlp_model *const model = new_model(s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s->config.checkpoint_path = FILE_OF("when.safetensors");
    s->config.checkpoint_epochs = every;
    s->config.checkpoint_seconds = seconds;
    s->config.on_checkpoint = (clmlp_on_checkpoint){note_event, &d};
    s->config.wants_checkpoint = (clmlp_wants_checkpoint){ask, &d};
    OK(clmlp_train(model, device, s->data, NULL, &s->config, NULL, error));
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    return d;
}

Test(checkpoint, is_made_after_every_so_many_epochs_and_at_the_end)
{
    setting s = make_setting();
    const diary d = train_with(&s, 3, 0.0, 0);
    cr_assert_eq(d.count, 2);
    cr_assert_eq(d.epochs[0], 3);
    cr_assert_eq(d.epochs[1], EPOCHS);
    cr_assert_not(d.asked);
    free_setting(&s);
}

Test(checkpoint, is_made_when_it_is_asked_for)
{
    setting s = make_setting();
    const diary d = train_with(&s, 0, 0.0, 5);
    cr_assert_eq(d.count, 1);
    cr_assert(d.asked);
    cr_assert_eq(d.steps[0], 4);
    free_setting(&s);
}

/* In no time at all: before each step. */
Test(checkpoint, is_made_by_time_within_an_epoch)
{
    setting s = make_setting();
    s.config.epochs = 1;
    s.config.batch = ROWS / 5;
    const diary d = train_with(&s, 0, 1e-9, 0);
    cr_assert_eq(d.count, 6);
    for (size_t i = 0; i < d.count; i++) cr_assert_eq(d.steps[i], i);
    free_setting(&s);
}

Test(checkpoint, that_cannot_be_written_ends_training)
{
    setting s = make_setting();
    clmlp_error why = {.message = ""};
    clmlp_model *const model = new_model(&s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    s.config.checkpoint_path = FILE_OF("nowhere/c.safetensors");
    s.config.checkpoint_epochs = 1;
    cr_assert_eq(clmlp_train(model, device, s.data, NULL, &s.config, NULL, &why), CLMLP_IO);
    cr_assert_not_null(strstr(why.message, "nowhere/c.safetensors: cannot be written"), "%s", why.message);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    free_setting(&s);
}

/* --- what is refused --------------------------------------------------------------------------------------------- */

/* `s` may differ from that of the checkpoint. The model stays as it was. */
static void expect_refused(const setting *s, const char *path, const char *history, const char *message)
{
    clmlp_error why = {.message = ""};
    clmlp_trainer *trainer = NULL;
    clmlp_train_config config = s->config;
    clmlp_model *const model = new_model(s), *const before = new_model(s);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    config.resume_path = path;
    config.history_path = history;
    cr_assert_eq(clmlp_trainer_create(&trainer, model, device, s->data, NULL, &config, &why), CLMLP_BAD_INPUT, "%s: %s",
                 message, why.message);
    cr_assert_not_null(strstr(why.message, message), "expected '%s' in\n%s", message, why.message);
    cr_assert_null(trainer);
    cr_assert_eq(memcmp(model->theta, before->theta, clmlp_model_parameters(model) * sizeof(double)), 0);
    clmlp_device_close(device);
    clmlp_model_destroy(model);
    clmlp_model_destroy(before);
}

#define STOPPED FILE_OF("refused.safetensors")

Test(checkpoint, of_other_settings_is_refused)
{
    setting s = make_setting();
    stop_after(&s, 40, 0, STOPPED, NULL);
    const clmlp_train_config right = s.config;
#define REFUSED(change, message)                     \
    do {                                             \
        s.config = right;                            \
        change;                                      \
        expect_refused(&s, STOPPED, NULL, message);  \
    } while (0)
    REFUSED(s.config.rate = 0.5, ": is of a run with --rate 0.05");
    REFUSED(s.config.rate = 0.5, ", and cannot go on with 0.5");
    REFUSED(s.config.rate = nextafter(0.05, 1.0), "--rate 0.05");
    REFUSED(s.config.lambda = 0.0, "--lambda 0.3");
    REFUSED(s.config.batch = 95, "--batch 96, and cannot go on with 95");
    REFUSED(s.config.seed = 2, "--seed 1, and cannot go on with 2");
    REFUSED(s.config.shuffle = false, "--no-shuffle shuffled, and cannot go on with in order");
    REFUSED(s.config.optimizer = CLMLP_MOMENTUM, "--optimizer sgd, and cannot go on with momentum");
    REFUSED(s.config.label_smoothing = 0.1, "--label-smoothing 0, and cannot go on with 0.1");
    REFUSED(s.config.clip_norm = 0.5, "--clip-norm 0, and cannot go on with 0.5");
    REFUSED(s.config.schedule.kind = CLMLP_SCHEDULE_COSINE, "--schedule constant, and cannot go on with cosine");
    REFUSED(s.config.schedule.warmup.steps = 5, "--warmup 0, and cannot go on with 5");
    static const double half[] = {0.5}, rates[] = {1.0, 0.5};
    REFUSED(s.config.layer_rates = rates, "--layer-rates none, and cannot go on with 1,0.5");
    REFUSED(s.config.fan_in_rates = true, "--layer-rates no fan-in, and cannot go on with fan-in");
    REFUSED(s.config.bias_rate = 0.1, "--bias-rate ");
    REFUSED(s.config.last_batch = CLMLP_LAST_BATCH_DROP, "--last-batch keep, and cannot go on with drop");
    REFUSED((s.config.dropout = half, s.config.dropout_count = 1), "--dropout none, and cannot go on with 0.5");
    REFUSED(s.config.early_stopping = 3, "--early-stopping 0, and cannot go on with 3");
    REFUSED(s.config.keep_best = true, "--keep-best no, and cannot go on with yes");
    REFUSED(s.config.epochs = 1, "is in epoch 2 already, and cannot end after 1 (--epochs)");
    REFUSED(s.config.validation = NULL, "is of a run with validation data, and cannot go on without");
#undef REFUSED
    free_setting(&s);
}

/* A schedule that depends on the end of the run cannot have another end; one that does not can. */
Test(checkpoint, of_a_schedule_goes_on_over_more_epochs_where_its_rates_were_the_same)
{
    setting s = make_setting();
    s.config.schedule = (clmlp_rate_schedule){.kind = CLMLP_SCHEDULE_COSINE, .warmup = {.steps = 10}};
    stop_after(&s, 40, 0, STOPPED, FILE_OF("stopped.jsonl"));
    outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
    outcome parts = run_to_end(&s, STOPPED, FILE_OF("stopped.jsonl"));
    expect_same(&whole, &parts, "cosine");
    free(whole.history);
    free(parts.history);
    s.config.epochs = 2 * EPOCHS;
    expect_refused(&s, STOPPED, NULL, "is of a run over 4 epochs (--epochs), and cannot go on over 8: the schedule "
                   "'cosine' would have given other rates from the start");
    s.config.schedule.kind = CLMLP_SCHEDULE_INVERSE;
    s.config.epochs = EPOCHS;
    stop_after(&s, 40, 0, STOPPED, FILE_OF("stopped.jsonl"));
    s.config.epochs = 2 * EPOCHS;
    whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
    parts = run_to_end(&s, STOPPED, FILE_OF("stopped.jsonl"));
    expect_same(&whole, &parts, "inverse");
    free(whole.history);
    free(parts.history);
    free_setting(&s);
}

Test(checkpoint, of_other_data_is_refused)
{
    setting s = make_setting();
    double weights[ROWS];
    for (size_t i = 0; i < ROWS; i++) weights[i] = i < 10 ? 2.0 : 1.0;
    stop_after(&s, 40, 0, STOPPED, NULL);
    clmlp_dataset *const right = s.data, *const validation = s.validation;
    s.data = cloud_data(ROWS, WIDTH, CLASSES, 3);
    expect_refused(&s, STOPPED, NULL, "is of a run on other training data: their SHA-256 was ");
    clmlp_dataset_destroy(s.data);
    s.data = right;
    s.config.validation = right;
    expect_refused(&s, STOPPED, NULL, "is of a run on other validation data: their SHA-256 was ");
    s.config.validation = validation;
    OK(clmlp_dataset_set_weights(s.data, weights, error));
    expect_refused(&s, STOPPED, NULL, "is of a run on other training data");
    free_setting(&s);
}

Test(checkpoint, of_another_model_is_refused)
{
    setting s = make_setting();
    clmlp_error why = {.message = ""};
    clmlp_trainer *trainer = NULL;
    stop_after(&s, 40, 0, STOPPED, NULL);
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    clmlp_model *model = model_for(s.data, (size_t[]){HIDDEN + 1}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    s.config.resume_path = STOPPED;
    OK(clmlp_model_fit_scaling(model, s.data, CLMLP_SCALE_STANDARD, error));
    cr_assert_eq(clmlp_trainer_create(&trainer, model, device, s.data, NULL, &s.config, &why), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(why.message, "is of another model: clmlp.layers is '60,7,4', and '60,8,4' in the model"),
                       "%s", why.message);
    clmlp_model_destroy(model);
    model = new_model(&s);
    OK(clmlp_model_fit_scaling(model, s.data, CLMLP_SCALE_MINMAX, error));
    cr_assert_eq(clmlp_trainer_create(&trainer, model, device, s.data, NULL, &s.config, &why), CLMLP_BAD_INPUT);
    cr_assert_not_null(strstr(why.message, "is of another model: clmlp.scale is 'standard', and 'minmax'"), "%s",
                       why.message);
    clmlp_model_destroy(model);
    clmlp_device_close(device);
    free_setting(&s);
}

Test(checkpoint, that_is_a_plain_model_is_refused)
{
    setting s = make_setting();
    clmlp_model *const model = new_model(&s);
    OK(clmlp_model_save(model, STOPPED, error));
    expect_refused(&s, STOPPED, NULL, "is a model and no checkpoint: it has theta alone, from which a new training can "
                   "start (--init ");
    clmlp_model_destroy(model);
    free_setting(&s);
}

/* Any byte of the numbers, any place to be cut off, and the header here and there. */
Test(checkpoint, that_is_damaged_is_refused)
{
    setting s = make_setting();
    size_t size = 0;
    s.config.optimizer = CLMLP_MOMENTUM;
    stop_after(&s, 40, 0, STOPPED, NULL);
    char *const bytes = read_file(STOPPED, &size);
    const size_t header = (size_t)(unsigned char)bytes[0] + 256 * (size_t)(unsigned char)bytes[1] + 8;
    cr_assert_lt(header, size);
    for (size_t at = header; at < size; at += 997) {
        bytes[at] ^= 0x10;
        write_file(STOPPED, bytes, size);
        expect_refused(&s, STOPPED, NULL, "refused.safetensors: ");
        bytes[at] ^= 0x10;
    }
    for (size_t length = 0; length < size; length += 1013) {
        write_file(STOPPED, bytes, length);
        expect_refused(&s, STOPPED, NULL, "refused.safetensors: ");
    }
    static const char *const keys[] = {"clmlp.checkpoint.start_cost\":\"", "clmlp.checkpoint.epoch\":\"",
                                       "clmlp.checkpoint.good_epochs\":\"", "clmlp.checkpoint.train_data\":\"",
                                       "clmlp.checkpoint.steps_of_epoch\":\"", "clmlp.checkpoint.seconds\":\""};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        char *const at = strstr(bytes + 8, keys[i]);
        cr_assert_not_null(at, "%s", keys[i]);
        char *const digit = at + strlen(keys[i]);
        const char right = *digit;
        *digit = right == '7' ? '6' : '7';
        write_file(STOPPED, bytes, size);
        expect_refused(&s, STOPPED, NULL, "refused.safetensors: ");
        *digit = right;
    }
    free(bytes);
    free_setting(&s);
}

/* --- the history ------------------------------------------------------------------------------------------------- */

#define LOG FILE_OF("log.jsonl")

Test(checkpoint, leaves_a_history_alone_that_is_not_of_its_run)
{
    setting s = make_setting();
    size_t size = 0, now = 0;
    stop_after(&s, 40, PER_EPOCH, STOPPED, LOG);
    char *const right = read_file(LOG, &size), *const wrong = calloc(1, size + 40);
    cr_assert(strchr(right, '\n') < right + size - 1, "two lines");
    const struct {
        const char *name, *text, *message;
    } cases[] = {
        {"another", "{\"epoch\":1,\"cost\":2}\n", "its lines are others"},
        {"shorter", "{\"epoch\":1}", "it is shorter"},
        {"longer", "remember the milk\n", "more follows than lines of later epochs"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        size_t length = strlen(cases[i].text);
        (void)strcpy(wrong, cases[i].text);
        if (i == 0) { /* as long as it was, or longer */
            memset(wrong + length, 'x', size);
            length = size;
        } else if (i == 2) {
            memcpy(wrong, right, size);
            (void)strcpy(wrong + size, cases[i].text);
            length += size;
        }
        write_file(LOG, wrong, length);
        expect_refused(&s, STOPPED, LOG, cases[i].message);
        char *const after = read_file(LOG, &now);
        cr_assert_eq(now, length, "%s", cases[i].name);
        cr_assert_eq(memcmp(after, wrong, length), 0, "%s", cases[i].name);
        free(after);
    }
    free(wrong);
    free(right);
    free_setting(&s);
}

/* A checkpoint that had no history, or none yet, knows no file. */
Test(checkpoint, without_a_history_does_not_write_over_one)
{
    setting s = make_setting();
    size_t size = 0;
    write_file(LOG, "{\"epoch\":1}\n", 12);
    stop_after(&s, 40, 0, STOPPED, NULL);
    expect_refused(&s, STOPPED, LOG, "that had none");
    stop_after(&s, 4, 0, STOPPED, FILE_OF("first.jsonl"));
    expect_refused(&s, STOPPED, LOG, "that had none");
    char *const after = read_file(LOG, &size);
    cr_assert_str_eq(after, "{\"epoch\":1}\n");
    free(after);
    free_setting(&s);
}

Test(checkpoint, cuts_a_line_that_was_not_finished)
{
    setting s = make_setting();
    size_t size = 0;
    outcome whole = run_to_end(&s, NULL, FILE_OF("whole.jsonl"));
    stop_after(&s, 40, PER_EPOCH, STOPPED, LOG);
    char *const text = read_file(LOG, &size);
    write_file(LOG, text, size - 9);
    outcome parts = run_to_end(&s, STOPPED, LOG);
    expect_same(&whole, &parts, "cut off");
    free(text);
    free(whole.history);
    free(parts.history);
    free_setting(&s);
}
