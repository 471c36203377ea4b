#!/usr/bin/env python3
"""Build the wheel, and use it where nothing of the tree is: check_wheel.py LIBRARY SCRATCH

Exit status: 0 it works; 1 not; 77 pip, scikit-build-core, NumPy or scikit-learn is not there.
"""
import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

missing = [name for name in ("pip", "scikit_build_core", "numpy", "sklearn") if importlib.util.find_spec(name) is None]
if missing:
    print(f"skipped: {sys.executable} has no {', '.join(missing)}: name one that has, -DPython3_EXECUTABLE=...")
    sys.exit(77)
library, scratch = Path(sys.argv[1]), Path(sys.argv[2])
shutil.rmtree(scratch, ignore_errors=True)
scratch.mkdir(parents=True)
subprocess.run([sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index",
                "--wheel-dir", scratch, Path(__file__).resolve().parents[2] / "python"], check=True)
wheel, = scratch.glob("*.whl")
names = zipfile.ZipFile(wheel).namelist()
print("\n".join(names))
assert {"clmlp/__init__.py", "clmlp/libclmlp.so"} <= set(names)
assert all(name.startswith("clmlp") for name in names), "the wheel has files that are not the package's"

USE = """
import clmlp, pathlib, pickle, sys
from sklearn.datasets import load_iris
X, y = load_iris(return_X_y=True)
model = clmlp.ClmlpClassifier(max_iter=60, random_state=1, device="cpu").fit(X, y)
assert model.score(X, y) > 0.9 and (pickle.loads(pickle.dumps(model)).predict(X) == model.predict(X)).all()
loaded = {line.split()[-1] for line in open("/proc/self/maps") if "libclmlp" in line}
assert loaded == {sys.argv[1]}, loaded
print(clmlp.__version__, "of", clmlp.__file__, "with", *loaded)
"""


def use(folder, library, **more):
    environment = {key: value for key, value in os.environ.items() if key not in ("CLMLP_LIBRARY", "PYTHONPATH")}
    subprocess.run([sys.executable, "-c", USE, os.path.realpath(library)], cwd=scratch, check=True,
                   env={**environment, "PYTHONPATH": str(folder), "OCL_ICD_VENDORS": "/nonexistent", **more})


place = scratch / "place"
with zipfile.ZipFile(wheel) as archive:
    archive.extractall(place)
use(place, place / "clmlp" / "libclmlp.so")
(place / "clmlp" / "libclmlp.so").unlink()  # the system's, then
use(place, library, LD_LIBRARY_PATH=str(library.parent))
