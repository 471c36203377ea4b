/* programs.c - write down every program that the host builds on a GPU: its text, its options and its kernels.
 *
 *   gpu_programs FOLDER DEVICE f32|f64
 *
 * The library itself assembles texts and options, on a device that pretends (pretend.h). Each of its tiles is asked for
 * and put to work in each equation, with each update rule, activation and dropout. FOLDER gets text-N.cl, and stdout a
 * line of JSON for each kernel, in the order in which they are first needed:
 *   {"device", "precision", "tiles", "for_output", "asked", "kernel", "text": "text-N.cl", "options"}
 * and for tiles that the host refuses on the device {"device", "precision", "tiles", "for_output", "refused"}.
 */
#include <cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "backend/backend.h"
#include "backend/device.h"
#include "backend/probe/probe.h"
#include "clmlp/model.h"
#include "pretend.h"

enum { K = 10, TEXTS = 256, PRODUCTS = 64 };

/* A layer: large, so that its tiles fill any device; with sums too short to be shared by work-groups; and with more
 * compute units than tiles, and sums that can be shared. */
typedef struct layer_size {
    size_t M, s_in, s_out;
} layer_size;
static const layer_size sizes[] = {{8192, 4096, 4096}, {16, 16, 16}, {256, 512, 256}};
enum { SIZES = sizeof sizes / sizeof *sizes };

static const char *folder, *key;
static clmlp_precision precision;
static clmlp_error error;

/* What the next kernels are made for. */
static struct {
    char tiles[CLMLP_TILES_LENGTH], asked[96];
    bool for_output;
} now;

static void stop(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fputs("gpu_programs: ", stderr);
    (void)vfprintf(stderr, format, list);
    (void)fputc('\n', stderr);
    va_end(list);
    exit(1);
}

static void must(clmlp_status status)
{
    if (status != CLMLP_OK) stop("%s, %s, tiles %s, %s: %s", key, clmlp_precision_name(precision), now.tiles, now.asked,
                                 error.message);
}

static void asked(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)vsnprintf(now.asked, sizeof now.asked, format, list);
    va_end(list);
}

/* The name of the file that has a text. */
static const char *file_of(const char *text)
{
    static char *texts[TEXTS], name[32], path[4096];
    size_t i = 0;
    while (texts[i] != NULL && strcmp(texts[i], text) != 0) {
        if (++i == TEXTS - 1) stop("more than %d texts", (int)TEXTS);
    }
    (void)snprintf(name, sizeof name, "text-%zu.cl", i);
    if (texts[i] != NULL) return name;
    texts[i] = malloc(strlen(text) + 1);
    if (texts[i] == NULL) stop("no memory");
    memcpy(texts[i], text, strlen(text) + 1);
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *const file = fopen(path, "w");
    if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0) stop("%s: cannot be written", path);
    return name;
}

static cJSON *line(void)
{
    cJSON *const object = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(object, "device", key);
    (void)cJSON_AddStringToObject(object, "precision", clmlp_precision_name(precision));
    (void)cJSON_AddStringToObject(object, "tiles", now.tiles);
    (void)cJSON_AddBoolToObject(object, "for_output", now.for_output);
    return object;
}

static void print(cJSON *object)
{
    char *const text = cJSON_PrintUnformatted(object);
    if (text == NULL || puts(text) < 0) stop("stdout cannot be written");
    free(text);
    cJSON_Delete(object);
}

static void write_down(const pretend_kernel *made)
{
    cJSON *const object = line();
    (void)cJSON_AddStringToObject(object, "asked", now.asked);
    (void)cJSON_AddStringToObject(object, "kernel", made->name);
    (void)cJSON_AddStringToObject(object, "text", file_of(made->text));
    (void)cJSON_AddStringToObject(object, "options", made->options);
    print(object);
}

/* --- work for every kernel -------------------------------------------------------------------------------------- */

static clmlp_backend *backend;
static const clmlp_backend_ops *ops;
static layer_size size;
#define LAYER_SIZE .M = size.M, .s_in = size.s_in, .s_out = size.s_out

static clmlp_tensor *matrix(clmlp_tensor_kind kind, size_t rows, size_t columns)
{
    clmlp_tensor *made = NULL;
    must(clmlp_tensor_create(backend, kind, rows, columns, "a test", &made, &error));
    return made;
}

/* The matrices of one hidden layer [M x s_out] above an input [M x s_in], and of an output layer above it. */
static struct {
    clmlp_tensor *x, *a, *z, *theta, *gradient, *state[2], *delta, *back, *below, *top, *y, *h, *z_top, *delta_top;
} of;

