/* fuzz.h - what the fuzz targets share. A target is a function that takes any bytes, gives them to a reader, and checks
 * what must hold whatever they are. libFuzzer calls it (libfuzzer.c), and so does a program that reads files of a
 * corpus (replay.c). */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "clmlp/dataset.h"
#include "clmlp/status.h"

/* Targets, X(name): fuzz_NAME in targets/NAME.c, tests/fuzz/corpus/NAME its corpus. */
#define FUZZ_TARGET_LIST(X) \
    X(csv)                  \
    X(idx)                  \
    X(npy)                  \
    X(svmlight)             \
    X(labels)               \
    X(gzip)                 \
    X(model)                \
    X(checkpoint)           \
    X(bundle)               \
    X(dump)                 \
    X(cache)                \
    X(number)               \
    X(onnx)

#define FUZZ_DECLARE(name) void fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TARGET_LIST(FUZZ_DECLARE)
FUZZ_DECLARE(command_line) /* a program of its own: it takes the place of what would work */
FUZZ_DECLARE(program)      /* the same */
FUZZ_DECLARE(report)       /* the same */
FUZZ_DECLARE(line)         /* the same: of the clock and of connections */
#undef FUZZ_DECLARE

/* Print where and what, and abort. */
_Noreturn void fuzz_fail(const char *file, int line, const char *what, const char *more);
#define CHECK(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition, ""))
#define CHECK_WITH(condition, text) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition, text))

/* Must succeed whatever the input is; the call has an argument `error`. */
#define OK(call)                                                     \
    do {                                                             \
        clmlp_error own = {.message = ""}, *const error = &own;      \
        CHECK_WITH((call) == CLMLP_OK, own.message);                 \
        (void)error;                                                 \
    } while (0)

/* An error is one that a file may cause, and has a message. */
void fuzz_check_error(clmlp_status status, const clmlp_error *error);

/* Nothing in it steers a terminal, but for line ends. */
void fuzz_check_printable(const char *text);

/* --- the input: codes and texts in front, a file behind -------------------------------------------------------- */

typedef struct fuzz_input {
    const uint8_t *at, *end;
    char *texts[64]; /* handed out, [count] */
    size_t count;
} fuzz_input;

unsigned fuzz_byte(fuzz_input *in);               /* 0 behind the end */
unsigned fuzz_short(fuzz_input *in);              /* of two bytes, the higher one first */
const char *fuzz_text(fuzz_input *in);            /* up to a line's end; owned by the input */
static inline size_t fuzz_left(const fuzz_input *in)
{
    return (size_t)(in->end - in->at);
}
void fuzz_release(fuzz_input *in);

/* --- files ----------------------------------------------------------------------------------------------------- */

/* A file in a folder of this process, in memory where there is /dev/shm. The process works there, so that paths are
 * short. The path is valid until the 16th next call. */
const char *fuzz_path(const char *name);
const char *fuzz_write(const char *name, const void *bytes, size_t size);
void fuzz_put(const char *path, const void *bytes, size_t size); /* the same, where its path is known */
/* All other files of the folder go, and folders in it. The list ends with NULL. */
void fuzz_keep_only(const char *const names[]);
/* All of a file; released with free(). */
uint8_t *fuzz_read(const char *path, size_t *size);
/* The same bytes. */
void fuzz_same_files(const char *a, const char *b);

/* A good replay bundle of one of four kinds. */
void fuzz_bundle_base(unsigned kind, const char *path);

/* --- data sets ------------------------------------------------------------------------------------------------- */

typedef struct fuzz_load {
    clmlp_load_options options;
    bool describe;    /* as inspect does, too */
    bool piped;       /* from a pipe, too */
    bool held_out;    /* as validation data of a training with it, too */
    bool asks_header; /* whether there is a header is found out again for the model */
    const char *lists[3][8];
} fuzz_load;

/* Options of a load from the next bytes. */
void fuzz_take_load(fuzz_load *load, fuzz_input *in, clmlp_format format);

/* Load it twice to the same, then as data of a model that was trained on it. */
void fuzz_load_twice(const fuzz_load *load, const char *path);

/* A data set of options and a file: all of a target. */
void fuzz_table(const uint8_t *data, size_t size, clmlp_format format, const char *name);

#endif
