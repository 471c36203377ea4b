/* session.h - predicting again and again, from arrays in memory.
 *
 * clmlp_predict makes a network on the device, uses it once and removes it. A session keeps it there, with its buffers:
 * what remains for each call is to convert the rows, upload them, compute and read h.
 *
 *     clmlp_session *session = NULL;
 *     clmlp_session_create(&session, model, device, 64, NULL);
 *     clmlp_session_predict_u8(session, rows, pixels, h, NULL);      as often as you like
 *     clmlp_session_destroy(session);
 *
 * h has the same bits as clmlp_predict gives for the same rows. Values are scaled as the model says while they are
 * converted, straight into the buffer that is uploaded: there is no copy in double.
 *
 * Threads: a session belongs to one thread at a time, and so does its device: two sessions on two threads need two
 * devices (clmlp_device_open twice, of the same specification if you like).
 */
#ifndef CLMLP_SESSION_H
#define CLMLP_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "clmlp/device.h"
#include "clmlp/export.h"
#include "clmlp/model.h"
#include "clmlp/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct clmlp_session clmlp_session;

/* Put a model on a device.
 *   model    copied: it may be changed or destroyed afterwards, without an effect on the session
 *   device   must outlive the session
 *   largest  rows of one call at the most, >= 1; a call works in batches of up to 512 rows, so that more than that
 *            needs no more memory
 * Errors: CLMLP_BAD_ARGUMENT, CLMLP_OUT_OF_MEMORY (of host or device), CLMLP_DEVICE. */
CLMLP_API clmlp_status clmlp_session_create(clmlp_session **out, const clmlp_model *model, clmlp_device *device,
                                            size_t largest, clmlp_error *error);
CLMLP_API void clmlp_session_destroy(clmlp_session *session); /* NULL is fine */

/* The hypothesis h of `rows` examples.
 *   x  [rows x s_1], as the model's training data was before scaling; row-major and dense; all finite. Of a model with
 *      encoded columns (texts, dates, missing values) these are the features that they become: clmlp_dataset_row gives
 *      them, for a data set that clmlp_dataset_create_columns made for the model
 *   h  receives [rows x K]
 * Errors: CLMLP_BAD_ARGUMENT (rows 0 or more than `largest`, a value that is not finite, or not when scaled and
 * in the device's precision, named by row and column from 1; a prediction that is not finite),
 * CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. After an error h is undefined; the session can be used again. */
CLMLP_API clmlp_status clmlp_session_predict_f64(clmlp_session *session, size_t rows, const double *x, double *h,
                                                 clmlp_error *error);
CLMLP_API clmlp_status clmlp_session_predict_f32(clmlp_session *session, size_t rows, const float *x, double *h,
                                                 clmlp_error *error);
CLMLP_API clmlp_status clmlp_session_predict_u8(clmlp_session *session, size_t rows, const uint8_t *x, double *h,
                                                clmlp_error *error);

/* s_1, K and `largest`; of NULL: 0. */
CLMLP_API size_t clmlp_session_features(const clmlp_session *session);
CLMLP_API size_t clmlp_session_outputs(const clmlp_session *session);
CLMLP_API size_t clmlp_session_largest(const clmlp_session *session);

#ifdef __cplusplus
}
#endif

#endif
