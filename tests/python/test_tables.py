"""Columns of texts, dates and gaps; ensembles; and the same as the program does with them, to the bit."""
import datetime
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import BaggingClassifier
from sklearn.model_selection import cross_val_predict, cross_val_score

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "export"))
import tables

import clmlp
from clmlp import ClmlpClassifier, ClmlpRegressor

SCRATCH = Path(os.environ["CLMLP_SCRATCH"])
pytestmark = pytest.mark.filterwarnings("ignore::clmlp.ClmlpWarning")
SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 4, "random_state": 3, "device": "cpu"}
PROGRAM = ["--hidden", "6", "--activation", "relu", "--optimizer", "adam", "--epochs", "4", "--batch", "32", "--seed",
           "3"]


def program(*words):
    done = subprocess.run([os.environ["CLMLP_PROGRAM"], *map(str, words), "--device", "cpu", "--quiet"],
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def write(path, names, rows):
    import csv
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows([names, *rows])


def number(cell):
    return None if cell in ("", "NA", "nan", "-999") else float(cell)


def text(cell):
    return None if cell in ("", "NA", "nan") else cell


def truth(cell):
    return {"yes": True, "true": True, "no": False, "false": False}.get(cell.lower())


def day(cell):
    return None if text(cell) is None else datetime.datetime.fromisoformat(cell)


TYPES = {"people": [number, text, truth, day, number, number], "houses": [number, number, text, day, truth]}


def as_objects(name, rows, seed):
    """The table as a matrix of Python's objects, its targets, and the same as CSV for the program."""
    names, table, target, more = getattr(tables, name)(rows, seed)
    write(SCRATCH / f"{name}.csv", names, table)
    X = np.array([[kind(cell) for kind, cell in zip(TYPES[name], row)] for row in table], dtype=object)
    return names[:-1], X, np.array([row[-1] for row in table]), target, more


def as_frame(names, X):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=names)
    for column in ("age", "income", "visits", "area", "rooms"):
        if column in frame:
            frame[column] = frame[column].astype("Float64" if column in ("age", "rooms") else float)
    for column in ("since", "sold"):
        if column in frame:
            frame[column] = pandas.to_datetime(frame[column])
    for column in ("member", "garden"):
        if column in frame:
            frame[column] = frame[column].astype("boolean")
    for column in ("city", "kind"):
        if column in frame:
            frame[column] = frame[column].astype("string" if column == "city" else "category")
    return frame


@pytest.mark.parametrize("name", ["people", "houses"])
def test_a_table_has_the_bits_of_the_program(name):
    names, X, y, target, more = as_objects(name, 200, 5)
    data, model, out = (SCRATCH / f"{name}{end}" for end in (".csv", ".safetensors", ".npy"))
    make, kind = (ClmlpClassifier, ["--output", "softmax"]) if name == "people" else (ClmlpRegressor, [])
    if name == "houses":
        y = y.astype(float)
    program("train", data, "--model", model, "--overwrite", "--target", target, *PROGRAM, *kind, *more)
    program("predict", model, data, "--target", target, "--overwrite", "--out", out,
            *[option for option in more if option.startswith("--missing")])
    theirs = np.load(out)
    for rows in (as_frame(names, X), X):
        ours = make(**SETTINGS).fit(rows, y)
        assert ours.n_features_in_ == len(names)
        assert np.array_equal(ours._h(rows).ravel(), theirs.ravel())
        again = pickle.loads(pickle.dumps(ours))
        assert np.array_equal(again._h(rows).ravel(), theirs.ravel())
    loaded = make.load(model, device="cpu")
    assert np.array_equal(loaded._h(as_frame(names, X)).ravel(), theirs.ravel())
    assert list(loaded.feature_names_in_) == names
    ours = make(**SETTINGS).fit(as_frame(names, X), y)
    assert list(ours.feature_names_in_) == names
    ours.save(model)  # the program takes it
    program("predict", model, data,
            "--overwrite", "--out", out, "--target", target, "--missing-values=,NA,-999,nan,NaN,None")
    with pytest.raises(ValueError, match="feature names"):
        ours.predict(as_frame(names, X)[names[::-1]])


