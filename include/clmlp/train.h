/* train.h - gradient descent on J(theta).
 *
 *     J = (1/m) sum_i w_i cost(h_i, y_i) + (lambda/2m) sum of theta(l)_{j,i}^2 over i >= 1
 *     theta(l) := theta(l) - alpha dJ/dtheta(l), or by another rule of optimizer.h
 *
 * An epoch visits every example once, in batches of M (the last one may be shorter). In a mini-batch
 * M replaces m in the data term, while lambda/m keeps the full m, so that an epoch regularises as
 * much as one step of full-batch descent. lambda corresponds to PyTorch's weight_decay = lambda/m on
 * the weights alone, and to scikit-learn's alpha = lambda * M / m.
 *
 * w_i are the weights of the training data (clmlp_dataset_set_weights), of mean 1; without any they are 1. In a
 * mini-batch M replaces m, whatever its weights add up to: an epoch counts each example as a full batch does. Scores of
 * validation and test data, and of clmlp_evaluate, have w_i = 1, and accuracy counts all examples alike everywhere.
 *
 * Threads: a training has its model, its device and its inspector alone until it returns; data may be shared. Trainings
 * side by side need a model and a device each. Several trainers may take turns on one device, on one thread at a time.
 * Callbacks come on the thread that called.
 */
#ifndef CLMLP_TRAIN_H
#define CLMLP_TRAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/cancel.h"
#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "clmlp/ranks.h"
#include "clmlp/schedule.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* J and accuracy of one data set; J of the training data is weighted. accuracy is the fraction of examples whose
 * largest output is the one of their class (classes), or whose outputs are all on the right side of 1/2 (several labels
 * at once); NaN for real targets. */
typedef struct clmlp_score {
    double cost;
    double accuracy;
} clmlp_score;

/* What the callback learns after an epoch. */
typedef struct clmlp_epoch {
    size_t epoch, epochs;      /* 1 .. epochs */
    size_t step;               /* updates so far */
    clmlp_score train;         /* as met during the epoch: each batch before its update */
    bool has_test;
    clmlp_score test;          /* after the epoch; only with test data */
    double seconds;            /* since training began */
    double samples_per_second; /* of this epoch, with its scores: as clmlp_train_result has it of all epochs */
    bool has_validation;
    clmlp_score validation;    /* after the epoch; only with validation data */
    double rate;               /* of its last step */
    double monitored;          /* config.monitor of the validation data; NaN: undefined, or nothing is monitored */
    size_t best_epoch;         /* the best so far; 0: none, or none is kept */
} clmlp_epoch;

/* Callbacks: a function, NULL for none, and what it is given. They are called on the thread that trains, which waits
 * for them; they must not use the objects of that training, but may ask it to stop (clmlp_cancel_request). */
typedef struct clmlp_on_epoch {
    void (*function)(const clmlp_epoch *epoch, void *context);
    void *context;
} clmlp_on_epoch;

typedef struct clmlp_on_progress {
    void (*function)(size_t epoch, double fraction, void *context);
    void *context;
} clmlp_on_progress;

typedef struct clmlp_on_first_step {
    void (*function)(void *context);
    void *context;
} clmlp_on_first_step;

/* A checkpoint was written, or not: theta was not finite any more, and the file is as it was. */
typedef struct clmlp_checkpoint_event {
    const char *path;
    size_t epochs, steps; /* that it has behind it: completed, made */
    bool asked;           /* clmlp_wants_checkpoint wanted it */
    bool saved;
} clmlp_checkpoint_event;

typedef struct clmlp_on_checkpoint {
    void (*function)(const clmlp_checkpoint_event *event, void *context);
    void *context;
} clmlp_on_checkpoint;

/* Whether to write a checkpoint now. It may look at a flag that a signal handler sets. */
typedef struct clmlp_wants_checkpoint {
    bool (*function)(void *context);
    void *context;
} clmlp_wants_checkpoint;

