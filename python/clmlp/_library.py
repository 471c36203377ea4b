"""The C library through ctypes: its structs, its functions, its errors.

What stands here twice, in the headers and in Python, is compared with the headers by the compiler:
``tests/python/check_headers.py``.
"""
import ctypes
import os
import re
from ctypes import (CFUNCTYPE, POINTER, Structure, byref, c_bool, c_char, c_char_p, c_double, c_float, c_int, c_size_t,
                    c_uint, c_uint8, c_uint32, c_uint64, c_void_p)
from pathlib import Path

INTERFACE = "0.2"  # the minor version whose structs and functions stand here

# --- structs ---------------------------------------------------------------------------------------------


class clmlp_error(Structure):
    _fields_ = [("status", c_int), ("message", c_char * 8192)]


class clmlp_score(Structure):
    _fields_ = [("cost", c_double), ("accuracy", c_double)]


class clmlp_epoch(Structure):
    _fields_ = [("epoch", c_size_t), ("epochs", c_size_t), ("step", c_size_t), ("train", clmlp_score),
                ("has_test", c_bool), ("test", clmlp_score), ("seconds", c_double), ("samples_per_second", c_double),
                ("has_validation", c_bool), ("validation", clmlp_score), ("rate", c_double), ("monitored", c_double),
                ("best_epoch", c_size_t)]


class clmlp_span(Structure):
    _fields_ = [("steps", c_size_t), ("share", c_double)]


class clmlp_rate_schedule(Structure):
    _fields_ = [("kind", c_int), ("min_rate", c_double), ("warmup", clmlp_span), ("decay", c_double),
                ("decay_every", clmlp_span)]


ON_EPOCH = CFUNCTYPE(None, POINTER(clmlp_epoch), c_void_p)


class clmlp_on_epoch(Structure):
    _fields_ = [("function", ON_EPOCH), ("context", c_void_p)]


class clmlp_callback(Structure):
    """Any other callback; never set from Python."""
    _fields_ = [("function", c_void_p), ("context", c_void_p)]


class clmlp_train_config(Structure):
    _fields_ = [("size", c_size_t), ("rate", c_double), ("lambda", c_double), ("epochs", c_size_t),
                ("batch", c_size_t), ("seed", c_uint64), ("shuffle", c_bool), ("optimizer", c_int),
                ("momentum", c_double), ("history_path", c_char_p), ("on_epoch", clmlp_on_epoch),
                ("on_progress", clmlp_callback), ("on_first_step", clmlp_callback), ("cancel", c_void_p),
                ("inspector", c_void_p), ("validation", c_void_p), ("label_smoothing", c_double),
                ("schedule", clmlp_rate_schedule), ("early_stopping", c_size_t), ("monitor", c_char_p),
                ("tolerance", c_double), ("min_epochs", c_size_t), ("keep_best", c_bool),
                ("checkpoint_path", c_char_p), ("checkpoint_epochs", c_size_t), ("checkpoint_seconds", c_double),
                ("checkpoint_note", c_char_p), ("resume_path", c_char_p), ("wants_checkpoint", clmlp_callback),
                ("on_checkpoint", clmlp_callback), ("dropout", POINTER(c_double)), ("dropout_count", c_size_t),
                ("last_batch", c_int), ("beta1", c_double), ("beta2", c_double), ("epsilon", c_double),
                ("weight_decay", c_double), ("layer_rates", POINTER(c_double)), ("fan_in_rates", c_bool),
                ("bias_rate", c_double), ("input_scale_rate", c_double), ("clip_norm", c_double),
                ("minimiser", c_int), ("lbfgs_pairs", c_size_t), ("members", c_void_p),
                ("timed_epoch", c_size_t), ("ranks", c_void_p), ("sharing", c_int), ("local_steps", c_size_t),
                ("short_gradients", c_bool), ("shares", POINTER(c_double)), ("on_shares", clmlp_callback)]


