/* dump.h - tensors of a verified step as files that NumPy reads: float64, C order, [rows x columns], named
 *
 *     STEP-LAYER-NAME.device.npy      what the device computed          0003-2-delta.device.npy
 *     STEP-LAYER-NAME.reference.npy   the CPU path in double
 *
 * step from 0001, layer and name as in clmlp_finding: x of layer 1, y, h (as a) and cost [1 x 1] of layer L, the cost
 * being the sum over the batch without the lambda term. What the steps began with is there, too:
 *
 *     0000-LAYER-theta.device.npy     theta(l) before the first step
 *     0000-0-optimizer.device.npy     the code of a clmlp_optimizer, [1 x 1]; without it sgd
 *     0000-0-rate.device.npy          alpha, [1 x 1]
 *     0000-0-momentum.device.npy      and beta1, beta2, epsilon, weight_decay, bias_rate, clip_norm: see
 *                                     clmlp_train_config, each [1 x 1]
 *     0000-0-layer_rates.device.npy   factors of the layers' rates, [L - 1 x 1]
 *     0000-0-decay.device.npy         lambda / m, [1 x 1]
 *     0000-0-input_scale_rate.device.npy   of the scale of the inputs, see clmlp_train_config; 0, or no file: there is
 *                                     none. raw begins with theta(1), s with 1
 *     0000-0-schedule.device.npy      1 where each step has a rate of its own, else 0, [1 x 1]; without it each has
 *                                     that of its file, if there is one
 *     STEP-0-rate.device.npy          that rate, [1 x 1]
 *     STEP-1-x.device.npy, STEP-L-y.device.npy   the batch
 *
 * Of lbfgs and cg a step is an iteration. It has the tensors of the last point that was evaluated, which is where the
 * iteration ended, and how theta moved to it: theta = before + length direction. x and y are in the first alone.
 *
 *     0000-0-minimiser.device.npy     the code of a clmlp_minimiser, [1 x 1]; without it none
 *     STEP-LAYER-before.device.npy    theta(l) where the iteration began, and theta where it ended: the device's alone
 *     STEP-LAYER-direction.device.npy
 *     STEP-0-length.device.npy        [1 x 1]
 */
#ifndef CLMLP_VERIFY_DUMP_H
#define CLMLP_VERIFY_DUMP_H

#include "verify/step/step_checker.h"

enum { CLMLP_DUMP_PATH = 4096 };

/* FOLDER/STEP-LAYER-NAME.SUFFIX into path [CLMLP_DUMP_PATH]. Errors: CLMLP_BAD_ARGUMENT (too long). */
clmlp_status clmlp_dump_path(char *path, const char *folder, size_t step, size_t layer, const char *name,
                             const char *suffix, clmlp_error *error);

/* Both sides of a tensor. The folder is made where it does not exist (its parent must). Errors: CLMLP_IO,
 * CLMLP_BAD_ARGUMENT. */
clmlp_status clmlp_dump_tensor(const char *folder, const clmlp_checked_tensor *checked, clmlp_error *error);

/* What step `number` begins with: x, y and rate; of the first also theta, optimizer, its numbers and decay. */
clmlp_status clmlp_dump_inputs(const char *folder, const clmlp_step_record *step, size_t number, clmlp_error *error);

/* The code of a minimiser; and how theta, which is the step's now, moved in an iteration, before and direction
 * [L - 1]. */
clmlp_status clmlp_dump_minimiser(const char *folder, clmlp_minimiser minimiser, clmlp_error *error);
clmlp_status clmlp_dump_move(const char *folder, const clmlp_step_record *step, size_t number, double *const *before,
                             double *const *direction, double length, clmlp_error *error);

#endif
