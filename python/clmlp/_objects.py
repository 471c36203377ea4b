"""Objects of the library as Python objects: data sets, models, devices, trainings."""
import ctypes
import os
import re
import tempfile
import threading
import warnings
from ctypes import POINTER, byref, c_char_p, c_size_t, c_void_p, sizeof

import numpy as np

from . import _library as c
from ._library import ClmlpWarning, call, lib


def _texts(names):
    """An array of C texts."""
    for name in names:
        if "\0" in str(name):
            raise ValueError(f"the name {str(name)!r} has a zero byte, which a model file cannot hold")
    return (c_char_p * len(names))(*[str(name).encode() for name in names])


def _cells(texts):
    """The same of cells: bytes, texts, or None."""
    return (c_char_p * len(texts))(*[text.encode() if isinstance(text, str) else text for text in texts])


def _at(array):
    """Address of an array's numbers, which the caller keeps alive."""
    return None if array is None else array.ctypes.data


# Texts or gaps that training did not have; columns without any value, of two rows or more.
_UNLIKE = re.compile(r"not in the training data|of which the training data had none|: (?!1 of)(\d+) of \1 values are "
                     r"missing|missing values, of (?!1:)(\d+): .*\(\2\)", re.S)


class _Object:
    """An object of the library, which it destroys when Python does not need it any more."""

    _destroy = None

    def __init__(self, address):
        self.address = address

    def close(self):
        if self.address:
            self._destroy(self.address)
            self.address = None

    def __del__(self):
        if getattr(self, "address", None):
            self.close()


class Dataset(_Object):
    """Examples. The library keeps a copy of what it is given.

    Parameters
    ----------
    X : ndarray of shape (m, n), float64 and C-contiguous, or CSR matrix of float64
    y : ndarray of shape (m, K), float64 and C-contiguous, or None
        Targets that are numbers.
    labels : ndarray of shape (m,) of unsigned int, or None
        Numbers of classes, instead of y.
    class_names : list of str, or None
    """

    _destroy = lib.clmlp_dataset_destroy

    def __init__(self, X, y=None, labels=None, class_names=None):
        super().__init__(None)
        out = c_void_p()
        m, n = X.shape
        if hasattr(X, "indptr"):
            kept = [np.ascontiguousarray(X.indptr, np.uintp), np.ascontiguousarray(X.indices, np.uint32),
                    np.ascontiguousarray(X.data, np.float64)]
            features, suffix = [_at(array) for array in kept], "_sparse"
        else:
            features, suffix = [_at(X)], ""
        if labels is not None:
            function = getattr(lib, f"clmlp_dataset_create{suffix}_classes")
            call(function, byref(out), m, n, *features, len(class_names), _texts(class_names), _at(labels))
        else:
            function = getattr(lib, f"clmlp_dataset_create{suffix}")
            call(function, byref(out), m, n, *features, 0 if y is None else y.shape[1], _at(y))
        self.address = out.value

    @classmethod
    def _of(cls, address):
        made = cls.__new__(cls)
        _Object.__init__(made, address)
        return made

    @classmethod
    def of_table(cls, table, columns=None, max_categories=0, target=None, values=None, labels=None, class_names=None):
        """The rows of a table (`_tables.Table`), as a text file with these columns would give them.

        Parameters
        ----------
        columns : address of the columns of a model, or None: they are fitted to the table
        target : str, name of the targets
        values : ndarray of shape (m,) of float64, targets that are numbers
        labels : ndarray of shape (m,), numbers of the classes; class_names : list
        """
        options = c.clmlp_load_options()
        lib.clmlp_load_options_init(byref(options), sizeof(options))
        names, numbers, texts = list(table.names), list(table.numbers), list(table.texts)
        options.target_kind = c.CONSTANTS["CLMLP_TARGET_NONE"]
        options.columns, options.max_categories = columns, max_categories
        if columns is None:
            chosen = ['"' + name.replace('"', '""') + '"' for name, is_one in zip(names, table.categorical) if is_one]
            options.categorical = ",".join(chosen).encode() if chosen else None
        if target is not None:
            names.append(target)
            numbers.append(values)
            options.target, options.target_is_name = target.encode(), True
            options.target_kind = c.CONSTANTS["CLMLP_TARGET_VALUES" if labels is None else "CLMLP_TARGET_CLASSES"]
            if labels is not None:
                class_names = _texts(class_names)
                options.class_names, options.class_count = class_names, len(class_names)
            texts.append(None if labels is None else [class_names[k] for k in labels])
        of_numbers = (c_void_p * len(names))(*[_at(column) for column in numbers])
        kept = [None if column is None else _cells(column) for column in texts]
        of_texts = (c_void_p * len(names))(*[None if array is None else ctypes.addressof(array) for array in kept])
        out = c_void_p()
        call(lib.clmlp_dataset_create_columns, byref(out), table.rows, len(names), _texts(names), of_numbers, of_texts,
             byref(options))
        return cls._of(out.value)

    def features(self):
        return lib.clmlp_dataset_features(self.address)

    def examples(self):
        return lib.clmlp_dataset_examples(self.address)

    def weigh(self, weights):
        """Weights of the examples: float64 of shape (m,)."""
        call(lib.clmlp_dataset_set_weights, self.address, _at(weights))

    def weigh_classes(self, weights):
        """Multiply with weights of the classes, float64 of shape (K,); None: balanced."""
        call(lib.clmlp_dataset_weigh_classes, self.address, _at(weights), None)

    def split(self, fraction, seed):
        """A held-out part and the rest."""
        part, rest = c_void_p(), c_void_p()
        call(lib.clmlp_dataset_split, self.address, fraction, seed, byref(part), byref(rest))
        return Dataset._of(part.value), Dataset._of(rest.value)

    def tell_notes(self, stacklevel, unlike_training=False):
        """All of them as one warning; or those on rows that are not as training had them."""
        notes = [c.in_python(lib.clmlp_dataset_note(self.address, i).decode(errors="replace"))
                 for i in range(lib.clmlp_dataset_notes(self.address))]
        notes = [note for note in notes if not unlike_training or _UNLIKE.search(note)]
        if notes:
            warnings.warn("\n".join(notes), ClmlpWarning, stacklevel=stacklevel + 1)