class clmlp_train_result(Structure):
    _fields_ = [("size", c_size_t), ("epochs", c_size_t), ("steps", c_size_t), ("seconds", c_double),
                ("samples_per_second", c_double), ("train", clmlp_score), ("has_test", c_bool), ("test", clmlp_score),
                ("streamed", c_bool), ("diverged_epoch", c_size_t), ("diverged_step", c_size_t),
                ("good_epochs", c_size_t), ("mean_cost", c_double), ("has_validation", c_bool),
                ("validation", clmlp_score), ("best_epoch", c_size_t), ("best", c_double), ("stopped_early", c_bool),
                ("iterations", c_size_t), ("evaluations", c_size_t), ("end", c_int), ("ranks", c_size_t),
                ("exchange_seconds", c_double), ("exchange_bytes", c_double), ("slowest_rank", c_size_t),
                ("slowest_seconds", c_double), ("fastest_seconds", c_double), ("shared_by_speed", c_bool),
                ("part_steps", c_size_t), ("part_seconds", c_double)]


class clmlp_load_options(Structure):
    _fields_ = [("size", c_size_t), ("target_kind", c_int), ("labels_path", c_char_p), ("target", c_char_p),
                ("header", c_int), ("class_names", POINTER(c_char_p)), ("class_count", c_size_t),
                ("expected_features", c_size_t), ("delimiter", c_int), ("decimal", c_int), ("missing_targets", c_int),
                ("columns", c_void_p), ("features", c_char_p), ("ignore", c_char_p), ("model_target", c_char_p),
                ("class_indices", c_size_t), ("categorical", c_char_p), ("max_categories", c_size_t),
                ("missing_values", c_int), ("unseen", c_int), ("missing_texts", POINTER(c_char_p)),
                ("missing_count", c_size_t), ("output_names", POINTER(c_char_p)), ("output_count", c_size_t),
                ("keep", c_char_p), ("weights", c_char_p), ("skip_weights", c_bool), ("format", c_int),
                ("index_base", c_int), ("model_index_base", c_int), ("svmlight_features", c_size_t),
                ("asks_target", c_bool), ("target_is_name", c_bool), ("max_input", c_uint64),
                ("max_columns", c_size_t), ("ranks", c_void_p)]


class clmlp_device_options(Structure):
    _fields_ = [("size", c_size_t), ("spec", c_char_p), ("engine", c_int), ("precision", c_int),
                ("memory_limit", c_uint64), ("profile", c_bool), ("max_launch", c_double),
                ("operations", c_double), ("on_build", clmlp_callback)]


class clmlp_device_info(Structure):
    _fields_ = [("spec", c_char * 32), ("platform", c_char * 256), ("name", c_char * 256), ("type", c_char * 16),
                ("driver", c_char * 256), ("memory", c_uint64), ("largest_buffer", c_uint64),
                ("compute_units", c_uint), ("fp64", c_bool), ("is_auto", c_bool), ("problem", c_char * 256),
                 ("address_bits", c_uint), ("passed_over", c_char * 256)]


STRUCTS = [clmlp_error, clmlp_score, clmlp_epoch, clmlp_span, clmlp_rate_schedule, clmlp_on_epoch, clmlp_train_config,
           clmlp_train_result, clmlp_load_options, clmlp_device_options, clmlp_device_info]

# --- numbers of enumerations that have no names in the library -----------------------------------------------

CONSTANTS = {
    "CLMLP_OK": 0, "CLMLP_BAD_ARGUMENT": 1, "CLMLP_BAD_INPUT": 2, "CLMLP_IO": 3, "CLMLP_OUT_OF_MEMORY": 4,
    "CLMLP_NO_DEVICE": 5, "CLMLP_DEVICE": 6, "CLMLP_DIVERGED": 7, "CLMLP_MISMATCH": 8, "CLMLP_INTERRUPTED": 9,
    "CLMLP_RANKS": 10,
    "CLMLP_LAST_BATCH_KEEP": 0, "CLMLP_LAST_BATCH_DROP": 1,
    "CLMLP_COLUMN_NUMERIC": 0, "CLMLP_COLUMN_CATEGORICAL": 2,
    "CLMLP_TARGET_NONE": 0, "CLMLP_TARGET_CLASSES": 1, "CLMLP_TARGET_VALUES": 2,
}
(OK, BAD_ARGUMENT, BAD_INPUT, IO, OUT_OF_MEMORY, NO_DEVICE, DEVICE, DIVERGED, MISMATCH, INTERRUPTED,
 RANKS) = range(11)

# --- functions, as C declares them ---------------------------------------------------------------------------

