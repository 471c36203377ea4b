#!/usr/bin/env python3
"""A training of three processes, one of which is killed at a random moment.

    killed_trainings.py CLMLP MPIRUN FOLDER KILLS [SEED]

After SIGKILL to a random rank the run has to end within 30 seconds, and to name the rank and its host: by itself, or by
its launcher where that ends the others at once, or the ranks did not know each other yet. (MPICH's may name one that
it ended itself.) The checkpoint and the model are whole, and the training that goes on from the checkpoint ends with
the bits of the undisturbed one.

Exit status: 0 all held, 1 something did not, 77 there is no such MPI, or no digits.
"""
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

PROGRAM, MPIRUN, FOLDER, KILLS = sys.argv[1:5]
SEED = int(sys.argv[5]) if len(sys.argv) > 5 else int(os.environ.get("CLMLP_TEST_SEED", random.randrange(10**6)))
FOLDER = pathlib.Path(FOLDER).resolve()
DATA = pathlib.Path(__file__).resolve().parents[2] / ".." / "shared" / "data"
RANKS, SECONDS = 3, 30
TRAIN = ["train", DATA / "mnist1k-test-images-idx3-ubyte.gz", "--labels", DATA / "mnist1k-test-labels-idx1-ubyte.gz",
         "--device", "cpu", "--hidden", 30, "--batch", 100, "--epochs", 40, "--optimizer", "adam", "--rate", 0.001,
         "--shares", "1,1,1", "--model", "m.safetensors", "--checkpoint", "c.safetensors", "--quiet"]
VARIABLE = b"OMPI_COMM_WORLD_RANK=" if "openmpi" in MPIRUN else b"PMI_RANK="
failures = 0


def check(holds, what):
    global failures
    if not holds:
        print("FAIL", what, flush=True)
        failures += 1
    return holds


def start(*words):
    environment = dict(os.environ, CLMLP_CPU_THREADS="1", OPENBLAS_NUM_THREADS="1",
                       ASAN_OPTIONS="detect_leaks=0")
    launcher = [MPIRUN, "-n", str(RANKS)]
    if "openmpi" in MPIRUN:
        launcher += ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
    return subprocess.Popen([*launcher, PROGRAM, *map(str, TRAIN), *words], env=environment, cwd=FOLDER,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def pid_of(rank):
    """The process of a rank, if it has come so far."""
    for path in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if (path / "exe").resolve() == pathlib.Path(PROGRAM).resolve() and path.joinpath("cwd").resolve() == FOLDER:
                if VARIABLE + b"%d" % rank in (path / "environ").read_bytes().split(b"\0"):
                    return int(path.name)
        except OSError:
            continue
    return None


def are_left():
    return any(pid_of(rank) is not None for rank in range(RANKS))


def clear():
    for path in FOLDER.iterdir():
        if path.is_file():
            path.unlink()


def is_whole(name):
    return not (FOLDER / name).exists() or subprocess.run(
        [PROGRAM, "inspect", str(FOLDER / name)], capture_output=True, timeout=60).returncode == 0


def kill_one(draws, longest, expected, tally):
    clear()
    rank, moment = draws.randrange(RANKS), draws.uniform(0.0, longest)
    what = "rank %d after %.2f s" % (rank, moment)
    process = start()
    time.sleep(moment)
    pid = pid_of(rank)
    if pid is None:  # it has not begun, or it is over
        tally["over"] += 1
        error = process.communicate(timeout=120)[0]
        check(process.returncode == 0, "%s: too late for it: exit status %d\n%s" % (what, process.returncode, error))
        print("    %s: it was not there" % what, flush=True)
        return
    os.kill(pid, 9)
    begin = time.monotonic()
    error = process.communicate(timeout=120)[0]
    seconds = time.monotonic() - begin
    tally["slowest"] = max(tally["slowest"], seconds)
    itself = re.search(r"clmlp: rank %d \(host [^)]+\) is gone: " % rank, error) is not None
    by_openmpi = re.search(r"process rank %d with PID \d+ on node \S+ exited on signal 9" % rank, error)
    # it ends all others within milliseconds, and may name one of those
    by_mpich = re.search(r"PID \d+ RUNNING AT \S+\n=   EXIT CODE: 9\n", error)
    by_launcher = bool(by_openmpi or by_mpich)
    ended = process.returncode == 0  # it was done, and only leaving
    tally["itself"] += itself
    tally["launcher"] += by_launcher and not itself
    check(ended or itself or by_launcher, "%s: nobody says who is gone: exit status %d\n%s" % (what, process.returncode,
                                                                                             error))
    check(seconds <= SECONDS, "%s: it took %.1f s to end\n%s" % (what, seconds, error))
    for _ in range(50):
        if not are_left():
            break
        time.sleep(0.1)
    check(not are_left(), "%s: a process was left behind" % what)
    kept = [name for name in ("c.safetensors", "m.safetensors") if (FOLDER / name).exists()]
    for name in kept:
        check(is_whole(name), "%s: %s is not whole" % (what, name))
    (FOLDER / "m.safetensors").unlink(missing_ok=True)
    on = ["--resume", "c.safetensors"] if "c.safetensors" in kept else []
    process = start(*on)
    more = process.communicate(timeout=120)[0]
    same = process.returncode == 0 and (FOLDER / "m.safetensors").read_bytes() == expected
    check(same, "%s: it goes on %s: exit status %d, other bits, or none\n%s" % (what, " ".join(on), process.returncode,
                                                                              more))
    tally["resumed"] += same and "c.safetensors" in kept
    left = [path.name for path in FOLDER.iterdir() if path.name not in ("c.safetensors", "m.safetensors") and
            not path.name.startswith(".clmlp-part-")]  # which go when they are a day old
    check(not left, "%s: left over: %s" % (what, left))
    print("    %s: it ended in %.1f s, named by %s; kept: %s" % (
        what, seconds, "itself" if itself else "the launcher" if by_launcher else "nobody", " ".join(kept)), flush=True)


def main():
    if shutil.which(MPIRUN) is None or not TRAIN[1].exists():
        print("skipped: there is no", MPIRUN if shutil.which(MPIRUN) is None else TRAIN[1])
        sys.exit(77)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    print("seed", SEED, flush=True)
    begin = time.monotonic()
    process = start()
    error = process.communicate(timeout=120)[0]
    longest = time.monotonic() - begin
    if not check(process.returncode == 0, "the undisturbed run: exit status %d\n%s" % (process.returncode, error)):
        sys.exit(1)
    expected = (FOLDER / "m.safetensors").read_bytes()
    tally = {"itself": 0, "launcher": 0, "over": 0, "resumed": 0, "slowest": 0.0}
    draws = random.Random(SEED)
    for _ in range(int(KILLS)):
        kill_one(draws, longest, expected, tally)
    print("%s: %s kills in trainings of %.1f s: %d named by clmlp, %d by the launcher alone, %d came too early or "
          "late; the slowest end took %.1f s; %d went on from a checkpoint; %d failed" % (
              os.path.basename(MPIRUN), KILLS, longest, tally["itself"], tally["launcher"], tally["over"],
              tally["slowest"], tally["resumed"], failures))
    sys.exit(1 if failures else 0)


main()
