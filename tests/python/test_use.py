"""What people do with the estimators; and the same as the program does, to the bit."""
import copy
import json
import os
import pickle
import subprocess
import threading
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_digits, load_iris, make_multilabel_classification
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import clmlp
from clmlp import ClmlpClassifier, ClmlpRegressor

SCRATCH = Path(os.environ["CLMLP_SCRATCH"])
IRIS = load_iris(return_X_y=True)


def classifier(**parameters):
    return ClmlpClassifier(**{"hidden_layer_sizes": 8, "max_iter": 20, "random_state": 3, "device": "cpu",
                              **parameters})


def regressor(**parameters):
    return ClmlpRegressor(**{"hidden_layer_sizes": 8, "max_iter": 20, "random_state": 3, "device": "cpu",
                             **parameters})


def program(*words):
    done = subprocess.run([os.environ["CLMLP_PROGRAM"], *map(str, words), "--device", "cpu"], capture_output=True,
                          text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def write_table(path, X, y, names):
    rows = [",".join(names), *(",".join([*(repr(float(v)) for v in x), str(t)]) for x, t in zip(X, y))]
    path.write_text("\n".join(rows) + "\n")


# --- beside the program, to the bit ------------------------------------------------------------------------

NAMES = ["sepal length", "sepal width", "petal length", "petal width"]


def as_frame(X):
    return pytest.importorskip("pandas").DataFrame(X, columns=NAMES)


@pytest.mark.parametrize("precision", ["f32", "f64"])
def test_classes_have_the_bits_of_the_program(precision):
    X, y = IRIS
    data, model, out = (SCRATCH / f"iris-{precision}{end}" for end in (".csv", ".safetensors", ".npy"))
    write_table(data, X, y, [*NAMES, "kind"])
    program("train", data, "--model", model, "--overwrite", "--hidden", "8", "--activation", "tanh", "--output",
            "softmax", "--optimizer", "adam", "--epochs", "20", "--batch", "32", "--seed", "3", "--lambda", "0.5",
            "--schedule", "cosine", "--dropout", "0.1", "--precision", precision)
    program("predict", model, data, "--overwrite", "--out", out, "--precision", precision)
    ours = classifier(activation="tanh", l2=0.5, schedule="cosine", dropout=0.1, precision=precision).fit(X, y)
    theirs = ClmlpClassifier.load(model, device="cpu", precision=precision)
    for a, b in zip(ours.coefs_ + ours.intercepts_, theirs.coefs_ + theirs.intercepts_):
        assert np.array_equal(a, b)
    assert np.array_equal(ours._h(X), np.load(out))
    assert np.array_equal(ours.predict(X), theirs.predict(as_frame(X)))
    assert list(theirs.feature_names_in_) == NAMES and theirs.classes_.tolist() == [0, 1, 2]


def test_numbers_that_are_held_out_have_the_bits_of_the_program():
    X, y = load_diabetes(return_X_y=True)
    data, model = SCRATCH / "diabetes.csv", SCRATCH / "diabetes.safetensors"
    write_table(data, X, y, [f"x{j}" for j in range(X.shape[1])] + ["y"])
    told = json.loads(program("train", data, "--model", model, "--overwrite", "--task", "regress", "--hidden", "8",
                              "--activation", "relu", "--optimizer", "adam", "--epochs", "60", "--batch", "32",
                              "--seed", "3", "--validation", "0.2", "--early-stopping", "3", "--json"))
    ours = regressor(max_iter=60, early_stopping=True, validation_fraction=0.2, n_iter_no_change=3).fit(X, y)
    theirs = ClmlpRegressor.load(model, device="cpu")
    table = pytest.importorskip("pandas").DataFrame(X, columns=theirs.feature_names_in_)
    assert np.array_equal(ours.predict(X), theirs.predict(table))
    assert ours.best_epoch_ == told["best_epoch"] < 60


def test_the_program_predicts_with_a_saved_model():
    X, y = IRIS
    kinds = np.array(["setosa", "versicolor", "virginica"])[y]
    data, model, out = (SCRATCH / f"saved{end}" for end in (".csv", ".safetensors", ".npy"))
    ours = classifier().fit(as_frame(X), kinds)
    ours.save(model)
    order = [2, 0, 3, 1]  # by name, however the columns stand
    write_table(data, X[:, order], kinds, [*(NAMES[j] for j in order), "kind"])
    program("predict", model, data, "--target", "kind", "--overwrite", "--out", out)
    assert np.array_equal(np.load(out), ours._h(as_frame(X)))
    assert ClmlpClassifier.load(model, device="cpu").classes_.tolist() == ["setosa", "versicolor", "virginica"]


def test_a_model_for_numbers_is_no_classifier():
    path = SCRATCH / "numbers.safetensors"
    regressor().fit(*load_diabetes(return_X_y=True)).save(path)
    with pytest.raises(ValueError, match="ClmlpRegressor"):
        ClmlpClassifier.load(path)


# --- in scikit-learn's tools -------------------------------------------------------------------------------


def test_searched_and_cross_validated_in_processes_and_threads():
    X, y = IRIS
    grid = {"hidden_layer_sizes": [(4,), (8, 4)], "activation": ["tanh", "gelu"]}
    search = GridSearchCV(classifier(max_iter=60), grid, cv=3, n_jobs=2).fit(X, y)
    assert search.best_score_ > 0.9
    assert cross_val_score(classifier(max_iter=60), X, y, cv=3, error_score="raise").mean() > 0.8
    again = [pickle.loads(pickle.dumps(search)).predict(X), search.predict(X)]
    assert np.array_equal(*again)


def test_behind_a_column_transformer_with_frames():
    frame = as_frame(IRIS[0])
    scaled = ColumnTransformer([("scaled", StandardScaler(), NAMES[:2])], remainder="passthrough",
                               verbose_feature_names_out=False).set_output(transform="pandas")
    pipeline = make_pipeline(scaled, classifier(max_iter=60)).fit(frame, IRIS[1])
    assert pipeline.score(frame, IRIS[1]) > 0.9
    assert list(pipeline[-1].feature_names_in_) == NAMES


# --- kinds of targets and data -----------------------------------------------------------------------------


def test_several_labels_at_once():
    X, y = make_multilabel_classification(random_state=0)
    model = classifier(max_iter=100).fit(X, y)
    assert model.predict(X).shape == y.shape and model.score(X, y) > 0.3
    assert np.array_equal(model.predict(X), model.predict_proba(X) > 0.5)
    path = SCRATCH / "labels.safetensors"
    model.save(path)
    assert np.array_equal(ClmlpClassifier.load(path, device="cpu").predict(X), model.predict(X))


def test_several_numbers_at_once():
    X, y = load_diabetes(return_X_y=True)
    model = regressor().fit(X, np.c_[y, -y])
    assert model.predict(X).shape == (len(y), 2) and model.score(X, np.c_[y, -y]) > 0.3


def test_types_of_rows_need_no_copy_and_agree():
    X, y = load_digits(return_X_y=True)
    model = classifier(max_iter=2).fit(X, y)
    wide = model.predict_proba(X)
    for kind in (np.float32, np.uint8):  # digits are whole numbers: the same values
        assert np.array_equal(model.predict_proba(X.astype(kind)), wide)
    assert np.array_equal(model.predict_proba(np.asfortranarray(X)), wide)
    for form in (scipy.sparse.csr_matrix, scipy.sparse.csc_array):
        assert np.array_equal(model.predict_proba(form(X)), wide)
    sparse = classifier(max_iter=2, scale="none")
    assert np.array_equal(clone(sparse).fit(scipy.sparse.csr_matrix(X), y).predict_proba(X),
                          clone(sparse).fit(X, y).predict_proba(X))


def test_weights_of_classes_and_rows_are_multiplied():
    X, y = IRIS
    rows = np.where(y == 1, 3.0, 1.0)
    by_class = classifier(class_weight={1: 3.0}).fit(X, y).predict_proba(X)
    assert np.array_equal(by_class, classifier().fit(X, y, sample_weight=rows).predict_proba(X))
    assert not np.array_equal(by_class, classifier().fit(X, y).predict_proba(X))
    assert np.array_equal(classifier(class_weight="balanced").fit(X[25:], y[25:]).predict_proba(X),
                          classifier(class_weight={0: 5 / 3, 1: 5 / 6, 2: 5 / 6}).fit(X[25:], y[25:]).predict_proba(X))


# --- going on, copies, threads -----------------------------------------------------------------------------


def test_partial_fit_goes_on_from_theta():
    X, y = IRIS
    model = classifier(optimizer="sgd", learning_rate_init=0.1).partial_fit(X[:120], y[:120], classes=[0, 1, 2])
    assert np.array_equal(model.coefs_[0], classifier(optimizer="sgd", learning_rate_init=0.1, max_iter=1)
                          .fit(X[:120], y[:120]).coefs_[0])
    before = model.coefs_[0]
    for _ in range(30):
        model.partial_fit(X, y)
    assert model.n_iter_ == 31 == len(model.loss_curve_) and model.loss_curve_[-1] < model.loss_curve_[0]
    assert not np.array_equal(before, model.coefs_[0]) and model.score(X, y) > 0.9
    with pytest.raises(ValueError, match="not in classes_"):
        model.partial_fit(X, y + 1)


def test_warm_start_goes_on_from_theta():
    X, y = IRIS
    model = classifier(warm_start=True, max_iter=5).fit(X, y)
    cost = model.loss_
    assert model.fit(X, y).loss_curve_[0] < cost * 1.05 and model.loss_ < cost
    for other in ({"hidden_layer_sizes": (3,)}, {"activation": "tanh"}, {"output": "sigmoid"}):
        with pytest.raises(ValueError, match=f"{next(iter(other))}=.*go on"):
            clone(model).fit(X, y).set_params(**other).fit(X, y)


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda model: pickle.loads(pickle.dumps(model))])
def test_copies_have_the_same_bits(again):
    X, y = load_diabetes(return_X_y=True)
    for model in (regressor().fit(X, y), regressor(precision="f64").fit(X, y)):
        other = again(model)
        assert np.array_equal(model.predict(X), other.predict(X))
        assert np.array_equal(model.partial_fit(X, y).predict(X), again(model).predict(X))