def test_numbers_without_gaps_are_as_before():
    pandas = pytest.importorskip("pandas")
    X, y = load_iris(return_X_y=True)
    plain = ClmlpClassifier(**SETTINGS).fit(X, y)
    for rows in (X.astype(object), X.tolist(), pandas.DataFrame(X)):
        assert np.array_equal(clone(plain).fit(rows, y).predict_proba(rows), plain.predict_proba(X))


def test_gaps_in_numbers():
    X, y = load_iris(return_X_y=True)
    X = X.copy()
    X[::7, 1] = np.nan
    model = ClmlpClassifier(**{**SETTINGS, "max_iter": 60}).fit(X, y)
    assert model.score(X, y) > 0.9 and model.n_features_in_ == 4
    with_none = X.astype(object)
    with_none[::7, 1] = None
    assert np.array_equal(model.predict_proba(with_none), model.predict_proba(X))
    assert np.array_equal(clone(model).fit(with_none, y).predict_proba(X), model.predict_proba(X))
    assert np.array_equal(clone(model).fit(X.tolist(), y).predict_proba(X), model.predict_proba(X))
    for infinite in (np.where(np.isnan(X), np.inf, X), np.where(X == X[0, 0], np.inf, X)):
        with pytest.raises(ValueError, match="infinity"):
            clone(model).fit(infinite, y)
        with pytest.raises(ValueError, match="infinity"):
            model.predict(infinite)
    plain = ClmlpClassifier(**SETTINGS).fit(load_iris().data, y)
    with pytest.raises(ValueError, match="NaN"):  # it has nothing to put in their place
        plain.predict(X)
    with pytest.raises(ValueError, match="NaN"):
        ClmlpRegressor(**SETTINGS).fit(X, np.where(y == 1, np.nan, y))


def test_columns_of_categories():
    draw = np.random.default_rng(1)
    codes = draw.integers(1000, 1003, 300)
    X = np.column_stack([draw.normal(size=300), codes, draw.integers(0, 2, 300)])
    y = (codes == 1001).astype(int)
    settings = {**SETTINGS, "max_iter": 30, "scale": "none"}
    by_number = ClmlpClassifier(categorical_features=[1], **settings).fit(X, y)
    assert by_number.score(X, y) == 1.0 and by_number.coefs_[0].shape[0] == 1 + 3 + 1
    for features in ([False, True, False], [-2], np.array([1])):
        other = ClmlpClassifier(categorical_features=features, **settings).fit(X, y)
        assert np.array_equal(other.predict_proba(X), by_number.predict_proba(X))
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(X, columns=["u", 'a "strange, name"', "v"]).astype({'a "strange, name"': int})
    named = ClmlpClassifier(categorical_features=['a "strange, name"'], **settings).fit(frame, y)
    typed = ClmlpClassifier(**settings).fit(frame.astype({'a "strange, name"': "category"}), y)
    assert named.coefs_[0].shape[0] == typed.coefs_[0].shape[0] == 5
    assert np.array_equal(named.predict_proba(frame), typed.predict_proba(frame))
    for features, words in ((["no such"], "no column 'no such'"), ([7], "no column 7"), ("u", "expected 'from_dtype'"),
                            ([True], "1 booleans")):
        with pytest.raises(ValueError, match=words):
            ClmlpClassifier(categorical_features=features, **settings).fit(frame, y)
    with pytest.raises(ValueError, match="has no numbers"):
        ClmlpClassifier(categorical_features=None, **settings).fit(frame.assign(u="text"), y)
    with pytest.raises(ValueError, match="max-categories|max_categories"):
        ClmlpClassifier(categorical_features=[1], max_categories=2, **settings).fit(X, y)


def test_what_was_not_seen_is_told():
    names, X, y, _, _ = as_objects("people", 100, 6)
    model = ClmlpClassifier(**SETTINGS).fit(X, y)
    strange = X[:3].copy()
    strange[1, 1] = "Atlantis"
    with pytest.warns(clmlp.ClmlpWarning, match="were not in the training data|was not in the training data"):
        model.predict(strange)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(X)
    strange[1, 2] = "maybe"
    with pytest.raises(ValueError, match="maybe"):
        model.predict(strange)


