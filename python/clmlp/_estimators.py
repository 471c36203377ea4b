"""scikit-learn's interface on the library."""
import inspect
import numbers
import re
from ctypes import byref, c_double, sizeof

import numpy as np
import scipy.sparse
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels
from sklearn.utils.validation import (_check_sample_weight, assert_all_finite, check_consistent_length,
                                      check_is_fitted, column_or_1d, validate_data)

from . import _library as c
from ._library import lib
from ._objects import Dataset, Device, Model, train
from ._tables import Table, as_rows, is_frame, is_matrix, needs_table

_ADAPTIVE = ("rmsprop", "adam", "adamw")
_INTEGER = re.compile("0|-?[1-9][0-9]{0,18}")  # as str writes it


def _whole(name, value, least, bits=63):
    if isinstance(value, bool) or not isinstance(value, numbers.Integral) or value < least:
        raise ValueError(f"{name}={value!r}: expected a whole number of {least} or more")
    if value >= 1 << bits:  # ctypes would take its lowest bits
        raise ValueError(f"{name}={value!r}: expected less than 2^{bits}")
    return int(value)


def _number(name, value, least=None):
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not np.isfinite(value):
        raise ValueError(f"{name}={value!r}: expected a number")
    if least is not None and value < least:
        raise ValueError(f"{name}={value!r}: expected {least} or more")
    return float(value)


def _columns(y):
    y = np.asarray(y)
    return y.shape[1] if y.ndim == 2 else 1


