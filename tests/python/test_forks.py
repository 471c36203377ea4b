"""Processes that are forked: OpenCL cannot be used in them after use in the parent."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

import clmlp

FORKED = """
import multiprocessing, sys, warnings
from sklearn.datasets import load_iris
import clmlp
warnings.simplefilter("ignore")
X, y = load_iris(return_X_y=True)
model = clmlp.ClmlpClassifier((4,), max_iter=1, device="opencl", engine="native")
if sys.argv[1] == "devices":
    clmlp.devices()
else:
    model.set_params(device=sys.argv[1]).fit(X, y).predict(X)

def child(queue):
    for use in (model.predict if hasattr(model, "model_") else lambda X: model.fit(X, y), lambda X: model.fit(X, y),
                lambda X: model.set_params(device="auto").fit(X, y)):
        try:
            use(X)
            queue.put("no error")
        except RuntimeError as error:
            queue.put(f"{type(error).__name__} {error}")
    model.set_params(device="cpu", engine="auto").fit(X, y).predict(X)
    queue.put("cpu")

context = multiprocessing.get_context("fork")
queue = context.Queue()
process = context.Process(target=child, args=(queue,), daemon=True)
process.start()
told = [queue.get(timeout=15) for _ in range(4)]
assert all("'spawn'" in text and text.startswith("ClmlpDeviceError") for text in told[:3]), told
"""


@pytest.mark.parametrize("first", ["auto", "devices"])
def test_a_forked_process_is_told_that_it_cannot_use_opencl(first):
    if len(clmlp.devices()) == 1:
        pytest.skip("there is no OpenCL device")
    environment = {**os.environ, "PYTHONPATH": str(Path(clmlp.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-c", FORKED, first], capture_output=True, text=True, check=False,
                          env=environment)
    assert done.returncode == 0, done.stderr