PROTOTYPES = """
const char *clmlp_version(void);
void clmlp_free(void *);

clmlp_status clmlp_dataset_create(clmlp_dataset **, size_t, size_t, const double *, size_t, const double *,
    clmlp_error *);
clmlp_status clmlp_dataset_create_classes(clmlp_dataset **, size_t, size_t, const double *, size_t, const char *const
    *, const unsigned *, clmlp_error *);
clmlp_status clmlp_dataset_create_sparse(clmlp_dataset **, size_t, size_t, const size_t *, const uint32_t *, const
    double *, size_t, const double *, clmlp_error *);
clmlp_status clmlp_dataset_create_sparse_classes(clmlp_dataset **, size_t, size_t, const size_t *, const uint32_t *,
    const double *, size_t, const char *const *, const unsigned *, clmlp_error *);
void clmlp_load_options_init(clmlp_load_options *, size_t);
clmlp_status clmlp_dataset_create_columns(clmlp_dataset **, size_t, size_t, const char *const *, const double *const *,
    const char *const *const *, const clmlp_load_options *, clmlp_error *);
clmlp_status clmlp_dataset_set_weights(clmlp_dataset *, const double *, clmlp_error *);
clmlp_status clmlp_dataset_weigh_classes(clmlp_dataset *, const double *, double *, clmlp_error *);
clmlp_status clmlp_dataset_split(const clmlp_dataset *, double, uint64_t, clmlp_dataset **, clmlp_dataset **,
    clmlp_error *);
size_t clmlp_dataset_examples(const clmlp_dataset *);
size_t clmlp_dataset_features(const clmlp_dataset *);
size_t clmlp_dataset_notes(const clmlp_dataset *);
const char *clmlp_dataset_note(const clmlp_dataset *, size_t);
void clmlp_dataset_destroy(clmlp_dataset *);

clmlp_status clmlp_columns_create(clmlp_columns **, const char *const *, size_t, clmlp_error *);
void clmlp_columns_destroy(clmlp_columns *);
size_t clmlp_columns_count(const clmlp_columns *);
const char *clmlp_columns_name(const clmlp_columns *, size_t);
clmlp_column_kind clmlp_columns_kind(const clmlp_columns *, size_t);
size_t clmlp_columns_features(const clmlp_columns *, size_t);

clmlp_status clmlp_model_create_for(clmlp_model **, const clmlp_dataset *, const size_t *, size_t, clmlp_activation,
    clmlp_output, uint64_t, clmlp_error *);
clmlp_status clmlp_model_initialise(clmlp_model *, clmlp_initialisation, uint64_t, clmlp_error *);
clmlp_status clmlp_model_fit_scaling(clmlp_model *, const clmlp_dataset *, clmlp_scale, clmlp_error *);
clmlp_status clmlp_model_fit_target_scaling(clmlp_model *, const clmlp_dataset *, clmlp_scale, clmlp_error *);
clmlp_status clmlp_model_set_columns(clmlp_model *, const clmlp_columns *, clmlp_error *);
clmlp_status clmlp_model_load(clmlp_model **, const char *, const clmlp_model_hints *, clmlp_error *);
clmlp_status clmlp_model_save(const clmlp_model *, const char *, clmlp_error *);
size_t clmlp_model_layers(const clmlp_model *);
size_t clmlp_model_units(const clmlp_model *, size_t);
size_t clmlp_model_members(const clmlp_model *);
clmlp_status clmlp_model_add_member(clmlp_model *, const clmlp_model *, clmlp_error *);
clmlp_activation clmlp_model_activation(const clmlp_model *);
clmlp_output clmlp_model_output(const clmlp_model *);
const clmlp_columns *clmlp_model_columns(const clmlp_model *);
const char *clmlp_model_output_name(const clmlp_model *, size_t);
const char *const *clmlp_model_class_names(const clmlp_model *);
clmlp_status clmlp_model_get_theta(const clmlp_model *, size_t, double *, clmlp_error *);
void clmlp_model_destroy(clmlp_model *);

void clmlp_device_options_init(clmlp_device_options *, size_t);
clmlp_status clmlp_device_open(clmlp_device **, const clmlp_device_options *, clmlp_error *);
const char *clmlp_device_note(const clmlp_device *);
clmlp_status clmlp_device_list(clmlp_device_info **, size_t *, clmlp_error *);
void clmlp_device_close(clmlp_device *);

clmlp_status clmlp_cancel_create(clmlp_cancel **, clmlp_error *);
void clmlp_cancel_request(clmlp_cancel *);
void clmlp_cancel_destroy(clmlp_cancel *);

void clmlp_train_config_init(clmlp_train_config *, size_t);
clmlp_status clmlp_train(clmlp_model *, clmlp_device *, const clmlp_dataset *, const clmlp_dataset *, const
    clmlp_train_config *, clmlp_train_result *, clmlp_error *);

clmlp_status clmlp_session_create(clmlp_session **, const clmlp_model *, clmlp_device *, size_t, clmlp_error *);
clmlp_status clmlp_session_predict_f64(clmlp_session *, size_t, const double *, double *, clmlp_error *);
clmlp_status clmlp_session_predict_f32(clmlp_session *, size_t, const float *, double *, clmlp_error *);
clmlp_status clmlp_session_predict_u8(clmlp_session *, size_t, const uint8_t *, double *, clmlp_error *);
void clmlp_session_destroy(clmlp_session *);
clmlp_status clmlp_predict(const clmlp_model *, clmlp_device *, const clmlp_dataset *, double *, clmlp_error *);

const char *clmlp_nearest(const char *, const char *const *, size_t);
bool clmlp_activation_parse(const char *, clmlp_activation *);
bool clmlp_output_parse(const char *, clmlp_output *);
bool clmlp_scale_parse(const char *, clmlp_scale *);
bool clmlp_initialisation_parse(const char *, clmlp_initialisation *);
bool clmlp_optimizer_parse(const char *, clmlp_optimizer *);
bool clmlp_minimiser_parse(const char *, clmlp_minimiser *);
bool clmlp_schedule_parse(const char *, clmlp_schedule *);
bool clmlp_engine_parse(const char *, clmlp_engine *);
bool clmlp_precision_parse(const char *, clmlp_precision *);
const char *clmlp_activation_name(clmlp_activation);
const char *clmlp_output_name(clmlp_output);
const char *clmlp_scale_name(clmlp_scale);
const char *clmlp_initialisation_name(clmlp_initialisation);
const char *clmlp_optimizer_name(clmlp_optimizer);
const char *clmlp_minimiser_name(clmlp_minimiser);
const char *clmlp_schedule_name(clmlp_schedule);
const char *clmlp_engine_name(clmlp_engine);
const char *clmlp_precision_name(clmlp_precision);
"""

