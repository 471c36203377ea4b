"""Tables: columns of numbers, texts, dates and gaps, as the library takes them. pandas is not needed."""
import datetime
import numbers

import numpy as np
import scipy.sparse

from ._spellings import ask

_GAPS = ("NAType", "NaTType")  # pandas.NA and pandas.NaT
_SPANS = (datetime.timedelta, np.timedelta64)  # pandas.Timedelta is one


def is_frame(X):
    """Whether X has columns with names and types of their own, as a pandas or polars DataFrame."""
    return hasattr(X, "columns") and hasattr(X, "dtypes") and not isinstance(X, np.ndarray)


def _series(X, j):
    return X.iloc[:, j] if hasattr(X, "iloc") else X[X.columns[j]]


def _kind(dtype):
    """A letter as NumPy has it; O: texts, or anything."""
    if str(dtype) in ("category", "Categorical", "Enum"):
        return "O"
    kind = getattr(dtype, "kind", None)
    if kind is None:  # polars
        is_numeric = getattr(dtype, "is_numeric", None)
        if str(dtype).startswith("Duration"):
            return "m"
        kind = "f" if is_numeric is not None and is_numeric() else "O"
    return kind


def _is_gap(value):
    return value is None or type(value).__name__ in _GAPS or (isinstance(value, numbers.Real) and value != value)


def _is_cell(value):
    """Whether it is one that is taken, or one that is refused with the name of its column."""
    return (_is_gap(value) or isinstance(value, (str, bool, np.bool_, numbers.Real, datetime.date, np.datetime64)) or
            isinstance(value, _SPANS) or type(value).__name__ == "Period")


def as_rows(X):
    """X as it is, or as a matrix of objects where NumPy would make texts of its numbers."""
    if scipy.sparse.issparse(X) or is_frame(X) or (isinstance(X, np.ndarray) and X.dtype.kind != "U"):
        return X
    rows = X if isinstance(X, np.ndarray) else np.asarray(X) if hasattr(X, "__array__") else _listed(X)
    return np.asarray(X, dtype=object) if rows is not None and rows.dtype.kind == "U" and rows.ndim == 2 else X


def _listed(X):
    try:
        return np.asarray(X)
    except ValueError:  # rows of different lengths: scikit-learn says so
        return None


def is_matrix(X):
    """Whether X has rows and columns."""
    if is_frame(X) or scipy.sparse.issparse(X):
        return True
    rows = X if isinstance(X, np.ndarray) else np.asarray(X) if hasattr(X, "__array__") else _listed(X)
    return rows is not None and rows.ndim == 2


def needs_table(X):
    """Whether X has what a matrix of numbers cannot hold: texts, dates, gaps."""
    if is_frame(X):
        types = list(X.dtypes)
        if any(_kind(dtype) not in "iuf" for dtype in types):
            return True
        return any(_has_gaps(_series(X, j)) for j in range(len(types)))
    if not isinstance(X, np.ndarray) or X.ndim != 2:
        return isinstance(X, (list, tuple)) and _has_gaps(_listed(X))
    if X.dtype.kind in "mM":
        return True
    if X.dtype.kind == "O":
        try:
            return bool(np.isnan(X.astype(np.float64)).any())
        except (TypeError, ValueError):
            return all(_is_cell(value) for value in X.ravel())  # what is none of these, scikit-learn refuses
    return _has_gaps(X)


def _has_gaps(values):
    if hasattr(values, "isna"):
        return bool(values.isna().any())
    if hasattr(values, "is_null"):
        return bool(values.is_null().any() or (_kind(values.dtype) == "f" and values.is_nan().any()))
    return isinstance(values, np.ndarray) and values.dtype.kind == "f" and bool(np.isnan(values).any())


class Table:
    """Columns: each numbers, NaN where there is none, or texts, None where there is none.

    Parameters
    ----------
    X : DataFrame or ndarray of shape (m, n)
    names : list of str
    categorical_features : "from_dtype", None, or an array-like of numbers, names or booleans
        Columns whose cells are categories even where all of them look like numbers.
    asks : bool
        Whether texts that look like numbers or dates of another spelling are an error: where a model is to be made.
    of_model : list of bool, or None
        Columns that are categories of the model that the table is for.
    """

    def __init__(self, X, names, categorical_features="from_dtype", asks=False, of_model=None):
        self.rows, self.names = len(X), names
        if self.rows == 0:
            raise ValueError(f"Found array with 0 sample(s) (shape=(0, {len(names)})) while a minimum of 1 is "
                             "required.")
        self.categorical = _listed_columns(categorical_features, X, names)
        self.numbers, self.texts = [None] * len(names), [None] * len(names)
        for j, name in enumerate(names):
            column = _series(X, j) if is_frame(X) else X[:, j]
            typed = str(column.dtype) in ("category", "Categorical", "Enum")
            if typed:
                self.categorical[j] = self.categorical[j] or categorical_features == "from_dtype"
            self._read(j, name, column)
            if asks and not typed and not self.categorical[j] and self.texts[j] is not None:
                title = X.columns[j] if is_frame(X) else j
                where = f"X[{title!r}]" if is_frame(X) else f"pandas.Series(X[:, {j}])"
                ask(name, self.texts[j], where, title if isinstance(title, str) else j)
            if categorical_features is None and self.texts[j] is not None:
                raise ValueError(f"column {name!r} has no numbers; categorical_features='from_dtype' takes it")
            if (self.categorical[j] or (of_model and of_model[j])) and self.numbers[j] is not None:
                values = column.to_list() if hasattr(column, "to_list") else column.tolist()
                self.numbers[j], self.texts[j] = None, [_code(value) for value in values]

    def _read(self, j, name, column):
        kind = _kind(column.dtype)
        if kind in "iuf":
            self.numbers[j] = _floats(column)
        elif kind == "m":
            raise _no_cells(name, "durations")
        elif kind == "M":
            self.texts[j] = _dates(name, column)
        else:
            values = np.asarray(column.astype(object) if hasattr(column, "astype") else column.to_numpy(), object)
            floats = _all_numbers(values)
            if floats is not None:
                self.numbers[j] = floats
            else:
                self.texts[j] = _without_midnight(values, [_text(name, value) for value in values])
        if self.numbers[j] is not None and np.isinf(self.numbers[j]).any():
            raise ValueError(f"Input X contains infinity or a value too large for dtype('float64'): column {name!r}")


