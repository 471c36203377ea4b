/* train_notes.c - what clmlp train says of a training before it begins. */
#include "commands/train_notes.h"

#include <stdio.h>

#include "commands/checkpoint.h"
#include "message.h"
#include "options/rule.h"
#include "reports/report.h"

/* How theta moves, and for how long; or, with --find-rate, between which rates. */
static void note_descent(const clmlp_cli_train_options *o, const clmlp_cli_train_input *in)
{
    const size_t m = clmlp_dataset_examples(in->train), epochs = o->config.epochs;
    char batch[32] = "full batch", name[512], schedule[200], steps[64], rates[280], clipped[48] = "";
    if (o->config.minimiser != CLMLP_NO_MINIMISER) {
        clmlp_cli_note("%s: at most %zu iteration%s of full batches, lambda %g, seed %llu",
                       clmlp_minimiser_name(o->config.minimiser), epochs, epochs == 1 ? "" : "s", o->config.lambda,
                       (unsigned long long)o->config.seed);
        return;
    }
    if (o->config.clip_norm > 0.0) {
        (void)snprintf(clipped, sizeof clipped, ", gradients clipped to %g", o->config.clip_norm);
    }
    if (o->config.batch != 0) (void)snprintf(batch, sizeof batch, "batches of %zu", o->config.batch);
    const clmlp_cli_rule rule = CLMLP_CLI_RULE_OF(&o->config);
    clmlp_cli_rule_text(&rule, clmlp_model_layers(in->model), name, sizeof name);
    clmlp_cli_schedule_text(&o->config.schedule, clmlp_cli_steps(&o->config, m), schedule, sizeof schedule);
    (void)snprintf(steps, sizeof steps, "%zu epoch%s, ", epochs, epochs == 1 ? "" : "s");
    if (o->find_rate) (void)snprintf(rates, sizeof rates, "rates from %g to %g", o->range.from, o->range.to);
    else (void)snprintf(rates, sizeof rates, "rate %g%s", o->config.rate, schedule);
    clmlp_cli_note("%s: %s%s, %s, lambda %g, seed %llu%s%s", name, o->find_rate ? "" : steps, batch, rates,
                   o->config.lambda, (unsigned long long)o->config.seed, clipped,
                   o->config.shuffle ? "" : ", not shuffled");
}

/* --last-batch drop leaves out what is too little for a batch, which may be much of few examples. */
static void note_left_out(const clmlp_cli_train_options *o, size_t m)
{
    const bool by_folds = o->members > 1 && o->members_by == CLMLP_CLI_BY_FOLDS;
    const size_t rows = by_folds ? m - m / o->members : m, batch = o->config.batch;
    if (o->config.last_batch != CLMLP_LAST_BATCH_DROP || batch == 0 || batch > rows || o->find_rate) return;
    if (rows % batch * 10 <= rows) return;
    clmlp_cli_note("each epoch leaves out %s%zu of %zu examples, which are too few for a batch of %zu%s; --last-batch "
                   "keep gives them a step", by_folds ? "about " : "", rows % batch, rows, batch,
                   o->config.shuffle ? ", others each time" : "");
}

static bool drops_units(const clmlp_train_config *config)
{
    for (size_t i = 0; i < config->dropout_count; i++) {
        if (config->dropout[i] > 0.0) return true;
    }
    return false;
}

void clmlp_cli_train_note_plan(const clmlp_cli_train_options *o, const clmlp_cli_train_input *in,
                               const clmlp_device *device)
{
    if (o->preset != CLMLP_CLI_PRESET_NONE) {
        clmlp_cli_note("preset %s: %s", clmlp_cli_preset_name(o->preset),
                       clmlp_cli_train_preset_text(o, in->model));
    }
    clmlp_cli_note_data("training data", o->data, in->train);
    if (in->validation != NULL) {
        clmlp_cli_note_data(o->validation.path != NULL ? "validation data" : "validation data, held out of",
                            o->validation.path != NULL ? o->validation.path : o->data, in->validation);
    }
    if (in->test != NULL) clmlp_cli_note_data("test data", o->test, in->test);
    clmlp_cli_note_model(in->model);
    clmlp_cli_note_device(device);
    clmlp_cli_checkpoint_note(o, device);
    note_descent(o, in);
    note_left_out(o, clmlp_dataset_examples(in->train));
    if (drops_units(&o->config)) {
        clmlp_cli_note("dropout: costs of an epoch are met with units left out, those of the end and of other data "
                       "without");
    }
    if (o->config.label_smoothing > 0.0) {
        clmlp_cli_note("label smoothing %g: costs of the training data are those of the smoothed targets%s",
                       o->config.label_smoothing, o->members > 1 ? " while training, not in the table of the end" : "");
    }
    if (clmlp_model_layers(in->model) > 2 && clmlp_model_activation(in->model) == CLMLP_LINEAR) {
        clmlp_cli_note("warning: the hidden layers are linear, so the whole network is one linear map and can learn "
                       "no more than --hidden ''");
    }
}
