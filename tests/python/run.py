#!/usr/bin/env python3
"""Run tests of the Python package with pytest: run.py LIBRARY PROGRAM SCRATCH FILE...

Exit status: 0 all pass; 1 not; 77 NumPy, scikit-learn or pytest is not there.
"""
import importlib.util
import os
import sys

missing = [name for name in ("numpy", "sklearn", "pytest") if importlib.util.find_spec(name) is None]
if missing:
    print(f"skipped: {sys.executable} has no {', '.join(missing)}: name one that has, -DPython3_EXECUTABLE=...")
    sys.exit(77)
here = os.path.dirname(os.path.abspath(__file__))
library, program, scratch, *files = sys.argv[1:]
os.makedirs(scratch, exist_ok=True)
os.environ.update(CLMLP_LIBRARY=library, CLMLP_PROGRAM=program, CLMLP_SCRATCH=scratch, PYTHONDONTWRITEBYTECODE="1",
                  SCIPY_ARRAY_API="1")  # else scikit-learn leaves out a check
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, "..", "..", "python"))

import pytest  # noqa: E402

sys.exit(pytest.main(["-q", "-rsxXf", "-p", "no:cacheprovider", "-o", "xfail_strict=true",
                      *[os.path.join(here, name) for name in files]]))