class _Clmlp(BaseEstimator):
    """What classifier and regressor share."""

    _table = False  # whether the model takes columns of a table, with encoders of its own
    _target = None  # what their target is called

    def __init__(self, hidden_layer_sizes, activation, optimizer, learning_rate_init, schedule, min_rate, warmup, l2,
                 batch_size, max_iter, shuffle, random_state, momentum, beta_1, beta_2, epsilon, weight_decay,
                 clip_norm, dropout, initialisation, scale, early_stopping, validation_fraction, n_iter_no_change,
                 monitor, tol, warm_start, device, engine, precision, verbose, categorical_features, max_categories,
                 ensemble, layer_rates, bias_rate, input_scale_rate, last_batch):
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate_init = learning_rate_init
        self.schedule = schedule
        self.min_rate = min_rate
        self.warmup = warmup
        self.l2 = l2
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.momentum = momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.dropout = dropout
        self.initialisation = initialisation
        self.scale = scale
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.monitor = monitor
        self.tol = tol
        self.warm_start = warm_start
        self.device = device
        self.engine = engine
        self.precision = precision
        self.verbose = verbose
        self.categorical_features = categorical_features
        self.max_categories = max_categories
        self.ensemble = ensemble
        self.layer_rates = layer_rates
        self.bias_rate = bias_rate
        self.input_scale_rate = input_scale_rate
        self.last_batch = last_batch

    def __setstate__(self, state):
        """Of an older version, which had fewer parameters: they have their defaults."""
        super().__setstate__(state)
        for name, parameter in inspect.signature(type(self).__init__).parameters.items():
            if name != "self" and name not in self.__dict__:
                setattr(self, name, parameter.default)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        tags.input_tags.allow_nan = True  # gaps: see _tables.py
        return tags

    def __sklearn_is_fitted__(self):
        return hasattr(self, "model_")

    # --- settings --------------------------------------------------------------------------------------------

    def _hidden(self):
        sizes = self.hidden_layer_sizes
        if isinstance(sizes, numbers.Integral):
            sizes = (sizes,)
        if isinstance(sizes, str) or not np.iterable(sizes):
            raise ValueError(f"hidden_layer_sizes={sizes!r}: expected whole numbers, one a hidden layer")
        return [_whole("hidden_layer_sizes", size, 1) for size in sizes]

    def _seed(self):
        if isinstance(self.random_state, numbers.Integral) and not isinstance(self.random_state, bool):
            return _whole("random_state", self.random_state, 0, bits=64)
        return int(check_random_state(self.random_state).randint(2**31 - 1))

    def _rate(self, linear):
        if self.learning_rate_init is not None:
            return _number("learning_rate_init", self.learning_rate_init)
        return 0.003 if self.optimizer in _ADAPTIVE else 0.1 if linear else 0.5

    def _config(self, examples, linear, seed, epochs):
        """The library's configuration, and what has to outlive it."""
        config = c.clmlp_train_config()
        lib.clmlp_train_config_init(byref(config), sizeof(config))
        minimises = self.optimizer in c.names_of("minimiser") and self.optimizer != "none"
        if minimises:
            config.minimiser = c.parse("minimiser", self.optimizer, "optimizer")
        elif self.optimizer in c.names_of("optimizer"):
            config.optimizer = c.parse("optimizer", self.optimizer, "optimizer")
        else:
            raise c.expected("optimizer", self.optimizer, c.names_of("optimizer") + c.names_of("minimiser")[1:])
        config.rate = self._rate(linear)
        setattr(config, "lambda", _number("l2", self.l2, 0))
        config.epochs = epochs
        if self.batch_size is None or minimises:
            config.batch = 0
        elif isinstance(self.batch_size, str) and self.batch_size == "auto":
            config.batch = 32 if examples >= 32 else 0
        else:
            batch = _whole("batch_size", self.batch_size, 1)
            config.batch = batch if batch < examples else 0
        config.seed = seed
        config.shuffle = bool(self.shuffle)
        config.momentum = _number("momentum", self.momentum)
        config.beta1 = _number("beta_1", self.beta_1)
        config.beta2 = 0.0 if self.beta_2 is None else _number("beta_2", self.beta_2)
        config.epsilon = _number("epsilon", self.epsilon)
        config.weight_decay = _number("weight_decay", self.weight_decay, 0)
        config.clip_norm = 0.0 if self.clip_norm is None else _number("clip_norm", self.clip_norm, 0)
        config.schedule.kind = c.parse("schedule", self.schedule, "schedule")
        config.schedule.min_rate = _number("min_rate", self.min_rate, 0)
        if isinstance(self.warmup, numbers.Integral):
            config.schedule.warmup.steps = _whole("warmup", self.warmup, 0)
        else:
            config.schedule.warmup.share = _number("warmup", self.warmup, 0)
        dropout = [_number("dropout", p, 0) for p in np.atleast_1d(self.dropout).tolist()]
        kept = (c_double * len(dropout))(*dropout)
        if any(dropout):
            config.dropout, config.dropout_count = kept, len(dropout)
        rates = self._set_rates(config)
        self._set_more(config)
        return config, (kept, rates)

    def _set_rates(self, config):
        """Factors of the rate, and what becomes of the last batch; what has to outlive the configuration."""
        layers, rates = len(self._hidden()) + 1, self.layer_rates
        config.bias_rate = _number("bias_rate", self.bias_rate, 0)
        if config.bias_rate == 0:  # the library takes it for 1
            raise ValueError(f"bias_rate={self.bias_rate!r}: expected a number above 0")
        config.input_scale_rate = _number("input_scale_rate", self.input_scale_rate, 0)
        if not isinstance(self.last_batch, str) or self.last_batch not in ("keep", "drop"):
            raise c.expected("last_batch", self.last_batch, ["keep", "drop"])
        config.last_batch = c.CONSTANTS[f"CLMLP_LAST_BATCH_{self.last_batch.upper()}"]
        config.fan_in_rates = isinstance(rates, str) and rates == "fan-in"
        if rates is None or config.fan_in_rates:
            return None
        if isinstance(rates, str) or not np.iterable(rates) or len(rates) != layers:
            raise ValueError(f"layer_rates={rates!r}: expected None, 'fan-in', or {layers} numbers, one a theta(l)")
        config.layer_rates = (c_double * layers)(*[_number("layer_rates", rate, 0) for rate in rates])
        return config.layer_rates

    def _set_more(self, config):
        """Settings of one of the estimators alone."""

    # --- training --------------------------------------------------------------------------------------------

    def _is_table(self, X):
        """Whether X goes in by columns: it has texts, dates or gaps, or categorical_features says so."""
        features = self.categorical_features
        by_type = isinstance(features, str) and features == "from_dtype"
        if scipy.sparse.issparse(X) or not is_matrix(X):
            return False
        return needs_table(X) or not (by_type or features is None)

    def _as_table(self, X, asks=False):
        X = X if is_frame(X) or isinstance(X, np.ndarray) else np.asarray(X)
        names = [str(name) for name in X.columns] if is_frame(X) else [f"x{j}" for j in range(X.shape[1])]
        repeated = [name for j, name in enumerate(names) if not name or name in names[:j]]
        if repeated:
            raise ValueError(f"X has a column name that is empty or stands there twice: {repeated[0]!r}")
        return Table(X, names, self.categorical_features, asks, None if asks else self.model_.categorical())

    def _checked_table(self, X, y, reset, several):
        """X as a table, and y checked as validate_data does it."""
        validate_data(self, X, y, reset=reset, skip_check_array=True)
        check_consistent_length(X, y)
        if several:
            raise ValueError("columns of texts, dates or gaps take one target; for several encode them before, with a "
                             "ColumnTransformer")
        assert_all_finite(y, input_name="y")
        table = self._as_table(X, asks=reset)
        if reset or self._target is None:
            name = getattr(y, "name", None)
            self._target = name if isinstance(name, str) and name else "target"
            while self._target in table.names:
                self._target += "_"
        return table

    def _table_dataset(self, table, go_on, **target):
        columns = self.model_.columns_address() if go_on else None
        most = _whole("max_categories", self.max_categories, 1)
        return Dataset.of_table(table, columns, most, self._target, **target)

    def _features(self, X):
        """X as predictions take it: float64, float32 or uint8, as it is; or a data set."""
        X = as_rows(X)
        if self._table:
            if scipy.sparse.issparse(X) or not is_matrix(X):
                validate_data(self, X, reset=False)
                raise ValueError("X is sparse, and the model was trained with columns of texts, dates or gaps")
            validate_data(self, X, reset=False, skip_check_array=True)
            dataset = Dataset.of_table(self._as_table(X), self.model_.columns_address())
            dataset.tell_notes(4, unlike_training=True)
            return dataset
        return self._sorted(self._numbers(X, dtype=[np.float64, np.float32, np.uint8], reset=False))

    def _numbers(self, *data, **checks):
        """validate_data of numbers, with words of our own on gaps."""
        try:
            return validate_data(self, *data, accept_sparse="csr", order="C", **checks)
        except ValueError as error:
            if not str(error).startswith("Input X contains NaN"):
                raise
            why = ("gaps are taken in tables, not in sparse matrices" if scipy.sparse.issparse(data[0]) else
                   "the model was fitted to numbers without gaps, so it has no values to put in their place; fit it to "
                   "rows some of which have NaN, or put a SimpleImputer in front of it")
            raise ValueError(f"Input X contains NaN: {why}") from None

    @staticmethod
    def _sorted(X):
        if scipy.sparse.issparse(X):
            X = X.astype(np.float64)
            if not X.has_canonical_format:
                X = X.copy()
                X.sum_duplicates()
        return X

    def _names(self, X):
        """Names of columns for the model, where each is a text that no other one has."""
        names = [str(name) for name in getattr(self, "feature_names_in_", [])]
        return names if names and all(names) and len(set(names)) == len(names) else None

    def _make(self, dataset, output, X, seed):
        model = Model(dataset, self._hidden(), c.parse("activation", self.activation, "activation"), output,
                      c.parse("initialisation", self.initialisation, "initialisation"), seed)
        model.fit_scaling(dataset, c.parse("scale", self.scale, "scale"), self._target_scale())
        names = self._names(X)
        if names and not isinstance(X, Table):
            model.name_columns(names)
        return model

    def _target_scale(self):
        return c.parse("scale", "none", "target_scale")

    def _train(self, X, dataset, output, epochs, go_on, stops):
        """Train on a data set. The last lines leave the estimator as it was where anything fails."""
        linear = output == "linear"
        code = c.parse("output", output, "output")
        seed = (self.seed_ + self._calls) % 2**64 if go_on and hasattr(self, "seed_") and not stops else self._seed()
        validation = None
        if stops and self.early_stopping:
            fraction = _number("validation_fraction", self.validation_fraction)
            validation, dataset = dataset.split(fraction, seed)
        model = self.model_ if go_on else self._make(dataset, code, X, seed)
        config, kept = self._config(dataset.examples(), linear, seed, epochs)
        self._hold_out(config, validation)
        if go_on:
            self._check_model(model, output)
        costs, held_out = [], []

        def on_epoch(epoch):
            costs.append(epoch.train.cost)
            if epoch.has_validation:
                held_out.append((epoch.validation.cost, epoch.validation.accuracy, epoch.monitored))
            if self.verbose:
                more = f", validation cost {epoch.validation.cost:.6g}" if epoch.has_validation else ""
                print(f"Epoch {epoch.epoch} of {epoch.epochs}: cost {epoch.train.cost:.6g}{more}", flush=True)

        members = _whole("ensemble", self.ensemble, 1)
        if members > 1 and (go_on or not stops):
            raise ValueError(f"ensemble={members}: partial_fit and warm_start go on from one network")
        with Device(self.device, self.engine, self.precision) as device:
            device.tell_note(stacklevel=3)
            dataset.tell_notes(stacklevel=3)
            result, status, error, interrupted = train(model, device, dataset, config, on_epoch)
            for k in range(1, members):  # the others: the same settings, each with a seed of its own
                if status != c.OK or interrupted is not None:
                    break
                member = self._make(dataset, code, X, (seed + k) % 2**64)
                config, kept = self._config(dataset.examples(), linear, (seed + k) % 2**64, epochs)
                self._hold_out(config, validation)
                _, status, error, interrupted = train(member, device, dataset, config, lambda epoch: None)
                if status == c.OK and interrupted is None:
                    model.add_member(member)
        del kept
        if status != c.INTERRUPTED:
            c.raise_for(status, error)
        self.model_ = model
        self.seed_ = seed if not (go_on and not stops) else self.seed_
        self._calls = self._calls + 1 if go_on and not stops else 1
        self.loss_ = result.train.cost
        if go_on and not stops:
            self.loss_curve_ = [*self.loss_curve_, *costs]
            self.n_iter_ += result.epochs
        else:
            self.loss_curve_ = costs
            self.n_iter_ = result.epochs
        self._table = isinstance(X, Table)
        self.n_layers_ = len(model.units())
        self.n_outputs_ = model.units()[-1]
        self.out_activation_ = output
        if validation is not None:
            self.validation_loss_curve_ = [row[0] for row in held_out]
            self.validation_scores_ = [row[1] if not linear else row[2] for row in held_out]
            self.best_epoch_ = result.best_epoch
        if interrupted is not None:
            raise interrupted
        return self

    def _hold_out(self, config, validation):
        if validation is not None:
            config.validation = validation.address
            config.early_stopping = _whole("n_iter_no_change", self.n_iter_no_change, 1)
            config.monitor = str(self.monitor).encode()
            config.tolerance = _number("tol", self.tol, 0)

    def _check_model(self, model, output):
        """Whether the model to go on from is the one that the parameters say."""
        hidden = model.units()[1:-1]
        for name, ours, theirs in (("hidden_layer_sizes", self._hidden(), hidden), ("output", output, model.output()),
                                   ("activation", self.activation if hidden else None,
                                    model.activation() if hidden else None)):
            if ours != theirs:
                raise ValueError(f"{name}={ours!r}: the model to go on from has {theirs!r}")

    def _weigh(self, X, sample_weight, dataset):
        if sample_weight is not None:
            rows = np.empty((dataset.examples(), 1)) if isinstance(X, Table) else X
            weights = _check_sample_weight(sample_weight, rows, dtype=np.float64, ensure_non_negative=True)
            dataset.weigh(np.ascontiguousarray(weights))

    # --- use --------------------------------------------------------------------------------------------------

    def _h(self, X):
        check_is_fitted(self)
        return self.model_.predict(self._features(X), self.device, self.engine, self.precision)

    @property
    def coefs_(self):
        """list of ndarray: weights of each layer, of shape (units below, units above)."""
        self._check_attribute("coefs_")
        return [self.model_.theta(i)[:, 1:].T for i in range(1, self.n_layers_)]

    @property
    def intercepts_(self):
        """list of ndarray: biases of each layer, of shape (units above,)."""
        self._check_attribute("intercepts_")
        return [self.model_.theta(i)[:, 0] for i in range(1, self.n_layers_)]

    def _check_attribute(self, name):
        if not hasattr(self, "model_"):
            raise AttributeError(f"{type(self).__name__} has no {name} before it is fitted")
        if self.model_.members() > 1:
            raise AttributeError(f"{type(self).__name__} has no {name} of an ensemble of {self.model_.members()}")

    def save(self, path):
        """Write the model as the program's model file (docs/model-format.md), which `clmlp predict` takes.

        Parameters
        ----------
        path : str or path-like
        """
        check_is_fitted(self)
        self.model_.save(path)

    @classmethod
    def load(cls, path, **parameters):
        """An estimator that predicts with a model file, of `save` or of `clmlp train`.

        Parameters
        ----------
        path : str or path-like
        **parameters
            Parameters of the estimator, such as ``device="cpu"``.

        Returns
        -------
        estimator
        """
        model = Model.load(path)
        units = model.units()
        made = cls(**{"hidden_layer_sizes": tuple(units[1:-1]), "activation": model.activation(), **parameters})
        made._take(model)
        made.model_ = model
        made.seed_, made._calls, made.loss_curve_, made.n_iter_ = made._seed(), 0, [], 0
        made.n_layers_, made.n_outputs_, made.out_activation_ = len(units), units[-1], model.output()
        columns = model.columns()
        made.n_features_in_ = units[0] if columns is None else len(columns)
        made._table = columns is not None and model.has_encoders()
        if columns is not None:
            made.feature_names_in_ = np.array(columns, dtype=object)
        return made