def test_what_is_no_cell_is_an_error():
    X = np.array([["a", 1.0], ["b", 2.0], ["c", 3.0], ["a", 4.0]], dtype=object)
    y = [0, 1, 0, 1]
    model = ClmlpClassifier(**SETTINGS).fit(X, y)
    for cell, error, words in (({}, TypeError, "string.* number"), ("a\0", ValueError, "zero byte"),
                               (datetime.datetime.now(datetime.timezone.utc), ValueError, "time zone")):
        strange = X.copy()
        strange[0, 0] = cell
        with pytest.raises(error, match=words):
            model.predict(strange)
    with pytest.raises(ValueError, match="one target"):
        ClmlpRegressor(**SETTINGS).fit(X, np.ones((4, 2)))
    with pytest.raises(ValueError, match="features"):
        model.predict(X[:, :1])
    with pytest.raises(ValueError, match="inconsistent"):
        model.fit(X, y[:2])
    pandas = pytest.importorskip("pandas")
    for frame, words in ((pandas.DataFrame([["a", 1], ["b", 2]], columns=["u", "u"]), "unique|twice"),
                         (pandas.DataFrame({"t": pandas.date_range("2020-01-01", periods=2, tz="UTC")}), "tz_localize"),
                         (pandas.DataFrame({"t": []}, dtype=object), "0 sample")):
        with pytest.raises(ValueError, match=words):
            ClmlpClassifier(**SETTINGS).fit(frame, y[:len(frame)])


def test_partial_fit_weights_and_cross_validation_of_tables():
    names, X, y, _, _ = as_objects("people", 150, 7)
    model = ClmlpClassifier(**SETTINGS).partial_fit(X[:100], y[:100], classes=np.unique(y))
    width = model.coefs_[0].shape
    model.partial_fit(X[100:], y[100:])
    assert model.coefs_[0].shape == width and model.n_iter_ == 2
    even = ClmlpClassifier(**SETTINGS).fit(X, y, sample_weight=np.full(150, 2.0))
    assert np.array_equal(even.predict_proba(X), ClmlpClassifier(**SETTINGS).fit(X, y).predict_proba(X))
    stopping = ClmlpClassifier(**{**SETTINGS, "early_stopping": True, "max_iter": 20}).fit(X, y)
    assert 1 <= stopping.best_epoch_ <= 20
    scores = [cross_val_score(ClmlpClassifier(**SETTINGS), X, y, cv=3, error_score="raise") for _ in range(2)]
    assert np.array_equal(*scores) and scores[0].shape == (3,)
    folds = [cross_val_predict(ClmlpClassifier(**SETTINGS), X, y, cv=3, method="predict_proba", n_jobs=jobs)
             for jobs in (None, 2)]
    assert np.array_equal(*folds)
    with joblib.parallel_backend("threading", n_jobs=2):
        threads = cross_val_predict(ClmlpClassifier(**SETTINGS), X, y, cv=3, method="predict_proba", n_jobs=2)
    assert np.array_equal(threads, folds[0])


def test_ensembles_have_the_bits_of_the_program():
    X, y = load_diabetes(return_X_y=True)
    data, path, out = (SCRATCH / f"ensemble{end}" for end in (".csv", ".safetensors", ".npy"))
    write(data, [*(f"x{j}" for j in range(10)), "y"], [[*map(repr, map(float, row)), t] for row, t in zip(X, y)])
    program("train", data, "--model", path, "--overwrite", "--task", "regress", *PROGRAM, "--ensemble", "3")
    program("predict", path, data, "--target", "y", "--overwrite", "--out", out)
    model = ClmlpRegressor(ensemble=3, **SETTINGS).fit(X, y)
    assert np.array_equal(model.predict(X), np.load(out).ravel())
    assert np.array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))
    alone = [ClmlpRegressor(**{**SETTINGS, "random_state": 3 + k}).fit(X, y).predict(X) for k in range(3)]
    assert np.allclose(np.mean(alone, axis=0), model.predict(X), rtol=1e-12)
    assert np.array_equal(ClmlpRegressor.load(path, device="cpu").predict(X), model.predict(X))
    with pytest.raises(AttributeError, match="ensemble of 3"):
        model.coefs_
    for wrong in (lambda: model.partial_fit(X, y), lambda: ClmlpRegressor(ensemble=0, **SETTINGS).fit(X, y)):
        with pytest.raises(ValueError, match="ensemble"):
            wrong()


