"""clmlp as several processes, for tests whose arguments begin with CLMLP MPIRUN FOLDER: they run in FOLDER.

Exit status of such a test: 0 all held, 1 something did not, 77 there is no such MPI.
"""
import os
import pathlib
import shutil
import subprocess
import sys

PROGRAM, MPIRUN, FOLDER = sys.argv[1:4]
FOLDER = pathlib.Path(FOLDER)
IS_OPENMPI = "openmpi" in MPIRUN
_failed = []

# MPI keeps what it has until the process ends: leaks are looked for without it
os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))


def begin():
    """FOLDER, empty; or no test at all."""
    if shutil.which(MPIRUN) is None:
        print("skipped: there is no", MPIRUN)
        sys.exit(77)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)


def end():
    print("%d failed" % len(_failed))
    sys.exit(1 if _failed else 0)


def check(holds, what, text=""):
    """text: what was said, shown where it does not hold."""
    print("ok  " if holds else "FAIL", what if holds or not text else "%s: %s" % (what, text), flush=True)
    if not holds:
        _failed.append(what)


def start(ranks, *words, program=(PROGRAM,), **more):
    """So many ranks; 0: without a launcher. more: variables of the environment; one that is None is not there."""
    environment = dict(os.environ, **{"CLMLP_CPU_THREADS": "1", **more})
    environment = {name: value for name, value in environment.items() if value is not None}
    launcher = [MPIRUN, "-n", str(ranks)] if ranks else []
    if IS_OPENMPI and ranks:
        launcher += ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
    return subprocess.Popen(launcher + [*program, *map(str, words)], env=environment, cwd=FOLDER, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def run(ranks, *words, **more):
    process = start(ranks, *words, **more)
    out, error = process.communicate(timeout=300)
    return process.returncode, out, error


def said(text):
    """What the program itself said: a launcher says things, too."""
    return [line for line in text.splitlines() if line.startswith("clmlp")]
