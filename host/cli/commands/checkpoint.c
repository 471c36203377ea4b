/* checkpoint.c - checkpoints of clmlp train. */
#include "commands/checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands/finished.h"
#include "interrupt.h"
#include "json_memory.h"
#include "message.h"
#include "options/saved.h"

size_t clmlp_cli_checkpoint_number(const clmlp_cli_checkpoints *c, const char *key)
{
    char name[64];
    (void)snprintf(name, sizeof name, CLMLP_CLI_CHECKPOINT_KEY ".%s", key);
    const char *const text = c->resumed != NULL ? clmlp_model_file_text(c->resumed, name) : NULL;
    return text != NULL ? (size_t)strtoull(text, NULL, 10) : 0;
}

/* A text of the run that the checkpoint is of; "?": it has none. */
static const char *text_of(const clmlp_cli_checkpoints *c, const char *key)
{
    char name[64];
    (void)snprintf(name, sizeof name, CLMLP_CLI_CHECKPOINT_KEY ".%s", key);
    const char *const text = clmlp_model_file_text(c->resumed, name);
    return text != NULL ? text : "?";
}

/* --- while it trains --------------------------------------------------------------------------------------------- */

static void on_checkpoint(const clmlp_checkpoint_event *event, void *context)
{
    if (!event->asked) return;
    clmlp_cli_progress_break(context);
    if (event->saved) {
        clmlp_cli_note("checkpoint written to %s: %zu epoch%s, %zu steps", event->path, event->epochs,
                       event->epochs == 1 ? "" : "s", event->steps);
    } else {
        clmlp_cli_error("no checkpoint was written: training is diverging");
    }
}

static bool wants(void *context)
{
    (void)context;
    return clmlp_cli_save_wanted();
}

void clmlp_cli_checkpoint_finished(const clmlp_cli_checkpoints *c, clmlp_train_result *result)
{
    cJSON *const note = cJSON_Parse(text_of(c, "note"));
    const cJSON *const finished = cJSON_GetObjectItemCaseSensitive(note, CLMLP_CLI_FINISHED);
    if (finished != NULL) (void)clmlp_cli_finished_take(finished, result); /* the options were checked */
    cJSON_Delete(note);
}

/* What the data decided where no option did, or one said auto. An option may say it when training goes on. */
static void add_decided(cJSON *kept, const clmlp_model *model)
{
    const clmlp_output output = clmlp_model_output(model);
    cJSON_DeleteItemFromObjectCaseSensitive(kept, CLMLP_CLI_DECIDED);
    cJSON *const object = cJSON_AddObjectToObject(kept, CLMLP_CLI_DECIDED);
    (void)cJSON_AddStringToObject(object, "task", output == CLMLP_OUTPUT_LINEAR ? "regress" : "classify");
    (void)cJSON_AddStringToObject(object, "output", clmlp_output_name(output));
    (void)cJSON_AddStringToObject(object, "scale", clmlp_scale_name(clmlp_model_scale(model)));
    (void)cJSON_AddStringToObject(object, "target-scale", clmlp_scale_name(clmlp_model_target_scale(model)));
    if (clmlp_model_layers(model) == 2) return;
    (void)cJSON_AddStringToObject(object, "activation", clmlp_activation_name(clmlp_model_activation(model)));
}

char *clmlp_cli_checkpoint_text(const clmlp_cli_train_options *o, const clmlp_model *model,
                                const clmlp_train_result *finished)
{
    cJSON *const kept = o->checkpoints.kept;
    char number[48];
    const clmlp_train_config *const config = &o->config;
    for (int digits = 6; digits <= 17; digits++) { /* the fewest that say it */
        (void)snprintf(number, sizeof number, "%.*g", digits, config->rate);
        if (strtod(number, NULL) == config->rate) break;
    }
    cJSON_DeleteItemFromObjectCaseSensitive(kept, "rate");
    if (config->minimiser == CLMLP_NO_MINIMISER) (void)cJSON_AddStringToObject(kept, "rate", number);
    (void)snprintf(number, sizeof number, "%zu", config->batch);
    cJSON_DeleteItemFromObjectCaseSensitive(kept, "batch");
    (void)cJSON_AddStringToObject(kept, "batch", config->batch != 0 ? number : "full");
    add_decided(kept, model);
    cJSON_DeleteItemFromObjectCaseSensitive(kept, CLMLP_CLI_FINISHED);
    cJSON *const object = finished != NULL ? cJSON_AddObjectToObject(kept, CLMLP_CLI_FINISHED) : NULL;
    if (object != NULL) clmlp_cli_finished_add(object, finished);
    return clmlp_cli_json_was_lost() ? NULL : cJSON_PrintUnformatted(kept);
}

void clmlp_cli_checkpoint_begin(clmlp_cli_train_options *o, clmlp_cli_progress *progress)
{
    const char *inputs[CLMLP_CLI_TRAIN_INPUTS];
    clmlp_cli_train_inputs(o, inputs);
    clmlp_train_config *const config = &o->config;
    clmlp_cli_checkpoints *const c = &o->checkpoints;
    config->resume_path = c->resume;
    config->checkpoint_path = c->path;
    if (c->path != NULL) {
        config->checkpoint_epochs = c->every.epochs;
        config->checkpoint_seconds = c->every.seconds;
    } else if (clmlp_cli_name_beside(o->model, "checkpoint", c->beside, sizeof c->beside) &&
               !clmlp_cli_is_one_of(c->beside, inputs, CLMLP_CLI_TRAIN_INPUTS)) {
        config->checkpoint_path = c->beside; /* only when a signal asks for it */
    }
    config->wants_checkpoint = (clmlp_wants_checkpoint){wants, NULL};
    config->on_checkpoint = (clmlp_on_checkpoint){on_checkpoint, progress};
    clmlp_cli_catch_save(config->checkpoint_path != NULL ? NULL
                                                         : "clmlp: SIGUSR1: there is no file for a checkpoint\n");
}