/* How the ranks share each batch from now on. */
typedef struct clmlp_shares {
    const double *of;   /* [count]: of each rank; their sum is 1 */
    const size_t *rows; /* [count]: of a batch of M examples */
    size_t count, M;
    size_t epochs;      /* completed */
    bool by_speed;      /* they may change after each epoch */
} clmlp_shares;

typedef struct clmlp_on_shares {
    void (*function)(const clmlp_shares *shares, void *context);
    void *context;
} clmlp_on_shares;

/* Looks at single steps while training goes on, and may have it go on on the CPU path; see
 * clmlp_self_check_create in verify.h. */
typedef struct clmlp_inspector clmlp_inspector;

/* What becomes of the examples of an epoch that are too few for a batch: a step of their own, or none in that epoch. */
typedef enum clmlp_last_batch {
    CLMLP_LAST_BATCH_KEEP,
    CLMLP_LAST_BATCH_DROP,
    CLMLP_LAST_BATCH_COUNT
} clmlp_last_batch;

/* How ranks share a batch. BY_SPEED: by the time that each has taken, measured anew after every epoch; the bits of the
 * result then differ from run to run. AUTO: by speed where devices are unlike, else equally. */
typedef enum clmlp_sharing_by {
    CLMLP_SHARE_AUTO,
    CLMLP_SHARE_EQUALLY,
    CLMLP_SHARE_BY_SPEED,
    CLMLP_SHARE_COUNT
} clmlp_sharing_by;