_SHARED = """
    Parameters
    ----------
    hidden_layer_sizes : int or sequence of int, default=(100,)
        Units of the hidden layers; () for none.
    activation : str, default="relu"
        Of the hidden layers: sigmoid, tanh, relu, linear, swish, selu, mish, leaky-relu, elu, gelu, gelu-tanh or
        softplus.
    optimizer : str, default="adam"
        sgd, momentum, nesterov, rmsprop, adam, adamw; or lbfgs, cg: full batches with a line search.
    learning_rate_init : float or None, default=None
        alpha. None: 0.003 of rmsprop, adam and adamw, else 0.5 for classes and 0.1 for numbers, as the program has it.
    schedule : str, default="constant"
        How the rate goes: constant, step, exponential, cosine, flat-cosine, coslog4, inverse, linear.
    min_rate : float, default=0.0
        The least rate of the schedule.
    warmup : int or float, default=0
        Steps in which the rate rises from 0; a float is a share of all steps.
    l2 : float, default=0.0
        lambda of J. scikit-learn's alpha is lambda M / m for batches of M of m examples.
    batch_size : int, "auto" or None, default="auto"
        "auto": 32. None: all examples at once; so are fewer examples than a batch.
    max_iter : int, default=100
        Epochs.
    shuffle : bool, default=True
        A new order of the examples in each epoch.
    random_state : int, RandomState instance or None, default=None
        Seed of theta, of the order of examples, of dropout and of what is held out. An int is the program's `--seed`.
    momentum, beta_1, epsilon, weight_decay : float
        Numbers of the optimizers that have them: 0.9, 0.9, 1e-8, 0.01.
    beta_2 : float or None, default=None
        None: 0.999, of rmsprop 0.99.
    clip_norm : float or None, default=None
        The largest norm of a gradient. None: any.
    dropout : float or sequence of float, default=0.0
        Of the hidden layers: one for all, or one each.
    initialisation : str, default="glorot-uniform"
    scale : str, default="auto"
        Scaling of the features, fitted to what is trained on and kept in the model: standard (auto; none where X is
        sparse), minmax, robust, robust-clip, pixel (x / 255), none.
    early_stopping : bool, default=False
        Hold examples out, and stop when `n_iter_no_change` epochs in a row bring no gain there. The model is the best
        one. Without it training takes `max_iter` epochs.
    validation_fraction : float, default=0.1
    n_iter_no_change : int, default=10
    monitor : str, default="cost"
        What is gone by: cost, or the name of a metric of `clmlp evaluate`.
    tol : float, default=0.0
        What is no gain, in units of `monitor`.
    warm_start : bool, default=False
        `fit` goes on from the theta that is there.
    device : str, default="auto"
        auto, cpu, opencl, opencl:P.D or opencl:NAME; `clmlp.devices()` lists them.
    engine : str, default="auto"
        Of an OpenCL device: native, clblast.
    precision : str, default="f32"
        f32 or f64.
    verbose : bool, default=False
        Print a line an epoch.
    categorical_features : "from_dtype", None, or array-like of int, str or bool, default="from_dtype"
        Columns that are categories although they look like numbers, dates or booleans: indices, names or a mask.
        "from_dtype": those of pandas' type category. Columns with texts are categories in any case; dates, booleans,
        None and NaN are taken as they are. None: columns must hold numbers.
    max_categories : int, default=64
        The most texts that one column may have; more are an error.
    ensemble : int, default=1
        Networks whose predictions are averaged, each with a seed of its own: `random_state`, the next one, ...
    layer_rates : "fan-in", None, or sequence of float, default=None
        Factors of the rate, one for each theta(l); "fan-in": 1 / sqrt(s_l). None: 1.
    bias_rate : float, default=1.0
        A further factor for the biases.
    input_scale_rate : float, default=0.0
        A scale of each input is learned, with this many times the rate. 0: none.
    last_batch : str, default="keep"
        Of examples that do not fill a batch: keep, a step of their own; drop, none in that epoch."""

