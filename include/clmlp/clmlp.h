/* clmlp.h - the whole public interface of clmlp.
 *
 *   dataset.h          model.h             device.h
 *   files -> examples  topology, theta     CPU path or OpenCL device
 *        \                 |                 /
 *         +---------- train.h --------------+     gradient descent on J(theta)
 *                          |
 *                     evaluate.h                  J, accuracy, confusion, metrics (metrics.h), predictions
 *                     session.h                   predictions again and again, from arrays
 *
 *   ranks.h: several processes that train one network together
 *   inspect.h: what is in a table, or in a model file     find_rate.h: which learning rates to try
 *   bench.h: how fast a device does it      verify.h, gradcheck.h, qualify.h: whether it does it right
 *
 * A training run in full (errors left out):
 *
 *     clmlp_dataset *digits = NULL;
 *     clmlp_device *device = NULL;
 *     clmlp_model *model = NULL;
 *     clmlp_load_options load = clmlp_load_options_default();
 *     clmlp_device_options where = clmlp_device_options_default();
 *     clmlp_train_config config = clmlp_train_config_default();
 *     clmlp_train_result result = {.size = sizeof result};
 *
 *     clmlp_dataset_load(&digits, "train.csv", &load, NULL);
 *     clmlp_device_open(&device, &where, NULL);
 *     clmlp_model_create_for(&model, digits, (size_t[]){25}, 1, CLMLP_SIGMOID, CLMLP_OUTPUT_SIGMOID, 1, NULL);
 *     clmlp_train(model, device, digits, NULL, &config, &result, NULL);
 *     clmlp_model_save(model, "model.safetensors", NULL);
 *
 * THE RULE FOR STRUCTS. Every configuration and every result that the caller declares begins with `size_t size`:
 * sizeof the struct, as the caller's compiler knows it.
 *   - A configuration is made by its function: clmlp_x_config config = clmlp_x_config_default().
 *   - A result is made by hand:                clmlp_x_result result = {.size = sizeof result}.
 *   - The library reads and writes that many bytes and no more, so that a program runs with a newer library: of what
 *     it does not know, the defaults hold. A program that is newer than the library is refused if it sets what the
 *     library does not know; of its results, the rest is 0.
 *   - A size that cannot be one (0, or never set) is CLMLP_BAD_ARGUMENT.
 * Large results are opaque: made by the library, read with functions, destroyed by the caller. Structs without a size
 * (clmlp_score, clmlp_finding, the elements of arrays) keep their layout until the library's soname changes.
 *
 * Notation is that of docs/mathematics.md: L layers with s_l units, m examples, theta(l) of
 * [s_{l+1} x (s_l + 1)] with the bias in column 0, alpha the learning rate, lambda the L2 strength.
 *
 * Threads. The library has no thread that calls back, and no state of its own; an object may be used from any thread.
 *   - Data sets, and models while nobody changes them, may be read by many threads at once.
 *   - A device is used by one thread at a time, with all that is made on it: training, sessions, measuring.
 *   - clmlp_cancel is there to be used from other threads, and from signal handlers.
 *   - Files that several threads or processes write under one name are whole: those of the last one stay. A history is
 *     one training's alone (train.h). The caches may be used by all at once.
 *   - An error is that of the call that was given the clmlp_error, whatever other threads do.
 * Each header says more. What is the whole process's: CLBlast's parameters (device.h, clmlp_device_tiles; the library
 * keeps products and changes of parameters apart by a lock), OpenBLAS's number of threads (1 while the CPU path
 * multiplies), and the environment (read when a device is opened). The umask is left alone.
 *
 * Matrices are row-major and dense unless a function says otherwise.
 */
#ifndef CLMLP_CLMLP_H
#define CLMLP_CLMLP_H

#include "clmlp/bench.h"
#include "clmlp/c_source.h"
#include "clmlp/cancel.h"
#include "clmlp/dataset.h"
#include "clmlp/device.h"
#include "clmlp/evaluate.h"
#include "clmlp/find_rate.h"
#include "clmlp/gradcheck.h"
#include "clmlp/inspect.h"
#include "clmlp/memory.h"
#include "clmlp/metrics.h"
#include "clmlp/model.h"
#include "clmlp/onnx.h"
#include "clmlp/output.h"
#include "clmlp/qualify.h"
#include "clmlp/random.h"
#include "clmlp/ranks.h"
#include "clmlp/script.h"
#include "clmlp/session.h"
#include "clmlp/status.h"
#include "clmlp/tensorboard.h"
#include "clmlp/text.h"
#include "clmlp/train.h"
#include "clmlp/tune.h"
#include "clmlp/verify.h"
#include "clmlp/version.h"

#endif