static void make_matrices(void)
{
    of.x = matrix(CLMLP_TENSOR_INPUT, size.M, size.s_in);
    of.a = matrix(CLMLP_TENSOR_LAYER, size.M, size.s_out);
    of.z = matrix(CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    of.theta = matrix(CLMLP_TENSOR_THETA, size.s_out, size.s_in + 1);
    of.gradient = matrix(CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, size.s_in + 1);
    of.state[0] = matrix(CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, size.s_in + 1);
    of.state[1] = matrix(CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, size.s_in + 1);
    of.delta = matrix(CLMLP_TENSOR_MATRIX, size.M, size.s_out);
    of.back = matrix(CLMLP_TENSOR_MATRIX, size.M, size.s_in);
    of.below = matrix(CLMLP_TENSOR_LAYER, size.M, size.s_in);
    of.top = matrix(CLMLP_TENSOR_THETA, K, size.s_out + 1);
    of.y = matrix(CLMLP_TENSOR_TARGET, size.M, K);
    of.h = matrix(CLMLP_TENSOR_MATRIX, size.M, K);
    of.z_top = matrix(CLMLP_TENSOR_MATRIX, size.M, K);
    of.delta_top = matrix(CLMLP_TENSOR_MATRIX, size.M, K);
}

static void destroy_matrices(void)
{
    clmlp_tensor *const all[] = {of.x, of.a, of.z, of.theta, of.gradient, of.state[0], of.state[1], of.delta,
                                 of.back, of.below, of.top, of.y, of.h, of.z_top, of.delta_top};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) clmlp_tensor_destroy(backend, all[i]);
}

/* Forward, and back through the same layer. */
static void hidden_layer(clmlp_activation activation, double p)
{
    const char *const dropout = p > 0.0 ? " dropout" : "";
    const clmlp_dropout dropped = {.p = p, .seed = 1, .step = 1, .layer = 2};
    const clmlp_forward_args forward = {LAYER_SIZE, .a_in = of.x, .theta = of.theta,
                                        .z = of.z, .a_out = of.a, .activation = activation, .dropout = dropped};
    const clmlp_hidden_args hidden = {LAYER_SIZE, .delta_next = of.delta, .theta = of.theta,
                                      .z = of.back, .a = of.below, .delta = of.back, .activation = activation,
                                      .dropout = dropped};
    if (activation == CLMLP_STEP) return; /* for prediction only */
    asked("forward %s%s", clmlp_activation_name(activation), dropout);
    must(ops->forward(backend, &forward, &error));
    asked("hidden %s%s", clmlp_activation_name(activation), dropout);
    must(ops->hidden_delta(backend, &hidden, &error));
}

static void output_layer(void)
{
    for (int output = 0; output < CLMLP_OUTPUT_COUNT; output++) {
        const clmlp_output_args args = {.M = size.M, .s_in = size.s_out, .K = K, .a_in = of.x, .theta = of.top,
                                        .y = of.y, .output = (clmlp_output)output, .z = of.z_top, .h = of.h,
                                        .delta = of.delta_top};
        asked("output %s", clmlp_output_name((clmlp_output)output));
        must(ops->output_delta(backend, &args, &error));
    }
}

static void update_rule(clmlp_optimizer optimizer)
{
    const clmlp_gradient_args gradient = {LAYER_SIZE, .divisor = (double)size.M, .delta = of.delta,
                                          .a = of.x, .theta = of.theta, .gradient = of.gradient};
    const clmlp_gradient_args none = {LAYER_SIZE, .divisor = (double)size.M, .delta = of.delta,
                                      .a = of.x, .theta = of.theta};
    const clmlp_update_args stored = {.s_in = size.s_in, .s_out = size.s_out, .rule = {.optimizer = optimizer},
                                      .gradient = of.gradient, .theta = of.theta, .state = of.state};
    const clmlp_update_args fused = {.s_in = size.s_in, .s_out = size.s_out, .rule = {.optimizer = optimizer},
                                     .theta = of.theta, .state = of.state};
    asked("prepare %s", clmlp_optimizer_name(optimizer));
    must(ops->prepare_rule(backend, optimizer, &error));
    asked("descend %s", clmlp_optimizer_name(optimizer));
    must(ops->descend(backend, &none, &fused, &error));
    asked("gradient %s", clmlp_optimizer_name(optimizer));
    must(ops->gradient(backend, &gradient, &error));
    asked("update %s", clmlp_optimizer_name(optimizer));
    must(ops->update(backend, &stored, &error));
}

static void equations(void)
{
    for (int g = 0; g < CODE_FIRST_EXTRA; g++) hidden_layer((clmlp_activation)g, 0.0);
    hidden_layer(CLMLP_SIGMOID, 0.5);
    output_layer();
    for (int r = 0; r < CLMLP_OPTIMIZER_COUNT; r++) update_rule((clmlp_optimizer)r);
    for (int g = CODE_FIRST_EXTRA; g < CLMLP_ACTIVATION_COUNT; g++) {
        asked("prepare %s", clmlp_activation_name((clmlp_activation)g));
        must(ops->prepare_activation(backend, (clmlp_activation)g, &error));
        hidden_layer((clmlp_activation)g, 0.0);
        hidden_layer((clmlp_activation)g, 0.5);
    }
}

