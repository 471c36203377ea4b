/* network.h - a model's matrices on a backend, and the passes over its layers. The only place where the
 * loops over layers are written; the arithmetic is the backend's.
 *
 * Arrays are indexed so that theta[l - 1] is theta(l) and a[l - 1] is a(l), as in the article.
 */
#ifndef CLMLP_PROPAGATE_NETWORK_H
#define CLMLP_PROPAGATE_NETWORK_H

#include "backend/backend.h"
#include "clmlp/ranks.h"
#include "model/model.h"

/* The learnable scale of the inputs: the network computes with theta(1) = raw diag(s), and the update rule moves raw
 * and s. With G = dJ/dtheta(1), the gradient of the equations with its lambda term,
 *     dJ/ds_i = sum_j G_ji raw_ji,   dJ/draw = G diag(s).
 * So forward and backward know nothing of it, and the model has theta(1) as always. s_0, of the bias, stays 1. */
typedef struct clmlp_input_scale {
    clmlp_tensor *raw;                      /* [s_2 x (s_1 + 1)] */
    clmlp_tensor *scale, *scale_gradient;   /* [1 x (s_1 + 1)] */
    clmlp_tensor *state[UPDATE_STATES_MAX]; /* of the scale, as many as the rule has; raw's is that of theta(1) */
    clmlp_update_rule rule;                 /* of the scale, in the step that comes next: the caller sets it */
    clmlp_tensor **gradients;               /* [L]: scratch for clipping: those of all layers, then that of s */
} clmlp_input_scale;

typedef struct clmlp_network {
    clmlp_backend *backend;
    size_t L;
    const size_t *s;          /* [L], the model's */
    clmlp_activation activation;
    clmlp_output output;
    size_t capacity;          /* rows that a pass may have */
    clmlp_tensor **theta;     /* [L - 1]: [s_{l+1} x (s_l + 1)] */
    clmlp_tensor **gradient;  /* [L - 1]: the same; NULL entries unless gradients are stored */
    struct clmlp_direct *direct;  /* where the gradients lie, for all ranks to see; NULL: in the backend's memory */
    struct clmlp_ranks *sharers;  /* the ranks of that */
    bool may_descend_in_one;  /* the backend can, and nobody reads the gradients */
    bool descends_in_one;     /* gradient and update are one call of the backend */
    clmlp_optimizer optimizer; /* sgd until clmlp_network_set_optimizer */
    clmlp_tensor ***state;    /* [L - 1][clmlp_optimizer_states]: the update rule's, laid out as theta(l) */
    clmlp_update_rule *rules; /* [L - 1]: scratch for the caller's rule of each theta(l) */
    clmlp_input_scale *scale; /* NULL: none */
    clmlp_tensor **a;         /* [L]: a(l) [capacity x s_l] for 2 <= l < L; a(1) is the batch's, a(L) is h */
    clmlp_tensor **z;         /* [L]: z(l) [capacity x s_l]; z(L) always, hidden ones NULL unless somebody reads them */
    clmlp_tensor **delta;     /* [L]: delta(l) [capacity x s_l] for 2 <= l <= L; NULL unless training */
    clmlp_tensor *h;          /* [capacity x K]; NULL unless predicting */
    void *staging;            /* host scratch for the largest theta, in the backend's precision */
} clmlp_network;

/* What a network is for. */
typedef enum clmlp_purpose {
    CLMLP_FOR_TRAINING,  /* deltas, and gradients where the backend needs them stored to descend */
    CLMLP_FOR_GRADIENTS, /* deltas and gradients */
    CLMLP_FOR_PREDICTION,/* h */
    CLMLP_FOR_VERIFICATION /* everything: z, h, deltas, gradients; descends as training does */
} clmlp_purpose;

/* Make the matrices of a model for passes of up to `capacity` rows, and fill theta. A backend that has not chosen how
 * to compute does so now, for steps of `capacity` rows. The model must outlive the network.
 * Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_network_create(clmlp_network **out, clmlp_backend *backend, const clmlp_model *model,
                                  size_t capacity, clmlp_purpose purpose, clmlp_error *error);
void clmlp_network_destroy(clmlp_network *network); /* NULL is fine */