_ATTRIBUTES = """
    n_features_in_ : int
        Columns of X. Texts, dates and gaps become several features each, so that coefs_ may have more rows.
    feature_names_in_ : ndarray of shape (n_features_in_,)
        Only where X has column names that are texts.
    n_iter_ : int
        Epochs done.
    loss_ : float
        J of the final theta over the training data.
    loss_curve_ : list of float
        J of each epoch, as met.
    validation_loss_curve_, validation_scores_ : list of float
        With `early_stopping`: J, and accuracy (of numbers: what is monitored), of the held-out examples.
    best_epoch_ : int
        With `early_stopping`: the epoch whose theta the model has, from 1.
    coefs_, intercepts_ : list of ndarray
    seed_ : int
        The seed that was used.
    n_layers_, n_outputs_ : int
    out_activation_ : str
        """


class ClmlpClassifier(ClassifierMixin, _Clmlp):
    __doc__ = """Fully connected network for classes, and for several labels at once, on a CPU or an OpenCL device.
""" + _SHARED + """
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in training, multiplied with `sample_weight`.
    output : str, default="auto"
        Output layer with its cost: softmax (auto), or sigmoid: one classifier a class, and for several labels.
    label_smoothing : float, default=0.0

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)""" + _ATTRIBUTES + """
    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from clmlp import ClmlpClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> ClmlpClassifier(random_state=1, device="cpu").fit(X, y).score(X, y) > 0.95
    True
    """

    def __init__(self, hidden_layer_sizes=(100,), activation="relu", *, optimizer="adam", learning_rate_init=None,
                 schedule="constant", min_rate=0.0, warmup=0, l2=0.0, batch_size="auto", max_iter=100, shuffle=True,
                 random_state=None, momentum=0.9, beta_1=0.9, beta_2=None, epsilon=1e-8, weight_decay=0.01,
                 clip_norm=None, dropout=0.0, initialisation="glorot-uniform", scale="auto", early_stopping=False,
                 validation_fraction=0.1, n_iter_no_change=10, monitor="cost", tol=0.0, warm_start=False,
                 device="auto", engine="auto", precision="f32", verbose=False, class_weight=None, output="auto",
                 label_smoothing=0.0, categorical_features="from_dtype", max_categories=64, ensemble=1,
                 layer_rates=None, bias_rate=1.0, input_scale_rate=0.0, last_batch="keep"):
        super().__init__(hidden_layer_sizes, activation, optimizer, learning_rate_init, schedule, min_rate, warmup, l2,
                         batch_size, max_iter, shuffle, random_state, momentum, beta_1, beta_2, epsilon, weight_decay,
                         clip_norm, dropout, initialisation, scale, early_stopping, validation_fraction,
                         n_iter_no_change, monitor, tol, warm_start, device, engine, precision, verbose,
                         categorical_features, max_categories, ensemble, layer_rates, bias_rate, input_scale_rate,
                         last_batch)
        self.class_weight = class_weight
        self.output = output
        self.label_smoothing = label_smoothing

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags

    def _set_more(self, config):
        config.label_smoothing = _number("label_smoothing", self.label_smoothing, 0)

    def _output(self):
        if self._multilabel:
            if self.output not in ("auto", "sigmoid"):
                raise ValueError(f"output={self.output!r}: several labels at once take sigmoid")
            return "sigmoid"
        if self.output not in ("auto", "softmax", "sigmoid"):
            raise ValueError(f"output={self.output!r}: expected auto, softmax or sigmoid")
        return "softmax" if self.output == "auto" else self.output

    def _targets(self, X, y, reset):
        """Check X and y; (X, y) with y one row of classes, or a matrix of labels. X: numbers, or a table."""
        X = as_rows(X)
        if self._table if not reset else self._is_table(X):
            table = self._checked_table(X, y, reset, _columns(y) > 1)
            y = column_or_1d(y, warn=True)
            check_classification_targets(y)
            return table, y
        X, y = self._numbers(X, y, dtype=np.float64, multi_output=True, y_numeric=False, reset=reset)
        check_classification_targets(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        return self._sorted(X), y

    def _dataset(self, X, y, sample_weight, go_on):
        if self._multilabel:
            if self.class_weight is not None:
                raise ValueError(f"class_weight={self.class_weight!r}: several labels at once have no classes")
            y = y.toarray() if scipy.sparse.issparse(y) else y
            dataset = Dataset(X, y=np.ascontiguousarray(y, np.float64))
            self._weigh(X, sample_weight, dataset)
            return dataset
        where = f"column {self._target!r}" if isinstance(X, Table) else "y"
        for name in map(str, self.classes_.tolist()):
            if not name or "\0" in name:
                raise ValueError(f"{where} has the class {name!r}, which a model file cannot hold: it is empty or has "
                                 "a zero byte; rename it")
        labels = np.searchsorted(self.classes_, y)
        known = labels < len(self.classes_)
        known[known] = self.classes_[labels[known]] == y[known]
        if not known.all():
            raise ValueError(f"y has classes that are not in classes_: {np.unique(y[~known])!r}")
        if isinstance(X, Table):
            dataset = self._table_dataset(X, go_on, labels=labels, class_names=self.classes_)
        else:
            dataset = Dataset(X, labels=np.ascontiguousarray(labels, np.uintc), class_names=self.classes_)
        self._weigh(X, sample_weight, dataset)
        if isinstance(self.class_weight, str) and self.class_weight == "balanced":
            dataset.weigh_classes(None)
        elif isinstance(self.class_weight, dict):
            strange = [name for name in self.class_weight if name not in self.classes_]
            if strange:
                raise ValueError(f"class_weight: {strange!r} are no classes")
            dataset.weigh_classes(np.array([self.class_weight.get(k, 1.0) for k in self.classes_.tolist()],
                                           dtype=np.float64))
        elif self.class_weight is not None:
            raise ValueError(f"class_weight={self.class_weight!r}: expected a dict, 'balanced' or None")
        return dataset

    def fit(self, X, y, sample_weight=None):
        """Train.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or 0 and 1 of shape (n_samples, n_labels)
        sample_weight : array-like of shape (n_samples,), default=None
            How much each example counts in training. They are scaled to a mean of 1.

        Returns
        -------
        self : ClmlpClassifier
        """
        epochs = _whole("max_iter", self.max_iter, 1)
        go_on = bool(self.warm_start) and hasattr(self, "model_")
        before = getattr(self, "classes_", None), getattr(self, "_multilabel", None)
        X, y = self._targets(X, y, not go_on)
        multilabel = type_of_target(y).startswith("multilabel")
        if y.ndim == 2 and not multilabel:
            raise ValueError("y: several columns of classes are not supported; columns of 0 and 1 are")
        classes = unique_labels(y)
        if go_on and (multilabel != before[1] or not np.array_equal(classes, before[0])):
            raise ValueError(f"warm_start: y has the classes {classes!r}, the model {before[0]!r}")
        self.classes_, self._multilabel = classes, multilabel
        return self._train(X, self._dataset(X, y, sample_weight, go_on), self._output(), epochs, go_on, True)

    def partial_fit(self, X, y, classes=None, sample_weight=None):
        """One epoch over these examples, from the theta that is there. The optimizer begins anew, with rate and
        moments of a first step; scalings are those of the first call.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), or 0 and 1 of shape (n_samples, n_labels)
        classes : array-like of shape (n_classes,), default=None
            All classes that there will be; for the first call. None: those of its y.
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : ClmlpClassifier
        """
        if isinstance(self.class_weight, str) and self.class_weight == "balanced":
            raise ValueError("class_weight='balanced' is not for partial_fit, which sees a part of the examples")
        go_on = hasattr(self, "model_")
        X, y = self._targets(X, y, not go_on)
        if not go_on:
            self._multilabel = type_of_target(y).startswith("multilabel")
            self.classes_ = unique_labels(y if classes is None else classes)
        elif classes is not None and not np.array_equal(self.classes_, unique_labels(classes)):
            raise ValueError(f"classes={classes!r} is not the same as on the first call: {self.classes_!r}")
        return self._train(X, self._dataset(X, y, sample_weight, go_on), self._output(), 1, go_on, False)

    def predict_proba(self, X):
        """Probabilities.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        p : ndarray of shape (n_samples, n_classes)
            In the order of `classes_`; rows add up to 1, but for several labels at once, where each label has its own.
        """
        h = self._h(X)
        if self._multilabel:
            return h
        total = h.sum(axis=1, keepdims=True)
        return np.divide(h, total, out=np.full_like(h, 1 / h.shape[1]), where=total > 0)

    def predict_log_proba(self, X):
        """Logarithms of `predict_proba`."""
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X):
        """The class with the largest output, of equal ones the first; labels whose output is above 1/2.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_labels)
        """
        h = self._h(X)
        return (h > 0.5).astype(int) if self._multilabel else self.classes_[h.argmax(axis=1)]

    def _take(self, model):
        names = model.class_names()
        self._multilabel = names is None
        if names is None:
            if model.output() != "sigmoid":
                raise ValueError("the model predicts numbers: load it with ClmlpRegressor")
            self.classes_ = np.arange(model.units()[-1])
            return
        whole = all(_INTEGER.fullmatch(name) and -2**63 <= int(name) < 2**63 for name in names)
        self.classes_ = np.array([int(name) for name in names], np.int64) if whole else np.array(names)


