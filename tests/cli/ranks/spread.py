#!/usr/bin/env python3
"""What several processes share out in whole pieces, by the program: devices, trials of a search, folds.

    spread.py CLMLP MPIRUN FOLDER [KILLS]

A search of two and three processes must end with the trials, the best one and the model of one process; so must one
that was killed, or lost a process, and went on. Folds must give the same metrics to the last digit. KILLS: how often a
process is killed in the midst of a search; 2 where nothing is said.
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

KILLS = int(sys.argv[4]) if len(sys.argv) > 4 else 2
os.environ["TMPDIR"] = str(FOLDER / "tmp")


def make_data():
    draws = random.Random(4)
    rows = ["x,y,kind"]
    for i in range(90):
        k = i % 3
        rows.append("%.4f,%.4f,%s" % (draws.gauss(k, 0.6), draws.gauss(k * (2 - k), 0.6), "abc"[k]))
    (FOLDER / "points.csv").write_text("\n".join(rows) + "\n")
    others = ["x,y,kind"] + ["%d,%d,%s" % (i % 3, i % 2, "abc"[i % 3]) for i in range(30)]
    (FOLDER / "others.csv").write_text("\n".join(others) + "\n")


# --- search -----------------------------------------------------------------------------------------------------------

SPACE = ["--rate", "0.02:2:log", "--hidden", "|3|6,4", "--lambda", "0:0.5", "--seed", 5]
SEARCH = ["search", "points.csv", "--device", "cpu", "--batch", 8, *SPACE]
SHORT = [*SEARCH, "--epochs", 6, "--trials", 9]
HALVING = [*SEARCH, "--strategy", "halving", "--epochs", 9, "--trials", 9]


def result(text):
    """Of --json, without what is of one run alone."""
    found = json.loads(text)
    for trial in [*found["trials"], found["best"]]:
        trial.pop("seconds", None)
    found.pop("model", None)
    return found


def log_lines(name):
    lines = [json.loads(line) for line in (FOLDER / name).read_text().splitlines()]
    for line in lines:
        line.pop("seconds", None)
    return sorted(json.dumps(line, sort_keys=True) for line in lines)


def model(name):
    return (FOLDER / name).read_bytes()


def searches():
    for title, words in (("random", SHORT), ("halving", HALVING)):
        code, out, error = run(0, *words, "--model", "one", "--log", title + ".one", "--json")
        check(code == 0, "%s: one process%s" % (title, "" if code == 0 else ": " + error))
        expected = result(out)
        for ranks in (2, 3):
            log = "%s.%d" % (title, ranks)
            code, out, error = run(ranks, *words, "--model", "more", "--log", log, "--json")
            check(code == 0, "%s: %d processes%s" % (title, ranks, "" if code == 0 else ": " + error))
            if code != 0:
                continue
            check(result(out) == expected, "%s: %d processes find what one finds" % (title, ranks))
            check(model("more") == model("one"), "%s: and its model" % title)
            check(log_lines(log) == log_lines(title + ".one"), "%s: and its log, whatever the order" % title)
            who = [line for line in said(error) if ", on rank " in line]
            check(len(who) == len(expected["trials"]), "%s: each trial is told once, with its rank" % title)
            for rank in range(ranks):
                check(any(", on rank %d (host " % rank in line for line in who), "%s: rank %d tries" % (title, rank))
            check(any(line.startswith("clmlp: devices of ") for line in said(error)), "%s: devices are told" % title)
    check(not list((FOLDER / "tmp").iterdir()), "search: nothing is left in TMPDIR")


def goes_on():
    """With another number of processes, after a stop; the model of a best trial that only the log has is made again."""
    code, out, error = run(0, *SHORT, "--model", "one", "--json")
    expected = result(out)
    code, _, error = run(2, *SEARCH, "--epochs", 6, "--trials", 4, "--model", "part", "--log", "part.log", "--quiet")
    check(code == 0, "goes on: a part%s" % error)
    lines = (FOLDER / "part.log").read_text()
    (FOLDER / "part.log").write_text(lines[:-9])
    (FOLDER / "part").unlink()
    for ranks, trials in ((3, 9), (2, 9), (0, 9)):
        code, out, error = run(ranks, *SEARCH, "--epochs", 6, "--trials", trials, "--model", "part", "--log",
                               "part.log", "--json", "--quiet")
        check(code == 0 and result(out) == expected, "goes on with %d processes%s" % (ranks, error))
        check(model("part") == model("one"), "goes on with %d processes: the model" % ranks)


LONG = [*SEARCH, "--epochs", 3000, "--trials", 12]


def processes(launcher):
    """The ranks below a launcher, as process identifiers by rank."""
    found, todo = {}, [launcher]
    while todo:
        parent = todo.pop()
        children = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True).stdout.split()
        for child in map(int, children):
            try:
                words = pathlib.Path("/proc/%d/cmdline" % child).read_bytes().split(b"\0")
                environment = pathlib.Path("/proc/%d/environ" % child).read_bytes().split(b"\0")
            except OSError:
                continue
            if b"search" in words and words[0].decode() == PROGRAM:
                for variable in environment:
                    name, _, value = variable.partition(b"=")
                    if name in (b"OMPI_COMM_WORLD_RANK", b"PMI_RANK"):
                        found[int(value)] = child
            else:
                todo.append(child)
    return found


def wait_for_lines(process, name, count):
    """Until the log has so many trials; False: the search has ended before."""
    while process.poll() is None:
        if (FOLDER / name).exists() and len((FOLDER / name).read_text().splitlines()) > count:
            return True
        time.sleep(0.02)
    return False


def killed():
    """Whichever process is killed, all end within half a minute, and the log goes on to what one process finds."""
    code, out, error = run(0, *LONG, "--model", "long", "--json")
    check(code == 0, "killed: one process%s" % ("" if code == 0 else ": " + error))
    expected = result(out)
    draws = random.Random(8)
    for kill in range(KILLS):
        log = "kill%d.log" % kill
        process = start(3, *LONG, "--model", "killed", "--log", log)
        check(wait_for_lines(process, log, 1 + draws.randrange(4)), "kill %d: it is under way" % kill)
        ranks = processes(process.pid)
        check(len(ranks) == 3, "kill %d: three processes are found: %s" % (kill, ranks))
        victim = (kill + 1) % 3
        before = time.monotonic()
        if victim in ranks:
            os.kill(ranks[victim], signal.SIGKILL)
        out, error = process.communicate(timeout=60)
        seconds = time.monotonic() - before
        check(process.returncode != 0 and seconds < 30, "kill %d: all end, %.1f s, exit status %d" %
              (kill, seconds, process.returncode))
        print("    " + "\n    ".join(said(error)[-3:]), flush=True)
        if victim != 0:
            # MPICH's launcher may end rank 0 before it can say so, and names a process and its host itself
            named = "clmlp: rank %d (host " % victim in error
            launcher = not IS_OPENMPI and " RUNNING AT " in out
            check(named or launcher, "kill %d: rank %d is named%s" %
                  (kill, victim, "" if named or launcher else ": " + out[-800:] + error[-800:]))
        left = [pid for pid in ranks.values() if pathlib.Path("/proc/%d/cmdline" % pid).exists() and
                pathlib.Path("/proc/%d/cmdline" % pid).read_bytes()]
        check(not left, "kill %d: no process is left: %s" % (kill, left))
        code, out, error = run(2, *LONG, "--model", "killed", "--log", log, "--json")
        check(code == 0 and result(out) == expected, "kill %d: the log goes on%s" % (kill, "" if code == 0 else error))
        check(model("killed") == model("long"), "kill %d: to the same model" % kill)


def stopped():
    """SIGINT to one process ends all, and the log goes on."""
    process = start(2, *LONG, "--model", "stopped", "--log", "stop.log")
    check(wait_for_lines(process, "stop.log", 1), "stop: it is under way")
    ranks = processes(process.pid)
    if 1 in ranks:
        os.kill(ranks[1], signal.SIGINT)
    _, error = process.communicate(timeout=60)
    check(process.returncode == 130, "stop: exit status %d" % process.returncode)
    told = sum("the same command goes on" in line for line in said(error))
    check(told == 1, "stop: it is said once: %s" % said(error)[-1:])
    check(len((FOLDER / "stop.log").read_text().splitlines()) < 13, "stop: before the end")


# --- folds ------------------------------------------------------------------------------------------------------------

FOLDS = ["train", "points.csv", "--device", "cpu", "--hidden", 4, "--epochs", 5, "--batch", 10, "--seed", 9,
         "--precision", "f64"]


def folds():
    for more in (["--cross-validate", 5], ["--cross-validate", 2],
                 ["--cross-validate", 4, "--validation", "others.csv", "--keep-best", "--rate", 2]):
        title = " ".join(map(str, more))
        code, out, error = run(0, *FOLDS, *more, "--model", "one", "--json", "--overwrite")
        check(code == 0, "%s: one process%s" % (title, "" if code == 0 else ": " + error))
        expected, lines = json.loads(out), [line for line in said(error) if "fold" in line]
        for ranks in (2, 3):
            code, out, error = run(ranks, *FOLDS, *more, "--model", "more", "--json", "--overwrite")
            found = json.loads(out) if code == 0 else {}
            check(code == 0 and found["cross_validation"] == expected["cross_validation"],
                  "%s: %d processes get the metrics of one%s" % (title, ranks, "" if code == 0 else ": " + error))
            check([line for line in said(error) if "fold" in line] == lines, "%s: and its lines, in order" % title)
            check(code != 0 or found.get("notes") == expected.get("notes"), "%s: and its notes" % title)
    words = [*FOLDS, "--cross-validate", 4, "--rate", 1e300, "--output", "softmax"]
    code, _, error = run(0, *words, "--model", "wrong")
    expected = [line for line in said(error) if "fold" in line]
    code3, _, error3 = run(3, *words, "--model", "wrong")
    check(code3 == code == 4 and [line for line in said(error3) if "fold" in line] == expected,
          "a fold that diverges: %d, %d, %s" % (code, code3, said(error3)))


# --- devices ----------------------------------------------------------------------------------------------------------

def devices():
    short = ["train", "points.csv", "--epochs", 1, "--model", "d", "--overwrite"]
    code, _, error = run(2, *short, "--devices", "cpu,cpu")
    told = [line for line in said(error) if line.startswith("clmlp: devices of ")]
    check(code == 0 and len(told) == 1 and "ranks 0-1 cpu (" in told[0], "devices: a line a host: %s" % said(error))
    # said.py has the note itself
    check("compute on the same CPU" not in error, "devices: threads that are set are let be")
    code, _, error = run(3, *short, "--devices", "cpu,cpu")
    check(code == 2 and error.count("found 2 devices, and this host has 3 ranks (expected one for each of them)") == 1,
          "devices: too few: %d, %s" % (code, said(error)))
    code, _, error = run(3, *SHORT[:2], *SHORT[4:], "--devices", "cpu,cpu", "--model", "d")
    check(code == 2 and error.count("found 2 devices, and this host has 3 ranks") == 1,
          "devices of a search: too few: %d, %s" % (code, said(error)))
    code, _, error = run(0, *short, "--devices", "cpu,cpu")
    check(code == 2 and "found 2 devices, and there is one process" in error and "mpirun -n 2" in error,
          "devices: one process: %d, %s" % (code, said(error)))
    code, _, error = run(0, *short, "--devices", "cpu")
    check(code == 0, "devices: one of one process%s" % ("" if code == 0 else ": " + error))
    for words in (["--devices", "cpu,cpu", "--device", "cpu"], ["--devices", "cpu,"]):
        code, _, error = run(2, *short, *words)
        check(code == 2 and len(said(error)) == 2, "devices: %s: %d, %s" % (words, code, said(error)))
    code, _, error = run(2, *short, "--devices", "cpu,nothing")
    check(code != 0 and len([line for line in said(error) if "device 'nothing'" in line]) == 1,
          "devices: rank 1 has none: %d, %s" % (code, said(error)))


def main():
    begin()
    (FOLDER / "tmp").mkdir()
    make_data()
    if KILLS <= 2:
        searches()
        goes_on()
        stopped()
        folds()
        devices()
    killed()
    end()


main()