_opencl_process = None  # the process whose OpenCL drivers have threads; a forked one has none of them


def _used_opencl():
    global _opencl_process
    _opencl_process = os.getpid()


class Device(_Object):
    """A device; close it, or use it with ``with``."""

    _destroy = lib.clmlp_device_close

    def __init__(self, spec, engine, precision):
        super().__init__(None)
        if not isinstance(spec, str):
            raise ValueError(f"device={spec!r}: expected a text: auto, cpu, opencl, opencl:P.D or opencl:NAME")
        if spec != "cpu" and _opencl_process not in (None, os.getpid()):
            raise c.ClmlpDeviceError(f"device={spec!r}: this process was forked after OpenCL was used, and would wait "
                                     "for ever for its driver's threads; take the start method 'spawn' of "
                                     "multiprocessing, joblib's loky, or device='cpu'")
        options = c.clmlp_device_options()
        lib.clmlp_device_options_init(byref(options), sizeof(options))
        options.spec = spec.encode()
        options.engine = c.parse("engine", engine, "engine")
        options.precision = c.parse("precision", precision, "precision")
        if _opencl_process is None and spec != "cpu":
            devices()  # remembers whether there is OpenCL
        out = c_void_p()
        call(lib.clmlp_device_open, byref(out), byref(options))
        self.address = out.value

    def tell_note(self, stacklevel):
        note = lib.clmlp_device_note(self.address).decode(errors="replace")
        if note:
            warnings.warn(note, ClmlpWarning, stacklevel=stacklevel + 1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


_ANY_ROWS = 1 << 40  # of one call: a session takes no more memory for it


class Model(_Object):
    """A network with its scalings and names. It is pickled and copied as its file."""

    _destroy = lib.clmlp_model_destroy

    def __init__(self, dataset, hidden, activation, output, initialisation, seed):
        self._begin(None)
        out = c_void_p()
        call(lib.clmlp_model_create_for, byref(out), dataset.address, (c_size_t * max(1, len(hidden)))(*hidden),
             len(hidden), activation, output, seed)
        self.address = out.value
        call(lib.clmlp_model_initialise, self.address, initialisation, seed)

    @classmethod
    def load(cls, path):
        out = c_void_p()
        call(lib.clmlp_model_load, byref(out), os.fsencode(path), None)
        made = cls.__new__(cls)
        made._begin(out.value)
        return made

    def _begin(self, address):
        super().__init__(address)
        self._lock, self._predictor = threading.Lock(), None

    def save(self, path):
        call(lib.clmlp_model_save, self.address, os.fsencode(path))

    @classmethod
    def from_bytes(cls, data):
        with tempfile.TemporaryDirectory(prefix="clmlp-") as folder:
            path = os.path.join(folder, "model.safetensors")
            with open(path, "wb") as file:
                file.write(data)
            return cls.load(path)

    def to_bytes(self):
        with tempfile.TemporaryDirectory(prefix="clmlp-") as folder:
            path = os.path.join(folder, "model.safetensors")
            self.save(path)
            with open(path, "rb") as file:
                return file.read()

    def __reduce__(self):
        return Model.from_bytes, (self.to_bytes(),)

    def fit_scaling(self, dataset, scale, target_scale):
        call(lib.clmlp_model_fit_scaling, self.address, dataset.address, scale)
        call(lib.clmlp_model_fit_target_scaling, self.address, dataset.address, target_scale)

    def name_columns(self, names):
        columns = c_void_p()
        call(lib.clmlp_columns_create, byref(columns), _texts(names), len(names))
        try:
            call(lib.clmlp_model_set_columns, self.address, columns)
        finally:
            lib.clmlp_columns_destroy(columns)

    def columns(self):
        """Names of the columns, or None."""
        columns = lib.clmlp_model_columns(self.address)
        if not columns:
            return None
        return [lib.clmlp_columns_name(columns, j).decode() for j in range(lib.clmlp_columns_count(columns))]

    def class_names(self):
        """Names of the classes, or None where the outputs are not classes."""
        names = lib.clmlp_model_class_names(self.address)
        return [names[k].decode() for k in range(self.units()[-1])] if names else None

    def columns_address(self):
        return lib.clmlp_model_columns(self.address)

    def has_encoders(self):
        """Whether a column is no plain number, or becomes several features."""
        columns = self.columns_address()
        count = lib.clmlp_columns_count(columns)
        return any(lib.clmlp_columns_kind(columns, j) != 0 or lib.clmlp_columns_features(columns, j) != 1
                   for j in range(count))

    def categorical(self):
        """For each column, whether it has categories."""
        columns, kind = self.columns_address(), c.CONSTANTS["CLMLP_COLUMN_CATEGORICAL"]
        return [lib.clmlp_columns_kind(columns, j) == kind for j in range(lib.clmlp_columns_count(columns))]

    def members(self):
        return lib.clmlp_model_members(self.address)

    def add_member(self, model):
        call(lib.clmlp_model_add_member, self.address, model.address)

    def units(self):
        """Units of each layer, input and output included."""
        return [lib.clmlp_model_units(self.address, i + 1) for i in range(lib.clmlp_model_layers(self.address))]

    def output(self):
        return lib.clmlp_output_name(lib.clmlp_model_output(self.address)).decode()

    def activation(self):
        return lib.clmlp_activation_name(lib.clmlp_model_activation(self.address)).decode()

    def theta(self, layer):
        """theta(layer) of shape (s_{layer+1}, s_layer + 1), the bias in column 0."""
        units = self.units()
        theta = np.empty((units[layer], units[layer - 1] + 1))
        call(lib.clmlp_model_get_theta, self.address, layer, _at(theta))
        return theta

    def predict(self, X, device, engine, precision):
        """h of shape (m, K). X: float64, float32 or uint8 and C-contiguous, of which no copy is made; CSR; a Dataset.

        The model stays on the device for the next call, until it changes or another device is asked for.
        """
        h = np.empty((X.examples() if isinstance(X, Dataset) else X.shape[0], self.units()[-1]))
        with self._lock:
            made_for = device, engine, precision, os.getpid()
            if self._predictor is None or self._predictor.made_for != made_for:
                self._predictor = None  # one device less before there is one more
                self._predictor = _Predictor(self, made_for)
            self._predictor.predict(self, X, h)
        return h

    def changed(self):
        """What is on a device for predictions is not this model any more."""
        with self._lock:
            self._predictor = None


class _Predictor:
    """A model on a device, for one thread at a time."""

    device = None

    def __init__(self, model, made_for):
        self.made_for = made_for
        self.session = c_void_p()
        self.device = Device(*made_for[:-1])
        call(lib.clmlp_session_create, byref(self.session), model.address, self.device.address, _ANY_ROWS)

    def predict(self, model, X, h):
        if isinstance(X, Dataset) or hasattr(X, "indptr"):
            dataset = X if isinstance(X, Dataset) else Dataset(X)
            call(lib.clmlp_predict, model.address, self.device.address, dataset.address, _at(h))
        else:
            function = {"f8": lib.clmlp_session_predict_f64, "f4": lib.clmlp_session_predict_f32,
                        "u1": lib.clmlp_session_predict_u8}[X.dtype.str[1:]]
            call(function, self.session, X.shape[0], _at(X), _at(h))

    def __del__(self):
        if self.device is not None and self.made_for[-1] == os.getpid():
            lib.clmlp_session_destroy(self.session)
            self.device.close()
        elif self.device is not None:
            self.device.address = None  # a forked process has none of the driver's threads


def _interruptible(work, cancel):
    """Do `work` so that Ctrl-C reaches `cancel`: Python's handler runs on the main thread alone, which must not wait in
    the library."""
    if threading.current_thread() is not threading.main_thread():
        work()
        return
    failed, finished, stop = [], threading.Event(), None

    def run():
        try:
            work()
        except BaseException as error:  # told on the thread that waits
            failed.append(error)
        finally:
            finished.set()

    threading.Thread(target=run, name="clmlp").start()
    # The thread uses what the caller owns: nothing ends this wait but its end. (An interrupted Thread.join may take a
    # thread that runs for one that has ended.)
    while not finished.is_set():
        try:
            finished.wait()
        except BaseException as error:
            lib.clmlp_cancel_request(cancel)
            stop = stop or error
    if stop or failed:
        raise stop or failed[0]


def train(model, device, dataset, config, on_epoch):
    """Train a model in place; other threads of Python run meanwhile.

    Ctrl-C ends training after the step under way: the model holds theta as it is then, and KeyboardInterrupt is raised.

    Parameters
    ----------
    config : clmlp_train_config
    on_epoch : callable, called with a clmlp_epoch after each epoch

    Returns
    -------
    result : clmlp_train_result
    status : int
    error : clmlp_error
    interrupted : BaseException or None
    """
    result, error = c.clmlp_train_result(), c.clmlp_error()
    result.size = sizeof(result)
    cancel = c_void_p()
    call(lib.clmlp_cancel_create, byref(cancel))
    failed, status, interrupted = [], [c.OK], None

    def told(epoch, _):
        try:
            on_epoch(epoch.contents)
        except BaseException as problem:  # it must not go through the library
            failed.append(problem)
            lib.clmlp_cancel_request(cancel)

    def work():
        status[0] = lib.clmlp_train(model.address, device.address, dataset.address, None, byref(config),
                                    byref(result), byref(error))

    model.changed()
    config.on_epoch.function = c.ON_EPOCH(told)
    config.cancel = cancel
    try:
        _interruptible(work, cancel)
    except KeyboardInterrupt as stop:
        interrupted = stop
    finally:
        lib.clmlp_cancel_destroy(cancel)
    if failed:
        raise failed[0]
    return result, status[0], error, interrupted


def devices():
    """What there is to compute on.

    Returns
    -------
    devices : list of dict
        Each with spec (what `device=` takes), platform, name, type, driver, memory and largest_buffer in bytes,
        compute_units, fp64, is_auto, problem (why it cannot be used, or
        nothing) and address_bits.
    """
    out, count = c_void_p(), c_size_t()
    call(lib.clmlp_device_list, byref(out), byref(count))
    rows = ctypes.cast(out, POINTER(c.clmlp_device_info))
    try:
        found = []
        for i in range(count.value):
            row = {name: getattr(rows[i], name) for name, *_ in c.clmlp_device_info._fields_}
            found.append({k: v.decode(errors="replace") if isinstance(v, bytes) else v for k, v in row.items()})
        if len(found) > 1 and _opencl_process is None:
            _used_opencl()
        return found
    finally:
        lib.clmlp_free(out)
