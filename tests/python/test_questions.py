"""What fit asks about, what is told once of the data, and messages: they name parameters and columns."""
import warnings

import numpy as np
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import load_iris

import clmlp
from clmlp import ClmlpClassifier, ClmlpRegressor

pytestmark = pytest.mark.filterwarnings("ignore::clmlp.ClmlpWarning")
SETTINGS = {"hidden_layer_sizes": (6,), "max_iter": 4, "random_state": 3, "device": "cpu"}
OTHER_SPELLINGS = [
    (["4,0", "3,5", "2,25"], r"'4,0' in row 1.*number.*X\['u'\].str.replace\(',', '.'\).astype\(float\)"),
    (["1.234,5", "3,5", "1.000.000"], r"replace\('.', ''\).str.replace\(',', '.'\)"),
    (["59,222", "1,234"], "if it is between thousands"),
    (["1.000.000", "2.500.000"], r"replace\('.', ''\).astype\(float\), if points are between thousands"),
    (["1,234.5", "2,000.25"], r"replace\(',', ''\).*if commas are between thousands"),
    (["20%", "35 %"], "without blanks and units"),
    (["1 000", "2\u202f345,5"], "without blanks and units"),
    (["01.03.2020", "31.12.2012"], r"date.*pandas.to_datetime\(X\['u'\], format='%d.%m.%Y'\)"),
    (["01/03/2020", "12/31/2012"], "'%d/%m/%Y'\\), or '%m/%d/%Y'"),
    (["2024-01-02 20:00:00.250", "2024-01-02T20:00:00+01:00"], "utc=True"),
    (["Jan 1, 2012", "01 Mar 2012", "2012-1-1"], "format=\\.\\.\\."),
    (["4,0", "5", "no data", "6.5"], "'4,0' in row 1"),
    (["", "7", "n.a.", "4,0", "8"], "'4,0' in row 4.*12 of 48 values")]


@pytest.mark.parametrize("cells, words", OTHER_SPELLINGS)
def test_numbers_and_dates_of_another_spelling_are_asked_about(cells, words):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"u": cells * 12, "v": np.arange(12.0 * len(cells))})
    y = np.arange(len(frame)) % 2
    with pytest.raises(ValueError, match=r"column 'u'.*looks like a.*categorical_features=\['u'\]") as told:
        ClmlpClassifier(**SETTINGS).fit(frame, y)
    assert told.match(words) and "--" not in str(told.value)
    with pytest.raises(ValueError, match=r"column 'x0'.*looks like a.*categorical_features=\[0\]"):
        ClmlpRegressor(**SETTINGS).fit(frame.to_numpy(object), y)
    for X, features in ((frame, ["u"]), (frame.astype({"u": "category"}), "from_dtype")):  # as the error says
        model = ClmlpClassifier(categorical_features=features, **SETTINGS).fit(X, y)
        assert model.predict(X).shape == y.shape


@pytest.mark.parametrize("cells", [["Oslo", "Bern", "4,0"], ["1.5", "2.25"], ["2012-12-31", "2020-01-01 10:30"],
                                   ["A1,5", "B"], ["yes", "no"], ["1.", "2e5"], ["may", "june"]])
def test_other_texts_are_not_asked_about(cells):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"u": cells * 12, "v": np.arange(12.0 * len(cells))})
    ClmlpClassifier(**SETTINGS).fit(frame, np.arange(len(frame)) % 2)


def test_converted_as_the_error_says():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"u": ["1.234,5", "3,5"] * 10, "t": ["01.03.2020", "31.12.2012"] * 10})
    X = frame.assign(u=frame["u"].str.replace(".", "").str.replace(",", ".").astype(float),
                     t=pandas.to_datetime(frame["t"], format="%d.%m.%Y"))
    model = ClmlpClassifier(**SETTINGS).fit(X, [0, 1] * 10)
    with pytest.raises(ValueError, match="'1.234,5', expected numeric"):  # the model knows the column's kind
        model.predict(X.assign(u=frame["u"]))