typedef struct clmlp_train_config {
    size_t size; /* sizeof of this struct; see clmlp.h */
    double rate;               /* alpha > 0 */
    double lambda;             /* L2 strength >= 0 */
    size_t epochs;             /* >= 1 */
    size_t batch;              /* M; 0: full batch. At most m */
    uint64_t seed;             /* of the order of examples, and of dropout */
    bool shuffle;              /* a new order each epoch (mini-batches only; full batches have none) */
    clmlp_optimizer optimizer;
    double momentum;           /* mu of momentum and nesterov, in [0, 1); others ignore it */
    /* File for one JSON object a line per epoch: epoch, cost, accuracy, rate, seconds, and {cost, accuracy} as
     * `validation` and as `test` where there are such data; validation_cost and validation_accuracy are those of the
     * validation data, without them of the test data. NULL: none. It is a log: emptied when training begins, then each
     * line is appended whole when its epoch ends, so that it can be watched, and what is there stays however training
     * ends. A training has it alone, by a lock of the file: another one gets CLMLP_IO. Borrowed. */
    const char *history_path;
    clmlp_on_epoch on_epoch; /* after each epoch */
    /* Now and then inside epochs, with the share of the epoch that is enqueued; the device, which is waited for in some
     * of these moments, is at most about a tenth of a second behind. Results are the same. */
    clmlp_on_progress on_progress;
    /* Once, when the device has done the first step, which is waited for. For measuring how long it takes until
     * training is under way; results are the same. */
    clmlp_on_first_step on_first_step;
    /* Looked at before each step and after each epoch; once requested, training stops there. NULL: none. Borrowed. */
    const clmlp_cancel *cancel;
    /* Is shown the steps that it wants to see, and those where the cost is not finite any more; the device is
     * waited for at those. NULL: none. Borrowed. */
    clmlp_inspector *inspector;
    /* Examples that are not trained on, scored after every epoch, by which settings may be chosen; the test data judge
     * the model that was chosen. clmlp_dataset_split makes some. NULL: none. Borrowed. */
    const clmlp_dataset *validation;
    /* E of label smoothing, 0 <= E < 1: training minimises J of the targets (1 - E) y + E / K (softmax) or
     * (1 - E) y + E / 2 (sigmoid, one-vs-all), and costs of the training data are those. Validation and test data are
     * scored without; what counts as right is as without. 0: none. Not for linear outputs. */
    double label_smoothing;
    /* The rate in each of the steps, which are `epochs` times those of an epoch. */
    clmlp_rate_schedule schedule;
    /* Early stopping, by a metric of the validation data after each epoch (L. Prechelt, 1998, "Early Stopping -
     * But When?"). Training ends once this many epochs in a row have brought no gain; the model receives the best
     * theta. 0: off. */
    size_t early_stopping;
    /* What is gone by: "cost" (J of the validation data, with its lambda term), "accuracy", or the name of a metric
     * that these targets have (metrics.h), of whose values the larger ones or the smaller ones are known to be better.
     * A value that is not finite is never better. NULL: cost. Borrowed until the trainer is made. */
    const char *monitor;
    double tolerance;  /* >= 0: only what is better than the last gain by more than this is a gain, in units of the
                          metric. The best theta is the best by any margin; of equal epochs it is the first */
    size_t min_epochs; /* training does not stop before */
    bool keep_best;    /* the model receives the best theta, though training goes on to the end; with early_stopping it
                          always does */

    /* Checkpoints, see below. The file, written anew each time: beside its name, flushed, renamed. NULL: none, and the
     * next two are ignored. Borrowed, as are the other texts. */
    const char *checkpoint_path;
    size_t checkpoint_epochs;  /* after every so many epochs; 0: not by their number */
    double checkpoint_seconds; /* every so many seconds, also within an epoch; 0: not by time */
    const char *checkpoint_note; /* a text of the caller's to be kept in it, UTF-8; NULL: none */
    const char *resume_path;   /* go on from this checkpoint; NULL: begin */
    clmlp_wants_checkpoint wants_checkpoint; /* asked before each step and after each epoch */
    clmlp_on_checkpoint on_checkpoint;
    /* Dropout: in each step of training a unit of hidden layer i is 0 with probability dropout[i], else 1/(1 - that)
     * times as much, by seed, step, layer, row and unit: the same ones on every device, engine and precision. Scores
     * and predictions drop nothing. One number for all hidden layers, or one for each: 0 <= p < 1. NULL and 0: none.
     * Borrowed. */
    const double *dropout;
    size_t dropout_count;
    /* DROP: an epoch has floor(m / M) steps, all on M examples (PyTorch's drop_last). Others are left out in each
     * epoch, and the cost met is the mean of those that were not. Not without `shuffle`. */
    clmlp_last_batch last_batch;
    /* Of the optimizers that have them, others ignore them; see optimizer.h. beta2 0: 0.999, of rmsprop 0.99;
     * epsilon 0: 1e-8. */
    double beta1, beta2;       /* in [0, 1) */
    double epsilon;            /* >= 0 */
    double weight_decay;       /* of adamw, >= 0: a step takes rate times decay of each weight, but not of a bias */
    /* Factors of the rate: of each theta(l) [L - 1], NULL: 1, or 1 / sqrt(s_l) with fan_in_rates; and of column 0, the
     * bias, on top of it, where 0 is 1. Borrowed. */
    const double *layer_rates;
    bool fan_in_rates;
    double bias_rate;
    /* The inputs have a scale s_i, which begins at 1 and is learned with this many times `rate`, whatever the layer
     * rates: the network computes with theta(1) diag(s), and that is what the model holds. 0: none. Not with an
     * inspector, clip_norm or a minimiser. */
    double input_scale_rate;
    /* C > 0: where the norm of all gradients together, biases and lambda's term included, is larger, they are
     * multiplied by C / (norm + 1e-6) before theta moves, as PyTorch's clip_grad_norm_ does. 0: never. */
    double clip_norm;
    /* Another method than steps of a rate: full batches only, an iteration an epoch, which ends early where J cannot be
     * lowered any more. rate, optimizer and the like are not used then. No clip_norm, schedule or
     * dropout can be had with it. An inspector looks at iterations. An iteration that `cancel` cuts short is undone. */
    clmlp_minimiser minimiser;
    size_t lbfgs_pairs;        /* that lbfgs remembers, at most 100; 0: 10 */
    /* The members of an ensemble that were trained before this one, which is to be the next. Checkpoints have them
     * too: as models they are the ensemble so far, with theta as it is as its last member. To resume one takes as
     * many, which clmlp_model_load and clmlp_model_remove_member give. NULL: none. Borrowed. */
    const clmlp_model *members;
    /* In this epoch, from 1, the device records how long every kernel takes; clmlp_device_kernel_times has it
     * afterwards, or says why not. No bit of the result depends on it, but the epoch is slower. 0: in none. */
    size_t timed_epoch;
    /* The processes that train this network together (ranks.h), each with the same data and settings and a device of
     * its own: each takes its share of the rows of every batch, gradients are summed over them, and the update rule
     * runs on all of them. Every function of a trainer is collective then. The same number of ranks gives the same bits
     * in every run, on devices that are alike and with shares that do not follow the speed; one process gives the same
     * but for the order of sums. Paths and callbacks may differ: usually rank 0 alone has some. Not with an inspector.
     * NULL: this process trains alone. Borrowed. */
    clmlp_ranks *ranks;
    clmlp_sharing_by sharing;
    /* Another algorithm than gradient descent on each batch, for links that are too slow for that: each rank takes its
     * own steps, on its rows of each batch, and after every K steps and every epoch theta and the state of the update
     * rule become their means over the ranks (S. U. Stich, "Local SGD converges fast and communicates little", 2019).
     * Costs are of the ranks' own thetas. 0 or 1: off. Not with a minimiser; without effect on one process. */
    size_t local_steps;
    /* Gradients go between ranks in 16 bits (bfloat16), half the bytes, with error feedback: what rounding takes from a
     * rank's gradient is added to its next one. The sum is rounded, too. Another algorithm than gradient descent, near
     * to it. f32 only; not with a minimiser or local_steps; without effect on one process. What is owed is in no
     * checkpoint. */
    bool short_gradients;
    const double *shares; /* [ranks]: weights of the ranks' shares of a batch, all > 0; NULL: as `sharing` says.
                             Borrowed */
    clmlp_on_shares on_shares; /* of several ranks: before the first step, and when shares have changed */
} clmlp_train_config;

