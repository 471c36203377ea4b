#!/usr/bin/env python3
"""A training of two processes in which one call of the system fails in one of them (tests/support/failing).

    failing_calls.py CLMLP MPIRUN FOLDER LAYER [PART/PARTS | later]

The n-th call of a kind fails in rank 0 or in rank 1, or that call and all later ones (N+). The run has to end within 30
seconds: as if nothing had failed, to the last bit of the model; or with a message and a documented exit status. Then
each file is the old or the new one, or a whole one. PART/PARTS is a part of the list of runs; later: no memory is left
from some of all moments on, whatever a rank then has to agree on, or to tell. CLMLP_TEST_KIND and CLMLP_TEST_RANK
choose one kind and one rank.

Exit status: 0 all ended well, 1 one did not, 77 there is no such MPI.
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

PROGRAM, MPIRUN, FOLDER, LAYER = sys.argv[1:5]
LATER = sys.argv[5:] == ["later"]
PART, PARTS = map(int, sys.argv[5].split("/")) if len(sys.argv) > 5 and not LATER else (1, 1)
FOLDER = pathlib.Path(FOLDER).resolve()
SECONDS = 30
KINDS = ("malloc open read write flush fsync ftruncate fallocate rename link stat seek lock thread spawn "
         "socket send recv poll").split()
OF_INPUT = ("open", "read", "stat", "seek")  # a bad input may be told: exit status 2
MOMENTS = 9  # without memory, of a rank
MOST = 60  # runs of a kind in one rank, and as many with all later calls; then one call in so many fails
TRAIN = ("train points.csv --header no --hidden 3 --device cpu --quiet --epochs 3 --batch 30 --shares 1,1 "
         "--model new.model --history h.jsonl --checkpoint c.check --overwrite").split()
OLD = ("points.csv", "new.model", "c.check")

# The layer is for clmlp alone, in the rank that is to fail; what each rank ended with is kept.
WRAPPER = """#!/bin/sh
rank=${OMPI_COMM_WORLD_RANK:-$PMI_RANK}
export TMPDIR="$FOLDER/tmp" OPENBLAS_NUM_THREADS=1
if [ "$rank" = "$FAIL_RANK" ]; then
    CLMLP_FAIL_SYSTEM=$FAIL_WHAT LD_PRELOAD=$LAYER "$@"
else
    "$@"