def test_messages_name_parameters_and_no_options():
    pandas = pytest.importorskip("pandas")
    rows = np.arange(100)
    names = [f"name {i}" for i in rows]
    for columns, words in (({"a": names}, "'a' has 100 .*leave it out of X, or take them all: max_categories=100$"),
                           ({"a": names, "b": names}, "leave them out of X, or take them all: max_categories=100$"),
                           ({"a": [None] * 100}, "no value in any row; leave it out of X$")):
        with pytest.raises(ValueError, match=words) as told:
            ClmlpClassifier(**SETTINGS).fit(pandas.DataFrame({"v": rows % 7, **columns}), rows % 2)
        assert "--" not in str(told.value)
    with pytest.warns(clmlp.ClmlpWarning, match="if it only names the rows, leave it out of X") as told:
        ClmlpClassifier(**SETTINGS).fit(pandas.DataFrame({"a": ["x", "y"] * 50, "v": rows}), rows % 2)
    assert "--" not in str(told[0].message)
    X, y = load_iris(return_X_y=True)
    for settings, words in (({"min_rate": 2.0}, r"\(min_rate\)"), ({"dropout": 1.5}, r"\(dropout\)"),
                            ({"optimizer": "lbfgs", "clip_norm": 1.0}, r"\(clip_norm\)"),
                            ({"engine": "native"}, "engine='native' is .*expected engine='auto', or device='opencl'"),
                            ({"activation": "Relu"}, "did you mean 'relu'"), ({"optimizer": "Adma"}, "mean 'adam'"),
                            ({"activation": 3}, "one of sigmoid")):
        with pytest.raises(ValueError, match=words) as told:
            ClmlpClassifier(**{**SETTINGS, **settings}).fit(X, y)
        assert "--" not in str(told.value)


def test_gaps_that_training_did_not_have_are_told():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"u": ["x", "y"] * 50, "v": np.arange(100) % 7.0, "w": [1.5, np.nan] * 50,
                              "t": pandas.to_datetime(["2020-01-01", "2021-05-05"] * 50)})
    model = ClmlpClassifier(**SETTINGS).fit(frame, [0, 1] * 50)
    new = "of which the training data had none"
    for X, words in ((frame.assign(v=np.nan), f"'v': 100 of 100 values are missing, {new}"),
                     (frame.assign(v=frame["v"].where(frame["v"] > 3)), new), (frame.head(1).assign(v=np.nan), new),
                     (frame.assign(t=pandas.NaT), f"'t': 100 of 100 values are missing, {new}"),
                     (frame.assign(u=None), f"'u': 100 of 100 values are missing, {new}"),
                     (frame.assign(w=np.nan), "'w': 100 of 100 values are missing; the median")):
        with pytest.warns(clmlp.ClmlpWarning, match=words):
            model.predict(X)
    with pytest.warns(clmlp.ClmlpWarning) as told:
        model.predict(frame.assign(v=np.nan, t=pandas.NaT))
    assert len(told) == 1 and "'v'" in str(told[0].message) and "'t'" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(frame)
        model.predict(frame.iloc[1:2])  # one row with a gap such as training had
    plenty = pandas.DataFrame(np.arange(500.0).reshape(100, 5) % 7, columns=list("abcde"))
    plenty[::3] = np.nan
    model.fit(plenty, [0, 1] * 50)
    with pytest.warns(clmlp.ClmlpWarning, match=r"'b' \(100\)"):  # many columns are told at once
        model.predict(plenty.assign(b=np.nan))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.predict(plenty)


def test_a_fit_warns_once():
    X = np.arange(400.0).reshape(100, 4) % 7
    X[::3, 1:3] = np.nan
    with pytest.warns(clmlp.ClmlpWarning) as told:
        ClmlpClassifier(**SETTINGS).fit(X, [0, 1] * 50)
    assert len(told) == 1 and "'x1'" in str(told[0].message) and "'x2'" in str(told[0].message)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", category=clmlp.ClmlpWarning)
        ClmlpClassifier(**SETTINGS).fit(X, [0, 1] * 50)


def test_numbers_that_were_fitted_without_gaps():
    X, y = load_iris(return_X_y=True)
    for model in (ClmlpClassifier(**SETTINGS).fit(X, y), ClmlpRegressor(**SETTINGS).fit(X, y)):
        with_gap = np.where(X == X[0, 0], np.nan, X)
        for use in (lambda: model.predict(with_gap), lambda: model.partial_fit(with_gap, y)):
            with pytest.raises(ValueError, match="^Input X contains NaN: the model was fitted to numbers without gaps"):
                use()
        with pytest.raises(ValueError, match="^Input X contains NaN: .*not in sparse"):
            clone(model).fit(scipy.sparse.csr_matrix(with_gap), y)


def test_durations_and_periods_are_refused_by_name():
    pandas = pytest.importorskip("pandas")
    days = np.arange(20)
    frame = pandas.DataFrame({"v": days, "d": pandas.to_timedelta(days, unit="D")})
    for X, words in ((frame, "column 'd' has durations.*total_seconds"),
                     (frame.astype({"d": object}), "column 'd' has durations"),
                     (frame.to_numpy(object), "column 'x1' has durations"),
                     (np.column_stack([days, days]).astype("m8[D]"), "column 'x0' has durations"),
                     (frame.assign(d=[np.timedelta64(k, "D") for k in days]).astype(object), "'d' has durations"),
                     (frame.assign(d=pandas.period_range("2020-01", periods=20, freq="M")),
                      "column 'd' has periods.*to_timestamp")):
        with pytest.raises(TypeError, match=words):
            ClmlpClassifier(**SETTINGS).fit(X, days % 2)
