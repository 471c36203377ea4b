#!/usr/bin/env python3
"""What several processes say, and how they end, by the program.

    said.py CLMLP MPIRUN FOLDER [says | waits | PART...]

waits: the parts that wait for somebody who does not come, most of the time; says: the others.
"""
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from launched import FOLDER, IS_OPENMPI, PROGRAM, begin, check, end, run, said, start  # noqa: E402

os.environ["POCL_MAX_PTHREAD_COUNT"] = "1"


def make_data():
    draws = random.Random(4)
    rows = ["x,y,kind"]
    for i in range(96):
        k = i % 3
        rows.append("%.4f,%.4f,%s" % (draws.gauss(k, 0.6), draws.gauss(k * (2 - k), 0.6), "abc"[k]))
    (FOLDER / "points.csv").write_text("\n".join(rows) + "\n")


TRAIN = ["train", "points.csv", "--batch", 32, "--hidden", 5, "--model", "m", "--overwrite"]


def shares():
    words = [*TRAIN, "--device", "cpu", "--epochs", 2]
    line = "clmlp: shares of a batch of 32: rank 0 24 (75.0 %), rank 1 8 (25.0 %)"
    code, out, error = run(2, *words, "--shares", "3,1", "--json", "--report", "r.html")
    check(code == 0 and said(error).count(line) == 1, "shares 3,1 are told", error)
    check(json.loads(out)["ranks"]["shares"] == [0.75, 0.25], "and stand in --json", out)
    check("rank 0 24 (75.0 %)" in (FOLDER / "r.html").read_text(), "and in the report")
    code, out, error = run(2, *words, "--shares", "3,1", "--quiet")
    check(code == 0 and "shares of" not in error, "shares are not told when quiet", error)
    code, out, error = run(2, *words, "--json")
    check(code == 0 and "shares" not in error, "equal shares that nobody asked for are not told", error)
    check(json.loads(out)["ranks"]["shares"] == [0.5, 0.5], "but stand in --json", out)
    code, out, error = run(3, *words, "--shares", "equal")
    check("rank 0 11 (33.3 %), rank 1 11 (33.3 %), rank 2 10 (33.3 %)" in error, "equal ones that were asked for are",
          error)
    code, out, error = run(2, *words, "--shares", "speed", "--epochs", 3)
    check("rank 1 16 (50.0 %); after each epoch by speed" in error, "shares by speed begin equal", error)
    check("\nshares in the end, of a batch of 32: rank 0 " in out, "and are told in the end", out)


def verify():
    words = ["verify", "points.csv", "--batch", 32, "--hidden", 5]
    code, out, error = run(2, *words, "--devices", "cpu,cpu")
    taken = [line for line in said(error) if line.startswith("clmlp: devices of ")]
    check(code == 0 and len(taken) == 1 and "ranks 0-1 cpu" in taken[0], "verify takes --devices, and says so", error)
    code, out, error = run(2, *words, "--devices", "cpu")
    check(code == 2 and "found 1 device, and this host has 2 ranks" in error, "verify: a list that is too short", error)
    code, out, error = run(0, *words, "--devices", "cpu,cpu")
    check(code == 2 and "there is one process" in error, "verify: a list for one process", error)
    code, out, error = run(0, *words, "--devices", "cpu", "--vote")
    check(code == 2 and "--devices: has no meaning with --vote" in error, "verify: --vote takes all devices", error)


def processes(launcher):
    """The ranks below a launcher, in their order."""
    found, todo = {}, [launcher]
    while todo:
        children = subprocess.run(["pgrep", "-P", str(todo.pop())], capture_output=True, text=True).stdout.split()
        for child in map(int, children):
            todo.append(child)
            try:
                words = pathlib.Path("/proc/%d/cmdline" % child).read_bytes().split(b"\0")
                environment = pathlib.Path("/proc/%d/environ" % child).read_bytes().split(b"\0")
            except OSError:
                continue
            names = (b"OMPI_COMM_WORLD_RANK=", b"PMI_RANK=")
            rank = [value.partition(b"=")[2] for value in environment if value.startswith(names)]
            if words[0].decode() == PROGRAM and rank:
                found[int(rank[0])] = child
    return [found[rank] for rank in sorted(found)]


