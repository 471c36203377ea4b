/* checkpoint.c - what a checkpoint consists of: the one list of settings and the one of arrays. */
#include "train/checkpoint/checkpoint.h"

#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/text.h"
#include "data/fingerprint.h"

char *clmlp_checkpoint_number(char text[32], double value)
{
    double back = 0.0;
    for (int digits = 6; digits <= 17; digits++) {
        (void)clmlp_format_double(text, value, digits);
        if (clmlp_parse_double(text, text + strlen(text), &back) && back == value) break;
    }
    return text;
}

static void set(clmlp_checkpoint_setting *setting, const char *key, const char *option, const char *value)
{
    setting->key = key;
    (void)snprintf(setting->option, sizeof setting->option, "%s", option);
    /* fields of a struct have the names of their options, but for the dashes */
    for (char *at = setting->option; *at != '\0'; at++) *at = *at == '_' ? '-' : *at;
    (void)snprintf(setting->value, sizeof setting->value, "%s", value);
}

static void set_real(clmlp_checkpoint_setting *setting, const char *key, const char *option, double value)
{
    char number[32];
    set(setting, key, option, clmlp_checkpoint_number(number, value));
}

static void set_count(clmlp_checkpoint_setting *setting, const char *key, const char *option, size_t value)
{
    char number[32];
    (void)snprintf(number, sizeof number, "%zu", value);
    set(setting, key, option, number);
}

/* "20" steps or "5%". */
static void set_span(clmlp_checkpoint_setting *setting, const char *key, const char *option, const clmlp_span *span)
{
    char number[32], text[40];
    (void)snprintf(text, sizeof text, "%zu", span->steps);
    if (span->share > 0.0) {
        (void)snprintf(text, sizeof text, "%s%%", clmlp_checkpoint_number(number, 100.0 * span->share));
    }
    set(setting, key, option, text);
}

/* "0.1,0.2"; a list that is too long is known by its SHA-256. NULL: "none". */
static void set_list(clmlp_checkpoint_setting *setting, const char *key, const char *option, const double *values,
                     size_t count)
{
    char text[sizeof setting->value] = "none", number[32], digest[CLMLP_SHA256_HEX];
    clmlp_sha256 hash;
    size_t used = 0;
    clmlp_sha256_begin(&hash);
    for (size_t i = 0; i < (values != NULL ? count : 0); i++) {
        const char *const shown = clmlp_checkpoint_number(number, values[i]);
        clmlp_sha256_add(&hash, shown, strlen(shown) + 1);
        if (used < sizeof text) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? "," : "", shown);
        }
    }
    if (used >= sizeof text) {
        (void)snprintf(text, sizeof text, "%zu numbers, SHA-256 %s", count, clmlp_sha256_text(&hash, digest));
    }
    set(setting, key, option, text);
}

