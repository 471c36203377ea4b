/* names.c - names of activations, outputs and precisions, and back. */
#include "base/text.h"
#include "clmlp/model.h"
#include "clmlp/optimizer.h"
#include "clmlp/precision.h"
#include "clmlp/schedule.h"

#define TEXT(name, text) text,
static const char *const activation_names[] = {CLMLP_ACTIVATION_LIST(TEXT)};
static const char *const initialisation_names[] = {CLMLP_INITIALISATION_LIST(TEXT)};
static const char *const output_names[] = {CLMLP_OUTPUT_LIST(TEXT)};
static const char *const scale_names[] = {CLMLP_SCALE_LIST(TEXT)};
static const char *const precision_names[] = {CLMLP_PRECISION_LIST(TEXT)};
static const char *const optimizer_names[] = {CLMLP_OPTIMIZER_LIST(TEXT)};
static const char *const schedule_names[] = {CLMLP_SCHEDULE_LIST(TEXT)};
static const char *const minimiser_names[] = {CLMLP_MINIMISER_LIST(TEXT)};
static const char *const minimiser_ends[] = {CLMLP_MINIMISER_END_LIST(TEXT)};
#undef TEXT

/* An enumeration may be signed; negative values become too large here. */
static const char *name_of(const char *const *names, size_t count, size_t index)
{
    return index < count ? names[index] : "?";
}

static bool find(const char *const *names, size_t count, const char *name, size_t *index)
{
    *index = clmlp_find_name(names, count, name);
    return *index < count;
}

const char *clmlp_activation_name(clmlp_activation activation)
{
    return name_of(activation_names, CLMLP_ACTIVATION_COUNT, (size_t)activation);
}

bool clmlp_activation_parse(const char *name, clmlp_activation *activation)
{
    size_t index = 0;
    if (activation == NULL || !find(activation_names, CLMLP_ACTIVATION_COUNT, name, &index)) return false;
    *activation = (clmlp_activation)index;
    return true;
}

const char *clmlp_initialisation_name(clmlp_initialisation initialisation)
{
    return name_of(initialisation_names, CLMLP_INITIALISATION_COUNT, (size_t)initialisation);
}

bool clmlp_initialisation_parse(const char *name, clmlp_initialisation *initialisation)
{
    size_t index = 0;
    if (initialisation == NULL || !find(initialisation_names, CLMLP_INITIALISATION_COUNT, name, &index)) return false;
    *initialisation = (clmlp_initialisation)index;
    return true;
}

const char *clmlp_output_name(clmlp_output output)
{
    return name_of(output_names, CLMLP_OUTPUT_COUNT, (size_t)output);
}

bool clmlp_output_parse(const char *name, clmlp_output *output)
{
    size_t index = 0;
    if (output == NULL || !find(output_names, CLMLP_OUTPUT_COUNT, name, &index)) return false;
    *output = (clmlp_output)index;
    return true;
}

const char *clmlp_scale_name(clmlp_scale scale)
{
    return name_of(scale_names, CLMLP_SCALE_COUNT, (size_t)scale);
}

bool clmlp_scale_parse(const char *name, clmlp_scale *scale)
{
    size_t index = 0;
    if (scale == NULL || !find(scale_names, CLMLP_SCALE_COUNT, name, &index)) return false;
    *scale = (clmlp_scale)index;
    return true;
}

const char *clmlp_precision_name(clmlp_precision precision)
{
    return name_of(precision_names, CLMLP_PRECISION_COUNT, (size_t)precision);
}

bool clmlp_precision_parse(const char *name, clmlp_precision *precision)
{
    size_t index = 0;
    if (precision == NULL || !find(precision_names, CLMLP_PRECISION_COUNT, name, &index)) return false;
    *precision = (clmlp_precision)index;
    return true;
}

const char *clmlp_optimizer_name(clmlp_optimizer optimizer)
{
    return name_of(optimizer_names, CLMLP_OPTIMIZER_COUNT, (size_t)optimizer);
}

bool clmlp_optimizer_parse(const char *name, clmlp_optimizer *optimizer)
{
    size_t index = 0;
    if (optimizer == NULL || !find(optimizer_names, CLMLP_OPTIMIZER_COUNT, name, &index)) return false;
    *optimizer = (clmlp_optimizer)index;
    return true;
}

const char *clmlp_schedule_name(clmlp_schedule schedule)
{
    return name_of(schedule_names, CLMLP_SCHEDULE_COUNT, (size_t)schedule);
}

bool clmlp_schedule_parse(const char *name, clmlp_schedule *schedule)
{
    size_t index = 0;
    if (schedule == NULL || !find(schedule_names, CLMLP_SCHEDULE_COUNT, name, &index)) return false;
    *schedule = (clmlp_schedule)index;
    return true;
}

const char *clmlp_minimiser_name(clmlp_minimiser minimiser)
{
    return name_of(minimiser_names, CLMLP_MINIMISER_COUNT, (size_t)minimiser);
}

bool clmlp_minimiser_parse(const char *name, clmlp_minimiser *minimiser)
{
    size_t index = 0;
    if (minimiser == NULL || !find(minimiser_names, CLMLP_MINIMISER_COUNT, name, &index)) return false;
    *minimiser = (clmlp_minimiser)index;
    return true;
}

const char *clmlp_minimiser_end_text(clmlp_minimiser_end end)
{
    return name_of(minimiser_ends, CLMLP_END_COUNT, (size_t)end);
}