def train_until_epoch(name, **more):
    """A training of two ranks that goes on for long: the launcher, and the ranks, once the checkpoint is there."""
    (FOLDER / name).unlink(missing_ok=True)
    process = start(2, *TRAIN, "--device", "cpu", "--epochs", 10000000, "--checkpoint", name, "--checkpoint-every", 1,
                    **more)
    until = time.time() + 30
    while time.time() < until and not (FOLDER / name).exists():
        time.sleep(0.05)
    ranks = processes(process.pid)
    check(len(ranks) == 2, "two ranks train", str(ranks))
    return process, ranks


def stopped():
    """A signal that reaches a rank and its launcher comes to the rank twice, which is one wish."""
    for everyone in (False, True):
        process, ranks = train_until_epoch("c")
        for pid in [*ranks, process.pid] if everyone else [process.pid]:
            os.kill(pid, signal.SIGINT)
        out, error = process.communicate(timeout=60)
        whom = "SIGINT to %s" % ("all" if everyone else "the launcher")
        check("interrupted by SIG" in error and "quitting" not in error, whom + " ends training", error)
        check("model written to m" in out, "the model is saved", out)
        check("next:  mpirun -n 2 clmlp train points.csv --resume c\n" in out, "how to go on is told", out)


def cores():
    how = ["mpirun --map-by slot:PE=N --bind-to core", "mpirun -bind-to core:N"]
    if not IS_OPENMPI:
        how.reverse()
    words = [*TRAIN, "--device", "cpu", "--epochs", 1]
    code, out, error = run(2, *words, CLMLP_CPU_THREADS=None)
    is_bound = os.cpu_count() != len(os.sched_getaffinity(0))
    check(is_bound or "(CLMLP_CPU_THREADS=N " + how[0] + ")" in error, "how to give cores is told", error)
    check(how[1] not in error, "and not that of the other MPI", error)
    code, out, error = run(2, *words)
    check(code == 0 and "the same CPU" not in error, "who has said how many threads is not told", error)


def refused():
    for words in (["lbfgs", "--local-steps", 4], ["cg", "--local-steps", 4], ["cg", "--gradients", "bf16"]):
        code, out, error = run(2, *TRAIN, "--optimizer", *words)
        line = "clmlp train: %s%s: has no meaning with --optimizer %s" % (words[1], " bf16" * (words[2] == "bf16"),
                                                                         words[0])
        check(code == 2 and said(error) == [line], "%s with %s" % (words[1], words[0]), error)


def other_data():
    """Each rank in a folder of its own, where the second one has another number in its data."""
    text = (FOLDER / "points.csv").read_text()
    for folder, its in (("0", text), ("1", text[:-4] + "9,c\n")):
        (FOLDER / folder).mkdir(exist_ok=True)
        (FOLDER / folder / "points.csv").write_text(its)
    shell = ["sh", "-c", 'cd "$OMPI_COMM_WORLD_RANK$PMI_RANK" && exec "$0" "$@"', PROGRAM]
    for words, line in ((["verify", "points.csv"], "has other data than rank 0"),
                        (["train", "points.csv", "--device", "cpu"], "points.csv has other bytes than at rank 0")):
        code, out, error = run(2, *words, program=shell)
        check(code not in (0, None) and "rank 1 (host " in error and line in error, words[0] + " of other data", error)


def shell_of(rank, does):
    """A shell that does something else in place of one rank, or before it: 'exec "$0" "$@"' follows."""
    return ["sh", "-c", 'if [ "$OMPI_COMM_WORLD_RANK$PMI_RANK" = %d ]; then %s; fi; exec "$0" "$@"' % (rank, does),
            PROGRAM]


def other_options():
    """Where the command lines part is told."""
    more = "after '5' this one has '--rate', rank 0 has nothing more"
    for does, parts in (('set -- "$@" --rate 2', more), ('set -- train points.csv --epochs 6',
                                                          "after '--epochs' this one has '6', rank 0 has '5'")):
        code, out, error = run(2, "train", "points.csv", "--epochs", 5, program=shell_of(1, does))
        check(code == 2 and len(said(error)) == 1 and said(error)[0].startswith("clmlp: rank 1 (host ") and
              said(error)[0].endswith("all ranks need the same options; " + parts), "other options are named", error)