/* alpha 0.5, lambda 0, 30 epochs, batches of 32, seed 1, shuffled, sgd, mu 0.9, beta1 0.9, decay 0.01, all layers at
 * the same rate, which is constant; no history, no callbacks, no validation data, no label smoothing, no early
 * stopping, tolerance 0, no checkpoints, no dropout, no clipping. The rate suits sgd: adam, adamw and rmsprop move each
 * number of theta by about as much as the rate, whatever its gradient, and take 0.001 to 0.01. */
CLMLP_API void clmlp_train_config_init(clmlp_train_config *config, size_t size);
static inline clmlp_train_config clmlp_train_config_default(void)
{
    clmlp_train_config config;
    clmlp_train_config_init(&config, sizeof config);
    return config;
}

typedef struct clmlp_train_result {
    size_t size; /* sizeof of this struct; see clmlp.h */
    size_t epochs;             /* completed */
    size_t steps;              /* updates made */
    double seconds;            /* of the epochs, without loading and final evaluation */
    double samples_per_second;
    clmlp_score train;         /* of the final theta over the whole training data */
    bool has_test;
    clmlp_score test;
    bool streamed;             /* the data did not fit on the device: batches were uploaded one by one */
    size_t diverged_epoch;     /* with CLMLP_DIVERGED: where the cost was no longer finite, or the end */
    size_t diverged_step;
    size_t good_epochs;        /* epochs that the model's theta has behind it; with CLMLP_DIVERGED: the last good one */
    double mean_cost;          /* J, without lambda, of predicting the mean of the targets (of classes: their shares),
                                  smoothed as in training */
    bool has_validation;
    clmlp_score validation;    /* of the final theta */
    size_t best_epoch;         /* whose theta the model holds, being the best; 0: none was kept, or none could be told
                                  to be the best, as every value was undefined: the model holds the last theta */
    double best;               /* monitored then; NaN: best_epoch is 0 */
    bool stopped_early;        /* epochs were left, and early_stopping ended training */
    /* of a minimiser */
    size_t iterations;         /* that lowered J */
    size_t evaluations;        /* of J with its gradient */
    clmlp_minimiser_end end;
    /* of ranks; 1 and 0 for one process */
    size_t ranks;
    double exchange_seconds;   /* that this rank's training waited for sums over the ranks */
    double exchange_bytes;     /* that it sent */
    size_t slowest_rank;       /* whose computing took longest, */
    double slowest_seconds;    /* so long; */
    double fastest_seconds;    /* and that of the fastest */
    bool shared_by_speed;      /* shares followed the speed */
    /* what exchange_* belong to: steps and seconds without those before a resume */
    size_t part_steps;
    double part_seconds;
} clmlp_train_result;