/* theta of all layers, laid out as in clmlp_model.theta: to the device, rounded to its precision; and
 * back (waits for the device). */
clmlp_status clmlp_network_put_theta(clmlp_network *network, const clmlp_model *model, const double *theta,
                                     clmlp_error *error);
clmlp_status clmlp_network_get_theta(clmlp_network *network, const clmlp_model *model, double *theta,
                                     clmlp_error *error);

/* The same of matrices like theta, tensors [L - 1], of the kinds and shapes of network->theta. */
clmlp_status clmlp_network_put_like_theta(clmlp_network *network, const clmlp_model *model,
                                          clmlp_tensor *const *tensors, const double *theta, clmlp_error *error);
clmlp_status clmlp_network_get_like_theta(clmlp_network *network, const clmlp_model *model,
                                          clmlp_tensor *const *tensors, double *theta, clmlp_error *error);

/* Have theta move by another rule than sgd: makes its state, all 0, and its kernels. Before the first update with it.
 * Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_network_set_optimizer(clmlp_network *network, clmlp_optimizer optimizer, clmlp_error *error);

/* Have the gradients, which are stored, lie where all ranks of this host see them, if that can be had: then their sums
 * are made there, without messages. All ranks have networks and devices that are alike. Collective; `ranks` outlive the
 * network. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_RANKS. */
clmlp_status clmlp_network_share_gradients(clmlp_network *network, clmlp_ranks *ranks, clmlp_error *error);

/* Have gradients be stored, so that clmlp_descend_clipped can clip them; or not any more. */
clmlp_status clmlp_network_set_clipping(clmlp_network *network, bool clips, clmlp_error *error);

/* Have it learn a scale of the inputs from now on: raw is theta(1), s is 1, the state of s is 0. After
 * clmlp_network_set_optimizer. Errors: CLMLP_OUT_OF_MEMORY, CLMLP_DEVICE. */
clmlp_status clmlp_network_learn_input_scale(clmlp_network *network, clmlp_error *error);
void clmlp_input_scale_destroy(clmlp_network *network); /* without one it is fine */
/* raw, s and the state of s, one after the other: how many numbers, to the device and back. Without a scale: none. */
size_t clmlp_input_scale_size(const clmlp_network *network);
clmlp_status clmlp_input_scale_put(clmlp_network *network, const double *values, clmlp_error *error);
clmlp_status clmlp_input_scale_get(clmlp_network *network, double *values, clmlp_error *error);

/* A matrix as wide as theta(l), rows <= s_{l+1}, from values in double or to them. Both wait. Errors:
 * CLMLP_BAD_ARGUMENT (a value that float does not have), CLMLP_DEVICE. */
clmlp_status clmlp_network_put_matrix(clmlp_network *network, size_t l, clmlp_tensor *tensor, size_t rows,
                                      const double *from, clmlp_error *error);
clmlp_status clmlp_network_get_matrix(clmlp_network *network, size_t l, const clmlp_tensor *tensor, size_t rows,
                                      double *to, clmlp_error *error);

/* Numbers of the state of all layers: clmlp_optimizer_states times those of theta, and the scale of the inputs, where
 * one is learned. */
size_t clmlp_network_state_size(const clmlp_network *network, const clmlp_model *model);
/* The state, one matrix of every layer after the other, each laid out as theta, then the scale: to the device and back,
 * as above. */
clmlp_status clmlp_network_put_state(clmlp_network *network, const clmlp_model *model, const double *state,
                                     clmlp_error *error);
clmlp_status clmlp_network_get_state(clmlp_network *network, const clmlp_model *model, double *state,
                                     clmlp_error *error);

/* A batch on the device: M rows of x (INPUT, s_1 columns), y (TARGET, K columns; or NULL) and w (WEIGHT; NULL: all 1).
 */
