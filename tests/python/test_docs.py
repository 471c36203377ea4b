"""The examples of docs/python.md and of python/README.md run; the stubs say what the classes take."""
import ast
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import clmlp

ROOT = Path(__file__).resolve().parents[2]


def examples(path):
    """Indented blocks, from their first import on."""
    text = (ROOT / path).read_text(encoding="utf-8")
    blocks = re.findall(r"(?:^    .*\n|^\n(?=    ))+", text, re.M)
    found = [re.search(r"^(?:from|import) .*", re.sub(r"^    ", "", block, flags=re.M), re.M | re.S)
             for block in blocks]
    return [match.group(0) for match in found if match]


EXAMPLES = [(path, example) for path in ("docs/python.md", "python/README.md") for example in examples(path)]


@pytest.mark.parametrize("path, example", EXAMPLES, ids=[f"{path}-{i}" for i, (path, _) in enumerate(EXAMPLES)])
def test_an_example_runs(path, example, tmp_path):
    if "pandas" in example:
        pytest.importorskip("pandas")
    environment = {**os.environ, "PYTHONPATH": str(Path(clmlp.__file__).parents[1])}
    example = example.replace('device="auto"', 'device="cpu"')  # OpenCL on a CPU compiles kernels first
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", example], capture_output=True, text=True, check=False,
                          cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr


def test_there_are_examples():
    assert len(EXAMPLES) >= 4


def stubs():
    tree = ast.parse(Path(clmlp.__file__).with_suffix(".pyi").read_text(encoding="utf-8"))
    return {node.name: node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}


@pytest.mark.parametrize("name", ["ClmlpClassifier", "ClmlpRegressor"])
def test_stubs_have_the_parameters_and_methods(name):
    stub, real = stubs()[name], getattr(clmlp, name)
    methods = {node.name: node for node in stub.body if isinstance(node, ast.FunctionDef)}
    for method in ["__init__", "fit", "partial_fit", "predict", "save", "load",
                   *(["predict_proba", "predict_log_proba"] if name == "ClmlpClassifier" else [])]:
        arguments = methods[method].args
        ours = [a.arg for a in arguments.posonlyargs + arguments.args + arguments.kwonlyargs]
        function = inspect.getattr_static(real, method)
        theirs = [p.name for p in inspect.signature(getattr(function, "__func__", function)).parameters.values()
                  if p.kind is not p.VAR_KEYWORD]
        assert ours == theirs, method
    assert set(clmlp.__all__) <= set(stubs()) and (Path(clmlp.__file__).parent / "py.typed").exists()


def test_no_library_says_what_to_do():
    environment = {**os.environ, "PYTHONPATH": str(Path(clmlp.__file__).parents[1]), "CLMLP_LIBRARY": "/no/such.so"}
    done = subprocess.run([sys.executable, "-c", "import clmlp"], capture_output=True, text=True, check=False,
                          env=environment)
    assert "ImportError: clmlp: its C library cannot be loaded: /no/such.so" in done.stderr
    assert "Install libclmlp, or name the file" in done.stderr
