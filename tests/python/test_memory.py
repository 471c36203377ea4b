"""Memory of a process that fits again and again."""
import gc
import warnings

import numpy as np
from sklearn.datasets import load_iris

from clmlp import ClmlpClassifier


def resident_kilobytes():
    gc.collect()
    with open("/proc/self/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))


def test_a_thousand_fits_leave_nothing():
    """A model, a data set or a device that stayed would take a kilobyte a fit at least: 800 from the 200th on."""
    X, y = load_iris(return_X_y=True)
    table = X.astype(object)
    table[::5, 1] = None
    table[:, 3] = [("a", "b", "c")[int(value)] for value in X[:, 3]]
    before = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for n in range(500):
            if n == 100:
                before = resident_kilobytes()
            for rows, members in ((X, 1), (table, 2)):
                model = ClmlpClassifier(4, max_iter=1, device="cpu", random_state=n, ensemble=members)
                assert np.isfinite(model.fit(rows, y).predict_proba(rows)).all()
    after = resident_kilobytes()
    print(f"{before} kB after 200 fits, {after} after 1000")
    assert after - before < 800