_PLAIN = {"void": None, "size_t": c_size_t, "double": c_double, "float": c_float, "bool": c_bool, "unsigned": c_uint,
          "uint8_t": c_uint8, "uint32_t": c_uint32, "uint64_t": c_uint64}
_ENUMS = {"clmlp_status", "clmlp_column_kind", "clmlp_activation", "clmlp_output", "clmlp_scale",
          "clmlp_initialisation",
          "clmlp_optimizer", "clmlp_minimiser", "clmlp_schedule", "clmlp_engine", "clmlp_precision"}


def _ctype(text):
    """The ctypes type of a C type. Structs and arrays are passed as addresses."""
    text = text.replace("const", " ")
    stars = text.count("*")
    name = text.replace("*", " ").strip()
    if name == "char" and stars in (1, 2):
        return c_char_p if stars == 1 else POINTER(c_char_p)
    if stars:
        return c_void_p
    return c_int if name in _ENUMS else _PLAIN[name]


def _declare(library):
    for prototype in " ".join(PROTOTYPES.split()).rstrip(";").split(";"):
        before, name, arguments = re.fullmatch(r"(.*?)(clmlp_\w+)\((.*)\)", prototype.strip()).groups()
        function = getattr(library, name)
        function.restype = _ctype(before)
        function.argtypes = [] if arguments == "void" else [_ctype(a) for a in arguments.split(",")]


def _load():
    """The library that CLMLP_LIBRARY names; else the one in this package; else the system's."""
    named = os.environ.get("CLMLP_LIBRARY")
    beside = Path(__file__).with_name("libclmlp.so")
    places = [named] if named else [str(beside)] if beside.exists() else [f"libclmlp.so.{INTERFACE}"]
    try:
        library = ctypes.CDLL(places[0])
    except OSError as error:
        raise ImportError(f"clmlp: its C library cannot be loaded: {error}. Install libclmlp, or name the file in the "
                          "environment variable CLMLP_LIBRARY") from error
    try:
        library.clmlp_version.restype = c_char_p
        version = library.clmlp_version().decode()
        if version.split(".")[:2] != INTERFACE.split("."):
            raise ImportError(f"clmlp: {places[0]} is version {version}, this package is for {INTERFACE}")
        _declare(library)
    except AttributeError as error:
        raise ImportError(f"clmlp: {places[0]} is not a library that this package is for: {error}") from error
    return library


