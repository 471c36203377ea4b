/* choice.c - which device `auto` takes, and why it takes no other. */
#include "backend/choice.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "clmlp/text.h"

enum { RANK_GPU, RANK_CPU, RANK_OTHER, RANK_HOST };

/* The order of types. `auto` takes none of RANK_OTHER; `opencl` takes those last. */
static int rank_of(const clmlp_device_info *info)
{
    if (strcmp(info->type, "GPU") == 0) return RANK_GPU;
    if (strcmp(info->type, "CPU") == 0) return RANK_CPU;
    return strcmp(info->type, "host") == 0 ? RANK_HOST : RANK_OTHER;
}

bool clmlp_device_is_usable(const clmlp_device_info *info)
{
    return info->problem[0] == '\0';
}

/* Whether a device comes before another one of the same list. */
static bool comes_before(const clmlp_device_info *info, const clmlp_device_info *other)
{
    return rank_of(info) != rank_of(other) ? rank_of(info) < rank_of(other) : info < other;
}

/* Before clmlp_choice_mark: whether `auto` may take it. */
static bool is_possible(const clmlp_device_info *info)
{
    return clmlp_device_is_usable(info) && info->passed_over[0] == '\0' && rank_of(info) != RANK_OTHER;
}

static const clmlp_device_info *choose(const clmlp_device_info *list, size_t count)
{
    const clmlp_device_info *first = NULL;
    for (size_t i = 0; i < count; i++) {
        if (is_possible(&list[i]) && (first == NULL || comes_before(&list[i], first))) first = &list[i];
    }
    return first;
}

static void say_why(clmlp_device_info *info, const clmlp_device_info *chosen)
{
    static const char *const reasons[] = {
        [RANK_GPU] = "is a GPU, and auto takes a GPU first",
        [RANK_CPU] = "is an OpenCL CPU device, and auto takes one before the CPU path",
        [RANK_HOST] = "is what auto takes where nothing else is left"};
    char *const text = info->passed_over;
    const size_t size = sizeof info->passed_over;
    if (!clmlp_device_is_usable(info)) {
        (void)snprintf(text, size, "it cannot be used: %.*s", CLMLP_NAME_LENGTH - 24, info->problem);
    } else if (rank_of(info) == RANK_OTHER) {
        (void)snprintf(text, size, "auto takes GPUs and CPUs only");
    } else if (rank_of(info) == rank_of(chosen)) {
        (void)snprintf(text, size, "%s is of the same type and stands before it in the list", chosen->spec);
    } else {
        (void)snprintf(text, size, "%s %s", chosen->spec, reasons[rank_of(chosen)]);
    }
}

void clmlp_choice_mark(clmlp_device_info *list, size_t count)
{
    const clmlp_device_info *const chosen = choose(list, count);
    for (size_t i = 0; i < count; i++) {
        list[i].is_auto = &list[i] == chosen;
        if (!list[i].is_auto && list[i].passed_over[0] == '\0' && chosen != NULL) say_why(&list[i], chosen);
    }
}

size_t clmlp_choice_share(clmlp_device_info *list, size_t count)
{
    const clmlp_device_info *const chosen = choose(list, count);
    const bool gpus = chosen != NULL && rank_of(chosen) == RANK_GPU;
    const size_t only = chosen != NULL ? (size_t)(chosen - list) : count; /* the list is written to */
    size_t shared = 0;
    for (size_t i = 0; i < count; i++) {
        if (gpus ? !is_possible(&list[i]) || rank_of(&list[i]) != RANK_GPU : i != only) continue;
        list[shared] = list[i];
        list[shared].is_auto = shared == 0;
        shared++;
    }
    for (size_t i = 1; i < shared; i++) say_why(&list[i], &list[0]);
    return shared;
}

static void append(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    const size_t used = strlen(text);
    va_start(arguments, format);
    if (used < size) (void)vsnprintf(text + used, size - used, format, arguments);
    va_end(arguments);
}

void clmlp_choice_note(const clmlp_device_info *list, size_t count, const clmlp_device_info *chosen, bool automatic,
                       char *note, size_t size)
{
    bool some = false, cpu = false;
    note[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        if (&list[i] == chosen || !comes_before(&list[i], chosen)) continue;
        /* `opencl` takes what `auto` only does not like */
        if (!automatic && clmlp_device_is_usable(&list[i])) continue;
        append(note, size, "%s%s (%s) was passed over: %s", some ? "; " : "", list[i].spec, list[i].name,
               clmlp_device_is_usable(&list[i]) ? list[i].passed_over : list[i].problem);
        some = true;
        cpu = cpu || rank_of(&list[i]) == RANK_CPU;
    }
    if (automatic && rank_of(chosen) != RANK_GPU) {
        append(note, size, "%sno OpenCL GPU %s, so auto took %s", some ? "; " : "", some ? "can be used" : "was found",
               rank_of(chosen) != RANK_HOST ? "an OpenCL CPU device"
               : cpu                        ? "the CPU path"
                                            : "the CPU path (there is no OpenCL CPU device either)");
    }
    clmlp_make_printable(note, false);
}