static void tell_device(const clmlp_cli_checkpoints *c, const clmlp_device *device)
{
    const char *const name = text_of(c, "device"), *const engine = text_of(c, "engine");
    const char *const tiles = text_of(c, "tiles"), *const precision = text_of(c, "precision");
    const char *const written = clmlp_model_file_text(c->resumed, "clmlp.version");
    const char *const version = written != NULL ? written : "?";
    const bool same = strcmp(name, clmlp_device_get_info(device)->name) == 0 &&
                      strcmp(engine, clmlp_device_engine(device)) == 0 &&
                      strcmp(tiles, clmlp_device_tiles(device)) == 0 &&
                      strcmp(precision, clmlp_precision_name(clmlp_device_precision(device))) == 0 &&
                      strcmp(version, clmlp_version()) == 0;
    char note[1024];
    if (same) return;
    (void)snprintf(note, sizeof note, "%s was made on %s (engine %s%s%s, %s) by clmlp %s: from here on numbers are "
                   "rounded otherwise than they would have been there", c->resume, name, engine,
                   tiles[0] != '\0' ? ", tiles " : "", tiles, precision, version);
    clmlp_cli_tell(note);
}

/* Whether the rates depend on where the run ends, so that a longer one is another one. */
static bool ends_its_schedule(const clmlp_rate_schedule *schedule)
{
    if (schedule->warmup.share > 0.0) return true;
    switch (schedule->kind) {
    case CLMLP_SCHEDULE_CONSTANT:
    case CLMLP_SCHEDULE_INVERSE: return false;
    case CLMLP_SCHEDULE_STEP:
    case CLMLP_SCHEDULE_EXPONENTIAL: return schedule->decay_every.steps == 0; /* a share of all steps */
    case CLMLP_SCHEDULE_COSINE:
    case CLMLP_SCHEDULE_FLAT_COSINE:
    case CLMLP_SCHEDULE_COSLOG4:
    case CLMLP_SCHEDULE_LINEAR:
    case CLMLP_SCHEDULE_COUNT: break;
    }
    return true;
}

/* All epochs are done: what can be had beyond them. */
static void tell_end(const clmlp_cli_train_options *o)
{
    char next[4200] = "--epochs N with a larger N goes on";
    char note[4400];
    if (o->members > 1) {
        clmlp_cli_tell("nothing is left to train: all epochs of all members are done");
        return;
    }
    if (ends_its_schedule(&o->config.schedule)) {
        (void)snprintf(next, sizeof next, "the schedule ends with them; --init %s begins a new training from it",
                       o->checkpoints.resume);
    }
    (void)snprintf(note, sizeof note, "nothing is left to train: all epochs are done (%s)", next);
    clmlp_cli_tell(note);
}

void clmlp_cli_checkpoint_note(const clmlp_cli_train_options *o, const clmlp_device *device)
{
    const clmlp_cli_checkpoints *const c = &o->checkpoints;
    const char *const history = o->config.history_path;
    char note[1024];
    if (c->resumed == NULL) return;
    const char *const epoch = text_of(c, "epoch"), *const done = text_of(c, "steps_of_epoch");
    const size_t members = clmlp_cli_checkpoint_number(c, "members");
    char member[64] = "";
    if (o->members > 1) (void)snprintf(member, sizeof member, "in member %zu of %zu, ", members + 1, o->members);
    const bool one = strcmp(epoch, "1") == 0, inside = strcmp(done, "0") != 0;
    char steps[128] = "";
    if (inside) {
        (void)snprintf(steps, sizeof steps, " and %s step%s of the next", done, strcmp(done, "1") == 0 ? "" : "s");
    }
    clmlp_cli_note("going on from %s: %s%s epoch%s%s %s done", c->resume, member, epoch, one ? "" : "s", steps,
                   one && !inside ? "is" : "are");
    tell_device(c, device);
    const bool same = strcmp(text_of(c, "precision"), clmlp_precision_name(clmlp_device_precision(device))) == 0;
    const size_t end = same ? clmlp_cli_checkpoint_number(c, "end") : 0; /* the end in another precision is none */
    if (members + 1 < o->members) {
        note[0] = '\0'; /* the next member is left */
    } else if (end > 0 && end < CLMLP_END_COUNT) {
        (void)snprintf(note, sizeof note, "nothing is left to train: %s",
                       clmlp_minimiser_end_text((clmlp_minimiser_end)end));
        clmlp_cli_tell(note);
    } else if (strtoull(epoch, NULL, 10) >= o->config.epochs) {
        tell_end(o);
    }
    if (history != NULL && access(history, F_OK) != 0 && (strcmp(epoch, "0") != 0 || members > 0)) {
        (void)snprintf(note, sizeof note, "%s is not there: it will have no epochs %s", history,
                       members > 0 ? "of the first member, which is finished" : "before this one");
        clmlp_cli_tell(note);
    }
}