lib = _load()

# --- errors --------------------------------------------------------------------------------------------------


class ClmlpWarning(UserWarning):
    """A note of the library: nothing is wrong, but whoever works with the data or the device should see it."""


class ClmlpDeviceError(RuntimeError):
    """There is no such device, or its driver reported an error."""


class ClmlpDivergedError(RuntimeError):
    """Training diverged: the cost was no longer finite, or ended above guessing."""


_EXCEPTIONS = {BAD_ARGUMENT: ValueError, BAD_INPUT: ValueError, IO: OSError, OUT_OF_MEMORY: MemoryError,
               NO_DEVICE: ClmlpDeviceError, DEVICE: ClmlpDeviceError, DIVERGED: ClmlpDivergedError,
               MISMATCH: ClmlpDeviceError, INTERRUPTED: KeyboardInterrupt}


# Options of the program that the library's messages name, as parameters.
_PARAMETERS = {"max-categories": "max_categories", "categorical": "categorical_features", "rate": "learning_rate_init",
               "lambda": "l2", "epochs": "max_iter", "batch": "batch_size", "seed": "random_state",
               "min-rate": "min_rate", "label-smoothing": "label_smoothing", "clip-norm": "clip_norm",
               "weight-decay": "weight_decay", "target-scale": "target_scale",
               **{name: name for name in ("activation", "output", "optimizer", "schedule", "warmup", "dropout",
                                          "precision", "engine", "device", "scale", "initialisation", "monitor",
                                          "ensemble")}}
_WORDS = [(re.compile(r"leave (it|them) out(?::| with) --ignore .*?(?=, or take them all: --max-categories \d+$|$)"),
           r"leave \1 out of X"),
          (re.compile(r"--validation 0\.2\b"), "early_stopping=True")]
_OPTION = re.compile(r"(?<!['\w-])--(" + "|".join(sorted(_PARAMETERS, key=len, reverse=True)) + r")(?![\w-])"
                     r"(?: (\d[\d.e+-]*\d|\d)| (f32|f64|linear|sigmoid|softmax|auto|opencl|cpu|native|clblast)\b)?")


def _parameter(found):
    name, number, word = found.groups()
    return _PARAMETERS[name] + (f"={number}" if number else f"={word!r}" if word else "")


def in_python(message):
    """A message of the library in terms of parameters, where it names options of the program."""
    for pattern, words in _WORDS:
        message = pattern.sub(words, message)
    return _OPTION.sub(_parameter, message)


def raise_for(status, error):
    """Raise what a status means; nothing for OK."""
    if status != OK:
        raise _EXCEPTIONS.get(status, RuntimeError)(in_python(error.message.decode(errors="replace")))


def call(function, *arguments):
    """Call a function whose last argument is a clmlp_error."""
    error = clmlp_error()
    raise_for(function(*arguments, byref(error)), error)


def names_of(kind):
    """All names of a list of the library: "activation", "optimizer", ..."""
    names = []
    while (name := getattr(lib, f"clmlp_{kind}_name")(len(names)).decode()) != "?":
        names.append(name)
    return names


def expected(parameter, name, names):
    """The error of a name that is none of a list, with the one that may be meant."""
    near = None
    if isinstance(name, str):
        near = lib.clmlp_nearest(name.encode(errors="replace"),
                                 (c_char_p * len(names))(*[known.encode() for known in names]), len(names))
    proposal = f"; did you mean {near.decode()!r}?" if near else ""
    return ValueError(f"{parameter}={name!r}: expected one of {', '.join(names)}{proposal}")


def parse(kind, name, parameter):
    """The number of a name of a list of the library."""
    code = c_int()
    if not isinstance(name, str) or not getattr(lib, f"clmlp_{kind}_parse")(name.encode(), byref(code)):
        raise expected(parameter, name, names_of(kind))
    return code.value