def late():
    """Who waits for a rank that does not come says so once, whichever it is."""
    for rank in (1, 0):
        began = time.time()
        code, out, error = run(3, "train", "points.csv", program=shell_of(rank, "sleep 20"), CLMLP_MPI_WAIT="2")
        line = "clmlp: not all processes have come within 2 s (CLMLP_MPI_WAIT): one may have ended, or have another MPI"
        check(code not in (0, None) and said(error) == [line], "rank %d does not come" % rank, error)
        check(time.time() - began < 20, "nobody waits for it for ever")
    code, out, error = run(2, "train", "points.csv", CLMLP_MPI_WAIT="soon")
    line = "clmlp: CLMLP_MPI_WAIT: found 'soon', expected seconds, 1 to 86400"
    check(code == 2 and said(error) == [line], "a time that is none", error)


def deserted():
    """Rank 0, which speaks for all, is stopped: another one says so."""
    process, ranks = train_until_epoch("c")
    os.kill(ranks[0], signal.SIGSTOP)
    out, error = process.communicate(timeout=60)
    gone = [line for line in said(error) if "rank 0 (host " in line]
    check(process.returncode not in (0, None) and len(gone) == 1 and "is gone: no sign of life for 15 s" in gone[0],
          "rank 0 is stopped, and named once", error)
    try:
        os.kill(ranks[0], signal.SIGKILL)
    except ProcessLookupError:
        pass


def root_fails():
    """Rank 0 has said itself why it ends."""
    code, out, error = run(3, *TRAIN, "--device", "cpu", "--epochs", 1, "--quiet",
                           program=shell_of(0, "exec >/dev/full"))
    check(code not in (0, None) and len(said(error)) == 1 and "cannot be written" in said(error)[0],
          "the output is full: it is said once", error)


def scaling():
    """bench scaling begins with the answer."""
    words = ["bench", "scaling", "--device", "cpu", "--layers", "4,3,2", "--seconds", 0.4]
    begins = ("A second device pays: for 4-3-2 with batches of 8, a step on two is ", "A second device pays over some ",
              "A second device does not pay: for 4-3-2 with batches of 8, a step on two is ")
    for ranks, link in ((0, "GB/s"), (2, "over the measured link (")):
        code, out, error = run(ranks, *words, "--batch", 8)
        sentence = " ".join(out.split("\n\n")[0].split())
        check(code == 0 and sentence.startswith(begins) and link in sentence and sentence.endswith(")."),
              "bench scaling with %d processes begins with a sentence" % max(ranks, 1), out[:400])
        code, out, error = run(ranks, *words, "--batch", 8, "--json")
        two = json.loads(out)["links"][0]["predictions"][0]
        check(code == 0 and two["devices"] == 2, "and --json is as ever", out[:200])
    code, out, error = run(0, *words, "--batch", 1)
    check(out.startswith("A second device does not pay: a batch of 1 has no example for it.\n\n"), "batches of 1",
          out[:200])


def logs():
    first = ["--rate", "0.1:1", "--lambda", "0:0.5"]
    cases = [(first, ["--rate", "0.1:2", "--lambda", "0:0.5"], "for '--rate 0.1:1', and now for '--rate 0.1:2'"),
             (first, ["--lambda", "0:0.5"], "for '--rate 0.1:1', and now it is not"),
             (["--lambda", "0:0.5"], first, "without '--rate 0.1:1', and now with it"),
             (first, [*first, "--hidden", "3|5"], "without '--hidden 3|5', and now with it")]
    for one, other, line in cases:
        for ranks in (0, 2):
            (FOLDER / "log").unlink(missing_ok=True)
            words = ["search", "points.csv", "--device", "cpu", "--epochs", 1, "--trials", 1, "--log", "log"]
            code, out, error = run(0, *words, *one)
            check(code == 0, "a search has a log", error)
            code, out, error = run(ranks, *words, *other)
            check(code == 2 and "It was asked " + line in error, "its log is refused: " + line, error)


def main():
    begin()
    make_data()
    all_parts = (shares, verify, stopped, cores, refused, other_data, other_options, late, deserted, root_fails,
                 scaling, logs)
    parts = {part.__name__: part for part in all_parts}
    waits = ["late", "deserted"]
    groups = {"waits": waits, "says": [name for name in parts if name not in waits]}
    words = sys.argv[4:] or ["says", "waits"]
    for name in [name for word in words for name in groups.get(word, [word])]:
        parts[name]()
    end()


main()
