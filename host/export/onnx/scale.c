/* scale.c - scaling of features as nodes of a graph, in double as clmlp does it, then rounded to float once. */
#include "export/onnx/stages.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"

#define OWN(stem) CLMLP_ONNX_OWN stem

/* `scaled`: (x - offset) / divisor. A divisor of 0, of robust scaling, gives 0: that is x / infinity. */
static clmlp_status standardise(clmlp_onnx_graph *graph, const clmlp_scaling *scaling, const char *features,
                                const char *scaled)
{
    double *divisor = NULL;
    TRY(clmlp_allocate(&divisor, scaling->n, sizeof *divisor, "the scaling", graph->error));
    for (size_t j = 0; j < scaling->n; j++) {
        divisor[j] = scaling->divisor[j] != 0.0 ? scaling->divisor[j] : (double)INFINITY;
    }
    clmlp_status status =
        clmlp_onnx_numbers(graph, OWN("divisor"), CLMLP_ONNX_DOUBLE, 0, scaling->n, divisor, 1);
    free(divisor);
    if (status != CLMLP_OK) return status;
    TRY(clmlp_onnx_numbers(graph, OWN("offset"), CLMLP_ONNX_DOUBLE, 0, scaling->n, scaling->offset, 1));
    TRY(clmlp_onnx_apply(graph, "Sub", features, OWN("offset"), NULL, OWN("centred")));
    return clmlp_onnx_apply(graph, "Div", OWN("centred"), OWN("divisor"), NULL, scaled);
}

/* x / sqrt(1 + (x/3)^2), which is 3 or -3 from where the square would overflow: x/3 is cut to 2^60 in size. */
static clmlp_status clip(clmlp_onnx_graph *graph, const char *input, const char *output)
{
    const double cut = 3.0 * 0x1p60;
    TRY(clmlp_onnx_scalar(graph, OWN("three"), CLMLP_ONNX_DOUBLE, 3.0));
    TRY(clmlp_onnx_scalar(graph, OWN("one"), CLMLP_ONNX_DOUBLE, 1.0));
    TRY(clmlp_onnx_scalar(graph, OWN("most"), CLMLP_ONNX_DOUBLE, cut));
    TRY(clmlp_onnx_scalar(graph, OWN("least"), CLMLP_ONNX_DOUBLE, -cut));
    TRY(clmlp_onnx_apply(graph, "Clip", input, OWN("least"), OWN("most"), OWN("cut")));
    TRY(clmlp_onnx_apply(graph, "Div", OWN("cut"), OWN("three"), NULL, OWN("third")));
    TRY(clmlp_onnx_apply(graph, "Mul", OWN("third"), OWN("third"), NULL, OWN("square")));
    TRY(clmlp_onnx_apply(graph, "Add", OWN("square"), OWN("one"), NULL, OWN("sum")));
    TRY(clmlp_onnx_apply(graph, "Sqrt", OWN("sum"), NULL, NULL, OWN("root")));
    return clmlp_onnx_apply(graph, "Div", OWN("cut"), OWN("root"), NULL, output);
}

/* unknown: [N x 1], whether any number of the row is NaN or infinite. */
static clmlp_status find_unknown(clmlp_onnx_graph *graph, const char *input, const char *unknown)
{
    static const int64_t axis = 1;
    const char *const floats = OWN("float_not_finite");
    TRY(clmlp_onnx_apply(graph, "IsNaN", input, NULL, NULL, OWN("is_nan")));
    TRY(clmlp_onnx_apply(graph, "IsInf", input, NULL, NULL, OWN("is_infinite")));
    TRY(clmlp_onnx_apply(graph, "Or", OWN("is_nan"), OWN("is_infinite"), NULL, OWN("not_finite")));
    TRY(clmlp_onnx_cast(graph, OWN("not_finite"), CLMLP_ONNX_FLOAT, floats));
    TRY(clmlp_onnx_begin(graph, "ReduceMax", NULL, &floats, 1, OWN("any_not_finite")));
    TRY(clmlp_onnx_ints(graph, "axes", &axis, 1));
    TRY(clmlp_onnx_int(graph, "keepdims", 1));
    TRY(clmlp_onnx_end(graph));
    return clmlp_onnx_cast(graph, OWN("any_not_finite"), CLMLP_ONNX_BOOL, unknown);
}

/* The features as doubles, into name. */
static clmlp_status as_double(clmlp_onnx_graph *graph, const clmlp_onnx_value *features, char name[CLMLP_ONNX_NAME])
{
    (void)snprintf(name, CLMLP_ONNX_NAME, "%s", features->name);
    if (features->type == CLMLP_ONNX_DOUBLE) return CLMLP_OK;
    (void)snprintf(name, CLMLP_ONNX_NAME, OWN("features_as_double"));
    return clmlp_onnx_cast(graph, features->name, CLMLP_ONNX_DOUBLE, name);
}

static clmlp_status apply(clmlp_onnx_graph *graph, const clmlp_scaling *scaling, const clmlp_onnx_value *features,
                          clmlp_onnx_value *scaled)
{
    char doubles[CLMLP_ONNX_NAME];
    *scaled = (clmlp_onnx_value){.type = CLMLP_ONNX_DOUBLE};
    (void)snprintf(scaled->name, sizeof scaled->name, OWN("scaled"));
    switch (scaling->kind) {
    case CLMLP_SCALE_NONE: *scaled = *features; return CLMLP_OK;
    case CLMLP_SCALE_PIXEL: /* the quotient of two floats is the same when it is rounded from a double */
        scaled->type = features->type;
        TRY(clmlp_onnx_scalar(graph, OWN("white"), features->type, 255.0));
        return clmlp_onnx_apply(graph, "Div", features->name, OWN("white"), NULL, scaled->name);
    case CLMLP_SCALE_MINMAX:
    case CLMLP_SCALE_STANDARD:
    case CLMLP_SCALE_ROBUST:
        TRY(as_double(graph, features, doubles));
        return standardise(graph, scaling, doubles, scaled->name);
    case CLMLP_SCALE_ROBUST_CLIP:
        TRY(as_double(graph, features, doubles));
        TRY(standardise(graph, scaling, doubles, OWN("unclipped")));
        return clip(graph, OWN("unclipped"), scaled->name);
    case CLMLP_SCALE_AUTO:
    case CLMLP_SCALE_COUNT: break;
    }
    return clmlp_fail(graph->error, CLMLP_BAD_ARGUMENT, "a scaling that ONNX files do not know");
}

clmlp_status clmlp_onnx_scale(clmlp_onnx_graph *graph, const clmlp_scaling *scaling, const clmlp_onnx_value *features,
                              char scaled[CLMLP_ONNX_NAME], char unknown[CLMLP_ONNX_NAME])
{
    clmlp_onnx_value value;
    (void)snprintf(unknown, CLMLP_ONNX_NAME, OWN("unknown"));
    TRY(apply(graph, scaling, features, &value));
    (void)snprintf(scaled, CLMLP_ONNX_NAME, "%s", value.name);
    if (value.type != CLMLP_ONNX_FLOAT) {
        (void)snprintf(scaled, CLMLP_ONNX_NAME, OWN("inputs"));
        TRY(clmlp_onnx_cast(graph, value.name, CLMLP_ONNX_FLOAT, scaled));
    }
    /* clipping makes a number of what is infinite, so that must be looked for before it */
    const bool clips = scaling->kind == CLMLP_SCALE_ROBUST_CLIP;
    return find_unknown(graph, clips ? OWN("unclipped") : scaled, unknown);
}