size_t clmlp_checkpoint_settings(const clmlp_run *r, clmlp_checkpoint_setting list[CLMLP_CHECKPOINT_SETTINGS])
{
    const clmlp_train_config *const config = &r->config;
    size_t count = 0;
    char number[32];
    const bool minimises = config->minimiser != CLMLP_NO_MINIMISER;
    set(&list[count++], ".optimizer", "--optimizer",
        minimises ? clmlp_minimiser_name(config->minimiser) : clmlp_optimizer_name(config->optimizer));
    if (minimises) set_count(&list[count++], ".lbfgs_pairs", "--lbfgs-pairs", r->minimisation->lbfgs.pairs);
#define ADD(field, what, initial, allowed, expected, used) \
    set_real(&list[count++], "." #field, "--" #field, config->field);
    CLMLP_RULE_SETTING_LIST(ADD)
#undef ADD
    set_list(&list[count++], ".layer_rates", "--layer-rates", config->layer_rates, r->model->L - 1);
    set(&list[count++], ".fan_in_rates", "--layer-rates", config->fan_in_rates ? "fan-in" : "no fan-in");
    const clmlp_rate_schedule *const schedule = &config->schedule;
    set(&list[count++], ".schedule", "--schedule", clmlp_schedule_name(schedule->kind));
    set_span(&list[count++], ".warmup", "--warmup", &schedule->warmup);
    set_real(&list[count++], ".min_rate", "--min-rate", schedule->min_rate);
    set_real(&list[count++], ".decay", "--decay", clmlp_schedule_decay(schedule));
    set_span(&list[count++], ".decay_every", "--decay-every", &schedule->decay_every);
    set_real(&list[count++], ".lambda", "--lambda", config->lambda);
    set_real(&list[count++], ".label_smoothing", "--label-smoothing", config->label_smoothing);
    bool drops = false; /* probabilities of 0 are none */
    for (size_t i = 0; i < config->dropout_count; i++) drops = drops || config->dropout[i] > 0.0;
    set_list(&list[count++], ".dropout", "--dropout", drops ? config->dropout : NULL, config->dropout_count);
    set_count(&list[count++], ".batch", "--batch", r->M);
    set(&list[count++], ".last_batch", "--last-batch",
        config->last_batch == CLMLP_LAST_BATCH_DROP ? "drop" : "keep");
    set_count(&list[count++], ".early_stopping", "--early-stopping", config->early_stopping);
    set(&list[count++], ".keep_best", "--keep-best", config->keep_best ? "yes" : "no");
    set(&list[count++], ".monitor", "--monitor", config->monitor != NULL ? config->monitor : "cost");
    set_real(&list[count++], ".tolerance", "--tolerance", config->tolerance);
    set_count(&list[count++], ".min_epochs", "--min-epochs", config->min_epochs);
    set_real(&list[count++], ".input_scale_rate", "--input-scale-rate", config->input_scale_rate);
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)config->seed);
    set(&list[count++], ".seed", "--seed", number);
    set(&list[count++], ".shuffle", "--no-shuffle", config->shuffle ? "shuffled" : "in order");
    return count;
}

size_t clmlp_checkpoint_blocks(const clmlp_run *r, const clmlp_checkpoint_place *place,
                               const clmlp_checkpoint_arrays *arrays,
                               clmlp_checkpoint_block list[CLMLP_CHECKPOINT_BLOCKS])
{
    const size_t done = place->done;
    const size_t parameters = clmlp_model_parameters(r->model);
    /* a scale of the inputs has no whole number of thetas */
    const bool scaled = r->config.input_scale_rate > 0.0;
    const size_t states = scaled ? 1 : r->block / parameters - 1, columns = scaled ? r->block - parameters : parameters;
    const size_t epoch_rows = scaled ? 1 : 1 + states, epoch_columns = scaled ? r->block : parameters;
    const clmlp_checkpoint_block blocks[] = {
        /* wide ones first: so all are aligned */
        {"clmlp.costs", done, 2, arrays->costs, true},
        {"clmlp.minimiser", clmlp_minimise_numbers(&place->minimiser) > 0, clmlp_minimise_numbers(&place->minimiser),
         arrays->numbers, true},
        {"clmlp.good", 1, parameters, arrays->good, true}, /* at first the model's own, which no device has rounded */
        {"clmlp.state", states, columns, arrays->now + parameters, false},
        {"clmlp.vectors", clmlp_minimise_vectors(&place->minimiser), parameters, arrays->vectors, false},
        {"clmlp.best", place->best_epoch > 0, parameters, arrays->best, false},
        {"clmlp.epoch", done > 0 ? epoch_rows : 0, epoch_columns, arrays->epoch, false},
    };
    size_t count = 0;
    _Static_assert(sizeof blocks / sizeof blocks[0] <= CLMLP_CHECKPOINT_BLOCKS, "the lists of callers hold them");
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        if (blocks[i].rows > 0) list[count++] = blocks[i];
    }
    return count;
}