/* --- step by step ---------------------------------------------------------------------------------------------- */

/* Training in a loop of your own. clmlp_train is this one:
 *
 *     clmlp_trainer_create(&trainer, model, device, train, test, &config, error);
 *     while (clmlp_trainer_epochs_left(trainer) > 0) clmlp_trainer_run_epoch(trainer, error);
 *     clmlp_trainer_finish(trainer, &result, error);
 *     clmlp_trainer_destroy(trainer);
 *
 * Steps, scores and saving may be mixed with epochs as you like: theta gets the same bits. Between two calls the device
 * may be used for other things. */
typedef struct clmlp_trainer clmlp_trainer;

/* Put model and data on the device. Arguments and errors as for clmlp_train; all of them, and what the configuration
 * points to, must outlive the trainer. Until clmlp_trainer_finish the model holds the last good theta at
 * an epoch's start: one with a finite cost that was not worse than both the start and guessing. */
CLMLP_API clmlp_status clmlp_trainer_create(clmlp_trainer **out, clmlp_model *model, clmlp_device *device,
                                            const clmlp_dataset *train, const clmlp_dataset *test,
                                            const clmlp_train_config *config, clmlp_error *error);
/* NULL is fine. */
CLMLP_API void clmlp_trainer_destroy(clmlp_trainer *trainer);

/* To the end of the epoch: of the one under way, where steps of it were done, else of the next.
 * Errors: as clmlp_train; CLMLP_BAD_ARGUMENT where there are no epochs left, or training has ended. After
 * CLMLP_INTERRUPTED it may be scored, saved and finished; after any other error only be scored and destroyed. */
CLMLP_API clmlp_status clmlp_trainer_run_epoch(clmlp_trainer *trainer, clmlp_error *error);

/* One step, which is waited for; the last of an epoch ends it, with callbacks and history.
 *   cost  receives the mean cost of the batch before its update, without the lambda term; may be NULL
 * Errors as for clmlp_trainer_run_epoch. */
CLMLP_API clmlp_status clmlp_trainer_run_step(clmlp_trainer *trainer, double *cost, clmlp_error *error);

/* J and accuracy of theta as it is now, over all training data and over the test data (NULL: not that). Nothing is
 * changed. Errors: CLMLP_BAD_ARGUMENT (`test` without test data), CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_trainer_score(clmlp_trainer *trainer, clmlp_score *train, clmlp_score *test,
                                           clmlp_error *error);

/* theta(l) as it is now: [s_{l+1} x (s_l + 1)], column 0 for the bias. Waits for the device. Errors:
 * CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_trainer_get_theta(clmlp_trainer *trainer, size_t l, double *theta, clmlp_error *error);

/* clmlp_model_save with theta as it is now, not the best one; the model itself stays as it is. Errors as there, and
 * CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_trainer_save(clmlp_trainer *trainer, const char *path, clmlp_error *error);

/* --- checkpoints

 * A checkpoint is all that a run needs to go on: theta and the state of the update rule, where it is in the epoch, the
 * costs of that epoch so far, the settings, and fingerprints (SHA-256) of training and validation data. It is a model
 * file, too: clmlp_model_load takes it. The format is in docs/model-format.md.
 *
 * With both checkpoint_epochs and checkpoint_seconds 0 one is written when it is asked for only; else also at the end
 * of the last epoch, and where `cancel` stops the run. While the run is diverging, so that theta or a cost is not
 * finite, the last checkpoint stays. One that cannot be written ends training with CLMLP_IO.
 *
 * To resume, call clmlp_trainer_create or clmlp_train with the same data, the same configuration with resume_path, and
 * the model as it was then but for theta: clmlp_model_load of the checkpoint gives one. On the same device, engine and
 * precision, and with the same version, training ends with the bits of a run that was never stopped: theta, scores and
 * history, but for seconds. On others it goes on all the same. `epochs` may be larger, or smaller but not less than
 * what is done; with none left, clmlp_trainer_finish gives the result again. The file of history_path is continued:
 * lines of epochs after the checkpoint are cut off first. */