def test_seeds():
    X, y = IRIS
    assert np.array_equal(classifier().fit(X, y).predict_proba(X), classifier().fit(X, y).predict_proba(X))
    drawn = [classifier(random_state=np.random.RandomState(0)).fit(X, y).seed_ for _ in range(2)]
    assert drawn[0] == drawn[1] != classifier(random_state=None).fit(X, y).seed_


def test_predictions_are_those_of_the_model_as_it_is():
    X, y = IRIS
    model = classifier()
    for _ in range(3):  # the model that stayed on the device is not the one of before
        model.partial_fit(X, y)
        assert np.array_equal(model.predict_proba(X), pickle.loads(pickle.dumps(model)).predict_proba(X))
    wide = model.set_params(precision="f64").predict_proba(X)
    assert not np.array_equal(wide, model.set_params(precision="f32").predict_proba(X))


def test_an_opencl_device_learns_the_same():
    devices = [row["spec"] for row in clmlp.devices() if row["spec"] != "cpu"]
    if not devices:
        pytest.skip("there is no OpenCL device")
    X, y = IRIS
    here = classifier(max_iter=60).fit(X, y)
    for again in (lambda model: model, copy.deepcopy):
        there = again(classifier(max_iter=60, device=devices[0], engine="native").fit(X, y))
        assert there.score(X, y) == here.score(X, y)
        for rows in (X, X[:7], X.astype(np.float32), scipy.sparse.csr_matrix(X)):
            assert np.array_equal(there.predict_proba(rows), again(there).predict_proba(rows))


