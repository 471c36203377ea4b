#!/usr/bin/env python3
"""clmlp verify on several ranks: right ones pass, wrong ones are named.

    verify_ranks.py CLMLP MPIRUN FOLDER cpu|opencl PART    with WRONG_PROGRAM, MODULES, FLIP_MODULES in the environment

WRONG_PROGRAM is clmlp with faults of one rank (wrong_rank.c), FLIP_MODULES the folder of a module for this MPI that
spoils messages (flip_module.c), MODULES that of the real one. PART is short, clean, kinds, faults or kernels.

Exit status: 0 all held, 1 something did not, 77 there is no such MPI.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

# MPI keeps what it has until the process ends: leaks are looked for without it
os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))

PROGRAM, MPIRUN, FOLDER, DEVICE, PART = sys.argv[1:6]
FOLDER = pathlib.Path(FOLDER)
ROOT = pathlib.Path(__file__).resolve().parents[3]
DIGITS = ROOT / "tests" / "data" / "digits-train.csv.gz"
MODULES, FLIPS, WRONG = (os.environ[name] for name in ("MODULES", "FLIP_MODULES", "WRONG_PROGRAM"))
failures = 0


def check(holds, what):
    global failures
    print("ok  " if holds else "FAIL", what, flush=True)
    failures += not holds


def run(ranks, *words, program=(PROGRAM,), **more):
    """Exit status, standard output and standard error of so many ranks; 0: without a launcher."""
    environment = {"CLMLP_CPU_THREADS": "1", "CLMLP_MPI_DIR": MODULES, "CLMLP_AUTO_SMALL": "never",
                   "POCL_MAX_PTHREAD_COUNT": "1", **os.environ, **more}
    launcher = [MPIRUN, "-n", str(ranks)] if ranks else []
    if "openmpi" in MPIRUN and ranks:
        launcher += ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
    done = subprocess.run([*launcher, *program, *map(str, words)], cwd=FOLDER, text=True, capture_output=True,
                          env=environment, timeout=500, stdin=subprocess.DEVNULL)
    return done.returncode, done.stdout, done.stderr


def verify(ranks, *words, **more):
    return run(ranks, "verify", DIGITS, "--device", DEVICE, "--quiet", *words, **more)


# --- right ones -------------------------------------------------------------------------------------------------

RULES = ["sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw"]
CLIPPED = ["--precision", "f64", "--clip-norm", 0.05, "--dropout", 0.3, "--batch", 37]
SCALED = ["--input-scale-rate", 0.1, "--batch", 37, "--lambda", 1]
OTHERS = [
    ["--batch", 3, "--steps", 5, "--lambda", 1],  # ranks without rows
    ["--batch", 1, "--steps", 4, "--lambda", 2, "--clip-norm", 0.1, "--input-scale-rate", 0.2],
    ["--batch", "full", "--lambda", 1, "--output", "softmax", "--hidden", "128,97", "--activation", "tanh"],
    ["--hidden", 200, "--activation", "swish", "--class-weights", "balanced", "--label-smoothing", 0.1, "--no-shuffle",
     "--batch", 200, "--lambda", 5, "--output", "softmax"],
    ["--batch", 500, "--steps", 7, "--dropout", 0.5],  # the last batch is short
    ["--hidden", "", "--steps", 2],
]


def short():
    for ranks, case in ((2, ["--lambda", 0.3]), (3, OTHERS[0]), (4, ["--optimizer", "adam", "--rate", 0.01, *CLIPPED]),
                        (3, SCALED + ["--clip-norm", 0.1]), (2, OTHERS[3])):
        code, out, error = verify(ranks, *case)
        check(code == 0, "%d ranks: %s%s" % (ranks, " ".join(map(str, case)), "" if code == 0 else out + error))


def clean():
    for ranks in (2, 3, 4):
        cases = [["--optimizer", rule, "--rate", 0.5 if rule == "sgd" else 0.01, "--lambda", 0.3] for rule in RULES]
        cases += [case + CLIPPED for case in cases]
        cases += [["--optimizer", rule, "--rate", 0.01, *SCALED] for rule in ("sgd", "adam")]
        cases += [SCALED + ["--clip-norm", 0.1], *OTHERS]
        for case in cases if ranks == 2 else cases[1::2] + OTHERS:
            code, out, error = verify(ranks, *case)
            check(code == 0, "%d ranks: %s%s" % (ranks, " ".join(map(str, case)), "" if code == 0 else out + error))


def kinds():
    """Both engines, both precisions, devices that are not alike."""
    for engine in ("native", "clblast"):
        for precision in ("f32", "f64"):
            words = ["--engine", engine, "--precision", precision, "--optimizer", "adam", "--rate", 0.01, "--dropout",
                     0.2, "--clip-norm", 0.1, "--lambda", 1, "--batch", 37]
            code, out, error = verify(2, *words)
            check(code == 0, "2 ranks: %s, %s%s" % (engine, precision, "" if code == 0 else out + error))
    mixed = FOLDER / "mixed.sh"
    mixed.write_text('#!/bin/sh\n[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 1 ] && export OCL_ICD_VENDORS=/nowhere\n'
                     'exec "$@"\n')
    mixed.chmod(0o755)
    for words in (["--lambda", 1, "--steps", 6], ["--input-scale-rate", 0.1, "--optimizer", "adam", "--rate", 0.01]):
        code, out, error = run(3, "verify", DIGITS, "--device", "auto", "--quiet", *words, program=(mixed, PROGRAM))
        check(code == 0, "the CPU path beside OpenCL: %s%s" % (words, "" if code == 0 else out + error))


def told():
    """One voice: the same findings whatever the number of ranks, those of ranks beside them."""
    code, out, _ = verify(3, "--json")
    found = json.loads(out)
    check(code == 0 and found["verdict"] == "pass" and found["ranks"]["count"] == 3, "JSON is one object")
    tensors = {f["tensor"] for f in found["tensors"]}
    check({"rows", "given", "sum_gradient", "sum_cost", "same_theta", "whole_cost", "whole_right", "whole_gradient",
           "whole_theta", "z", "delta", "gradient", "theta"} <= tensors, "what is compared: %s" % sorted(tensors))
    check({f["rank"] for f in found["tensors"] if f["tensor"] == "z"} == {0, 1, 2}, "z of each rank")
    rows = sum(f["rows"] for f in found["tensors"] if f["tensor"] == "z" and f["layer"] == 2 and f["step"] == 1)
    check(rows == 32, "the rows of all ranks are the batch")
    fractions = [f["max_of_bound"] for f in found["tensors"] if f["tensor"] == "whole_gradient"]
    check(0.001 < max(fractions) <= 1, "the bound of the whole gradient is sharp: %s" % fractions)
    code, out, _ = verify(2)
    check(code == 0 and "on 2 ranks are within their bounds" in out, "the verdict names the ranks")
    code, out, _ = verify(1, "--json")
    check(code == 0 and "ranks" not in json.loads(out) and "rank" not in json.loads(out)["tensors"][0],
          "one rank is one process")


def refused():
    for words, what in ((["--vote"], "--vote"), (["--free-run"], "--free-run"), (["--determinism", 3], "--determinism"),
                        (["--dump", "tensors"], "--dump"), (["--bundle", "b.safetensors"], "--bundle"),
                        (["--optimizer", "lbfgs"], "lbfgs")):
        code, _, error = run(2, "verify", DIGITS, "--device", "cpu", *words)
        lines = [line for line in error.splitlines() if line.startswith("clmlp verify:")]
        check(code == 2 and len(lines) == 1 and what in lines[0] and "2 processes" in lines[0],
              "%s is refused, once: %d %s" % (what, code, lines))


# --- wrong ones --------------------------------------------------------------------------------------------------

def blamed(what, expected, tensor, done):
    """That rank alone is wrong, and the first that is told is this tensor."""
    code, out, error = done
    try:
        found = json.loads(out)
    except ValueError:
        check(False, "%s: exit status %d, no JSON: %s%s" % (what, code, out, error))
        return
    first = found["first_failure"] or {}
    ranks = {f["rank"] for f in found["tensors"] if f["failed"] > 0} - {None}
    holds = code == 3 and first.get("rank") == expected and first.get("tensor") in tensor
    check(holds and ranks <= {expected}, "%s: rank %s, %s, exit status 3 (found %d, %s, %s, wrong ranks %s)" %
          (what, expected, " or ".join(tensor), code, first.get("rank"), first.get("tensor"), ranks))


def faults():
    words = ["verify", DIGITS, "--device", "cpu", "--quiet", "--json"]
    for ranks, rank in ((2, 1), (3, 1)):
        for wrong, tensor in (("rows", ["rows"]), ("divisor", ["given"]), ("sum", ["sum_gradient"]),
                              ("rate", ["theta"])):
            if wrong == "rows" and rank == ranks - 1:
                continue  # there is nothing behind its own
            done = run(ranks, *words, program=(WRONG,), CLMLP_TEST_WRONG="%s@%d" % (wrong, rank))
            blamed("%s of rank %d of %d" % (wrong, rank, ranks), rank, tensor, done)
    code, out, _ = run(3, *words[:-1], program=(WRONG,), CLMLP_TEST_WRONG="rate@1")
    check(code == 3 and "FAILED at rank 1 (host " in out and "rank 1 (host" in out.splitlines()[-2],
          "the report for people names the rank")
    code, _, error = run(3, *words, program=(WRONG,), CLMLP_TEST_WRONG="fails@2")
    said = [line for line in error.splitlines() if line.startswith("clmlp")]
    check(code != 0 and any("rank 2 (host " in line and "planted" in line for line in said),
          "a device that fails on rank 2 ends all, and is named: %d %s" % (code, said))
    # where sums are made in shared memory there are no messages to spoil
    messages = {"CLMLP_SHARED_SUMS": "no"}
    # theta(1) has 192 x 65 numbers: slices of 4,160, in messages of 16,640 bytes, which nothing else has
    for how in ("send", "receive"):
        for rank in (0, 1, 2):
            done = run(3, *words, "--hidden", 192, CLMLP_MPI_DIR=FLIPS, CLMLP_TEST_FLIP_MODULES=MODULES,
                       CLMLP_TEST_FLIP=how, CLMLP_TEST_FLIP_RANK=str(rank), CLMLP_TEST_FLIP_BYTES="16640",
                       **messages)
            blamed("a bit flips in what rank %d %ss" % (rank, how), rank, ["sum_gradient"], done)
    # of two ranks it cannot be told which end of the way it was; slices of 6,240
    done = run(2, *words, "--hidden", 192, CLMLP_MPI_DIR=FLIPS, CLMLP_TEST_FLIP_MODULES=MODULES,
               CLMLP_TEST_FLIP="receive", CLMLP_TEST_FLIP_RANK="0", CLMLP_TEST_FLIP_BYTES="24960",
               **messages)
    blamed("a bit flips between two ranks", None, ["sum_gradient"], done)


def kernels():
    """A device of one rank has a kernel that is wrong."""
    for file, text, other, words, tensor in (
            ("native_cpu/layers.cl", "value * SPLAT(d->scale)", "value", ["--dropout", 0.5], "a"),
            ("common/update.h", "bias ? UPDATE_BIAS_RATE : UPDATE_RATE", "UPDATE_RATE", ["--bias-rate", 0.5], "theta")):
        planted = FOLDER / "kernels"
        shutil.rmtree(planted, ignore_errors=True)
        shutil.copytree(ROOT / "kernels", planted)
        source = (planted / file).read_text()
        check(text in source, "the text of the fault is in %s" % file)
        (planted / file).write_text(source.replace(text, other))
        script = FOLDER / "planted.sh"
        script.write_text('#!/bin/sh\n[ "${OMPI_COMM_WORLD_RANK:-$PMI_RANK}" = 1 ] && export CLMLP_KERNEL_DIR=%s\n'
                          'exec "$@"\n' % planted)
        script.chmod(0o755)
        done = run(2, "verify", DIGITS, "--device", "opencl", "--engine", "native", "--quiet", "--json", *words,
                   program=(script, PROGRAM))
        blamed("a kernel of rank 1, %s" % file, 1, [tensor], done)


def main():
    if shutil.which(MPIRUN) is None or not pathlib.Path(FLIPS).exists():
        print("skipped: there is no", MPIRUN, "or no module for it")
        sys.exit(77)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    parts = {"short": (told, refused, short), "clean": (clean,), "kinds": (kinds,), "faults": (faults,),
             "kernels": (kernels,)}
    for part in parts[PART]:
        part()
    print("%d failed" % failures)
    sys.exit(1 if failures else 0)


main()