/* Whether a checkpoint is of a run on these data; `validation` NULL: there are none. To resume asks the same, but
 * later, when data are on the device. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY, CLMLP_BAD_INPUT (no checkpoint, or of
 * other data), CLMLP_BAD_ARGUMENT. */
CLMLP_API clmlp_status clmlp_checkpoint_check_data(const char *path, const clmlp_dataset *train,
                                                   const clmlp_dataset *validation, clmlp_error *error);

/* Write a checkpoint of the run as it is, between two steps. Nothing is changed. Errors: CLMLP_IO, CLMLP_OUT_OF_MEMORY,
 * CLMLP_DEVICE; CLMLP_BAD_ARGUMENT where theta is not finite, after training has ended, and after
 * CLMLP_INTERRUPTED, which ends the epoch under way. */
CLMLP_API clmlp_status clmlp_trainer_checkpoint(clmlp_trainer *trainer, const char *path, clmlp_error *error);

/* The end: the model receives theta as it is now, or the best one where it is kept, and the history is written. Not
 * after an error other than CLMLP_INTERRUPTED.
 *   result  as of clmlp_train; may be NULL
 * Errors: as clmlp_train; CLMLP_BAD_ARGUMENT where training has ended already: the result is given all the same, with
 * diverged_epoch and diverged_step. */
CLMLP_API clmlp_status clmlp_trainer_finish(clmlp_trainer *trainer, clmlp_train_result *result, clmlp_error *error);

/* Epochs completed, those of the configuration that are left (0 once early stopping has ended it), and updates made;
 * of NULL: 0. */
CLMLP_API size_t clmlp_trainer_epochs(const clmlp_trainer *trainer);
CLMLP_API size_t clmlp_trainer_epochs_left(const clmlp_trainer *trainer);
CLMLP_API size_t clmlp_trainer_steps(const clmlp_trainer *trainer);

/* --- all at once ------------------------------------------------------------------------------------------------- */

/* Train a model in place.
 *   model    its theta is the starting point and receives the result; its lambda is set
 *   device   does the arithmetic, in its precision
 *   train    examples [m x s_1] with targets [m x K] that suit the model's output
 *   test     scored after every epoch; NULL: none
 *   config   NULL: the defaults
 *   result   filled also on CLMLP_DIVERGED and CLMLP_INTERRUPTED; may be NULL
 * Two runs with the same arguments on the same device give the same bits; so do a resident and a
 * streamed data set.
 * Errors: CLMLP_BAD_ARGUMENT (also a number that is infinite in the device's precision: rate, lambda / m, theta, a
 * scaled feature, a target), CLMLP_OUT_OF_MEMORY (what was needed and what there is), CLMLP_DEVICE,
 * CLMLP_BAD_INPUT (resume_path is no checkpoint, or not one of this run; the history is another's), CLMLP_IO (a
 * history or checkpoint cannot be written; the model holds theta as it was then, or the best one), CLMLP_DIVERGED (a
 * cost was not finite, or at the end the data term of J was above both what training began with and twice mean_cost,
 * docs/mathematics.md; epoch and step in message and result; the model holds the last good theta at an epoch's start,
 * or the best one where it is kept), CLMLP_INTERRUPTED (the model holds theta as it was then, or the best one),
 * CLMLP_MISMATCH (the inspector ended training; the model holds theta before the step that was wrong). */
CLMLP_API clmlp_status clmlp_train(clmlp_model *model, clmlp_device *device, const clmlp_dataset *train,
                                   const clmlp_dataset *test, const clmlp_train_config *config,
                                   clmlp_train_result *result, clmlp_error *error);

#ifdef __cplusplus
}
#endif

#endif