def test_threads_train_side_by_side():
    X, y = IRIS
    models = [classifier(random_state=seed) for seed in range(4)]
    threads = [threading.Thread(target=model.fit, args=(X, y)) for model in models]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared = [threading.Thread(target=models[0].predict, args=(X[i:],)) for i in range(8)]
    for thread in shared:
        thread.start()
    for thread in shared:
        thread.join()
    for seed, model in enumerate(models):
        assert np.array_equal(model.coefs_[0], classifier(random_state=seed).fit(X, y).coefs_[0])


INTERRUPTED = """
import os, signal, sys, threading
import numpy as np
from clmlp import ClmlpRegressor
X = np.random.default_rng(0).normal(size=(2000, 50))
model = ClmlpRegressor(max_iter=10**6, random_state=1, device="cpu", verbose=True)
counted = 0
done = threading.Event()

def count():  # another thread of Python goes on while the library trains
    global counted
    while not done.wait(0.001):
        counted += 1

class Out:  # Ctrl-C once training is under way, and the other thread was seen to go on
    sent = False
    def write(self, text):
        if text.startswith("Epoch") and counted > 10 and not self.sent:
            self.sent = True
            os.kill(os.getpid(), signal.SIGINT)
    def flush(self):
        pass

sys.stdout = Out()
threading.Thread(target=count, daemon=True).start()
try:
    model.fit(X, X[:, 0])
except KeyboardInterrupt:
    done.set()
    sys.stdout = sys.__stdout__
    print("interrupted", np.isfinite(model.predict(X)).all(), 0 < model.n_iter_ < 10**6 - 1)
"""