typedef struct clmlp_batch {
    size_t M;
    double divisor; /* of the data term of the gradient: M, where this is all that is summed */
    size_t before;  /* rows of the same batch that other processes have, in front of these */
    const clmlp_tensor *x, *y, *w;
    clmlp_rows rows; /* which rows of them; {NULL, 0}: the first M */
    clmlp_dropouts dropout; /* of its pass; none where it is scored */
} clmlp_batch;

/* The hidden layers: z(l+1) = [1 a(l)] theta(l)^T, a(l+1) = g(z(l+1)), up to a(L-1). */
clmlp_status clmlp_forward(clmlp_network *network, const clmlp_batch *batch, clmlp_error *error);

/* The output layer without delta: h, where the network predicts; the cost of the batch into `slot`, where
 * it has targets. */
clmlp_status clmlp_output_score(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                                clmlp_error *error);

/* delta(L) = w (h - y) with the cost of the batch into `slot`; then delta(l) from the last layer to the
 * first. */
clmlp_status clmlp_backward(clmlp_network *network, const clmlp_batch *batch, clmlp_right right, size_t slot,
                            clmlp_error *error);

/* Of it delta(l) alone, 2 <= l <= L, from that of the layer behind it; of layer L with the cost. */
clmlp_status clmlp_backward_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, clmlp_right right,
                                  size_t slot, clmlp_error *error);

/* dJ/dtheta(l) of all layers into network->gradient; decay = lambda / m. And of one layer. */
clmlp_status clmlp_gradients(clmlp_network *network, const clmlp_batch *batch, double decay, clmlp_error *error);
clmlp_status clmlp_gradient_layer(clmlp_network *network, const clmlp_batch *batch, size_t l, double decay,
                                  clmlp_error *error);

/* Where the inputs have a scale: network->gradient of theta(1) becomes that of raw, and s gets its own. */
clmlp_status clmlp_scale_gradients(clmlp_network *network, clmlp_error *error);

/* theta(l) by its rule, rules [L - 1], from network->gradient, all layers; decay as in clmlp_update_args. Where the
 * inputs have a scale, raw and s move, after clmlp_scale_gradients, and theta(1) follows; decay is 0 then. */
clmlp_status clmlp_update(clmlp_network *network, const clmlp_update_rule *rules, double decay, clmlp_error *error);
/* One theta(l), of a network without a scale of the inputs. */
clmlp_status clmlp_update_layer(clmlp_network *network, size_t l, const clmlp_update_rule *rule, double decay,
                                clmlp_error *error);

/* The same from dJ/dtheta(l), from the deltas of the last clmlp_backward. */
clmlp_status clmlp_descend(clmlp_network *network, const clmlp_batch *batch, const clmlp_update_rule *rules,
                           double decay, clmlp_error *error);

/* The gradients of all layers, and that of a scale of the inputs after clmlp_scale_gradients, times
 * min(1, limit / (norm + CLMLP_CLIP_MARGIN)), norm that of all of them together (Pascanu, Mikolov and Bengio, "On the
 * difficulty of training recurrent neural networks", 2013; with the margin of PyTorch's clip_grad_norm_). A norm that
 * is not finite makes them NaN. The first of the backend's sums is lost. */
clmlp_status clmlp_clip_gradients(clmlp_network *network, double limit, clmlp_error *error);

/* clmlp_descend with gradients that are clipped before the update. After clmlp_network_set_clipping. */
clmlp_status clmlp_descend_clipped(clmlp_network *network, const clmlp_batch *batch, const clmlp_update_rule *rules,
                                   double decay, double limit, clmlp_error *error);

/* The next steps, up to `count`, as forward, backward and descend do them one by one: the first on `batch`, the others
 * on the rows that follow it, costs into `slot` and on, numbers [count x (L - 1) x UPDATE_NUMBERS] of the update
 * rule. *taken is how many: 0 where single steps are as good. */
clmlp_status clmlp_fused_steps(clmlp_network *network, const clmlp_batch *batch, size_t count, clmlp_right right,
                               size_t slot, const double *numbers, double decay, size_t *taken, clmlp_error *error);

#endif