def _listed_columns(features, X, names):
    chosen = [False] * len(names)
    if features is None or (isinstance(features, str) and features == "from_dtype"):
        return chosen
    if isinstance(features, str) or not np.iterable(features):
        raise ValueError(f"categorical_features={features!r}: expected 'from_dtype', None, or a list of columns")
    features = np.asarray(features, dtype=object).tolist()
    if features and all(isinstance(feature, (bool, np.bool_)) for feature in features):
        if len(features) != len(names):
            raise ValueError(f"categorical_features has {len(features)} booleans, X {len(names)} columns")
        return [bool(feature) for feature in features]
    known = [str(name) for name in X.columns] if is_frame(X) else []
    for feature in features:
        whole = isinstance(feature, numbers.Integral) and -len(names) <= feature < len(names)
        if not whole and feature not in known:
            raise ValueError(f"categorical_features: X has no column {feature!r}")
        chosen[int(feature) if whole else known.index(feature)] = True
    return chosen


def _floats(column):
    if hasattr(column, "isna"):  # pandas: NA becomes NaN
        return np.ascontiguousarray(column.to_numpy(dtype=np.float64, na_value=np.nan))
    values = column.to_numpy() if hasattr(column, "to_numpy") else column
    return np.ascontiguousarray(values, np.float64)


def _all_numbers(values):
    """Objects that are all numbers or gaps, as floats; None: they are not, or all gaps."""
    floats = np.empty(len(values))
    seen = False
    for i, value in enumerate(values):
        if _is_gap(value):
            floats[i] = np.nan
        elif isinstance(value, numbers.Real) and not isinstance(value, (bool, np.bool_, np.timedelta64)):
            floats[i], seen = value, True
        else:
            return None
    return floats if seen else None


def _dates(name, column):
    if getattr(column.dtype, "tz", None) is not None:
        raise ValueError(f"column {name!r} has a time zone; say which times are meant: "
                         f"X[{name!r}].dt.tz_localize(None)")
    values = np.asarray(column.to_numpy() if hasattr(column, "to_numpy") else column).astype("M8[s]")
    there = ~np.isnat(values)
    days = (values[there] == values[there].astype("M8[D]")).all()
    texts = np.datetime_as_string(values, unit="D" if days else "s")
    return [str(text) if known else None for text, known in zip(texts, there)]


def _without_midnight(values, texts):
    """Times that are all midnight are dates, as pandas writes them."""
    for value in values:
        if not _is_gap(value) and not (isinstance(value, datetime.date) and not any(value.timetuple()[3:6])):
            return texts
    return [None if text is None else text[:10] for text in texts]


def _no_cells(name, what):
    way = "numbers of them, as pandas does with .dt.total_seconds()"
    if what == "periods":
        way = "dates of them, as pandas does with .dt.to_timestamp()"
    return TypeError(f"column {name!r} has {what}, which are not taken (argument must be a string or a real number); "
                     f"make {way}")


def _code(value):
    """A number that is a category: a whole one as integers are written, so that none are merged as floats."""
    if _is_gap(value):
        return None
    if isinstance(value, numbers.Integral) or (float(value).is_integer() and abs(value) < 2**63):
        return str(int(value))
    return repr(float(value))


def _text(name, value):
    """A cell as a text; None: a gap."""
    if _is_gap(value):
        return None
    if isinstance(value, _SPANS) or type(value).__name__ == "Period":
        raise _no_cells(name, "durations" if isinstance(value, _SPANS) else "periods")
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError(f"column {name!r} has a text with a zero byte")
        return str(value)
    if isinstance(value, numbers.Integral):
        return str(int(value))
    if isinstance(value, numbers.Real):
        return repr(float(value))
    if isinstance(value, np.datetime64):
        return str(np.datetime_as_string(value.astype("M8[s]")))
    if isinstance(value, datetime.datetime):
        if value.tzinfo is not None:
            raise ValueError(f"column {name!r} has times with a time zone, which are not taken")
        return value.replace(microsecond=0).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"column {name!r}: argument must be a string or a real number, not {type(value).__name__!r}")
