"""Beside scikit-learn's MLPClassifier and MLPRegressor: as good as those, on digits and on two tables."""
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from clmlp import ClmlpClassifier, ClmlpRegressor

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")

@pytest.mark.parametrize("load", [load_digits, load_breast_cancer])
def test_as_accurate_as_mlp_classifier(load):
    X, y = load(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0, stratify=y)
    theirs = make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(50,), random_state=0, max_iter=100))
    theirs.fit(X, y)
    ours = ClmlpClassifier((50,), random_state=0, device="cpu").fit(X, y)
    right = [(model.predict(X_test) == y_test) for model in (ours, theirs)]
    print(load.__name__, [part.mean() for part in right])
    # of the rows on which they differ, not so many more are theirs that chance would do it once in 1,000 (McNemar)
    only_ours, only_theirs = (right[0] & ~right[1]).sum(), (right[1] & ~right[0]).sum()
    assert only_theirs - only_ours <= 3.1 * np.sqrt(max(1, only_ours + only_theirs))


def test_as_good_as_mlp_regressor():
    X, y = load_diabetes(return_X_y=True)
    X, X_test, y, y_test = train_test_split(X, y, random_state=0)
    theirs = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(10,), random_state=0, max_iter=2000))
    theirs.fit(X, y)
    ours = ClmlpRegressor((10,), random_state=0, max_iter=50, device="cpu").fit(X, y)
    worse = (ours.predict(X_test) - y_test) ** 2 - (theirs.predict(X_test) - y_test) ** 2
    print(ours.score(X_test, y_test), theirs.score(X_test, y_test))
    assert worse.mean() <= 3.1 * worse.std() / np.sqrt(len(worse))
