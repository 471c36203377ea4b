/* test_checkpoint_refused.c - checkpoints that cannot go on, and histories that are not of their run. */
#include <criterion/criterion.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint_runs.h"
#include "model/model.h"
#include "networks.h"

#define STOPPED FILE_OF("refused.safetensors")

Test(checkpoint_refused, of_other_settings_is_refused)
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
Test(checkpoint_refused, of_a_schedule_goes_on_over_more_epochs_where_its_rates_were_the_same)
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

Test(checkpoint_refused, of_other_data_is_refused)
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

Test(checkpoint_refused, of_another_model_is_refused)
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

Test(checkpoint_refused, of_another_member_is_refused)
{
    setting s = make_setting();
    clmlp_error why = {.message = ""};
    clmlp_model *members = new_model(&s), *other = NULL;
    clmlp_device *const device = open_device("cpu", CLMLP_F32, 0);
    stop_after(&s, 40, 0, STOPPED, NULL);
    s.config.members = members;
    expect_refused(&s, STOPPED, NULL, "is of a run with 0 members of an ensemble before it, and cannot go on with 1");
    stop_after(&s, 40, 0, STOPPED, NULL);
    OK(clmlp_model_load(&other, STOPPED, NULL, error));
    cr_assert_eq(clmlp_model_members(other), 2);
    s.config.members = NULL;
    expect_refused(&s, STOPPED, NULL, "is of a run with 1 member of an ensemble before it, and cannot go on with 0");
    clmlp_model_destroy(other);
    other = model_for(s.data, (size_t[]){HIDDEN + 1}, 1, CLMLP_TANH, CLMLP_OUTPUT_SOFTMAX, 3);
    s.config.members = other;
    cr_assert_eq(clmlp_train(members, device, s.data, NULL, &s.config, NULL, &why), CLMLP_BAD_ARGUMENT);
    cr_assert_str_eq(why.message, "the members of the ensemble (config.members) are other networks");
    clmlp_device_close(device);
    clmlp_model_destroy(other);
    clmlp_model_destroy(members);
    free_setting(&s);
}

Test(checkpoint_refused, that_is_a_plain_model_is_refused)
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
Test(checkpoint_refused, that_is_damaged_is_refused)
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

Test(checkpoint_refused, leaves_a_history_alone_that_is_not_of_its_run)
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
Test(checkpoint_refused, without_a_history_does_not_write_over_one)
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

Test(checkpoint_refused, cuts_a_line_that_was_not_finished)
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