def test_ctrl_c_ends_training_and_leaves_a_model():
    import sys
    environment = {**os.environ, "PYTHONPATH": str(Path(clmlp.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=300, check=False,
                          env=environment)
    assert done.stdout == "interrupted True True\n", done.stderr


# --- errors and notes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters, words", [
    ({"activation": "sin"}, "activation='sin': expected one of sigmoid, tanh"),
    ({"activation": "step"}, "step"),
    ({"optimizer": "adm"}, "expected one of sgd.*lbfgs"),
    ({"learning_rate_init": -1.0}, "rate"),
    ({"batch_size": 0}, "batch_size=0"),
    ({"max_iter": 0}, "max_iter=0"),
    ({"max_iter": 2**64 + 1}, r"less than 2\^63"),
    ({"random_state": -1}, "random_state=-1"),
    ({"random_state": 2**64}, r"less than 2\^64"),
    ({"dropout": 1.0}, "dropout"),
    ({"hidden_layer_sizes": (3, 0)}, "hidden_layer_sizes=0"),
    ({"output": "linear"}, "output='linear'"),
    ({"class_weight": {7: 1.0}}, r"class_weight: \[7\]"),
    ({"engine": "native"}, "engine"),
    ({"early_stopping": True, "validation_fraction": 1.5}, "fraction"),
    ({"early_stopping": True, "monitor": "rmse"}, "rmse"),
])
def test_bad_parameters_are_value_errors(parameters, words):
    with pytest.raises(ValueError, match=words):
        classifier(**parameters).fit(*IRIS)


def test_no_such_device_is_a_runtime_error():
    with pytest.raises(clmlp.ClmlpDeviceError, match="no such"):
        classifier(device="opencl:no such").fit(*IRIS)
    with pytest.raises(ValueError, match="device"):
        classifier(device="gpu0").fit(*IRIS)


def test_divergence_is_an_error():
    with pytest.raises(clmlp.ClmlpDivergedError, match="epoch"):
        regressor(optimizer="sgd", learning_rate_init=1e6).fit(*load_diabetes(return_X_y=True))


def test_files_that_are_not_there_are_os_errors():
    with pytest.raises(OSError):
        ClmlpClassifier.load(SCRATCH / "no-such-model")
    with pytest.raises(OSError):
        classifier().fit(*IRIS).save(SCRATCH / "no-such-folder" / "model")


NO_OPENCL = """
import warnings
from sklearn.datasets import load_iris
import clmlp
assert [row["spec"] for row in clmlp.devices()] == ["cpu"], clmlp.devices()
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    clmlp.ClmlpClassifier(max_iter=1, device="cpu").fit(*load_iris(return_X_y=True))
    assert not told
    clmlp.ClmlpClassifier(max_iter=1).fit(*load_iris(return_X_y=True))
print([str(note.message) for note in told if note.category is clmlp.ClmlpWarning])
"""


def test_without_any_opencl_driver():
    import sys
    environment = {**os.environ, "PYTHONPATH": str(Path(clmlp.__file__).parents[1]), "OCL_ICD_VENDORS": "/nonexistent"}
    done = subprocess.run([sys.executable, "-c", NO_OPENCL], capture_output=True, text=True, check=False,
                          env=environment)
    assert done.returncode == 0, done.stderr
    assert "OpenCL" in done.stdout and done.stdout != "[]\n"


def test_another_version_is_an_import_error():
    import sys
    environment = {**os.environ, "PYTHONPATH": str(Path(clmlp.__file__).parents[1]), "CLMLP_LIBRARY": "libz.so.1"}
    done = subprocess.run([sys.executable, "-c", "import clmlp"], capture_output=True, text=True, check=False,
                          env=environment)
    assert "ImportError: clmlp: libz.so.1 is not a library" in done.stderr


def test_nothing_is_told_where_nothing_is_to_be_told():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        classifier().fit(*IRIS).predict(IRIS[0])