/* Do some work on layers of each size. */
static void each_size(void (*work)(void))
{
    for (size_t i = 0; i < SIZES; i++) {
        size = sizes[i];
        make_matrices();
        must(ops->scores_reserve(backend, 1, size.M, size.M, &error));
        work();
        destroy_matrices();
    }
}

/* Kernels of no engine: peak, qualification and the scale of the inputs. */
static void probes(void)
{
    clmlp_probe *probe = NULL;
    double flops = 0.0, bytes = 0.0;
    asked("peak");
    must(ops->peak(backend, &flops, &bytes, &error));
    asked("qualify");
    must(ops->probes->open(backend, &probe, &error));
    for (unsigned lanes = 4; lanes <= 16; lanes *= 2) {
        double in[16] = {0}, out[16];
        asked("qualify %u", lanes);
        must(ops->probes->function(probe, (clmlp_probe_function)0, lanes, 16, (const void *const[]){in, in, in}, out,
                                   &error));
    }
    ops->probes->close(probe);
    clmlp_tensor *const theta = matrix(CLMLP_TENSOR_THETA_ONE_WAY, size.s_out, size.s_in + 1);
    clmlp_tensor *const scale = matrix(CLMLP_TENSOR_THETA_ONE_WAY, 1, size.s_in + 1);
    const clmlp_fold_scale_args args = {.s_in = size.s_in, .s_out = size.s_out, .theta = theta, .scale = scale,
                                       .folded = theta};
    asked("scale");
    must(ops->fold_scale(backend, &args, &error));
    clmlp_tensor_destroy(backend, theta);
    clmlp_tensor_destroy(backend, scale);
}

/* Open the device with these tiles; false: the host refuses them. */
static bool open_with(const char *tiles, clmlp_device **device)
{
    const clmlp_knobs knobs = {.tiles = tiles, .family = "gpu"};
    clmlp_device_options options = clmlp_device_options_default();
    options.spec = "opencl:0.0";
    options.engine = CLMLP_ENGINE_NATIVE;
    options.precision = precision;
    asked("open");
    if (clmlp_device_open_with(device, &options, &knobs, &error) != CLMLP_OK) return false;
    backend = (*device)->backend;
    ops = backend->ops;
    return true;
}

/* Put tiles to work: with every product in one part, in two, and in as many as the host chooses. False: the host
 * refuses them. */
static bool use_tiles(const char *tiles, bool for_output)
{
    static const char *const parts[] = {"1", "2", ""};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        clmlp_device *device = NULL;
        (void)setenv("CLMLP_NATIVE_PARTS", parts[i], 1);
        if (!open_with(tiles, &device)) return false;
        each_size(for_output ? output_layer : equations);
        clmlp_device_close(device);
    }
    return true;
}

/* Each candidate, by its number, until there is none of that number. *first: one that the host takes. */
static void each_candidate(bool for_output, char *first)
{
    for (int n = 0; n < PRODUCTS; n++) {
        char text[2 * CLMLP_TILES_LENGTH];
        (void)snprintf(now.tiles, sizeof now.tiles, "%d", n);
        (void)snprintf(text, sizeof text, "%s%s%d", for_output ? first : "", for_output ? "," : "", n);
        now.for_output = for_output;
        if (use_tiles(text, for_output)) {
            if (!for_output && first[0] == '\0') memcpy(first, now.tiles, sizeof now.tiles);
        } else if (strstr(error.message, "expected 0 to") != NULL) {
            return;
        } else {
            cJSON *const object = line();
            (void)cJSON_AddStringToObject(object, "refused", error.message);
            print(object);
        }
    }
    stop("%d candidates and no end", (int)PRODUCTS);
}

/* What the host chooses by itself. */
static void by_itself(void)
{
    clmlp_device *device = NULL;
    size = sizes[0];
    (void)snprintf(now.tiles, sizeof now.tiles, "by-size");
    if (!open_with(now.tiles, &device)) stop("%s: %s", key, error.message);
    probes();
    clmlp_device_close(device);
}

int main(int count, char **arguments)
{
    char first[CLMLP_TILES_LENGTH] = "";
    if (count != 4 || !pretend_to_be(arguments[2]) || !clmlp_precision_parse(arguments[3], &precision)) {
        (void)fputs("usage: gpu_programs FOLDER DEVICE f32|f64; devices:", stderr);
        for (size_t i = 0; pretend_keys[i] != NULL; i++) (void)fprintf(stderr, " %s", pretend_keys[i]);
        (void)fputc('\n', stderr);
        return 2;
    }
    folder = arguments[1];
    key = arguments[2];
    if (precision == CLMLP_F64 && !pretend_has_fp64()) return 0;
    pretend_made = write_down;
    by_itself();
    each_candidate(false, first);
    if (first[0] == '\0') stop("%s: no tiles fit", key);
    each_candidate(true, first);
    return 0;
}