fi
code=$?
echo $code > "$FOLDER/status.$rank.new" # the launcher may end this shell at any time
mv "$FOLDER/status.$rank.new" "$FOLDER/status.$rank"
exit $code
"""


def start(ranks, words, rank=-1, what=""):
    environment = dict(os.environ, CLMLP_CPU_THREADS="1", FAIL_RANK=str(rank), FAIL_WHAT=what, FOLDER=str(FOLDER),
                       LAYER=LAYER, CLMLP_CACHE_DIR=str(FOLDER.parent / "cache"), ASAN_OPTIONS="detect_leaks=0")
    launcher = [MPIRUN, "-n", str(ranks)]
    if "openmpi" in MPIRUN:
        launcher += ["--allow-run-as-root", "--oversubscribe", "--bind-to", "none"]
    return subprocess.Popen([*launcher, "sh", str(FOLDER.parent / "wrapper.sh"), PROGRAM, *words], env=environment,
                            cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


class Run:
    def __init__(self, rank=-1, what=""):
        for old in FOLDER.glob("status.*"):
            old.unlink()
        begin = time.monotonic()
        process = start(2, TRAIN, rank, what)
        try:
            self.out, self.err = (text.decode(errors="replace") for text in process.communicate(timeout=3 * SECONDS))
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            self.out, self.err = (text.decode(errors="replace") for text in process.communicate())
        self.seconds = time.monotonic() - begin
        self.status = process.returncode
        self.ended = {r: int((FOLDER / ("status.%d" % r)).read_text()) for r in (0, 1)
                      if (FOLDER / ("status.%d" % r)).exists()}
        self.hit = "failing_system: call " in self.err
        self.said = [line for line in self.err.splitlines() if line.startswith(("clmlp", "virtual memory exhausted."))]


def files():
    return {path.name: path.read_bytes() for path in [*FOLDER.iterdir(), *(FOLDER / "tmp").iterdir()]
            if path.is_file() and not path.name.startswith("status.")}


def restore(old):
    shutil.rmtree(FOLDER, ignore_errors=True)
    (FOLDER / "tmp").mkdir(parents=True)
    for name, content in old.items():
        (FOLDER / name).write_bytes(content)


def is_whole(name):
    path = FOLDER / name if (FOLDER / name).exists() else FOLDER / "tmp" / name
    return subprocess.run([PROGRAM, "inspect", str(path)], capture_output=True, timeout=60).returncode == 0


def lines(content):
    """Of a history, without times; None: half a line."""
    try:
        return [{key: value for key, value in json.loads(line).items() if "seconds" not in key and "second" not in key}
                for line in content.decode().splitlines(True) if line.endswith("\n") or json.loads("half")]
    except ValueError:
        return None


def complain(run, kind, old, new):
    """What is wrong with the end of a run; None: nothing."""
    found = files()
    if run.seconds > SECONDS:
        return "it took %.0f s" % run.seconds
    for rank, code in run.ended.items():
        if code not in (0, 1, 2, 4, 130, 137, 143):  # the last two: the launcher ended it
            return "rank %d: exit status %d" % (rank, code)
    if run.out.count("model written to") > 1:
        return "two results"
    if run.status == 0 or run.ended.get(0) == 0:  # a rank that seems to be gone at the very end takes nothing away
        if found.get("new.model") != new["new.model"]:
            return "it is done, with another model"
        if lines(found.get("h.jsonl", b"")) != lines(new["h.jsonl"]):
            return "it is done, with another history"
        if not is_whole("c.check"):
            return "it is done, without a whole checkpoint"
        left = set(found) - set(new)
        return "left over: " + " ".join(left) if left else None
    if 2 in run.ended.values() and kind not in OF_INPUT:
        return "it says that the usage is wrong"
    if not run.said:
        return "no message"
    if kind == "malloc" and not any("memory" in line for line in run.said):
        return "the message does not say that there is no memory"
    for name in set(old) - set(found):
        return name + ": removed"
    for name, content in found.items():
        if content in (old.get(name), new.get(name)):
            continue
        if name.endswith(".jsonl"):
            had = lines(content)
            if had is None or had != lines(new["h.jsonl"])[:len(had)]:
                return name + ": half a history"
        elif "clmlp-kept-" in name or name in ("new.model", "c.check"):
            if not is_whole(name):
                return name + ": not whole"
        elif not (name.startswith(".clmlp-part-") and len(run.ended) < 2):  # the launcher ended it; it goes in a day
            return name + ": left over"
    return None


def prepare():
    restore({"points.csv": "".join("%g,%g,%s\n" % (i % 10, i // 10, "ab"[(i % 10 + i // 10) % 3 == 0])
                                   for i in range(100)).encode()})
    (FOLDER.parent / "wrapper.sh").write_text(WRAPPER)
    before = [PROGRAM, *(word for word in TRAIN if word not in ("--shares", "1,1")), "--seed", "9"]
    subprocess.run(before, cwd=FOLDER, check=True, timeout=60, capture_output=True)
    return {name: content for name, content in files().items() if name in OLD}


def attack(old, new, rank, counts, table, wrong):
    item = 0
    for kind in KINDS:
        calls = counts[kind]
        if os.environ.get("CLMLP_TEST_KIND", kind) != kind:
            continue
        if LATER and kind != "malloc":
            continue
        stride = 1 + calls // (MOMENTS if LATER else MOST) if LATER or kind != "malloc" else 1
        same = failed = bad = unreached = 0
        first = 1 + stride // 2 if LATER else 1  # the launcher is waited for where a rank does not come
        for n in range(first, calls + 1, stride):
            for later in ("", "+"):
                if LATER and not later or later and not LATER and kind == "malloc" and n % 8 != 1:
                    continue
                item += 1
                if (item + rank) % PARTS != PART - 1:
                    continue
                run = Run(rank, "%s:%d%s" % (kind, n, later))
                complaint = complain(run, kind, old, new)
                if complaint:
                    bad += 1
                    wrong.append("rank %d, %s:%d%s" % (rank, kind, n, later))
                    print("WRONG %s: %s: exit status %s %s in %.1f s\n%s" % (
                        wrong[-1], complaint, run.status, run.ended, run.seconds, run.err), flush=True)
                elif not run.hit:  # there are never twice as many
                    unreached += 1
                elif run.status == 0 or run.ended.get(0) == 0:
                    same += 1
                else:
                    failed += 1
                restore(old)
        if same + failed + bad + unreached:
            table.append("| %s | %d | %s | %d | %d | %d | %d |" % (
                re.sub("mpirun.", "", os.path.basename(MPIRUN)), rank, kind, calls, same + failed + bad, same, failed))
            print(table[-1], flush=True)


def main():
    global FOLDER
    if shutil.which(MPIRUN) is None:
        print("skipped: there is no", MPIRUN)
        sys.exit(77)
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER = FOLDER / "run"
    FOLDER.mkdir(parents=True)
    old = prepare()
    wrong, table = [], []
    for rank in map(int, os.environ.get("CLMLP_TEST_RANK", "0 1").split()):
        restore(old)
        run = Run(rank, "count")
        new = files()
        counts = {kind: max([int(n) for n in re.findall(r"failing_system: (\d+) of %s\n" % kind, run.err)] or [0])
                  for kind in KINDS}
        if run.status != 0 or not any(counts.values()) or "new.model" not in new:
            print("the undisturbed run: exit status %d\n%s" % (run.status, run.err))
            sys.exit(1)
        if ": left: " in run.err:
            wrong.append("rank %d: something was not given back" % rank)
            print(wrong[-1], run.err)
        restore(old)
        attack(old, new, rank, counts, table, wrong)
    print("%d runs ended wrongly: %s" % (len(wrong), "; ".join(wrong)) if wrong else "all ended well")
    sys.exit(1 if wrong else 0)


main()