class ClmlpRegressor(RegressorMixin, _Clmlp):
    __doc__ = """Fully connected network for numbers, one or several a row, on a CPU or an OpenCL device.
""" + _SHARED + """
    target_scale : str, default="auto"
        Scaling of the targets in training, which predictions undo: standard (auto), none.

    Attributes
    ----------""" + _ATTRIBUTES + """
    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from clmlp import ClmlpRegressor
    >>> X, y = load_diabetes(return_X_y=True)
    >>> ClmlpRegressor(random_state=1, device="cpu").fit(X, y).score(X, y) > 0.5
    True
    """

    def __init__(self, hidden_layer_sizes=(100,), activation="relu", *, optimizer="adam", learning_rate_init=None,
                 schedule="constant", min_rate=0.0, warmup=0, l2=0.0, batch_size="auto", max_iter=100, shuffle=True,
                 random_state=None, momentum=0.9, beta_1=0.9, beta_2=None, epsilon=1e-8, weight_decay=0.01,
                 clip_norm=None, dropout=0.0, initialisation="glorot-uniform", scale="auto", early_stopping=False,
                 validation_fraction=0.1, n_iter_no_change=10, monitor="cost", tol=0.0, warm_start=False,
                 device="auto", engine="auto", precision="f32", verbose=False, target_scale="auto",
                 categorical_features="from_dtype", max_categories=64, ensemble=1,
                 layer_rates=None, bias_rate=1.0, input_scale_rate=0.0, last_batch="keep"):
        super().__init__(hidden_layer_sizes, activation, optimizer, learning_rate_init, schedule, min_rate, warmup, l2,
                         batch_size, max_iter, shuffle, random_state, momentum, beta_1, beta_2, epsilon, weight_decay,
                         clip_norm, dropout, initialisation, scale, early_stopping, validation_fraction,
                         n_iter_no_change, monitor, tol, warm_start, device, engine, precision, verbose,
                         categorical_features, max_categories, ensemble, layer_rates, bias_rate, input_scale_rate,
                         last_batch)
        self.target_scale = target_scale

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _target_scale(self):
        return c.parse("scale", self.target_scale, "target_scale")

    def _run(self, X, y, sample_weight, epochs, go_on, stops):
        X = as_rows(X)
        if self._table if go_on else self._is_table(X):
            X = self._checked_table(X, y, not go_on, _columns(y) > 1)
            y = np.ascontiguousarray(column_or_1d(y, dtype=np.float64, warn=True))
        else:
            X, y = self._numbers(X, y, dtype=np.float64, multi_output=True, y_numeric=True, reset=not go_on)
            X = self._sorted(X)
        if go_on and (1 if y.ndim == 1 else y.shape[1]) != self.n_outputs_:
            raise ValueError(f"y has {1 if y.ndim == 1 else y.shape[1]} columns, the model {self.n_outputs_} outputs")
        if isinstance(X, Table):
            dataset = self._table_dataset(X, go_on, values=y)
        else:
            dataset = Dataset(X, y=np.ascontiguousarray(y.reshape(len(y), -1), np.float64))
        self._weigh(X, sample_weight, dataset)
        self._one_target = y.ndim == 1
        return self._train(X, dataset, "linear", epochs, go_on, stops)

    def fit(self, X, y, sample_weight=None):
        """Train.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None
            How much each example counts in training. They are scaled to a mean of 1.

        Returns
        -------
        self : ClmlpRegressor
        """
        epochs = _whole("max_iter", self.max_iter, 1)
        go_on = bool(self.warm_start) and hasattr(self, "model_")
        return self._run(X, y, sample_weight, epochs, go_on, True)

    def partial_fit(self, X, y, sample_weight=None):
        """One epoch over these examples, from the theta that is there. The optimizer begins anew, with rate and
        moments of a first step; scalings are those of the first call.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        sample_weight : array-like of shape (n_samples,), default=None

        Returns
        -------
        self : ClmlpRegressor
        """
        return self._run(X, y, sample_weight, 1, hasattr(self, "model_"), False)

    def predict(self, X):
        """Numbers, in the units of the y that was trained on.

        Parameters
        ----------
        X : array-like, DataFrame or sparse matrix of shape (n_samples, n_features)

        Returns
        -------
        y : ndarray of shape (n_samples,) or (n_samples, n_outputs)
        """
        h = self._h(X)
        return h.ravel() if self._one_target else h

    def _take(self, model):
        if model.output() != "linear" or model.class_names() is not None:
            raise ValueError("the model predicts classes or labels: load it with ClmlpClassifier")
        self._one_target = model.units()[-1] == 1