def test_bagging_takes_it():
    X, y = load_iris(return_X_y=True)
    bags = BaggingClassifier(ClmlpClassifier(**{**SETTINGS, "max_iter": 40}), n_estimators=3, random_state=1)
    assert np.array_equal(bags.fit(X, y).predict(X), clone(bags).fit(X, y).predict(X)) and bags.score(X, y) > 0.8


def test_a_pickle_of_a_version_that_knew_less():
    X, y = load_iris(return_X_y=True)
    model = ClmlpClassifier(**SETTINGS).fit(X, y)
    state = dict(model.__getstate__())
    for name in ("categorical_features", "max_categories", "ensemble", "_table"):
        state.pop(name, None)
    old = ClmlpClassifier.__new__(ClmlpClassifier)
    old.__setstate__(state)
    assert np.array_equal(old.predict_proba(X), model.predict_proba(X))
    assert old.get_params() == model.get_params() and clone(old).fit(X, y).n_iter_ == 4


TABULAR = {"hidden_layer_sizes": (128, 128, 128), "scale": "robust-clip", "beta_2": 0.95,
           "learning_rate_init": 0.007, "layer_rates": "fan-in", "bias_rate": 1.6, "input_scale_rate": 6,
           "schedule": "cosine", "dropout": 0.15, "batch_size": 64, "last_batch": "drop"}


@pytest.mark.parametrize("name", ["people", "houses"])
def test_the_preset_for_tables_by_parameters(name):
    _, X, y, target, more = as_objects(name, 150, 8)
    data, model, out = SCRATCH / f"{name}.csv", SCRATCH / f"preset_{name}.safetensors", SCRATCH / f"preset_{name}.npy"
    program("train", data, "--model", model, "--overwrite", "--target", target, "--preset", "tabular",
            "--epochs", "3", "--seed", "3", *more)
    program("predict", model, data, "--target", target, "--out", out, "--overwrite",
            *[option for option in more if option.startswith("--missing")])
    own = {**TABULAR, "max_iter": 3, "random_state": 3, "device": "cpu"}
    if name == "people":
        ours = ClmlpClassifier(activation="selu", label_smoothing=0.1, **own).fit(X, y)
    else:
        ours = ClmlpRegressor(activation="mish", **own).fit(X, y.astype(float))
    assert np.array_equal(ours._h(X).ravel(), np.load(out).ravel())


def test_factors_of_the_rate():
    X, y = load_iris(return_X_y=True)
    plain = ClmlpClassifier(**SETTINGS).fit(X, y)
    ones = ClmlpClassifier(layer_rates=[1, 1], bias_rate=1, **SETTINGS).fit(X, y)
    assert np.array_equal(ones.predict_proba(X), plain.predict_proba(X))
    for settings in ({"layer_rates": [1, 0.5]}, {"layer_rates": "fan-in"}, {"bias_rate": 2.0}, {"input_scale_rate": 1},
                     {"last_batch": "drop"}):
        other = ClmlpClassifier(**{**SETTINGS, **settings}).fit(X, y)
        assert not np.array_equal(other.predict_proba(X), plain.predict_proba(X)), settings
    for settings, words in (({"layer_rates": [1]}, "2 numbers"), ({"layer_rates": "fanin"}, "'fan-in'"),
                            ({"layer_rates": [1, -1]}, "layer_rates"), ({"bias_rate": 0}, "above 0"),
                            ({"input_scale_rate": -1}, "0 or more"), ({"last_batch": "Drop"}, "did you mean 'drop'")):
        with pytest.raises(ValueError, match=words):
            ClmlpClassifier(**{**SETTINGS, **settings}).fit(X, y)
