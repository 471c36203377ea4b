"""scikit-learn's own checks of estimators, all of them."""
from sklearn.utils.estimator_checks import parametrize_with_checks

from clmlp import ClmlpClassifier, ClmlpRegressor

# A weight is a repetition, or its absence, only where nothing but J looks at the examples: in one batch, without
# scalings (which know no weights), and in double, as the check allows 1e-7.
EXACT = {"hidden_layer_sizes": 4, "optimizer": "lbfgs", "max_iter": 10, "precision": "f64", "scale": "none",
         "device": "cpu"}
# With mini-batches a repeated example is in two of them, a weighted one in one.
MINI_BATCHES = {"check_sample_weight_equivalence_on_dense_data": "mini-batches: two examples are two steps",
                "check_sample_weight_equivalence_on_sparse_data": "mini-batches: two examples are two steps"}


@parametrize_with_checks([ClmlpClassifier(**EXACT), ClmlpRegressor(target_scale="none", **EXACT)])
def test_with_full_batches(estimator, check):
    check(estimator)


@parametrize_with_checks([ClmlpClassifier(device="cpu"), ClmlpRegressor(device="cpu")],
                         expected_failed_checks=lambda estimator: MINI_BATCHES)
def test_with_defaults(estimator, check):
    check(estimator)