clmlp_status clmlp_checkpoint_allocate(const clmlp_run *r, const clmlp_checkpoint_place *place,
                                       clmlp_checkpoint_arrays *arrays, clmlp_error *error)
{
    const size_t parameters = clmlp_model_parameters(r->model), done = place->done, number = sizeof(double);
    TRY(clmlp_allocate(&arrays->now, r->block, number, "theta", error));
    if (arrays->epoch == NULL) {
        TRY(clmlp_allocate(&arrays->epoch, done > 0 ? r->block : 0, number, "theta of the epoch", error));
    }
    if (arrays->good == NULL) TRY(clmlp_allocate(&arrays->good, parameters, number, "the last good theta", error));
    TRY(clmlp_allocate(&arrays->best, place->best_epoch > 0 ? parameters : 0, number, "the best theta", error));
    TRY(clmlp_allocate(&arrays->numbers, clmlp_minimise_numbers(&place->minimiser), number, "a minimiser", error));
    TRY(clmlp_allocate(&arrays->vectors, clmlp_minimise_vectors(&place->minimiser), parameters * number,
                       "the vectors of a minimiser", error));
    return clmlp_allocate(&arrays->costs, done, 2 * number, "the costs of an epoch", error);
}

clmlp_status clmlp_checkpoint_model(const clmlp_run *r, double *now, clmlp_model *model, clmlp_error *error)
{
    const clmlp_model *const members = r->config.members;
    *model = *r->model;
    model->other_theta = NULL;
    model->theta = now;
    if (members == NULL) return CLMLP_OK;
    TRY(clmlp_allocate(&model->other_theta, members->others + 1, sizeof *model->other_theta, "members", error));
    for (size_t k = 0; k < members->others; k++) model->other_theta[k] = members->other_theta[k];
    model->other_theta[members->others] = now;
    model->others = members->others + 1;
    model->theta = members->theta;
    model->seed = members->seed;
    return CLMLP_OK;
}

/* As the file has them. */
static void hash_theta(clmlp_sha256 *hash, const clmlp_model *model, size_t member)
{
    const double *const theta = clmlp_model_member_theta(model, member);
    for (size_t i = 0; i < clmlp_model_parameters(model); i++) {
        const double stored = model->precision == CLMLP_F64 ? theta[i] : (double)(float)theta[i];
        clmlp_sha256_add(hash, &stored, sizeof stored);
    }
}

void clmlp_checkpoint_digest(const clmlp_model *model, const clmlp_checkpoint_block *blocks, size_t count,
                             const cJSON *texts, char digest[CLMLP_SHA256_HEX])
{
    static const char key[] = CLMLP_CHECKPOINT_KEY;
    clmlp_sha256 hash;
    clmlp_sha256_begin(&hash);
    for (size_t k = 0; k <= model->others; k++) hash_theta(&hash, model, k);
    for (size_t i = 0; i < count; i++) {
        clmlp_sha256_add(&hash, blocks[i].name, strlen(blocks[i].name) + 1);
        clmlp_sha256_add(&hash, blocks[i].values, blocks[i].rows * blocks[i].columns * sizeof(double));
    }
    const cJSON *text = NULL;
    cJSON_ArrayForEach(text, texts) {
        if (strncmp(text->string, key, sizeof key - 1) != 0) continue;
        if (strcmp(text->string, CLMLP_CHECKPOINT_DIGEST) == 0) continue;
        clmlp_sha256_add(&hash, text->string, strlen(text->string) + 1);
        clmlp_sha256_add(&hash, text->valuestring, strlen(text->valuestring) + 1);
    }
    (void)clmlp_sha256_text(&hash, digest);
}

void clmlp_run_fingerprint(clmlp_run *r)
{
    if (r->train_hash[0] != '\0') return;
    (void)clmlp_dataset_fingerprint(r->train_data, r->train_hash);
    (void)clmlp_dataset_fingerprint(r->validation.data, r->validation_hash);
}
