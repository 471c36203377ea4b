"""Names of classes and categories: what a model file gives back, and what it cannot hold."""
import os
import pickle
import subprocess
import warnings
from pathlib import Path

import numpy as np
import pytest

import clmlp
from clmlp import ClmlpClassifier

SCRATCH = Path(os.environ["CLMLP_SCRATCH"])
SETTINGS = {"hidden_layer_sizes": (5,), "max_iter": 4, "random_state": 3, "device": "cpu"}
X = np.random.default_rng(1).normal(size=(60, 4))


def names(classes, repeats=60):
    return np.array((list(classes) * repeats)[:60], dtype=object)


@pytest.mark.parametrize("classes", [["10000000000000000001", "10000000000000000002", "5"], ["1" * 10, "5" * 30],
                                     ["9223372036854775808", "1"], ["-9223372036854775809", "1"], ["9" * 5000, "1"],
                                     ["²", "³"], ["١", "٢"], ["--5", "1"], ["-0", "1"], ["01", "1"], ["+1", "1"],
                                     ["1\n", "2"], ["1.0", "2.0"], ["1_0", "2"]])
def test_names_of_classes_that_are_no_integers_stay_texts(classes):
    model = ClmlpClassifier(**SETTINGS).fit(X, names(classes))
    model.save(SCRATCH / "texts.safetensors")
    again = ClmlpClassifier.load(SCRATCH / "texts.safetensors", device="cpu")
    assert again.classes_.tolist() == sorted(classes)
    assert again.predict(X).tolist() == model.predict(X).tolist()


def test_names_of_classes_that_are_integers_become_integers():
    classes = [-2**63, -10, 0, 7, 2**53 + 1, 2**63 - 1]
    model = ClmlpClassifier(**SETTINGS).fit(X, np.array(classes * 10))
    model.save(SCRATCH / "integers.safetensors")
    again = ClmlpClassifier.load(SCRATCH / "integers.safetensors", device="cpu")
    assert again.classes_.dtype == np.int64 and again.classes_.tolist() == classes
    assert again.predict(X).tolist() == model.predict(X).tolist()


@pytest.mark.parametrize("name", ["", "a\0b"])
@pytest.mark.parametrize("rows", [X, np.array([["u", 1.0], ["v", 2.0]] * 30, dtype=object)])
def test_names_of_classes_that_a_file_cannot_hold_are_refused(name, rows):
    model = ClmlpClassifier(**SETTINGS)
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=r"^(y|column 'target') has the class ") as told:
            fit(rows, names([name, "b"]))
        assert repr(name) in str(told.value)
        with pytest.raises(ValueError, match="has the class "):
            ClmlpClassifier(**SETTINGS).partial_fit(rows, names(["a", "b"]), classes=[name, "a", "b"])
    model.fit(rows, names([" ", "ä\n", '"']))
    assert pickle.loads(pickle.dumps(model)).predict(rows).tolist() == model.predict(rows).tolist()


def test_names_of_columns_with_a_zero_byte_are_refused():
    pandas = pytest.importorskip("pandas")
    for dtype in (float, "category"):
        frame = pandas.DataFrame(X, columns=["a\0b", "a\0c", "d", "e"]).round(0).astype(dtype)
        with pytest.raises(ValueError, match=r"'a\\x00b'.* zero byte"):
            ClmlpClassifier(**SETTINGS).fit(frame, names("uv"))
    frame = pandas.DataFrame({"city": pandas.Series(["a\0b", "a\0c"] * 30, dtype="category")})
    with pytest.raises(ValueError, match="column 'city' has a text with a zero byte"):
        ClmlpClassifier(**SETTINGS).fit(frame, names("uv"))


# --- how numbers of categorical columns are spelled -----------------------------------------------------------


def codes(kind):
    pandas = pytest.importorskip("pandas")
    values = [2**53, 2**53 + 1, -2**63, 2**63 - 1, 10**15, 3]
    column = pandas.Series(values * 20, dtype={"typed": "int64", "frame": "int64"}.get(kind, kind))
    return column.astype("category") if kind == "typed" else column, np.array(list(range(6)) * 20)


@pytest.mark.parametrize("kind", ["frame", "typed", "Int64", object])
def test_whole_numbers_as_categories_are_exact(kind):
    column, y = codes(kind)
    frame = column.to_frame("id")
    settings = {**SETTINGS, "hidden_layer_sizes": (), "max_iter": 60}
    model = ClmlpClassifier(categorical_features=["id"], **settings).fit(frame, y)
    assert model.coefs_[0].shape[0] == 6 and model.score(frame, y) == 1
    model.save(SCRATCH / "ids.safetensors")
    again = ClmlpClassifier.load(SCRATCH / "ids.safetensors", device="cpu")  # knows it from the file
    frame.to_csv(SCRATCH / "ids.csv", index=False)
    done = subprocess.run([os.environ["CLMLP_PROGRAM"], "predict", SCRATCH / "ids.safetensors", SCRATCH / "ids.csv",
                           "--device", "cpu"], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "training data" not in done.stderr, done.stderr
    for rows in (frame, frame.astype("int64"), frame.astype("int64").astype(str)):
        with warnings.catch_warnings():
            warnings.simplefilter("error", clmlp.ClmlpWarning)
            assert np.array_equal(again.predict_proba(rows), model.predict_proba(frame))
    array = ClmlpClassifier(categorical_features=[0], **settings).fit(column.to_numpy().reshape(-1, 1), y)
    assert np.array_equal(array.predict_proba(column.to_numpy().reshape(-1, 1)), model.predict_proba(frame))


def test_other_numbers_as_categories():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"code": [0.0, 100000.0, 1e15, 1e22, 0.1, np.nan] * 10})
    model = ClmlpClassifier(categorical_features=["code"], **SETTINGS)
    with pytest.warns(clmlp.ClmlpWarning, match="missing"):
        model.fit(frame, names("uvw"))
    spelled = ["0", "100000", "1000000000000000", "1e+22", "0.1", None] * 10
    with warnings.catch_warnings():
        warnings.simplefilter("error", clmlp.ClmlpWarning)
        assert np.array_equal(model.predict_proba(pandas.DataFrame({"code": spelled})), model.predict_proba(frame))
        model.predict(frame.head(2).astype(int))  # one without gaps
        model.predict(frame.head(1).astype("float32"))
    for rows in (frame.replace(0.1, np.inf), frame.astype("float32").replace(np.float32(0.1), -np.inf)):
        with pytest.raises(ValueError, match="infinity"):
            model.predict(rows)
